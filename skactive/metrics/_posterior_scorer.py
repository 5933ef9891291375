"""Scores of the mean over draws, which all share one set of draws; layer 5."""

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

# of the block around: its seed, and what was drawn within it
_SHARED: ContextVar[tuple[int, dict] | None] = ContextVar("shared_draws", default=None)


@contextlib.contextmanager
def shared_draws(seed: int) -> Iterator[None]:
    """Let scorers of one model and one test set share draws, within a block.

    Parameters
    ----------
    seed : int
        Seed of the draws.

    Yields
    ------
    None
        While draws are kept; they are let go at the end.
    """
    token = _SHARED.set((seed, {}))
    try:
        yield
    finally:
        _SHARED.reset(token)


def posterior_scorer(scoring: Any) -> "PosteriorScorer":
    """Score what the posterior predicts: the mean of the draws, not the model alone.

    Papers on MC dropout score the average over the draws; a net with its dropout
    switched off is another prediction. Several such scorers of one round use the same
    draws, whose seed is the round's in `active_learning_curve` and `StrategySearchCV`,
    and elsewhere always the same.

    Parameters
    ----------
    scoring : str or callable
        A name that `get_scorer` knows, or a scorer ``(estimator, X, y) -> float`` that
        looks at ``predict``, ``predict_proba`` and ``classes_``.

    Returns
    -------
    PosteriorScorer
        Callable, ``(estimator, X, y) -> float``; the estimator is a fitted strategy, a
        fitted sampler, or a pipeline that ends in one.

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
    """A scorer of the mean over draws; see `posterior_scorer`.

    Parameters
    ----------
    scoring : str or callable
        What scores that mean.
    """

    def __init__(self, scoring: Any) -> None:
        if not isinstance(scoring, str) and not callable(scoring):
            raise TypeError(
                f"posterior_scorer takes the name of one scorer or a scorer, not "
                f"{scoring!r}; make one for each, {{'mean': posterior_scorer('r2')}}"
            )
        named_scorers(scoring)  # that the name is known
        self.scoring = scoring

    def __repr__(self) -> str:
        return f"posterior_scorer({self.scoring!r})"

    def __call__(self, estimator: Any, X: Any, y: ArrayLike) -> float:
        """Score the mean of the draws of a fitted strategy or sampler.

        Parameters
        ----------
        estimator : QueryStrategy or PosteriorSampler
            Fitted; or a pipeline that ends in one.
        X : array-like of n points
            Test points.
        y : array-like of shape (n,)
            Their true labels or values.

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
    """Predictions that are made already, at the points that are scored."""

    def __init__(self, f_nc):
        self.f_nc = f_nc

    def fit(self, X, y=None):
        """Do nothing: scikit-learn asks for it."""
        return self

    def __sklearn_is_fitted__(self):
        return True


class _ClassifierMean(ClassifierMixin, _Mean):
    def __init__(self, f_nc, classes=None):
        super().__init__(f_nc)
        self.classes = self.classes_ = classes

    def predict_proba(self, X):
        """Return the probabilities."""
        return self.f_nc

    def predict(self, X):
        """Return the most probable classes."""
        return self.classes_[self.f_nc.argmax(axis=1)]


class _RegressorMean(RegressorMixin, _Mean):
    def predict(self, X):
        """Return the values: (n,), or (n, c) for several targets."""
        return self.f_nc[:, 0] if self.f_nc.shape[1] == 1 else self.f_nc


def _mean_prediction(estimator, X):
    """The mean of the draws at the points, as an estimator."""
    shared = _SHARED.get()
    if shared is None:
        return _drawn(estimator, X, SEED)
    seed, made = shared
    key = id(estimator), id(X)
    if key not in made:  # with both, so that their ids stay theirs
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
            f"{type(estimator).__name__} draws nothing, and posterior_scorer scores "
            "the mean of draws: score a strategy or a sampler around the model"
        )
    f_nc = sampler.mean(X, np.random.default_rng(seed))
    if sampler.task == "classification":
        return _ClassifierMean(f_nc, sampler.classes_)
    return _RegressorMean(f_nc)
