"""A pool in any container that its model takes: the strategy looks at none of it."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import skactive
from skactive import testing

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 6)).astype(np.float32)
X_POOL = RNG.normal(size=(40, 6)).astype(np.float32)
Y = np.digitize(X[:, 0], [-0.4, 0.4])
STRATEGIES = testing.all_strategies()


def forest(task):
    cls = RandomForestRegressor if task == "regression" else RandomForestClassifier
    return cls(15, min_samples_leaf=2)


def batch(cls, model, X, y, X_pool):
    """Fit, query and check the batch; ``score_samples`` and candidates work too."""
    strategy = cls(model, random_state=0).fit(X, y)
    indices = strategy.query(X_pool, 3)
    assert len(set(indices.tolist())) == 3
    assert np.isin(strategy.query(X_pool, 2, candidates=[1, 4, 7]), [1, 4, 7]).all()
    assert len(strategy.score_samples(X_pool)) == 40
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


CONTAINERS = {
    "memory map": memory_map,
    "pandas": lambda a, _: pd.DataFrame(a).add_prefix("x"),
    "pandas, an index of its own": lambda a, _: pd.DataFrame(
        a, index=np.arange(len(a))[::-1] // 2, columns=list("abcdef")
    ),
    "polars": polars_frame,
    "csr matrix": lambda a, _: sp.csr_matrix(a),
    "csr array": lambda a, _: sp.csr_array(a),
    "csc array": lambda a, _: sp.csc_array(a),
    "list": lambda a, _: a.tolist(),
    "Fortran order": lambda a, _: np.asfortranarray(a),
    "tensor": tensor,
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_numbers(strategy, name, tmp_path):
    task = strategy.tasks[0]
    y = X[:, 0] if task == "regression" else Y
    convert = CONTAINERS[name]
    converted = convert(X, tmp_path), y, convert(X_POOL, tmp_path)
    np.testing.assert_array_equal(
        batch(strategy, forest(task), *converted),
        batch(strategy, forest(task), X, y, X_POOL),
    )


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
    model = make_pipeline(TfidfVectorizer(), forest("classification"))
    labelled, pool = texts(30, 0), texts(40, 1)
    expected = batch(classifying, model, labelled, Y, pool)
    actual = batch(classifying, model, convert(labelled), Y, convert(pool))
    np.testing.assert_array_equal(actual, expected)


def table(n, seed):
    """Numbers with gaps, and words with gaps."""
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
    model = make_pipeline(columns, forest("classification"))
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
    strategy = classifying(sampler, random_state=0).fit(X, y)
    assert len(set(strategy.query(X_POOL, 3).tolist())) == 3
    assert list(strategy.classes_) == [0, 1]
    p_nkc = strategy.sampler_.draw(X_POOL, rng=0)
    np.testing.assert_allclose(p_nkc.mean(1), strategy.predict_proba(X_POOL), atol=0.1)
    with pytest.raises(ValueError, match=r"y\.astype\('float32'\)"):
        classifying(sampler).fit(X, Y > 0)


def test_a_sparse_matrix_that_is_a_dictionary_too():
    model = forest("classification")
    as_dictionary = batch(skactive.BALD, model, X, Y, sp.dok_matrix(X_POOL))
    np.testing.assert_array_equal(
        as_dictionary, batch(skactive.BALD, model, X, Y, X_POOL)
    )
