"""RandomSampling: the baseline that every strategy has to beat; layer 4."""

from skactive.base import QueryStrategy
from skactive.distributed import as_pool
from skactive.selection import Scores, top_of
from skactive.selection._budget import in_order
from skactive.selection._terms import PLAIN

__all__ = ["RandomSampling"]


class RandomSampling(QueryStrategy):
    """Select points chosen uniformly at random.

    The baseline: a strategy that does not beat it is not worth its time.

    Parameters
    ----------
    estimator : object, default=None
        Any model; it is fitted, and ``predict`` and the like delegated to it, but the
        choice does not depend on it.
    random_state : int, RandomState or None, default=None
        Source of all chance; with an int, every query of a pool of one size gives
        the same batch.

    Attributes
    ----------
    sampler_ : PosteriorSampler or None
        The fitted sampler, if there is a model.
    estimator_ : estimator or None
        The fitted model, if there is one.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive import RandomSampling
    >>> X, y = np.array([[0.0], [1.0]]), np.array([0, 1])
    >>> RandomSampling(random_state=0).fit(X, y).query(np.zeros((9, 1)), n=3).shape
    (3,)
    """

    needs = None
    distributed = True

    def _objective(self, X_pool, rng):
        # the order of independent uniform scores is a uniform permutation
        return Scores(rng.random(len(as_pool(X_pool))))

    def _search(self, f, n, rng, terms=PLAIN):
        if terms.cost is None:
            return top_of(f, n, **terms.options)
        # chance looks at no cost: in a random order, what the budget still affords
        return in_order(f.gains(f.start()), n, terms.cost, terms.budget)
