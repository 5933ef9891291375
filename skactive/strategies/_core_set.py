"""CoreSet: greedy k-centre selection; layer 5."""

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
    """Greedy k-centre core-set selection [1]_.

    Each pick is the point farthest from its nearest labelled or already picked point,
    so that no point of the pool stays far from a label. The covering radius, the
    largest remaining distance, is at most twice the optimum. Outliers count like other
    points; see `RobustCoreSet` for a variant that ignores some of them.

    Parameters
    ----------
    estimator : object, default=None
        Model that provides the features between which distances are measured: the
        input of a net's last layer, the output of a pipeline's transformers, or the
        points themselves for other models. None to use the points themselves.
    metric : {"euclidean", "cosine", "precomputed"} or callable, default="euclidean"
        Distance between two points. A callable takes two points, of any kind, and
        returns a float. If "precomputed", each row of ``X_pool`` contains the distances
        of a point to all labelled points, followed by those to all points of the pool.
    beam_width : int, default=1
        Number of candidate batches that the beam search keeps at each step; 1 is greedy
        search. Each batch is extended by its `beam_width` best points, and batches are
        compared by the sum of their gains. Corresponds to `DoubtWeightedCoreSet`
        without uncertainty weights [2]_.
    random_state : int, RandomState or None, default=None
        Controls the randomness of the model's fit; the selection is deterministic.

    Attributes
    ----------
    sampler_ : PosteriorSampler or None
        The fitted posterior sampler; None if `estimator` is None.
    estimator_ : estimator or None
        The fitted model; None if `estimator` is None.
    classes_ : ndarray of shape (c,)
        The class labels (classification only).

    Notes
    -----
    Features keep their dtype, and sparse features their format. Distances are computed
    in float64, at most once per pair, and only for points that could still be the
    farthest. Without labelled points the first pick is the first candidate, with an
    infinite gain.

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
