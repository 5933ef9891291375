"""LargestSpread: points on which the draws disagree about a class."""

from array_api_compat import array_namespace

from skactive import PointwiseStrategy


class LargestSpread(PointwiseStrategy):
    """Select the points where the probability of a class varies most over the draws."""

    tasks = ("classification",)

    def _score(self, p_nkc):
        xp = array_namespace(p_nkc)
        return xp.max(xp.std(p_nkc, axis=1), axis=1)
