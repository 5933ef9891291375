"""BAIT: batch active learning via Fisher information; layer 5."""

import math
from numbers import Real

import numpy as np
from scipy.sparse import issparse

from skactive._utils.array import carry, float64, namespace, rounded, rounded_like
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
    """Batch active learning via Fisher information (BAIT) [1]_.

    Selects the batch that minimises ``tr(M^-1 I)``, where I is the Fisher information
    of the last layer's weights averaged over all points, and M that of the labelled
    points and the batch. Points are first added greedily up to twice the batch size,
    then removed one by one down to n.

    Parameters
    ----------
    estimator : object
        A classifier with ``predict_proba``, a regressor, or a posterior sampler. It
        also provides the features: the input of a net's last linear layer, the output
        of a pipeline's transformers, or the points themselves for other models.
    ridge : float, default=1
        Regularisation added to the diagonal of M, which is singular when labels are
        few.
    noise : float, default=1
        Variance of the observation noise (regression only).
    max_memory : float, default=4
        Maximum memory of the matrices, in GiB; see Notes.
    random_state : int, RandomState or None, default=None
        Controls the randomness of the model and the posterior samples. Pass an int for
        reproducible results.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted posterior sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The class labels (classification only).

    Notes
    -----
    The Fisher information of c classes and d features is a matrix with (c d)^2 entries,
    and up to nine such matrices are held at a time. A query that would need more than
    `max_memory` raises ``ValueError``. In M, the information of the labelled points is
    averaged, while that of the points in the batch is summed.

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
        if n_rows(self._X_labelled):  # a frozen model may be fitted without any
            labelled = self._roots(self._X_labelled, 0, functions)
        return fisher_trace(roots, labelled, self.ridge)

    def _search(self, f, n, rng, terms=PLAIN):
        if terms.cost is not None:
            return greedy(f, n, **terms.options)
        n_points = len(np.arange(f.whole.size)[f.in_pool(slice(None))])
        # forward greedy to 2 n points, then backward greedy to n, as in [1]
        picks, _ = greedy(f, min(2 * n, n_points), state=terms.state)
        rows = np.concatenate([terms.pending, f.in_pool(picks)])
        of_picks, n_pending = f.whole.take(rows), len(terms.pending)
        kept = _pruned(of_picks, n, n_pending)
        state = of_picks.start()
        for i in range(n_pending):
            state = of_picks.add(state, i)
        return picks[kept - n_pending], gains_along(of_picks, kept, state=state)

    def _roots(self, X, first, functions):
        """Root R of the label's information, and features: (n, c, r), (n, d).

        The Fisher information of a point is ``R R'`` kron ``phi phi'``. R is in the
        dtype of the draws, and the features are in float64.
        """
        m_nc = self.sampler_.evaluate(functions, X, rounded(mean_of_draws), first)
        xp = namespace(m_nc)
        phi_nd = features_of(self.sampler_, X, like=m_nc, keep_sparse=True)
        regression = self.sampler_.task == "regression"
        # checked before sparse features are made dense, which may exceed memory
        self._check_size(1 if regression else m_nc.shape[1], phi_nd.shape[1])
        phi_nd = phi_nd.toarray() if issparse(phi_nd) else phi_nd
        if regression:  # the information is the same for each target: keep one
            r_ncr = xp.full_like(m_nc[:, :1, None], self.noise**-0.5)
        else:
            r_ncr = rounded_like(label_roots(float64(m_nc)), m_nc)
        return r_ncr, xp.astype(phi_nd, xp.float64)

    def _check_size(self, c, d):
        needed = MATRICES * 8 * (c * d) ** 2 / 2**30
        if needed > self.max_memory:
            widest = math.isqrt(int(self.max_memory * 2**30 / (8 * MATRICES))) // c
            raise ValueError(
                f"BAIT needs {needed:.3g} GiB for the Fisher information of {c} outputs"
                f" and {d} features, more than max_memory={self.max_memory}: reduce to "
                f"{widest} features with PCA before the model, choose a narrower layer "
                "with DropoutSampler(embedding=...), or increase max_memory"
            )


def _pruned(f, n, n_pending=0):
    """Remove points whose removal costs least until n are left; pending ones stay."""
    size = len(f.phi_nd)
    # reversed, because ties go to the smaller index: the latest pick is removed first
    f = f.take(np.arange(size - 1, -1, -1))
    state = f.start()
    for i in range(size):
        state = f.add(state, i)
    kept = np.arange(size - n_pending)  # the pending points are the last ones now
    for _ in range(len(kept) - n):
        costs = f.costs(state, carry(kept, f.phi_nd))
        place = best(-costs, namespace(costs).isfinite(costs))
        state, kept = f.drop(state, int(kept[place])), np.delete(kept, place)
    return size - 1 - kept[::-1]
