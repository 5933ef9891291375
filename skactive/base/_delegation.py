"""Methods, attributes and tags that a strategy delegates to its model; layer 4."""

from sklearn.utils import ClassifierTags, RegressorTags, get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skactive.samplers import PosteriorSampler
from skactive.samplers._nets import evaluated
from skactive.samplers._routing import check_requested, route
from skactive.samplers._vote import task_of, vote_of

__all__ = ["DelegationMixin", "model_of"]


def model_of(estimator):
    """Return the model to which an unfitted strategy delegates tags and methods."""
    if isinstance(estimator, list | tuple):
        return vote_of(estimator)
    if isinstance(estimator, PosteriorSampler):
        return model_of(estimator.estimator)
    return estimator


def _estimator_has(method):
    """Check for ``available_if`` that the model, fitted or not, has `method`."""

    def check(self):
        fitted = vars(self).get("estimator_")
        # raises AttributeError, which names the model rather than the strategy
        getattr(model_of(self.estimator) if fitted is None else fitted, method)
        return True

    return check


def _tag(tags, task):
    """Set the tags for a model that has none of its own."""
    if task == "classification":
        tags.estimator_type, tags.classifier_tags = "classifier", ClassifierTags()
    else:
        tags.estimator_type, tags.regressor_tags = "regressor", RegressorTags()


class DelegationMixin:
    """Delegate predictions, scores, classes and tags to the model if it has them."""

    @property
    def classes_(self):
        """The class labels (classification only)."""
        return self.sampler_.classes_

    @property
    def n_features_in_(self):
        """Number of features seen during ``fit``, if the model defines it."""
        return self.estimator_.n_features_in_

    @property
    def feature_names_in_(self):
        """Names of the features seen during ``fit``, if the model defines them."""
        return self.estimator_.feature_names_in_

    @available_if(_estimator_has("predict"))
    def predict(self, X):
        """Predict labels or values with the fitted model.

        Parameters
        ----------
        X : array-like of n points
            Points, in any container that the model accepts.

        Returns
        -------
        ndarray of shape (n,)
            Predicted labels or values.
        """
        check_is_fitted(self)
        return evaluated(self.estimator_).predict(X)

    @available_if(_estimator_has("predict_proba"))
    def predict_proba(self, X):
        """Predict class probabilities with the fitted model.

        Parameters
        ----------
        X : array-like of n points
            Points, in any container that the model accepts.

        Returns
        -------
        ndarray of shape (n, c)
            Class probabilities; columns are ordered as in ``classes_``.
        """
        check_is_fitted(self)
        return evaluated(self.estimator_).predict_proba(X)

    @available_if(_estimator_has("predict_log_proba"))
    def predict_log_proba(self, X):
        """Predict log-probabilities of the classes with the fitted model.

        Parameters
        ----------
        X : array-like of n points
            Points, in any container that the model accepts.

        Returns
        -------
        ndarray of shape (n, c)
            Log-probabilities; columns are ordered as in ``classes_``.
        """
        check_is_fitted(self)
        return evaluated(self.estimator_).predict_log_proba(X)

    @available_if(_estimator_has("decision_function"))
    def decision_function(self, X):
        """Evaluate the decision function of the fitted model.

        Parameters
        ----------
        X : array-like of n points
            Points, in any container that the model accepts.

        Returns
        -------
        ndarray of shape (n,) or (n, c)
            Values of the decision function.
        """
        check_is_fitted(self)
        return evaluated(self.estimator_).decision_function(X)

    @available_if(_estimator_has("score"))
    def score(self, X, y, **score_params):
        """Return the score of the fitted model: accuracy, R2 or as it defines.

        Parameters
        ----------
        X : array-like of n points
            Test points.
        y : array-like of shape (n,)
            True labels or values.
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
        """Return the tags of the model: a strategy is a classifier if its model is."""
        tags = super().__sklearn_tags__()
        model = model_of(self.estimator)
        if task_of(model) is not None and not hasattr(model, "__sklearn_tags__"):
            _tag(tags, task_of(model))
        elif hasattr(model, "__sklearn_tags__"):
            # Fields are copied one by one: the tags object of a FrozenEstimator also
            # holds `_skip_test`, which must not apply to the strategy.
            of_model = get_tags(model)
            tags.estimator_type = of_model.estimator_type
            tags.classifier_tags = of_model.classifier_tags
            tags.regressor_tags = of_model.regressor_tags
            tags.target_tags = of_model.target_tags
            if tags.classifier_tags is not None:  # strategies query one label per point
                tags.classifier_tags.multi_label = False
                tags.target_tags.multi_output = False
            tags.input_tags = of_model.input_tags
        return tags
