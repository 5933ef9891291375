"""MaxHerding: points that cover most of the pool, by a kernel; layer 5."""

from numbers import Integral, Real

from skactive._utils.scikit_learn import Interval, StrOptions, n_rows
from skactive.base import LabelledStrategy
from skactive.objectives import (
    KernelCoverage,
    draw_reference,
    herd,
    label_spacing,
    pool_and_labelled,
    pure_radius,
    sample,
    scaled,
    similarity,
)
from skactive.selection._terms import PLAIN

__all__ = ["MaxHerding"]


class MaxHerding(LabelledStrategy):
    """Query the points that cover most of the pool, by a kernel: MaxHerding [1]_.

    A batch is worth the mean similarity of the reference points with their nearest
    labelled or picked point. With ``kernel="ball"`` it is ProbCover [2]_: the share of
    points within a radius of these. For small budgets, where a model is not yet worth
    asking.

    Parameters
    ----------
    estimator : object, default=None
        Any model: similarities are between its features (the input of a net's last
        layer, the output of a pipeline's transforms, else the points themselves). None
        for the points themselves.
    kernel : {"gaussian", "ball"}, default="gaussian"
        ``exp(-d^2 / bandwidth^2)``, or 1 within the bandwidth and 0 beyond.
    bandwidth : float or "auto", default="auto"
        A number is in the units of the features. With "auto" features are standardised;
        the Gaussian kernel takes the least positive distance between labelled points
        (where no two differ, the median distance to the nearest neighbour), the ball
        the largest radius at which 95 % of balls are pure under k-means pseudo-labels:
        as many clusters as there are classes, in regression or without a model as
        points are labelled, two at least.
    n_reference : int, default=None
        Number of reference points, drawn from the pool without replacement; picks are
        looked for among them. None for the whole pool, which takes n^2 similarities.
    random_state : int, RandomState or None, default=None
        Source of all chance: the reference points, k-means, and the model's fit.

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
    Time is O(n r d) for r reference points, of which a lazy search repeats little, or
    O(r^2 d) with `n_reference`; memory is that of the features, in float64 with
    ``bandwidth="auto"``. Once nothing is left to cover, the points farthest from
    labelled and picked ones follow, with a warning.

    References
    ----------
    .. [1] Bae, Noh, Kim and Sutherland, "Generalized coverage for more robust
       low-budget active learning", ECCV 2024.
    .. [2] Yehuda, Dekel, Hacohen and Weinshall, "Active learning through a covering
       lens", NeurIPS 2022.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive import MaxHerding
    >>> X_pool = np.array([[0.0], [1.0], [2.0], [4.0], [5.0]])
    >>> strategy = MaxHerding(bandwidth=1.0, random_state=0).fit(X_pool[:1])
    >>> strategy.score_samples(X_pool).round(4)
    array([0.    , 0.1964, 0.2   , 0.2736, 0.2736])
    """

    needs = "features"
    distributed = True  # its features are brought together
    copies_add_nothing = True

    _parameter_constraints = {
        **LabelledStrategy._parameter_constraints,
        "kernel": [StrOptions({"gaussian", "ball"})],
        "bandwidth": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "n_reference": [None, Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        estimator=None,
        *,
        kernel="gaussian",
        bandwidth="auto",
        n_reference=None,
        random_state=None,
    ):
        super().__init__(estimator, random_state=random_state)
        self.kernel = kernel
        self.bandwidth = bandwidth
        self.n_reference = n_reference

    def _objective(self, X_pool, rng):
        x_nd, labelled = pool_and_labelled(*self._embedded(X_pool))
        rows = draw_reference(x_nd.shape[0], self.n_reference, rng)
        bandwidth = self.bandwidth
        if bandwidth == "auto":
            x_nd, labelled = scaled(x_nd[rows], x_nd, labelled)
            bandwidth = self._bandwidth(labelled, x_nd[sample(rows, rng)], rng)
        kernel = similarity(self.kernel, bandwidth)
        return KernelCoverage(x_nd, rows, labelled, kernel)

    def _bandwidth(self, labelled, z_rd, rng):
        if self.kernel == "gaussian":
            return label_spacing(labelled, z_rd)
        return pure_radius(z_rd, self._n_clusters(), int(rng.integers(2**31 - 1)))

    def _n_clusters(self):
        """As many as there are classes; without classes, as points are labelled."""
        if self.sampler_ is not None and self.sampler_.task == "classification":
            return len(self.classes_)
        return max(2, n_rows(self._X_labelled))

    def _search(self, f, n, rng, terms=PLAIN):
        return herd(f, n, rng, terms)
