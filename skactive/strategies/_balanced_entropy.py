"""Balanced entropy and its kin: scores from Beta distributions of draws; layer 5."""

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
    """Ask where what the label and what the model leave open are in balance [1]_.

    The balance, BalEnt (eq. 4), is below 0 where the model could tell the class's
    probability from the label, above 0 where it could not. Points just above 0 come
    first, then the higher ones, then those below. Neither disagreement nor doubt alone
    is asked: the picks follow both sides of a decision boundary.

    Parameters
    ----------
    estimator : object
        A model with a posterior (see `skactive.samplers.as_sampler`), or a sampler.
    priority : {"reciprocal", "smallest", "largest"}, default="reciprocal"
        What comes first: the balance just above 0 (``1 / BalEnt`` from 0 on, else
        ``BalEnt``), the smallest (``-BalEnt``) or the largest (``BalEnt``); P2, P1 and
        P3 of appendix A.13.2.
    precision : float, default=1
        Precision j to which the probability is to be told, ``H + j log 2`` nats
        (appendix A.13.3): ``(MJEnt + (j - 1) log 2) / (H + j log 2)``.
    normalize : bool, default=True
        Whether to divide; without, the numerator is used (appendix A.20).
    batch : {"top", "power", "softmax", "softrank"}, default="top"
        How a batch is made of the scores: the largest, or drawn in proportion to
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
        The labels.

    Notes
    -----
    The balance is -inf where the draws of a possible class agree, or are 0 and 1 alone,
    as a forest's with pure leaves are. Such points are ordered among themselves by the
    balance with means and spreads held within ``[1e-9, 1 - 1e-9]``, and `query` warns
    if it had to take any.

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
        """Transform the balance so that what comes first is the largest."""
        if self.priority != "reciprocal":
            return balance_n if self.priority == "largest" else -balance_n
        xp = namespace(balance_n)
        first_n = xp.where(balance_n > 0, 1 / positive_or_one(balance_n), xp.inf)
        return xp.where(balance_n >= 0, first_n, balance_n)

    def _tie_break(self, p_nkc, score_n):
        """What orders the points that have no finite balance; 0 for the others."""
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
        if n_finite < n and not alike:  # alike: the search warns
            warn_caller(
                f"only {n_finite} candidates have a finite balanced entropy, and n={n} "
                "were asked for: at the others draws agree on a class, or are 0 and 1 "
                "alone, and a balance with means and spreads held within "
                "[1e-9, 1 - 1e-9] orders them. More draws, or leaves that are not pure "
                "(min_samples_leaf of a forest), would give finite ones."
            )
        return super()._search(f, n, rng, terms)

    def worth(self, gains):
        """Scores clipped at zero; see `QueryStrategy`."""
        return namespace(gains).clip(gains, min=0.0)


class ExpectedEffectiveLoss(PointwiseStrategy):
    """Select points whose labels should lower the cross-entropy loss most [1]_.

    The score, ``sum_c m_c log(E[P_c^2] / m_c^2)``, is the loss at the point before its
    label is seen less that after, if draws of a class follow a Beta distribution.

    Parameters
    ----------
    estimator : object
        A model with a posterior (see `skactive.samplers.as_sampler`), or a sampler.
    batch : {"top", "power", "softmax", "softrank"}, default="top"
        How a batch is made of the scores: the largest, or drawn in proportion to
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
        The labels.

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
    """Select points whose labels should settle their own prediction most [1]_.

    The score is the entropy of the mean prediction minus what is expected of it once
    the label is seen, if draws of a class follow a Beta distribution (eq. 28).

    Parameters
    ----------
    estimator : object
        A model with a posterior (see `skactive.samplers.as_sampler`), or a sampler.
    batch : {"top", "power", "softmax", "softrank"}, default="top"
        How a batch is made of the scores: the largest, or drawn in proportion to
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
        The labels.

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
