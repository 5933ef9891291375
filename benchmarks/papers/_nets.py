"""The nets of ``benchmarks/models.py``, for experiments."""

import sys
from pathlib import Path

__all__ = ["models"]

FOLDER = str(Path(__file__).parents[1])


def models():
    """Import the module; a function, as torch is imported only where a net is used."""
    if FOLDER not in sys.path:
        sys.path.append(FOLDER)  # worker processes take it over
    import models

    return models
