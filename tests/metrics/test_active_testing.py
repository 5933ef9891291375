from itertools import permutations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skactive.metrics import active_test_estimate, active_test_proposal


def weight(order, before):
    """Probabilities of the remaining points; they depend on what was drawn before."""
    left = [i for i in range(len(order)) if i not in before]
    raw = {i: 1 + i + len(before) * (i % 2) for i in left}
    return {i: raw[i] / sum(raw.values()) for i in left}


def paths(n, m):
    """Yield each ordered sample of m of n points, its probability, and its q."""
    for order in permutations(range(n), m):
        q = [weight(range(n), order[:t])[i] for t, i in enumerate(order)]
        yield list(order), np.prod(q), q


def slow_estimate(losses, q, n):
    """Mean over the steps, each reweighted: eq. 9 of Farquhar et al."""
    m, total = len(losses), 0.0
    for t in range(1, m + 1):
        v = 1 + (n - m) / (n - t) * (1 / ((n - t + 1) * q[t - 1]) - 1) if t < n else 1
        total += v * losses[t - 1]
    return total / m


def test_oracle():
    """The example in MATH section 9: point 3 of three is drawn, then point 1."""
    assert_allclose(active_test_estimate([4, 1], [1 / 2, 1 / 3], 3).loss, 29 / 12)


@pytest.mark.parametrize(("n", "m"), [(3, 1), (3, 2), (4, 2), (5, 3), (5, 4), (4, 4)])
def test_unbiased_by_enumeration(n, m):
    losses = np.random.default_rng(n).exponential(size=n)
    found = [
        (p, active_test_estimate(losses[order], q, n).loss)
        for order, p, q in paths(n, m)
    ]
    assert_allclose(sum(p for p, _ in found), 1)
    assert_allclose(sum(p * loss for p, loss in found), losses.mean())


@pytest.mark.parametrize(("n", "m"), [(4, 2), (5, 3), (6, 4)])
def test_variance_is_unbiased_by_enumeration(n, m):
    """Before negative values are set to zero, which can only raise the mean."""
    rng = np.random.default_rng(m)
    for _ in range(20):
        losses = rng.integers(0, 2, size=n) * 1.0
        found = [(p, active_test_estimate(losses[o], q, n)) for o, p, q in paths(n, m)]
        true = sum(p * (e.loss - losses.mean()) ** 2 for p, e in found)
        estimated = sum(p * e.standard_error**2 for p, e in found)
        if all(slow_variance(losses[o], q, n) >= 0 for o, _, q in paths(n, m)):
            assert_allclose(estimated, true, atol=1e-14)
        assert estimated >= true - 1e-14
        signed = sum(p * slow_variance(losses[o], q, n) for o, p, q in paths(n, m))
        assert_allclose(signed, true, atol=1e-14)


def slow_variance(losses, q, n):
    """The unbiased estimate from all pairs of steps; it may be negative."""
    m = len(losses)
    a = [(sum(losses[:t]) + losses[t] / q[t]) / n for t in range(m)]
    c = [n * (n - m) / (m * (n - t) * (n - t + 1)) for t in range(1, m + 1)]
    pairs = [(t, s) for t in range(m) for s in range(m) if s != t]
    square = sum(c[t] * c[s] * a[t] * a[s] for t, s in pairs)
    square /= sum(c[t] * c[s] for t, s in pairs)
    return sum(x * y for x, y in zip(a, c, strict=True)) ** 2 - square


def test_against_the_slow_form():
    rng = np.random.default_rng(0)
    for n, m in ((10, 3), (100, 40), (1000, 2)):
        losses, q = rng.random(m), rng.uniform(0.01, 1, size=m)
        found = active_test_estimate(losses, q, n)
        assert_allclose(found.loss, slow_estimate(losses, q, n))
        variance = max(slow_variance(losses, q, n), 0)
        assert_allclose(found.standard_error, variance**0.5, rtol=1e-7, atol=1e-8)


def test_uniform_draws_give_the_plain_mean():
    n, m = 50, 20
    losses = np.random.default_rng(0).random(m)
    q = 1 / (n - np.arange(m))
    assert_allclose(active_test_estimate(losses, q, n).loss, losses.mean())


def test_all_drawn_is_the_mean_itself():
    assert active_test_estimate([4, 1, 2], [0.2, 0.9, 1.0], 3) == (7 / 3, 0.0)


def test_one_label_has_no_standard_error():
    estimate = active_test_estimate([2.0], [0.5], 4)
    assert_allclose(estimate.loss, 1.0)
    assert np.isnan(estimate.standard_error)


@pytest.mark.parametrize(
    ("losses", "q", "n", "message"),
    [
        ([1, 2], [0.5], 3, "shape"),
        ([], [], 3, "there are 0"),
        ([1, 2], [0.5, 0.5], 1, "n_points=1, but there are 2"),
        ([1, 2], [0.5, 0.0], 3, r"q\[1\] is 0.0"),
        ([1, 2], [np.nan, 0.1], 3, r"q\[0\] is nan"),
        ([np.nan, 2], [0.5, 0.1], 3, "finite"),
    ],
)
def test_bad_input(losses, q, n, message):
    with pytest.raises(ValueError, match=message):
        active_test_estimate(losses, q, n)


def test_proposal_against_the_slow_form():
    rng = np.random.default_rng(0)
    p, loss = rng.dirichlet(np.ones(3), size=7), rng.random((7, 3))
    expected = [sum(p[i, c] * loss[i, c] for c in range(3)) for i in range(7)]
    slow = [0.8 * e / sum(expected) + 0.2 / 7 for e in expected]
    assert_allclose(active_test_proposal(p, loss, uniform=0.2), slow)


def test_default_loss_is_that_of_the_most_likely_class():
    p = np.random.default_rng(0).dirichlet(np.ones(4), size=9)
    loss = 1.0 - np.eye(4)[p.argmax(axis=1)]
    assert_allclose(active_test_proposal(p), active_test_proposal(p, loss))


def test_proposal_leaves_no_point_out():
    q = active_test_proposal([[1, 0], [0, 1], [0.5, 0.5]])
    assert_allclose(q, [0.1 / 3, 0.1 / 3, 0.9 + 0.1 / 3])
    assert_allclose(active_test_proposal([[1, 0], [0, 1]]), [0.5, 0.5])


def test_proposal_of_tensors_and_bad_input():
    with pytest.raises(ValueError, match="probabilities"):
        active_test_proposal([[0.5, 0.4]])
    with pytest.raises(ValueError, match="negative"):
        active_test_proposal([[0.5, 0.5]], [[-1, 0]])
    with pytest.raises(ValueError, match="shape"):
        active_test_proposal([[0.5, 0.5]], [[1, 0, 0]])
    with pytest.raises(ValueError, match="uniform"):
        active_test_proposal([[0.5, 0.5]], uniform=0.0)
    torch = pytest.importorskip("torch")
    p = torch.tensor([[0.5, 0.5], [0.75, 0.25]])
    assert_allclose(active_test_proposal(p), active_test_proposal(p.numpy()))
