"""Features of points as an array of floats; layer 3."""

import math
from typing import Any

import numpy as np
from scipy.sparse import issparse, vstack
from sklearn.utils import gen_batches

from skactive._utils.array import Array, carry, chunk_rows, namespace
from skactive._utils.scikit_learn import is_on_disk, n_rows, take_rows
from skactive.objectives._distances import as_features
from skactive.samplers._base import PosteriorSampler

__all__ = ["embedded", "features_of"]


def embedded(sampler, X):
    """Compute the features of points by the sampler's ``embed``.

    Arrays on disk are read in chunks: many models do not accept them, and a transformer
    would read the whole array at once.
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
    """Compute the features of points as floats: (n, d).

    Parameters
    ----------
    sampler : PosteriorSampler
        Fitted sampler whose ``embed`` computes the features.
    X : array-like of n points
        Points, in any form that the model accepts.
    like : array
        An array, such as a prediction, with the library and device of the result.
    keep_sparse : bool, default=False
        Whether sparse features stay sparse if `like` is a NumPy array.

    Returns
    -------
    array or sparse matrix of shape (n, d)
        The features, in float32 or float64; images are flattened.
    """
    features = as_features(embedded(sampler, X))
    if issparse(features):
        if keep_sparse and isinstance(like, np.ndarray):
            floats = features.dtype in (np.float32, np.float64)
            return features if floats else features.astype(np.float64)
        features = features.toarray()
    features, xp = carry(features, like), namespace(like)
    floats = features.dtype in (xp.float32, xp.float64)
    return features if floats else xp.astype(features, xp.float64)
