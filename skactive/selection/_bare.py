"""Duck-typed objects as set functions; layer 1. Public in `skactive.selection`."""

from typing import Any

from skactive.selection._set_function import SetFunction

__all__ = ["as_set_function"]

DECLARED = tuple(SetFunction.__annotations__)  # the attributes that a search may use


class _Bare(SetFunction):
    """Adapter for an object with methods ``start``, ``gains`` and ``add``."""

    def __init__(self, f):
        self._f = f
        for name in DECLARED:  # attributes that it does not define keep their defaults
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
    """Convert an object to a `SetFunction`, or return it if it is one already.

    Parameters
    ----------
    f : SetFunction or object
        An object with methods ``start()``, ``gains(state, rows=None)`` and
        ``add(state, i)``, and optionally other attributes of `SetFunction`.

    Returns
    -------
    SetFunction
        The set function.

    Raises
    ------
    TypeError
        If one of the three methods is missing.

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
        raise TypeError(
            f"{f!r} is not a set function: it has no {', no '.join(missing)}"
        )
    return _Bare(f)
