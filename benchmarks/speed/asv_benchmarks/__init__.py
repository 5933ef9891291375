"""Times and memory over commits, on one thread, with airspeed velocity."""

import os

# these are read when NumPy, SciPy and torch are loaded; this file is imported first
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
