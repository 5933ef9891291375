import math
from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skactive.stopping import RecallTarget, Round


def run(labels, n_points, **params):
    criterion = RecallTarget(**params)
    stopped = criterion.update(Round(len(labels), labels=labels, n_points=n_points))
    return stopped, criterion.history_[-1]


def slow(labels, n_points, recall, i):
    """P[Hypergeom(N_i, K0, n) <= k], by summing over outcomes."""
    recall = Fraction(recall).limit_denominator(1000)
    seen, before = sum(labels), sum(labels[:i])
    urn, n, k = n_points - i, len(labels) - i, sum(labels[i:])
    missed = math.floor(seen / recall - before + 1)
    if missed - k > urn - n:
        return 0.0
    ways = sum(
        math.comb(missed, j) * math.comb(urn - missed, n - j) for j in range(k + 1)
    )
    return ways / math.comb(urn, n)


def test_oracle_none_relevant():
    stopped, p = run(np.zeros(96), 100, start=0)
    assert_allclose(p, 0.04)
    assert stopped
    assert_allclose(run(np.zeros(96), 100, starts="all")[1], 0.04)


def test_oracle_of_twelve():
    """The example of MATH section 9: N = 100, n = 60, r = 12, tau = .8: p = .950325."""
    labels = np.arange(60) < 12
    assert_allclose(run(labels, 100, recall=0.8, start=0)[1], 0.950325, atol=5e-7)


@pytest.mark.parametrize("recall", [0.7, 0.8, 0.95, 1.0])
def test_against_counting(recall):
    rng = np.random.default_rng(0)
    for _ in range(25):
        n_points = int(rng.integers(2, 60))
        labels = (rng.random(int(rng.integers(1, n_points + 1))) < 0.3).astype(int)
        by_start = [
            slow(labels.tolist(), n_points, recall, i) for i in range(len(labels))
        ]
        for i, p in enumerate(by_start):
            assert_allclose(
                run(labels, n_points, recall=recall, start=i)[1],
                p,
                rtol=1e-9,
                atol=1e-14,
            )
        least = run(labels, n_points, recall=recall, starts="all")[1]
        assert_allclose(least, min(by_start), rtol=1e-9, atol=1e-14)


def test_all_read_is_certain():
    for labels in ([0, 1, 0], [0, 0, 0], [1, 1, 1]):
        assert run(labels, 3, start=0) == (True, 0.0)


def test_one_look():
    criterion = RecallTarget(start=2, look=5)
    labels = np.zeros(20)
    found = [
        criterion.update(Round(n, labels=labels[:n], n_points=20)) for n in (4, 6, 20)
    ]
    assert found == [False, False, False]
    assert np.isfinite(criterion.history_).tolist() == [False, True, False]
    everywhere = RecallTarget(start=2)
    assert everywhere.update(Round(20, labels=labels, n_points=20))


def test_start_beyond_what_was_read():
    criterion = RecallTarget(start=5)
    assert not criterion.update(Round(5, labels=np.zeros(5), n_points=20))
    assert np.isnan(criterion.history_[0])


def test_labels_of_any_kind():
    labels = ["in", "out", "maybe", "out"]
    one = run(labels, 9, positive="in", start=0)
    assert one == run([1, 0, 0, 0], 9, start=0)
    two = run(labels, 9, positive=["in", "maybe"], start=0)
    assert two == run([1, 0, 1, 0], 9, start=0)


def test_one_start_one_look_keeps_its_promise():
    """At most 1 - confidence of random orders miss the target recall."""
    rng, n_points, alpha = np.random.default_rng(0), 200, 0.1
    for n_relevant in (5, 40):
        y, missed, n_runs = np.arange(n_points) < n_relevant, 0, 600
        for _ in range(n_runs):
            labels = rng.permutation(y)[:170]
            stopped, _ = run(labels, n_points, recall=0.9, confidence=0.9, start=0)
            missed += stopped and labels.sum() < 0.9 * n_relevant
        # four standard errors above alpha
        assert missed / n_runs <= alpha + 4 * math.sqrt(alpha * (1 - alpha) / n_runs)


def test_what_it_needs():
    with pytest.raises(ValueError, match="one of start=i"):
        run([0, 1], 5)
    with pytest.raises(ValueError, match="one of start=i"):
        run([0, 1], 5, start=0, starts="all")
    with pytest.raises(
        ValueError, match="n_points=5 is smaller than the number of labels, 6"
    ):
        run(np.zeros(6), 5, start=0)
    with pytest.raises(ValueError, match="shape"):
        run(np.zeros((2, 2)), 5, start=0)
    with pytest.raises(ValueError, match="needs labels, n_points"):
        RecallTarget(start=0).update(Round(5))
