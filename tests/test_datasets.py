import os
from urllib.error import URLError

import numpy as np
import pytest
from sklearn.datasets import load_digits

from skactive import datasets

RNG = np.random.default_rng(0)


def assert_images(X, shape):
    assert X.shape == shape
    assert X.dtype == np.float32
    assert X.min() == 0
    assert X.max() == 1


def test_digits_are_those_of_scikit_learn():
    X, y = datasets.load_digits_images()
    images, labels = load_digits(return_X_y=True)
    assert_images(X, (1797, 1, 8, 8))
    np.testing.assert_array_equal(16 * X.reshape(1797, 64), images)
    np.testing.assert_array_equal(y, labels)
    assert y.dtype == np.int64


def test_mnist_is_read_from_the_folder_named(tmp_path, monkeypatch):
    images = RNG.integers(256, size=(5, 28, 28), dtype=np.uint8)
    images[:, 0, 0], images[:, 0, 1] = 0, 255
    parts = {"X_train": images[:3], "X_test": images[3:]}
    labels = np.arange(5, dtype=np.uint8)
    np.savez(tmp_path / "mnist.npz", y_train=labels[:3], y_test=labels[3:], **parts)
    monkeypatch.setenv("SKACTIVE_DATA", str(tmp_path))
    X_train, X_test, y_train, y_test = datasets.load_mnist()
    assert_images(X_train, (3, 1, 28, 28))
    assert_images(X_test, (2, 1, 28, 28))
    np.testing.assert_array_equal((255 * X_train[:, 0]).round(), images[:3])
    np.testing.assert_array_equal(y_train, [0, 1, 2])
    np.testing.assert_array_equal(y_test, [3, 4])
    assert y_train.dtype == y_test.dtype == np.int64


def test_a_folder_without_it_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("SKACTIVE_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"mnist\.npz"):
        datasets.load_mnist()


def test_a_download_is_split_as_mnist_is(monkeypatch):
    def fetched(name, **options):
        assert name == "mnist_784"
        X = np.zeros((9, 784))
        X[:, 1] = 255
        return X, np.array([str(i) for i in range(9)], dtype=object)

    monkeypatch.delenv("SKACTIVE_DATA", raising=False)
    monkeypatch.setattr(datasets, "fetch_openml", fetched)
    monkeypatch.setattr(datasets, "N_TRAIN", 6)
    X_train, X_test, y_train, y_test = datasets.load_mnist()
    assert_images(X_train, (6, 1, 28, 28))
    assert_images(X_test, (3, 1, 28, 28))
    np.testing.assert_array_equal(y_train, np.arange(6))
    np.testing.assert_array_equal(y_test, [6, 7, 8])


def test_without_a_network_the_error_names_the_remedy(monkeypatch):
    def no_network(*args, **options):
        raise URLError("no route to host")

    monkeypatch.delenv("SKACTIVE_DATA", raising=False)
    monkeypatch.setattr(datasets, "fetch_openml", no_network)
    with pytest.raises(OSError, match="SKACTIVE_DATA") as caught:
        datasets.load_mnist()
    assert isinstance(caught.value.__cause__, URLError)


@pytest.mark.skipif("SKACTIVE_DATA" not in os.environ, reason="SKACTIVE_DATA not set")
def test_the_real_mnist():
    X_train, X_test, y_train, y_test = datasets.load_mnist()
    assert_images(X_train, (60000, 1, 28, 28))
    assert_images(X_test, (10000, 1, 28, 28))
    assert np.bincount(y_train)[[0, 9]].tolist() == [5923, 5949]
    assert np.bincount(y_test)[[0, 9]].tolist() == [980, 1009]
