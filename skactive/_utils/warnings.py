"""Warnings that name the line of the caller, however deep they arise; layer 0."""

import inspect
import warnings
from pathlib import Path

__all__ = ["warn_caller"]

PACKAGE = str(Path(__file__).parents[1])


def warn_caller(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the first line outside of skactive that led here.

    A fixed ``stacklevel`` is right for one path of calls only.

    Parameters
    ----------
    message : str
        What is wrong, and what may help.
    category : type of Warning, default=UserWarning
        Its class.
    """
    level, frame = 1, inspect.currentframe()
    while frame is not None and frame.f_code.co_filename.startswith(PACKAGE):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)
