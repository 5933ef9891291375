"""Evaluation of functions at points, in chunks; layer 3."""

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
    """Mixin for samplers: evaluates drawn functions at points, as draws (n, k, c)."""

    n_draws_: int
    n_outputs_: int
    device: str | None

    @property
    def is_pointwise(self) -> bool:
        """Whether the draws at a point do not depend on the other points evaluated.

        If they do, functions remember what they drew: rows that are evaluated again get
        the same draws, and new rows are drawn conditionally on them.
        """
        return True

    @property
    def has_gradient(self) -> bool:
        """Whether torch can follow a fitted sampler's functions from points to draws.

        Draws at a tensor that requires gradients then have them.
        """
        return False

    def pointwise(self) -> Self:
        """Return a sampler whose draws at a point do not depend on other points.

        On a cluster, each partition of a pool is evaluated by functions of its own,
        made from equal generators. They must be the same functions. A strategy calls
        this method before it queries a dask collection.

        Returns
        -------
        PosteriorSampler
            A fitted sampler; by default this one.

        Raises
        ------
        TypeError
            If the model can only be sampled jointly at the points of a query.
        """
        return self

    @abstractmethod
    def functions(self, rng: np.random.Generator) -> Callable[[Any], Array]:
        """Draw `n_draws_` functions from the posterior.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness. All random numbers must be drawn here, not when the
            functions are called.

        Returns
        -------
        callable
            ``X -> (n, k, c)``: class probabilities or predicted values. The draws at a
            point must not depend on the other points in `X`, unless `is_pointwise` is
            False.
        """

    def draw(
        self, X: Any, rng: np.random.Generator | int, then: Reduction | None = None
    ) -> Array:
        """Draw functions and evaluate them at all points, in chunks.

        Parameters
        ----------
        X : array-like of n points
            Points, in any form that the model accepts.
        rng : numpy.random.Generator or int
            Source of randomness.
        then : callable, default=None
            Reduces each chunk of draws (m, k, c) to an array whose first axis has
            length m, so that a pool can be scored without storing its draws.

        Returns
        -------
        array of shape (n, k, c), or what `then` makes of it
            The draws, as a NumPy array or tensor.

        Raises
        ------
        ValueError
            If the draws have the wrong shape, are not finite, or not probabilities.
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
            Functions drawn by ``functions(rng)``.
        X : array-like of n points
            Points, in any form that the model accepts.
        then : callable, default=None
            Reduction of each chunk; see ``draw``.
        first : int, default=0
            Number, in the pool, of the first point, from which error messages count.

        Returns
        -------
        array of shape (n, k, c), or what `then` makes of it
            The draws, as a NumPy array or tensor.
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
        """Evaluate given functions at all points, or lazily if memory is short.

        Draws that need more than scikit-learn's ``working_memory`` are recomputed
        whenever rows are indexed: slower, but with the same result.

        Parameters
        ----------
        functions : callable
            Functions drawn by ``functions(rng)``.
        X : array-like of n points
            Points, in any form that the model accepts.
        then : callable, default=None
            Reduction of each chunk; see ``draw``.
        beside : int, default=0
            Bytes per point that the caller stores in addition.
        first : int, default=0
            Number of the first point; see ``evaluate``.

        Returns
        -------
        array or LazyArray of shape (n, k, c), or what `then` makes of it
            The draws; rows can be indexed by an integer, a slice or an array.
        """
        n, row_bytes = n_rows(X), 8 * self.n_draws_ * self.n_outputs_ + beside
        if fits(n * row_bytes):
            return self.evaluate(functions, X, then, first)
        # joint draws depend on the points drawn first, which must not depend on memory,
        # so they start with the same chunk as `evaluate`
        few = 1 if self.is_pointwise else self._rows_per_chunk()
        row = self.evaluate(functions, take_rows(X, slice(0, few)), then, first)[:1]
        if fits(n * (row.nbytes + beside)):  # draws may be in float32, or `then` small
            return self.evaluate(functions, X, then, first)

        def make(rows):
            start = first + (rows.start or 0) if isinstance(rows, slice) else first
            return self.evaluate(functions, take_rows(X, rows), then, start)

        return LazyArray(make, n, row, self._rows_per_chunk())

    def _check_draws(self, p_nkc, rows):
        """Raise ``ValueError`` that names the first row with invalid draws."""
        shape = rows.stop - rows.start, self.n_draws_, self.n_outputs_
        check_draws(p_nkc, shape, rows.start, self)

    def _slack(self, p_nkc):
        """Largest rounding error of a sum over many classes."""
        return 1e-2 if p_nkc.dtype == namespace(p_nkc).float16 else 1e-3

    def _rows_per_chunk(self):
        return chunk_rows(8 * self.n_draws_ * self.n_outputs_)
