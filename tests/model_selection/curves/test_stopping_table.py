import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.naive_bayes import GaussianNB

from skactive import Entropy, RandomSampling
from skactive.model_selection import LearningCurve, StrategySearchCV
from skactive.model_selection.curves._stopping_table import stopping_table
from skactive.stopping import Budget, Plateau, Round

N_LABELS = np.array([10, 20, 30, 40])
SCORES = np.array([[0.5, 0.75, 0.75, 1.0], [0.5, 0.625, 0.75, 0.875]])


def curve():
    criteria = {"plateau": Plateau(patience=1), "budget": Budget(labels=15)}
    seen = {name: [] for name in criteria}
    for scores in SCORES:
        for name, criterion in criteria.items():
            criterion = type(criterion)(**criterion.get_params())
            for n, score in zip(N_LABELS, scores, strict=True):
                criterion.update(Round(n, score=score))
            seen[name].append(criterion)
    return LearningCurve(N_LABELS, {"f1": SCORES}, None, None, None, None, seen)


def test_a_row_for_each_split():
    table = curve().stopping_results()
    assert table["criterion"].tolist() == ["plateau"] * 2 + ["budget"] * 2
    assert table["split"].tolist() == [0, 1, 0, 1]
    assert table["stopped"].tolist() == [True, False, True, True]
    assert table["round"].tolist() == [2, 3, 1, 1]
    assert table["n_labels"].tolist() == [30, 40, 20, 20]
    assert table["labels_saved"].tolist() == [10, 0, 20, 20]
    assert table["share_saved"].tolist() == [0.25, 0, 0.5, 0.5]
    assert table["test_f1"].tolist() == [0.75, 0.875, 0.75, 0.625]
    assert table["lost_f1"].tolist() == [0.25, 0, 0.25, 0.25]
    assert "strategy" not in table


def test_stopped_at_has_nan_where_it_did_not():
    stopped = curve().stopped_at
    np.testing.assert_array_equal(stopped["plateau"], [30, np.nan])
    np.testing.assert_array_equal(stopped["budget"], [20, 20])


def test_without_criteria_there_are_no_columns():
    assert stopping_table({"a": LearningCurve(N_LABELS, {}, None, None, None)}) == {}


def test_of_a_search():
    model = GaussianNB()
    strategies = {"entropy": Entropy(model), "random": RandomSampling(model)}
    stopping = {"plateau": Plateau(), "20": Budget(labels=20)}
    search = StrategySearchCV(
        strategies, n=5, rounds=5, cv=3, stopping=stopping, random_state=0
    ).fit(*load_iris(return_X_y=True))
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(search.stopping_results_)
    assert len(frame) == 2 * 2 * 3
    assert set(frame.strategy) == set(strategies)
    for row in frame[frame.criterion == "20"].itertuples():
        scores = search.curves_[row.strategy].scores["score"][row.split]
        assert (row.round, row.n_labels, row.labels_saved) == (3, 21, 10)
        assert row.test_score == scores[3]
        assert row.lost_score == scores[-1] - scores[3]


def test_a_search_without_criteria_has_no_such_attribute():
    search = StrategySearchCV(
        {"random": RandomSampling(GaussianNB())}, n=5, rounds=1, cv=2, random_state=0
    ).fit(*load_iris(return_X_y=True))
    assert "stopping_results_" not in vars(search)
