"""Scorer of the posterior mean; scorers of one round share its draws; layer 5."""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import check_scoring
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skactive.base import QueryStrategy
from skactive.metrics._scorers import SEED, named_scorers
from skactive.samplers import PosteriorSampler

__all__ = ["PosteriorScorer", "posterior_scorer", "shared_draws"]

# seed and cached predictions of the innermost shared_draws block
_SHARED: ContextVar[tuple[int, dict] | None] = ContextVar("shared_draws", default=None)


@contextlib.contextmanager
def shared_draws(seed: int) -> Iterator[None]:
    """Let all scorers within a ``with`` block share draws of the same model and points.

    Parameters
    ----------
    seed : int
        Seed of the draws.

    Yields
    ------
    None
        The draws are cached until the end of the block.
    """
    token = _SHARED.set((seed, {}))
    try:
        yield
    finally:
        _SHARED.reset(token)


def posterior_scorer(scoring: Any) -> "PosteriorScorer":
    """Make a scorer of the posterior mean: the mean of the draws, not the plain model.

    Papers on MC dropout score the prediction averaged over the draws, which differs
    from that of the net with dropout switched off. Several such scorers in the same
    round share their draws. `active_learning_curve` and `StrategySearchCV` seed these
    per round; elsewhere the seed is fixed.

    Parameters
    ----------
    scoring : str or callable
        Name of a scorer, see `get_scorer`, or a scorer ``(estimator, X, y) -> float``
        that uses ``predict``, ``predict_proba`` and ``classes_`` only.

    Returns
    -------
    PosteriorScorer
        Callable ``(estimator, X, y) -> float``, where the estimator is a fitted
        strategy, a fitted sampler, or a pipeline that ends in one.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skactive import BALD
    >>> from skactive.metrics import posterior_scorer
    >>> from skactive.model_selection import active_learning_curve
    >>> X, y = load_iris(return_X_y=True)
    >>> scoring = {"model": "accuracy", "mean": posterior_scorer("accuracy")}
    >>> curve = active_learning_curve(
    ...     BALD(LogisticRegression(max_iter=500)), X, y, n=5, rounds=1, cv=2,
    ...     scoring=scoring, random_state=0,
    ... )
    >>> list(curve.scores)
    ['model', 'mean']
    """
    return PosteriorScorer(scoring)


class PosteriorScorer:
    """Scorer of the posterior mean; see `posterior_scorer`.

    Parameters
    ----------
    scoring : str or callable
        The scorer of the mean prediction.
    """

    def __init__(self, scoring: Any) -> None:
        if not isinstance(scoring, str) and not callable(scoring):
            raise TypeError(
                "posterior_scorer takes the name of a scorer or a scorer, not "
                f"{scoring!r}; for several, make one of each: "
                f"{{'mean': posterior_scorer('r2')}}"
            )
        named_scorers(scoring)  # raises if the name is unknown
        self.scoring = scoring

    def __repr__(self) -> str:
        return f"posterior_scorer({self.scoring!r})"

    def __call__(self, estimator: Any, X: Any, y: ArrayLike) -> float:
        """Score the posterior mean of a fitted strategy or sampler.

        Parameters
        ----------
        estimator : QueryStrategy or PosteriorSampler
            Fitted strategy or sampler, or a pipeline that ends in one.
        X : array-like of n points
            Test points.
        y : array-like of shape (n,)
            True labels or values of the test points.

        Returns
        -------
        float
            The score.

        Raises
        ------
        TypeError
            If the estimator has no sampler.
        """
        mean = _mean_prediction(estimator, X)
        return check_scoring(mean, named_scorers(self.scoring))(mean, X, y)


class _Mean(BaseEstimator):
    """Estimator that returns predictions made before, for the points to be scored."""

    def __init__(self, f_nc):
        self.f_nc = f_nc

    def fit(self, X, y=None):
        """Do nothing; scikit-learn requires the method."""
        return self

    def __sklearn_is_fitted__(self):
        return True


class _ClassifierMean(ClassifierMixin, _Mean):
    def __init__(self, f_nc, classes=None):
        super().__init__(f_nc)
        self.classes = self.classes_ = classes

    def predict_proba(self, X):
        """Return the mean probabilities."""
        return self.f_nc

    def predict(self, X):
        """Return the most probable class of each point."""
        return self.classes_[self.f_nc.argmax(axis=1)]


class _RegressorMean(RegressorMixin, _Mean):
    def predict(self, X):
        """Return the mean values: (n,), or (n, c) for several targets."""
        return self.f_nc[:, 0] if self.f_nc.shape[1] == 1 else self.f_nc


def _mean_prediction(estimator, X):
    """Wrap the posterior mean at the points in an estimator; shared within a block."""
    shared = _SHARED.get()
    if shared is None:
        return _drawn(estimator, X, SEED)
    seed, made = shared
    key = id(estimator), id(X)
    if key not in made:  # stored with both objects: a freed id could be given to others
        made[key] = estimator, X, _drawn(estimator, X, seed)
    return made[key][-1]


def _drawn(estimator, X, seed):
    if isinstance(estimator, Pipeline):
        X, estimator = estimator[:-1].transform(X), estimator.steps[-1][1]
    check_is_fitted(estimator)
    sampler = estimator
    if isinstance(estimator, QueryStrategy):
        sampler = estimator.sampler_
    if not isinstance(sampler, PosteriorSampler):
        raise TypeError(
            f"{type(estimator).__name__} has no posterior draws, which "
            "posterior_scorer scores the mean of; score a strategy, or a sampler "
            "around the model"
        )
    f_nc = sampler.mean(X, np.random.default_rng(seed))
    if sampler.task == "classification":
        return _ClassifierMean(f_nc, sampler.classes_)
    return _RegressorMean(f_nc)
