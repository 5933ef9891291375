"""GreedySampling: diversity in features and predicted values; layer 5."""

import functools
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.utils import gen_batches

from skactive._utils.array import (
    carry,
    map_rows,
    namespace,
    resolution,
    rounded,
    to_numpy,
    zero_below,
)
from skactive._utils.scikit_learn import StrOptions, n_rows, take_rows
from skactive.base import LabelledStrategy
from skactive.distributed import as_pool, objective_over
from skactive.information import mean_of_draws
from skactive.objectives import FeatureDistances, check_metric, distances
from skactive.selection import DivisibleSetFunction

__all__ = ["GreedySampling", "LeastProduct"]

AT_ONCE = 1024  # labelled points per block when measuring distances


class LeastProduct(DivisibleSetFunction):
    """Smallest product of distances to any labelled or picked point.

    The state is this product for each point of the pool.

    Parameters
    ----------
    kinds : sequence of FeatureDistances or CallableDistances
        The distances to multiply, between the same points: in features, in values.
    errors : sequence of float
        Rounding error of each kind of distance; shorter distances count as 0.
    """

    diminishing = True
    costly = False  # a state holds the gains of all points
    remedy = (
        "Each has the same features or predicted value as a labelled or selected "
        "point: other features, a less regularised model or a smaller batch may help."
    )

    def __init__(self, kinds: Sequence[Any], errors: Sequence[float]) -> None:
        self.kinds, self.errors = kinds, errors
        self.labelled_n = self._to_labelled()

    def start(self):
        """Return the state of the empty set: products to the labelled points."""
        return self.labelled_n

    def gains(self, state, rows=None):
        """Return the smallest product of each point (of `rows`): (n,), float64."""
        return state if rows is None else state[rows]

    def message(self, i):
        """Return what other parts need to know about point `i`: features and values."""
        return [take_rows(kind.pool, slice(i, i + 1)) for kind in self.kinds]

    def receive(self, state, message):
        """Return the state after picking the point in `message`."""
        return namespace(state).minimum(state, self._least(message))

    def _to_labelled(self):
        first = self.kinds[0]
        if not n_rows(first.labelled):
            return first.to_labelled()
        few = min(AT_ONCE, *(kind.rows_per_chunk(1) for kind in self.kinds))
        blocks = (
            self._least([take_rows(kind.labelled, some) for kind in self.kinds])
            for some in gen_batches(n_rows(first.labelled), few)
        )
        return functools.reduce(lambda a, b: namespace(a).minimum(a, b), blocks)

    def _least(self, points):
        """Smallest product of distances from each point to any of `points`: (n,)."""
        n_points = n_rows(points[0])

        def chunk(rows):
            tables = (
                zero_below(kind.to_points(rows, some), error)
                for kind, some, error in zip(
                    self.kinds, points, self.errors, strict=True
                )
            )
            product = functools.reduce(operator.mul, tables)
            return namespace(product).min(product, axis=1)

        size = min(kind.rows_per_chunk(n_points) for kind in self.kinds)
        return map_rows(chunk, len(self.kinds[0]), size)


class GreedySampling(LabelledStrategy):
    """Improved greedy sampling for regression (iGS) [1]_.

    The gain of a point is the smallest product, over labelled and picked points, of the
    distance in features and the distance in (predicted) values. Selected points are
    therefore far from all labelled ones in both.

    Parameters
    ----------
    estimator : object
        A regressor with one target or several. It also provides the features: the input
        of a net's last layer, the output of a pipeline's transformers, or the points
        themselves for other models.
    on : {"both", "x", "y"}, default="both"
        Distances to use: the product of both (iGS in the paper), those in features only
        (GSx, which equals `CoreSet`), or those in values only (GSy).
    metric : {"euclidean", "cosine"} or callable, default="euclidean"
        Distance in features. A callable takes two points, of any kind, and returns a
        float. Distances in values are Euclidean.
    random_state : int, RandomState or None, default=None
        Controls the randomness of the model and of the draws whose mean is the
        prediction. Pass an int for reproducible results.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted posterior sampler.
    estimator_ : estimator
        The fitted model.

    Notes
    -----
    The values of picked and pending points are not known, and are replaced by their
    predictions. Distances depend on the units of features and targets, so scale both.
    Predictions that differ by no more than rounding error count as equal. Without
    labelled points the first pick is the first candidate, with an infinite gain.

    References
    ----------
    .. [1] Wu, Lin and Huang, "Active learning for regression using greedy sampling",
       Information Sciences 474, 2019.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> from skactive import GreedySampling
    >>> X, y = np.array([[0.0], [1.0]]), np.array([0.0, 2.0])
    >>> strategy = GreedySampling(LinearRegression()).fit(X, y)
    >>> strategy.query(np.array([[0.5], [2.0], [4.0]]), n=2, return_scores=True)
    (array([2, 1]), array([18.,  2.]))
    """

    tasks = ("regression",)
    needs = "mean"
    distributed = True
    copies_add_nothing = True

    _parameter_constraints = {
        **LabelledStrategy._parameter_constraints,
        "on": [StrOptions({"both", "x", "y"})],
        "metric": [StrOptions({"euclidean", "cosine"}), callable],
    }

    def __init__(
        self, estimator=None, *, on="both", metric="euclidean", random_state=None
    ):
        super().__init__(estimator, random_state=random_state)
        self.on = on
        self.metric = metric

    def fit(self, X, y=None, **fit_params):
        """Fit the model on the labelled data, and keep a copy of the data.

        Parameters
        ----------
        X : array-like of n points
            The labelled points, in any container that the model accepts.
        y : array-like of shape (n,) or (n, n_targets), default=None
            Their values.
        **fit_params : dict
            Passed to the model's ``fit``.

        Returns
        -------
        self : object
            The fitted strategy.

        Raises
        ------
        ValueError
            If `X` has points and `y` is None; values inside a ``Dataset`` are not
            read.
        """
        if y is None and n_rows(X):
            raise ValueError(
                "GreedySampling requires y to be passed, but the target y is None: it "
                f"measures distances to the values of the {n_rows(X)} labelled points. "
                "If X is a Dataset, also pass its values as y"
            )
        super().fit(X, y, **fit_params)
        n_targets = self.sampler_.n_outputs_
        values = np.empty((0, n_targets)) if y is None else to_numpy(y)
        self._y_labelled = values.astype(np.float64).reshape(-1, n_targets)
        return self

    def _objective(self, X_pool, rng):
        pool = as_pool(X_pool)
        check_metric(self.metric, pool)
        functions = None if self.on == "x" else self._functions(rng)
        return objective_over(pool.map(self._least_product, functions))

    def _least_product(self, X, first, functions):
        """Build the objective over one part of the pool."""
        kinds = [] if self.on == "y" else [distances(*self._embedded(X), self.metric)]
        errors = [0.0] * len(kinds)
        if self.on != "x":
            f_nt = self.sampler_.evaluate(functions, X, rounded(mean_of_draws), first)
            xp = namespace(f_nt)  # its dtype, that of the draws, sets the error
            errors.append(resolution(f_nt) * float(xp.max(xp.abs(f_nt))))
            like = kinds[0].like if kinds else f_nt
            kinds.append(_between(f_nt, self._y_labelled, like))
        return LeastProduct(kinds, errors)


def _between(f_nt, y_mt, like):
    """Distances between values, on the array library and device of `like`."""
    return FeatureDistances(carry(f_nt, like), carry(y_mt, like))
