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

# of the model's own predictions: the estimated log loss and 0-1 loss of Roy and
# McCallum 2001
LOSSES = {
    "log": lambda p_rc: float(entropy(p_rc).mean()),
    "zero_one": lambda p_rc: float((1 - p_rc.max(axis=1)).mean()),
}


@dataclasses.dataclass(frozen=True, eq=False)
class Refits:
    """The data to refit a model on, to which one more labelled point is added.

    Parameters
    ----------
    sampler : PosteriorSampler
        Fitted sampler; it is not changed.
    X : array-like of m points
        The labelled points.
    y : ndarray of shape (m,) or None
        Labels of the points; None if `X` is a ``Dataset`` that contains them.
    params : dict
        Parameters of ``fit``, already extended by one point.
    X_reference : array-like of r points
        Reference points at which the loss is evaluated.
    loss : {"log", "zero_one"}
        Kind of loss.
    seed : int
        Seed of the draws whose mean is the prediction.
    """

    sampler: PosteriorSampler
    X: Any
    y: np.ndarray | None
    params: dict[str, Any]
    X_reference: Any
    loss: str
    seed: int

    def expected_loss(self, row: Any, p_c: np.ndarray) -> float:
        """Expected loss after a fit with one more point, over its possible labels.

        Parameters
        ----------
        row : array-like of 1 point
            The point to add.
        p_c : ndarray of shape (c,)
            Class probabilities of the point.
        """
        possible = np.flatnonzero(p_c)
        losses = [self._loss_with(row, self.sampler.classes_[c]) for c in possible]
        return float(p_c[possible] @ losses)

    def _loss_with(self, row, label):
        """Loss of the model fitted with one more labelled point."""
        X = _with_point(self.X, row, label)
        y = None if self.y is None else _with_label(self.y, label)
        # points and labels may belong to different array libraries
        with array_api_off():
            sampler = _unfitted(self.sampler).fit(X, y, **self.params)
            return LOSSES[self.loss](sampler.mean(self.X_reference, self.seed))


def _unfitted(sampler):
    """Clone a sampler; with a warm start, its fit continues from the present model."""
    fresh, final = clone(sampler), unwrap(sampler.estimator)[1]
    goes_on = parameters_of(final).get("warm_start", False) and not adds_members(final)
    if goes_on and not isinstance(sampler, BootstrapSampler):
        fresh.estimator = continued(sampler.estimator_)
    return fresh


def copy_labels(y: Any) -> np.ndarray:
    """Copy the labels, as an array that is not of objects, so one can be appended."""
    labels = np.array(to_numpy(y))
    return labels if labels.dtype.kind != "O" else np.array(labels.tolist())


def _with_label(y, label):
    """Append a label, in the dtype of the others; strings may get longer."""
    one = np.reshape(label, (1,) * y.ndim)
    return np.concatenate([y, one if y.dtype.kind in "US" else one.astype(y.dtype)])


def _with_point(X, row, label):
    """Append a point; the items of a ``Dataset`` are pairs of point and label."""
    if not is_dataset(X):
        if is_dataset(row):
            raise TypeError(
                "the pool is a Dataset, but the labelled points are not; pass both as "
                "the same kind of container"
            )
        return join_rows(X, row)
    point = row[0][0] if is_dataset(row) and isinstance(row[0], tuple) else row[0]
    # a batch is collated from its items, so all must have the same types
    pair = zip((point, label), X[0], strict=True)
    return join_rows(X, [tuple(_as(value, like) for value, like in pair)])


def _as(value, like):
    """Convert a value to a tensor if `like` is one."""
    if not is_torch_array(like):
        return value
    return imported_torch().as_tensor(value, dtype=like.dtype)


def with_one_more(
    fit_params: dict[str, Any], known: dict[str, set[str]]
) -> dict[str, Any]:
    """Extend fit parameters with one entry per point by one entry.

    `known` are the names by which the model knows each parameter, see `known_as`.
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
            f"{name} has one value per labelled point, but ExpectedErrorReduction adds "
            "points for which it is not known; only weights are supported, whose mean "
            "is used for these points"
        )
    return np.append(values, values.mean(dtype=float))
