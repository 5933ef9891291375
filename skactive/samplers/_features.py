"""Features of the points as one array of floats; layer 3."""

import math
from typing import Any

import numpy as np
from scipy.sparse import issparse, vstack
from sklearn.utils import gen_batches

from skactive._utils.array import Array, carry, chunk_rows, namespace, to_numpy
from skactive._utils.scikit_learn import is_on_disk, n_rows, take_rows
from skactive.objectives._distances import as_features
from skactive.samplers._base import PosteriorSampler

__all__ = ["embedded", "features_of"]


def embedded(sampler, X):
    """Features in which the model sees the points, as its sampler's ``embed`` gives.

    Arrays on disk are read a chunk at a time: a transform would read the whole of them
    at once, and many a model takes none.
    """
    if not is_on_disk(X):
        return sampler.embed(X)
    size = chunk_rows(X.dtype.itemsize * math.prod(X.shape[1:]))
    chunks = gen_batches(n_rows(X), size)
    parts = [as_features(sampler.embed(take_rows(X, rows))) for rows in chunks]
    return vstack(parts) if issparse(parts[0]) else namespace(*parts).concat(parts)


def features_of(
    sampler: PosteriorSampler, X: Any, like: Array, *, keep_sparse: bool = False
) -> Any:
    """Features in which the model sees the points, as floats: (n, d).

    Parameters
    ----------
    sampler : PosteriorSampler
        Fitted; its ``embed`` makes the features.
    X : array-like of n points
        Whatever the model accepts.
    like : array
        In whose library and on whose device they are wanted: a prediction.
    keep_sparse : bool, default=False
        Whether sparse features stay so where `like` is a NumPy array.

    Returns
    -------
    array or sparse matrix of shape (n, d)
        In float32 or float64; images are made flat.
    """
    try:
        features = as_features(embedded(sampler, X))
    except ValueError as error:
        model = type(sampler.estimator).__name__
        raise ValueError(
            f"the features of {model} are no table of numbers: {error}; put what "
            "encodes the points in a Pipeline with the model"
        ) from error
    if issparse(features):
        if keep_sparse and isinstance(like, np.ndarray):
            floats = features.dtype in (np.float32, np.float64)
            return features if floats else features.astype(np.float64)
        features = features.toarray()
    if namespace(features) is not namespace(like):
        # torch warns of memory it may not write to, as of a read-only X
        features = np.require(to_numpy(features), requirements=["W"])
    features, xp = carry(features, like), namespace(like)
    floats = features.dtype in (xp.float32, xp.float64)
    return features if floats else xp.astype(features, xp.float64)
