"""The trace of Fisher information against explicit matrices and dense inverses."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skactive._utils.array import to_numpy
from skactive.distributed._executors import InMemory, InProcess
from skactive.distributed._parts import Parts
from skactive.objectives._fisher_trace import fisher_trace, label_roots
from skactive.selection import greedy


def fisher(m_c, phi_d):
    """Expected square of the gradient in the weights (c, d), over the labels y."""
    total = 0.0
    for y, m_y in enumerate(m_c):
        gradient = np.outer((np.arange(len(m_c)) == y) - m_c, phi_d).ravel()
        total = total + m_y * np.outer(gradient, gradient)
    return total


class Dense:
    """The objective from its definition: matrices, inverses, traces."""

    def __init__(self, of_pool, of_labelled, ridge):
        self.of_pool = of_pool
        self.target = np.concatenate([of_pool, of_labelled]).mean(axis=0)
        self.before = ridge * np.eye(len(self.target)) + of_labelled.mean(axis=0)

    def trace(self, batch):
        m = self.before + sum(self.of_pool[x] for x in batch)
        return np.trace(np.linalg.inv(m) @ self.target)

    def forward(self, n, rows):
        batch = []
        for _ in range(n):
            left = [x for x in rows if x not in batch]
            batch.append(_first_least(left, lambda x: self.trace([*batch, x])))
        return batch

    def backward(self, batch, n):
        batch = list(batch)
        while len(batch) > n:
            # of equal costs, the latest pick goes
            batch.remove(_first_least(batch[::-1], self.trace_without(batch)))
        return batch

    def trace_without(self, batch):
        return lambda x: self.trace([j for j in batch if j != x])


def _first_least(points, value):
    values = np.array([value(x) for x in points])
    return points[int(np.argmax(values <= values.min() * (1 + 1e-12)))]


def in_memory(pool, labelled, ridge):
    parts = Parts(InMemory(), [pool], [len(pool[1])])
    return fisher_trace(parts, labelled, ridge)


def make(task, as_array=lambda a: a, n=14, seed=0, ridge=0.5):
    """A small pool: the objective, and the same from the definition."""
    rng = np.random.default_rng(seed)
    phi_nd = rng.normal(size=(n + 5, 3))
    if task == "regression":
        r_ncr = np.full((n + 5, 1, 1), 0.25**-0.5)
        information = np.array([np.outer(phi, phi) / 0.25 for phi in phi_nd])
    else:
        m_nc = rng.dirichlet(np.ones(4), n + 5)
        r_ncr = label_roots(m_nc)
        information = np.array(
            [fisher(*both) for both in zip(m_nc, phi_nd, strict=True)]
        )
    r_ncr, phi_nd = as_array(r_ncr), as_array(phi_nd)
    f = in_memory((r_ncr[:n], phi_nd[:n]), (r_ncr[n:], phi_nd[n:]), ridge)
    return f, Dense(information[:n], information[n:], ridge)


TASKS = pytest.mark.parametrize("task", ["classification", "regression"])


@TASKS
def test_gains_are_falls_of_the_trace(as_array, task):
    f, dense = make(task, as_array)
    state, batch = f.start(), []
    for i in (3, 8, 0):
        before = dense.trace(batch)
        literal = [before - dense.trace([*batch, x]) for x in range(14)]
        gains = to_numpy(f.gains(state)).copy()
        assert_allclose(gains, literal, rtol=1e-9)
        rows = as_array(np.array([6, 2]))
        assert_allclose(to_numpy(f.gains(state, rows)), gains[[6, 2]])
        new = f.add(state, i)
        assert_array_equal(to_numpy(f.gains(state)), gains)
        state, batch = new, [*batch, i]


@TASKS
def test_costs_are_rises_of_the_trace(as_array, task):
    f, dense = make(task, as_array)
    batch = [9, 3, 11, 5]
    g = f.take(np.array(batch))
    state = g.start()
    for place in range(4):
        state = g.add(state, place)
    for dropped in (2, 0):  # the pick in that place is dropped for good
        here = [x for x in batch if x is not None]
        places = [p for p, x in enumerate(batch) if x is not None]
        costs = to_numpy(g.costs(state, as_array(np.array(places))))
        literal = [
            dense.trace([j for j in here if j != x]) - dense.trace(here) for x in here
        ]
        assert_allclose(costs, literal, rtol=1e-8)
        state, batch[dropped] = g.drop(state, dropped), None
    here = [x for x in batch if x is not None]
    assert_allclose(
        to_numpy(f.gains(f.start()))[here],
        [dense.trace([]) - dense.trace([x]) for x in here],
    )


def test_long_batches_keep_their_digits():
    f, dense = make("classification", n=60, ridge=1e-3)
    state = f.start()
    for i in range(50):
        state = f.add(state, i)
    for i in range(40):
        state = f.drop(state, i)
    batch = list(range(40, 50))
    literal = [dense.trace(batch) - dense.trace([*batch, x]) for x in range(50, 60)]
    assert_allclose(f.gains(state)[50:], literal, rtol=1e-6)


def test_copies_are_worth_the_same_and_add_to_each_other(as_array):
    f, dense = make("classification", as_array, n=10)
    g = f.take(np.tile(np.arange(10), 3))
    state, batch = g.start(), []
    for i in (2, 12):
        gains = to_numpy(g.gains(state)).reshape(3, 10)
        before = dense.trace(batch)
        literal = [before - dense.trace([*batch, x]) for x in range(10)]
        assert_allclose(gains, [literal] * 3, rtol=1e-9)
        state, batch = g.add(state, i), [*batch, 2]


def test_kernels_run_on_the_meta_device():
    torch = pytest.importorskip("torch")
    phi_nd = torch.zeros((9, 4), device="meta", dtype=torch.float64)
    parts = torch.zeros((9, 3, 3), device="meta"), phi_nd
    f = in_memory(parts, parts, 1.0)
    assert f.gains(f.add(f.start(), 0)).device.type == "meta"
    assert f.costs(f.drop(f.start(), 0), slice(None)).device.type == "meta"


@TASKS
def test_parts_make_the_trace_of_the_whole(task):
    f, _ = make(task)
    rng = np.random.default_rng(1)
    labelled = f.r_ncr[:4], rng.normal(size=(4, 3))
    whole = in_memory((f.r_ncr, f.phi_nd), labelled, 0.5)
    roots = [
        (f.r_ncr[s], f.phi_nd[s]) for s in (slice(0, 5), slice(5, 6), slice(6, 14))
    ]
    parts = fisher_trace(Parts(InProcess(), roots, [5, 1, 8]), labelled, 0.5)
    picks, gains = greedy(whole, 6)
    again, same = greedy(parts, 6)
    assert_array_equal(again, picks)
    assert_allclose(same, gains, rtol=1e-10)
    ours, theirs = (g.take(picks) for g in (parts, whole))
    assert_allclose(ours.gains(ours.start()), theirs.gains(theirs.start()))
    assert ours.size == 6
