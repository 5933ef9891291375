"""Times and memory over commits, on one thread, by airspeed velocity."""

import os

# read when NumPy, SciPy and torch are loaded: airspeed velocity imports this file first
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
