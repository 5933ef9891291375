import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler

from skactive import (
    LCMD,
    CoreSet,
    Entropy,
    Margin,
    MaxVariance,
    RandomSampling,
    UncertaintyHerding,
)
from skactive.annotation._learning import Plan, learn
from skactive.annotation._snapshot import Snapshot
from skactive.pipeline import make_pipeline

NONE = np.empty(0, dtype=np.intp)


def snapshot(y, pool, pending=NONE, barred=NONE, labelled=range(40)):
    rows = np.array(labelled)
    labels = y[rows].tolist()
    classes = list(range(10))
    return Snapshot(
        *(rows, labels, NONE, [], None, 0, NONE),
        *(pool, pending, barred, classes, len(rows), 1, 1),
    )


def run(strategy, X, y, n=6, reserve=4, **terms):
    plan = Plan(strategy, "classification", n, reserve, **terms)
    seen = snapshot(y, np.arange(40, 200))
    return learn(X, plan, seen, np.random.default_rng(0))


def test_pending_points_are_given_to_the_strategy(X, y, rng):
    pool, pending, barred = np.arange(40, 200), np.array([70, 50]), np.array([60, 44])
    plan = Plan(CoreSet(), "classification", 8, 0)
    seen = snapshot(y, pool, pending, barred)
    found = learn(X, plan, seen, rng)
    # a core-set takes what is pending for labelled
    oracle = CoreSet().fit(X[np.r_[:40, 70, 50]], None)
    free = np.flatnonzero(~np.isin(pool, [70, 50, 60, 44]))
    np.testing.assert_array_equal(
        found.rows, pool[oracle.query(X[pool], 8, candidates=free)]
    )


def test_a_batch_is_within_its_budget_and_so_is_the_reserve(X, y, rng):
    cost = rng.uniform(1, 9, size=200)
    found = run(Entropy(GaussianNB(var_smoothing=0.1)), X, y, cost=cost, budget=20.0)
    assert len(found.rows) == len(set(found.rows)) >= 6
    total = np.cumsum(cost[found.rows])
    ends = [k for k in range(1, 7) if total[k - 1] <= 20]
    second = cost[found.rows[ends[-1] :]].sum()
    assert second <= 20


def test_costs_without_a_budget_do_not_choose(X, y):
    strategy = Margin(GaussianNB(var_smoothing=0.1))
    plain = run(strategy, X, y)
    costly = run(strategy, X, y, cost=np.arange(1.0, 201.0))
    np.testing.assert_array_equal(plain.rows, costly.rows)


def test_the_same_snapshot_gives_the_same_round(X, y):
    strategy = UncertaintyHerding(RandomForestClassifier(10))
    first, again = run(strategy, X, y), run(strategy, X, y)
    np.testing.assert_array_equal(first.rows, again.rows)
    np.testing.assert_array_equal(first.scores, again.scores)


def test_nothing_is_ranked_when_nothing_is_left(X, y, rng):
    plan = Plan(Margin(GaussianNB()), "classification", 5, 5)
    found = learn(X, plan, snapshot(y, NONE), rng)
    assert found.rows.size == found.scores.size == 0


TEXTS = [f"{'cat dog' if i % 2 else 'sun sea'} number {i}" for i in range(60)]


def text_model():
    return make_pipeline(TfidfVectorizer(), Margin(LogisticRegression()))


CONTAINERS = {
    "sparse": lambda X: csr_matrix(X),
    "frame": lambda X: pytest.importorskip("pandas").DataFrame(X).rename(columns=str),
    "tensor": lambda X: pytest.importorskip("torch").as_tensor(X),
    "list of lists": lambda X: X.tolist(),
}


@pytest.mark.parametrize("convert", CONTAINERS.values(), ids=CONTAINERS)
def test_containers(opened, answer, X, convert):
    campaign = opened(convert(X), strategy=Margin(LogisticRegression()))
    answer(campaign)
    answer(campaign.refit())
    assert campaign.progress()["failure"] is None
    assert campaign.rounds_[0].n_labels == 5
    assert len(campaign.labels()) == 10


def test_lists_of_text(opened):
    campaign = opened(TEXTS, strategy=text_model())
    for _ in range(3):
        for task in campaign.ask("ann", 5):
            assert np.isfinite(task.score) or task.rank < 0  # TypiClust, on TF-IDF
            campaign.tell(task.id, TEXTS[task.row][:3], "ann")
        campaign.refit()
    assert campaign.progress()["failure"] is None
    assert campaign.strategy_.predict(["cat dog number 3"]) == ["cat"]
    campaign = opened(TEXTS, strategy=text_model())
    assert len(campaign.labels()) == 15


def test_a_pipeline_that_ends_in_a_strategy(opened, answer):
    strategy = make_pipeline(StandardScaler(), Margin(LogisticRegression()))
    campaign = opened(strategy=strategy, test_size=5)
    answer(campaign, n=10)
    assert campaign.refit().rounds_[0].score >= 0
    assert isinstance(campaign.estimator_, LogisticRegression)


@pytest.mark.parametrize(
    "strategy",
    [MaxVariance(RandomForestRegressor(10)), LCMD(RandomForestRegressor(10))],
    ids=["pointwise", "LCMD"],
)
def test_regression(opened, X, strategy):
    campaign = opened(strategy=strategy, test_size=5, overlap=2)
    for name, error in ("ann", 0.5), ("bob", -0.5):
        for task in campaign.ask(name, 10):
            campaign.tell(task.id, X[task.row].sum() + error, name)
    campaign.refit()
    assert campaign.progress()["failure"] is None
    assert np.isfinite(campaign.rounds_[0].score)
    found = campaign.labels("consensus").set_index("row")["label"]
    np.testing.assert_allclose(found, X[found.index].sum(axis=1))
    with pytest.raises(TypeError, match="a label for regression must be a number"):
        campaign.tell(0, "high", "ann")


@pytest.mark.parametrize("strategy", [RandomSampling(), CoreSet()], ids=type)
def test_strategies_without_a_model(opened, strategy):
    campaign = opened(strategy=strategy, test_size=3)
    for task in campaign.ask("ann", 8):
        campaign.tell(task.id, "a", "ann")
    assert campaign.refit().ask("ann")[0].round == 1
    assert np.isnan(campaign.rounds_[0].score)


def test_a_net_is_given_places_in_classes(opened, X, y):
    torch = pytest.importorskip("torch")
    skorch = pytest.importorskip("skorch")
    net = skorch.NeuralNetClassifier(
        torch.nn.Sequential(
            torch.nn.Linear(64, 16),
            torch.nn.ReLU(),
            torch.nn.Dropout(0.3),
            torch.nn.Linear(16, 3),
        ),
        criterion=torch.nn.CrossEntropyLoss,
        max_epochs=3,
        train_split=None,
        verbose=0,
    )
    names = np.array(["low", "high", "mid"])
    settings = {"strategy": Entropy(net), "classes": ["low", "high"], "test_size": 4}
    campaign = opened(X.astype(np.float32), **settings)
    for task in campaign.ask("ann", 12):
        campaign.tell(task.id, names[y[task.row] % 2], "ann")
    campaign.refit()
    assert campaign.progress()["failure"] is None
    assert set(campaign.estimator_.predict(X[:50].astype(np.float32))) <= {0, 1, 2}
    (task,) = campaign.ask("ann")
    campaign.tell(task.id, "mid", "ann")  # the third output
    (task,) = campaign.ask("bob")
    with pytest.raises(ValueError, match="beyond its width"):
        campaign.tell(task.id, "none", "bob")
    assert campaign.classes_ == ["low", "high", "mid"]


def test_more_classes_than_the_net_has_outputs(opened, X, y):
    torch = pytest.importorskip("torch")
    skorch = pytest.importorskip("skorch")
    net = skorch.NeuralNetClassifier(
        torch.nn.Sequential(torch.nn.Linear(64, 2)),
        criterion=torch.nn.CrossEntropyLoss,
        max_epochs=1,
        train_split=None,
        verbose=0,
    )
    campaign = opened(X.astype(np.float32), strategy=Entropy(net))
    for i, task in enumerate(campaign.ask("ann", 3)):
        campaign.tell(task.id, "abc"[i], "ann")
    with pytest.raises(ValueError, match=r"where c is the width|beyond its width"):
        campaign.refit()


def test_a_model_that_cannot_be_fitted_is_reported_and_asking_goes_on(opened, answer):
    class Broken(GaussianNB):
        def fit(self, X, y):
            raise ArithmeticError("no fit today")

    campaign = opened(strategy=Margin(Broken()))
    answer(campaign)
    with pytest.raises(ArithmeticError, match="no fit today"):
        campaign.refit()
    failure = campaign.progress()["failure"]
    assert failure.error == "ArithmeticError: no fit today"
    assert "in fit" in failure.traceback
    assert len(answer(campaign, n=30)) == 30
    # stored; and forgotten once a fit succeeds
    campaign = opened()
    assert campaign.refit().progress()["failure"] is None
