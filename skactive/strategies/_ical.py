"""ICAL: labels that say most about those of the rest of the pool; layer 5."""

from numbers import Integral

import numpy as np

from skactive._utils.array import carry, chance, generator_at
from skactive._utils.scikit_learn import Interval, StrOptions
from skactive.base import QueryStrategy
from skactive.distributed import as_pool, objective_over
from skactive.information import sample_labels
from skactive.objectives import (
    Dependence,
    JointReferenceInformation,
    LabelKernels,
    ReferenceInformation,
    ValueKernels,
    centered_draws,
    condense,
    condense_pointwise,
    mean_variance,
    mean_variance_of,
    value_noise,
)
from skactive.selection import gains_along, greedy
from skactive.selection._terms import PLAIN

__all__ = ["ICAL", "ICALPointwise"]


class _Condensing(QueryStrategy):
    """What both variants share: kernels between draws, and the condensed points."""

    _parameter_constraints = {
        **QueryStrategy._parameter_constraints,
        "n_condense": [Interval(Integral, 1, None, closed="left")],
        "n_per_step": [Interval(Integral, 1, None, closed="left")],
        "resample": ["boolean"],
        "length_scales": ["array-like"],
    }

    def fit(self, X, y, **fit_params):
        """Fit the model on what is labelled; see `QueryStrategy.fit`."""
        scales = np.asarray(self.length_scales)
        if scales.ndim == 1 and not (scales.size and (scales > 0).all()):
            raise ValueError(
                f"length_scales must be positive numbers, not {self.length_scales!r}"
            )
        return super().fit(X, y, **fit_params)

    def _kernels(self, X_pool, rng):
        """Kernels between the draws of each point, of the parts of the pool: Parts."""
        pool, functions = as_pool(X_pool), self._functions(rng)
        if self.sampler_.task == "classification":
            return pool.map(self._label_kernels, functions, rng)
        values = pool.map(self._values, functions)
        variance_c = values.map(mean_variance_of).average()
        return values.map(ValueKernels, self.length_scales, variance_c)

    def _values(self, X, first, functions):
        return self.sampler_.evaluate(functions, X, first=first)

    def _label_kernels(self, X, first, functions, rng):
        # section 3: dHSIC is of the labels y, so one label is drawn for each draw
        rng = generator_at(rng, first * self.sampler_.n_draws_)
        y_nk = self.sampler_.evaluate(
            functions,
            X,
            then=lambda p: sample_labels(p, chance(rng, p.shape[:2], p)),
            first=first,
        )
        return LabelKernels(y_nk, self.length_scales)

    @property
    def _condensed(self):
        return {
            "n_condense": self.n_condense,
            "n_per_step": self.n_per_step,
            "resample": self.resample,
        }


class ICAL(_Condensing):
    """Select points whose labels say most about those of the rest of the pool [1]_.

    A batch is worth the dependence, measured by dHSIC over the posterior's draws,
    between its labels and those of ``n_condense`` random points of the pool, which
    every step draws afresh (eq. of section 5, in the form of section 5.1).

    Parameters
    ----------
    estimator : object
        A model with a posterior (see `skactive.samplers.as_sampler`), or a sampler;
        classifier or regressor.
    n_condense : int, default=200
        Number of points, drawn without replacement, that stand for the pool (r in the
        paper); the whole pool when it is no larger.
    n_per_step : int, default=1
        Number of points picked with the same condensed points (L in the paper).
    resample : bool, default=True
        Whether every step draws its own condensed points. Without, as with the whole
        pool condensed, a batch is the top of one ranking, and copies of a point are
        picked together.
    length_scales : sequence of float, default=(0.2, 0.5, 1, 2, 5)
        Mixture of rational-quadratic kernels. In regression the unit is the spread of
        the draws; in classification a batch does not depend on it, under the mean
        kernel.
    batch_kernel : {"mean", "product", "joint"}, default="mean"
        Whether the kernel of a batch is the mean of its points' kernels (section 5.1)
        or their product (section 5, the dependence on the joint labels); or whether
        dHSIC is of the pool and all points of the batch as one variable each (theorem
        2), which also rewards dependence within the batch.
    dependence : {"hsic", "mutual_information"}, default="hsic"
        The measure of dependence. Mutual information is that of the joint labels of the
        batch with each condensed point's, from the probabilities themselves: the
        objective of ``EPIG(batch="greedy")``, and in regression that of `EPIG`. The
        condensed points are then the same throughout a batch, and ``n_per_step``,
        ``resample``, ``length_scales`` and ``batch_kernel`` have no effect.
    max_configurations : int, default=100
        With mutual information, the number of joint labellings up to which all are
        weighed, and of those sampled beyond; see `EPIG`.
    random_state : int, RandomState or None, default=None
        Source of all chance: the functions, one label for each point and draw, and
        the condensed points.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The labels (classification).

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
        **_Condensing._parameter_constraints,
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
        beside = 8 * self.sampler_.n_draws_  # the entropy of each draw
        p_nkc = self.sampler_.evaluate_lazily(functions, X, beside=beside, first=first)
        return JointReferenceInformation(
            p_nkc, p_rkc, seed, max_configurations=self.max_configurations
        )

    def _search(self, f, n, rng, terms=PLAIN):
        information = self.dependence == "mutual_information"
        if terms.cost is None or information or self.batch_kernel != "mean":
            return greedy(f, n, **terms.options)
        # a mean over the batch never grows by a worse point: go by its terms
        picks, _ = greedy(Dependence(f), n, **terms.options)
        return picks, gains_along(f, picks, state=terms.state)


class ICALPointwise(_Condensing):
    """Select points whose labels add most to what the batch says about the pool [1]_.

    As `ICAL`, but a point counts by the growth of the batch's dependence with each
    condensed point alone (appendix of the paper): a point that says of each no more
    than the batch does adds nothing.

    Parameters
    ----------
    estimator : object
        A model with a posterior (see `skactive.samplers.as_sampler`), or a sampler;
        classifier or regressor.
    n_condense : int, default=200
        Number of points, drawn without replacement, that stand for the pool (r in the
        paper); the whole pool when it is no larger. It should exceed the number of
        classes.
    n_per_step : int, default=1
        Number of points picked with the same condensed points (L in the paper).
    resample : bool, default=True
        Whether every step draws its own condensed points. Without, one matrix of
        ``n_condense`` by n serves all steps, and a batch takes a fraction of the time.
    length_scales : sequence of float, default=(0.2, 0.5, 1, 2, 5)
        Mixture of rational-quadratic kernels; see `ICAL`.
    random_state : int, RandomState or None, default=None
        Source of all chance.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The labels (classification).

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
