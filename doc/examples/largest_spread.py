"""LargestSpread: points on whose class some draws are sure and others are not."""

from array_api_compat import array_namespace

from skactive import PointwiseStrategy


class LargestSpread(PointwiseStrategy):
    """Ask where the draws differ most on the probability of one class."""

    tasks = ("classification",)

    def _score(self, p_nkc):
        xp = array_namespace(p_nkc)
        return xp.max(xp.std(p_nkc, axis=1), axis=1)
