"""Points, labels and targets that the models of the zoo are fitted on."""

import numpy as np
import scipy.sparse

NAMES = np.array(["ant", "bee", "cat"])


def data(n=40, d=6, seed=0):
    """Points, labels 0..2 that depend on them, and two targets."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    X[-2:] = X[:2]
    y_2 = np.stack([X[:, 0] - X[:, 1], X[:, 2] * X[:, 3]], axis=1)
    labels = np.digitize(X[:, 0] + 0.5 * rng.normal(size=n), [-0.5, 0.5])
    labels[-2:] = labels[:2]
    return X, labels, y_2


def missing(X):
    """The points with a fifth of the features missing."""
    X = X.copy()
    X[:-2][np.random.default_rng(1).random((len(X) - 2, 6)) < 0.2] = np.nan
    X[-2:] = X[:2]
    return X


def sparse(X, container=scipy.sparse.csr_matrix):
    """The positive features as a sparse matrix."""
    return container(X * (X > 0))


# What is learnt, of the labels and of the two targets
TARGETS = {
    "labels": lambda labels, y_2: labels,
    "names": lambda labels, y_2: NAMES[labels],
    "scattered": lambda labels, y_2: np.array([-3, 5, 40])[labels],
    "two": lambda labels, y_2: labels % 2,
    "truth": lambda labels, y_2: labels < 2,
    "value": lambda labels, y_2: y_2[:, 0],
    "values": lambda labels, y_2: y_2,
}
