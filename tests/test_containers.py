"""Pools in every container that a model accepts, as strategies only pass them on."""

import functools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy
import scipy.sparse as sp
import sklearn
from sklearn import config_context
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.fixes import parse_version

import skactive
from skactive import testing
from skactive._utils.scikit_learn import take_rows
from tests import zoo

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 6)).astype(np.float32)
X_POOL = RNG.normal(size=(40, 6)).astype(np.float32)
Y = np.digitize(X[:, 0], [-0.4, 0.4])
ROOT = Path(__file__).parents[1]
ARROW = parse_version(sklearn.__version__) >= parse_version("1.7")
# the others are slow only because they are many: one of each way to read a pool
EACH_WAY = [
    "BADGE",
    "BALD",
    "BatchBALD",
    "CoreSet",
    "DEIMOS",
    "EPIG",
    "ExpectedErrorReduction",
    "GreedySampling",
    "ICAL",
    "KMeansCoreSet",
    "Margin",
    "UncertaintyHerding",
]
STRATEGIES = [
    pytest.param(cls, marks=[] if cls.__name__ in EACH_WAY else pytest.mark.slow)
    for cls in testing.all_strategies()
]


def forest(cls):
    forest = zoo.forest(cls.tasks[0])
    return forest.set_params(n_estimators=1) if zoo.few(cls) else forest


def batch(cls, model, X, y, X_pool):
    """Check a batch, its scores and candidates of a strategy; return the batch."""
    strategy = cls(model, random_state=0, **zoo.few(cls)).fit(X, y)
    indices = strategy.query(X_pool, 3)
    assert len(set(indices.tolist())) == 3
    assert np.isin(strategy.query(X_pool, 2, candidates=[1, 4, 7]), [1, 4, 7]).all()
    n = 4 if zoo.few(cls) else 40  # it refits the model for each point
    assert len(strategy.score_samples(take_rows(X_pool, slice(0, n)))) == n
    return indices


@pytest.fixture(params=STRATEGIES, ids=lambda cls: cls.__name__)
def strategy(request):
    """Every strategy."""
    return request.param


@pytest.fixture
def classifying(strategy):
    """Every strategy for classification."""
    if "classification" not in strategy.tasks:
        pytest.skip("not for classification")
    return strategy


# Containers of numbers: the same batch as of an array


def memory_map(a, tmp_path):
    np.save(tmp_path / f"{len(a)}.npy", a)
    return np.load(tmp_path / f"{len(a)}.npy", mmap_mode="r")


def polars_frame(a, tmp_path):
    polars = pytest.importorskip("polars")
    return polars.DataFrame({f"x{j}": a[:, j] for j in range(a.shape[1])})


def tensor(a, tmp_path):
    return pytest.importorskip("torch").as_tensor(a)


def xarray_array(a, tmp_path):
    return pytest.importorskip("xarray").DataArray(a, dims=("point", "feature"))


def h5py_dataset(a, tmp_path):
    file = pytest.importorskip("h5py").File(tmp_path / f"{len(a)}.h5", "w")
    return file.create_dataset("X", data=a)


def zarr_array(a, tmp_path):
    zarr = pytest.importorskip("zarr")
    path, chunks = str(tmp_path / f"{len(a)}.zarr"), (7, *a.shape[1:])
    array = zarr.open(path, mode="w", shape=a.shape, chunks=chunks, dtype=a.dtype)
    array[:] = a
    return array


def arrow_table(a, tmp_path):
    table = pytest.importorskip("pyarrow").table
    return table({f"x{j}": a[:, j] for j in range(a.shape[1])})


SPARSE = {  # tests of take_rows have them all
    cls.__name__: cls
    for cls in (
        sp.bsr_array,
        sp.coo_matrix,
        sp.csc_array,
        sp.csr_array,
        sp.csr_matrix,
        sp.dia_matrix,
        sp.dok_matrix,
    )
}
ON_DISK = {"h5py": h5py_dataset, "zarr": zarr_array}

CONTAINERS = {
    "memory map": memory_map,
    "pandas": lambda a, _: pd.DataFrame(a).add_prefix("x"),
    "pandas, an index of its own": lambda a, _: pd.DataFrame(
        a, index=np.arange(len(a))[::-1] // 2, columns=list("abcdef")
    ),
    "polars": polars_frame,
    "list": lambda a, _: a.tolist(),
    "Fortran order": lambda a, _: np.asfortranarray(a),
    "tensor": tensor,
    "xarray": xarray_array,
    "arrow": arrow_table,
    **ON_DISK,
    **{name: lambda a, _, c=c: c(a) for name, c in SPARSE.items()},
}
IN_CHUNKS = [*ON_DISK, "xarray", "tensor", "coo_matrix"]


@functools.cache
def expected(cls, model=forest):
    """The batch from a plain array."""
    return batch(cls, model(cls), X, targets(cls), X_POOL)


def targets(cls):
    return X[:, 0] if cls.tasks[0] == "regression" else Y


def check_numbers(cls, name, tmp_path):
    convert = CONTAINERS[name]
    labelled, pool = convert(X, tmp_path), convert(X_POOL, tmp_path)
    found = batch(cls, forest(cls), labelled, targets(cls), pool)
    np.testing.assert_array_equal(found, expected(cls))


@pytest.mark.parametrize("name", CONTAINERS)
def test_numbers(strategy, name, tmp_path):
    if name == "arrow" and not ARROW:
        pytest.skip("this scikit-learn does not index tables of pyarrow")
    check_numbers(strategy, name, tmp_path)


@pytest.mark.parametrize("name", IN_CHUNKS)
def test_numbers_in_chunks(strategy, name, tmp_path):
    with config_context(working_memory=2e-3):
        check_numbers(strategy, name, tmp_path)


def scaled(cls):
    return make_pipeline(StandardScaler(with_mean=False), forest(cls))


def no_model(cls):
    return None


@pytest.mark.parametrize("model", [scaled, no_model])
@pytest.mark.parametrize("name", [*ON_DISK, "xarray"])
def test_pools_on_disk_of_models_fitted_in_memory(strategy, model, name, tmp_path):
    if model is no_model and strategy.needs in ("functions", "mean"):
        pytest.skip("it needs a model")
    pool = CONTAINERS[name](X_POOL, tmp_path)
    with config_context(working_memory=2e-3):
        found = batch(strategy, model(strategy), X, targets(strategy), pool)
    np.testing.assert_array_equal(found, expected(strategy, model))


BLOCKS = {name: SPARSE[name] for name in ("bsr_array", "coo_matrix", "dia_matrix")}


@pytest.mark.parametrize("convert", BLOCKS.values(), ids=BLOCKS)
@pytest.mark.parametrize("name", ["BALD", "CoreSet", "DEIMOS", "ICAL", "KMeansCoreSet"])
def test_sparse_blocks(name, convert):
    da = pytest.importorskip("dask.array")
    blocks = da.from_array(X_POOL, chunks=(11, 6)).map_blocks(convert)
    cls = getattr(skactive, name)
    found = batch(cls, forest(cls), X, Y, blocks)
    np.testing.assert_array_equal(found, expected(cls))


def test_an_xarray_over_dask_is_told_where_its_array_is():
    pytest.importorskip("dask.array")
    pool = pytest.importorskip("xarray").DataArray(X_POOL).chunk({"dim_0": 9})
    strategy = skactive.BALD(forest(skactive.BALD), random_state=0).fit(X, Y)
    with pytest.raises(TypeError, match=r"pass the array itself, X_pool\.data"):
        strategy.query(pool, 2)
    np.testing.assert_array_equal(
        strategy.query(pool.data, 2), strategy.query(X_POOL, 2)
    )


ARRAY_API = """
import numpy as np, skactive
from sklearn import config_context
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from skactive import testing
from tests import zoo
from tests.test_containers import X, X_POOL, Y, batch

def same(cls, model, convert, **config):
    expected = batch(cls, model, X, Y, X_POOL)
    with config_context(**config):
        found = batch(cls, model, *map(convert, (X, Y, X_POOL)))
    assert (found == expected).all(), (cls, model, convert)

for cls in testing.all_strategies():
    if "classification" in cls.tasks:
        n_trees = 1 if zoo.few(cls) else 5
        forest = RandomForestClassifier(n_trees, min_samples_leaf=2)
        same(cls, forest, np.array, array_api_dispatch=True)
        same(cls, forest, lambda a: a.tolist(), array_api_dispatch=True)
        on_tensors = cls.needs in ("mean", "features")
        if on_tensors and {torch}:
            import torch
            model = LinearDiscriminantAnalysis()
            same(cls, model, torch.as_tensor, array_api_dispatch=True)
"""


def test_array_api_dispatch():
    """In a subprocess, as SciPy reads SCIPY_ARRAY_API when it is imported."""
    if parse_version(scipy.__version__) < parse_version("1.14"):
        pytest.skip("scikit-learn dispatches with a newer SciPy only")
    try:
        import torch
    except ModuleNotFoundError:
        torch = None
    done = subprocess.run(
        [sys.executable, "-c", ARRAY_API.replace("{torch}", str(torch is not None))],
        env={**os.environ, "SCIPY_ARRAY_API": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


# Text, and tables with words and gaps


WORDS = np.array(["good", "bad", "dull", "film", "plot", "cast", "a", "the"])


def texts(n, seed):
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, size=4)) for _ in range(n)]


@pytest.mark.parametrize(
    "convert",
    [list, tuple, np.array, lambda t: np.array(t, dtype=object), pd.Series],
    ids=["list", "tuple", "array", "objects", "Series"],
)
def test_text(classifying, convert):
    model = make_pipeline(TfidfVectorizer(), forest(classifying))
    labelled, pool = texts(30, 0), texts(40, 1)
    expected = batch(classifying, model, labelled, Y, pool)
    actual = batch(classifying, model, convert(labelled), Y, convert(pool))
    np.testing.assert_array_equal(actual, expected)


def table(n, seed):
    """A table with missing numbers and missing words."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=n)
    numbers[::5] = np.nan
    words = rng.choice(["red", "green", None], size=n)
    return {"number": numbers, "colour": words}


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_tables_with_words_and_gaps(classifying, library):
    DataFrame = pytest.importorskip(library).DataFrame
    columns = make_column_transformer(
        (SimpleImputer(), ["number"]),
        (OneHotEncoder(handle_unknown="ignore"), ["colour"]),
    )
    model = make_pipeline(columns, forest(classifying))
    batch(classifying, model, DataFrame(table(30, 0)), Y, DataFrame(table(40, 1)))


# Images and datasets for nets


@pytest.fixture
def skorch():
    return pytest.importorskip("skorch")


def image_net(skorch, channels_last):
    import torch

    from tests.nets import Convolution

    return skorch.NeuralNetClassifier(
        Convolution,
        module__channels_last=channels_last,
        criterion=torch.nn.CrossEntropyLoss,
        train_split=None,
        max_epochs=2,
        verbose=0,
    )


def test_images_either_way_round(classifying, skorch):
    images = RNG.normal(size=(30, 2, 5, 5)).astype(np.float32)
    pool = RNG.normal(size=(40, 2, 5, 5)).astype(np.float32)
    first = batch(classifying, image_net(skorch, False), images, Y, pool)
    labelled_last, pool_last = (np.moveaxis(a, 1, -1).copy() for a in (images, pool))
    last = batch(classifying, image_net(skorch, True), labelled_last, Y, pool_last)
    np.testing.assert_array_equal(first, last)


def test_tensors_and_datasets(classifying, skorch, tmp_path):
    import torch

    from tests.nets import Perceptron

    net = skorch.NeuralNetClassifier(
        Perceptron,
        criterion=torch.nn.CrossEntropyLoss,
        train_split=None,
        max_epochs=2,
        verbose=0,
    )
    expected = batch(classifying, net, X, Y, X_POOL)
    tensors = [torch.as_tensor(a) for a in (X, Y, X_POOL)]
    np.testing.assert_array_equal(batch(classifying, net, *tensors), expected)
    mapped = memory_map(X, tmp_path), Y, memory_map(X_POOL, tmp_path)
    np.testing.assert_array_equal(batch(classifying, net, *mapped), expected)
    labelled = torch.utils.data.TensorDataset(tensors[0], tensors[1])
    pool = torch.utils.data.TensorDataset(tensors[2], torch.zeros(40, dtype=int))
    np.testing.assert_array_equal(
        batch(classifying, net, labelled, None, pool), expected
    )


@pytest.mark.parametrize("device", [None, "numpy"])
def test_binary_nets(classifying, skorch, device):
    from skactive.samplers import DropoutSampler
    from tests.nets import Perceptron

    net = skorch.NeuralNetBinaryClassifier(
        Perceptron, module__outputs=0, train_split=None, max_epochs=2, verbose=0
    )
    sampler = DropoutSampler(net, n_draws=200, device=device)
    y = (Y > 0).astype(np.float32)
    strategy = classifying(sampler, random_state=0, **zoo.few(classifying)).fit(X, y)
    assert len(set(strategy.query(X_POOL, 3).tolist())) == 3
    assert list(strategy.classes_) == [0, 1]
    p_nkc = strategy.sampler_.draw(X_POOL, rng=0)
    np.testing.assert_allclose(p_nkc.mean(1), strategy.predict_proba(X_POOL), atol=0.1)
    with pytest.raises(ValueError, match=r"y\.astype\('float32'\)"):
        classifying(sampler).fit(X, Y > 0)


@pytest.mark.parametrize("name", ON_DISK)
def test_images_on_disk(classifying, skorch, name, tmp_path):
    images = RNG.normal(size=(30, 2, 5, 5)).astype(np.float32)
    pool = RNG.normal(size=(40, 2, 5, 5)).astype(np.float32)
    net, stored = image_net(skorch, False), CONTAINERS[name](pool, tmp_path)
    in_memory = batch(classifying, net, images, Y, pool)
    with config_context(working_memory=2e-3):
        from_disk = batch(classifying, net, images, Y, stored)
    np.testing.assert_array_equal(from_disk, in_memory)


def test_loaders_are_no_containers(classifying, skorch):
    data = pytest.importorskip("torch").utils.data
    strategy = classifying(forest(classifying), random_state=0).fit(X, Y)
    loader = data.DataLoader(data.TensorDataset(tensor(X_POOL, None)), batch_size=8)
    for call in (strategy.query, strategy.score_samples, lambda X: strategy.fit(X, Y)):
        with pytest.raises(TypeError, match=r"pass its dataset \(loader\.dataset"):
            call(loader)
