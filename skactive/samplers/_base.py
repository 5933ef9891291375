"""PosteriorSampler: a fitted model from which whole functions can be drawn.

Layer 3. Draw ``k`` is the same function at every point, in every chunk, and whenever
rows are asked again: a sampler returns functions, and only they make numbers.
"""

import warnings
from abc import ABCMeta
from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, clone

from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import Interval, refuse_loader
from skactive._utils.torch import check_device
from skactive.samplers._evaluation import EvaluationMixin
from skactive.samplers._mean import MeanMixin
from skactive.samplers._nets import evaluated, seeded
from skactive.samplers._routing import NestedEstimatorMixin, route
from skactive.samplers._unwrap import is_frozen, unwrap
from skactive.samplers._vote import one_model, task_of

__all__ = ["PosteriorSampler", "is_frozen", "unwrap"]


class PosteriorSampler(
    EvaluationMixin, MeanMixin, NestedEstimatorMixin, BaseEstimator, metaclass=ABCMeta
):
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
        Seeds what the fit leaves to chance in torch, the initialisation and training
        of nets, and the draws that ``predict`` and ``predict_proba`` average. A
        strategy with a ``random_state`` fills it in.

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

    # "draws": a frozen model draws what it drew when it was trained; "predictions": its
    # draws depend on the points given to ``fit`` too; "refused": it cannot be frozen
    when_frozen = "draws"

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
    def only_decides(self) -> bool:
        """Whether a classifier has a ``decision_function`` and no probabilities.

        Once fitted; a sampler of which it is true has ``decide``.
        """
        return False

    @property
    def uses_rng(self) -> bool:
        """Whether other generators give other functions.

        If not, the functions are all that there are: the members of an ensemble.
        """
        return True

    @property
    def task(self):
        """Either "classification" or "regression"; read off the model."""
        final = unwrap(self.estimator)[1]
        task = task_of(final)
        if task is not None:
            return task
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
        check_device(self.device)
        refuse_loader(X)
        self.estimator_ = clone(one_model(self.estimator), safe=False)
        with seeded(self.estimator_, self.random_state):
            self.estimator_.fit(X, y, **route(self, "fit", fit_params))
        self.n_draws_ = self._count_draws()
        self._learn_outputs(X, y)
        self._check_sizes()
        return self

    def _check_sizes(self):
        if not self.n_draws_ or not self.n_outputs_:
            raise ValueError(
                f"{self._name} draws {self.n_draws_} functions of {self.n_outputs_} "
                "outputs, and one of each is the least"
            )

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
            y = self._one_prediction() if y is None else to_numpy(y)
            self.n_outputs_ = 1 if y.ndim < 2 else y.shape[1]

    def _one_prediction(self):
        """Predict a made-up point: of a trained model that is shown no values."""
        n_features = getattr(self._final, "n_features_in_", 1)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "X does not have valid feature names")
            return to_numpy(self._final.predict(np.zeros((1, n_features))))

    def check_randomness(self):
        """Raise ``ValueError`` where all functions would be one and the same.

        Strategies that need disagreement call it once the model is fitted. By default
        one draw is too few; a sampler that overrides it may know more.
        """
        if self.n_draws_ < 2:
            raise ValueError(
                f"{self._name} has n_draws={self.n_draws_}, and one draw cannot "
                "disagree with itself: use more"
            )

    def check_mean(self):
        """Raise ``TypeError`` where not even a mean prediction can be had.

        Strategies that look at the mean call it once the model is fitted.
        """

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
            X = evaluated(transform).transform(X)
        return X

    @property
    def _name(self):
        return f"{type(self).__name__}({type(unwrap(self.estimator)[1]).__name__})"

    _hint = ""
