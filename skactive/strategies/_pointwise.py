"""Strategies that score each point on its own and take the best; layer 4."""

import copy
from numbers import Real

import numpy as np

from skactive._utils.array import namespace
from skactive._utils.scikit_learn import Interval, StrOptions
from skactive.base import PointwiseStrategy
from skactive.distributed._objective import DistributedObjective
from skactive.information import (
    beta_mutual_information,
    dirichlet_mutual_information,
    entropy,
    mutual_information,
    variance,
)
from skactive.objectives import (
    GaussianInformation,
    centered_draws,
    mean_variance,
    value_noise,
)
from skactive.samplers._picklable import PicklableFunctions
from skactive.selection import lazy_greedy

__all__ = [
    "BALD",
    "Entropy",
    "LeastConfidence",
    "Margin",
    "MaxVariance",
    "MeanSD",
    "VariationRatios",
]

AUTO_NOISE = 0.1  # share of the draws' mean variance that is taken to be noise
MUTUAL_INFORMATION = {
    "draws": mutual_information,
    "beta": beta_mutual_information,
    "dirichlet": dirichlet_mutual_information,
}


class Entropy(PointwiseStrategy):
    """Ask for labels of the points whose predicted class is least certain [1]_.

    The score is the entropy, in nats, of the mean of the draws.

    Parameters
    ----------
    estimator : object
        Any classifier with ``predict_proba``, or a sampler.
    random_state : int, RandomState or None, default=None
        Source of all chance.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The labels.

    References
    ----------
    .. [1] Shannon, "A mathematical theory of communication", 1948; as a query
       strategy: Settles, "Active learning literature survey", 2009.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skactive import Entropy
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = Entropy(LogisticRegression(max_iter=500)).fit(X[::2], y[::2])
    >>> strategy.query(X[1::2], n=3).shape
    (3,)
    """

    tasks = ("classification",)
    needs = "mean"

    def _score(self, p_nkc):
        return entropy(namespace(p_nkc).mean(p_nkc, axis=1))


class LeastConfidence(PointwiseStrategy):
    """Ask for labels of the points whose likeliest class is least likely [1]_.

    The score is 1 less the largest probability of the mean of the draws: the chance
    that the predicted label is wrong, if the model is right. Also known as
    ``VariationRatios``.

    Parameters
    ----------
    estimator : object
        Any classifier with ``predict_proba``, or a sampler.
    random_state : int, RandomState or None, default=None
        Source of all chance.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The labels.

    References
    ----------
    .. [1] Freeman, "Elementary applied statistics", 1965; as a query strategy: Lewis
       and Gale, "A sequential algorithm for training text classifiers", 1994.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skactive import LeastConfidence
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = LeastConfidence(LogisticRegression(max_iter=500))
    >>> strategy.fit(X[::2], y[::2]).query(X[1::2], n=3).shape
    (3,)
    """

    tasks = ("classification",)
    needs = "mean"

    def _score(self, p_nkc):
        xp = namespace(p_nkc)
        return 1 - xp.max(xp.mean(p_nkc, axis=1), axis=-1)


VariationRatios = LeastConfidence


class Margin(PointwiseStrategy):
    """Ask for labels of the points with the closest race between two classes [1]_.

    The score is the second largest probability of the mean of the draws less the
    largest: 0 for a tie, -1 for certainty.

    Parameters
    ----------
    estimator : object
        Any classifier with ``predict_proba``, or a sampler.
    random_state : int, RandomState or None, default=None
        Source of all chance.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The labels.

    References
    ----------
    .. [1] Scheffer, Decomain and Wrobel, "Active hidden Markov models for information
       extraction", 2001.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skactive import Margin
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = Margin(LogisticRegression(max_iter=500))
    >>> strategy.fit(X[::2], y[::2]).query(X[1::2], n=3).shape
    (3,)
    """

    tasks = ("classification",)
    needs = "mean"

    def _score(self, p_nkc):
        xp, (_, k, c) = namespace(p_nkc), p_nkc.shape
        mean_nc = xp.sum(p_nkc, axis=1, dtype=xp.float64) / k
        sorted_nc = xp.sort(mean_nc, axis=-1)
        second_n = sorted_nc[:, -2] if c > 1 else 0.0
        margin_n = sorted_nc[:, -1] - second_n
        rounding = 8 * xp.finfo(xp.float64).eps  # of what may be equal
        return -xp.where(margin_n > rounding, margin_n, xp.zeros_like(margin_n))


class MeanSD(PointwiseStrategy):
    """Ask for labels of the points whose class probabilities vary most [1]_.

    The score is the standard deviation of a class's probability over the draws,
    averaged over classes.

    Parameters
    ----------
    estimator : object
        A model with a posterior (see `skactive.samplers.as_sampler`), or a sampler.
    random_state : int, RandomState or None, default=None
        Source of all chance.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The labels.

    References
    ----------
    .. [1] Kampffmeyer, Salberg and Jenssen, "Semantic segmentation of small objects and
       modeling of uncertainty in urban remote sensing images using deep convolutional
       neural networks", CVPR workshops 2016.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive import MeanSD
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = MeanSD(RandomForestClassifier(min_samples_leaf=3), random_state=0)
    >>> strategy.fit(X[::2], y[::2]).query(X[1::2], n=3).shape
    (3,)
    """

    tasks = ("classification",)

    def _score(self, p_nkc):
        return namespace(p_nkc).mean(variance(p_nkc) ** 0.5, axis=-1)


class MaxVariance(PointwiseStrategy):
    """Ask for values at the points where the model's draws spread most [1]_.

    The score is the variance over the draws, summed over targets.

    Parameters
    ----------
    estimator : object
        A model with a posterior (see `skactive.samplers.as_sampler`), or a sampler.
    random_state : int, RandomState or None, default=None
        Source of all chance.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted sampler.
    estimator_ : estimator
        The fitted model.

    References
    ----------
    .. [1] Cohn, Ghahramani and Jordan, "Active learning with statistical models", 1996.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.ensemble import RandomForestRegressor
    >>> from skactive import MaxVariance
    >>> X, y = load_diabetes(return_X_y=True)
    >>> strategy = MaxVariance(RandomForestRegressor(), random_state=0)
    >>> strategy.fit(X[::2], y[::2]).query(X[1::2], n=3).shape
    (3,)
    """

    tasks = ("regression",)

    def _score(self, p_nkc):
        return namespace(p_nkc).sum(variance(p_nkc), axis=-1)


class BALD(PointwiseStrategy):
    """Ask for labels of the points on which the model's draws disagree most [1]_.

    The score is the information, in nats, that a point's label and the model have
    about each other: the entropy of the mean prediction less the mean entropy of the
    draws. In regression values are Gaussian with noise s2, a point is worth
    ``1/2 log(1 + Var / s2)``, and a batch, which `query` grows greedily,
    ``1/2 log det(I + Cov / s2)``: exact, so that copies of a point count for little.

    Parameters
    ----------
    estimator : object
        A model with a posterior (see `skactive.samplers.as_sampler`), or a sampler;
        classifier or regressor.
    estimate : {"draws", "beta", "dirichlet"}, default="draws"
        Whether the information is that of the draws, or of Beta laws, or a Dirichlet
        law, of their mean and variance [2]_ (classification).
    noise : float or "auto", default="auto"
        Variance of the noise on a value, the s2 above; without noise the information
        would be infinite. "auto" is a tenth of the draws' mean variance over the pool
        (regression).
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
    .. [1] Houlsby, Huszár, Ghahramani and Lengyel, "Bayesian active learning for
       classification and preference learning", 2011.
    .. [2] Woo, "Active learning in Bayesian neural networks with balanced entropy
       learning principle", ICLR 2023, theorem 3.1.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive import BALD
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = BALD(RandomForestClassifier(min_samples_leaf=3), random_state=0)
    >>> strategy.fit(X[::2], y[::2]).query(X[1::2], n=3).shape
    (3,)
    """

    tasks = ("classification", "regression")

    _parameter_constraints = {
        **PointwiseStrategy._parameter_constraints,
        "estimate": [StrOptions(set(MUTUAL_INFORMATION))],
        "noise": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
    }

    def __init__(
        self, estimator=None, *, estimate="draws", noise="auto", random_state=None
    ):
        super().__init__(estimator, random_state=random_state)
        self.estimate = estimate
        self.noise = noise

    def _score(self, p_nkc):
        return MUTUAL_INFORMATION[self.estimate](p_nkc)

    def _objective(self, X_pool, rng):
        if self.sampler_.task == "classification":
            return super()._objective(X_pool, rng)
        f_nck = self._draws(X_pool, rng)
        noise = value_noise(self.noise, f_nck, AUTO_NOISE)
        return GaussianInformation(f_nck, noise)

    def _draws(self, X_pool, rng):
        functions = PicklableFunctions(self.sampler_, rng)
        return self.sampler_.evaluate_lazily(functions, X_pool, then=centered_draws)

    def _objective_in_blocks(self, pool, rng):
        if self.sampler_.task == "classification":
            return super()._objective_in_blocks(pool, rng)
        draws = pool.map(_draws_of_block, self, rng)
        noise = self.noise
        if noise == "auto":
            variances = draws.map(mean_variance).collect()
            noise = AUTO_NOISE * np.average(variances, weights=pool.sizes) or 1.0
        return DistributedObjective(draws.map(GaussianInformation, float(noise)))

    def _search(self, f, n, rng):
        if self.sampler_.task == "classification":
            return super()._search(f, n, rng)
        return lazy_greedy(f, n)


def _draws_of_block(X, first, strategy, rng):
    return strategy._draws(X, copy.deepcopy(rng))
