"""Scorers ``(estimator, X, y) -> float`` by name; higher is better; layer 5.

They can score models that have not seen every class, as happens in early rounds.
"""

from collections.abc import Callable
from typing import Any

from numpy.typing import ArrayLike
from sklearn.base import is_regressor
from sklearn.metrics import get_scorer as get_sklearn_scorer
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skactive._utils.array import to_numpy
from skactive.base import QueryStrategy
from skactive.metrics._scores import (
    expected_calibration_error,
    gaussian_negative_log_likelihood,
    log_likelihood,
)
from skactive.samplers import PosteriorSampler

__all__ = [
    "gaussian_log_likelihood",
    "get_scorer",
    "negative_calibration_error",
]

SEED = 0  # of the draws that are scored, where no round sets one


def negative_calibration_error(estimator: Any, X: Any, y: ArrayLike) -> float:
    """Scorer: the negative `expected_calibration_error`, so that higher is better.

    Parameters
    ----------
    estimator : classifier
        Fitted classifier with ``predict_proba``.
    X : array-like of n points
        Test points.
    y : array-like of shape (n,)
        True labels of the test points.

    Returns
    -------
    float
        At most 0.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skactive.metrics import negative_calibration_error
    >>> X, y = load_iris(return_X_y=True)
    >>> two_classes = GaussianNB().fit(X[:100], y[:100])
    >>> float(negative_calibration_error(two_classes, X, y))  # a third is unknown to it
    -0.33...
    """
    p_nc = estimator.predict_proba(X)
    return -float(expected_calibration_error(y, p_nc, estimator.classes_))


def gaussian_log_likelihood(estimator: Any, X: Any, y: ArrayLike) -> float:
    """Scorer: mean Gaussian log-likelihood by the mean and variance of the draws.

    Parameters
    ----------
    estimator : QueryStrategy or PosteriorSampler
        Fitted strategy or sampler of a regressor, or a pipeline that ends in one.
    X : array-like of n points
        Test points.
    y : array-like of shape (n,)
        True values of the test points.

    Returns
    -------
    float
        The negative `gaussian_negative_log_likelihood`. The draws have a fixed seed,
        so a fitted model always gets the same score.

    Raises
    ------
    TypeError, ValueError
        If the estimator has no sampler, or its sampler has only one draw.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.ensemble import RandomForestRegressor
    >>> from skactive import DEIMOS
    >>> from skactive.metrics import gaussian_log_likelihood
    >>> X, y = load_diabetes(return_X_y=True)
    >>> strategy = DEIMOS(RandomForestRegressor(50), random_state=0).fit(X[::2], y[::2])
    >>> -7 < gaussian_log_likelihood(strategy, X[1::2], y[1::2]) < -5
    True
    """
    if isinstance(estimator, Pipeline):
        X, estimator = estimator[:-1].transform(X), estimator.steps[-1][1]
    sampler = estimator
    if isinstance(estimator, QueryStrategy):
        check_is_fitted(estimator)
        sampler = estimator.sampler_
    if not isinstance(sampler, PosteriorSampler):
        raise TypeError(
            f"{type(estimator).__name__} has no posterior draws, which a Gaussian "
            "log-likelihood needs; score a strategy, or a sampler around the model"
        )
    f_nkc = to_numpy(sampler.draw(X, SEED))
    return -float(gaussian_negative_log_likelihood(y, f_nkc))


def _log_likelihood(estimator, X, y):
    """Log-likelihood of labels or values, depending on the model's task."""
    task = gaussian_log_likelihood if is_regressor(estimator) else log_likelihood
    return task(estimator, X, y)


# higher is better for all; names of negated losses start with neg_, as in scikit-learn
OURS = {
    "log_likelihood": _log_likelihood,
    "neg_nll": _log_likelihood,
    "neg_ece": negative_calibration_error,
}
SHORT = {"neg_rmse": "neg_root_mean_squared_error"}
NEGATED = ("nll", "ece", "rmse")


def full_name(name: str) -> str:
    """Full name of a scorer, such as ``"neg_nll"`` for ``"nll"``."""
    return f"neg_{name}" if name in NEGATED else name


def get_scorer(name: str) -> Callable:
    """Get a scorer by name: those of scikit-learn and a few more.

    ``"log_likelihood"``, also called ``"neg_nll"``; ``"neg_ece"``, the negative
    expected calibration error; and ``"neg_rmse"``. Higher is better for all scorers, so
    losses are negated; ``"nll"``, ``"ece"`` and ``"rmse"`` are short names of these
    three.

    Parameters
    ----------
    name : str
        Name of the scorer.

    Returns
    -------
    callable
        The scorer, ``(estimator, X, y) -> float``.

    Examples
    --------
    >>> from skactive.metrics import get_scorer
    >>> get_scorer("ece") is get_scorer("neg_ece")
    True
    >>> get_scorer("accuracy")
    make_scorer(accuracy_score, response_method='predict')
    """
    name = full_name(name)
    if name in OURS:
        return OURS[name]
    return get_sklearn_scorer(SHORT.get(name, name))


def named_scorers(scoring: Any) -> Any:
    """Replace names by scorers in anything that scikit-learn accepts as `scoring`.

    Parameters
    ----------
    scoring : str, callable, list, tuple, set, dict or None
        One scorer or several.

    Returns
    -------
    callable, dict or None
        A dictionary if there are several; scorers of a list get their full names.
    """
    if isinstance(scoring, str):
        return get_scorer(scoring)
    if isinstance(scoring, list | tuple | set | dict) and not scoring:
        raise ValueError(
            f"scoring={scoring!r} has no scorer; name one or more, or pass None for "
            "the model's own score"
        )
    if isinstance(scoring, dict):
        return {name: named_scorers(scorer) for name, scorer in scoring.items()}
    if isinstance(scoring, list | tuple | set) and all(
        isinstance(name, str) for name in scoring
    ):
        full = [full_name(name) for name in scoring]
        if len(set(full)) < len(full):
            raise ValueError(f"scoring must not repeat a scorer, but is {scoring}")
        return {name: get_scorer(name) for name in full}
    return scoring  # a callable or None; scikit-learn rejects anything else
