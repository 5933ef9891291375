"""scikit-learn's Pipeline with a method ``query``; layer 5."""

from typing import Any

import numpy as np
import sklearn.pipeline
from numpy.typing import ArrayLike
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skactive._utils.validation import explain_arguments

__all__ = ["Pipeline", "make_pipeline"]


def _last_step_queries(self):
    # raises AttributeError, which names the last step, if it has no `query`
    return callable(self.steps[-1][1].query)


class Pipeline(sklearn.pipeline.Pipeline):
    """A pipeline of transformers with a final query strategy.

    scikit-learn's ``Pipeline`` [1]_ with a method ``query``, which transforms the pool
    with the fitted transformers and passes it to the strategy. Other methods, such as
    ``score_samples`` and ``predict``, work as in scikit-learn.

    Parameters
    ----------
    steps : list of (str, estimator)
        Names and estimators: transformers, and a query strategy as the last step.
    transform_input : list of str, default=None
        See `sklearn.pipeline.Pipeline`.
    memory : str or object with the joblib.Memory interface, default=None
        Used to cache the fitted transformers.
    verbose : bool, default=False
        If True, the time elapsed while fitting each step is printed.

    References
    ----------
    .. [1] https://scikit-learn.org/stable/modules/compose.html

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skactive import ICAL
    >>> from skactive.pipeline import Pipeline
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = ICAL(RandomForestClassifier(min_samples_leaf=3), random_state=0)
    >>> pipeline = Pipeline([("scale", StandardScaler()), ("ask", strategy)])
    >>> pipeline.fit(X[::3], y[::3]).query(X[1::3], n=4).shape
    (4,)
    """

    @available_if(_last_step_queries)
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
            The unlabelled points, in any container that the first step accepts.
        n : int or None, default=1
            Number of points to select (batch size). With `cost` and `budget` this is an
            upper limit, or None for no limit.
        candidates : array of bool, shape (n_pool,), or of int, default=None
            Points that may be selected, as a mask or as indices; all by default.
        pending : array of bool, shape (n_pool,), or of int, default=None
            Points that have been queried but not labelled yet.
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
        """
        check_is_fitted(self)
        X = X_pool
        for _, _, transform in self._iter(with_final=False):
            X = transform.transform(X)
        return self.steps[-1][1].query(
            X,
            n,
            candidates=candidates,
            pending=pending,
            cost=cost,
            budget=budget,
            return_scores=return_scores,
        )


def make_pipeline(
    *steps: Any,
    transform_input: list[str] | None = None,
    memory: Any = None,
    verbose: bool = False,
) -> Pipeline:
    """Construct a `Pipeline` with steps named after the types of the estimators.

    Parameters
    ----------
    *steps : estimators
        Transformers, and a query strategy as the last step.
    transform_input : list of str, default=None
        See `sklearn.pipeline.Pipeline`.
    memory : str or object with the joblib.Memory interface, default=None
        Used to cache the fitted transformers.
    verbose : bool, default=False
        If True, the time elapsed while fitting each step is printed.

    Returns
    -------
    Pipeline
        The pipeline.

    Examples
    --------
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skactive import RandomSampling
    >>> from skactive.pipeline import make_pipeline
    >>> list(make_pipeline(StandardScaler(), RandomSampling()).named_steps)
    ['standardscaler', 'randomsampling']
    """
    made = sklearn.pipeline.make_pipeline(
        *steps, transform_input=transform_input, memory=memory, verbose=verbose
    )
    return Pipeline(
        made.steps, transform_input=transform_input, memory=memory, verbose=verbose
    )
