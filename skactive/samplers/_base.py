"""PosteriorSampler: base class of models that draw functions from their posterior.

Layer 3. Draw ``k`` must be the same function at every point, in every chunk, and
whenever a row is evaluated again. Samplers therefore return functions, and numbers come
from evaluating these.
"""

import warnings
from abc import ABCMeta
from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator

from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import Interval, clone_model, refuse_loader
from skactive._utils.torch import check_device
from skactive.samplers._evaluation import EvaluationMixin
from skactive.samplers._mean import MeanMixin
from skactive.samplers._nets import evaluated, logits_hint, seeded
from skactive.samplers._routing import NestedEstimatorMixin, route
from skactive.samplers._unwrap import is_frozen, unwrap
from skactive.samplers._vote import one_model, task_of

__all__ = ["PosteriorSampler", "is_frozen", "unwrap"]


class PosteriorSampler(
    EvaluationMixin, MeanMixin, NestedEstimatorMixin, BaseEstimator, metaclass=ABCMeta
):
    """Base class of samplers: fitted models that draw functions from their posterior.

    Derive from it and define ``functions(rng)`` to use a model of your own with every
    strategy.

    Parameters
    ----------
    estimator : estimator
        The model. ``fit`` clones and fits it, except for a ``FrozenEstimator``, which
        keeps its training. It may be at the end of a ``Pipeline``.
    n_draws : int, default=50
        Number of functions drawn per query.
    device : str or None, default=None
        Device of the draws: None leaves them where the model made them; "numpy", "cpu"
        or "cuda" moves each chunk there.
    random_state : int, RandomState or None, default=None
        Seed of torch's randomness in ``fit``, the initialization and training of nets,
        and of the draws that ``predict`` and ``predict_proba`` average. A strategy with
        a ``random_state`` sets it.

    Attributes
    ----------
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        Label of each entry along the last axis of draws (classification).
    n_draws_ : int
        Number k of draws.
    n_outputs_ : int
        Number c of outputs: classes, or regression targets.

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

    # what freezing does. "draws": a frozen model has the same draws as in training;
    # "predictions": they also depend on the points given to fit; "refused": fit raises
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
            A model, taken out of its pipelines.

        Returns
        -------
        bool
            False by default; subclasses for particular models override it.
        """
        return False

    @property
    def only_decides(self) -> bool:
        """Whether a fitted classifier has a ``decision_function`` but no probabilities.

        A sampler for which it is true has a method ``decide``.
        """
        return False

    @property
    def uses_rng(self) -> bool:
        """Whether different generators give different functions.

        If not, the functions are fixed, such as the members of an ensemble.
        """
        return True

    @property
    def task(self):
        """The task of the model, "classification" or "regression"."""
        final = unwrap(self.estimator)[1]
        task = task_of(final)
        if task is not None:
            return task
        raise TypeError(f"estimator={final!r} is neither a classifier nor a regressor")

    def fit(self, X, y, **fit_params):
        """Clone the model and fit the clone.

        Parameters
        ----------
        X : array-like of n points
            Points, in any form that the model accepts.
        y : array-like of shape (n,) or (n, n_targets)
            Labels or target values of the points.
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
        # an object that only has fit and draw is copied
        self.estimator_ = clone_model(one_model(self.estimator))
        # nets draw initial weights and the order of batches from torch's global
        # generator
        with seeded(self.estimator_, self.random_state):
            self.estimator_.fit(X, y, **route(self, "fit", fit_params))
        self.n_draws_ = self._count_draws()
        self._learn_outputs(X, y, fit_params)
        self._check_sizes()
        return self

    def _check_sizes(self):
        if not self.n_draws_ or not self.n_outputs_:
            raise ValueError(
                f"{self._name} draws {self.n_draws_} functions with {self.n_outputs_} "
                "outputs, but needs at least one of each"
            )

    def _count_draws(self):
        return self.n_draws

    def _learn_outputs(self, X, y, fit_params):
        """Set ``n_outputs_`` and ``classes_``, and what else draws depend on."""
        if self.task == "classification":
            self.classes_ = np.asarray(self.estimator_.classes_)
            if self.classes_.ndim != 1:
                raise ValueError(
                    f"{self._name} predicts several labels per point, which is not "
                    "supported; use one model per label"
                )
            self.n_outputs_ = len(self.classes_)
        else:
            # a frozen model may be fitted without values: its prediction shows the
            # shape
            y = self._one_prediction() if y is None else to_numpy(y)
            self.n_outputs_ = 1 if y.ndim < 2 else y.shape[1]

    def _one_prediction(self):
        """Predict a point of zeros, for the number of targets of a trained model."""
        n_features = getattr(self._final, "n_features_in_", 1)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "X does not have valid feature names")
            return to_numpy(self._final.predict(np.zeros((1, n_features))))

    def check_randomness(self):
        """Raise ``ValueError`` if all drawn functions would be the same.

        Strategies that rely on disagreement call it after ``fit``. By default it raises
        for a single draw; subclasses may check more.
        """
        if self.n_draws_ < 2:
            raise ValueError(
                f"{self._name} has n_draws={self.n_draws_}, but a single draw cannot "
                "disagree with itself; use two or more"
            )

    def check_mean(self):
        """Raise ``TypeError`` if the model cannot even predict a mean.

        Strategies that use the mean prediction call it after ``fit``.
        """

    def embed(self, X):
        """Compute the features of points that the model uses.

        Parameters
        ----------
        X : array-like of n points
            Points, in any form that the model accepts.

        Returns
        -------
        array of shape (n, d)
            Output of the pipeline's transformers, or `X` itself if there are none.
        """
        return self._transform(X)

    @property
    def _final(self):
        """The fitted model, or the last step if it is a pipeline."""
        return unwrap(self.estimator_)[1]

    def _transform(self, X):
        for transform in unwrap(self.estimator_)[0]:
            X = evaluated(transform).transform(X)
        return X

    @property
    def _name(self):
        return f"{type(self).__name__}({type(unwrap(self.estimator)[1]).__name__})"

    @property
    def _hint(self):
        """What to do if the draws of a net are not probabilities."""
        return logits_hint([self._final])
