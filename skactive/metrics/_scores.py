"""How good a model is, on all classes there are; layer 5."""

import numpy as np

__all__ = ["log_likelihood", "negative_log_likelihood"]


def negative_log_likelihood(y_true, p_nc, classes, *, eps=1e-7):
    """Mean surprise, in nats, at the true labels; lower is better.

    A label that the model has never seen, or holds impossible, costs ``-log(eps)``:
    in early rounds a model may not know every class.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        The true labels.
    p_nc : array-like of shape (n, c)
        Predicted probabilities.
    classes : array-like of shape (c,)
        The labels that the columns stand for.
    eps : float, default=1e-7
        Probabilities are clipped from below to this: about the resolution of
        float32, whatever the model returns.

    Returns
    -------
    float
        The mean of ``-log p(y)``.

    Examples
    --------
    >>> from skactive.metrics import negative_log_likelihood
    >>> float(negative_log_likelihood(["a"], [[0.25, 0.75]], classes=["b", "a"]))
    0.287...
    """
    p_nc, classes = np.asarray(p_nc, dtype=np.float64), np.asarray(classes)
    is_true_nc = np.asarray(y_true)[:, None] == classes
    p_n = np.where(is_true_nc, p_nc, 0.0).sum(axis=1)  # 0 for a class never seen
    return -np.log(np.clip(p_n, eps, 1.0)).mean()


def log_likelihood(estimator, X, y):
    """Mean log-likelihood of true labels: a scorer, so that higher is better.

    Minus the `negative_log_likelihood`; unlike scikit-learn's ``"neg_log_loss"`` it
    scores models that have not seen every class.

    Parameters
    ----------
    estimator : classifier
        Fitted, with ``predict_proba``.
    X : array-like of n points
        Test points.
    y : array-like of shape (n,)
        Their true labels.

    Returns
    -------
    float
        The mean of ``log p(y)``, in nats.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skactive.metrics import log_likelihood
    >>> X, y = load_iris(return_X_y=True)
    >>> two_classes = GaussianNB().fit(X[:100], y[:100])
    >>> float(log_likelihood(two_classes, X, y))
    -5.37...
    """
    p_nc = estimator.predict_proba(X)
    return -negative_log_likelihood(y, p_nc, estimator.classes_)
