"""Features of the points as one array of floats; layer 2."""

import array_api_compat
import numpy as np
import scipy.sparse

from skactive._array import carry, namespace, to_numpy

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
    features = sampler.embed(X)
    if not array_api_compat.is_torch_array(features):
        features = _host_features(features, sampler)
    if namespace(features) is not namespace(like):
        # torch warns of memory it may not write to, as of a read-only X
        features = np.require(to_numpy(features), requirements=["W"])
    features = carry(features, like)
    return _checked(features.reshape(features.shape[0], -1))


def mean_prediction(sampler, X, functions):
    """Mean over draws, without holding the draws: (n, c)."""
    return sampler.evaluate(
        functions, X, then=lambda p_nkc: namespace(p_nkc).mean(p_nkc, axis=1)
    )


def _host_features(features, sampler):
    if scipy.sparse.issparse(features):
        features = features.toarray()
    features = np.asarray(features)
    try:
        if features.ndim < 2:
            raise ValueError(f"they are of shape {features.shape}, not (n, d)")
        wide = features.dtype.kind != "f"
        return features.astype(np.float64) if wide else features
    except (TypeError, ValueError) as error:
        model = type(sampler.estimator).__name__
        raise ValueError(
            f"the features of {model} are no table of numbers: {error}; put what "
            "encodes the points in a Pipeline with the model"
        ) from error


def _checked(features_nd):
    """Raise ``ValueError`` naming the first row that is not finite."""
    xp = namespace(features_nd)
    if features_nd.dtype not in (xp.float32, xp.float64):
        features_nd = xp.astype(features_nd, xp.float32)
    finite_n = xp.isfinite(xp.sum(features_nd, axis=1))
    if not bool(xp.all(finite_n)):
        row = int(np.flatnonzero(~to_numpy(finite_n))[0])
        raise ValueError(
            f"the features of row {row} are not finite: impute them in a Pipeline "
            "with the model"
        )
    return features_nd
