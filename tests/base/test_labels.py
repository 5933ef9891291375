import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression

from skactive import MaxVariance
from skactive.base._labels import check_labelled, check_one_label, knows_one_class
from skactive.samplers import BootstrapSampler, as_sampler

NAN = float("nan")
UNLABELLED = {
    "NaN": np.array([1.0, NAN, 2.0]),
    "a list": [1, NAN, 2],
    "text and NaN": ["a", NAN, "b"],
    "text and None": ["a", None, "b"],
    "objects": np.array(["a", None, "b"], dtype=object),
    "a mask": np.ma.masked_array([1, 2, 3], mask=[False, True, False]),
    "a column": np.array([[1.0], [NAN], [2.0]]),
    "one of two targets": np.array([[1.0, 2.0], [1.0, NAN], [1.0, 2.0]]),
    "Series": pd.Series([1.0, None, 2.0], index=[5, 5, 5]),
    "nullable integers": pd.Series([1, None, 2], dtype="Int64"),
    "nullable text": pd.Series(["a", None, "b"], dtype="string"),
    "categories": pd.Series(["a", None, "b"], dtype="category"),
    "dates": pd.Series(pd.to_datetime(["2020-01-01", None, "2020-01-02"])),
    "frame": pd.DataFrame({"y": [1.0, None, 2.0]}),
}
LABELLED = {
    "integers": np.array([1, 0, 2]),
    "text": ["a", "b", "c"],
    "the word": np.array(["nan", "None", ""]),
    "truths": [True, False, True],
    "infinity": np.array([1.0, np.inf, 2.0]),
    "a mask of nothing": np.ma.masked_array([1, 2, 3], mask=False),
    "nullable integers": pd.Series([1, 0, 2], dtype="Int64"),
    "categories": pd.Series(["a", "c", "b"], dtype="category"),
    "nothing": [],
    "labels elsewhere": None,
}


@pytest.mark.parametrize("y", UNLABELLED.values(), ids=UNLABELLED)
def test_labels_that_mean_not_labelled(y):
    with pytest.raises(
        ValueError,
        match=r"^1 of 3 labels in y .* first in row 1: fit takes labelled rows only; "
        "pass the others to query",
    ):
        check_labelled(y)


@pytest.mark.parametrize("y", LABELLED.values(), ids=LABELLED)
def test_labels_that_are(y):
    check_labelled(y)


def test_missing_labels_of_polars_and_torch():
    polars = pytest.importorskip("polars")
    torch = pytest.importorskip("torch")
    series = polars.Series([1, None, 2])
    for y in (series, series.cast(str), torch.tensor([1.0, NAN, 2.0])):
        with pytest.raises(ValueError, match="1 of 3 labels"):
            check_labelled(y)
    check_labelled(torch.tensor([1, 0, 2]))


def said(y):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        check_one_label(y, "Entropy(Forest)")
    return [str(warning.message) for warning in caught]


@pytest.mark.parametrize("y", [[-1, 0, 1, 2], [0, -1], [0.0, -1.0], [[0], [-1]]])
def test_minus_one_beside_other_integers(y):
    for labels in (y, np.array(y), pd.DataFrame(y)):
        (message,) = said(labels)
        assert "-1 is treated as a class" in message
        assert "only the labelled rows to fit" in message


@pytest.mark.parametrize(
    "y", [[-1, 1], [-1, -1], [0, 1], ["-1", "0"], [-1, "a"], [True, False], [], None]
)
def test_what_is_no_mark_of_unlabelled_rows(y):
    assert said(y) == []


def knows(model, y):
    X = np.arange(2.0 * len(y)).reshape(-1, 2)
    return knows_one_class(as_sampler(model).fit(X, y), y)


def test_models_that_know_one_class():
    forest = RandomForestClassifier(3)
    assert knows(forest, [1, 1, 1])
    assert knows([forest, forest], ["a", "a"])
    assert not knows(forest, [1, 0, 1])
    assert not knows(BootstrapSampler(LinearRegression(), n_draws=2), [2.0, 2.0])


def test_a_frozen_model_knows_what_it_has_seen():
    trained = RandomForestClassifier(3).fit(np.arange(8.0).reshape(4, 2), [0, 1, 1, 2])
    assert not knows(FrozenEstimator(trained), [1, 1])


def test_a_net_has_more_outputs_than_it_has_seen_classes():
    skorch = pytest.importorskip("skorch")
    from tests.nets import Perceptron

    X = np.ones((4, 6), dtype=np.float32)
    net = skorch.NeuralNetClassifier(
        Perceptron, module__outputs=3, train_split=None, max_epochs=1, verbose=0
    )
    y = np.zeros(4, dtype=int)
    sampler = as_sampler(net).fit(X, y)
    assert len(sampler.classes_) == 3
    assert knows_one_class(sampler, y)
    frozen = as_sampler(FrozenEstimator(sampler.estimator_)).fit(X, y)
    assert not knows_one_class(frozen, y)


@pytest.mark.parametrize("targets", [1, 2])
def test_there_may_be_nothing_labelled(targets):
    """A model that is trained already needs no labels."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 3))
    y = X[:, 0] if targets == 1 else X[:, :2]
    frozen = FrozenEstimator(RandomForestRegressor(5).fit(X, y))
    for nothing in ((None, None), (X[:0], y[:0])):
        batch = MaxVariance(frozen).fit(*nothing).query(X, 3)
        assert len(set(batch.tolist())) == 3
    for empty in ([], np.zeros((0, 2)), np.zeros(0, dtype=object)):
        check_labelled(empty)
