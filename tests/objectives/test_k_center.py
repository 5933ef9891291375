from itertools import combinations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from skactive._utils.array import to_numpy
from skactive.objectives import KCenter, distances
from skactive.selection import greedy, lazy_greedy

RNG = np.random.default_rng(1)


def pool_of(n=200, d=12, labelled=9):
    return RNG.normal(size=(n, d)), RNG.normal(size=(labelled, d))


def naive(pool, labelled, b, metric="euclidean"):
    """Algorithm 1 of the paper, by its letter."""
    nearest, picks = cdist(pool, labelled, metric).min(axis=1), []
    for _ in range(b):
        picks.append(int(np.argmax(nearest)))
        nearest = np.minimum(nearest, cdist(pool, pool[picks[-1:]], metric)[:, 0])
    return picks


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
@pytest.mark.parametrize("search", [greedy, lazy_greedy])
def test_picks_are_those_of_the_naive_loop(search, metric, as_array):
    pool, labelled = pool_of()
    f = KCenter(distances(as_array(pool), as_array(labelled), metric))
    picks, gains = search(f, 60)
    assert picks.tolist() == naive(pool, labelled, 60, metric)
    assert (np.diff(gains) <= 1e-12).all()


def test_float32_gives_the_picks_of_float64(as_array):
    pool, labelled = (a.astype("float32") for a in pool_of(500, 40))
    f = KCenter(distances(as_array(pool + 100), as_array(labelled + 100), "euclidean"))
    exact = naive((pool + 100).astype(float), (labelled + 100).astype(float), 80)
    assert lazy_greedy(f, 80)[0].tolist() == exact


def test_gains_are_the_distances_to_the_nearest_centre_however_they_are_asked():
    pool, labelled = pool_of(50)
    f = KCenter(distances(pool, labelled, "euclidean"))
    state, picks = f.start(), []
    for i in [3, 17, 8, 41, 0, 26]:
        rows = RNG.choice(50, 5, replace=False)
        centres = np.vstack([labelled, pool[picks]])
        expected = cdist(pool, centres).min(axis=1)
        np.testing.assert_allclose(f.gains(state, rows), expected[rows], atol=1e-12)
        state, picks = f.add(state, i), [*picks, i]
    centres = np.vstack([labelled, pool[picks]])
    expected = cdist(pool, centres).min(axis=1)
    np.testing.assert_allclose(f.gains(state), expected, atol=1e-12)


def test_states_are_values():
    pool, labelled = pool_of(40)
    f = KCenter(distances(pool, labelled, "euclidean"))
    parent = f.add(f.start(), 2)
    one, other = f.add(parent, 5), f.add(parent, 9)
    f.gains(one), f.gains(other, np.array([1, 2, 3]))
    for state, picks in [
        (f.start(), []),
        (parent, [2]),
        (one, [2, 5]),
        (other, [2, 9]),
    ]:
        centres = np.vstack([labelled, pool[picks]])
        expected = cdist(pool, centres).min(axis=1)
        np.testing.assert_allclose(f.gains(state), expected, atol=1e-12)


def test_lazy_search_computes_few_distances_and_none_twice():
    pool, labelled = pool_of(2000, 10)
    f = KCenter(distances(pool, labelled, "euclidean"))
    asked = []
    between = f.distances.between

    def counting(rows, picks):
        asked.extend((i, j) for i in rows for j in picks)
        return between(rows, picks)

    f.distances.between = counting
    lazy_greedy(f, 50)
    assert len(asked) < 50 * 2000 / 4
    assert len(set(asked)) > 0.6 * len(asked)  # lags of one power of two go together


def test_exhausted_pool_of_copies_warns():
    pool = np.repeat(RNG.normal(size=(3, 4)), 4, axis=0)
    f = KCenter(distances(pool, pool[:1], "euclidean"))
    with pytest.warns(UserWarning, match="same gain from pick 3"):
        picks, gains = lazy_greedy(f, 5)
    assert set(picks[:2]) == {4, 8}  # of copies, the first
    assert gains[2:].tolist() == [0, 0, 0]
    assert len(set(picks.tolist())) == 5


def test_radius_is_at_most_twice_the_optimum(as_array):
    for _ in range(20):
        pool, labelled = RNG.normal(size=(11, 2)), RNG.normal(size=(1, 2))
        table = np.hstack([cdist(pool, labelled), cdist(pool, pool)])

        def radius(batch, table=table):
            return table[:, [0, *(1 + i for i in batch)]].min(axis=1).max()

        f = KCenter(distances(as_array(pool), as_array(labelled), "euclidean"))
        best = min(radius(batch) for batch in combinations(range(11), 3))
        assert radius(lazy_greedy(f, 3)[0]) <= 2 * best + 1e-12


def test_order_of_rows_does_not_matter():
    pool, labelled = pool_of(100)
    order = RNG.permutation(100)
    picks = lazy_greedy(KCenter(distances(pool, labelled, "euclidean")), 20)[0]
    again = lazy_greedy(KCenter(distances(pool[order], labelled, "euclidean")), 20)[0]
    assert order[again].tolist() == picks.tolist()


def test_distances_are_not_changed_on_the_host(as_array):
    pool, labelled = pool_of(30)
    f = KCenter(distances(as_array(pool), as_array(labelled), "euclidean"))
    before = to_numpy(f.labelled_n).copy()
    lazy_greedy(f, 10)
    np.testing.assert_array_equal(to_numpy(f.labelled_n), before)
