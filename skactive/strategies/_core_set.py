"""CoreSet: points that leave no point of the pool far from a label; layer 5."""

from numbers import Integral

from skactive._utils.scikit_learn import Interval, StrOptions
from skactive.base import LabelledStrategy
from skactive.distributed import as_pool, objective_over
from skactive.objectives import (
    DistributedCover,
    KCenter,
    check_beam,
    check_metric,
    distances,
)
from skactive.selection import beam, lazy_greedy
from skactive.selection._terms import PLAIN

__all__ = ["CoreSet"]


class CoreSet(LabelledStrategy):
    """Select points so that no point of the pool is far from a labelled one [1]_.

    Greedy k-centre: each pick is the point farthest from its nearest labelled or
    picked point. The radius, the largest distance left, is at most twice that of the
    best batch (no outliers spared; see `RobustCoreSet`).

    Parameters
    ----------
    estimator : object, default=None
        Any model: distances are between its features (the input of a net's last
        layer, the output of a pipeline's transforms, else the points themselves). None
        for distances between the points themselves.
    metric : {"euclidean", "cosine", "precomputed"} or callable, default="euclidean"
        How far two points are apart. A callable is handed two points, of any kind, and
        returns a float. With "precomputed", ``X_pool`` has a row for each point: its
        distances to the labelled points, then to those of the pool.
    beam_width : int, default=1
        Number of sets held at once; each proposes as many points, and sets are compared
        by the sum of the distances at which their points were picked. 1 is greedy.
        `DoubtWeightedCoreSet` without the doubt [2]_.
    random_state : int, RandomState or None, default=None
        Seeds the model's fit; the choice leaves nothing to chance.

    Attributes
    ----------
    sampler_ : PosteriorSampler or None
        The fitted sampler, if there is a model.
    estimator_ : estimator or None
        The fitted model, if there is one.
    classes_ : ndarray of shape (c,)
        The labels (classification).

    Notes
    -----
    Features keep their dtype, sparse ones their format; distances are computed in
    float64, only for points that could still be farthest, and once for each pair.
    With nothing labelled, the first pick is the first candidate, and its gain infinite.

    References
    ----------
    .. [1] Sener and Savarese, "Active learning for convolutional neural networks: a
       core-set approach", ICLR 2018.
    .. [2] "Improving greedy core-set configurations for active learning with
       uncertainty-scaled distances", under review, 2022, figure 5: "greedy".

    Examples
    --------
    >>> import numpy as np
    >>> from skactive import CoreSet
    >>> X_labelled, X_pool = np.array([[0.0]]), np.array([[1.0], [4.0], [9.0], [5.0]])
    >>> strategy = CoreSet().fit(X_labelled)
    >>> strategy.query(X_pool, n=2, return_scores=True)
    (array([2, 1]), array([9., 4.]))
    """

    needs = "features"
    distributed = True
    copies_add_nothing = True
    pending_as_labelled = True

    _parameter_constraints = {
        **LabelledStrategy._parameter_constraints,
        "beam_width": [Interval(Integral, 1, None, closed="left")],
        "metric": [StrOptions({"euclidean", "cosine", "precomputed"}), callable],
    }

    def __init__(
        self, estimator=None, *, metric="euclidean", beam_width=1, random_state=None
    ):
        super().__init__(estimator, random_state=random_state)
        self.metric = metric
        self.beam_width = beam_width

    def _objective(self, X_pool, rng):
        pool = as_pool(X_pool)
        check_metric(self.metric, pool)
        check_beam(self.beam_width, pool)
        return objective_over(pool.map(self._cover, pool.is_distributed))

    def _cover(self, X, first, distributed):
        between = distances(*self._embedded(X), self.metric)
        return DistributedCover(between) if distributed else KCenter(between)

    def _search(self, f, n, rng, terms=PLAIN):
        if self.beam_width == 1:
            return lazy_greedy(f, n, **terms.options)
        return beam(f, n, self.beam_width, **terms.options)
