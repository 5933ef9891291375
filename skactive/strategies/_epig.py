"""EPIG, CoreLog and CoreMSE: what labels change in other predictions; layer 5."""

from numbers import Integral, Real

import numpy as np

from skactive._utils.array import carry, namespace, rounded_like
from skactive._utils.scikit_learn import Interval, StrOptions
from skactive.base import QueryStrategy
from skactive.distributed import as_pool, objective_over
from skactive.objectives import (
    ReferenceGains,
    ReferenceInformation,
    ReferenceVariance,
    centered_draws,
    label_information,
    mean_variance,
    prediction_change,
    reference_gains_over,
    value_noise,
)
from skactive.selection import greedy, top_of
from skactive.selection._diverse import diverse
from skactive.selection._terms import PLAIN

__all__ = ["EPIG", "CoreLog", "CoreMSE"]


class _ReferenceStrategy(QueryStrategy):
    """What the three share: reference points from the pool, and how batches are made.

    A subclass says what a label does to a reference point: ``_of_labels``, a function
    of the draws of both, and ``_of_values``, a set function.
    """

    distributed = True

    _parameter_constraints = {
        **QueryStrategy._parameter_constraints,
        "n_reference": [Interval(Integral, 1, None, closed="left")],
        "batch": [StrOptions({"top", "diverse"})],
        "share": [Interval(Real, 0, 1, closed="right")],
        "noise": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
    }

    def __init__(
        self,
        estimator=None,
        *,
        n_reference=200,
        batch="diverse",
        share=0.1,
        noise="auto",
        random_state=None,
    ):
        super().__init__(estimator, random_state=random_state)
        self.n_reference = n_reference
        self.batch = batch
        self.share = share
        self.noise = noise

    def _objective(self, X_pool, rng):
        pool = as_pool(X_pool)
        size = min(self.n_reference, len(pool))
        rows = np.sort(rng.choice(len(pool), size, replace=False))
        functions = self._functions(rng)
        if self.sampler_.task == "regression":
            reference_rck = pool.at(rows, self._centered, functions)
            noise = value_noise(self.noise, lambda: mean_variance(reference_rck))
            parts = pool.map(self._values, functions, reference_rck, noise)
            return objective_over(parts)
        p_rkc = pool.at(rows, self._draws, functions)
        return reference_gains_over(pool.map(self._labels, functions, p_rkc))

    def _draws(self, X, functions):
        return self.sampler_.evaluate(functions, X)

    def _centered(self, X, functions, first=0):
        return self.sampler_.evaluate(functions, X, centered_draws, first)

    def _labels(self, X, first, functions, p_rkc):
        """Objective of a part, in classification."""

        def gains(p_nkc):
            gain_nr = self._of_labels(p_nkc, carry(p_rkc, p_nkc))
            if self.batch == "top":
                gain_nr = namespace(gain_nr).mean(gain_nr, axis=1, keepdims=True)
            return rounded_like(gain_nr, p_nkc)

        beside = 8 * len(p_rkc) if self.batch == "diverse" else 0
        return ReferenceGains(
            self.sampler_.evaluate_lazily(functions, X, gains, beside, first)
        )

    def _values(self, X, first, functions, reference_rck, noise):
        """Objective of a part, in regression."""
        f_nck = self._centered(X, functions, first)
        return self._of_values(f_nck, carry(reference_rck, f_nck), noise)

    def _search(self, f, n, rng, terms=PLAIN):
        if self.sampler_.task == "regression":
            return greedy(f, n, **terms.options)
        alone = n == 1 and not terms.pending.size
        if self.batch == "top" or alone or terms.cost is not None:
            return top_of(f, n, **terms.options)
        n_points = len(np.arange(f.whole.size)[f.in_pool(slice(None))])
        size = min(n_points, max(n, int(self.share * n_points)))
        return diverse(f, f.whole.profiles, size, n, rng, terms.pending)


class EPIG(_ReferenceStrategy):
    """Ask for labels that say most about those of random other points [1]_.

    The gain is the mutual information, in nats, of a point's label and that of a
    reference point, averaged over the reference: BALD counts all that a label says of
    the model, EPIG what the predictions will notice of it. In regression values are
    Gaussian with noise, and a batch grows by what each point adds given the others.

    Parameters
    ----------
    estimator : object
        A model with a posterior (see `skactive.samplers.as_sampler`), or a sampler;
        classifier or regressor.
    n_reference : int, default=200
        Number of points of the pool, drawn without replacement, that are referred to;
        the whole pool when it is no larger.
    batch : {"top", "diverse"}, default="top"
        How a batch of labels is made (classification): of the largest gains, or of the
        points nearest to the centres of as many clusters of the best ones, compared by
        what they do to each reference point.
    share : float, default=0.1
        The share of the pool, no less than the batch, that is clustered.
    noise : float or "auto", default="auto"
        Variance of the noise on a value; "auto" is a tenth of the draws' mean variance
        over the reference (regression).
    random_state : int, RandomState or None, default=None
        Source of all chance: the functions, the reference points, the clusters.

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
    .. [1] Bickford Smith, Kirsch, Farquhar, Gal, Foster and Rainforth, "Prediction-
       oriented Bayesian active learning", AISTATS 2023.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive import EPIG
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = EPIG(RandomForestClassifier(min_samples_leaf=3), random_state=0)
    >>> strategy.fit(X[::2], y[::2]).query(X[1::2], n=3).shape
    (3,)
    """

    _of_labels = staticmethod(label_information)
    _of_values = ReferenceInformation

    def __init__(
        self,
        estimator=None,
        *,
        n_reference=200,
        batch="top",
        share=0.1,
        noise="auto",
        random_state=None,
    ):
        super().__init__(
            estimator,
            n_reference=n_reference,
            batch=batch,
            share=share,
            noise=noise,
            random_state=random_state,
        )


class CoreLog(_ReferenceStrategy):
    """Ask for labels that say most about those of random other points [1]_.

    The expected change of the log score of predictions at reference points, which is
    the mutual information of the two labels: the gain of `EPIG`, with batches by
    diversity.

    Parameters
    ----------
    estimator : object
        A model with a posterior (see `skactive.samplers.as_sampler`), or a sampler;
        classifier or regressor.
    n_reference : int, default=200
        Number of points of the pool, drawn without replacement, that are referred to;
        the whole pool when it is no larger.
    batch : {"top", "diverse"}, default="diverse"
        How a batch of labels is made (classification): of the largest gains, or of the
        points nearest to the centres of as many clusters of the best ones, compared by
        what they do to each reference point.
    share : float, default=0.1
        The share of the pool, no less than the batch, that is clustered.
    noise : float or "auto", default="auto"
        Variance of the noise on a value; "auto" is a tenth of the draws' mean variance
        over the reference (regression).
    random_state : int, RandomState or None, default=None
        Source of all chance: the functions, the reference points, the clusters.

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
    .. [1] Tan, Du and Buntine, "Diversity enhanced active learning with strictly proper
       scoring rules", NeurIPS 2021.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive import CoreLog
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = CoreLog(RandomForestClassifier(min_samples_leaf=3), random_state=0)
    >>> strategy.fit(X[::2], y[::2]).query(X[1::2], n=3).shape
    (3,)
    """

    _of_labels = staticmethod(label_information)
    _of_values = ReferenceInformation


class CoreMSE(_ReferenceStrategy):
    """Ask for labels that change the predictions at random other points most [1]_.

    The gain is the squared change of a reference point's predicted probabilities that
    a label is expected to make, averaged over the reference: the expected drop of
    their Brier score. In regression it is the variance that a noisy value removes from
    the reference, and a batch grows by what each point removes given the others.

    Parameters
    ----------
    estimator : object
        A model with a posterior (see `skactive.samplers.as_sampler`), or a sampler;
        classifier or regressor.
    n_reference : int, default=200
        Number of points of the pool, drawn without replacement, that are referred to;
        the whole pool when it is no larger.
    batch : {"top", "diverse"}, default="diverse"
        How a batch of labels is made (classification): of the largest gains, or of the
        points nearest to the centres of as many clusters of the best ones, compared by
        what they do to each reference point.
    share : float, default=0.1
        The share of the pool, no less than the batch, that is clustered.
    noise : float or "auto", default="auto"
        Variance of the noise on a value; "auto" is a tenth of the draws' mean variance
        over the reference (regression).
    random_state : int, RandomState or None, default=None
        Source of all chance: the functions, the reference points, the clusters.

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
    .. [1] Tan, Du and Buntine, "Diversity enhanced active learning with strictly proper
       scoring rules", NeurIPS 2021.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive import CoreMSE
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = CoreMSE(RandomForestClassifier(min_samples_leaf=3), random_state=0)
    >>> strategy.fit(X[::2], y[::2]).query(X[1::2], n=3).shape
    (3,)
    """

    _of_labels = staticmethod(prediction_change)
    _of_values = ReferenceVariance
