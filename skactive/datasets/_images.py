"""Images; layer 0."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from skactive.datasets._files import download, local_file, open_archive, two_sets
from skactive.datasets._toys import generator

__all__ = ["load_cifar10", "load_digits_images", "load_mnist", "make_repeated"]

CIFAR_CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)


def load_digits_images() -> tuple[np.ndarray, np.ndarray]:
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
    return _unit(X, white=16).reshape(-1, 1, 8, 8), y.astype(np.int64)


def load_mnist(
    classes: Sequence[int] | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Load the handwritten digits of MNIST [1]_ as images for a net.

    They are read from ``mnist.npz`` in the folder that the environment variable
    ``SKACTIVE_DATA`` names, and without it downloaded, and kept, by scikit-learn's
    ``fetch_openml``.

    Parameters
    ----------
    classes : sequence of int, default=None
        Load these digits only, labelled 0, 1, ... in the order given, as a net needs
        them: ``(7, 9)`` for seven against nine. All of them by default.

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
    ValueError
        If the copy holds other data.

    References
    ----------
    .. [1] LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to
       document recognition", 1998.

    Examples
    --------
    >>> from skactive.datasets import load_mnist
    >>> X_train, X_test, y_train, y_test = load_mnist()  # doctest: +SKIP
    """
    source = {"name": "mnist_784", "version": 1}
    X_train, X_test, y_train, y_test = two_sets("mnist.npz", 784, 60_000, **source)
    classes = range(10) if classes is None else classes
    X_train, y_train = _only(classes, X_train, y_train)
    X_test, y_test = _only(classes, X_test, y_test)
    shape = (-1, 1, 28, 28)
    return (
        _unit(X_train, white=255).reshape(shape),
        _unit(X_test, white=255).reshape(shape),
        y_train,
        y_test,
    )


def load_cifar10(
    classes: Sequence[int] | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Load the small photographs of CIFAR-10 [1]_ as images for a net.

    They are read from ``cifar10-jpg.zip`` in the folder that the environment variable
    ``SKACTIVE_DATA`` names: JPEGs ``train/<class>/*.jpg`` and ``test/<class>/*.jpg``,
    for which Pillow is needed. Without it they are downloaded, and kept, by
    scikit-learn's ``fetch_openml``; those are the original pixels, which JPEG changes a
    little, in another order.

    Parameters
    ----------
    classes : sequence of int, default=None
        Load these classes only, labelled 0, 1, ... in the order given; all of them by
        default. In the order of the numbers 0 to 9: airplane, automobile, bird, cat,
        deer, dog, frog, horse, ship, truck.

    Returns
    -------
    X_train : ndarray of float32, shape (50000, 3, 32, 32)
        Images in [0, 1]: points, colours, rows, columns.
    X_test : ndarray of float32, shape (10000, 3, 32, 32)
        Those of the test set.
    y_train : ndarray of int64, shape (50000,)
        The classes.
    y_test : ndarray of int64, shape (10000,)
        Those of the test set.

    Raises
    ------
    OSError
        If there is neither a copy nor a network.
    ValueError
        If the copy holds other data.

    References
    ----------
    .. [1] Krizhevsky, "Learning multiple layers of features from tiny images", 2009.

    Examples
    --------
    >>> from skactive.datasets import load_cifar10
    >>> X_train, X_test, y_train, y_test = load_cifar10()  # doctest: +SKIP
    """
    file = "cifar10-jpg.zip"
    path, classes = local_file(file), range(10) if classes is None else classes
    if path is None:
        X, y = download(file, 3072, name="CIFAR_10", version=1)
        X, y = X.reshape(-1, 3, 32, 32), y.astype(np.int64)
        train = _only(classes, X[:50_000], y[:50_000])
        test = _only(classes, X[50_000:], y[50_000:])
    else:
        with open_archive(path) as archive:
            train, test = (_decode(archive, s, classes) for s in ("train", "test"))
    return _unit(train[0], 255), _unit(test[0], 255), train[1], test[1]


def make_repeated(
    X: np.ndarray,
    y: np.ndarray,
    copies: int = 3,
    noise: float = 0.1,
    *,
    random_state: Any = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Repeat every point, each time with other noise, as Repeated MNIST does [1]_.

    A strategy that scores each point on its own queries batches of copies of one point.

    Parameters
    ----------
    X : ndarray of shape (n, ...)
        Points, scaled as the model sees them.
    y : ndarray of shape (n,)
        Their labels.
    copies : int, default=3
        How often each point is there.
    noise : float, default=0.1
        Standard deviation of the Gaussian noise on every copy.
    random_state : int, RandomState, Generator or None, default=None
        Source of the noise.

    Returns
    -------
    X : ndarray of shape (copies * n, ...)
        Row ``i`` is a copy of row ``i % n``.
    y : ndarray of shape (copies * n,)
        The labels.

    References
    ----------
    .. [1] Kirsch, van Amersfoort and Gal, "BatchBALD: efficient and diverse batch
       acquisition for deep Bayesian active learning", NeurIPS 2019.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.datasets import make_repeated
    >>> X, y = make_repeated(np.zeros((2, 5)), np.array([0, 1]), random_state=0)
    >>> X.shape, y
    ((6, 5), array([0, 1, 0, 1, 0, 1]))
    """
    dtype = np.result_type(X, np.float32)
    X = np.tile(X, (copies,) + (1,) * (X.ndim - 1)).astype(dtype, copy=False)
    X += dtype.type(noise) * generator(random_state).standard_normal(X.shape, dtype)
    return X, np.tile(y, copies)


def _unit(X, white):
    return (X / np.float32(white)).astype(np.float32)


def _only(classes, X, y):
    """The points of some classes, their labels numbered in the order of `classes`."""
    place = np.full(10, -1)
    place[list(classes)] = range(len(classes))
    y = place[y]
    return X[y >= 0], y[y >= 0]


def _decode(archive, part, classes):
    """Images (n, 3, 32, 32) and labels of a part of the archive, class by class."""
    from PIL import Image

    images, labels = [], []
    for label, number in enumerate(classes):
        folder = f"{part}/{CIFAR_CLASSES[number]}/"
        for name in sorted(archive.namelist()):
            if name.startswith(folder) and name.endswith(".jpg"):
                with archive.open(name) as file:
                    images.append(np.asarray(Image.open(file).convert("RGB")))
                labels.append(label)
    return np.stack(images).transpose(0, 3, 1, 2), np.array(labels, dtype=np.int64)
