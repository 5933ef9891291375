"""MaxHerding: points that cover most of the pool, by a kernel; layer 5."""

import functools
from numbers import Integral, Real

from skactive._utils.scikit_learn import Interval, StrOptions
from skactive.base import LabelledStrategy
from skactive.objectives import (
    KERNELS,
    KernelCoverage,
    draw_reference,
    herd,
    label_spacing,
    pool_and_labelled,
    pure_radius,
    scaled,
)

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
        the Gaussian kernel takes the least positive distance between labelled points,
        the ball the largest radius at which 95 % of balls are pure under k-means
        pseudo-labels, as many as there are classes.
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

    _parameter_constraints = {
        **LabelledStrategy._parameter_constraints,
        "kernel": [StrOptions(set(KERNELS))],
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

    def fit(self, X, y=None, **fit_params):
        """Fit the model, and keep the labelled points; see `LabelledStrategy.fit`."""
        if (
            self.kernel == "ball"
            and self.bandwidth == "auto"
            and self.estimator is None
        ):
            raise ValueError(
                "the radius of balls is chosen by the number of classes: give a "
                "classifier as estimator, or a number as bandwidth"
            )
        return super().fit(X, y, **fit_params)

    def _objective(self, X_pool, rng):
        x_nd, labelled = pool_and_labelled(*self._embedded(X_pool))
        rows = draw_reference(x_nd.shape[0], self.n_reference, rng)
        seed = int(rng.integers(2**31 - 1))
        bandwidth = self.bandwidth
        if bandwidth == "auto":
            _, x_nd, labelled = scaled(x_nd[rows], x_nd, labelled)
            bandwidth = self._bandwidth(labelled, x_nd[rows], seed)
        kernel = functools.partial(KERNELS[self.kernel], bandwidth=bandwidth)
        return KernelCoverage(x_nd, rows, labelled, kernel)

    def _bandwidth(self, labelled, z_rd, seed):
        if self.kernel == "gaussian":
            return label_spacing(labelled, z_rd)
        return pure_radius(z_rd, len(self.classes_), seed)

    def _search(self, f, n, rng):
        return herd(f, n, rng)
