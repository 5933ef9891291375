"""Images that the benchmarks and examples learn from; layer 5."""

import os
from pathlib import Path

import numpy as np
from sklearn.datasets import fetch_openml, load_digits

__all__ = ["load_digits_images", "load_mnist"]

N_TRAIN = 60_000  # MNIST's own split: what follows is the test set


def load_digits_images():
    """Load scikit-learn's 8 x 8 digits as images for a net.

    Returns
    -------
    X : ndarray of float32, shape (1797, 1, 8, 8)
        Images in [0, 1]: points, channel, rows, columns.
    y : ndarray of int64, shape (1797,)
        The digits.

    Examples
    --------
    >>> from skactive.datasets import load_digits_images
    >>> X, y = load_digits_images()
    >>> X.shape
    (1797, 1, 8, 8)
    """
    X, y = load_digits(return_X_y=True)
    return _images(X, 8, white=16), y.astype(np.int64)


def load_mnist():
    """Load the handwritten digits of MNIST [1]_ as images for a net.

    They are read from ``mnist.npz`` in the folder that the environment variable
    ``SKACTIVE_DATA`` names, and without it downloaded, and kept, by scikit-learn's
    ``fetch_openml``.

    Returns
    -------
    X_train : ndarray of float32, shape (60000, 1, 28, 28)
        Images in [0, 1]: points, channel, rows, columns.
    X_test : ndarray of float32, shape (10000, 1, 28, 28)
        Those of the test set.
    y_train : ndarray of int64, shape (60000,)
        The digits.
    y_test : ndarray of int64, shape (10000,)
        Those of the test set.

    Raises
    ------
    OSError
        If there is neither a copy nor a network.

    References
    ----------
    .. [1] LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to
       document recognition", 1998.

    Examples
    --------
    >>> from skactive.datasets import load_mnist
    >>> X_train, X_test, y_train, y_test = load_mnist()  # doctest: +SKIP
    """
    folder = os.environ.get("SKACTIVE_DATA")
    X_train, X_test, y_train, y_test = _read(folder) if folder else _download()
    return (
        _images(X_train, 28, white=255),
        _images(X_test, 28, white=255),
        y_train.astype(np.int64),
        y_test.astype(np.int64),
    )


def _read(folder):
    with np.load(Path(folder) / "mnist.npz") as data:
        return [data[name] for name in ("X_train", "X_test", "y_train", "y_test")]


def _download():
    try:
        X, y = fetch_openml("mnist_784", version=1, as_frame=False, return_X_y=True)
    except OSError as error:
        raise OSError(
            "MNIST could not be downloaded from openml.org: connect, or set the "
            "environment variable SKACTIVE_DATA to a folder that holds mnist.npz with "
            "X_train, y_train, X_test and y_test"
        ) from error
    return X[:N_TRAIN], X[N_TRAIN:], y[:N_TRAIN], y[N_TRAIN:]


def _images(X, side, white):
    return (X / np.float32(white)).astype(np.float32).reshape(-1, 1, side, side)
