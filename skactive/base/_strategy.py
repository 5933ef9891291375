"""QueryStrategy: an estimator that selects the points to label next; layer 4.

``fit`` takes the labelled data, and ``query`` selects points from the pool. A strategy
defines its objective (the acquisition function); argument checks, the restriction to
candidates, seeding and the delegation to the model are implemented here.
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

    Derive from it and define ``_objective(X_pool, rng)``, which returns the acquisition
    function: a `skactive.selection.SetFunction` whose marginal gains rank the points.
    Override ``_search`` to replace greedy search.

    Parameters
    ----------
    estimator : object, default=None
        A model or a posterior sampler, as accepted by `skactive.samplers.as_sampler`.
    random_state : int, RandomState or None, default=None
        Controls the randomness of the model (every nested ``random_state`` that is
        None), the posterior samples and the query. Pass an int for reproducible
        results.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted posterior sampler; None for a strategy without a model.
    estimator_ : estimator
        The fitted model, to which ``predict`` and similar methods are delegated.
    classes_ : ndarray of shape (c,)
        The class labels (classification only).

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
    takes_decisions: bool = False  # whether models with only decisions are supported
    distributed: bool = False  # whether dask collections are supported
    copies_add_nothing: bool = False  # whether a copy of a pick has a gain of zero
    reports_gains: bool = True  # whether scores are the objective's gains of the picks
    _one_class = False  # whether the labels of the last fit were all of one class

    _parameter_constraints: dict[str, Any] = {
        "estimator": "no_validation",
        "random_state": ["random_state"],
    }

    def __init__(self, estimator=None, *, random_state=None):
        self.estimator = estimator
        self.random_state = random_state

    def __init_subclass__(cls, **kwargs):
        """Reset `distributed` for classes that override `_objective`.

        The new objective need not support parts of a pool, even if the inherited one
        does; a class that supports them declares it.
        """
        super().__init_subclass__(**kwargs)
        if "_objective" in vars(cls) and "distributed" not in vars(cls):
            cls.distributed = False

    def fit(self, X: Any, y: ArrayLike, **fit_params: Any) -> Self:
        """Fit the model on the labelled data.

        Parameters
        ----------
        X : array-like of n points
            The labelled points, in any container that the model accepts.
        y : array-like of shape (n,)
            Labels or values of the points.
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
        # before the fit, which may take long
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
        # Set last, when nothing can fail any more: after an error in `fit` the strategy
        # is in the same state as before, unfitted or fitted on the earlier data.
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
        """Select the points to label next.

        Parameters
        ----------
        X_pool : array-like of n_pool points
            The unlabelled points, in any container that the model accepts. Many
            strategies also accept a dask array or data frame, whose blocks stay on
            their workers.
        n : int or None, default=1
            Number of points to select (batch size). With `cost` and `budget` this is an
            upper limit, and None means that only the budget limits the batch.
        candidates : array of bool, shape (n_pool,), or of int, default=None
            Points that may be selected, as a mask or as indices; all by default.
        pending : array of bool, shape (n_pool,), or of int, default=None
            Points that have been queried but not labelled yet, as a mask or as indices
            in the order of the queries. They are not selected again, and the others are
            selected given that these labels will arrive.
        cost : array-like of shape (n_pool,), default=None
            Positive cost of labelling each point; requires `budget`.
        budget : float, default=None
            Maximum total cost of the batch; requires `cost`.
        return_scores : bool, default=False
            Whether to also return the score of each selected point.

        Returns
        -------
        indices : ndarray of intp, shape (n,)
            Indices into `X_pool`, unique and in order of selection.
        scores : ndarray of shape (n,)
            Marginal gain of each point when it was selected; only returned if
            `return_scores` is True.

        Raises
        ------
        NotFittedError
            If called before ``fit``.
        ValueError, TypeError
            If an argument is invalid, or no candidate is left to select.
        """
        check_is_fitted(self)
        X_pool = self._located(X_pool)
        request = Request.of(check_pool(X_pool), n, candidates, pending, cost, budget)
        if request.has_terms:
            self._check_takes_terms()
        # "more draws", the usual advice about ties, does not help with a single class
        with remedied(ONE_CLASS if self._one_class else None):
            indices, scores = self._choose(X_pool, request)
        return (indices, scores) if return_scores else indices

    def _choose(self, X_pool, request):
        """Select rows of the pool, and return their gains, for checked arguments."""
        rng = self._rng()
        f = self._objective_at(X_pool, rng)
        # before the restriction to candidates, to which pending points do not belong
        terms = (request.terms(f),) if self._takes_terms else ()
        if request.rows is not None:
            f = f.restricted(request.rows)
        indices, scores = self._search(f, request.n, rng, *terms)
        return f.in_pool(indices), scores

    def score_samples(self, X_pool: Any) -> np.ndarray:
        """Compute the score of each point on its own: its gain as the first pick.

        Parameters
        ----------
        X_pool : array-like of n_pool points
            The unlabelled points.

        Returns
        -------
        ndarray of shape (n_pool,)
            Scores; points with higher scores are selected first.
        """
        check_is_fitted(self)
        X_pool = self._located(X_pool)
        check_pool(X_pool)
        f = self._objective_at(X_pool, self._rng())
        return to_numpy(f.gains(f.start())).astype(np.float64, copy=False)

    @abstractmethod
    def _objective(self, X_pool: Any, rng: np.random.Generator) -> SetFunction:
        """Return the objective: the set function that the search maximises.

        `X_pool` is the pool passed to ``query``. In a class with ``distributed = True``
        it may also be a `skactive.distributed.Pool`; `skactive.distributed.as_pool`
        converts either into one.
        """

    def _objective_at(self, X_pool, rng):
        """Build the objective; the parts of a distributed pool share the functions."""
        strategy = self
        if isinstance(X_pool, Pool) and self.needs in ("functions", "mean"):
            # a copy, so that a query does not change the fitted strategy
            strategy = copy.copy(self)
            strategy.sampler_ = self.sampler_.pointwise()
        return as_set_function(strategy._objective(X_pool, rng))

    def _free_gains(self, X_pool, rng):
        """Gains of points anywhere, by steps that torch can follow.

        For `skactive.pools.refine`. Where an objective has a gradient: a callable from
        a tensor of points (m, d) to gains (m,), with ``best_of_pool(but)`` and
        ``add(x)``; see `FreeCondensation`. By default there is none.
        """
        raise TypeError(
            f"{type(self).__name__} has no gradient of its gains, as ICAL has with the "
            "mean kernel: use method='sample'"
        )

    def _functions(self, rng):
        """Draw picklable functions from the posterior, the same ones for each part."""
        return PicklableFunctions(self.sampler_, rng)

    def _located(self, X_pool):
        """Convert a dask collection to a `Pool`, and sparse formats to CSR."""
        if not is_distributed(X_pool):
            return by_rows(X_pool)
        if not self.distributed:
            raise TypeError(
                f"{type(self).__name__} does not support dask collections: load the "
                "pool into memory with compute(), or use a strategy whose attribute "
                "`distributed` is True, such as BALD, BatchBALD, ICAL or CoreSet"
            )
        return as_pool(X_pool)

    def _rng(self):
        """Create the generator from which all random numbers of a query are drawn."""
        # drawn from random_state, so that a RandomState advances with every query
        seed = integer_of(self.random_state, 2**32, np.uint32)
        return np.random.default_rng(seed)
