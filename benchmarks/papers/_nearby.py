"""What experiments take from the folders beside theirs."""

import sys
from pathlib import Path

__all__ = ["models", "pin_threads"]

BENCHMARKS = Path(__file__).parents[1]
for folder in (BENCHMARKS, BENCHMARKS / "speed"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))  # worker processes take it over


def models():
    """Import ``models.py``; a function, as torch is imported only for nets."""
    import models

    return models


def pin_threads(n):
    """Pin the threads as benchmarks of speed do, and print how many there are."""
    import measure

    measure.pin_threads(n)
