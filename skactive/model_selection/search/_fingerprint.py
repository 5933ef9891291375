"""Fingerprints of values that are the same in every process; layer 6.

Short values are written out. Long ones are represented by a digest of their content
that does not depend on how they are stored: on addresses, hash order of sets, or
padding.
"""

import hashlib
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from array_api_compat import is_torch_array
from scipy import sparse
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils import gen_batches

from skactive._utils.array import to_numpy
from skactive.model_selection.search._fingerprint_of_code import (
    Bytes,
    is_importable,
    parts_of_class,
    parts_of_code,
    parts_of_function,
    parts_of_member,
    path_of,
)

__all__ = ["describe", "describe_parameters", "digest"]

ATOMS = (type(None), bool, int, float, complex, str, bytes, range, slice)
CHUNK_BYTES = 2**20  # must never change, as the digest depends on it
LONGEST = 60  # maximum number of characters of a value that is written out


def describe_parameters(strategy: Any) -> dict[str, str]:
    """Describe a strategy by its parameters, including those of its model.

    Parameters
    ----------
    strategy : estimator
        The strategy, fitted or not.

    Returns
    -------
    dict of str to str
        One description per parameter, and one of the class.
    """
    strategy = clone(strategy)
    params = strategy.get_params(deep=True)
    texts = {name: describe(value) for name, value in params.items()}
    return {"class": _named(type(strategy)), **texts}


def describe(value: Any) -> str:
    """Describe a value in one line.

    Parameters
    ----------
    value : object
        A parameter, or data in any container.

    Returns
    -------
    str
        The value itself if it is short, else its type and a digest of its content. For
        an estimator only its type, as its parameters are described separately.
    """
    if isinstance(value, type):
        return _named(value)
    if hasattr(value, "get_params") and not isinstance(value, FrozenEstimator):
        return _named(type(value))
    if _is_plain(value) and len(repr(value)) <= LONGEST:
        return repr(value)
    shape = getattr(value, "shape", ())
    size = f" of shape {tuple(shape)}" if shape else ""
    return f"{path_of(type(value))}{size} #{digest(value)}"


def _is_plain(value):
    if type(value) in (list, tuple):
        return all(map(_is_plain, value))
    return type(value) in ATOMS


def _named(kind):
    """Name of a class, with a digest if another class may have the same name."""
    return path_of(kind) + ("" if is_importable(kind) else f" #{digest(kind)}")


def digest(value: Any, above: tuple = ()) -> str:
    """Digest the content of any value that can be pickled, or of a function.

    Parameters
    ----------
    value : object
        The value; it is not changed.
    above : tuple, default=()
        The values that contain it, to detect cycles.

    Returns
    -------
    str
        Twenty hexadecimal digits.
    """
    state = hashlib.blake2b(digest_size=10)
    _feed(value, state.update, above)
    return state.hexdigest()


def _feed(value: Any, update: Callable, above: tuple) -> None:
    """Update a hash with a value."""
    if any(value is other for other in above):  # a cycle
        update(b"<above>")
        return
    kind, above = type(value), (*above, value)
    update(f"<{path_of(kind)}>".encode())
    if not is_importable(kind):
        _feed(kind, update, above)
    for part in _parts(value, kind, above):
        if isinstance(part, Bytes):
            # with their lengths, parts cannot be confused with other ones of the same
            # bytes
            update(b"%d:" % len(part))
            update(part)
        else:
            _feed(part, update, above)
    update(b"</>")


def _parts(value: Any, kind: type, above: tuple) -> Iterator[Any]:
    """Yield the parts of a value: Bytes, or other values."""
    if kind in ATOMS:
        yield Bytes(repr(value).encode())
    elif kind in (list, tuple):
        yield from value
    elif kind in (set, frozenset):
        yield from sorted(digest(item, above) for item in value)
    elif isinstance(value, dict):
        yield from sorted(digest(item, above) for item in value.items())
    elif isinstance(value, types.ModuleType):
        yield Bytes(value.__name__.encode())
    elif isinstance(value, type):
        yield from parts_of_class(value)
    elif isinstance(value, types.FunctionType):
        yield from parts_of_function(value)
    elif isinstance(value, types.CodeType):
        yield from parts_of_code(value)
    else:
        yield from _parts_of_data(value)


def _parts_of_data(value):
    """Parts of arrays, tables, estimators and other objects."""
    if isinstance(value, np.ndarray):
        yield from _parts_of_array(value)
    elif is_torch_array(value):
        yield to_numpy(value)
    elif sparse.issparse(value):
        yield from _parts_of_sparse(value)
    elif hasattr(value, "columns") and hasattr(value, "__array__"):  # a data frame
        for name in value.columns:
            yield name
            yield np.asarray(value[name])
    elif hasattr(value, "__array__"):
        yield np.asarray(value)
    elif hasattr(value, "get_params"):  # __getstate__ would add scikit-learn's version
        yield vars(value)
    else:
        yield from _parts_of_object(value)


def _parts_of_sparse(matrix):
    rows = matrix.tocsr(copy=True)
    rows.sum_duplicates()
    yield from (rows.shape, rows.data, rows.indices, rows.indptr)


def _parts_of_array(array):
    yield Bytes(f"{array.dtype.str}{array.shape}".encode())
    if array.dtype.names is not None:  # padding between fields is arbitrary
        for name in array.dtype.names:
            yield array[name]
    elif array.dtype.hasobject:
        yield from array.ravel()
    elif array.size:
        array = np.atleast_1d(array)
        size = max(1, CHUNK_BYTES * len(array) // array.nbytes)
        for rows in gen_batches(len(array), size):  # a memory map may not fit in memory
            yield Bytes(np.ascontiguousarray(array[rows]).tobytes())


def _parts_of_object(value):
    """Parts that pickle would store of a value."""
    functions = parts_of_member(value)
    if functions is not None:
        yield from functions
        return
    try:
        reduced = value.__reduce_ex__(4)
    except TypeError as error:
        raise TypeError(
            f"a checkpoint cannot identify {value!r}, as it cannot be pickled; if a "
            "function of a script refers to it, move the function to a module, so that "
            "it is identified by its name"
        ) from error
    if isinstance(reduced, str):  # the name of a global object
        yield Bytes(reduced.encode())
        return
    *parts, items, pairs = (*reduced, *(None,) * (5 - len(reduced)))[:5]
    yield from parts
    yield list(items or ())
    yield list(pairs or ())
