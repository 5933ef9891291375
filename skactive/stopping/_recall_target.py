"""RecallTarget: have enough of what is looked for been found; layer 5."""

from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import hypergeom

from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import Interval, StrOptions
from skactive.stopping._criterion import StoppingCriterion

__all__ = ["RecallTarget"]


class RecallTarget(StoppingCriterion):
    """Stop when a recall is reached, by a test on what was read last [1]_.

    Suppose that the recall is missed: more than `K0` relevant points were unread when
    point ``start`` was reached. Were the points read since then a random sample of
    those unread, finding as few relevant ones as were found would have probability p
    or less; it stops when ``p < 1 - confidence``.

    Parameters
    ----------
    positive : label or array-like of labels, default=1
        The class, or classes, that are looked for.
    recall : float, default=0.95
        The share of the relevant points that has to be found.
    confidence : float, default=0.95
        One minus the error that is allowed.
    start : int, default=None
        Test what was read after the first `start` points.
    starts : {"all"}, default=None
        Test from every start, and take the smallest p: the published heuristic. One of
        `start` and `starts` is needed; see Notes for what each promises.
    look : int, default=None
        Test once only, in the first round with so many labels; by default in each.

    Attributes
    ----------
    stopped_at_ : int or None
        Number of labels when it stopped; None if it has not.
    history_ : list of float
        p of each round; NaN where there was no test.

    Notes
    -----
    The promise, that the recall is missed with probability ``1 - confidence`` at most,
    holds for one `start` and one `look`, both fixed before reading, and points in
    random order after `start`. It is not made for ``starts="all"``, nor for several
    looks, as a minimum over many tests is corrected by nothing. With the points that a
    model holds most likely relevant read first, what is read last holds fewer relevant
    points than a random sample would, and the test is conservative; but a group of
    relevant points that the model ranks last is missed, whatever the confidence.

    References
    ----------
    .. [1] Callaghan and Müller-Hansen, "Statistical stopping criteria for automated
       screening in systematic reviews", Systematic Reviews 2020.

    Examples
    --------
    Of 100 points 96 were read, and none is relevant:

    >>> import numpy as np
    >>> from skactive.stopping import RecallTarget, Round
    >>> criterion = RecallTarget(start=0)
    >>> criterion.update(Round(96, labels=np.zeros(96), n_points=100))
    True
    >>> round(criterion.history_[0], 12)
    0.04
    """

    needs = ("labels", "n_points")
    _parameter_constraints = {
        "positive": "no_validation",  # labels of any kind
        "recall": [Interval(Real, 0, 1, closed="right")],
        "confidence": [Interval(Real, 0, 1, closed="neither")],
        "start": [Interval(Integral, 0, None, closed="left"), None],
        "starts": [StrOptions({"all"}), None],
        "look": [Interval(Integral, 1, None, closed="left"), None],
    }

    def __init__(
        self,
        positive: Any = 1,
        *,
        recall: float = 0.95,
        confidence: float = 0.95,
        start: int | None = None,
        starts: str | None = None,
        look: int | None = None,
    ) -> None:
        self.positive = positive
        self.recall = recall
        self.confidence = confidence
        self.start = start
        self.starts = starts
        self.look = look

    def _value(self, round):
        if (self.start is None) == (self.starts is None):
            raise ValueError(
                "RecallTarget needs one of start=i, which keeps its promise for one "
                "look, and starts='all', the published heuristic"
            )
        relevant = _relevant(round, self.positive)
        n = len(relevant)
        looked = not np.isnan(self.history_).all() if len(self.history_) else False
        if self.look is not None and (n < self.look or looked):
            return np.nan
        starts = np.arange(n) if self.start is None else np.array([self.start])
        if not n or starts[0] >= n:
            return np.nan
        p = _p_values(relevant, int(round.n_points), self.recall, starts)
        return float(p.min())

    def _is_reached(self):
        return self.history_[-1] < 1 - self.confidence


def _relevant(round, positive):
    """Which of the labels read are relevant: (n_read,)."""
    labels = to_numpy(round.labels)
    if labels.ndim != 1:
        raise ValueError(
            f"labels have shape {labels.shape}, and one for each point that was read "
            "is due: (n_read,)"
        )
    if len(labels) > round.n_points:
        raise ValueError(f"{len(labels)} labels were read of n_points={round.n_points}")
    return np.isin(labels, np.atleast_1d(np.asarray(positive)))


def _p_values(
    relevant: ArrayLike, n_points: int, recall: float, starts: np.ndarray
) -> np.ndarray:
    """The p of each start, as in Callaghan and Müller-Hansen, "Methods".

    Parameters
    ----------
    relevant : ndarray of bool, shape (n_read,)
        Which labels are relevant, in the order of reading.
    n_points : int
        N, how many points there are.
    recall : float
        The target, tau.
    starts : ndarray of int, shape (s,)
        Numbers i of labels that the tests leave out.

    Returns
    -------
    ndarray of shape (s,)
        Between 0 and 1.
    """
    before = np.concatenate([[0], np.cumsum(relevant)])  # r_i
    seen, n_read = before[-1], len(before) - 1
    urn, drawn = n_points - starts, n_read - starts  # N_i, n
    found = seen - before[starts]  # k
    # K0, the fewest relevant ones in the urn with which the recall would be missed; the
    # margin keeps 12 / .8 from being less than 15
    missed = np.floor(seen / recall - before[starts] + 1 + 1e-9).astype(np.int64)
    possible = missed - found <= urn - drawn
    p = np.zeros(len(starts))
    p[possible] = hypergeom.cdf(
        found[possible], urn[possible], missed[possible], drawn[possible]
    )
    return p
