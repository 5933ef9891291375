"""Warnings that name the line of the caller, however deep they arise; layer 0."""

import inspect
import os
import warnings
from pathlib import Path

import joblib
import sklearn

__all__ = ["warn_caller"]

PACKAGE = str(Path(__file__).parents[1])

# a pipeline or a search of scikit-learn's may stand between a strategy and its caller
PASSED_ON = tuple(
    f"{folder}{os.sep}"
    for folder in (PACKAGE, Path(sklearn.__file__).parent, Path(joblib.__file__).parent)
)


def warn_caller(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the line of the user's that led here, however deep the call is.

    A fixed ``stacklevel`` is right for one path of calls only. Python shows a warning
    once for each line that it names.

    Parameters
    ----------
    message : str
        What is wrong, and what may help.
    category : type of Warning, default=UserWarning
        Its class.

    Examples
    --------
    >>> import warnings
    >>> from skactive._utils.warnings import warn_caller
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     warn_caller("take care")
    >>> caught[0].message
    UserWarning('take care')
    """
    warnings.warn(message, category, stacklevel=_level_of_caller())


def _level_of_caller():
    """Number of frames from ``warn_caller`` to the first one that is the user's.

    By the file, not the module: doctests run under the name of the module they stand
    in. A thread that no line of the user's began is named by its own first line.
    """
    # Python 3.12 has skip_file_prefixes for this; 3.11 is supported too
    level, frame = 0, inspect.currentframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(PASSED_ON):
        level, frame = level + 1, frame.f_back
    return level
