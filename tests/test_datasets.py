import os
import tracemalloc
import zipfile
from urllib.error import URLError

import numpy as np
import pytest
from sklearn.datasets import load_digits

from skactive import datasets
from skactive.datasets import _files, _survey

RNG = np.random.default_rng(0)
needs_data = pytest.mark.skipif(
    "SKACTIVE_DATA" not in os.environ, reason="SKACTIVE_DATA not set"
)


def assert_images(X, shape):
    assert X.shape == shape
    assert X.dtype == np.float32
    assert X.min() == 0
    assert X.max() == 1


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of data files; their checksums are taken as right."""
    monkeypatch.setenv("SKACTIVE_DATA", str(tmp_path))
    monkeypatch.setattr(_files, "_check", lambda path, digest: None)
    return tmp_path


@pytest.fixture
def openml(monkeypatch):
    """A stand-in for fetch_openml that answers with (X, y) set by the test."""
    answers = {}

    def fetched(**asked):
        options = {
            k: v for k, v in asked.items() if k not in ("as_frame", "return_X_y")
        }
        return answers[str(options)]

    monkeypatch.delenv("SKACTIVE_DATA", raising=False)
    monkeypatch.setattr(_files, "fetch_openml", fetched)
    return answers


def save_small_mnist(folder):
    images = RNG.integers(256, size=(5, 28, 28), dtype=np.uint8)
    images[:, 0, 0], images[:, 0, 1] = 0, 255
    parts = {"X_train": images[:3], "X_test": images[3:]}
    labels = np.array([7, 9, 2, 9, 7], dtype=np.uint8)
    np.savez(folder / "mnist.npz", y_train=labels[:3], y_test=labels[3:], **parts)
    return images


def test_digits_are_those_of_scikit_learn():
    X, y = datasets.load_digits_images()
    images, labels = load_digits(return_X_y=True)
    assert_images(X, (1797, 1, 8, 8))
    np.testing.assert_array_equal(16 * X.reshape(1797, 64), images)
    np.testing.assert_array_equal(y, labels)
    assert y.dtype == np.int64


def test_mnist_is_read_from_the_folder_named(folder):
    images = save_small_mnist(folder)
    X_train, X_test, y_train, y_test = datasets.load_mnist()
    assert_images(X_train, (3, 1, 28, 28))
    assert_images(X_test, (2, 1, 28, 28))
    np.testing.assert_array_equal((255 * X_train[:, 0]).round(), images[:3])
    np.testing.assert_array_equal(y_train, [7, 9, 2])
    np.testing.assert_array_equal(y_test, [9, 7])
    assert y_train.dtype == y_test.dtype == np.int64


def test_some_digits_alone_are_labelled_in_the_order_given(folder):
    images = save_small_mnist(folder)
    X_train, X_test, y_train, y_test = datasets.load_mnist(classes=(9, 7))
    np.testing.assert_array_equal((255 * X_train[:, 0]).round(), images[:2])
    np.testing.assert_array_equal((255 * X_test[:, 0]).round(), images[3:])
    np.testing.assert_array_equal(y_train, [1, 0])
    np.testing.assert_array_equal(y_test, [0, 1])


def test_mnist_is_downloaded_and_split(openml):
    X = np.zeros((60_003, 784), dtype=np.uint8)
    X[:, 1] = 255
    y = np.array([str(i % 10) for i in range(len(X))], dtype=object)
    openml["{'name': 'mnist_784', 'version': 1}"] = X, y
    X_train, X_test, y_train, y_test = datasets.load_mnist()
    assert_images(X_train, (60_000, 1, 28, 28))
    assert_images(X_test, (3, 1, 28, 28))
    np.testing.assert_array_equal(y_train, np.arange(60_000) % 10)
    np.testing.assert_array_equal(y_test, [0, 1, 2])


def jpegs(folder, wrong=False):
    """An archive with one image of each of three classes in each part."""
    Image = pytest.importorskip("PIL.Image")
    colours = {"airplane": (250, 0, 0), "cat": (0, 250, 0), "truck": (0, 0, 250)}
    with zipfile.ZipFile(folder / "cifar10-jpg.zip", "w") as archive:
        for part in ("test", "train"):
            for name, colour in colours.items():
                with archive.open(f"{part}/{name}/0000.jpg", "w") as file:
                    Image.new("RGB", (32, 32), colour).save(file, "jpeg", quality=95)


def test_cifar10_is_decoded_class_by_class(folder):
    jpegs(folder)
    X_train, X_test, y_train, y_test = datasets.load_cifar10(classes=(9, 0, 3))
    assert X_train.shape == X_test.shape == (3, 3, 32, 32)
    assert X_train.dtype == np.float32
    np.testing.assert_array_equal(y_train, [0, 1, 2])
    np.testing.assert_array_equal(y_test, [0, 1, 2])
    # truck, airplane and cat are blue, red and green
    np.testing.assert_array_equal(X_train.mean(axis=(2, 3)).argmax(axis=1), [2, 0, 1])
    np.testing.assert_allclose(X_train.max(axis=(1, 2, 3)), 250 / 255, atol=0.02)


def test_cifar10_is_downloaded_and_split(openml, monkeypatch):
    X = np.zeros((50_002, 3072), dtype=np.uint8)
    X[-1, 1024 + 32] = 255  # green, second row, first column
    y = np.array([str(i % 10) for i in range(len(X))], dtype=object)
    openml["{'name': 'CIFAR_10', 'version': 1}"] = X, y
    X_train, X_test, _, y_test = datasets.load_cifar10(classes=(0, 1))
    assert X_train.shape == (10_000, 3, 32, 32)
    assert np.argwhere(X_test).tolist() == [[1, 1, 1, 0]]
    assert X_test.max() == 1
    np.testing.assert_array_equal(y_test, [0, 1])


def test_satimage_is_downloaded_and_split(openml):
    X = RNG.integers(256, size=(2010, 36)).astype(float)
    y = np.array(["7.", "1."] * 1005, dtype=object)
    openml["{'name': 'satimage', 'version': 1}"] = X, y
    X_train, X_test, y_train, y_test = datasets.load_satimage()
    np.testing.assert_array_equal(X_train, X[:10])
    np.testing.assert_array_equal(X_test, X[10:])
    np.testing.assert_array_equal(y_train, [7, 1] * 5)
    assert X_train.dtype == np.float32
    assert y_test.dtype == np.int64


@pytest.mark.parametrize(("name", "number"), [("kin8nm", 44980), ("concrete", 44959)])
def test_a_regression_set_is_downloaded(openml, name, number):
    table = RNG.normal(size=(20, 9))
    openml[str({"data_id": number, "target_column": None})] = table, None
    X, y = datasets.load_uci(name)
    np.testing.assert_array_equal(X, table[:, :8].astype(np.float32))
    np.testing.assert_array_equal(y, table[:, 8].astype(np.float32))


def test_the_heating_load_is_the_target_of_energy(openml):
    table = RNG.normal(size=(20, 10))
    openml["{'data_id': 1472, 'target_column': None}"] = table, None
    X, y = datasets.load_uci("energy")
    assert X.shape == (20, 8)
    np.testing.assert_array_equal(y, table[:, 8].astype(np.float32))


def test_a_regression_set_is_read_from_the_folder(folder):
    X, y = RNG.normal(size=(9, 4)), RNG.normal(size=9)
    np.savez(folder / "power_plant.npz", X=X, y=y)
    for found, saved in zip(datasets.load_uci("power_plant"), (X, y), strict=True):
        np.testing.assert_array_equal(found, saved)


# ---------------------------------------------------------------------- what is amiss


def test_a_folder_without_it_is_an_error(folder):
    for load in (datasets.load_mnist, datasets.load_cifar10, datasets.load_satimage):
        with pytest.raises(FileNotFoundError, match=r"(npz|zip); add it"):
            load()
    with pytest.raises(FileNotFoundError, match=r"kin8nm\.npz"):
        datasets.load_uci("kin8nm")


def test_without_a_network_the_error_names_the_remedy(monkeypatch):
    def no_network(*args, **options):
        raise URLError("no route to host")

    monkeypatch.delenv("SKACTIVE_DATA", raising=False)
    monkeypatch.setattr(_files, "fetch_openml", no_network)
    for load in (datasets.load_mnist, datasets.load_cifar10, datasets.load_satimage):
        with pytest.raises(OSError, match="SKACTIVE_DATA") as caught:
            load()
        assert isinstance(caught.value.__cause__, URLError)
    with pytest.raises(OSError, match=r"power_plant\.npz"):
        datasets.load_uci("power_plant")


def test_other_data_under_the_name_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("SKACTIVE_DATA", str(tmp_path))
    save_small_mnist(tmp_path)
    with pytest.raises(ValueError, match=r"mnist\.npz differs from the"):
        datasets.load_mnist()
    with zipfile.ZipFile(tmp_path / "cifar10-jpg.zip", "w") as archive:
        archive.writestr("train/cat/0000.jpg", b"")
    with pytest.raises(ValueError, match=r"cifar10-jpg\.zip differs from the"):
        datasets.load_cifar10()


def test_the_checksum_sees_every_value_and_the_shape(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(_files, "_check", lambda path, d: seen.append(d.hexdigest()))
    monkeypatch.setitem(_files.SIZES, "some.npz", 0)
    X = np.arange(6.0)
    for array in (X, X.copy(), X.reshape(2, 3), X + 1e-12, X.astype(np.float32)):
        np.savez(tmp_path / "some.npz", X=array)
        _files.read_arrays(tmp_path / "some.npz", ("X",))
    assert seen[0] == seen[1]
    assert len(set(seen)) == 4


def test_missing_arrays_and_sets_are_named(folder):
    np.savez(folder / "mnist.npz", x_train=np.zeros(3))
    with pytest.raises(ValueError, match=r"'x_train'.*'X_test'.* missing"):
        datasets.load_mnist()
    with pytest.raises(ValueError, match=r"name='boston' is not a data set.*kin8nm"):
        datasets.load_uci("boston")


@pytest.mark.parametrize("file", ["mnist.npz", "cifar10-jpg.zip"])
def test_what_would_fill_the_memory_is_refused_before_it_is_unpacked(folder, file):
    load = datasets.load_mnist if file == "mnist.npz" else datasets.load_cifar10
    with (
        zipfile.ZipFile(folder / file, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("X_train.npy", "w") as part,
    ):
        for _ in range(64):
            part.write(bytes(2**20))
    assert (folder / file).stat().st_size < 2**17
    tracemalloc.start()
    with pytest.raises(ValueError, match=rf"{file} would unpack to {2**26} bytes"):
        load()
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_what_is_no_zip_file_is_named(folder):
    for name in ("mnist.npz", "cifar10-jpg.zip"):
        (folder / name).write_bytes(b"PK, but no more")
    for load in (datasets.load_mnist, datasets.load_cifar10):
        with pytest.raises(ValueError, match=r"(npz|zip) is not a zip file"):
            load()


def test_a_download_of_another_width_is_refused(openml):
    openml["{'data_id': 44980, 'target_column': None}"] = np.zeros((3, 7)), None
    with pytest.raises(ValueError, match=r"shape \(3, 7\), but 9 features"):
        datasets.load_uci("kin8nm")


# ------------------------------------------------------------------------ made data


def test_repeated_points_differ_by_noise_alone():
    X, y = RNG.normal(size=(500, 1, 4, 4)).astype(np.float32), np.arange(500)
    X_kept = X.copy()
    X3, y3 = datasets.make_repeated(X, y, 3, 0.1, random_state=0)
    assert X3.shape == (1500, 1, 4, 4)
    assert X3.dtype == np.float32
    np.testing.assert_array_equal(y3, np.tile(y, 3))
    noise = X3.reshape(3, 500, 16) - X.reshape(500, 16)
    assert abs(noise.std() - 0.1) < 0.002
    assert abs(np.corrcoef(noise.reshape(3, -1)) - np.eye(3)).max() < 0.05
    np.testing.assert_array_equal(X, X_kept)
    again, _ = datasets.make_repeated(X, y, 3, 0.1, random_state=0)
    np.testing.assert_array_equal(again, X3)


TOYS = [datasets.make_three_moons, datasets.make_quadrants, datasets.make_clusters]


@pytest.mark.parametrize("make", TOYS)
def test_toys_depend_on_their_seed_alone(make):
    X, y = make(200, random_state=3)
    assert X.shape == (200, 2)
    assert y.shape == (200,)
    for same in (3, np.random.default_rng(3)):
        np.testing.assert_array_equal(make(200, random_state=same)[0], X)
    assert (make(200, random_state=4)[0] != X).any()
    state = np.random.RandomState(0)
    assert (make(200, random_state=state)[0] != make(200, random_state=state)[0]).any()


def test_moons_lie_around_their_half_circles():
    X, y = datasets.make_three_moons(3000, noise=0.01, random_state=0)
    centre = np.stack([y, 0.4 * (y == 1)], axis=1)
    radius = np.linalg.norm(X - centre, axis=1)
    assert abs(radius - 1).max() < 0.06
    assert np.bincount(y).tolist() == [1000, 1000, 1000]


def test_quadrants_are_the_classes():
    X, y = datasets.make_quadrants(1000, random_state=0)
    for label in range(4):
        signs = np.unique(np.sign(X[y == label]), axis=0)
        assert signs.tolist() == [[2 * (label // 2) - 1, 2 * (label % 2) - 1]]
    assert abs(X).max() <= 1


def test_the_middle_of_the_clusters_cannot_be_told_apart():
    X, y = datasets.make_clusters(4000, random_state=0)
    middle = np.linalg.norm(X, axis=1) < 1
    assert 0.3 < middle.mean() < 0.5
    assert set(y[middle]) == {0, 1}
    assert abs(y[middle].mean() - 0.5) < 0.05
    assert set(y) == set(range(5))


# ---------------------------------------------------------------------- the real data


@needs_data
def test_the_real_mnist():
    X_train, X_test, y_train, y_test = datasets.load_mnist()
    assert_images(X_train, (60000, 1, 28, 28))
    assert_images(X_test, (10000, 1, 28, 28))
    assert np.bincount(y_train)[[0, 9]].tolist() == [5923, 5949]
    assert np.bincount(y_test)[[0, 9]].tolist() == [980, 1009]


@needs_data
def test_the_real_tables():
    X_train, X_test, y_train, _ = datasets.load_satimage()
    assert (X_train.shape, X_test.shape) == ((4435, 36), (2000, 36))
    assert np.unique(y_train).tolist() == [1, 2, 3, 4, 5, 7]
    for name, shape in {
        "kin8nm": (8192, 8),
        "power_plant": (9568, 4),
        "concrete": (1030, 8),
        "energy": (768, 8),
    }.items():
        X, y = datasets.load_uci(name)
        assert X.shape == shape
        assert X.dtype == y.dtype == np.float32


@needs_data
def test_the_real_cifar10():
    pytest.importorskip("PIL")
    X_train, X_test, y_train, _ = datasets.load_cifar10(classes=(8,))
    assert X_train.shape == (5000, 3, 32, 32)
    assert X_test.shape == (1000, 3, 32, 32)
    assert not y_train.any()
    blue, red = X_train[:, 2].mean(), X_train[:, 0].mean()
    assert blue > red  # ships are at sea


@needs_data
@pytest.mark.parametrize("name", _survey.SETS)
def test_a_set_of_the_survey_has_numbers_and_classes(name):
    X, y = datasets.load_survey(name)
    assert X.dtype == np.float64
    assert np.isfinite(X).all()
    assert y.shape == X.shape[:1]
    np.testing.assert_array_equal(np.unique(y), np.arange(y.max() + 1))


def test_a_set_of_the_survey_is_read_from_the_folder_named(folder):
    (folder / "survey").mkdir()
    X, y = RNG.normal(size=(6, 2)), np.array([0, 1, 0, 1, 1, 0])
    np.savez(folder / "survey" / "ex8b.npz", X=X, y=y)
    read = datasets.load_survey("ex8b")
    np.testing.assert_array_equal(read[0], X)
    np.testing.assert_array_equal(read[1], y)


def test_a_set_of_the_survey_is_not_downloaded(monkeypatch):
    monkeypatch.delenv("SKACTIVE_DATA", raising=False)
    with pytest.raises(OSError, match="sonar cannot be downloaded"):
        datasets.load_survey("sonar")
    with pytest.raises(ValueError, match="name='moon' is not a data set"):
        datasets.load_survey("moon")
