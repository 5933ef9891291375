"""Digests of objects, to find out whether anything inside has changed; layer 7.

``==`` fails for arrays, ``repr`` does not show fitted attributes, and not everything
can be pickled (locks, lambdas).
"""

import hashlib
import types
from typing import Any

import array_api_compat
import numpy as np
from sklearn.neighbors import BallTree, KDTree

from skactive._utils.array import to_numpy

__all__ = ["digest"]

PLAIN = (type(None), bool, int, float, complex, str, bytes, slice, range, np.generic)
NAMED = (type, types.ModuleType, types.BuiltinFunctionType)


def digest(value: Any) -> str:
    """Digest of an object and everything it contains, equal as long as nothing changes.

    Parameters
    ----------
    value : object
        Arrays, tensors, estimators, generators, states of objectives, and any object
        that contains such.

    Returns
    -------
    str
        The digest. Objects that cannot be inspected, such as locks, count by type.
    """
    return _Walk().digest(value)


class _Walk:
    """Digests each object once: it may occur several times, or contain itself."""

    def __init__(self):
        self.found: dict[int, str] = {}
        self.kept: list[Any] = []  # keeps objects alive, so that their ids stay unique

    def digest(self, value):
        if isinstance(value, PLAIN):
            return f"{type(value).__name__} {value!r}"
        if id(value) not in self.found:
            self.kept.append(value)
            self.found[id(value)] = "within itself"
            content = "|".join([_name(type(value)), *self._content(value)])
            self.found[id(value)] = hashlib.sha256(content.encode()).hexdigest()
        return self.found[id(value)]

    def _content(self, value):
        if isinstance(value, NAMED):
            return [_name(value)]
        if array_api_compat.is_array_api_obj(value) and not _is_lazy(value):
            return self._of_array(to_numpy(value))
        if isinstance(value, dict):
            return map(self.digest, [x for pair in value.items() for x in pair])
        if isinstance(value, list | tuple):
            return map(self.digest, value)
        if isinstance(value, set | frozenset):
            return sorted(map(self.digest, value))
        if isinstance(value, BallTree | KDTree):  # they count their queries
            return map(self.digest, value.get_arrays())
        return map(self.digest, _held(value))

    def _of_array(self, array):
        if array.dtype.hasobject:
            return map(self.digest, array.ravel().tolist())
        content = hashlib.sha256(array.tobytes()).hexdigest()
        return [str(array.dtype), str(array.shape), content]


def _held(value):
    """Attributes of any other object."""
    if isinstance(value, types.MethodType):
        return [value.__func__, value.__self__]
    if isinstance(value, types.FunctionType):
        cells = value.__closure__ or ()
        return [
            _name(value),
            value.__defaults__,
            *(cell.cell_contents for cell in cells),
        ]
    if _is_compiled(type(value)):
        return _reduced(value)
    slots = [name for cls in type(value).__mro__ for name in _slots(cls)]
    return [
        {name: getattr(value, name) for name in slots if hasattr(value, name)},
        getattr(value, "__dict__", None),
    ]


def _is_compiled(cls):
    """Whether a class defines its own pickling: its attributes are not all it has."""
    own = cls.__reduce_ex__, cls.__reduce__
    return own != (object.__reduce_ex__, object.__reduce__)


def _slots(cls):
    slots = vars(cls).get("__slots__", ())
    names = [slots] if isinstance(slots, str) else slots
    return [name for name in names if name not in ("__dict__", "__weakref__")]


def _reduced(value):
    """Data that a compiled object (a tree, a generator) is pickled as."""
    try:
        reduced = value.__reduce_ex__(4)
    except TypeError:  # a lock or a file handle, which cannot be inspected
        return [_name(type(value))]
    if isinstance(reduced, str):
        return [reduced]
    of, args, state, items, pairs = (*reduced, None, None, None)[:5]
    lists = [None if more is None else list(more) for more in (items, pairs)]
    return [of, args, state, *lists]


def _name(value):
    return f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', value)}"


def _is_lazy(array):
    return array_api_compat.is_dask_array(array)
