import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skactive.pipeline
from skactive import Margin, RandomSampling, TypiClust
from skactive.annotation import _cold_start
from skactive.annotation._cold_start import cold_ranking, features
from skactive.annotation._learning import Plan
from skactive.annotation._snapshot import Snapshot

NONE = np.empty(0, dtype=np.intp)
STRATEGY = Margin(GaussianNB())


def snapshot(n, labelled=NONE, labels=(), pending=NONE, barred=NONE):
    pool = np.setdiff1d(np.arange(n), labelled)
    return Snapshot(
        *(labelled, [*labels], NONE, [], None, 0, NONE),
        *(pool, pending, barred, [], len(labels), 1, 1),
    )


def rank(X, initial="auto", n=6, strategy=STRATEGY, seen=None, **terms):
    plan = Plan(strategy, "classification", n, 0, **terms)
    seen = snapshot(len(X)) if seen is None else seen
    return cold_ranking(X, plan, initial, seen, np.random.default_rng(0))


def test_the_first_batch_is_of_typical_points(X):
    rows, scores = rank(X)
    seed = int(np.random.default_rng(0).integers(2**31 - 1))
    expected = TypiClust(random_state=seed).fit(X[:0]).query(X, 6)
    np.testing.assert_array_equal(rows, expected)
    assert np.isfinite(scores).all()


def test_what_is_out_and_what_nobody_could_label_is_not_asked_again(X, y):
    first, _ = rank(X)
    seen = snapshot(200, first[:1], y[first[:1]], pending=first[1:3], barred=first[3:5])
    for initial in ("auto", "random", RandomSampling()):
        rows, _ = rank(X, initial, n=150, seen=seen)
        assert len(set(rows)) == 150
        assert not set(rows) & set(first[:5])


def test_a_sample_of_a_large_pool_is_clustered(X, monkeypatch):
    monkeypatch.setattr(_cold_start, "MOST_ROWS", 50)
    seen = snapshot(200, pending=np.array([7, 3]))
    rows, _ = rank(X, n=48, seen=seen)
    assert len(set(rows)) == 48
    assert not {3, 7} & set(rows)
    assert rows.max() > 60


def test_a_budget_holds_from_the_start(X, rng):
    cost = rng.uniform(1, 9, 200)
    for initial in ("auto", "random"):
        rows, _ = rank(X, initial, n=50, cost=cost, budget=30.0)
        assert 0 < cost[rows].sum() <= 30 * (1 + 1e-9)


def test_random_rows_have_no_score(X):
    rows, scores = rank(X, "random")
    assert len(set(rows)) == 6
    assert np.isnan(scores).all()


def test_a_strategy_may_choose_first(opened):
    class FirstRows(RandomSampling):
        def query(self, X_pool, n=1, **options):
            return np.arange(n), np.zeros(n)

    campaign = opened(initial=FirstRows())
    assert [task.row for task in campaign.ask("ann", 3)] == [0, 1, 2]


def test_it_goes_on_until_two_classes_are_labelled(opened):
    campaign = opened()
    for _ in range(3):
        for task in campaign.ask("ann", 5):
            campaign.tell(task.id, "same", "ann")
        assert campaign.refit().rounds_ == []
    (task,) = campaign.ask("ann")
    assert task.round == 0
    campaign.tell(task.id, "other", "ann")
    assert campaign.refit().rounds_[0].n_labels == 16


TEXTS = [f"{word} number {i}" for i, word in enumerate(["cat", "sun"] * 20)]


@pytest.mark.parametrize(
    ("X", "model", "d"),
    [
        (np.ones((4, 2, 3)), GaussianNB(), 6),
        (csr_matrix(np.eye(4)), GaussianNB(), 4),
        (np.ones((4, 3), dtype=bool), GaussianNB(), 3),
        (np.ones((4, 3), dtype=object), GaussianNB(), None),
        (np.full((4, 3), np.nan), GaussianNB(), None),
        (np.ones(4), GaussianNB(), None),
        (TEXTS, LogisticRegression(), None),
        (TEXTS, make_pipeline(TfidfVectorizer(), LogisticRegression()), 33),
        (
            TEXTS,
            make_pipeline(TfidfVectorizer(), SelectKBest(k=2), LogisticRegression()),
            None,
        ),
    ],
    ids=range(9),
)
def test_features(X, model, d):
    found = features(X, Margin(model))
    assert (found is None) if d is None else (found.shape[1] == d)


def test_features_are_those_of_frozen_and_outer_transforms(X):
    scaled = StandardScaler().fit(X[:100])
    frozen = FrozenEstimator(make_pipeline(scaled, GaussianNB()).fit(X, np.arange(200)))
    np.testing.assert_allclose(features(X, Margin(frozen)), scaled.transform(X))
    outer = skactive.pipeline.make_pipeline(StandardScaler(), Margin(GaussianNB()))
    np.testing.assert_allclose(features(X, outer), StandardScaler().fit_transform(X))
