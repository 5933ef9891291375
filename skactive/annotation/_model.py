"""What the strategy of a campaign is, and what its labels are to it; layer 6."""

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

LONGEST = 200  # characters of a parameter, for the record


def described(strategy: Any) -> dict[str, str]:
    """The parameters of a strategy and its model, as text for the record."""
    params = strategy.get_params(deep=True)
    texts = {name: repr(value)[:LONGEST] for name, value in params.items()}
    return {"class": type(strategy).__name__, **texts}


def last_step(strategy: Any) -> Any:
    """The query strategy itself, perhaps at the end of a pipeline."""
    if isinstance(strategy, sklearn.pipeline.Pipeline):
        return strategy.steps[-1][1]
    return strategy


def predicts(strategy: Any) -> bool:
    """Whether a strategy has a model, which can be scored."""
    return last_step(strategy).estimator is not None


def task_of(strategy: Any, classes: Sequence[Any] | None) -> str:
    """Name what is learnt: classification, regression, or any where nothing says so.

    Parameters
    ----------
    strategy : QueryStrategy or Pipeline
        Not fitted.
    classes : list or None
        As given by the user.

    Returns
    -------
    str
        Labels of "any" kind are what a strategy without a model does not look at.
    """
    if predicts(strategy):
        return as_sampler(last_step(strategy).estimator, needs=None).task
    return "any" if classes is None else "classification"


def net_of(strategy: Any) -> Any:
    """The skorch net that a strategy fits; None if it fits something else."""
    if not predicts(strategy):
        return None
    final = unwrap(model_of(last_step(strategy).estimator))[1]
    return final if is_net(final) else None


def as_label(label: Any, task: str, classes: Sequence[Any]) -> Any:
    """A label as it is stored: of Python's own types, one of `classes` if it is equal.

    Parameters
    ----------
    label : str, bool, int or float
        What a person said, NumPy's types too.
    task : {"classification", "regression", "any"}
        Regression takes finite numbers.
    classes : sequence
        Those known, new ones may be added.

    Returns
    -------
    str, bool, int or float
        The label.

    Raises
    ------
    TypeError, ValueError
        If it is no label.
    """
    label = label.item() if isinstance(label, np.generic) else label
    if task == "regression":
        return _as_value(label)
    if not isinstance(label, str | bool | int | float):
        raise TypeError(
            f"a label is text or a number, not {label!r}; to leave a row without one, "
            "skip it"
        )
    if isinstance(label, Real) and not np.isfinite(label):
        raise ValueError(f"{label} is no label; to leave a row without one, skip it")
    if classes and isinstance(label, str) != isinstance(classes[0], str):
        raise ValueError(
            f"label {label!r} is a {type(label).__name__}, and the classes are "
            f"{list(classes)}"
        )
    return next((known for known in classes if known == label), label)


def _as_value(label):
    if isinstance(label, bool) or not isinstance(label, Real):
        raise TypeError(f"a value to learn is a number, not {label!r}")
    if not np.isfinite(label):
        raise ValueError(f"{label} is no value; to leave a row without one, skip it")
    return int(label) if isinstance(label, Integral) else float(label)


def as_targets(labels: Sequence[Any], strategy: Any, task: str, classes: list) -> Any:
    """Labels as the strategy's ``fit`` takes them.

    Parameters
    ----------
    labels : list
        As they are stored.
    strategy : QueryStrategy or Pipeline
        A net is given places in `classes`, of the type that its loss takes.
    task : {"classification", "regression", "any"}
        What is learnt.
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
    # what compares labels with probabilities takes floats
    binary = "BCE" in net.criterion.__name__
    return np.asarray(places, dtype=np.float32 if binary else np.int64)
