import itertools

import numpy as np
import pytest
from sklearn.datasets import make_blobs
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.svm import LinearSVC

from skactive import ProbabilisticCoreSet
from skactive.selection import gains_along

X, Y = make_blobs(60, centers=4, cluster_std=1.0, random_state=0)


def strategy_of(**parameters):
    parameters = {"n_components": 4, "random_state": 0, **parameters}
    return ProbabilisticCoreSet(LogisticRegression(), **parameters).fit(X[:20], Y[:20])


def joint_information(r_nk, batch):
    """I(y_B; component) by enumeration of all labels "is of the component"."""
    k, total, own = r_nk.shape[1], 0.0, 0.0
    for labels in itertools.product([0, 1], repeat=len(batch)):
        p_k = np.ones(k)
        for i, label in zip(batch, labels, strict=True):
            p_k = p_k * (r_nk[i] if label else 1 - r_nk[i])
        total -= p_k.mean() * np.log(p_k.mean()) if p_k.mean() > 0 else 0.0
        own -= np.sum(p_k[p_k > 0] * np.log(p_k[p_k > 0])) / k
    return total - own


def test_information_is_that_of_all_labels():
    strategy, batch = strategy_of(), [3, 17, 25, 8]
    f = strategy._objective(X[20:], np.random.default_rng(0))
    r_nk = f.information.p_nkc[:, :, 0]
    np.testing.assert_allclose(f.information.p_nkc.sum(axis=-1), 1)
    expected = joint_information(r_nk, batch)
    assert gains_along(f, batch).sum() == pytest.approx(expected, abs=1e-9)


def test_draws_are_the_responsibilities_of_a_mixture():
    f = strategy_of()._objective(X[20:], np.random.default_rng(5))
    seed = int(np.random.default_rng(5).integers(2**31 - 1, size=2)[1])
    mixture = GaussianMixture(
        4,
        reg_covar=1e-6 * X[20:].var(axis=0).mean(),
        covariance_type="diag",
        random_state=seed,
    )
    r_nk = mixture.fit(X[20:]).predict_proba(X[20:])
    np.testing.assert_array_equal(f.information.p_nkc[:, :, 0], r_nk)


@pytest.mark.parametrize("doubt", [0.0, 0.1, 1.0])
def test_batch_is_the_best_of_those_drawn(doubt):
    strategy = strategy_of(n_batches=30, doubt=doubt)
    picks, gains = strategy.query(X[20:], 3, return_scores=True)
    rng = strategy._rng()
    f = strategy._objective(X[20:], rng)
    batches = [rng.permutation(40)[:3] for _ in range(30)]
    worth = np.array([gains_along(f, batch).sum() for batch in batches])
    certain = strategy.predict_proba(X[20:]).max(axis=1)
    doubts = np.array([1 - certain[batch].mean() for batch in batches])
    score = (1 - doubt) * (worth - worth.mean()) / worth.std()
    score += doubt * (doubts - doubts.mean()) / doubts.std()
    best = batches[int(np.argmax(score))]
    assert picks.tolist() == best.tolist()
    np.testing.assert_allclose(gains, gains_along(f, best))


def test_more_batches_find_more_information():
    found = [
        strategy_of(n_batches=n, doubt=0.0)
        .query(X[20:], 4, return_scores=True)[1]
        .sum()
        for n in (1, 10, 200)
    ]
    assert found == sorted(found)
    assert found[2] > found[0]


def test_batches_spread_over_the_clusters():
    picks = strategy_of(n_batches=200, doubt=0.0).query(X[20:], 4)
    assert len(set(Y[20:][picks])) >= 3


def test_candidates_and_pools_smaller_than_the_mixture():
    strategy, some = strategy_of(n_components=32), [1, 2, 4, 8, 16, 32]
    assert np.isin(strategy.query(X[20:], 5, candidates=some), some).all()
    assert sorted(strategy.query(X[20:25], 5)) == [0, 1, 2, 3, 4]


def test_batches_that_do_not_differ():
    assert len(strategy_of(n_batches=1).query(X[20:], 3)) == 3


def test_without_a_model_only_the_features_count():
    alone = ProbabilisticCoreSet(n_components=4, random_state=0).fit(X[:20])
    with_model = strategy_of(doubt=0.0)
    assert alone.query(X[20:], 3).tolist() == with_model.query(X[20:], 3).tolist()
    assert alone.query(X[20:21]).tolist() == [0]


def test_doubt_needs_probabilities():
    with pytest.raises(TypeError, match="predict_proba"):
        ProbabilisticCoreSet(LinearSVC()).fit(X[:20], Y[:20])
    ProbabilisticCoreSet(LinearSVC(), doubt=0.0).fit(X[:20], Y[:20])


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_copies_and_any_unit_make_a_mixture(unit):
    """Components on copies of one point have no width of their own."""
    rows = np.repeat([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], 3, axis=0) * unit
    strategy = ProbabilisticCoreSet(random_state=0).fit(rows[:1])
    assert len(set(strategy.query(rows.astype(np.float32), 4).tolist())) == 4
    assert len(strategy.query(rows[:3], 2)) == 2
