"""BALD: Bayesian active learning by disagreement; layer 5."""

from numbers import Real

from skactive._utils.scikit_learn import Interval, StrOptions
from skactive.base import PointwiseStrategy
from skactive.distributed import as_pool, objective_over
from skactive.information import (
    beta_mutual_information,
    dirichlet_mutual_information,
    mutual_information,
)
from skactive.objectives import (
    GaussianInformation,
    centered_draws,
    mean_variance,
    value_noise,
)
from skactive.selection import lazy_greedy
from skactive.selection._terms import PLAIN

__all__ = ["BALD"]

MUTUAL_INFORMATION = {
    "draws": mutual_information,
    "beta": beta_mutual_information,
    "dirichlet": dirichlet_mutual_information,
}


class BALD(PointwiseStrategy):
    """Bayesian active learning by disagreement (BALD) [1]_.

    The score is the mutual information, in nats, between a point's label and the model:
    the entropy of the mean prediction minus the mean entropy of the posterior samples
    (draws). It is large where the draws are confident but disagree. In regression, with
    Gaussian noise of variance s2, the score of a point is ``1/2 log(1 + Var / s2)``.
    The objective of a batch, ``1/2 log det(I + Cov / s2)``, is then maximised greedily
    and takes correlations into account, so that copies of a point add little.

    Parameters
    ----------
    estimator : object
        A classifier or regressor with a posterior, such as a forest, a Gaussian
        process or a net with dropout (see `skactive.samplers.as_sampler`), or a
        posterior sampler.
    estimate : {"draws", "beta", "dirichlet"}, default="draws"
        How to estimate the mutual information in classification: from the draws, or
        from Beta marginals or a Dirichlet distribution with their mean and variance
        [2]_.
    noise : float or "auto", default="auto"
        Variance s2 of the observation noise (regression only); without noise the
        mutual information would be infinite. "auto" is 0.1 times the mean variance of
        the draws over the pool.
    batch : {"top", "power", "softmax", "softrank"}, default="top"
        How to select a batch from the scores: the n largest (in regression the greedy
        batch described above), or sampled without replacement with probabilities
        proportional to ``score ** beta``, ``exp(beta * score)`` or ``rank ** -beta``;
        see `PointwiseStrategy`.
    beta : float, default=1.0
        Inverse temperature of the sampling; large values approach "top".
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
    distributed = True

    _parameter_constraints = {
        **PointwiseStrategy._parameter_constraints,
        "estimate": [StrOptions(set(MUTUAL_INFORMATION))],
        "noise": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
    }

    def __init__(
        self,
        estimator=None,
        *,
        estimate="draws",
        noise="auto",
        batch="top",
        beta=1.0,
        random_state=None,
    ):
        super().__init__(estimator, batch=batch, beta=beta, random_state=random_state)
        self.estimate = estimate
        self.noise = noise

    def _score(self, p_nkc):
        return MUTUAL_INFORMATION[self.estimate](p_nkc)

    def _objective(self, X_pool, rng):
        if self.sampler_.task == "classification":
            return super()._objective(X_pool, rng)
        draws = as_pool(X_pool).map(self._draws, self._functions(rng))
        noise = value_noise(self.noise, lambda: draws.map(mean_variance).average())
        return objective_over(draws.map(GaussianInformation, noise))

    def _draws(self, X, first, functions):
        return self.sampler_.evaluate_lazily(functions, X, centered_draws, first=first)

    def _search(self, f, n, rng, terms=PLAIN):
        if self.sampler_.task == "classification" or self.batch != "top":
            return super()._search(f, n, rng, terms)
        # log det is submodular, so that lazy greedy search is exact
        return lazy_greedy(f, n, **terms.options)
