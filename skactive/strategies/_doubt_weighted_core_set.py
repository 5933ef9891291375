"""DoubtWeightedCoreSet: cover the pool where the model is in doubt; layer 5."""

from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from skactive._utils.array import ROUNDING, carry, namespace, to_numpy, zero_below
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
    """Select points that cover the pool where the model is in doubt [1]_.

    As `CoreSet`, but a point counts by its distance to the nearest labelled or picked
    point times its own doubt, one minus the probability of its predicted class (eq. 2).
    A beam search keeps, of the sets found so, those least confident (eq. 5).

    Parameters
    ----------
    estimator : object
        Any classifier with ``predict_proba``, or a sampler. Distances are between its
        features (the input of a net's last layer, the output of a pipeline's
        transforms, else the points themselves).
    beam_width : int, default=1
        Number of sets held at once; each proposes as many points. 1 is greedy.
    metric : {"euclidean", "cosine", "precomputed"} or callable, default="euclidean"
        How far two points are apart; see `CoreSet`.
    random_state : int, RandomState or None, default=None
        Seeds the model's fit, and its draws where it has a posterior.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The labels.

    Notes
    -----
    The doubt that scales a distance is always that of the point which may be picked;
    line 11 of algorithm 2, read to the letter, would take that of the new centre,
    against eq. 2.

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
        doubt_n = self.sampler_.evaluate(functions, X, least_confidence, first)
        between = distances(*self._embedded(X), self.metric)
        if distributed:
            return DistributedDoubt(DistributedCover(between), doubt_n)
        return DoubtfulCover(KCenter(between), doubt_n)

    def _search(self, f, n, rng, terms=PLAIN):
        options = terms.options
        if isinstance(terms.state, _Doubted):
            # what a pending point adds says nothing of the picks
            options["state"] = terms.state._replace(wasteful=False)
        if self.beam_width == 1:
            return lazy_greedy(f, n, **options)
        return beam(f, n, self.beam_width, **options)


class _ScaledDistances(SetFunction):
    """Distance to the nearest centre, times the point's own doubt: what both share."""

    diminishing = True
    remedy = (
        "The model is sure of them, or they are copies of points that are labelled or "
        "picked: a less confident model (min_samples_leaf of a forest, more dropout), "
        "other features or a smaller batch may help."
    )

    def __init__(self, cover, doubt_n):
        self.cover, self.costly = cover, cover.costly
        self.doubt_n = carry(to_numpy(doubt_n), cover.labelled_n)
        xp, near_n = namespace(cover.labelled_n), cover.labelled_n
        farthest = xp.max(xp.where(xp.isfinite(near_n), near_n, 0.0))
        self.rounding = ROUNDING * float(farthest)

    def start(self):
        """State of the empty set: the labelled points are the only centres."""
        return _Doubted(self.cover.start(), wasteful=False)

    def gains(self, state, rows=None):
        """Scaled distance of each point (of `rows`) to its nearest centre."""
        nearest_n = self.cover.gains(state.centers, rows)
        doubt_n = self.doubt_n if rows is None else self.doubt_n[rows]
        # no doubt and no centre yet: 0 times infinity is 0 here
        return zero_below(doubt_n, 0.0) * namespace(nearest_n).where(
            doubt_n > 0, nearest_n, 1.0
        )


class DoubtfulCover(_ScaledDistances):
    """Distance to the nearest centre, times the point's own doubt.

    Parameters
    ----------
    cover : KCenter or DistributedCover
        The distances.
    doubt_n : array of shape (n,)
        One minus the probability of each point's predicted class.
    """

    def add(self, state, i):
        """State with point `i` a centre."""
        adds_nothing = not float(self.gains(state, [i])[0]) > 0
        centers = self.cover.add(state.centers, i)
        return _Doubted(centers, state.wasteful or adds_nothing)

    def value(self, state):
        """``U(S)``, eq. 5: mean negative log of the picks' confidence.

        Sets with a pick that added nothing, such as a copy of a centre, come last.
        """
        if state.wasteful:
            return -np.inf
        doubt_b = self.doubt_n[list(state.centers.picks)]
        return -float(namespace(doubt_b).mean(namespace(doubt_b).log1p(-doubt_b)))


class DistributedDoubt(_ScaledDistances, DivisibleSetFunction):
    """The same for one part of a pool, whose cover is a `DistributedCover`.

    A state does not hold the picks, so that sets have no worth: there is no beam.
    """

    def message(self, i):
        """What other parts have to know of point `i`: its features."""
        return self.cover.message(i)

    def receive(self, state, message):
        """State with a point of these features a centre."""
        return state._replace(centers=self.cover.receive(state.centers, message))


class _Doubted(NamedTuple):
    """State of the distances, and whether a pick added nothing."""

    centers: Any
    wasteful: bool
