"""Fingerprints of rows, by which a campaign recognizes its data; layer 6.

They depend on the content of a row, not on how it is stored: arrays on disk and in
memory, or sparse matrices of all formats, have equal fingerprints.
"""

import hashlib
import zlib
from typing import Any

import numpy as np
from array_api_compat import is_torch_array
from scipy.sparse import issparse
from sklearn.utils import gen_batches

from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import is_dataset, is_on_disk, n_rows, take_rows
from skactive.model_selection.search._fingerprint import digest

__all__ = ["describe_data", "fingerprints", "packed"]

ROWS_AT_ONCE = 1024


def describe_data(X: Any) -> dict[str, str]:
    """Describe the kind of data that `X` is: container, dtype and columns.

    Parameters
    ----------
    X : array-like of n points
        Rows in any container.

    Returns
    -------
    dict of str to str
        A description, such as ``{"container": "data frame", "columns": "age: int64"}``.
    """
    if _is_frame(X):
        columns = [f"{name}: {X[name].dtype}" for name in X.columns]
        return {"container": "data frame", "columns": ", ".join(columns)}
    if issparse(X):
        kind = "sparse matrix"
    elif is_torch_array(X):
        kind = "tensor"
    elif isinstance(X, np.ndarray) or is_on_disk(X):
        kind = "array"
    else:
        return {"container": "dataset" if is_dataset(X) else type(X).__name__}
    return {
        "container": kind,
        "dtype": str(X.dtype),
        "shape of a row": str(tuple(map(int, X.shape[1:]))),
    }


def fingerprints(X: Any) -> np.ndarray:
    """Compute a fingerprint of each row.

    Parameters
    ----------
    X : array-like of n points
        Rows in any container.

    Returns
    -------
    ndarray of uint64, shape (n,)
        Digests of the content of the rows.
    """
    n = n_rows(X)
    chunks = [_of_chunk(take_rows(X, rows)) for rows in gen_batches(n, ROWS_AT_ONCE)]
    return np.concatenate([np.empty(0, dtype="<u8"), *chunks])


def packed(prints: np.ndarray) -> bytes:
    """Pack fingerprints to be stored."""
    return zlib.compress(prints.astype("<u8").tobytes(), 1)


def _of_chunk(X):
    if issparse(X):
        contents = _sparse_rows(X)
    elif _is_frame(X):
        columns = [_bytes_of(np.asarray(X[name])) for name in X.columns]
        contents = [b"".join(row) for row in zip(*columns, strict=True)]
    elif isinstance(X, np.ndarray) or is_torch_array(X):
        contents = _bytes_of(to_numpy(X))
    else:
        contents = [_of_object(X[i]) for i in range(n_rows(X))]
    return np.array([_hash(content) for content in contents], dtype="<u8")


def _hash(content):
    # with 64 bits, two of a million rows agree by chance with probability 3e-8
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little")


def _bytes_of(array):
    """Content of each row as bytes."""
    if array.dtype.hasobject:
        # Python's values are used, as NumPy's are printed differently in its versions
        return [_of_object(row) for row in array.tolist()]
    return [row.tobytes() for row in np.ascontiguousarray(array)]


def _of_object(row):
    """Content of any other row as bytes."""
    if isinstance(row, str | int | float | bool | None):
        return repr(row).encode()
    return digest(to_numpy(row) if is_torch_array(row) else row).encode()


def _sparse_rows(X):
    rows = X.tocsr(copy=True)
    rows.sum_duplicates()
    rows.eliminate_zeros()
    for start, end in zip(rows.indptr[:-1], rows.indptr[1:], strict=True):
        places = rows.indices[start:end].astype("<i8").tobytes()
        yield places + rows.data[start:end].tobytes()


def _is_frame(X):
    """Whether `X` is a data frame, of pandas or another library."""
    return hasattr(X, "columns") and hasattr(X, "__array__")
