"""How uncertain the model still is; layer 5."""

from numbers import Real

import numpy as np
from scipy.special import entr

from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import Interval
from skactive.metrics._checks import check_probabilities
from skactive.stopping._criterion import StoppingCriterion

__all__ = ["OverallUncertainty"]


class OverallUncertainty(StoppingCriterion):
    """Stop when the model is certain of the stop set: mean entropy over log c [1]_.

    It believes the model: one that is overconfident stops it early, and one that is
    never sure, such as a forest with large leaves, never does.

    Parameters
    ----------
    threshold : float, default=0.05
        It stops when the mean is less than that, between 0 and 1.

    Attributes
    ----------
    stopped_at_ : int or None
        Number of labels when it stopped; None if it has not.
    history_ : list of float
        Mean entropy of each round as a share of log c; NaN where the model knows one
        class only.

    References
    ----------
    .. [1] Zhu, Wang and Hovy, "Multi-criteria-based strategy to stop active learning
       for data annotation", COLING 2008.

    Examples
    --------
    >>> from skactive.stopping import OverallUncertainty, Round
    >>> criterion = OverallUncertainty()
    >>> criterion.update(Round(10, probabilities=[[0.5, 0.5], [1, 0]]))
    False
    >>> criterion.history_
    [0.5]
    """

    needs = ("probabilities",)
    _parameter_constraints = {"threshold": [Interval(Real, 0, 1, closed="right")]}

    def __init__(self, threshold: float = 0.05) -> None:
        self.threshold = threshold

    def _value(self, round):
        p_nc = to_numpy(round.probabilities)
        check_probabilities(p_nc, "probabilities", "(n, c)")
        c = p_nc.shape[1]
        if c == 1:
            return np.nan  # one class is certain before anything was learnt
        return float(entr(p_nc.astype(np.float64)).sum(axis=1).mean() / np.log(c))

    def _is_reached(self):
        return self.history_[-1] < self.threshold
