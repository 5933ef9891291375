"""Image data sets; layer 0."""

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
    """Load scikit-learn's 8 x 8 digits as images for a neural network.

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
    """Load the handwritten digits of MNIST [1]_ as images for a neural network.

    They are read from ``mnist.npz`` in the folder given by the environment variable
    ``SKACTIVE_DATA``. If that is not set, they are downloaded and cached by
    scikit-learn's ``fetch_openml``.

    Parameters
    ----------
    classes : sequence of int, default=None
        Load only these digits, relabelled 0, 1, ... in the order given, as a net
        requires: ``(7, 9)`` for sevens against nines. All digits by default.

    Returns
    -------
    X_train : ndarray of float32, shape (60000, 1, 28, 28)
        Images in [0, 1]: points, channel, rows, columns.
    X_test : ndarray of float32, shape (10000, 1, 28, 28)
        Test images.
    y_train : ndarray of int64, shape (60000,)
        The digits.
    y_test : ndarray of int64, shape (10000,)
        Digits of the test set.

    Raises
    ------
    OSError
        If there is no local copy and the download fails.
    ValueError
        If the local copy is not the file behind the published results.

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
    """Load the photographs of CIFAR-10 [1]_ as images for a neural network.

    They are read from ``cifar10-jpg.zip`` in the folder given by the environment
    variable ``SKACTIVE_DATA``, as JPEG files ``train/<class>/*.jpg`` and
    ``test/<class>/*.jpg``, which requires Pillow. If the variable is not set, they are
    downloaded and cached by scikit-learn's ``fetch_openml``. The download has the
    original pixels, which JPEG compression changes slightly, in a different order.

    Parameters
    ----------
    classes : sequence of int, default=None
        Load only these classes, relabelled 0, 1, ... in the order given; all by
        default. The numbers 0 to 9 stand for airplane, automobile, bird, cat, deer,
        dog, frog, horse, ship and truck.

    Returns
    -------
    X_train : ndarray of float32, shape (50000, 3, 32, 32)
        Images in [0, 1]: points, color channels, rows, columns.
    X_test : ndarray of float32, shape (10000, 3, 32, 32)
        Test images.
    y_train : ndarray of int64, shape (50000,)
        Classes, 0 to 9, or as relabelled.
    y_test : ndarray of int64, shape (10000,)
        Classes of the test set.

    Raises
    ------
    OSError
        If there is no local copy and the download fails.
    ValueError
        If the local copy is not the file behind the published results.

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
    """Repeat every point with different noise, as in Repeated MNIST [1]_.

    Near-duplicates show the weakness of strategies that score points independently:
    they query batches of copies of the same point.

    Parameters
    ----------
    X : ndarray of shape (n, ...)
        Points, in the scale the model sees.
    y : ndarray of shape (n,)
        Their labels.
    copies : int, default=3
        Number of copies of each point.
    noise : float, default=0.1
        Standard deviation of the Gaussian noise added to each copy.
    random_state : int, RandomState, Generator or None, default=None
        Seed or generator of the noise.

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
    """Select the points of some classes, relabelled in the order of `classes`."""
    place = np.full(10, -1)
    place[list(classes)] = range(len(classes))
    y = place[y]
    return X[y >= 0], y[y >= 0]


def _decode(archive, part, classes):
    """Decode the images (n, 3, 32, 32) and labels of a part, class by class."""
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
