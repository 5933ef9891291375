"""Functions evaluated at points, in chunks; layer 3."""

from abc import ABCMeta, abstractmethod
from collections.abc import Callable
from typing import Any, Self, TypeAlias

import numpy as np

from skactive._utils.array import (
    Array,
    chunk_rows,
    map_rows,
    move,
    namespace,
)
from skactive._utils.lazy import LazyArray, fits
from skactive._utils.scikit_learn import n_rows, take_rows
from skactive.samplers._checks import check_draws

__all__ = ["EvaluationMixin"]

Reduction: TypeAlias = Callable[[Array], Array]


class EvaluationMixin(metaclass=ABCMeta):
    """Functions of a fitted sampler, and their values at points: draws (n, k, c)."""

    n_draws_: int
    n_outputs_: int
    device: str | None

    @property
    def is_pointwise(self) -> bool:
        """Whether equal rows give equal draws in whatever company they are asked.

        If not, functions keep what they drew: rows asked again have the same draws, and
        others are drawn given these.
        """
        return True

    def pointwise(self) -> Self:
        """Return a sampler whose functions do not look at the points beside a point.

        Blocks of a pool on a cluster are drawn apart, each by functions of its own from
        equal generators: these must be the same functions. A strategy calls it before
        it queries a dask collection.

        Returns
        -------
        PosteriorSampler
            Fitted; itself by default.

        Raises
        ------
        TypeError
            If all that is known are joint draws at the points of one query.
        """
        return self

    @abstractmethod
    def functions(self, rng: np.random.Generator) -> Callable[[Any], Array]:
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

    def draw(
        self, X: Any, rng: np.random.Generator | int, then: Reduction | None = None
    ) -> Array:
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

    def evaluate(
        self,
        functions: Callable[[Any], Array],
        X: Any,
        then: Reduction | None = None,
        first: int = 0,
    ) -> Array:
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

        return map_rows(chunk, n_rows(X), self._rows_per_chunk())

    def evaluate_lazily(
        self,
        functions: Callable[[Any], Array],
        X: Any,
        then: Reduction | None = None,
        beside: int = 0,
        first: int = 0,
    ) -> Array | LazyArray:
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
        # joint draws depend on what is drawn first, which memory must not decide
        few = 1 if self.is_pointwise else self._rows_per_chunk()
        row = self.evaluate(functions, take_rows(X, slice(0, few)), then, first)[:1]
        if fits(n * (row.nbytes + beside)):  # in float32, say
            return self.evaluate(functions, X, then, first)

        def make(rows):
            start = first + (rows.start or 0) if isinstance(rows, slice) else first
            return self.evaluate(functions, take_rows(X, rows), then, start)

        return LazyArray(make, n, row, self._rows_per_chunk())

    def _check_draws(self, p_nkc, rows):
        """Raise ``ValueError`` naming the first row whose draws cannot be."""
        shape = rows.stop - rows.start, self.n_draws_, self.n_outputs_
        check_draws(p_nkc, shape, rows.start, self)

    def _slack(self, p_nkc):
        """How far the rounding of many classes may take a sum from one."""
        return 1e-2 if p_nkc.dtype == namespace(p_nkc).float16 else 1e-3

    def _rows_per_chunk(self):
        return chunk_rows(8 * self.n_draws_ * self.n_outputs_)
