"""Features of the points as one array of floats; layer 3."""

import numpy as np
from scipy.sparse import issparse

from skactive._utils.array import carry, namespace, to_numpy
from skactive.objectives._distances import as_features

__all__ = ["features_of", "mean_prediction"]


def features_of(sampler, X, like):
    """Features in which the model sees the points, as floats: (n, d).

    Parameters
    ----------
    sampler : PosteriorSampler
        Fitted; its ``embed`` makes the features.
    X : array-like of n points
        Whatever the model accepts.
    like : array
        In whose library and on whose device they are wanted: a prediction.

    Returns
    -------
    array of shape (n, d)
        In float32 or float64; sparse features are made dense, images flat.
    """
    try:
        features = as_features(sampler.embed(X))
    except ValueError as error:
        model = type(sampler.estimator).__name__
        raise ValueError(
            f"the features of {model} are no table of numbers: {error}; put what "
            "encodes the points in a Pipeline with the model"
        ) from error
    if issparse(features):
        features = features.toarray()
    if namespace(features) is not namespace(like):
        # torch warns of memory it may not write to, as of a read-only X
        features = np.require(to_numpy(features), requirements=["W"])
    features, xp = carry(features, like), namespace(like)
    floats = features.dtype in (xp.float32, xp.float64)
    return features if floats else xp.astype(features, xp.float64)


def mean_prediction(sampler, X, functions):
    """Mean over draws, without holding the draws: (n, c).

    Added in double precision, so that every array library rounds it alike.
    """

    def mean(p_nkc):
        xp = namespace(p_nkc)
        total_nc = xp.sum(p_nkc, axis=1, dtype=xp.float64)
        return xp.astype(total_nc / p_nkc.shape[1], p_nkc.dtype, copy=False)

    return sampler.evaluate(functions, X, then=mean)
