"""Warnings that name the line of the user's code that caused them; layer 0."""

import sys
import warnings
from pathlib import Path

__all__ = ["warn_caller"]

PACKAGE = str(Path(__file__).parents[1])


def warn_caller(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn from the first line outside skactive, however deep the call is.

    Parameters
    ----------
    message : str
        What to say.
    category : type of Warning, default=UserWarning
        Of which kind.

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
    # Python 3.12 has skip_file_prefixes for this; 3.11 is supported too
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and _is_ours(frame.f_code.co_filename):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def _is_ours(filename):
    # by file, not by module: doctests run under the name of the module they stand in
    return Path(PACKAGE) in Path(filename).parents
