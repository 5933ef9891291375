"""Stopping criteria that compare the predictions of successive rounds; layer 5."""

from numbers import Integral, Real
from typing import Any

import numpy as np

from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import Interval
from skactive.stopping._criterion import StoppingCriterion
from skactive.stopping._round import Round

__all__ = ["ClassificationChange", "DeltaF", "StabilizingPredictions"]

# a mean of kappas has a rounding error: that of three times 0.99 must reach 0.99
ROUNDING = 1e-12


class _Agreement(StoppingCriterion):
    """Base of criteria that compare predictions with those of the round before."""

    needs: tuple[str, ...] = ("predictions",)
    _before: np.ndarray | None = None  # predictions of the round before

    def _value(self, round: Round) -> float:
        now, before = _labels(round.predictions), self._before
        self._before = now.copy()
        if before is None:
            return np.nan
        if len(now) != len(before):
            raise ValueError(
                f"the stop set has {len(now)} points, but had {len(before)} in the "
                "round before; use the same stop set in all rounds"
            )
        return float(self._compare(now, before, round))

    def _compare(self, now: np.ndarray, before: np.ndarray, round: Round) -> float:
        """Return a number for the change, or agreement, between two rounds."""
        raise NotImplementedError

    def _last(self, window: int) -> np.ndarray:
        """Return the last `window` values, padded with NaN in the first rounds."""
        last = np.full(window, np.nan)
        known = self.history_[-window:]
        last[: len(known)] = known
        return last


class StabilizingPredictions(_Agreement):
    """Stop when predictions stabilize, measured by Cohen's kappa [1]_.

    After each round, kappa measures the agreement, corrected for chance, between the
    predictions on the stop set and those of the round before. The criterion stops when
    the mean kappa over the last rounds is high enough. If both rounds predict the same
    single class everywhere, kappa is 1.

    Parameters
    ----------
    threshold : float, default=0.99
        Mean kappa at or above which to stop.
    window : int, default=3
        Number of rounds to average kappa over.

    Attributes
    ----------
    stopped_at_ : int or None
        Number of labels when the criterion stopped; None if it has not.
    history_ : list of float
        Kappa of each round; NaN for the first.

    References
    ----------
    .. [1] Bloodgood and Vijay-Shanker, "A method for stopping active learning based on
       stabilizing predictions and the need for user-adjustable stopping", CoNLL 2009.

    Examples
    --------
    >>> from skactive.stopping import Round, StabilizingPredictions
    >>> criterion = StabilizingPredictions(window=2)
    >>> [criterion.update(Round(n, predictions=[0, 1, 1])) for n in (10, 20, 30)]
    [False, False, True]
    """

    _parameter_constraints = {
        "threshold": [Interval(Real, -1, 1, closed="both")],
        "window": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, threshold: float = 0.99, window: int = 3) -> None:
        self.threshold = threshold
        self.window = window

    def _compare(self, now, before, round):
        return _kappa(now, before)

    def _is_reached(self):
        return self._last(self.window).mean() >= self.threshold - ROUNDING


class ClassificationChange(_Agreement):
    """Stop when predictions on the stop set no longer change [1]_.

    Parameters
    ----------
    threshold : float, default=0.0
        Largest fraction of changed predictions at which to stop.
    window : int, default=1
        Number of rounds in a row for which this must hold.

    Attributes
    ----------
    stopped_at_ : int or None
        Number of labels when the criterion stopped; None if it has not.
    history_ : list of float
        Fraction of predictions that changed in each round; NaN for the first.

    References
    ----------
    .. [1] Zhu, Wang and Hovy, "Multi-criteria-based strategy to stop active learning
       for data annotation", COLING 2008.

    Examples
    --------
    >>> from skactive.stopping import ClassificationChange, Round
    >>> criterion = ClassificationChange()
    >>> [criterion.update(Round(n, predictions=[0, 1, n > 10])) for n in (10, 20, 30)]
    [False, False, True]
    >>> criterion.history_[1:]
    [0.3333333333333333, 0.0]
    """

    _parameter_constraints = {
        "threshold": [Interval(Real, 0, 1, closed="both")],
        "window": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, threshold: float = 0.0, window: int = 1) -> None:
        self.threshold = threshold
        self.window = window

    def _compare(self, now, before, round):
        return np.mean(now != before)

    def _is_reached(self):
        return bool((self._last(self.window) <= self.threshold).all())


class DeltaF(_Agreement):
    """Stop when the F-measure is predicted to change little, for two classes [1]_.

    Let a be the number of points of the stop set that are predicted positive in both
    rounds, and b and c the numbers of those positive in only one of the two. The
    predicted change is ``1 - 2a / (2a + b + c)``: one minus the F1 score of one round's
    predictions against the other's. It is 0 if neither round predicts any positive.

    Parameters
    ----------
    threshold : float, default=0.05
        Stop when the change is below this.
    window : int, default=3
        Number of rounds in a row for which this must hold.
    positive : int, str or bool, default=None
        The positive class; by default the second class, as in scikit-learn.

    Attributes
    ----------
    stopped_at_ : int or None
        Number of labels when the criterion stopped; None if it has not.
    history_ : list of float
        The change of each round; NaN for the first round, and for rounds in which the
        model knew only one class if `positive` is None.

    References
    ----------
    .. [1] Altschuler and Bloodgood, "Stopping active learning based on predicted change
       of F measure for text classification", ICSC 2019.

    Examples
    --------
    >>> from skactive.stopping import DeltaF, Round
    >>> criterion = DeltaF(window=1)
    >>> for n, y in (10, [1, 1, 0]), (20, [1, 0, 0]), (30, [1, 0, 0]):
    ...     stopped = criterion.update(Round(n, predictions=y, classes=[0, 1]))
    >>> criterion.history_[1:], stopped
    ([0.33333333333333337, 0.0], True)
    """

    needs = ("predictions", "classes")
    _parameter_constraints = {
        "threshold": [Interval(Real, 0, 1, closed="right")],
        "window": [Interval(Integral, 1, None, closed="left")],
        "positive": "no_validation",  # a label of any kind
    }

    def __init__(
        self, threshold: float = 0.05, window: int = 3, positive: Any = None
    ) -> None:
        self.threshold = threshold
        self.window = window
        self.positive = positive

    def _compare(self, now, before, round):
        classes = to_numpy(round.classes)
        if len(classes) > 2:
            raise ValueError(
                f"DeltaF is for two classes, but the model has {len(classes)}; use "
                "StabilizingPredictions instead"
            )
        if len(classes) == 2 and self.positive not in [None, *classes.tolist()]:
            raise ValueError(
                f"positive={self.positive!r} is not one of the classes "
                f"{classes.tolist()}"
            )
        if len(classes) < 2 and self.positive is None:
            return np.nan  # the only class could be the positive or the negative one
        positive = classes[1] if self.positive is None else self.positive
        return _delta_f(now == positive, before == positive)

    def _is_reached(self):
        return bool((self._last(self.window) < self.threshold).all())


def _labels(predictions):
    labels = to_numpy(predictions)
    if labels.ndim != 1 or not len(labels):
        raise ValueError(
            f"predictions must have shape (m,), one label per point of the stop set, "
            f"but have shape {labels.shape}"
        )
    return labels


def _kappa(now, before):
    """Cohen's kappa; 1 if both rounds predict one and the same class only."""
    _, places = np.unique(np.concatenate([now, before]), return_inverse=True)
    # NumPy 2.0.0 gives the inverse the shape of its input, hence ravel
    now, before = np.split(places.ravel(), 2)
    c = places.max() + 1
    share, share_before = (np.bincount(y, minlength=c) / len(y) for y in (now, before))
    observed, chance = np.mean(now == before), share @ share_before
    if c == 1:  # agreement by chance is 1 too: kappa would be 0 / 0
        return 1.0
    return (observed - chance) / (1 - chance)


def _delta_f(now, before):
    both, one = np.sum(now & before), np.sum(now ^ before)
    return 0.0 if both + one == 0 else 1 - 2 * both / (2 * both + one)
