"""BAIT: the batch whose Fisher information bounds the pool's; layer 5."""

import math
from numbers import Real

import numpy as np
from scipy.sparse import issparse

from skactive._utils.array import carry, namespace
from skactive._utils.scikit_learn import Interval, n_rows
from skactive.base import LabelledStrategy
from skactive.distributed import as_pool
from skactive.information import mean_of_draws
from skactive.objectives._fisher_trace import MATRICES, fisher_trace, label_roots
from skactive.samplers._features import features_of
from skactive.selection import best, gains_along, greedy
from skactive.selection._terms import PLAIN

__all__ = ["BAIT"]


class BAIT(LabelledStrategy):
    """Select points whose labels determine the last layer where the pool needs it [1]_.

    A batch is worth how far it lowers ``tr(M^-1 I)``: I is the Fisher information, in
    the weights of the last layer, of all points, M that of the labelled ones and the
    batch. Greedily, 2 n points are added, and n of them dropped again.

    Parameters
    ----------
    estimator : object
        Any classifier with ``predict_proba``, any regressor, or a sampler. The
        features are those of the sampler's ``embed``: the input of a net's last linear
        layer, the output of a pipeline's transforms, else the points themselves.
    ridge : float, default=1
        Added to the diagonal of M, where few labels leave it singular.
    noise : float, default=1
        Variance of the noise (regression); in classification it is not used.
    max_memory : float, default=4
        What the matrices may take, in GiB; see the notes.
    random_state : int, RandomState or None, default=None
        Source of all chance: the functions of a model that draws them.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The labels (classification).

    Notes
    -----
    The information of c classes in d features is a matrix of (c d)^2 numbers, of which
    up to nine exist at a time; where they take more than `max_memory`, a query raises
    ``ValueError``. That of all labelled points counts as one mean, that of each point
    of the batch in full.

    References
    ----------
    .. [1] Ash, Goel, Krishnamurthy and Kakade, "Gone fishing: neural active learning
       with Fisher embeddings", NeurIPS 2021.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skactive import BAIT
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = BAIT(LogisticRegression(max_iter=500)).fit(X[::2], y[::2])
    >>> strategy.query(X[1::2], n=3).shape
    (3,)
    """

    needs = "mean"
    distributed = True

    _parameter_constraints = {
        **LabelledStrategy._parameter_constraints,
        "ridge": [Interval(Real, 0, None, closed="neither")],
        "noise": [Interval(Real, 0, None, closed="neither")],
        "max_memory": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(
        self,
        estimator=None,
        *,
        ridge=1.0,
        noise=1.0,
        max_memory=4.0,
        random_state=None,
    ):
        super().__init__(estimator, random_state=random_state)
        self.ridge = ridge
        self.noise = noise
        self.max_memory = max_memory

    def _objective(self, X_pool, rng):
        functions = self._functions(rng)
        roots, labelled = as_pool(X_pool).map(self._roots, functions), None
        if n_rows(self._X_labelled):  # a frozen model may have been shown none
            labelled = self._roots(self._X_labelled, 0, functions)
        return fisher_trace(roots, labelled, self.ridge)

    def _search(self, f, n, rng, terms=PLAIN):
        if terms.cost is not None:
            return greedy(f, n, **terms.options)
        n_points = len(np.arange(f.whole.size)[f.in_pool(slice(None))])
        picks, _ = greedy(f, min(2 * n, n_points), state=terms.state)
        rows = np.concatenate([terms.pending, f.in_pool(picks)])
        of_picks, n_pending = f.whole.take(rows), len(terms.pending)
        kept = _pruned(of_picks, n, n_pending)
        state = of_picks.start()
        for i in range(n_pending):
            state = of_picks.add(state, i)
        return picks[kept - n_pending], gains_along(of_picks, kept, state=state)

    def _roots(self, X, first, functions):
        """R and the features of each point: (n, c, r) and (n, d), float64."""
        m_nc = self.sampler_.evaluate(functions, X, mean_of_draws, first)
        xp = namespace(m_nc)
        phi_nd = features_of(self.sampler_, X, like=m_nc, keep_sparse=True)
        regression = self.sampler_.task == "regression"
        # before anything is made as large as what may be refused
        self._check_size(1 if regression else m_nc.shape[1], phi_nd.shape[1])
        phi_nd = phi_nd.toarray() if issparse(phi_nd) else phi_nd
        if regression:  # each target has the same information
            r_ncr = xp.full_like(m_nc[:, :1, None], self.noise**-0.5)
        else:
            r_ncr = label_roots(m_nc)
        return r_ncr, xp.astype(phi_nd, xp.float64)

    def _check_size(self, c, d):
        needed = MATRICES * 8 * (c * d) ** 2 / 2**30
        if needed > self.max_memory:
            widest = math.isqrt(int(self.max_memory * 2**30 / (8 * MATRICES))) // c
            raise ValueError(
                f"BAIT needs {needed:.3g} GiB for the information of {c} outputs in "
                f"{d} features, more than max_memory={self.max_memory}: put a PCA that "
                f"leaves {widest} features before the model, name a narrower layer by "
                "DropoutSampler(embedding=...), or raise max_memory"
            )


def _pruned(f, n, n_pending=0):
    """Drop the cheapest of the points after the pending, until n of them are left."""
    size = len(f.phi_nd)
    f = f.take(np.arange(size - 1, -1, -1))  # of equal costs, the latest pick's goes
    state = f.start()
    for i in range(size):
        state = f.add(state, i)
    kept = np.arange(size - n_pending)  # the pending points are the last ones now
    for _ in range(len(kept) - n):
        costs = f.costs(state, carry(kept, f.phi_nd))
        place = best(-costs, namespace(costs).isfinite(costs))
        state, kept = f.drop(state, int(kept[place])), np.delete(kept, place)
    return size - 1 - kept[::-1]
