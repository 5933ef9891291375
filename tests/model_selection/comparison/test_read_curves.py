import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.naive_bayes import GaussianNB

from skactive import Entropy, RandomSampling
from skactive.model_selection import LearningCurve, StrategySearchCV
from skactive.model_selection.comparison._read_curves import read_curves

N_LABELS = np.array([4, 6, 8])


def make_curve(seed, n_splits=2, names=("accuracy", "other")):
    rng = np.random.default_rng(seed)
    return LearningCurve(
        n_labels=N_LABELS,
        scores={name: rng.random((n_splits, 3)) for name in names},
        indices=np.array([rng.permutation(20)[:8] for _ in range(n_splits)]),
        fit_time=rng.random((n_splits, 3)),
        query_time=rng.random((n_splits, 3)),
    )


CURVES = {"b": make_curve(0), "a": make_curve(1)}


@pytest.fixture
def frame():
    """Results of a search as a data frame."""
    pd = pytest.importorskip("pandas")
    tables = [c.to_frame().assign(strategy=name) for name, c in CURVES.items()]
    return pd.concat(tables, ignore_index=True)


def assert_same(found, score="accuracy"):
    assert list(found) == ["b", "a"]
    for name, curve in found.items():
        np.testing.assert_array_equal(curve.n_labels, N_LABELS)
        # a file's last digits are the business of what reads it
        np.testing.assert_allclose(curve.scores, CURVES[name].scores[score], 1e-12)
        np.testing.assert_array_equal(curve.splits, [0, 1])


def test_dictionaries():
    score, found = read_curves(CURVES)
    assert score == "accuracy"
    assert_same(found)
    expected = np.sort(CURVES["a"].indices[:, :4], axis=1)
    np.testing.assert_array_equal(found["a"].initial, expected)
    assert_same(read_curves(CURVES, "other")[1], "other")


@pytest.mark.parametrize("results", [{"a": 1}, {"a": 1, "b": 2}, {"a": [0.5, 0.6]}])
def test_what_is_no_curve_is_named(results):
    with pytest.raises(TypeError, match=r"the curve of a is .*, not a LearningCurve"):
        read_curves(results)


def test_a_search_that_is_not_fitted():
    with pytest.raises(NotFittedError):
        read_curves(StrategySearchCV({"random": RandomSampling(GaussianNB())}))


def test_a_search_and_its_table_say_the_same(tmp_path):
    pd = pytest.importorskip("pandas")
    X, y = load_iris(return_X_y=True)
    model = GaussianNB()
    search = StrategySearchCV(
        {"entropy": Entropy(model), "random": RandomSampling(model)},
        n=4,
        rounds=2,
        cv=3,
        scoring={"accuracy": "accuracy"},
        random_state=0,
    ).fit(X, y)
    search.to_frame().to_csv(tmp_path / "search.csv", index=False)
    score, found = read_curves(search)
    assert score == "accuracy"
    again, of_table = read_curves(pd.read_csv(tmp_path / "search.csv"))
    assert again == score
    assert list(found) == list(of_table) == ["entropy", "random"]
    for name, curve in found.items():
        np.testing.assert_array_equal(curve.scores, search.curves_[name].scores[score])
        np.testing.assert_allclose(of_table[name].scores, curve.scores, rtol=1e-12)
        np.testing.assert_array_equal(of_table[name].n_labels, curve.n_labels)


def test_tables_in_any_order_of_rows(frame):
    shuffled = frame.sample(frac=1, random_state=0)
    order = shuffled.set_index("strategy").loc[["b", "a"]].reset_index()
    score, found = read_curves(order)
    assert score == "accuracy"
    assert_same(found)
    assert_same(read_curves(frame, "other")[1], "other")


def test_tables_read_back_from_a_file(frame, tmp_path):
    pd = pytest.importorskip("pandas")
    frame.to_csv(tmp_path / "curves.csv", index=False)
    assert_same(read_curves(pd.read_csv(tmp_path / "curves.csv"))[1])


def test_tables_of_polars(frame):
    pl = pytest.importorskip("polars")
    columns = {name: frame[name].tolist() for name in frame}
    assert_same(read_curves(pl.DataFrame(columns))[1])


def test_times_and_texts_are_no_scores(frame):
    frame["comment"] = "good"
    with pytest.raises(
        ValueError, match=r"no score 'comment'.*\['accuracy', 'other'\]"
    ):
        read_curves(frame, "comment")
    with pytest.raises(ValueError, match="no score 'fit_time'"):
        read_curves(frame, "fit_time")
    with pytest.raises(ValueError, match=r"no score None; it has \[\]"):
        read_curves(frame[["strategy", "split", "round", "n_labels"]])


def test_errors():
    with pytest.raises(TypeError, match=r"a dictionary of learning curves.*not list"):
        read_curves([make_curve(0)])
    with pytest.raises(ValueError, match="results is empty"):
        read_curves({})
    with pytest.raises(ValueError, match=r"curve of b has no score 'f1'.*accuracy"):
        read_curves(CURVES, "f1")
    mixed = {"a": make_curve(0), "c": make_curve(0, names=["r2"])}
    with pytest.raises(ValueError, match="curve of c has no score 'accuracy'"):
        read_curves(mixed)


def test_errors_of_tables(frame):
    with pytest.raises(ValueError, match="no column 'split'"):
        read_curves(frame.drop(columns="split"))
    with pytest.raises(ValueError, match="the table is empty"):
        read_curves(frame[:0])
    with pytest.raises(ValueError, match="0 rows for strategy b, split 1, round 2"):
        read_curves(frame.drop(index=5))
    pd = pytest.importorskip("pandas")
    with pytest.raises(ValueError, match="2 rows for strategy b, split 0, round 0"):
        read_curves(pd.concat([frame, frame]))
    frame.loc[5, "n_labels"] = 9
    with pytest.raises(
        ValueError, match="splits of b have different numbers of labels"
    ):
        read_curves(frame)
