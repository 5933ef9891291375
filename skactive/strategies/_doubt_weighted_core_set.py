"""DoubtWeightedCoreSet: k-centre selection scaled by uncertainty; layer 5."""

from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from skactive._utils.array import (
    ROUNDING,
    carry,
    float64,
    namespace,
    rounded,
    rounded_like,
    zero_below,
)
from skactive._utils.scikit_learn import Interval, StrOptions
from skactive.base import LabelledStrategy
from skactive.distributed import as_pool, objective_over
from skactive.information import least_confidence
from skactive.objectives import (
    DistributedCover,
    KCenter,
    check_beam,
    check_metric,
    distances,
)
from skactive.selection import DivisibleSetFunction, SetFunction, beam, lazy_greedy
from skactive.selection._terms import PLAIN

__all__ = ["DoubtWeightedCoreSet"]


class DoubtWeightedCoreSet(LabelledStrategy):
    """Core-set selection with uncertainty-scaled distances [1]_.

    Like `CoreSet`, but the distance of a point to its nearest labelled or picked point
    is multiplied by the uncertainty ("doubt") of the point: one minus the probability
    of its predicted class (eq. 2). An optional beam search compares batches by the
    least confidence of their points (eq. 5).

    Parameters
    ----------
    estimator : object
        A classifier with ``predict_proba``, or a posterior sampler. It also provides
        the features between which distances are measured: the input of a net's last
        layer, the output of a pipeline's transformers, or the points themselves for
        other models.
    beam_width : int, default=1
        Number of candidate batches that the beam search keeps at each step. Each is
        extended by its `beam_width` best points; 1 is greedy search.
    metric : {"euclidean", "cosine", "precomputed"} or callable, default="euclidean"
        Distance between two points; see `CoreSet`.
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
        The class labels.

    Notes
    -----
    A distance is always scaled by the uncertainty of the candidate, as in eq. 2. Line
    11 of algorithm 2, taken literally, would use that of the new centre.

    References
    ----------
    .. [1] "Improving greedy core-set configurations for active learning with
       uncertainty-scaled distances", under review, 2022.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skactive import DoubtWeightedCoreSet
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = DoubtWeightedCoreSet(LogisticRegression(max_iter=500), beam_width=3)
    >>> strategy.fit(X[::10], y[::10]).query(X[1::2], n=5).shape
    (5,)
    """

    tasks = ("classification",)
    needs = "mean"
    distributed = True
    copies_add_nothing = True
    pending_as_labelled = True

    _parameter_constraints = {
        **LabelledStrategy._parameter_constraints,
        "beam_width": [Interval(Integral, 1, None, closed="left")],
        "metric": [StrOptions({"euclidean", "cosine", "precomputed"}), callable],
    }

    def __init__(
        self, estimator=None, *, beam_width=1, metric="euclidean", random_state=None
    ):
        super().__init__(estimator, random_state=random_state)
        self.beam_width = beam_width
        self.metric = metric

    def _objective(self, X_pool, rng):
        pool = as_pool(X_pool)
        check_metric(self.metric, pool)
        check_beam(self.beam_width, pool)
        parts = pool.map(self._cover, self._functions(rng), pool.is_distributed)
        return objective_over(parts)

    def _cover(self, X, first, functions, distributed):
        doubt_n = self.sampler_.evaluate(functions, X, rounded(least_confidence), first)
        between = distances(*self._embedded(X), self.metric)
        if distributed:
            return DistributedDoubt(DistributedCover(between), doubt_n)
        return DoubtfulCover(KCenter(between), doubt_n)

    def _search(self, f, n, rng, terms=PLAIN):
        options = terms.options
        if isinstance(terms.state, _Doubted):
            # whether a pending point added anything must not count against the picks
            options["state"] = terms.state._replace(wasteful=False)
        if self.beam_width == 1:
            return lazy_greedy(f, n, **options)
        return beam(f, n, self.beam_width, **options)


class _ScaledDistances(SetFunction):
    """Base class: distance to the nearest centre times the point's uncertainty."""

    diminishing = True
    remedy = (
        "The model is certain about them, or they are copies of labelled or selected "
        "points: a less confident model (min_samples_leaf of a forest, more dropout), "
        "other features or a smaller batch may help."
    )

    def __init__(self, cover, doubt_n):
        self.cover, self.costly = cover, cover.costly
        self.doubt_n = carry(doubt_n, cover.labelled_n)
        xp, near_n = namespace(cover.labelled_n), cover.labelled_n
        farthest = xp.max(xp.where(xp.isfinite(near_n), near_n, 0.0))
        self.rounding = ROUNDING * float(farthest)

    def start(self):
        """Return the state of the empty set: only labelled points are centres."""
        return _Doubted(self.cover.start(), wasteful=False)

    def gains(self, state, rows=None):
        """Compute scaled distances of points (of `rows`) to their nearest centre."""
        nearest_n = self.cover.gains(state.centers, rows)
        doubt_n = self.doubt_n if rows is None else self.doubt_n[rows]
        # without centres distances are infinite; 0 uncertainty times infinity is 0
        nearest_n = namespace(nearest_n).where(doubt_n > 0, nearest_n, 1.0)
        return rounded_like(zero_below(doubt_n, 0.0) * nearest_n, doubt_n)


class DoubtfulCover(_ScaledDistances):
    """Distance to the nearest centre times the uncertainty of the point.

    Parameters
    ----------
    cover : KCenter or DistributedCover
        Distances to the nearest centre.
    doubt_n : array of shape (n,)
        Uncertainty: one minus the probability of the predicted class.
    """

    def add(self, state, i):
        """Return the state with point `i` as a centre."""
        adds_nothing = not float(self.gains(state, [i])[0]) > 0
        centers = self.cover.add(state.centers, i)
        return _Doubted(centers, state.wasteful or adds_nothing)

    def value(self, state):
        """Compute ``U(S)`` (eq. 5): mean negative log-confidence of the picks.

        Sets with a pick of zero gain, such as a copy of a centre, rank last: ``-inf``.
        """
        if state.wasteful:
            return -np.inf
        doubt_b = float64(self.doubt_n[list(state.centers.picks)])
        return -float(namespace(doubt_b).mean(namespace(doubt_b).log1p(-doubt_b)))


class DistributedDoubt(_ScaledDistances, DivisibleSetFunction):
    """`DoubtfulCover` for one part of a pool, whose cover is a `DistributedCover`.

    A state does not hold the picks, so that batches have no value to compare, and beam
    search is not available.
    """

    def message(self, i):
        """Return what other parts need to know about point `i`: its features."""
        return self.cover.message(i)

    def receive(self, state, message):
        """Return the state with the point in `message` as a centre."""
        return state._replace(centers=self.cover.receive(state.centers, message))


class _Doubted(NamedTuple):
    """State of the distances, and whether any pick had a gain of zero."""

    centers: Any
    wasteful: bool
