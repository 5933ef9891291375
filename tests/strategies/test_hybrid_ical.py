"""HybridICAL against both terms by their definitions, and its two ends."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.ensemble import RandomForestClassifier

from skactive import ICAL, BatchBALD, HybridICAL, testing
from skactive._utils.array import one_hot, to_numpy
from skactive.information import entropy
from skactive.kernels import rational_quadratic, squared_distances
from skactive.objectives import JointInformation
from skactive.selection import Restricted, greedy, lazy_greedy
from skactive.strategies._hybrid_ical import Blend
from tests import zoo
from tests.draws import GivenDraws, fitted, pool_of
from tests.test_kernels import three_terms

N, K, C = 12, 5, 3


def random_draws(seed=0, n=N):
    return np.random.default_rng(seed).dirichlet(0.4 * np.ones(C), (n, K))


def objective(p_nkc, **params):
    strategy = fitted(HybridICAL(GivenDraws(p_nkc), random_state=0, **params))
    return strategy._objective(pool_of(p_nkc), np.random.default_rng(1))


def joint_information(p_bkc):
    """Entropy of the joint label less the draws' own, over all labellings."""
    joint = 0.0
    for labels in itertools.product(range(C), repeat=len(p_bkc)):
        p = np.prod([p_bkc[i, :, y] for i, y in enumerate(labels)], axis=0).mean()
        joint -= p * np.log(p)
    return joint - entropy(p_bkc).mean(axis=1).sum()


def literal_gains(f, p_nkc, batch, weight):
    """Both terms of each point from their definitions, in units of the first step's."""
    (_, condensing), (_, _) = f.parts
    condensation = condensing.condensation
    y_nk = condensation.kernels.draws
    scales = (1.0,)  # only a factor, in classification
    kernels = rational_quadratic(squared_distances(one_hot(y_nk, C)), scales)

    def dependence(step):
        rows = condensation._condensed(step)
        condensed = kernels[slice(None) if rows is None else rows].mean(axis=0)
        return np.array([three_terms(condensed, kernel) for kernel in kernels])

    def information(picks):
        before = joint_information(p_nkc[picks]) if picks else 0.0
        grown = [joint_information(p_nkc[[*picks, x]]) for x in range(len(p_nkc))]
        return np.array(grown) - before

    of_pool = dependence(len(batch)) / dependence(0).max()
    of_model = information(batch) / information([]).max()
    return (1 - weight) * of_pool + weight * of_model


@pytest.mark.parametrize("weight", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("n_condense", [4, 200])
def test_gains_are_those_of_the_definitions(as_array, weight, n_condense):
    p_nkc = random_draws()
    f = objective(as_array(p_nkc), weight=weight, n_condense=n_condense)
    literal_f = objective(p_nkc, weight=weight, n_condense=n_condense)
    state, batch = f.start(), []
    for i in (7, 2, 11):
        gains = to_numpy(f.gains(state))
        literal = literal_gains(literal_f, p_nkc, batch, weight)
        assert_allclose(gains, literal, rtol=1e-8, atol=1e-12)
        rows = as_array(np.array([3, 9]))
        assert_allclose(to_numpy(f.gains(state, rows)), literal[[3, 9]], rtol=1e-8)
        new = f.add(state, i)
        assert_array_equal(to_numpy(f.gains(state)), gains)
        state, batch = new, [*batch, i]


@pytest.mark.parametrize("n_condense", [10, 200])
def test_the_two_ends_are_ical_and_batch_bald(n_condense):
    X, y, X_pool = testing.make_data("classification")
    forest = zoo.forest("classification")

    def batch(cls, n, **params):
        return cls(forest, random_state=0, **params).fit(X, y).query(X_pool, n)

    ical = batch(ICAL, 20, n_condense=n_condense)
    ours = batch(HybridICAL, 20, weight=0, n_condense=n_condense)
    assert_array_equal(ours, ical)
    exact = 6  # 3 ** 6 joint labellings
    assert_array_equal(batch(HybridICAL, exact, weight=1), batch(BatchBALD, exact))
    between = batch(HybridICAL, exact, weight=0.5, n_condense=n_condense)
    assert between.tolist() != ical[:exact].tolist()
    assert between.tolist() != batch(BatchBALD, exact).tolist()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("candidates", [None, np.arange(1, 60, 3)])
def test_lazy_equals_plain(as_array, seed, candidates):
    f = objective(as_array(random_draws(seed, n=60)), n_condense=10)
    f = f if candidates is None else Restricted(f, candidates)
    plain, lazy = greedy(f, 7), lazy_greedy(f, 7)
    assert_array_equal(lazy[0], plain[0])
    assert_allclose(lazy[1], plain[1])


def test_lazy_search_goes_on_once_labellings_are_sampled():
    f = objective(random_draws(n=60), n_condense=10, max_configurations=100)
    plain, lazy = greedy(f, 10), lazy_greedy(f, 10)
    assert_array_equal(lazy[0], plain[0])


def test_a_copy_is_worth_less_to_the_model_and_the_same_to_the_pool():
    p_nkc = random_draws()
    f = objective(np.concatenate([p_nkc, p_nkc]), n_condense=200)
    (_, of_pool), (_, of_model) = f.parts
    state = f.add(f.start(), 3)
    assert_array_equal(of_pool.gains(state[0]), of_pool.gains(f.start()[0]))
    fresh = to_numpy(of_model.gains(f.start()[1]))
    assert of_model.gains(state[1])[3 + N] < fresh[3 + N]


def test_a_term_that_says_nothing_is_dropped():
    agreeing = np.repeat(random_draws()[:, :1], K, axis=1)  # no information
    f = objective(agreeing)
    assert [part.diminishing for _, part in f.parts] == [False]
    certain = np.repeat(np.eye(C)[np.arange(N) % C][:, None], K, axis=1)  # nor labels
    strategy = fitted(HybridICAL(GivenDraws(certain), random_state=0))
    with pytest.warns(UserWarning, match="same gain"):
        batch, scores = strategy.query(pool_of(certain), 3, return_scores=True)
    assert_array_equal(batch, [0, 1, 2])
    assert_array_equal(scores, 0)


def test_bounds_are_those_of_the_parts():
    f = objective(random_draws(), max_configurations=3000)
    state, rows = f.start(), np.arange(N)
    for i in range(8):  # 3 ** 8 joint labellings: they are sampled
        state = f.add(state, i)
    assert (f.bounds(state, rows) >= f.gains(state)).all()
    dependence = Blend((1.0, f.parts[0][1]))  # has no bounds but its gains
    state = dependence.start()
    assert_array_equal(dependence.bounds(state, rows), dependence.gains(state))


@pytest.mark.parametrize("weight", [-0.1, 1.1, "half"])
def test_weight_is_checked(weight):
    with pytest.raises(ValueError, match="weight"):
        HybridICAL(RandomForestClassifier(), weight=weight).fit([[0.0], [1]], [0, 1])


def test_copies_go_by_index_whatever_rounding_makes_of_them(as_array):
    a_nk = np.array([[2 / 3, 1 / 2], [2 / 3, 1 / 2], [1 / 3, 1 / 2], [1, 1 / 3]])
    p_nkc = as_array(np.stack([a_nk, 1 - a_nk], axis=-1))
    for search in (greedy, lazy_greedy):
        f = Blend((1.0, JointInformation(p_nkc, 0, entropies="sampled")))
        assert search(f, 4)[0].tolist() == [3, 0, 1, 2]
