"""Warnings that point at the user's line, however deep they arise; layer 0."""

import inspect
import os
import warnings
from pathlib import Path

import joblib
import sklearn

__all__ = ["warn_caller"]

PACKAGE = str(Path(__file__).parents[1])

# frames to skip: our own, and the scikit-learn pipelines and searches and the joblib
# calls that may lie between a strategy and the user's code
PASSED_ON = tuple(
    f"{folder}{os.sep}"
    for folder in (PACKAGE, Path(sklearn.__file__).parent, Path(joblib.__file__).parent)
)


def warn_caller(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the line of the user's code that led here, however deep the call is.

    A fixed ``stacklevel`` would be right for one call path only, and Python shows a
    warning once per line that it names.

    Parameters
    ----------
    message : str
        What is wrong, and the remedy.
    category : type of Warning, default=UserWarning
        Class of the warning.

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
    """Number of frames from ``warn_caller`` up to the first frame of the user's code.

    Frames are recognised by file, not by module: a doctest runs under the name of the
    module it documents. In a thread without a frame of the user's, the outermost frame
    is named.
    """
    # skip_file_prefixes does this from Python 3.12 on, but 3.11 is supported
    level, frame = 0, inspect.currentframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(PASSED_ON):
        level, frame = level + 1, frame.f_back
    return level
