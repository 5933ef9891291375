"""BADGE: batch active learning by diverse gradient embeddings; layer 5."""

import itertools

import numpy as np
from scipy.sparse import issparse

from skactive._utils.array import (
    block_rows,
    map_rows,
    namespace,
    one_hot,
    resolution,
    rounded_like,
    zero_below,
)
from skactive.base import QueryStrategy
from skactive.distributed import as_pool, objective_over
from skactive.information import mean_of_draws
from skactive.samplers._features import features_of
from skactive.selection import DivisibleSetFunction, best, greedy, proportional
from skactive.selection._terms import PLAIN
from skactive.selection._ties import likeliest

__all__ = ["BADGE", "GradientDistances"]


class GradientDistances(DivisibleSetFunction):
    """Squared distance from each gradient embedding to the nearest selected one.

    The gradient of the loss at the predicted class, with respect to the weights of the
    last layer, is the outer product ``g = a x phi`` of a residual and the features and
    has c d entries. It is never formed explicitly, since

        |g_i - g_j|^2 = |g_i|^2 + |g_j|^2 - 2 <a_i, a_j> <phi_i, phi_j>

    and ``|g| = |a| |phi|``. Before the first pick the gain is the squared norm.

    Parameters
    ----------
    a_nc : array of shape (n, c)
        Residuals at the predicted class; gains have their dtype.
    phi_nd : array or sparse matrix of shape (n, d)
        Features. Products are computed in float64 for any dtype.
    """

    # Not diminishing: the gain before the first pick is the distance to the origin, and
    # the first pick may lie farther away from a point than the origin does.
    remedy = (
        "The model is certain about them, or they are copies of selected points: a "
        "less confident model (min_samples_leaf of a forest, more dropout), other "
        "features or a smaller batch may help."
    )

    def __init__(self, a_nc, phi_nd):
        self.a_nc, self.phi_nd = a_nc, phi_nd
        self.norms_n = self._map(lambda rows: _squared(a_nc[rows], phi_nd[rows]))

    def start(self):
        """Return the state of the empty batch: no distances yet."""
        return None

    def gains(self, state, rows=None):
        """Compute squared distances (of `rows`) to the nearest pick: (n,)."""
        gains_n = rounded_like(self.norms_n, self.a_nc) if state is None else state
        return gains_n if rows is None else gains_n[rows]

    def message(self, i):
        """Return what a state needs to know about point `i`: residual and features."""
        phi_nd = self.phi_nd  # a row of a sparse matrix stays a matrix
        return self.a_nc[i], phi_nd[[i]] if issparse(phi_nd) else phi_nd[i]

    def receive(self, state, message):
        """Return the state after picking the point in `message`."""
        distance_n = self._distances(*message)
        return (
            distance_n if state is None else namespace(state).minimum(state, distance_n)
        )

    def distances(self, i):
        """Compute squared distances of all gradients to that of point `i`: (n,).

        Distances below rounding error are set to zero, so that the distance between
        copies of a point is exactly 0.
        """
        return self._distances(*self.message(i))

    def _distances(self, a_c, phi_d):
        xp, a_nc, phi_nd = namespace(self.a_nc), self.a_nc, self.phi_nd
        phi_d = phi_d.toarray()[0] if issparse(phi_d) else phi_d
        a_c, phi_d = _wide(a_c, xp), _wide(phi_d, xp)
        norm = xp.vecdot(a_c, a_c) * xp.vecdot(phi_d, phi_d)

        def block(rows):
            a_m, phi_m = _wide(a_nc[rows], xp) @ a_c, _wide(phi_nd[rows], xp) @ phi_d
            sums_m = self.norms_n[rows] + norm
            distances_m = sums_m - 2 * (a_m * phi_m)
            return zero_below(distances_m, resolution(distances_m) * sums_m)

        return rounded_like(self._map(block), a_nc)

    def _map(self, function):
        """Join ``function(rows)`` over blocks small enough to convert to float64."""
        n, c = self.a_nc.shape
        sparse = issparse(self.phi_nd)
        d = self.phi_nd.nnz // n if sparse else self.phi_nd.shape[1]
        return map_rows(function, n, block_rows(8 * (c + d), self.a_nc))


class BADGE(QueryStrategy):
    """Batch active learning by diverse gradient embeddings (BADGE) [1]_.

    Each point is represented by its gradient embedding: the gradient of the loss at the
    predicted class with respect to the weights of the last layer. The less certain the
    prediction, the longer the gradient. A batch is selected as k-means++ selects its
    initial centres [2]_, which makes it both uncertain and diverse: first the longest
    gradient, then points sampled with probability proportional to their squared
    distance to the nearest pick.

    Parameters
    ----------
    estimator : object
        A classifier with ``predict_proba``, or a posterior sampler. It also provides
        the features: the input of a net's last linear layer, the output of a pipeline's
        transformers, or the points themselves for other models.
    random_state : int, RandomState or None, default=None
        Controls the randomness of the model, the posterior samples and the query.
        Pass an int for reproducible results.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted posterior sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The class labels.

    References
    ----------
    .. [1] Ash, Zhang, Krishnamurthy, Langford and Agarwal, "Deep batch active learning
       by diverse, uncertain gradient lower bounds", ICLR 2020.
    .. [2] Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding",
       SODA 2007.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skactive import BADGE
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = BADGE(LogisticRegression(max_iter=500), random_state=0)
    >>> strategy.fit(X[::2], y[::2]).query(X[1::2], n=3).shape
    (3,)
    """

    tasks = ("classification",)
    needs = "mean"
    distributed = True
    copies_add_nothing = True

    def _objective(self, X_pool, rng):
        parts = as_pool(X_pool).map(self._gradients, self._functions(rng))
        return objective_over(parts)

    def _gradients(self, X, first, functions):
        a_nc = self.sampler_.evaluate(functions, X, _residuals, first)
        phi_nd = features_of(self.sampler_, X, like=a_nc, keep_sparse=True)
        return GradientDistances(a_nc, phi_nd)

    def _search(self, f, n, rng, terms=PLAIN):
        rule = _seeding(rng, begun=terms.pending.size > 0)
        return greedy(f, n, pick=rule, **terms.options)


def _residuals(p_nkc):
    """Mean prediction minus the one-hot encoding of its most likely class: (n, c).

    Subtracted in float64, because for a prediction close to 1 the difference would
    otherwise be lost to cancellation.
    """
    m_nc = mean_of_draws(p_nkc)
    y_n = likeliest(rounded_like(m_nc, p_nkc))  # algorithm 1, line 4
    return rounded_like(m_nc - one_hot(y_n, m_nc.shape[-1]), p_nkc)


def _wide(x, xp):
    """Convert to float64; sparse matrices stay sparse."""
    if issparse(x):
        return x.astype(np.float64, copy=False)
    return xp.astype(x, xp.float64, copy=False)


def _squared(a_nc, phi_nd):
    """Squared norms of gradients: (n,)."""
    xp = namespace(a_nc)
    a_nc, phi_nd = _wide(a_nc, xp), _wide(phi_nd, xp)
    if issparse(phi_nd):
        squares_n = np.asarray(phi_nd.multiply(phi_nd).sum(axis=1)).ravel()
    else:
        squares_n = xp.vecdot(phi_nd, phi_nd)
    return xp.vecdot(a_nc, a_nc) * squares_n


def _seeding(rng, begun=False):
    """Make the pick rule of k-means++, starting at the largest gain if not `begun`.

    When no gain is positive only copies of picks are left, and ties are broken by
    index.
    """
    first = [] if begun else [best]
    rules = itertools.chain(first, itertools.repeat(proportional(rng)))

    def pick(gains, available):
        rule = next(rules)
        some = bool(namespace(gains).any((gains > 0) & available))
        return (rule if some else best)(gains, available)

    return pick
