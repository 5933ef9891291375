"""PosteriorSampler: a fitted model from which whole functions can be drawn.

Layer 3. Draw ``k`` is the same function at every point, in every chunk, and whenever
rows are asked again: a sampler returns functions, and only they make numbers.
"""

from abc import ABCMeta, abstractmethod
from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, clone, is_classifier, is_regressor

from skactive._utils.array import (
    chunk_rows,
    map_rows,
    move,
    namespace,
    to_numpy,
    torch_chance_kept,
    torch_seed,
)
from skactive._utils.lazy import LazyArray, fits
from skactive._utils.scikit_learn import Interval, n_rows, take_rows
from skactive.samplers._routing import NestedEstimatorMixin, route
from skactive.samplers._unwrap import is_frozen, unwrap
from skactive.samplers._vote import one_model

__all__ = ["PosteriorSampler", "is_frozen", "unwrap"]


class PosteriorSampler(NestedEstimatorMixin, BaseEstimator, metaclass=ABCMeta):
    """A fitted model from which whole functions can be drawn.

    Derive from it, and define ``functions(rng)``, to make a model of yours known to
    every strategy.

    Parameters
    ----------
    estimator : estimator
        The model; cloned and fitted by ``fit``, but for a ``FrozenEstimator``, which
        stays as it was trained. It may stand at the end of a ``Pipeline``.
    n_draws : int, default=50
        Number of functions drawn for a query.
    device : str or None, default=None
        Where the draws go: None leaves them where the model made them, "numpy", "cpu"
        and "cuda" move them, chunk by chunk.
    random_state : int, RandomState or None, default=None
        Seeds what the fit leaves to chance in torch: the initialisation and training
        of nets. A strategy with a ``random_state`` fills it in.

    Attributes
    ----------
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The labels that the last axis of draws stands for (classification).
    n_draws_ : int
        The k of the draws.
    n_outputs_ : int
        The c of the draws: classes, or regression targets.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import BayesianRidge
    >>> from skactive.samplers import PosteriorSampler
    >>> class WeightSampler(PosteriorSampler):
    ...     def functions(self, rng):
    ...         line = self.estimator_
    ...         w_kd = rng.multivariate_normal(line.coef_, line.sigma_, self.n_draws_)
    ...         return lambda X: (line.intercept_ + X @ w_kd.T)[:, :, None]
    >>> X, y = load_diabetes(return_X_y=True)
    >>> WeightSampler(BayesianRidge(), n_draws=20).fit(X, y).draw(X, rng=0).shape
    (442, 20, 1)
    """

    _parameter_constraints = {
        "estimator": "no_validation",
        "n_draws": [Interval(Integral, 1, None, closed="left"), None],
        "device": "no_validation",
        "random_state": ["random_state"],
    }

    def __init__(self, estimator, *, n_draws=50, device=None, random_state=None):
        self.estimator = estimator
        self.n_draws = n_draws
        self.device = device
        self.random_state = random_state

    @staticmethod
    def accepts(final):
        """Whether `as_sampler` wraps models like `final` in this sampler.

        Parameters
        ----------
        final : object
            A model, out of its pipelines.

        Returns
        -------
        bool
            Never so by default.
        """
        return False

    @property
    def task(self):
        """Either "classification" or "regression"; read off the model."""
        final = unwrap(self.estimator)[1]
        if is_classifier(final):
            return "classification"
        if is_regressor(final):
            return "regression"
        raise TypeError(f"{final!r} is neither a classifier nor a regressor")

    def fit(self, X, y, **fit_params):
        """Clone the model and fit it.

        Parameters
        ----------
        X : array-like of n points
            Whatever the model accepts.
        y : array-like of shape (n,) or (n, n_targets)
            Their labels or values.
        **fit_params : dict
            Passed to the model's ``fit``.

        Returns
        -------
        self : object
            The fitted sampler.
        """
        self._validate_params()
        with torch_seed(self.random_state):
            self.estimator_ = clone(one_model(self.estimator), safe=False)
            self.estimator_.fit(X, y, **route(self, "fit", fit_params))
        self.n_draws_ = self._count_draws()
        self._learn_outputs(X, y)
        return self

    def _count_draws(self):
        return self.n_draws

    def _learn_outputs(self, X, y):
        """Set ``n_outputs_`` and ``classes_``."""
        if self.task == "classification":
            self.classes_ = np.asarray(self.estimator_.classes_)
            if self.classes_.ndim != 1:
                raise ValueError(f"{self._name} predicts several labels a point")
            self.n_outputs_ = len(self.classes_)
        else:
            y = to_numpy(y)
            self.n_outputs_ = 1 if y.ndim < 2 else y.shape[1]

    def check_randomness(self):
        """Raise ``ValueError`` where all functions would be one and the same.

        Strategies that need disagreement call it once the model is fitted.
        """

    def check_mean(self):
        """Raise ``TypeError`` where not even a mean prediction can be had.

        Strategies that look at the mean call it once the model is fitted.
        """

    @abstractmethod
    def functions(self, rng):
        """Draw `n_draws_` functions from the posterior.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of chance; whatever the functions need of it is drawn here, none
            when they are called.

        Returns
        -------
        callable
            ``X -> (n, k, c)``: class probabilities or predicted values. Equal rows
            give equal draws, in whatever company.
        """

    def draw(self, X, rng, then=None):
        """Draw functions and evaluate them at all points, in chunks.

        Parameters
        ----------
        X : array-like of n points
            Whatever the model accepts.
        rng : numpy.random.Generator or int
            Source of chance.
        then : callable, default=None
            Reduces each chunk of draws (m, k, c) as it comes to an array whose first
            axis is m, so that a pool is scored without holding its draws.

        Returns
        -------
        array of shape (n, k, c), or what `then` makes of it
            NumPy array or tensor.

        Raises
        ------
        ValueError
            If the draws are no probabilities, not finite or of the wrong shape.
        """
        return self.evaluate(self.functions(np.random.default_rng(rng)), X, then)

    def evaluate(self, functions, X, then=None, first=0):
        """Evaluate given functions at all points, in chunks.

        A query draws functions once and evaluates them wherever it needs them.

        Parameters
        ----------
        functions : callable
            From ``functions(rng)``.
        X : array-like of n points
            Whatever the model accepts.
        then : callable, default=None
            As in ``draw``.
        first : int, default=0
            Number, in the pool, of the first point of `X`; errors name points by it.

        Returns
        -------
        array of shape (n, k, c), or what `then` makes of it
            NumPy array or tensor.
        """

        def chunk(rows):
            p_nkc = functions(take_rows(X, rows))
            self._check_draws(p_nkc, slice(first + rows.start, first + rows.stop))
            p_nkc = move(p_nkc, self.device)
            return p_nkc if then is None else then(p_nkc)

        with torch_chance_kept():  # nets may be anywhere: in lists, votes, pipelines
            return map_rows(chunk, n_rows(X), self._rows_per_chunk())

    def evaluate_lazily(self, functions, X, then=None, beside=0, first=0):
        """Evaluate given functions at all points, and hold that if there is room.

        Draws that take more than scikit-learn's ``working_memory`` are made again for
        the rows asked, whenever they are asked: slower, and the same.

        Parameters
        ----------
        functions : callable
            From ``functions(rng)``.
        X : array-like of n points
            Whatever the model accepts.
        then : callable, default=None
            As in ``draw``.
        beside : int, default=0
            Bytes a point that the caller will hold beside them.
        first : int, default=0
            As in ``evaluate``.

        Returns
        -------
        array or LazyArray of shape (n, k, c), or what `then` makes of it
            Rows are taken by an index, a slice or an array of indices.
        """
        n, row_bytes = n_rows(X), 8 * self.n_draws_ * self.n_outputs_ + beside
        if fits(n * row_bytes):
            return self.evaluate(functions, X, then, first)
        row = self.evaluate(functions, take_rows(X, slice(0, 1)), then, first)
        if fits(n * (row.nbytes + beside)):  # in float32, say
            return self.evaluate(functions, X, then, first)

        def make(rows):
            start = first + (rows.start or 0) if isinstance(rows, slice) else first
            return self.evaluate(functions, take_rows(X, rows), then, start)

        return LazyArray(make, n, row, self._rows_per_chunk())

    def embed(self, X):
        """Give the features in which the model sees the points.

        Parameters
        ----------
        X : array-like of n points
            Whatever the model accepts.

        Returns
        -------
        array of shape (n, d)
            The output of the pipeline's transforms, or `X` itself where there is none.
        """
        return self._transform(X)

    @property
    def _final(self):
        """The fitted model at the end of the pipeline."""
        return unwrap(self.estimator_)[1]

    def _transform(self, X):
        for transform in unwrap(self.estimator_)[0]:
            X = transform.transform(X)
        return X

    def _rows_per_chunk(self):
        return chunk_rows(8 * self.n_draws_ * self.n_outputs_)

    def _check_draws(self, p_nkc, rows):
        """Raise ``ValueError`` naming the first row whose draws cannot be."""
        expected = (rows.stop - rows.start, self.n_draws_, self.n_outputs_)
        if tuple(p_nkc.shape) != expected:
            raise ValueError(
                f"{self._name} returned draws of shape {tuple(p_nkc.shape)} where "
                f"(n, k, c) = {expected} is expected"
            )
        xp = namespace(p_nkc)
        if not xp.isdtype(p_nkc.dtype, "real floating"):
            raise ValueError(
                f"{self._name} returned draws of {p_nkc.dtype}; they must be floats"
            )
        total_nk = xp.sum(p_nkc, axis=-1)  # NaN and infinity show in the sum
        if self.task == "regression":
            bad_nk, fault = ~xp.isfinite(total_nk), "are not finite"
        else:
            tolerance = 1e-2 if p_nkc.dtype == xp.float16 else 1e-3
            bad_nk = ~(xp.abs(total_nk - 1) <= tolerance)
            fault = "are not probabilities that sum to one"
            if bool(xp.any(p_nkc < 0)):
                bad_nk = bad_nk | xp.any(p_nkc < 0, axis=-1)
                fault += ", none negative"
        if bool(xp.any(bad_nk)):
            row = int(np.flatnonzero(to_numpy(xp.any(bad_nk, axis=1)))[0])
            raise ValueError(
                f"{self._name}: the draws at row {rows.start + row} {fault}: "
                f"{to_numpy(p_nkc[row])}.{self._hint}"
            )

    @property
    def _name(self):
        return f"{type(self).__name__}({type(unwrap(self.estimator)[1]).__name__})"

    _hint = ""
