"""A list of models as one voting model; layer 3."""

from typing import Any

import numpy as np
from sklearn import get_config
from sklearn.base import (
    ClassifierMixin,
    RegressorMixin,
    clone,
    is_classifier,
    is_regressor,
)
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    process_routing,
)

from skactive._utils.scikit_learn import BaseComposition, n_rows
from skactive.samplers._nets import evaluated

__all__ = [
    "ClassifierVote",
    "RegressorVote",
    "aligned_proba",
    "one_model",
    "predicts",
    "task_of",
    "vote_of",
]

TASKS = {"classifier": "classification", "regressor": "regression"}


def task_of(estimator: Any) -> str | None:
    """Task of a model: "classification", "regression", or None if it predicts nothing.

    By its tags, or for models without tags by ``_estimator_type``, which scikit-learn
    used before it had tags.
    """
    # is_classifier raises for objects without tags
    if not hasattr(estimator, "__sklearn_tags__"):
        return TASKS.get(getattr(estimator, "_estimator_type", ""))
    if is_classifier(estimator):
        return "classification"
    return "regression" if is_regressor(estimator) else None


def predicts(estimator: Any) -> bool:
    """Whether the model is a classifier or a regressor, by its own declaration."""
    return task_of(estimator) is not None


def one_model(estimator):
    """Return the model itself, or for a list of models their vote."""
    is_list = isinstance(estimator, list | tuple)
    return vote_of(estimator) if is_list else estimator


def vote_of(estimators):
    """Combine a list of classifiers or of regressors to one voting model."""
    estimators = list(estimators)
    if not estimators:
        raise ValueError(
            "the list of estimators is empty; it needs at least two models"
        )
    tasks = [task_of(estimator) for estimator in estimators]
    for i, estimator in enumerate(estimators):
        if not hasattr(estimator, "__sklearn_tags__") and tasks[i] is None:
            raise TypeError(
                f"model {i} of the list, {estimator!r}, is not an estimator: it does "
                "not declare that it is a classifier or a regressor"
            )
    named = [(str(i), estimator) for i, estimator in enumerate(estimators)]
    if set(tasks) == {"classification"}:
        return ClassifierVote(named)
    if set(tasks) == {"regression"}:
        return RegressorVote(named)
    raise ValueError(
        "a list of estimators must be classifiers only or regressors only, not "
        f"{[type(e).__name__ for e in estimators]}"
    )


def aligned_proba(member, X, classes, hard=False):
    """Class probabilities of a member, with columns in the order of `classes`.

    A class that the member has not seen gets probability 0. A member that votes `hard`,
    or has no ``predict_proba``, gives probability 1 to its predicted class.
    """
    member = evaluated(member)
    if hard or not hasattr(member, "predict_proba"):
        return np.asarray(member.predict(X)[:, None] == classes, dtype=float)
    proba = np.asarray(member.predict_proba(X))
    columns = np.searchsorted(classes, member.classes_)
    # labels beyond the last class get the index c: clip it, and compare below
    columns = np.minimum(columns, len(classes) - 1)
    if not np.array_equal(classes[columns], member.classes_):
        raise ValueError(
            f"{type(member).__name__} predicts the classes {member.classes_}, but not "
            f"all of them are among {classes}"
        )
    if len(columns) == len(classes):
        return proba
    aligned = np.zeros((len(proba), len(classes)), dtype=proba.dtype)
    aligned[:, columns] = proba
    return aligned


class _Vote(BaseComposition):
    """Base of both votes; members are named by their index in the list."""

    def __init__(self, estimators):
        self.estimators = estimators

    def get_params(self, deep=True):
        """Get parameters; those of members as ``<index>__<name>``."""
        return self._get_params("estimators", deep=deep)

    def set_params(self, **params):
        """Set parameters; those of members as ``<index>__<name>``."""
        self._set_params("estimators", **params)
        return self

    def get_metadata_routing(self):
        """Get the metadata routing: fit parameters are passed to the members."""
        mapping = MethodMapping().add(caller="fit", callee="fit")
        members = dict(self.estimators)
        return MetadataRouter(owner=self).add(method_mapping=mapping, **members)

    def fit(self, X, y, **fit_params):
        """Fit every member that is not frozen."""
        self.estimators_ = [
            clone(member).fit(X, y, **params)
            for (_, member), params in zip(
                self.estimators, self._routed(fit_params), strict=True
            )
        ]
        return self

    def _routed(self, fit_params):
        """Parameters for each member: all, or with routing those it requests."""
        if not fit_params or not get_config()["enable_metadata_routing"]:
            return [fit_params] * len(self.estimators)
        routed = process_routing(self, "fit", **fit_params)
        return [routed[name].fit for name, _ in self.estimators]

    @property
    def n_features_in_(self):
        """Number of features, if the members have it."""
        return self.estimators_[0].n_features_in_

    @property
    def feature_names_in_(self):
        """Names of the features, if the members have them."""
        return self.estimators_[0].feature_names_in_


class ClassifierVote(ClassifierMixin, _Vote):
    """Soft vote: the mean of the members' class probabilities, aligned by label."""

    def fit(self, X, y, **fit_params):
        """Fit every member that is not frozen, on the labels as they are."""
        super().fit(X, y, **fit_params)
        seen = [member.classes_ for member in self.estimators_]
        if n_rows(y):  # may be empty if all members are trained already
            seen.append(np.unique(y))
        self.classes_ = np.unique(np.concatenate(seen))
        return self

    def predict_proba(self, X):
        """Return the mean of the members' probabilities: (n, c)."""
        members = self.estimators_
        return np.mean([aligned_proba(m, X, self.classes_) for m in members], axis=0)

    def predict(self, X):
        """Return the most probable class of each point: (n,)."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class RegressorVote(RegressorMixin, _Vote):
    """Mean of the members' predictions."""

    def predict(self, X):
        """Return the mean of the members' predictions: (n,) or (n, n_targets)."""
        return np.mean([evaluated(m).predict(X) for m in self.estimators_], axis=0)
