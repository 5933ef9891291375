"""Import modules from the neighbouring folders."""

import sys
from pathlib import Path

__all__ = ["models", "pin_threads"]

BENCHMARKS = Path(__file__).parents[1]
for folder in (BENCHMARKS, BENCHMARKS / "speed"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))  # worker processes inherit it


def models():
    """Import ``models.py`` on demand, as torch is needed for nets only."""
    import models

    return models


def pin_threads(n):
    """Limit the number of threads as the speed benchmarks do, and print it."""
    import measure

    measure.pin_threads(n)
