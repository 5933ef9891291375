"""Balanced entropy and other scores based on Beta marginals; layer 5."""

from numbers import Real

import numpy as np

from skactive._utils.array import ROUNDING, namespace, positive_or_one, to_numpy
from skactive._utils.scikit_learn import Interval, StrOptions
from skactive._utils.warnings import warn_caller
from skactive.base import PointwiseStrategy
from skactive.information import (
    balanced_entropy,
    beta_information_gain,
    expected_effective_loss,
)
from skactive.selection._terms import PLAIN
from skactive.selection._ties import all_equal, all_true

__all__ = ["BalancedEntropy", "BetaMarginalEIG", "ExpectedEffectiveLoss"]


class BalancedEntropy(PointwiseStrategy):
    """Balanced entropy acquisition (BalEntAcq) [1]_.

    The balanced entropy, BalEnt (eq. 4), weighs the posterior uncertainty of the class
    probabilities against the entropy of the label. It is negative where the label would
    determine the class probability, and positive where it would not. Points slightly
    above 0 are selected first, then larger values, then negative ones. The selected
    points lie along both sides of the decision boundary.

    Parameters
    ----------
    estimator : object
        A model with a posterior, such as a forest, a Gaussian process or a net with
        dropout (see `skactive.samplers.as_sampler`), or a posterior sampler.
    priority : {"reciprocal", "smallest", "largest"}, default="reciprocal"
        Which points to select first: those slightly above 0 (``1 / BalEnt`` where
        BalEnt is at least 0, else ``BalEnt``), the smallest (``-BalEnt``) or the
        largest (``BalEnt``). These are P2, P1 and P3 of appendix A.13.2.
    precision : float, default=1
        Precision j with which the class probability should be known, ``H + j log 2``
        nats (appendix A.13.3): ``BalEnt = (MJEnt + (j - 1) log 2) / (H + j log 2)``.
    normalize : bool, default=True
        Whether to divide by the denominator of BalEnt. If False, the numerator is the
        score (appendix A.20).
    batch : {"top", "power", "softmax", "softrank"}, default="top"
        How to select a batch from the scores: the n largest, or sampled without
        replacement with probabilities proportional to ``score ** beta``,
        ``exp(beta * score)`` or ``rank ** -beta``; see `PointwiseStrategy`.
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
        The class labels.

    Notes
    -----
    BalEnt is -inf where all draws of a class with positive probability agree or are
    exactly 0 or 1, as in a forest with pure leaves. Such points are ranked by BalEnt
    with means and relative variances clipped to ``[1e-9, 1 - 1e-9]``, and `query` warns
    if it selects any of them.

    References
    ----------
    .. [1] Woo, "Active learning in Bayesian neural networks with balanced entropy
       learning principle", ICLR 2023.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive import BalancedEntropy
    >>> X, y = load_iris(return_X_y=True)
    >>> forest = RandomForestClassifier(min_samples_leaf=3, max_features=1)
    >>> strategy = BalancedEntropy(forest, random_state=0)
    >>> strategy.fit(X[::2], y[::2]).query(X[1::2], n=3).shape
    (3,)
    """

    tasks = ("classification",)
    rounding = ROUNDING

    _parameter_constraints = {
        **PointwiseStrategy._parameter_constraints,
        "priority": [StrOptions({"reciprocal", "smallest", "largest"})],
        "precision": [Interval(Real, None, None, closed="neither")],
        "normalize": ["boolean"],
    }

    def __init__(
        self,
        estimator=None,
        *,
        priority="reciprocal",
        precision=1,
        normalize=True,
        batch="top",
        beta=1.0,
        random_state=None,
    ):
        super().__init__(estimator, batch=batch, beta=beta, random_state=random_state)
        self.priority = priority
        self.precision = precision
        self.normalize = normalize

    def _score(self, p_nkc):
        return self._priority(self._balance(p_nkc, clipped=False))

    def _balance(self, p_nkc, clipped):
        return balanced_entropy(
            p_nkc, precision=self.precision, normalize=self.normalize, clipped=clipped
        )

    def _priority(self, balance_n):
        """Transform the balance so that the largest value is selected first."""
        if self.priority != "reciprocal":
            return balance_n if self.priority == "largest" else -balance_n
        xp = namespace(balance_n)
        # P2 of appendix A.13.2; exactly 0 has the highest priority
        first_n = xp.where(balance_n > 0, 1 / positive_or_one(balance_n), xp.inf)
        return xp.where(balance_n >= 0, first_n, balance_n)

    def _tie_break(self, p_nkc, score_n):
        """Secondary score that ranks points without a finite balance; 0 for others."""
        xp, finite_n = namespace(score_n), namespace(score_n).isfinite(score_n)
        if bool(xp.all(finite_n)):
            return xp.zeros_like(score_n)
        clipped_n = self._priority(self._balance(p_nkc, clipped=True))
        return xp.where(finite_n, xp.zeros_like(score_n), clipped_n)

    def _search(self, f, n, rng, terms=PLAIN):
        if terms.cost is not None or self.batch != "top":
            return super()._search(f, n, rng, terms)
        scores = to_numpy(f.gains(f.start()))
        endless = -np.inf if self.priority != "smallest" else np.inf
        n_finite = int((scores != endless).sum())
        alike = n_finite == 0 and all_equal(f.tie_break, all_true(f.tie_break))
        if n_finite < n and not alike:  # if alike, the search itself warns
            warn_caller(
                f"only {n_finite} candidates have a finite balanced entropy, fewer "
                f"than n={n}. For the others all draws of a class agree, or are 0 or 1 "
                "exactly; they are ranked by balanced entropy with means and variances "
                "clipped to [1e-9, 1 - 1e-9]. Use more draws, or leaves that are not "
                "pure (min_samples_leaf of a forest)."
            )
        return super()._search(f, n, rng, terms)

    def worth(self, gains):
        """Return scores clipped at zero; see `QueryStrategy`."""
        return namespace(gains).clip(gains, min=0.0)


class ExpectedEffectiveLoss(PointwiseStrategy):
    """Expected effective loss [1]_.

    The score, ``sum_c m_c log(E[P_c^2] / m_c^2)``, is the expected reduction of the
    cross-entropy loss at a point when its label is observed, assuming that the draws of
    each class probability follow a Beta distribution.

    Parameters
    ----------
    estimator : object
        A model with a posterior, such as a forest, a Gaussian process or a net with
        dropout (see `skactive.samplers.as_sampler`), or a posterior sampler.
    batch : {"top", "power", "softmax", "softrank"}, default="top"
        How to select a batch from the scores: the n largest, or sampled without
        replacement with probabilities proportional to ``score ** beta``,
        ``exp(beta * score)`` or ``rank ** -beta``; see `PointwiseStrategy`.
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
        The class labels.

    References
    ----------
    .. [1] Woo, "Active learning in Bayesian neural networks with balanced entropy
       learning principle", ICLR 2023, section 3.4.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive import ExpectedEffectiveLoss
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = ExpectedEffectiveLoss(RandomForestClassifier(), random_state=0)
    >>> strategy.fit(X[::2], y[::2]).query(X[1::2], n=3).shape
    (3,)
    """

    tasks = ("classification",)

    def _score(self, p_nkc):
        return expected_effective_loss(p_nkc)

    def worth(self, gains):
        """Scores, those below zero by rounding clipped; see `QueryStrategy`."""
        return namespace(gains).clip(gains, min=0.0)


class BetaMarginalEIG(PointwiseStrategy):
    """Expected information gain under Beta marginals [1]_.

    The score is the entropy of the mean prediction minus its expected value after the
    label is observed, assuming that the draws of each class probability follow a Beta
    distribution (eq. 28).

    Parameters
    ----------
    estimator : object
        A model with a posterior, such as a forest, a Gaussian process or a net with
        dropout (see `skactive.samplers.as_sampler`), or a posterior sampler.
    batch : {"top", "power", "softmax", "softrank"}, default="top"
        How to select a batch from the scores: the n largest, or sampled without
        replacement with probabilities proportional to ``score ** beta``,
        ``exp(beta * score)`` or ``rank ** -beta``; see `PointwiseStrategy`.
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
        The class labels.

    References
    ----------
    .. [1] Woo, "Active learning in Bayesian neural networks with balanced entropy
       learning principle", ICLR 2023, appendix A.6.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive import BetaMarginalEIG
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = BetaMarginalEIG(RandomForestClassifier(), random_state=0)
    >>> strategy.fit(X[::2], y[::2]).query(X[1::2], n=3).shape
    (3,)
    """

    tasks = ("classification",)
    rounding = ROUNDING

    def _score(self, p_nkc):
        return beta_information_gain(p_nkc)

    def worth(self, gains):
        """Scores, those below zero by rounding clipped; see `QueryStrategy`."""
        return namespace(gains).clip(gains, min=0.0)
