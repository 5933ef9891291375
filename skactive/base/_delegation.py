"""What a strategy passes on to its model; layer 4."""

from sklearn.utils import ClassifierTags, RegressorTags, get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skactive.samplers import PosteriorSampler
from skactive.samplers._nets import evaluated
from skactive.samplers._routing import check_requested, route
from skactive.samplers._vote import task_of, vote_of

__all__ = ["DelegationMixin", "model_of"]


def model_of(estimator):
    """Find the model whose tags and methods a strategy shows before it is fitted."""
    if isinstance(estimator, list | tuple):
        return vote_of(estimator)
    if isinstance(estimator, PosteriorSampler):
        return model_of(estimator.estimator)
    return estimator


def _estimator_has(method):
    """Whether the model, fitted or not yet, has `method`; for ``available_if``."""

    def check(self):
        fitted = vars(self).get("estimator_")
        getattr(model_of(self.estimator) if fitted is None else fitted, method)
        return True

    return check


def _tag(tags, task):
    """Say what a model without tags predicts."""
    if task == "classification":
        tags.estimator_type, tags.classifier_tags = "classifier", ClassifierTags()
    else:
        tags.estimator_type, tags.regressor_tags = "regressor", RegressorTags()


class DelegationMixin:
    """Predictions, scores, classes and tags of the model, where it has them."""

    @property
    def classes_(self):
        """The labels that the model tells apart (classification)."""
        return self.sampler_.classes_

    @property
    def n_features_in_(self):
        """Number of features seen in ``fit``, where the model counts them."""
        return self.estimator_.n_features_in_

    @property
    def feature_names_in_(self):
        """Names of the features seen in ``fit``, where the model keeps them."""
        return self.estimator_.feature_names_in_

    @available_if(_estimator_has("predict"))
    def predict(self, X):
        """Predict with the fitted model.

        Parameters
        ----------
        X : array-like of n points
            Points in whatever container the model accepts.

        Returns
        -------
        ndarray of shape (n,)
            Labels or values.
        """
        check_is_fitted(self)
        return evaluated(self.estimator_).predict(X)

    @available_if(_estimator_has("predict_proba"))
    def predict_proba(self, X):
        """Predict class probabilities with the fitted model.

        Parameters
        ----------
        X : array-like of n points
            Points in whatever container the model accepts.

        Returns
        -------
        ndarray of shape (n, c)
            Probabilities, columns as in ``classes_``.
        """
        check_is_fitted(self)
        return evaluated(self.estimator_).predict_proba(X)

    @available_if(_estimator_has("predict_log_proba"))
    def predict_log_proba(self, X):
        """Predict logarithms of class probabilities with the fitted model.

        Parameters
        ----------
        X : array-like of n points
            Points in whatever container the model accepts.

        Returns
        -------
        ndarray of shape (n, c)
            Log-probabilities, columns as in ``classes_``.
        """
        check_is_fitted(self)
        return evaluated(self.estimator_).predict_log_proba(X)

    @available_if(_estimator_has("decision_function"))
    def decision_function(self, X):
        """Evaluate the decision function of the fitted model.

        Parameters
        ----------
        X : array-like of n points
            Points in whatever container the model accepts.

        Returns
        -------
        ndarray of shape (n,) or (n, c)
            Confidence scores.
        """
        check_is_fitted(self)
        return evaluated(self.estimator_).decision_function(X)

    @available_if(_estimator_has("score"))
    def score(self, X, y, **score_params):
        """Score the fitted model: accuracy, R2, or what the model defines.

        Parameters
        ----------
        X : array-like of n points
            Test points.
        y : array-like of shape (n,)
            Their true labels or values.
        **score_params : dict
            Passed to the model's ``score``.

        Returns
        -------
        float
            The score.
        """
        check_is_fitted(self)
        check_requested(self, "score", score_params)
        params = route(self.sampler_, "score", score_params)
        return evaluated(self.estimator_).score(X, y, **params)

    def __sklearn_tags__(self):
        """Tags of the model: a strategy is a classifier if its model is one."""
        tags = super().__sklearn_tags__()
        model = model_of(self.estimator)
        if task_of(model) is not None and not hasattr(model, "__sklearn_tags__"):
            _tag(tags, task_of(model))
        elif hasattr(model, "__sklearn_tags__"):
            of_model = get_tags(model)
            tags.estimator_type = of_model.estimator_type
            tags.classifier_tags = of_model.classifier_tags
            tags.regressor_tags = of_model.regressor_tags
            tags.target_tags = of_model.target_tags
            if tags.classifier_tags is not None:  # one label a point
                tags.classifier_tags.multi_label = False
                tags.target_tags.multi_output = False
            tags.input_tags = of_model.input_tags
        return tags
