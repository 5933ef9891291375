"""Array functions that work the same for NumPy and PyTorch.

Layer 0. Code asks an array for its library and its device instead of naming a library.
``namespace(x)`` is the array-API namespace of ``x`` and ``special(x)`` the matching
module of special functions; new arrays are created with ``device=device(x)``.
"""

import copy
import functools
from typing import Any, TypeAlias

import array_api_compat
import array_api_compat.numpy as numpy_namespace
import numpy as np
import scipy.special
from array_api_compat import device
from sklearn import get_config
from sklearn.utils import gen_batches

from skactive._utils.torch import imported_torch

__all__ = [
    "CORE_CACHE_BYTES",
    "ROUNDING",
    "Array",
    "block_rows",
    "carry",
    "chance",
    "chunk_rows",
    "device",
    "dtype_like",
    "float64",
    "generator_at",
    "log",
    "map_rows",
    "move",
    "namespace",
    "one_hot",
    "positive_or_one",
    "resolution",
    "rounded",
    "rounded_like",
    "same_dtype",
    "special",
    "to_numpy",
    "to_tensor",
    "zero_below",
]

Array: TypeAlias = Any  # a NumPy array or a torch tensor
MAX_CHUNK_BYTES = 16 * 2**20
SHARED_CACHE_BYTES = 4 * 2**20  # a block of rows that several passes go over
ROUNDING = 64 * float(np.finfo(np.float64).eps)  # error of sums of numbers in [0, 1]
CORE_CACHE_BYTES = 2**18  # a block for passes so cheap that memory is the bottleneck


def namespace(*arrays):
    """Return the array-API namespace that all `arrays` share."""
    for array in arrays:
        if type(array) is not np.ndarray:
            break
    else:  # a shortcut: array_namespace takes longer than many an operation on arrays
        return numpy_namespace
    return array_api_compat.array_namespace(*arrays)


def special(array):
    """Return ``scipy.special`` or ``torch.special``, whichever fits `array`.

    Only functions that have the same name in both are used.
    """
    if array_api_compat.is_torch_array(array):
        return imported_torch().special
    return scipy.special


def carry(values, like):
    """Move `values` to the library and the device of `like`."""
    is_tensor = array_api_compat.is_torch_array(like)
    return move(values, like.device if is_tensor else "numpy")


def chance(rng, shape, like):
    """Draw uniform numbers in [0, 1) with NumPy and move them to the device of `like`.

    They are float64 on every backend, so that a seed gives the same result on all.
    """
    return carry(rng.random(shape), like)


def generator_at(rng, n_numbers):
    """Copy a generator and advance the copy by `n_numbers` draws of a float."""
    rng = copy.deepcopy(rng)
    rng.bit_generator.advance(n_numbers)
    return rng


def one_hot(y, c, dtype=None):
    """Encode labels ``y`` (...,) as indicator vectors (..., c)."""
    xp = namespace(y)
    dtype = xp.float64 if dtype is None else dtype
    return xp.astype(y[..., None] == xp.arange(c, device=device(y)), dtype)


def float64(x):
    """Convert `x` to double precision; `x` itself if it is already.

    All reductions (means, entropies, gains) are computed in double precision, whatever
    the dtype of the draws. In single or half precision the array library, its order of
    summation and the chunk size would decide which of two points ranks first.
    """
    xp = namespace(x)
    return xp.astype(x, xp.float64, copy=False)


def positive_or_one(x):
    """Return `x` where it is positive, else 1: safe to divide by or take the log of."""
    xp = namespace(x)
    return xp.where(x > 0, x, xp.ones_like(x))


def zero_below(x, rounding):
    """Return `x` where it exceeds its rounding error, else 0."""
    xp = namespace(x)
    return xp.where(x > rounding, x, xp.zeros_like(x))


def log(x):
    """Logarithm of non-negative numbers: -inf at 0, without a warning."""
    xp = namespace(x)
    return xp.where(x > 0, xp.log(positive_or_one(x)), -xp.inf)


def same_dtype(*arrays):
    """Convert the arrays to their common floating dtype."""
    xp = namespace(*arrays)
    dtype = xp.result_type(*arrays, xp.float32)
    return tuple(xp.astype(a, dtype, copy=False) for a in arrays)


def resolution(values):
    """Relative difference below which two results count as tied up to rounding.

    ``eps ** 0.75`` is 2e-12 in float64 and 6e-6 in float32: above the rounding error of
    a sum of thousands of terms, and below any difference that matters.
    """
    return float(namespace(values).finfo(values.dtype).eps) ** 0.75


def rounded_like(values, draws):
    """Cast results to the dtype of the draws they were computed from, at least float32.

    They are computed in float64, but are no more precise than the draws: their dtype
    sets the tolerance (`resolution`) within which points count as tied.
    """
    xp = namespace(values)
    return xp.astype(values, xp.result_type(draws.dtype, xp.float32), copy=False)


def rounded(measure):
    """Return `measure`, a function of draws, with results in the dtype of the draws."""
    return functools.partial(_rounded, measure)  # unlike a closure, it can be pickled


def _rounded(measure, draws):
    return rounded_like(measure(draws), draws)


def dtype_like(array):
    """Empty array of the same dtype; a view would keep `array` in memory."""
    return namespace(array).empty_like(array[:0])


def to_numpy(array):
    """Convert `array` to a NumPy array on the host."""
    if array_api_compat.is_torch_array(array):
        return array.detach().cpu().numpy()
    return np.asarray(array)


def move(array, where=None):
    """Move `array` to a device; "numpy" means the host, None leaves it where it is."""
    if where is None:
        return array
    if where == "numpy":
        return to_numpy(array)
    return to_tensor(array, where)


def to_tensor(array, where=None):
    """Convert `array` to a tensor on a device; None is that of a tensor, or the CPU.

    A read-only NumPy array is copied: tensors can always be written to, so that PyTorch
    warns about its memory, which may be that of the user's pool.
    """
    if isinstance(array, np.ndarray):
        array = np.require(array, requirements=["W"])
    import torch

    return torch.as_tensor(array, device=where)


def chunk_rows(row_bytes):
    """Number of rows of `row_bytes` that fit in a chunk.

    A chunk has at most 16 MiB, and at most scikit-learn's ``working_memory`` (in MiB):
    larger ones no longer fit in the processor's caches and are no faster.
    """
    allowed = min(get_config()["working_memory"] * 2**20, MAX_CHUNK_BYTES)
    return max(1, int(allowed // max(row_bytes, 1)))


def block_rows(row_bytes, like, cache=SHARED_CACHE_BYTES):
    """Number of rows of `row_bytes` that fit in the cache; on a GPU, in a chunk.

    A computation in several passes is faster if intermediate results stay in the cache:
    the processor's shared one, or with ``cache=CORE_CACHE_BYTES`` that of one core.
    """
    rows = chunk_rows(row_bytes)
    if str(device(like)) != "cpu":
        return rows
    return min(rows, max(1, cache // max(row_bytes, 1)))


def map_rows(function, n, size, axis=0):
    """Concatenate ``function(rows)`` over consecutive slices of ``range(n)``.

    The only loop over chunks in the library. Results have one entry per row along
    `axis`, the first or the last.
    """
    if n <= size:
        return function(slice(0, n))
    # written into one array as they come: a list to concatenate would hold them twice
    joined = None
    for rows in gen_batches(n, size):
        part = function(rows)
        if joined is None:
            shape = (n, *part.shape[1:]) if axis == 0 else (*part.shape[:-1], n)
            xp = namespace(part)
            joined = xp.empty(shape, dtype=part.dtype, device=device(part))
        joined[rows if axis == 0 else (..., rows)] = part
    return joined
