"""ICAL: information condensing active learning; layer 5."""

import functools
from numbers import Integral

import numpy as np

from skactive._utils.array import carry
from skactive._utils.scikit_learn import Interval, StrOptions
from skactive.base._condensing import CondensingStrategy
from skactive.distributed import as_pool, objective_over
from skactive.objectives import (
    Condensation,
    Dependence,
    FreeCondensation,
    JointReferenceInformation,
    ReferenceInformation,
    ValueKernels,
    centered_draws,
    condense,
    condense_pointwise,
    mean_variance,
    value_noise,
)
from skactive.selection import gains_along, greedy
from skactive.selection._terms import PLAIN

__all__ = ["ICAL", "ICALPointwise"]


class ICAL(CondensingStrategy):
    """Information condensing active learning (ICAL) [1]_.

    The objective of a batch is the statistical dependence (dHSIC, estimated from the
    posterior samples) between its labels and the labels of ``n_condense`` random points
    that represent the pool. These points are sampled anew at every step (equation of
    section 5, in the form of section 5.1).

    Parameters
    ----------
    estimator : object
        A classifier or regressor with a posterior, such as a forest, a Gaussian
        process or a net with dropout (see `skactive.samplers.as_sampler`), or a
        posterior sampler.
    n_condense : int, default=200
        Number of points, sampled without replacement, that represent the pool (r in the
        paper); the whole pool if it is no larger.
    n_per_step : int, default=1
        Number of picks that share the same condensed points (L in the paper).
    resample : bool, default=True
        Whether to sample new condensed points at every step. If False, or if the
        condensed points are the whole pool, the batch consists of the n largest scores
        of a single ranking, and copies of a point are selected together.
    length_scales : sequence of float, default=(0.2, 0.5, 1, 2, 5)
        Length scales of a mixture of rational-quadratic kernels, in units of the
        standard deviation of the draws (regression). In classification they do not
        affect the selected batch if ``batch_kernel="mean"``.
    batch_kernel : {"mean", "product", "joint"}, default="mean"
        How to combine the kernels of a batch. "mean" averages them (section 5.1) and
        "product" multiplies them, which measures the dependence on the joint labels
        (section 5). "joint" is dHSIC of the pool and all points of the batch as
        separate variables (theorem 2), which also rewards dependence within the batch.
    dependence : {"hsic", "mutual_information"}, default="hsic"
        Measure of dependence. "mutual_information" is that between the joint labels of
        the batch and the label of each condensed point, computed from the
        probabilities: the objective of ``EPIG(batch="greedy")``, or in regression of
        `EPIG`. The condensed points are then the same for the whole batch, and
        `n_per_step`, `resample`, `length_scales` and `batch_kernel` are ignored.
    max_configurations : int, default=100
        Maximum number of joint label configurations to enumerate if `dependence` is
        "mutual_information"; for larger batches this many are sampled. See `EPIG`.
    random_state : int, RandomState or None, default=None
        Controls the randomness of the model, the posterior samples, the sampled labels
        and the condensed points. Pass an int for reproducible results.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted posterior sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The class labels (classification only).

    References
    ----------
    .. [1] Jain, Liu and Gifford, "Information Condensing Active Learning", 2020.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive import ICAL
    >>> X, y = load_digits(return_X_y=True)
    >>> strategy = ICAL(RandomForestClassifier(), random_state=0)
    >>> strategy.fit(X[:100], y[:100]).query(X[100:], n=5).shape
    (5,)
    """

    distributed = True

    _parameter_constraints = {
        **CondensingStrategy._parameter_constraints,
        "batch_kernel": [StrOptions({"mean", "product", "joint"})],
        "dependence": [StrOptions({"hsic", "mutual_information"})],
        "max_configurations": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        estimator=None,
        *,
        n_condense=200,
        n_per_step=1,
        resample=True,
        length_scales=(0.2, 0.5, 1, 2, 5),
        batch_kernel="mean",
        dependence="hsic",
        max_configurations=100,
        random_state=None,
    ):
        super().__init__(estimator, random_state=random_state)
        self.n_condense = n_condense
        self.n_per_step = n_per_step
        self.resample = resample
        self.length_scales = length_scales
        self.batch_kernel = batch_kernel
        self.dependence = dependence
        self.max_configurations = max_configurations

    def _objective(self, X_pool, rng):
        if self.dependence == "mutual_information":
            return self._information(as_pool(X_pool), rng)
        seed = int(rng.integers(2**63))
        kernels = self._kernels(X_pool, rng)
        return condense(
            kernels, seed, batch_kernel=self.batch_kernel, **self._condensed
        )

    def _free_gains(self, X_pool, rng):
        """Gains of points anywhere: section 5.1 of the paper, in regression."""
        plain = self.dependence == "hsic" and self.batch_kernel == "mean"
        if not plain or self.sampler_.task == "classification":
            raise TypeError(
                "ICAL has a gradient of its gains in regression, with "
                "dependence='hsic' and batch_kernel='mean' (labels are drawn, and have "
                "none): use method='sample'"
            )
        if not self.sampler_.has_gradient:
            raise TypeError(
                f"no gradient comes with the draws of {self.sampler_._name}: use a "
                "skorch net, in no pipeline, with device=None; or method='sample'"
            )
        seed, functions = int(rng.integers(2**63)), self._functions(rng)
        values = functools.partial(self.sampler_.evaluate, functions)
        kernels = ValueKernels(values(X_pool), self.length_scales)
        return FreeCondensation(Condensation(kernels, seed, **self._condensed), values)

    def _information(self, pool, rng):
        size = min(self.n_condense, len(pool))
        rows = np.sort(rng.choice(len(pool), size, replace=False))
        functions = self._functions(rng)
        if self.sampler_.task == "regression":
            f_rck = pool.at(rows, self._centered_values, functions)
            noise = value_noise("auto", lambda: mean_variance(f_rck))
            return objective_over(pool.map(self._of_values, functions, f_rck, noise))
        p_rkc, seed = pool.at(rows, self._draws, functions), int(rng.integers(2**63))
        return objective_over(pool.map(self._of_labels, functions, p_rkc, seed))

    def _draws(self, X, functions):
        return self.sampler_.evaluate(functions, X)

    def _centered_values(self, X, functions, first=0):
        return self.sampler_.evaluate(functions, X, centered_draws, first)

    def _of_values(self, X, first, functions, f_rck, noise):
        f_nck = self._centered_values(X, functions, first)
        return ReferenceInformation(f_nck, carry(f_rck, f_nck), noise)

    def _of_labels(self, X, first, functions, p_rkc, seed):
        beside = 8 * self.sampler_.n_draws_  # bytes per point: the entropy of each draw
        p_nkc = self.sampler_.evaluate_lazily(functions, X, beside=beside, first=first)
        return JointReferenceInformation(
            p_nkc, p_rkc, seed, max_configurations=self.max_configurations
        )

    def _search(self, f, n, rng, terms=PLAIN):
        information = self.dependence == "mutual_information"
        if terms.cost is None or information or self.batch_kernel != "mean":
            return greedy(f, n, **terms.options)
        # The mean over the batch falls with every point worse than the average, so that
        # gain per cost is meaningless; the terms of the mean are used instead.
        picks, _ = greedy(Dependence(f), n, **terms.options)
        return picks, gains_along(f, picks, state=terms.state)


class ICALPointwise(CondensingStrategy):
    """ICAL with pointwise dependence, ICAL-pointwise [1]_.

    Like `ICAL`, but a gain is based on the increase of the dependence between the batch
    and each condensed point separately (appendix of the paper). A point that increases
    none of them has a gain of zero.

    Parameters
    ----------
    estimator : object
        A classifier or regressor with a posterior, such as a forest, a Gaussian
        process or a net with dropout (see `skactive.samplers.as_sampler`), or a
        posterior sampler.
    n_condense : int, default=200
        Number of points, sampled without replacement, that represent the pool (r in the
        paper); the whole pool if it is no larger. It should exceed the number of
        classes.
    n_per_step : int, default=1
        Number of picks that share the same condensed points (L in the paper).
    resample : bool, default=True
        Whether to sample new condensed points at every step. If False, one matrix of
        ``n_condense`` by n is computed once for the batch, which is much faster.
    length_scales : sequence of float, default=(0.2, 0.5, 1, 2, 5)
        Length scales of a mixture of rational-quadratic kernels; see `ICAL`.
    random_state : int, RandomState or None, default=None
        Controls the randomness of the model, the posterior samples and the query.
        Pass an int for reproducible results.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted posterior sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The class labels (classification only).

    References
    ----------
    .. [1] Jain, Liu and Gifford, "Information Condensing Active Learning", 2020.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive import ICALPointwise
    >>> X, y = load_digits(return_X_y=True)
    >>> strategy = ICALPointwise(RandomForestClassifier(), random_state=0)
    >>> strategy.fit(X[:100], y[:100]).query(X[100:], n=5).shape
    (5,)
    """

    distributed = True

    def __init__(
        self,
        estimator=None,
        *,
        n_condense=200,
        n_per_step=1,
        resample=True,
        length_scales=(0.2, 0.5, 1, 2, 5),
        random_state=None,
    ):
        super().__init__(estimator, random_state=random_state)
        self.n_condense = n_condense
        self.n_per_step = n_per_step
        self.resample = resample
        self.length_scales = length_scales

    def _objective(self, X_pool, rng):
        seed = int(rng.integers(2**63))
        kernels = self._kernels(X_pool, rng)
        return condense_pointwise(kernels, seed, **self._condensed)
