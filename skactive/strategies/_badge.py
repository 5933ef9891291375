"""BADGE: diverse and uncertain by the gradients of the last layer; layer 4."""

import itertools

from skactive._utils.array import block_rows, map_rows, namespace, one_hot, resolution
from skactive.base import QueryStrategy
from skactive.samplers._features import features_of, mean_prediction
from skactive.selection import SetFunction, best, greedy, proportional
from skactive.selection._ties import likeliest

__all__ = ["BADGE", "GradientDistances"]


class GradientDistances(SetFunction):
    """Squared distance of each gradient to the nearest one picked.

    The gradient of the last layer's loss at the predicted class is the outer product
    of a residual and the features, ``g = a x phi``, of c d numbers. They are never
    written down, since

        |g_i - g_j|^2 = |g_i|^2 + |g_j|^2 - 2 <a_i, a_j> <phi_i, phi_j>,

    ``|g| = |a| |phi|``. Before the first pick a point is worth its own squared norm.

    Parameters
    ----------
    a_nc : array of shape (n, c)
        Residuals of the predicted class.
    phi_nd : array of shape (n, d)
        Features.
    """

    # not diminishing: the first pick may lie farther from a point than the origin
    remedy = (
        "The model is sure of them, or they are copies of points that are picked: a "
        "model that is less sure of itself (min_samples_leaf of a forest, more "
        "dropout), other features or a smaller batch may help."
    )

    def __init__(self, a_nc, phi_nd):
        xp = namespace(a_nc, phi_nd)
        # float32 features beside float64 draws would round as float32, unseen
        self.a_nc = a_nc = xp.astype(a_nc, xp.float64)
        self.phi_nd = phi_nd = xp.astype(phi_nd, xp.float64)
        self.norms_n = xp.vecdot(a_nc, a_nc) * xp.vecdot(phi_nd, phi_nd)

    def start(self):
        """State of the empty batch: no distance yet."""
        return None

    def gains(self, state, rows=None):
        """Squared distance to the nearest pick (of `rows`): (n,)."""
        gains_n = self.norms_n if state is None else state
        return gains_n if rows is None else gains_n[rows]

    def add(self, state, i):
        """State with point `i` picked."""
        distance_n = self.distances(i)
        return (
            distance_n if state is None else namespace(state).minimum(state, distance_n)
        )

    def distances(self, i):
        """Squared distances of all gradients to that of point `i`: (n,).

        What rounding cannot tell from zero is zero, so that copies are at distance 0.
        """
        xp, norms_n = namespace(self.norms_n), self.norms_n
        a_c, phi_d, norm = self.a_nc[i], self.phi_nd[i], norms_n[i]

        def chunk(rows):
            products_m = (self.a_nc[rows] @ a_c) * (self.phi_nd[rows] @ phi_d)
            sums_m = norms_n[rows] + norm
            distances_m = sums_m - 2 * products_m
            apart_m = distances_m > resolution(distances_m) * sums_m
            return xp.where(apart_m, distances_m, xp.zeros_like(distances_m))

        row_bytes = 8 * (a_c.shape[0] + phi_d.shape[0])
        return map_rows(chunk, norms_n.shape[0], block_rows(row_bytes, norms_n))


class BADGE(QueryStrategy):
    """Ask for labels whose gradients would be large and unlike each other [1]_.

    Each point stands for the gradient, in the weights of the last layer, of the loss
    at the class that the model predicts: the less certain, the longer. A batch is
    chosen as k-means++ chooses its centres [2]_: first the longest gradient, then at
    random in proportion to the squared distance to the nearest pick.

    Parameters
    ----------
    estimator : object
        Any classifier with ``predict_proba``, or a sampler. The features are those of
        the sampler's ``embed``: the input of a net's last linear layer, the output of
        a pipeline's transforms, else the points themselves.
    random_state : int, RandomState or None, default=None
        Source of all chance.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The labels.

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

    def _objective(self, X_pool, rng):
        m_nc = mean_prediction(self.sampler_, X_pool, self.sampler_.functions(rng))
        # algorithm 1, line 4: the gradient at the most likely label
        a_nc = m_nc - one_hot(likeliest(m_nc), m_nc.shape[-1], m_nc.dtype)
        return GradientDistances(a_nc, features_of(self.sampler_, X_pool, like=m_nc))

    def _search(self, f, n, rng):
        return greedy(f, n, pick=_seeding(rng))


def _seeding(rng):
    """Make the rule of k-means++ that begins at the largest gain.

    Where no gain is positive, copies of the picks are all that is left: by index.
    """
    rules = itertools.chain([best], itertools.repeat(proportional(rng)))

    def pick(gains, available):
        rule = next(rules)
        some = bool(namespace(gains).any((gains > 0) & available))
        return (rule if some else best)(gains, available)

    return pick
