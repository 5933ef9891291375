"""EPIG, CoreLog and CoreMSE: what a label changes in other predictions; layer 5."""

from numbers import Integral

from skactive._utils.scikit_learn import Interval, StrOptions
from skactive.base._reference import ReferenceStrategy
from skactive.distributed import objective_over
from skactive.objectives import (
    JointReferenceInformation,
    ReferenceInformation,
    ReferenceVariance,
    label_information,
    prediction_change,
)
from skactive.selection import greedy
from skactive.selection._terms import PLAIN

__all__ = ["EPIG", "CoreLog", "CoreMSE"]


class EPIG(ReferenceStrategy):
    """Expected predictive information gain (EPIG) [1]_.

    The gain is the mutual information, in nats, between the label of a point and the
    label of a reference point, averaged over reference points. While `BALD` counts all
    information about the model, EPIG counts only information that affects predictions.
    In regression, values are Gaussian with noise, and a batch is selected greedily by
    the gain of each point given the earlier picks.

    Parameters
    ----------
    estimator : object
        A classifier or regressor with a posterior, such as a forest, a Gaussian
        process or a net with dropout (see `skactive.samplers.as_sampler`), or a
        posterior sampler.
    n_reference : int, default=200
        Number of reference points to sample from the pool, without replacement; the
        whole pool if it is no larger.
    batch : {"top", "diverse", "greedy"}, default="top"
        How to select a batch in classification. "top" selects the n largest gains.
        "diverse" clusters the best points by their effect on each reference point, and
        selects the point nearest to each of n cluster centres. "greedy" selects one
        point at a time by the information its label adds to the joint labels of the
        earlier picks.
    share : float, default=0.1
        Share of the pool, but at least n points, that ``batch="diverse"`` clusters.
    noise : float or "auto", default="auto"
        Variance of the observation noise (regression only); "auto" is 0.1 times the
        mean variance of the draws over the reference points.
    max_configurations : int, default=100
        Maximum number of joint label configurations of the batch that
        ``batch="greedy"`` enumerates; b picks with c classes have ``c ** b``. For
        larger batches this many are sampled anew at every step. Time is proportional
        to it.
    random_state : int, RandomState or None, default=None
        Controls the randomness of the model, the posterior samples, the reference
        points, the clusters and the sampled configurations. Pass an int for
        reproducible results.

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

    _parameter_constraints = {
        **ReferenceStrategy._parameter_constraints,
        "batch": [StrOptions({"top", "diverse", "greedy"})],
        "max_configurations": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        estimator=None,
        *,
        n_reference=200,
        batch="top",
        share=0.1,
        noise="auto",
        max_configurations=100,
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
        self.max_configurations = max_configurations

    def _information(self, pool, functions, p_rkc, rng):
        if self.batch != "greedy":
            return super()._information(pool, functions, p_rkc, rng)
        seed = int(rng.integers(2**63))
        return objective_over(pool.map(self._joint, functions, p_rkc, seed))

    def _joint(self, X, first, functions, p_rkc, seed):
        """Joint objective of ``batch="greedy"`` over one part of the pool."""
        beside = 8 * self.sampler_.n_draws_  # bytes per point: the entropy of each draw
        p_nkc = self.sampler_.evaluate_lazily(functions, X, beside=beside, first=first)
        return JointReferenceInformation(
            p_nkc, p_rkc, seed, max_configurations=self.max_configurations
        )

    def _search(self, f, n, rng, terms=PLAIN):
        if self.batch == "greedy":
            return greedy(f, n, **terms.options)
        return super()._search(f, n, rng, terms)


class CoreLog(ReferenceStrategy):
    """CoreLog: expected reduction of the log loss at reference points [1]_.

    The gain is the expected improvement of the logarithmic score of the predictions at
    reference points. This equals the mutual information of the two labels, so that the
    gain is that of `EPIG`; by default batches are selected by diversity.

    Parameters
    ----------
    estimator : object
        A classifier or regressor with a posterior, such as a forest, a Gaussian
        process or a net with dropout (see `skactive.samplers.as_sampler`), or a
        posterior sampler.
    n_reference : int, default=200
        Number of reference points to sample from the pool, without replacement; the
        whole pool if it is no larger.
    batch : {"top", "diverse"}, default="diverse"
        How to select a batch in classification. "top" selects the n largest gains.
        "diverse" clusters the best points by their effect on each reference point, and
        selects the point nearest to each of n cluster centres.
    share : float, default=0.1
        Share of the pool, but at least n points, that ``batch="diverse"`` clusters.
    noise : float or "auto", default="auto"
        Variance of the observation noise (regression only); "auto" is 0.1 times the
        mean variance of the draws over the reference points.
    random_state : int, RandomState or None, default=None
        Controls the randomness of the model, the posterior samples, the reference
        points and the clusters. Pass an int for reproducible results.

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


class CoreMSE(ReferenceStrategy):
    """CoreMSE: expected reduction of the Brier score at reference points [1]_.

    The gain is the expected squared change of the predicted probabilities of a
    reference point when the label is observed, averaged over reference points. In
    regression it is the expected reduction of the variance at the reference points, and
    a batch is selected greedily by the gain of each point given the earlier picks.

    Parameters
    ----------
    estimator : object
        A classifier or regressor with a posterior, such as a forest, a Gaussian
        process or a net with dropout (see `skactive.samplers.as_sampler`), or a
        posterior sampler.
    n_reference : int, default=200
        Number of reference points to sample from the pool, without replacement; the
        whole pool if it is no larger.
    batch : {"top", "diverse"}, default="diverse"
        How to select a batch in classification. "top" selects the n largest gains.
        "diverse" clusters the best points by their effect on each reference point, and
        selects the point nearest to each of n cluster centres.
    share : float, default=0.1
        Share of the pool, but at least n points, that ``batch="diverse"`` clusters.
    noise : float or "auto", default="auto"
        Variance of the observation noise (regression only); "auto" is 0.1 times the
        mean variance of the draws over the reference points.
    random_state : int, RandomState or None, default=None
        Controls the randomness of the model, the posterior samples, the reference
        points and the clusters. Pass an int for reproducible results.

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
