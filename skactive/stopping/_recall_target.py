"""RecallTarget: stop when enough of the relevant points are found; layer 5."""

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
    """Stop when a target recall is reached, by a test on the points read last [1]_.

    The null hypothesis is that the target is missed, so that more than `K0` relevant
    points were still unread when `start` points had been read. The p-value is the
    probability of finding as few relevant points as were found since then, or fewer, if
    the points read since were a random sample of the unread ones. The criterion stops
    when ``p < 1 - confidence``.

    Parameters
    ----------
    positive : label or array-like of labels, default=1
        The relevant class or classes.
    recall : float, default=0.95
        Target recall: fraction of the relevant points that must be found.
    confidence : float, default=0.95
        One minus the allowed probability of stopping too early.
    start : int, default=None
        Test the points read after the first `start` ones.
    starts : {"all"}, default=None
        "all" runs the test from every start and takes the smallest p-value: the
        published heuristic. Exactly one of `start` and `starts` must be given; see
        Notes for what each guarantees.
    look : int, default=None
        Test only once, in the first round with at least this many labels; by default
        in every round.

    Attributes
    ----------
    stopped_at_ : int or None
        Number of labels when the criterion stopped; None if it has not.
    history_ : list of float
        The p-value of each round; NaN if no test was made.

    Notes
    -----
    The guarantee that the recall is missed with probability at most
    ``1 - confidence`` holds for one `start` and one `look`, both fixed in advance, and
    points read in random order after `start`. It does not hold for ``starts="all"`` or
    for several looks, as the minimum over many tests is not corrected for multiple
    testing. If the points that the model ranks highest are read first, those read last
    contain fewer relevant points than a random sample would, and the test is
    conservative; but relevant points that the model ranks last are missed, whatever the
    confidence.

    References
    ----------
    .. [1] Callaghan and Müller-Hansen, "Statistical stopping criteria for automated
       screening in systematic reviews", Systematic Reviews 2020.

    Examples
    --------
    96 of 100 points have been read, and none is relevant:

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
        "positive": "no_validation",  # a label of any type
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
                "RecallTarget needs exactly one of start=i, which holds its guarantee "
                "for a single look, and starts='all', the published heuristic"
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
    """Mask of the labels read that are relevant: (n_read,)."""
    labels = to_numpy(round.labels)
    if labels.ndim != 1:
        raise ValueError(
            f"labels must have shape (n_read,), one label per point that was read, but "
            f"have shape {labels.shape}"
        )
    if len(labels) > round.n_points:
        raise ValueError(
            f"n_points={round.n_points} is smaller than the number of labels, "
            f"{len(labels)}; n_points counts all points, read and unread"
        )
    return np.isin(labels, np.atleast_1d(np.asarray(positive)))


def _p_values(
    relevant: ArrayLike, n_points: int, recall: float, starts: np.ndarray
) -> np.ndarray:
    """Compute the p-value of each start, as in [1]_ of `RecallTarget`, "Methods".

    Parameters
    ----------
    relevant : ndarray of bool, shape (n_read,)
        Which labels are relevant, in reading order.
    n_points : int
        N, the number of points, read and unread.
    recall : float
        The target recall, tau.
    starts : ndarray of int, shape (s,)
        Numbers i of labels before the sample that each test looks at.

    Returns
    -------
    ndarray of shape (s,)
        The p-values.
    """
    before = np.concatenate([[0], np.cumsum(relevant)])  # r_i
    seen, n_read = before[-1], len(before) - 1
    urn, drawn = n_points - starts, n_read - starts  # N_i, n
    found = seen - before[starts]  # k
    # K0, the smallest number of relevant points left in the urn with which the target
    # would be missed; 12 / .8 is less than 15 in floating point, hence the margin
    missed = np.floor(seen / recall - before[starts] + 1 + 1e-9).astype(np.int64)
    # finding so few is impossible (p = 0) where too few other points were left unread
    possible = missed - found <= urn - drawn
    p = np.zeros(len(starts))
    p[possible] = hypergeom.cdf(
        found[possible], urn[possible], missed[possible], drawn[possible]
    )
    return p
