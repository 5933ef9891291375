"""List the package's strategies and samplers, and make small data sets; layer 7."""

import numpy as np
from sklearn.datasets import make_classification, make_regression

import skactive
from skactive.base import QueryStrategy
from skactive.samplers import PosteriorSampler

__all__ = ["all_samplers", "all_strategies", "make_data"]


def all_strategies() -> list[type[QueryStrategy]]:
    """List all public strategies.

    Returns
    -------
    list of type
        Subclasses of `skactive.base.QueryStrategy` in ``skactive.__all__``.

    Examples
    --------
    >>> from skactive.testing import all_strategies
    >>> "ICAL" in [cls.__name__ for cls in all_strategies()]
    True
    """
    return _public(skactive, QueryStrategy)


def all_samplers() -> list[type[PosteriorSampler]]:
    """List all public samplers.

    Returns
    -------
    list of type
        Subclasses of `PosteriorSampler` in ``skactive.samplers.__all__``.

    Examples
    --------
    >>> from skactive.testing import all_samplers
    >>> "EnsembleSampler" in [cls.__name__ for cls in all_samplers()]
    True
    """
    return _public(skactive.samplers, PosteriorSampler)


def _public(module, base):
    """Concrete subclasses of `base` that `module` exports, without aliases."""
    found = {getattr(module, name): None for name in module.__all__}
    classes = [cls for cls in found if isinstance(cls, type) and issubclass(cls, base)]
    return [cls for cls in classes if not cls.__abstractmethods__]


def make_data(
    task: str, *, n: int = 30, n_pool: int = 60, random_state: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Make small labelled and unlabelled sets, with duplicates in the pool.

    Parameters
    ----------
    task : {"classification", "regression"}
        The task; classification has three classes.
    n : int, default=30
        Number of labelled points.
    n_pool : int, default=60
        Number of unlabelled points; the last two are copies of the first two.
    random_state : int, default=0
        Seed of the data.

    Returns
    -------
    X, y, X_pool : ndarrays of shape (n, 6), (n,) and (n_pool, 6)
        Features in float32 and labels, read-only so that writing to them fails.

    Examples
    --------
    >>> from skactive.testing import make_data
    >>> X, y, X_pool = make_data("classification")
    >>> X.shape, y.shape, X_pool.shape
    ((30, 6), (30,), (60, 6))
    """
    shape = {"n_samples": n + n_pool, "n_features": 6, "random_state": random_state}
    if task == "regression":
        X, y = make_regression(noise=5.0, **shape)
        y = (y / y.std()).astype(np.float32)
    else:
        X, y = make_classification(
            n_classes=3, n_informative=4, class_sep=0.7, flip_y=0.1, **shape
        )
    X = X.astype(np.float32)
    X[-2:] = X[n : n + 2]
    parts = X[:n].copy(), y[:n].copy(), X[n:].copy()
    for part in parts:
        part.flags.writeable = False
    return parts
