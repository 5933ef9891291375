"""QueryStrategy: an estimator that says what to label next.

Layer 4. ``fit`` on what is labelled, ``query`` for the points to label next. A strategy
adds its objective, the acquisition function; checks, restriction to candidates, seeds
and delegation to the model are here, once for all.
"""

import copy
from abc import ABCMeta, abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MetaEstimatorMixin
from sklearn.utils.validation import check_is_fitted

from skactive._utils.array import to_numpy
from skactive._utils.random_state import integer_of
from skactive._utils.scikit_learn import by_rows, refuse_loader
from skactive._utils.validation import check_pool, explain_arguments
from skactive._utils.warnings import warn_caller
from skactive.base._delegation import DelegationMixin
from skactive.base._fitting import FittingMixin
from skactive.base._labels import ONE_CLASS, check_labelled, knows_one_class
from skactive.base._request import Request
from skactive.base._search import SearchMixin
from skactive.distributed import Pool, as_pool, is_distributed
from skactive.samplers._picklable import PicklableFunctions
from skactive.samplers._routing import NestedEstimatorMixin, check_requested
from skactive.selection import (
    SetFunction,
    as_set_function,
)
from skactive.selection._ties import remedied

__all__ = ["QueryStrategy"]


class QueryStrategy(
    DelegationMixin,
    FittingMixin,
    SearchMixin,
    NestedEstimatorMixin,
    MetaEstimatorMixin,
    BaseEstimator,
    metaclass=ABCMeta,
):
    """Base class of all query strategies.

    Derive from it and define ``_objective(X_pool, rng)``: the set function whose gains
    say what each point is worth. Override ``_search`` where plain greedy is not meant.

    Parameters
    ----------
    estimator : object, default=None
        The model, or a sampler around it: all that `skactive.samplers.as_sampler`
        accepts.
    random_state : int, RandomState or None, default=None
        Source of all chance: seeds every nested ``random_state`` that is None, the
        posterior's functions, and the strategy's own draws.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted sampler; None for a strategy without a model.
    estimator_ : estimator
        The fitted model; ``predict`` and the like are delegated to it.
    classes_ : ndarray of shape (c,)
        The labels (classification).

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive import QueryStrategy
    >>> from skactive.selection import Scores
    >>> class Disagreement(QueryStrategy):
    ...     def _objective(self, X_pool, rng):
    ...         p_nkc = self.sampler_.draw(X_pool, rng)
    ...         return Scores(p_nkc.var(axis=1).sum(axis=1))
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = Disagreement(RandomForestClassifier(), random_state=0)
    >>> strategy.fit(X[::3], y[::3]).query(X[1::3], n=4).shape
    (4,)
    """

    tasks: tuple[str, ...] = ("classification", "regression")
    needs: str | None = "functions"
    takes_decisions: bool = False  # a decision function does for probabilities
    distributed: bool = False
    copies_add_nothing: bool = False  # beside a pick, in whatever state
    reports_gains: bool = True  # scores are the objective's gains along the picks
    _one_class = False  # whether the last fit saw labels of one class only

    _parameter_constraints: dict[str, Any] = {
        "estimator": "no_validation",
        "random_state": ["random_state"],
    }

    def __init__(self, estimator=None, *, random_state=None):
        self.estimator = estimator
        self.random_state = random_state

    def __init_subclass__(cls, **kwargs):
        """Let a class with an objective of its own say anew whether it distributes."""
        super().__init_subclass__(**kwargs)
        if "_objective" in vars(cls) and "distributed" not in vars(cls):
            cls.distributed = False

    def fit(self, X: Any, y: ArrayLike, **fit_params: Any) -> Self:
        """Fit the model on what is labelled.

        Parameters
        ----------
        X : array-like of n points
            The labelled points, in whatever container the model accepts.
        y : array-like of shape (n,)
            Their labels, or values.
        **fit_params : dict
            Passed to the model's ``fit``.

        Returns
        -------
        self : object
            The fitted strategy.
        """
        self._validate_params()
        refuse_loader(X)
        check_labelled(y)
        if self.estimator is not None:
            self._check_task(y)
        sampler, one_class = self._new_sampler(), False
        check_requested(self, "fit", fit_params)
        if sampler is not None:
            sampler.fit(X, y, **fit_params)
            self._check_sampler(sampler)
            one_class = self._needs_predictions and knows_one_class(sampler, y)
        if one_class:
            warn_caller(ONE_CLASS)
        # here nothing can fail any more: a strategy that could not be fitted is as it
        # was before, not fitted or as it was fitted last
        self.sampler_, self._one_class = sampler, one_class
        self.estimator_ = None if sampler is None else sampler.estimator_
        return self

    @explain_arguments
    def query(
        self,
        X_pool: Any,
        n: int | None = 1,
        *,
        candidates: ArrayLike | None = None,
        pending: ArrayLike | None = None,
        cost: ArrayLike | None = None,
        budget: float | None = None,
        return_scores: bool = False,
    ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """Choose the points to have labelled next.

        Parameters
        ----------
        X_pool : array-like of n_pool points
            The unlabelled points, in whatever container the model accepts; of many
            strategies also a dask array or data frame, whose blocks stay where they
            lie.
        n : int or None, default=1
            How many to choose: the batch size. With `cost` and `budget` an upper limit;
            None for no other limit than the budget.
        candidates : array of bool, shape (n_pool,), or of int, default=None
            The points that may be chosen, as a mask or as indices; all by default.
        pending : array of bool, shape (n_pool,), or of int, default=None
            Points that were queried and are not labelled yet, as a mask or as indices
            in the order in which they were queried. They are not chosen again, and the
            others are chosen as if these labels were to come.
        cost : array-like of shape (n_pool,), default=None
            What the label of each point costs; positive. With `budget`.
        budget : float, default=None
            Upper limit of the sum of the costs of the batch; with `cost`.
        return_scores : bool, default=False
            Whether to return also what each point was worth when it was chosen.

        Returns
        -------
        indices : ndarray of intp, shape (n,)
            Rows of `X_pool`, unique, in order of selection.
        scores : ndarray of shape (n,)
            The gain of each pick; only if `return_scores`.

        Raises
        ------
        NotFittedError
            If called before ``fit``.
        ValueError, TypeError
            If an argument is not as described, or nothing is left to choose from.
        """
        check_is_fitted(self)
        X_pool = self._located(X_pool)
        request = Request.of(check_pool(X_pool), n, candidates, pending, cost, budget)
        if request.has_terms:
            self._check_takes_terms()
        with remedied(ONE_CLASS if self._one_class else None):
            indices, scores = self._choose(X_pool, request)
        return (indices, scores) if return_scores else indices

    def _choose(self, X_pool, request):
        """Rows of the pool and their gains, all arguments being checked."""
        rng = self._rng()
        f = self._objective_at(X_pool, rng)
        terms = (request.terms(f),) if self._takes_terms else ()
        if request.rows is not None:
            f = f.restricted(request.rows)
        indices, scores = self._search(f, request.n, rng, *terms)
        return f.in_pool(indices), scores

    def score_samples(self, X_pool: Any) -> np.ndarray:
        """Worth of each point on its own: the gain of the first pick.

        Parameters
        ----------
        X_pool : array-like of n_pool points
            The unlabelled points.

        Returns
        -------
        ndarray of shape (n_pool,)
            Higher is asked first.
        """
        check_is_fitted(self)
        X_pool = self._located(X_pool)
        check_pool(X_pool)
        f = self._objective_at(X_pool, self._rng())
        return to_numpy(f.gains(f.start())).astype(np.float64, copy=False)

    @abstractmethod
    def _objective(self, X_pool: Any, rng: np.random.Generator) -> SetFunction:
        """Return the objective: a set function whose gains the search follows.

        `X_pool` is what the user gave; where the class says ``distributed = True`` also
        a `skactive.distributed.Pool`, which `skactive.distributed.as_pool` makes of
        either.
        """

    def _objective_at(self, X_pool, rng):
        """Its objective; over parts of a pool, of functions that all parts share."""
        strategy = self
        if isinstance(X_pool, Pool) and self.needs in ("functions", "mean"):
            strategy = copy.copy(self)
            strategy.sampler_ = self.sampler_.pointwise()
        return as_set_function(strategy._objective(X_pool, rng))

    def _functions(self, rng):
        """Functions drawn from the posterior for this query; they can be pickled."""
        return PicklableFunctions(self.sampler_, rng)

    def _located(self, X_pool):
        """The parts of a dask collection; other pools as they are, or row by row."""
        if not is_distributed(X_pool):
            return by_rows(X_pool)
        if not self.distributed:
            raise TypeError(
                f"{type(self).__name__} does not query dask collections: bring the "
                "pool into memory by compute(), or use a strategy whose attribute "
                "`distributed` is True, such as BALD, BatchBALD, ICAL or CoreSet"
            )
        return as_pool(X_pool)

    def _rng(self):
        """Make the one generator that a query's chance comes from."""
        seed = integer_of(self.random_state, 2**32, np.uint32)
        return np.random.default_rng(seed)
