"""RandomSampling: the baseline that every strategy has to beat; layer 4."""

from skactive.base import QueryStrategy
from skactive.distributed import as_pool
from skactive.selection import Scores, top_of
from skactive.selection._budget import in_order
from skactive.selection._terms import PLAIN

__all__ = ["RandomSampling"]


class RandomSampling(QueryStrategy):
    """Random sampling: select points uniformly at random.

    The baseline that every other strategy has to beat.

    Parameters
    ----------
    estimator : object, default=None
        Model that is fitted and to which ``predict`` and similar methods are delegated;
        it does not affect the selection.
    random_state : int, RandomState or None, default=None
        Controls the randomness of the model and the selection. With an int, all queries
        of pools of the same size return the same batch.

    Attributes
    ----------
    sampler_ : PosteriorSampler or None
        The fitted posterior sampler; None if `estimator` is None.
    estimator_ : estimator or None
        The fitted model; None if `estimator` is None.

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
        # in random order, regardless of cost, every point that the budget still affords
        return in_order(f.gains(f.start()), n, terms.cost, terms.budget)
