"""Refit a model with one more labelled point; layer 3."""

import dataclasses
from typing import Any

import numpy as np
from array_api_compat import is_torch_array
from sklearn.base import clone

from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import array_api_off, is_dataset, join_rows
from skactive._utils.torch import imported_torch
from skactive.information import entropy
from skactive.samplers._base import PosteriorSampler
from skactive.samplers._bootstrap import BootstrapSampler, by_points
from skactive.samplers._unwrap import unwrap
from skactive.samplers._warm_start import adds_members, continued, parameters_of

__all__ = ["LOSSES", "Refits", "copy_labels", "with_one_more"]

# of the model's own predictions: Roy and McCallum, eq. 3 and 4
LOSSES = {
    "log": lambda p_rc: float(entropy(p_rc).mean()),
    "zero_one": lambda p_rc: float((1 - p_rc.max(axis=1)).mean()),
}


@dataclasses.dataclass(frozen=True, eq=False)
class Refits:
    """What a model is fitted on again, with one more point and label.

    Parameters
    ----------
    sampler : PosteriorSampler
        Fitted; it stays as it is.
    X : array-like of m points
        The labelled points.
    y : ndarray of shape (m,) or None
        Their labels; None where `X` holds them.
    params : dict
        Of ``fit``, for one point more.
    X_reference : array-like of r points
        Where the loss is looked at.
    loss : {"log", "zero_one"}
        Which.
    seed : int
        Of the draws whose mean is the prediction.
    """

    sampler: PosteriorSampler
    X: Any
    y: np.ndarray | None
    params: dict[str, Any]
    X_reference: Any
    loss: str
    seed: int

    def expected_loss(self, row: Any, p_c: np.ndarray) -> float:
        """Mean, over the labels of one more point, of the loss after the fit.

        Parameters
        ----------
        row : array-like of 1 point
            The point.
        p_c : ndarray of shape (c,)
            Probabilities of its labels.
        """
        possible = np.flatnonzero(p_c)
        losses = [self._loss_with(row, self.sampler.classes_[c]) for c in possible]
        return float(p_c[possible] @ losses)

    def _loss_with(self, row, label):
        """The loss of the model fitted with one more pair (eq. 3 or 4)."""
        X = _with_point(self.X, row, label)
        y = None if self.y is None else _with_label(self.y, label)
        with array_api_off():  # rows of the pool and labels may be of two libraries
            sampler = _unfitted(self.sampler).fit(X, y, **self.params)
            return LOSSES[self.loss](sampler.mean(self.X_reference, self.seed))


def _unfitted(sampler):
    """A sampler whose fit begins anew or, with a warm start, at the present model."""
    fresh, final = clone(sampler), unwrap(sampler.estimator)[1]
    goes_on = parameters_of(final).get("warm_start", False) and not adds_members(final)
    if goes_on and not isinstance(sampler, BootstrapSampler):
        fresh.estimator = continued(sampler.estimator_)
    return fresh


def copy_labels(y: Any) -> np.ndarray:
    """A copy of the labels, which scikit-learn takes as such with one appended."""
    labels = np.array(to_numpy(y))
    return labels if labels.dtype.kind != "O" else np.array(labels.tolist())


def _with_label(y, label):
    """Labels and one more, in their dtype, but for texts, which may be longer."""
    one = np.reshape(label, (1,) * y.ndim)
    return np.concatenate([y, one if y.dtype.kind in "US" else one.astype(y.dtype)])


def _with_point(X, row, label):
    """Labelled points and one more; those of a ``Dataset`` are pairs."""
    if not is_dataset(X):
        if is_dataset(row):
            raise TypeError(
                "the pool is a Dataset, and the labelled points are not: give both in "
                "one container"
            )
        return join_rows(X, row)
    point = row[0][0] if is_dataset(row) and isinstance(row[0], tuple) else row[0]
    # batches are stacked: all points of one kind, and all labels
    pair = zip((point, label), X[0], strict=True)
    return join_rows(X, [tuple(_as(value, like) for value, like in pair)])


def _as(value, like):
    """A value as a tensor, where the other is one."""
    if not is_torch_array(like):
        return value
    return imported_torch().as_tensor(value, dtype=like.dtype)


def with_one_more(
    fit_params: dict[str, Any], known: dict[str, set[str]]
) -> dict[str, Any]:
    """Fit parameters, those of the points with a value for one point more.

    `known` are the names by which the model knows each: see `known_as`.
    """
    of_points, others = by_points(fit_params)
    more = {name: _one_more(name, known[name], of_points[name]) for name in of_points}
    return {**others, **more}


def _one_more(name, known, value):
    values = None if value is None else to_numpy(value)
    if not known or values is None or values.ndim == 0:
        return value
    weighs = all("weight" in own for own in known)
    if not weighs or values.dtype.kind not in "biuf":
        raise ValueError(
            f"{name} has a value for each labelled point, and ExpectedErrorReduction "
            "does not know that of a point that is added: of those it takes weights "
            "alone, and adds their mean"
        )
    return np.append(values, values.mean(dtype=float))
