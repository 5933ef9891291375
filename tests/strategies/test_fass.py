"""FASS against brute force, plain greedy and its limits."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skactive import FASS, testing
from skactive._utils.array import to_numpy
from skactive.information import entropy
from skactive.selection import greedy, lazy_greedy
from skactive.strategies._fass import ClassCoverage
from tests.draws import Table


def literal_coverage(x_nd, y_n, batch):
    """The sum over classes and points of the best similarity, from the definition."""
    d_nn = ((x_nd[:, None] - x_nd) ** 2).sum(axis=-1)
    total = 0.0
    for i in range(len(x_nd)):
        own = [d_nn.max() - d_nn[i, s] for s in batch if y_n[s] == y_n[i]]
        total += max(own, default=0.0)
    return total


def make(n=9, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 2)), rng.integers(3, size=n)


def grown(f, batch):
    state = f.start()
    for i in batch:
        state = f.add(state, i)
    return state


@pytest.mark.parametrize("seed", range(3))
def test_gains_are_growth_of_the_coverage(as_array, seed):
    x_nd, y_n = make(seed=seed)
    f = ClassCoverage(as_array(x_nd), as_array(y_n))
    for batch in [[], [2], [5, 0, 7]]:
        before = literal_coverage(x_nd, y_n, batch)
        literal = [literal_coverage(x_nd, y_n, [*batch, s]) - before for s in range(9)]
        state = grown(f, batch)
        assert_allclose(to_numpy(f.gains(state)), literal, atol=1e-12)
        rows = as_array(np.array([4, 1]))
        assert_allclose(to_numpy(f.gains(state, rows)), np.take(literal, [4, 1]))
        assert_allclose(float(state.sum()), before, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_greedy_is_within_its_bound_of_brute_force(seed):
    x_nd, y_n = make(n=12, seed=seed)
    batch, gains = lazy_greedy(ClassCoverage(x_nd, y_n), 4)
    best = max(
        literal_coverage(x_nd, y_n, subset)
        for subset in itertools.combinations(range(12), 4)
    )
    assert_allclose(literal_coverage(x_nd, y_n, batch), gains.sum())
    assert (1 - 1 / np.e) * best <= gains.sum() <= best * (1 + 1e-12)
    first, _ = lazy_greedy(ClassCoverage(x_nd, y_n), 1)
    alone = [literal_coverage(x_nd, y_n, [s]) for s in range(12)]
    assert first[0] == np.argmax(alone)


def test_lazy_equals_plain(as_array):
    x_nd, y_n = make(n=120)
    x_nd[60:80], y_n[60:80] = x_nd[:20], y_n[:20]
    f = ClassCoverage(as_array(x_nd), as_array(y_n))
    plain, lazy = greedy(f, 40), lazy_greedy(f, 40)
    assert_array_equal(lazy[0], plain[0])
    assert_allclose(lazy[1], plain[1])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_copy_adds_nothing_far_from_the_origin(as_array, dtype):
    rng = np.random.default_rng(0)
    x_nd = (np.tile(rng.normal(size=(37, 50)), (2, 1)) + 1000).astype(dtype)
    f = ClassCoverage(as_array(x_nd), as_array(np.arange(74) % 37 % 2))
    for i in range(37):
        gains = to_numpy(f.gains(f.add(f.start(), i)))
        assert_array_equal(gains[[i, i + 37]], 0)
        assert (np.delete(gains, [i, i + 37]) > 0).all()


def fitted(**params):
    X, y, X_pool = testing.make_data("classification", n_pool=80)
    model = make_pipeline(StandardScaler(), LogisticRegression())
    return FASS(model, random_state=0, **params).fit(X, y), X_pool


def test_beta_of_one_takes_the_most_uncertain():
    strategy, X_pool = fitted(beta=1)
    h_n = entropy(strategy.predict_proba(X_pool))
    assert_allclose(strategy.score_samples(X_pool), h_n, rtol=1e-6)
    batch = strategy.query(X_pool, 7)
    assert set(batch) == set(np.argsort(-h_n, kind="stable")[:7])


@pytest.mark.parametrize("candidates", [None, np.arange(0, 80, 2)])
def test_picks_are_greedy_picks_among_the_kept(candidates):
    strategy, X_pool = fitted(beta=2.3)
    rows = np.arange(80) if candidates is None else candidates
    m_nc = strategy.predict_proba(X_pool)
    kept = rows[np.argsort(-entropy(m_nc)[rows], kind="stable")[:10]]  # ceil(2.3 * 4)
    x_nd = strategy.estimator_[0].transform(X_pool)[kept].astype(float)
    y_n = m_nc[kept].argmax(axis=1)
    literal = []
    for _ in range(4):
        worth = [literal_coverage(x_nd, y_n, [*literal, s]) for s in range(10)]
        literal.append(int(np.argmax(np.round(worth, 9))))
    batch, scores = strategy.query(X_pool, 4, candidates=candidates, return_scores=True)
    assert_array_equal(batch, kept[literal])
    assert_allclose(scores.sum(), literal_coverage(x_nd, y_n, literal), rtol=1e-5)


def test_points_that_add_nothing_go_by_entropy():
    X = np.repeat(np.arange(4.0), 3)[:, None] * [[1.0, 0.5]]
    strategy = FASS(_Certainties(), beta=3).fit(X, np.zeros(12))
    with pytest.warns(UserWarning, match="same gain"):
        batch = strategy.query(X, 4)
    # one class, all points alike but for entropy: point 11 is the least certain
    assert_array_equal(batch, [11, 10, 9, 8])


class _Certainties:
    """Draws more certain of class 0 the earlier the point; features all the same."""

    task = "classification"

    def fit(self, X, y):
        return self

    def draw(self, X, rng):
        p_n = 0.95 - 0.03 * np.arange(len(X))
        return np.stack([p_n, 1 - p_n], axis=-1)[:, None]

    def embed(self, X):
        return np.ones((len(X), 2))


@pytest.mark.parametrize("beta", [0.5, "many"])
def test_beta_is_checked(beta):
    with pytest.raises(ValueError, match="beta"):
        FASS(LogisticRegression(), beta=beta).fit([[0.0], [1.0]], [0, 1])


def test_kernels_run_on_the_meta_device():
    torch = pytest.importorskip("torch")
    x_nd, y_n = torch.zeros((9, 3), device="meta"), torch.zeros(9, device="meta")
    f = ClassCoverage(x_nd, y_n)
    assert f.gains(f.add(f.start(), 0)).device.type == "meta"


def test_classes_equal_but_for_rounding_are_one_class():
    # the sum is a little more than 0.3: an argmax would take the other class
    p_nkc = np.array([[[0.3, 0.1 + 0.2, 0.2, 0.2]], [[0.3, 0.3, 0.2, 0.2]]])
    table = Table("classification", p_nkc, np.arange(6.0).reshape(2, 3), np.arange(4))
    rows = np.arange(2)[:, None]
    strategy = FASS(table).fit(rows, [0, 1])
    f = strategy._objective(rows, np.random.default_rng(0))
    assert_array_equal(f.coverage(np.arange(2)).y_n, [0, 0])


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("seed", range(3))
def test_means_of_many_single_draws_decide_as_double_ones(library, seed):
    """The same draws in other orders: what is kept, and the class, may not differ."""
    if library == "torch":
        pytest.importorskip("torch")
    rng = np.random.default_rng(seed)
    kinds = ([5, 5, 5], [5, 5, 4], [5, 3, 4], [4, 2, 5], [2, 5, 1])
    few = np.stack([rng.dirichlet(kind, 3000) for kind in kinds]).astype(np.float32)
    p_nkc = np.stack([few[i % 5][rng.permutation(3000)] for i in range(30)])
    features, rows = rng.normal(size=(30, 2)), np.arange(30)[:, None]
    tables = (
        Table("classification", draws, features, np.arange(3), library)
        for draws in (p_nkc, p_nkc.astype(float))
    )
    single, double = (
        FASS(table, beta=1.5).fit(rows, np.zeros(30)).query(rows, 8) for table in tables
    )
    assert_array_equal(single, double)
