"""scikit-learn's Pipeline with ``query`` passed on to the last step; layer 5."""

from typing import Any

import numpy as np
import sklearn.pipeline
from numpy.typing import ArrayLike
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skactive._utils.validation import explain_arguments

__all__ = ["Pipeline", "make_pipeline"]


def _last_step_queries(self):
    # an AttributeError of the last step says what is missing
    return callable(self.steps[-1][1].query)


class Pipeline(sklearn.pipeline.Pipeline):
    """A pipeline that ends in a query strategy.

    scikit-learn's ``Pipeline`` [1]_ with ``query``: the pool goes through the fitted
    transforms to the strategy. ``score_samples``, ``predict`` and the rest work as
    they do there.

    Parameters
    ----------
    steps : list of (str, estimator)
        The transforms, and the strategy last.
    transform_input : list of str, default=None
        See scikit-learn.
    memory : str or object with the joblib.Memory interface, default=None
        Caches the fitted transforms.
    verbose : bool, default=False
        Whether to print the time each step takes.

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
        """Choose the points to have labelled next.

        Parameters
        ----------
        X_pool : array-like of n_pool points
            The unlabelled points, as the first transform takes them.
        n : int or None, default=1
            How many to choose; with `cost` and `budget` an upper limit, or None.
        candidates : array of bool, shape (n_pool,), or of int, default=None
            The points that may be chosen; all by default.
        pending : array of bool, shape (n_pool,), or of int, default=None
            Points that were queried and are not labelled yet.
        cost : array-like of shape (n_pool,), default=None
            What the label of each point costs.
        budget : float, default=None
            Upper limit of the sum of the costs of the batch.
        return_scores : bool, default=False
            Whether to return also the gain of each pick when it was made.

        Returns
        -------
        indices : ndarray of intp, shape (n,)
            Rows of `X_pool`, in order of selection.
        scores : ndarray of shape (n,)
            Only if `return_scores`.
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
    """Make a `Pipeline`, naming the steps after their types.

    Parameters
    ----------
    *steps : estimators
        The transforms, and the strategy last.
    transform_input : list of str, default=None
        See scikit-learn.
    memory : str or object with the joblib.Memory interface, default=None
        Caches the fitted transforms.
    verbose : bool, default=False
        Whether to print the time each step takes.

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
