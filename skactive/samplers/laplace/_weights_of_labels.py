"""Weights that a loss gives to labels; layer 3."""

import numpy as np

from skactive._utils.array import to_numpy
from skactive._utils.torch import imported_torch

__all__ = ["weights_of_labels"]


def weights_of_labels(criterion, y):
    """Weight of each label in the sum of a torch loss.

    Parameters
    ----------
    criterion : torch.nn.Module
        The loss.
    y : ndarray of shape (n,)
        Labels 0..c-1.

    Returns
    -------
    ndarray of shape (n,)
        The weights: 1, except for ``CrossEntropyLoss`` and ``NLLLoss`` with a
        ``weight`` and ``BCEWithLogitsLoss`` with a ``pos_weight``.
    """
    nn, y = imported_torch().nn, np.ravel(y).astype(np.intp)
    weight_c = None
    if isinstance(criterion, nn.CrossEntropyLoss | nn.NLLLoss):
        weight_c = criterion.weight
    elif isinstance(criterion, nn.BCEWithLogitsLoss):
        weight_c = _of_two(criterion.pos_weight)
    if weight_c is None:
        return np.ones(len(y))
    return to_numpy(weight_c.double())[y]


def _of_two(pos_weight):
    """Weights of both classes, given that of the second."""
    if pos_weight is None:
        return None
    return imported_torch().cat([pos_weight.new_ones(1), pos_weight.reshape(1)])
