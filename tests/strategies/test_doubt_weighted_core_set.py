import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.datasets import make_blobs
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skactive import CoreSet, DoubtWeightedCoreSet
from skactive._utils.array import to_numpy
from skactive.objectives import KCenter, distances
from skactive.selection import Restricted, beam, greedy, lazy_greedy
from skactive.strategies._doubt_weighted_core_set import DoubtfulCover

X, Y = make_blobs(90, centers=3, cluster_std=3.0, random_state=0)
LABELLED, POOL = X[:15], X[15:]


def naive(pool, labelled, doubt, b):
    """Algorithm 2, with the doubt of the unlabelled point in line 11 as in eq. 2."""
    score, picks = cdist(pool, labelled).min(axis=1) * doubt, []
    for _ in range(b):
        picks.append(int(np.argmax(score)))
        to_new = cdist(pool, pool[picks[-1:]])[:, 0] * doubt
        score = np.minimum(score, to_new)
    return picks


def literal_beam(pool, labelled, doubt, b, width):
    """The beam by its definition: full scores, sets as lists, in order of rank."""
    held = [[]]
    for _ in range(b):
        grown = []
        for picks in held:
            centres = np.vstack([labelled, pool[picks]])
            score = cdist(pool, centres).min(axis=1) * doubt
            score[picks] = -np.inf
            for i in np.argsort(-score, kind="stable")[:width]:
                larger = [*picks, int(i)]
                if score[i] >= 0 and set(larger) not in [set(g) for g in grown]:
                    grown.append(larger)
        held = sorted(grown, key=lambda g: np.mean(np.log(1 - doubt[g])))[:width]
    return held[0]


def cover(pool, labelled, doubt, as_array=lambda a: a):
    centres = KCenter(distances(as_array(pool), as_array(labelled), "euclidean"))
    return DoubtfulCover(centres, as_array(doubt))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("search", [greedy, lazy_greedy, lambda f, n: beam(f, n, 1)])
def test_picks_are_those_of_the_naive_loop(search, seed, as_array):
    doubt = np.random.default_rng(seed).random(75)
    picks, _ = search(cover(POOL, LABELLED, doubt, as_array), 20)
    assert picks.tolist() == naive(POOL, LABELLED, doubt, 20)


@pytest.mark.parametrize("width", [1, 2, 4, 7])
@pytest.mark.parametrize("seed", range(3))
def test_beam_is_its_literal_definition(seed, width, as_array):
    doubt = np.random.default_rng(seed).uniform(0.05, 0.7, size=12)
    f = cover(POOL[:12], LABELLED[:2], doubt, as_array)
    expected = literal_beam(POOL[:12], LABELLED[:2], doubt, 5, width)
    assert beam(f, 5, width)[0].tolist() == expected


def test_query_is_the_objective_with_the_model_s_doubt():
    model = make_pipeline(StandardScaler(), LogisticRegression())
    strategy = DoubtWeightedCoreSet(model).fit(LABELLED, Y[:15])
    doubt = 1 - strategy.predict_proba(POOL).max(axis=1)
    scaler = StandardScaler().fit(LABELLED)
    pool, labelled = scaler.transform(POOL), scaler.transform(LABELLED)
    picks, gains = strategy.query(POOL, 10, return_scores=True)
    assert picks.tolist() == naive(pool, labelled, doubt, 10)
    nearest = cdist(pool, labelled).min(axis=1)
    np.testing.assert_allclose(strategy.score_samples(POOL), nearest * doubt)
    assert gains[0] == pytest.approx((nearest * doubt).max())
    wide = strategy.set_params(beam_width=4).query(POOL, 6)
    assert wide.tolist() == literal_beam(pool, labelled, doubt, 6, 4)


@pytest.mark.parametrize("width", [1, 3])
def test_constant_doubt_is_core_set(width):
    expected = CoreSet().fit(LABELLED).query(POOL, 15)
    f = cover(POOL, LABELLED, np.full(75, 0.3))
    assert beam(f, 15, width)[0].tolist() == expected.tolist()


@pytest.mark.parametrize("width", [1, 5])
def test_zero_scores_come_last(width):
    """Certain points, and copies of centres, only when nothing else is left."""
    doubt = np.full(20, 0.4)
    doubt[:9] = 0.0
    pool = POOL[:20].copy()
    pool[9] = LABELLED[0]
    picks, gains = beam(cover(pool, LABELLED, doubt), 12, width)
    assert set(picks[:10]) == set(range(10, 20))
    assert (gains[:10] > 0).all()
    assert gains[10:].tolist() == [0, 0]


def test_beam_sees_the_worth_of_sets_through_candidates():
    doubt = np.random.default_rng(0).uniform(0.05, 0.7, size=30)
    f, some = cover(POOL[:30], LABELLED, doubt), np.arange(0, 30, 2)
    expected = literal_beam(POOL[:30][some], LABELLED, doubt[some], 5, 3)
    assert beam(Restricted(f, some), 5, 3)[0].tolist() == expected


def test_value_is_equation_5(as_array):
    doubt = np.random.default_rng(0).uniform(0.05, 0.7, size=75)
    f = cover(POOL, LABELLED, doubt, as_array)
    state = f.add(f.add(f.start(), 4), 9)
    assert f.value(state) == pytest.approx(-np.log(1 - doubt[[4, 9]]).mean())


def test_certain_points_with_nothing_labelled(as_array):
    doubt = np.array([0.0, 0.2, 0.5, 0.0])
    f = cover(POOL[:4], POOL[:0], doubt, as_array)
    assert to_numpy(f.gains(f.start())).tolist() == [0, np.inf, np.inf, 0]
    assert lazy_greedy(f, 2)[0].tolist() == [1, 2]


def test_order_of_rows_does_not_matter():
    doubt = np.random.default_rng(0).random(75)
    order = np.random.default_rng(1).permutation(75)
    for width in (1, 4):
        picks = beam(cover(POOL, LABELLED, doubt), 10, width)[0]
        again = beam(cover(POOL[order], LABELLED, doubt[order]), 10, width)[0]
        assert order[again].tolist() == picks.tolist()


def test_a_model_without_probabilities():
    from sklearn.svm import LinearSVC

    with pytest.raises(TypeError, match="predict_proba"):
        DoubtWeightedCoreSet(LinearSVC()).fit(LABELLED, Y[:15])
