"""BALD: the points on which the model's draws disagree most; layer 5."""

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
    """Select the points on which the model's draws disagree most [1]_.

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
    batch : {"top", "power", "softmax", "softrank"}, default="top"
        How a batch is made of the scores: the largest (in regression
        the greedy batch above), or drawn in proportion to
        ``score ** beta``, ``exp(beta score)`` or ``rank ** -beta``; see
        `PointwiseStrategy`.
    beta : float, default=1.0
        Inverse temperature of these draws: the larger, the closer to "top".
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
        return lazy_greedy(f, n, **terms.options)
