"""MaxHerding: points that maximise kernel coverage of the pool; layer 5."""

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
    """Select points that maximise the kernel coverage of the pool (MaxHerding) [1]_.

    The objective of a batch is the mean similarity of the reference points to their
    nearest labelled or picked point. With ``kernel="ball"`` it is ProbCover [2]_: the
    share of points within a radius of these. Suited to small budgets, for which the
    model is not yet reliable.

    Parameters
    ----------
    estimator : object, default=None
        Model that provides the features between which similarities are measured: the
        input of a net's last layer, the output of a pipeline's transformers, or the
        points themselves for other models. None to use the points themselves.
    kernel : {"gaussian", "ball"}, default="gaussian"
        ``exp(-d^2 / bandwidth^2)``, or 1 up to the bandwidth and 0 beyond.
    bandwidth : float or "auto", default="auto"
        Bandwidth of the kernel, in the units of the features. With "auto" the features
        are standardised. The bandwidth of the Gaussian kernel is then the smallest
        positive distance between labelled points (or, if there is none, the median
        distance to the nearest neighbour). That of the ball is the largest radius at
        which 95 % of the balls contain a single k-means cluster. The number of clusters
        is the number of classes, or without classes the number of labelled points, but
        at least two.
    n_reference : int, default=None
        Number of reference points to sample from the pool, without replacement; picks
        are selected from them. None for the whole pool, which takes n^2 similarities.
    random_state : int, RandomState or None, default=None
        Controls the randomness of the reference points, of k-means and of the model's
        fit. Pass an int for reproducible results.

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
    With n points and d features, the first pick takes time O(n^2 d), or O(r^2 d) with
    ``n_reference=r``, and lazy greedy search repeats little of it for further picks.
    Memory is that of the features, which ``bandwidth="auto"`` converts to float64. Once
    the pool is covered, the points farthest from all labelled and picked points are
    selected, with a warning.

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
    distributed = True  # features are gathered; the rest runs in this process
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
        # standardised only for "auto": other bandwidths are in units of the features
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
        """Number of classes or, without classes, of labelled points but at least 2."""
        if self.sampler_ is not None and self.sampler_.task == "classification":
            return len(self.classes_)
        return max(2, n_rows(self._X_labelled))

    def _search(self, f, n, rng, terms=PLAIN):
        return herd(f, n, rng, terms)
