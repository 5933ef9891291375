"""Predictions of one round against those of the round before; layer 5."""

from numbers import Integral, Real
from typing import Any

import numpy as np

from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import Interval
from skactive.stopping._criterion import StoppingCriterion
from skactive.stopping._round import Round

__all__ = ["ClassificationChange", "DeltaF", "StabilizingPredictions"]

# means of kappas are rounded: three times .99 is to be .99
ROUNDING = 1e-12


class _Agreement(StoppingCriterion):
    """Compares predictions on the stop set with those of the round before."""

    needs: tuple[str, ...] = ("predictions",)
    _before: np.ndarray | None = None

    def _value(self, round: Round) -> float:
        now, before = _labels(round.predictions), self._before
        self._before = now.copy()
        if before is None:
            return np.nan
        if len(now) != len(before):
            raise ValueError(
                f"the stop set has {len(now)} points, and had {len(before)} in the "
                "round before: it must be the same in all rounds"
            )
        return float(self._compare(now, before, round))

    def _compare(self, now: np.ndarray, before: np.ndarray, round: Round) -> float:
        """The figure of two rounds."""
        raise NotImplementedError

    def _last(self, window: int) -> np.ndarray:
        """The last figures; NaN where there are not yet so many."""
        last = np.full(window, np.nan)
        known = self.history_[-window:]
        last[: len(known)] = known
        return last


class StabilizingPredictions(_Agreement):
    """Stop when predictions no longer change, by Cohen's kappa [1]_.

    After each round, the agreement between predictions on the stop set and those of
    the round before, with agreement by chance taken out; it stops when the mean over
    the last rounds is high enough. Where both rounds predict one and the same class,
    kappa is 1.

    Parameters
    ----------
    threshold : float, default=0.99
        The mean kappa at which to stop.
    window : int, default=3
        Number of kappas to average.

    Attributes
    ----------
    stopped_at_ : int or None
        Number of labels when it stopped; None if it has not.
    history_ : list of float
        Kappa of each round; NaN in the first.

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
    """Stop when no prediction on the stop set changes [1]_.

    Parameters
    ----------
    threshold : float, default=0.0
        The largest share of changed predictions at which to stop.
    window : int, default=1
        In how many rounds in a row.

    Attributes
    ----------
    stopped_at_ : int or None
        Number of labels when it stopped; None if it has not.
    history_ : list of float
        Share of predictions that changed in each round; NaN in the first.

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
    """Stop when the F-measure can have changed little, for two classes [1]_.

    With a points of the stop set positive in both rounds, and b and c in one of them
    alone, the change is ``1 - 2a / (2a + b + c)``: one minus the F1 of one round's
    predictions against the other's. It is 0 where neither round has positives.

    Parameters
    ----------
    threshold : float, default=0.05
        It stops when the change is less than that.
    window : int, default=3
        In how many rounds in a row.
    positive : int, str or bool, default=None
        The positive class; by default the second of the classes, as in scikit-learn.

    Attributes
    ----------
    stopped_at_ : int or None
        Number of labels when it stopped; None if it has not.
    history_ : list of float
        The change of each round; NaN in the first, and where by `positive` of None the
        model knew one class only.

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
                f"DeltaF is for two classes, and the model knows {len(classes)}: use "
                "StabilizingPredictions"
            )
        if len(classes) == 2 and self.positive not in [None, *classes.tolist()]:
            raise ValueError(
                f"positive={self.positive!r} is none of the classes {classes.tolist()}"
            )
        if len(classes) < 2 and self.positive is None:
            return np.nan  # it could be the positive class or the negative one
        positive = classes[1] if self.positive is None else self.positive
        return _delta_f(now == positive, before == positive)

    def _is_reached(self):
        return bool((self._last(self.window) < self.threshold).all())


def _labels(predictions):
    labels = to_numpy(predictions)
    if labels.ndim != 1 or not len(labels):
        raise ValueError(
            f"predictions have shape {labels.shape}, and one label for each point of "
            "the stop set is due: (m,)"
        )
    return labels


def _kappa(now, before):
    """Cohen's kappa; 1 where both are constant and equal."""
    _, places = np.unique(np.concatenate([now, before]), return_inverse=True)
    now, before = np.split(places.ravel(), 2)
    c = places.max() + 1
    share, share_before = (np.bincount(y, minlength=c) / len(y) for y in (now, before))
    observed, chance = np.mean(now == before), share @ share_before
    if c == 1:
        return 1.0
    return (observed - chance) / (1 - chance)


def _delta_f(now, before):
    both, one = np.sum(now & before), np.sum(now ^ before)
    return 0.0 if both + one == 0 else 1 - 2 * both / (2 * both + one)
