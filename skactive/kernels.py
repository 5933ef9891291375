"""Kernels between draws, centring, and the dependence measure dHSIC; layer 1.

Kernel matrices have shape (..., k, k): one matrix between all pairs of draws for each
index of the leading axes.
"""

import functools
import operator
from collections.abc import Sequence

from skactive._utils.array import (
    Array,
    chunk_rows,
    log,
    map_rows,
    namespace,
    same_dtype,
)

__all__ = [
    "center",
    "dhsic",
    "rational_quadratic",
    "rbf",
    "squared_distances",
    "unit_rows",
    "wide_squared_distances",
]

# Squared distances below this share of |x|^2 + |y|^2 are recomputed directly, since
# |x|^2 + |y|^2 - 2 x'y has then lost too many digits to cancellation.
CLOSE = 1e-3


def squared_distances(u: Array, v: Array | None = None) -> Array:
    """Compute squared Euclidean distances between the rows of `u` and of `v`.

    Differences of coordinates are squared one by one, so that equal rows are at
    distance exactly 0. Efficient for few columns, such as the outputs of draws.

    Parameters
    ----------
    u : array of shape (..., k, c)
        Points; NumPy array or tensor.
    v : array of shape (..., l, c), default=None
        Other points; `u` by default.

    Returns
    -------
    array of shape (..., k, l)
        Squared distances, on the library, dtype and device of `u`.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.kernels import squared_distances
    >>> squared_distances(np.array([[0.0, 0.0], [3.0, 4.0]]))
    array([[ 0., 25.],
           [25.,  0.]])
    """
    v = u if v is None else v
    differences = (u[..., :, None, j] - v[..., None, :, j] for j in range(u.shape[-1]))
    return functools.reduce(operator.add, (d * d for d in differences))


def wide_squared_distances(x: Array, y: Array) -> Array:
    """Compute squared Euclidean distances between rows with many columns.

    Computed by one matrix product, ``|x|^2 + |y|^2 - 2 <x, y>``. Distances that suffer
    from cancellation are recomputed from the differences, so that equal rows are at
    distance exactly 0 and no distance is negative. Centre the data first, so that fewer
    distances have to be recomputed.

    Parameters
    ----------
    x : array of shape (m, d)
        Points; NumPy array or tensor.
    y : array of shape (l, d)
        Other points, on the same library and of the same dtype.

    Returns
    -------
    array of shape (m, l)
        Squared distances, with relative errors of some thousand times the epsilon of
        the dtype.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.kernels import wide_squared_distances
    >>> wide_squared_distances(np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([[3, 4.0]]))
    array([[25.],
           [ 0.]])
    """
    xp = namespace(x, y)
    scale = xp.linalg.vecdot(x, x)[:, None] + xp.linalg.vecdot(y, y)[None, :]
    # in place, since these arrays take most of the memory of a chunk
    distances = x @ (-2 * y.T)
    distances += scale
    scale *= CLOSE
    i, j = xp.nonzero(distances <= scale)

    def directly(some):
        differences = x[i[some]] - y[j[some]]
        return xp.linalg.vecdot(differences, differences)

    if len(i):
        rows = chunk_rows(x.itemsize * x.shape[1])
        distances[i, j] = map_rows(directly, len(i), rows)
    return distances


def unit_rows(x: Array) -> Array:
    """Scale rows to unit norm, and append a column that is 1 for rows of zeros.

    Half the squared distance between two such rows is their cosine distance,
    ``1 - cos``. Rows of zeros, which have no direction, are at cosine distance 1 from
    all other rows, and at distance 0 from each other.

    Parameters
    ----------
    x : array of shape (n, d)
        Points; NumPy array or tensor.

    Returns
    -------
    array of shape (n, d + 1)
        Points on the unit sphere.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.kernels import unit_rows
    >>> unit_rows(np.array([[0.0, 0.0], [3.0, 4.0]]))
    array([[0. , 0. , 1. ],
           [0.6, 0.8, 0. ]])
    """
    xp = namespace(x)
    length = xp.linalg.vector_norm(x, axis=1, keepdims=True)
    nothing = xp.astype(length == 0, x.dtype)
    return xp.concat([x / (length + nothing), nothing], axis=1)


def rational_quadratic(
    squared_distance: Array, length_scales: Sequence[float] = (0.2, 0.5, 1, 2, 5)
) -> Array:
    """Compute a mixture of rational-quadratic kernels from squared distances.

    The mean over `length_scales` ``a`` of ``(1 + d2 / (2 a)) ** -a``. This is the
    kernel of ICAL [1]_, which follows [2]_.

    Parameters
    ----------
    squared_distance : array
        Squared distances, of any shape.
    length_scales : sequence of float, default=(0.2, 0.5, 1, 2, 5)
        Positive length scales of the mixture.

    Returns
    -------
    array
        Kernel values in (0, 1], of the shape of `squared_distance`.

    References
    ----------
    .. [1] Jain, Liu and Gifford, "Information Condensing Active Learning", 2020,
       section 6.
    .. [2] Bińkowski et al., "Demystifying MMD GANs", ICLR 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.kernels import rational_quadratic
    >>> rational_quadratic(np.array([0.0, 2.0])).round(5)
    array([1.    , 0.5245])
    """
    values = ((1 + squared_distance / (2 * a)) ** -a for a in length_scales)
    return functools.reduce(operator.add, values) / len(length_scales)


def rbf(squared_distance: Array, length_scale: float = 1.0) -> Array:
    """Compute the radial basis function kernel from squared distances.

    ``exp(-d2 / (2 l**2))`` with the length scale ``l``.

    Parameters
    ----------
    squared_distance : array
        Squared distances, of any shape.
    length_scale : float, default=1.0
        Positive length scale: the distance at which the kernel is ``exp(-1/2)``.

    Returns
    -------
    array
        Kernel values in [0, 1], of the shape of `squared_distance`.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.kernels import rbf
    >>> rbf(np.array([0.0, 2.0])).round(4)
    array([1.    , 0.3679])
    """
    xp = namespace(squared_distance)
    return xp.exp(squared_distance / (-2 * length_scale**2))


def center(kernel: Array) -> Array:
    """Centre a kernel in its feature space: ``H K H`` with ``H = I - 1/k``.

    Parameters
    ----------
    kernel : array of shape (..., k, k)
        Symmetric kernel matrices.

    Returns
    -------
    array of shape (..., k, k)
        Matrices whose rows and columns sum to zero.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.kernels import center
    >>> center(np.eye(2))
    array([[ 0.5, -0.5],
           [-0.5,  0.5]])
    """
    xp = namespace(kernel)
    rows = xp.mean(kernel, axis=-1, keepdims=True)
    columns = xp.mean(kernel, axis=-2, keepdims=True)
    return kernel - rows - columns + xp.mean(rows, axis=-2, keepdims=True)


def dhsic(*kernels: Array) -> Array:
    r"""Compute the d-variable Hilbert-Schmidt independence criterion (dHSIC) [1]_.

    An empirical measure of the joint dependence of d variables: the squared distance,
    in the feature space of the kernels, between the joint distribution and the product
    of its marginals.

    .. math::

        \frac{1}{k^2} \sum_{st} \prod_j K^j_{st}
        + \prod_j \frac{1}{k^2} \sum_{st} K^j_{st}
        - \frac{2}{k^{d+1}} \sum_s \prod_j \sum_t K^j_{st}

    For two variables this equals ``<H K H, L> / k**2`` and is computed so; for more,
    products are computed from logarithms. The convention "0 if k < 2d" of [1]_ is not
    applied.

    Parameters
    ----------
    *kernels : arrays of shape (..., k, k)
        One symmetric kernel matrix with non-negative entries per variable, or a stack
        of them; leading axes are broadcast.

    Returns
    -------
    array of shape (...)
        The statistic; not negative up to rounding.

    References
    ----------
    .. [1] Pfister, Bühlmann, Schölkopf and Peters, "Kernel-based tests for joint
       independence", JRSS B, 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.kernels import dhsic
    >>> float(dhsic(np.eye(2), np.eye(2))), float(dhsic(np.eye(2), np.ones((2, 2))))
    (0.25, 0.0)
    """
    kernels = same_dtype(*kernels)
    xp, k = namespace(*kernels), kernels[0].shape[-1]
    if len(kernels) == 2:
        return xp.sum(center(kernels[0]) * kernels[1], axis=(-2, -1)) / k**2
    means = [xp.mean(kernel, axis=-1) for kernel in kernels]
    joint = xp.mean(_product(kernels), axis=(-2, -1))
    marginal = _product([xp.mean(mean, axis=-1) for mean in means])
    return joint + marginal - 2 * xp.mean(_product(means), axis=-1)


def _product(arrays):
    """Elementwise product of non-negative arrays, computed from logarithms."""
    logs = functools.reduce(operator.add, map(log, arrays))  # log 0 = -inf gives 0
    return namespace(logs).exp(logs)
