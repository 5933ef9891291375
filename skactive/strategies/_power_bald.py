"""PowerBALD: BALD and chance, for batches that differ; layer 5."""

from numbers import Real

import numpy as np

from skactive._utils.array import resolution, to_numpy
from skactive._utils.scikit_learn import Interval, StrOptions
from skactive._utils.warnings import warn_caller
from skactive.base import PointwiseStrategy
from skactive.information import mutual_information
from skactive.selection import Scores
from skactive.selection._budget import in_order
from skactive.selection._terms import PLAIN

__all__ = ["PowerBALD"]


class PowerBALD(PointwiseStrategy):
    """Ask for points at random, the likelier the more the model's draws disagree [1]_.

    Each point's BALD, transformed, gets Gumbel noise of its own, and the largest sums
    are asked: draws without replacement, in proportion to ``BALD ** beta``.

    Parameters
    ----------
    estimator : object
        A model with a posterior (see `skactive.samplers.as_sampler`), or a sampler.
    variant : {"power", "softmax", "softrank"}, default="power"
        What points are drawn in proportion to: ``BALD ** beta``, ``exp(beta BALD)``, or
        ``rank ** -beta``, where rank 1 has the largest BALD and equal ones rank by
        index.
    beta : float, default=1.0
        Inverse temperature: 0 would be uniform, infinity is BALD. The noise is Gumbel
        of scale ``1 / beta``.
    random_state : int, RandomState or None, default=None
        Source of all chance: the functions, and the noise.

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
    .. [1] Kirsch, Farquhar, Atighehchian, Jesson, Branchaud-Charron and Gal,
       "Stochastic batch acquisition: a simple baseline for deep active learning", 2021.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive import PowerBALD
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = PowerBALD(RandomForestClassifier(min_samples_leaf=3), random_state=0)
    >>> strategy.fit(X[::2], y[::2]).query(X[1::2], n=3).shape
    (3,)
    """

    tasks = ("classification",)
    distributed = True

    _parameter_constraints = {
        **PointwiseStrategy._parameter_constraints,
        "variant": [StrOptions({"power", "softmax", "softrank"})],
        "beta": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(self, estimator=None, *, variant="power", beta=1.0, random_state=None):
        super().__init__(estimator, random_state=random_state)
        self.variant = variant
        self.beta = beta

    def _score(self, p_nkc):
        return mutual_information(p_nkc)

    def _objective(self, X_pool, rng):
        # one score a point is brought here, to be ranked
        return self._noisy(super()._objective(X_pool, rng), rng)

    def _noisy(self, bald, rng):
        bald_n = to_numpy(bald.gains(bald.start())).astype(float)
        noise_n = rng.gumbel(scale=1 / self.beta, size=len(bald_n))
        return Scores(_transform(bald_n, self.variant) + noise_n)

    def _search(self, f, n, rng, terms=PLAIN):
        score_n = f.gains(f.start())
        if terms.cost is not None:
            # in proportion to BALD over cost, or what the variant takes for BALD
            per_cost = score_n - np.log(terms.cost)
            picks, _ = in_order(per_cost, n, terms.cost, terms.budget)
            return picks, score_n[picks]
        n_finite = int(np.isfinite(score_n).sum())
        if 0 < n_finite < n:  # none at all: the search warns
            warn_caller(
                f"only {n_finite} candidates have a positive BALD, and n={n} were "
                "asked for: the others follow by index. More draws, or a model less "
                "sure of itself, would tell them apart."
            )
        return super()._search(f, n, rng, terms)


def _transform(bald_n, variant):
    if variant == "softmax":
        return bald_n
    if variant == "power":
        with np.errstate(divide="ignore"):  # -inf: never drawn while others are left
            return np.log(bald_n)
    return -np.log(_ranks(bald_n))


def _ranks(bald_n):
    """1 for the largest; of those tied up to rounding, the smallest index first."""
    order = np.argsort(-bald_n, kind="stable")
    larger, smaller = bald_n[order][:-1], bald_n[order][1:]
    group = np.cumsum(np.r_[0, larger - smaller > resolution(bald_n) * larger])
    rank_n = np.empty(len(bald_n))
    rank_n[order[np.lexsort((order, group))]] = np.arange(1, len(bald_n) + 1)
    return rank_n
