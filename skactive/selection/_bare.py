"""Bare objects as set functions; layer 1. Public in `skactive.selection`."""

from typing import Any

from skactive.selection._set_function import SetFunction

__all__ = ["as_set_function"]

DECLARED = tuple(SetFunction.__annotations__)  # what a search may use, beside methods


class _Bare(SetFunction):
    """An object with ``start``, ``gains`` and ``add``, as a set function."""

    def __init__(self, f):
        self._f = f
        for name in DECLARED:  # what it declares; for all else the defaults hold
            if hasattr(f, name):
                setattr(self, name, getattr(f, name))

    def start(self):
        return self._f.start()

    def gains(self, state, rows=None):
        return self._f.gains(state) if rows is None else self._f.gains(state, rows)

    def add(self, state, i):
        return self._f.add(state, i)

    def __repr__(self):
        return repr(self._f)


def as_set_function(f: Any) -> SetFunction:
    """Return a `SetFunction`: `f` itself, or a bare object made into one.

    Parameters
    ----------
    f : SetFunction or object
        With ``start()``, ``gains(state, rows=None)`` and ``add(state, i)``, and
        whatever attributes of `SetFunction` it declares.

    Returns
    -------
    SetFunction
        What all searches work on.

    Raises
    ------
    TypeError
        If one of the three methods is missing, naming it.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.selection import as_set_function, greedy
    >>> class Bare:
    ...     def start(self):
    ...         return ()
    ...     def gains(self, state, rows=None):
    ...         return np.array([1.0, 3.0]) if rows is None else np.ones(len(rows))
    ...     def add(self, state, i):
    ...         return state
    >>> as_set_function(Bare()).diminishing
    False
    """
    if isinstance(f, SetFunction):
        return f
    missing = [name for name in ("start", "gains", "add") if not hasattr(f, name)]
    if missing:
        raise TypeError(f"{f!r} is no set function: it has no {', no '.join(missing)}")
    return _Bare(f)
