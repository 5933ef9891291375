"""Temperature scaling of predicted probabilities, by cross-validation; layer 3.

References
----------
.. [1] Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks",
   ICML 2017.
"""

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold
from sklearn.utils import column_or_1d

from skactive._utils.array import float64, namespace, to_numpy
from skactive._utils.scikit_learn import is_dataset, n_rows, take_params, take_rows
from skactive.information import mean_of_draws
from skactive.samplers._routing import weight_of_points
from skactive.samplers._unwrap import is_frozen
from skactive.samplers._vote import ClassifierVote

__all__ = [
    "best_temperature",
    "cross_validated_temperature",
    "labels_within",
    "tempered",
]

MOST_FOLDS = 5
LARGEST_LOG = 3.0  # largest absolute value of the log of the temperature
LEAST = 1e-7  # clips probabilities so that logs are finite: about the eps of float32


def tempered(p_nc, temperature):
    """Temper probabilities: ``p ** (1 / temperature)``, normalized: (n, c), float64.

    Temperature 1 leaves them unchanged. For others they are clipped from below, so that
    no class remains impossible at every temperature.
    """
    xp, p_nc = namespace(p_nc), float64(p_nc)
    if temperature == 1:
        return p_nc
    log_nc = xp.log(xp.clip(p_nc, min=LEAST)) / temperature
    # subtracting the largest exponent keeps exp from underflowing in all classes
    q_nc = xp.exp(log_nc - xp.max(log_nc, axis=-1, keepdims=True))
    return q_nc / xp.sum(q_nc, axis=-1, keepdims=True)


def best_temperature(p_nc, column_n, s_n=1.0):
    """Temperature that maximizes the likelihood of labels, given as columns: a float.

    Its logarithm is searched between -3 and 3, and rounded to three decimals: the data
    do not determine more, and rounding errors of the probabilities must not matter.
    `s_n` are the weights of the labels.
    """
    p_nc, rows = to_numpy(p_nc), np.arange(len(column_n))

    def loss(log_t):
        q_nc = tempered(p_nc, np.exp(log_t))
        return -(s_n * np.log(np.clip(q_nc[rows, column_n], LEAST, 1))).mean()

    bounds = (-LARGEST_LOG, LARGEST_LOG)
    found = minimize_scalar(loss, bounds=bounds, method="bounded")
    return float(np.exp(np.round(found.x, 3)))


def cross_validated_temperature(sampler, X, y, fit_params, rng):
    """Fit the temperature by cross-validation, on held-out predictions.

    Clones of the sampler are fitted on the training sets of up to five folds.

    Parameters
    ----------
    sampler : PosteriorSampler
        The sampler, fitted or not; it is not changed.
    X : array-like of n points
        The labelled points.
    y : array-like of shape (n,) or None
        Labels of the points; None if `X` is a ``Dataset`` that contains them.
    fit_params : dict
        Passed to ``fit``; those with one entry per point are split. A
        ``sample_weight`` also weights the held-out predictions.
    rng : numpy.random.Generator
        Source of randomness for the folds and the functions.

    Returns
    -------
    float
        The temperature. 1 if it cannot be estimated: because there are fewer than two
        classes, a class has fewer than two labels, or the model is frozen.
    """
    unknown = y is None and not is_dataset(X)
    if unknown or not n_rows(X) or _is_trained(sampler.estimator):
        return 1.0
    y_n = column_or_1d(to_numpy(labels_within(X) if y is None else y))
    classes, count = np.unique(y_n, return_counts=True)
    if len(classes) < 2 or count.min() < 2:
        return 1.0
    n_folds, seed = min(MOST_FOLDS, int(count.min())), int(rng.integers(2**31 - 1))
    folds = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
    weight = weight_of_points(sampler.estimator, fit_params)
    s_n = np.ones(len(y_n)) if weight is None else np.asarray(weight, dtype=float)
    found = [
        (*_predictions(clone(sampler), X, y, y_n, *fold, fit_params, rng), s_n[fold[1]])
        for fold in folds.split(y_n, y_n)
    ]
    return best_temperature(*map(np.concatenate, zip(*found, strict=True)))


def _predictions(sampler, X, y, y_n, train, test, fit_params, rng):
    """Predict a fold by a model of the others; return the columns of its labels too."""
    X_train, X_test = take_rows(X, train), take_rows(X, test)
    params = take_params(X, fit_params, indices=train)
    sampler.fit(X_train, None if y is None else take_rows(y, train), **params)
    p_nc = to_numpy(sampler.evaluate(sampler.functions(rng), X_test, mean_of_draws))
    return p_nc, (y_n[test, None] == np.asarray(sampler.classes_)).argmax(axis=1)


def labels_within(X):
    """Labels in a ``Dataset`` whose items are pairs of a point and its label."""
    return np.asarray([to_numpy(X[i][1]) for i in range(n_rows(X))])


def _is_trained(estimator):
    """Whether the model, or every model in a list, is frozen."""
    if isinstance(estimator, ClassifierVote):
        return all(is_frozen(member) for _, member in estimator.estimators)
    return is_frozen(estimator)
