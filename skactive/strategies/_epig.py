"""EPIG, CoreLog and CoreMSE: what labels change in other predictions; layer 5."""

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
    """Select points whose labels say most about those of random other points [1]_.

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
    batch : {"top", "diverse", "greedy"}, default="top"
        How a batch of labels is made (classification): of the largest gains; of the
        points nearest to the centres of as many clusters of the best ones, compared by
        what they do to each reference point; or greedily, each point by what its label
        adds to the joint labels of the earlier picks.
    share : float, default=0.1
        The share of the pool, no less than the batch, that is clustered.
    noise : float or "auto", default="auto"
        Variance of the noise on a value; "auto" is a tenth of the draws' mean variance
        over the reference (regression).
    max_configurations : int, default=100
        Number of joint labellings of the picks up to which ``batch="greedy"`` weighs
        all, as `BatchBALD` does: c classes and b picks have ``c ** b``. Beyond, as many
        are sampled, afresh at every step. Time is in proportion.
    random_state : int, RandomState or None, default=None
        Source of all chance: the functions, the reference points, the clusters, the
        sampled labellings.

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
        """Objective of a part, of joint labels."""
        beside = 8 * self.sampler_.n_draws_  # the entropy of each draw
        p_nkc = self.sampler_.evaluate_lazily(functions, X, beside=beside, first=first)
        return JointReferenceInformation(
            p_nkc, p_rkc, seed, max_configurations=self.max_configurations
        )

    def _search(self, f, n, rng, terms=PLAIN):
        if self.batch == "greedy":
            return greedy(f, n, **terms.options)
        return super()._search(f, n, rng, terms)


class CoreLog(ReferenceStrategy):
    """Select points whose labels say most about those of random other points [1]_.

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


class CoreMSE(ReferenceStrategy):
    """Select points whose labels change predictions at random other points most [1]_.

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
