"""Stopping criteria based on the model's uncertainty; layer 5."""

from numbers import Real

import numpy as np
from scipy.special import entr

from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import Interval
from skactive.metrics._checks import check_probabilities
from skactive.stopping._criterion import StoppingCriterion

__all__ = ["OverallUncertainty"]


class OverallUncertainty(StoppingCriterion):
    """Stop when the mean predictive entropy on the stop set is low [1]_.

    The entropy is normalized by log c, for c classes. The criterion trusts the model:
    it stops too early if the model is overconfident, and never if the model is never
    certain, such as a forest with large leaves.

    Parameters
    ----------
    threshold : float, default=0.05
        Stop when the mean normalized entropy, between 0 and 1, is below this.

    Attributes
    ----------
    stopped_at_ : int or None
        Number of labels when the criterion stopped; None if it has not.
    history_ : list of float
        Mean normalized entropy of each round; NaN if the model knows only one class.

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
            return np.nan  # with one class the entropy is 0 before anything was learnt
        return float(entr(p_nc.astype(np.float64)).sum(axis=1).mean() / np.log(c))

    def _is_reached(self):
        return self.history_[-1] < self.threshold
