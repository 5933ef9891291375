"""One array vocabulary for NumPy and PyTorch.

Layer 0. Kernels ask an array which library it belongs to and where it lives, and
never name a library themselves. ``namespace(x)`` is the array-API namespace of ``x``,
``special(x)`` the special functions that go with it; whatever is created says
``device=device(x)``.
"""

import copy
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
    "float64",
    "generator_at",
    "log",
    "map_rows",
    "move",
    "namespace",
    "one_hot",
    "positive_or_one",
    "resolution",
    "rounded_like",
    "same_dtype",
    "special",
    "to_numpy",
    "zero_below",
]

Array: TypeAlias = Any  # a NumPy array or a torch tensor: which, the array itself says
MAX_CHUNK_BYTES = 16 * 2**20
SHARED_CACHE_BYTES = 4 * 2**20  # of rows that are worked on in several steps
ROUNDING = 64 * float(np.finfo(np.float64).eps)  # of sums of numbers from 0 to 1
CORE_CACHE_BYTES = 2**18  # where each step is so short that the next waits for memory


def namespace(*arrays):
    """Array-API namespace that all `arrays` share."""
    for array in arrays:
        if type(array) is not np.ndarray:
            break
    else:  # what the question comes to, which takes longer than many an operation
        return numpy_namespace
    return array_api_compat.array_namespace(*arrays)


def special(array):
    """``scipy.special`` or ``torch.special``: the names used here coincide."""
    if array_api_compat.is_torch_array(array):
        return imported_torch().special
    return scipy.special


def carry(values, like):
    """`values` (a host array) in the library and on the device of `like`."""
    return namespace(like).asarray(values, device=device(like))


def chance(rng, shape, like):
    """Uniform numbers in [0, 1), drawn by NumPy and carried to where `like` lives.

    Float64 on every backend, so that one seed means one answer.
    """
    return carry(rng.random(shape), like)


def generator_at(rng, n_numbers):
    """A copy of a generator of floats, as it is after so many more of them."""
    rng = copy.deepcopy(rng)
    rng.bit_generator.advance(n_numbers)
    return rng


def one_hot(y, c, dtype=None):
    """Labels ``y`` (...,) as indicator vectors (..., c)."""
    xp = namespace(y)
    dtype = xp.float64 if dtype is None else dtype
    return xp.astype(y[..., None] == xp.arange(c, device=device(y)), dtype)


def float64(x):
    """`x` in double precision, in which all is reduced; `x` itself where it is.

    One rule for the whole library: means, entropies and gains are double, whatever the
    type of the draws. In single (or half) precision the array library, its order of
    summation and the size of a chunk would decide which of two points comes first.
    """
    xp = namespace(x)
    return xp.astype(x, xp.float64, copy=False)


def positive_or_one(x):
    """`x` where it is positive, else 1: what may be divided by, or have a logarithm."""
    xp = namespace(x)
    return xp.where(x > 0, x, xp.ones_like(x))


def zero_below(x, rounding):
    """`x` where it is larger than its rounding, else 0."""
    xp = namespace(x)
    return xp.where(x > rounding, x, xp.zeros_like(x))


def log(x):
    """Logarithm of numbers that are not negative; -inf at 0, without a warning."""
    xp = namespace(x)
    return xp.where(x > 0, xp.log(positive_or_one(x)), -xp.inf)


def same_dtype(*arrays):
    """The arrays promoted to the one floating type that holds them all."""
    xp = namespace(*arrays)
    dtype = xp.result_type(*arrays, xp.float32)
    return tuple(xp.astype(a, dtype, copy=False) for a in arrays)


def resolution(values):
    """Relative difference below which two results count as equal but for rounding.

    ``eps ** 0.75``: 2e-12 in float64, 6e-6 in float32; a sum of thousands of terms
    stays within it, a difference that means something does not.
    """
    return float(namespace(values).finfo(values.dtype).eps) ** 0.75


def rounded_like(values, draws):
    """Results in the floating type of the draws they are made of; float32 at least.

    They are computed in float64; their type then says how far they can be trusted,
    which the rule of ties goes by (`resolution`).
    """
    xp = namespace(values)
    return xp.astype(values, xp.result_type(draws.dtype, xp.float32), copy=False)


def to_numpy(array):
    """`array` as a NumPy array on the host."""
    if array_api_compat.is_torch_array(array):
        return array.detach().cpu().numpy()
    return np.asarray(array)


def move(array, where=None):
    """`array` moved: None leaves it, "numpy" takes it to the host, else a device."""
    if where is None:
        return array
    if where == "numpy":
        return to_numpy(array)
    import torch

    return torch.as_tensor(array, device=where)


def chunk_rows(row_bytes):
    """How many rows of `row_bytes` fit a chunk: scikit-learn's ``working_memory``.

    A chunk is at most 16 MiB, whatever ``working_memory`` (in MiB) allows: larger
    ones leave the processor's caches and gain nothing.
    """
    allowed = min(get_config()["working_memory"] * 2**20, MAX_CHUNK_BYTES)
    return max(1, int(allowed // max(row_bytes, 1)))


def block_rows(row_bytes, like, cache=SHARED_CACHE_BYTES):
    """How many rows of `row_bytes` fit a processor's cache; elsewhere, a chunk.

    What is computed in several steps takes less time where each leaves its result in
    the cache: that of the processor, or with ``cache=CORE_CACHE_BYTES`` that of a core.
    """
    rows = chunk_rows(row_bytes)
    if str(device(like)) != "cpu":
        return rows
    return min(rows, max(1, cache // max(row_bytes, 1)))


def map_rows(function, n, size, axis=0):
    """Join ``function(rows)`` over consecutive slices of ``range(n)``.

    The only loop over chunks. Results have one entry a row along `axis`, the first or
    the last; they are written into one array as they come: nothing is held twice.
    """
    if n <= size:
        return function(slice(0, n))
    joined = None
    for rows in gen_batches(n, size):
        part = function(rows)
        if joined is None:
            shape = (n, *part.shape[1:]) if axis == 0 else (*part.shape[:-1], n)
            xp = namespace(part)
            joined = xp.empty(shape, dtype=part.dtype, device=device(part))
        joined[rows if axis == 0 else (..., rows)] = part
    return joined
