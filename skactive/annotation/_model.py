"""Properties of a campaign's strategy, and conversion of labels for it; layer 6."""

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
import sklearn.pipeline

from skactive.base._delegation import model_of
from skactive.samplers import as_sampler
from skactive.samplers._nets import is_net
from skactive.samplers._unwrap import unwrap

__all__ = [
    "as_label",
    "as_targets",
    "described",
    "last_step",
    "net_of",
    "predicts",
    "task_of",
]

LONGEST = 200  # maximum number of characters of a recorded parameter


def described(strategy: Any) -> dict[str, str]:
    """Describe the parameters of a strategy and its model, for the record."""
    params = strategy.get_params(deep=True)
    texts = {name: repr(value)[:LONGEST] for name, value in params.items()}
    return {"class": type(strategy).__name__, **texts}


def last_step(strategy: Any) -> Any:
    """The query strategy itself, which may be the last step of a pipeline."""
    if isinstance(strategy, sklearn.pipeline.Pipeline):
        return strategy.steps[-1][1]
    return strategy


def predicts(strategy: Any) -> bool:
    """Whether a strategy has a model, which can then be scored."""
    return last_step(strategy).estimator is not None


def task_of(strategy: Any, classes: Sequence[Any] | None) -> str:
    """Task: classification or regression, or "any" if there is no model or class.

    Parameters
    ----------
    strategy : QueryStrategy or Pipeline
        Strategy, not fitted.
    classes : list or None
        The classes as passed by the user.

    Returns
    -------
    str
        The task. Labels for "any" can be of all types, as no model looks at them.
    """
    if predicts(strategy):
        return as_sampler(last_step(strategy).estimator, needs=None).task
    return "any" if classes is None else "classification"


def net_of(strategy: Any) -> Any:
    """The skorch net that a strategy fits, or None if it fits another model."""
    if not predicts(strategy):
        return None
    final = unwrap(model_of(last_step(strategy).estimator))[1]
    return final if is_net(final) else None


def as_label(label: Any, task: str, classes: Sequence[Any]) -> Any:
    """Convert a label to one of `classes` if it is equal, else to a Python type.

    Parameters
    ----------
    label : str, bool, int or float
        A label, possibly of a NumPy type.
    task : {"classification", "regression", "any"}
        Task; regression requires finite numbers.
    classes : sequence
        The known classes; a label may be a new one.

    Returns
    -------
    str, bool, int or float
        The label as it is stored.

    Raises
    ------
    TypeError, ValueError
        If it is not a valid label.
    """
    label = label.item() if isinstance(label, np.generic) else label
    if task == "regression":
        return _as_value(label)
    if not isinstance(label, str | bool | int | float):
        raise TypeError(
            f"a label must be text or a number, not {label!r}; to leave a row without "
            "one, skip it"
        )
    if isinstance(label, Real) and not np.isfinite(label):
        raise ValueError(
            f"{label} is not a valid label; to leave a row without one, skip it"
        )
    if classes and isinstance(label, str) != isinstance(classes[0], str):
        raise ValueError(
            f"label {label!r} is a {type(label).__name__}, unlike the classes "
            f"{list(classes)}; use the same type"
        )
    return next((known for known in classes if known == label), label)


def _as_value(label):
    if isinstance(label, bool) or not isinstance(label, Real):
        raise TypeError(f"a label for regression must be a number, not {label!r}")
    if not np.isfinite(label):
        raise ValueError(
            f"{label} is not a finite number; to leave a row without one, skip it"
        )
    return int(label) if isinstance(label, Integral) else float(label)


def as_targets(labels: Sequence[Any], strategy: Any, task: str, classes: list) -> Any:
    """Convert labels to targets for the strategy's ``fit``.

    Parameters
    ----------
    labels : list
        Labels as they are stored.
    strategy : QueryStrategy or Pipeline
        The strategy. Nets get indices into `classes`, in the dtype of their loss.
    task : {"classification", "regression", "any"}
        Task of the model.
    classes : list
        All classes.

    Returns
    -------
    ndarray of shape (n,) or, for nets that regress, (n, 1)
        The targets.
    """
    net = net_of(strategy)
    if net is None:
        return np.asarray(labels, dtype=np.float64 if task == "regression" else None)
    if task == "regression":
        return np.asarray(labels, dtype=np.float32)[:, None]
    places = [classes.index(label) for label in labels]
    # losses that compare labels with probabilities need floats
    binary = "BCE" in net.criterion.__name__
    return np.asarray(places, dtype=np.float32 if binary else np.int64)
