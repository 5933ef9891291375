import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.spatial.distance import cdist
from sklearn.datasets import make_classification
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

from skactive import Margin, MaxHerding, UncertaintyHerding
from skactive.samplers._temperature import tempered
from skactive.selection import greedy, lazy_greedy
from tests.draws import Table

X, Y = make_classification(
    110, n_features=4, n_informative=3, n_redundant=0, n_classes=3, random_state=0,
    n_clusters_per_class=1,
)  # fmt: skip
L, POOL = slice(0, 20), slice(20, None)


def naive(pool, labelled, u, sigma, b, allowed):
    """Greedy, a candidate and a reference point at a time."""
    free, picks = list(allowed), []
    for _ in range(b):
        centres = np.vstack([labelled, pool[picks]])
        m = np.exp(-(cdist(pool, centres).min(axis=1) ** 2) / sigma**2)
        gains = []
        for j in free:
            k = np.exp(-((pool - pool[j]) ** 2).sum(axis=1) / sigma**2)
            gains.append(np.mean(u * np.maximum(k - m, 0)))
        picks.append(free.pop(int(np.argmax(gains))))
    return picks


def uncertainty(strategy, pool):
    p = np.sort(tempered(strategy.predict_proba(pool), strategy.temperature_), axis=1)
    return 1 - (p[:, -1] - p[:, -2])


@pytest.mark.parametrize("allowed", [None, np.arange(0, 90, 2)])
def test_batches_are_those_of_the_slow_form(allowed):
    strategy = UncertaintyHerding(GaussianNB(), random_state=0).fit(X[L], Y[L])
    assert strategy.temperature_ != 1
    sd = X[POOL].std(axis=0)
    pool, labelled = X[POOL] / sd, X[L] / sd
    sigma = np.sort(cdist(labelled, labelled), axis=1)[:, 1].min()
    rows = np.arange(90) if allowed is None else allowed
    expected = naive(pool, labelled, uncertainty(strategy, X[POOL]), sigma, 12, rows)
    assert strategy.query(X[POOL], 12, candidates=allowed).tolist() == expected


def table(p_nkc, library="numpy"):
    features = np.random.default_rng(0).normal(size=(len(p_nkc), 3))
    return Table("classification", p_nkc, features, np.arange(3), library)


def of_table(model, strategy=UncertaintyHerding, **params):
    rows = np.arange(40)[:, None]
    y = np.arange(6) % 3
    return strategy(model, random_state=0, **params).fit(rows[:6], y), rows[6:]


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("params", [{}, {"bandwidth": 2.0}, {"n_reference": 15}])
def test_where_all_is_uncertain_it_is_max_herding(library, params):
    if library == "torch":
        pytest.importorskip("torch")
    ties = table(np.tile([0.5, 0.5, 0.0], (40, 2, 1)), library)
    strategy, pool = of_table(ties, **params)
    picks, gains = strategy.query(pool, 10, return_scores=True)
    other = of_table(ties, MaxHerding, **params)[0]
    expected, growth = other.query(pool, 10, return_scores=True)
    assert picks.tolist() == expected.tolist()
    assert_allclose(gains, growth)


def test_a_small_bandwidth_makes_it_the_margin():
    strategy = UncertaintyHerding(GaussianNB(), bandwidth=1e-6, calibrate=False)
    strategy.fit(X[L], Y[L])
    expected = Margin(GaussianNB()).fit(X[L], Y[L]).query(X[POOL], 10)
    assert strategy.query(X[POOL], 10).tolist() == expected.tolist()


def test_lazy_search_is_the_plain_one():
    strategy = UncertaintyHerding(GaussianNB(), random_state=0).fit(X[L], Y[L])
    f = strategy._objective(X[POOL], strategy._rng())
    assert lazy_greedy(f, 20)[0].tolist() == greedy(f, 20)[0].tolist()


def test_draws_are_averaged_before_the_margin():
    p_nkc = np.random.default_rng(1).dirichlet(np.ones(3), size=(40, 5))
    strategy, pool = of_table(table(p_nkc), calibrate=False, bandwidth=1e-6)
    p = np.sort(p_nkc[6:].mean(axis=1), axis=1)
    expected = (1 - (p[:, -1] - p[:, -2])) / 34
    assert_allclose(strategy.score_samples(pool), expected)


def test_draws_are_made_of_reference_points_alone(monkeypatch):
    seen = []
    predict_proba = GaussianNB.predict_proba

    def watched(self, X):
        seen.append(len(X))
        return predict_proba(self, X)

    monkeypatch.setattr(GaussianNB, "predict_proba", watched)
    strategy = UncertaintyHerding(GaussianNB(), n_reference=13, calibrate=False)
    strategy.fit(X[L], Y[L]).query(X[POOL], 5)
    assert seen == [13]


def test_calibration_is_optional_and_costs_five_fits(monkeypatch):
    seen = []
    fit = GaussianNB.fit

    def watched(self, X, y):
        seen.append(len(y))
        return fit(self, X, y)

    monkeypatch.setattr(GaussianNB, "fit", watched)
    rows = np.concatenate([np.flatnonzero(c == Y)[:10] for c in range(3)])
    UncertaintyHerding(GaussianNB(), calibrate=False).fit(X[rows], Y[rows])
    assert seen == [30]
    UncertaintyHerding(GaussianNB(), random_state=0).fit(X[rows], Y[rows])
    assert seen == [30, 30, 24, 24, 24, 24, 24]


def test_frozen_models_are_left_alone():
    model = FrozenEstimator(LogisticRegression().fit(X[L], Y[L]))
    strategy = UncertaintyHerding(model).fit(X[:0], Y[:0])
    assert strategy.temperature_ == 1
    assert len(set(strategy.query(X[POOL], 5).tolist())) == 5


def test_a_model_that_is_sure_of_all_goes_by_distance():
    strategy = UncertaintyHerding(DecisionTreeClassifier(), calibrate=False)
    strategy.fit(X[L], Y[L])
    with pytest.warns(UserWarning, match="same gain from pick 1 of 3"):
        picks = strategy.query(X[POOL], 3)
    sd = X[POOL].std(axis=0)
    assert picks[0] == cdist(X[POOL] / sd, X[L] / sd).min(axis=1).argmax()
