"""Greedy EPIG of labels against enumeration of joint labels and reference labels."""

import itertools
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skactive._utils.array import to_numpy
from skactive.distributed import objective_over
from skactive.distributed._executors import InProcess
from skactive.distributed._parts import Parts
from skactive.information import mutual_information
from skactive.objectives import JointReferenceInformation, label_information
from skactive.selection import gains_along, greedy
from skactive.testing import check_set_function

BITS = np.eye(2)[[[0, 0, 1, 1], [0, 1, 0, 1]]]  # two points, four equal draws
XOR = np.eye(2)[[[0, 1, 1, 0]]]
D = np.array([[0.7, 0.2, 0.1], [0.4, 0.5, 0.1], [0.1, 0.3, 0.6], [0.8, 0.1, 0.1]])
POINTS = np.stack([D, D[[1, 2, 3, 0]], D[[2, 0, 3, 1]]])


def random_draws(n, k=5, c=3, seed=0):
    return np.random.default_rng(seed).dirichlet(np.full(c, 0.4), size=(n, k))


def alpha(p_bkc, p_rkc):
    """Mean over the reference of I(y*; y_B), by all labels of batch and reference."""
    total = 0.0
    for p_kc in p_rkc:
        c = range(p_bkc.shape[-1])
        joint = np.array(
            [
                [
                    np.mean(
                        np.prod([p[:, y] for p, y in zip(p_bkc, ys, strict=True)], 0)
                        * p_kc[:, z]
                    )
                    for z in range(p_kc.shape[1])
                ]
                for ys in itertools.product(c, repeat=len(p_bkc))
            ]
        )
        apart = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
        there = joint > 0
        total += np.sum(joint[there] * np.log(joint[there] / apart[there]))
    return total / len(p_rkc)


def test_two_bits_tell_their_xor_together_and_nothing_alone(as_array):
    f = JointReferenceInformation(as_array(BITS), as_array(XOR), 0)
    assert_allclose(to_numpy(f.gains(f.start())), [0, 0], atol=1e-15)
    after = to_numpy(f.gains(f.add(f.start(), 0)))
    assert_allclose(after, [0, math.log(2)], rtol=1e-12)
    assert not f.diminishing


def test_worked_example(as_array):
    f = JointReferenceInformation(as_array(POINTS), as_array(D[[3, 2, 1, 0]][None]), 0)
    first = to_numpy(f.gains(f.start()))
    assert_allclose(first, [0.031909, 0.050002, 0.033273], atol=5e-7)
    gains = gains_along(f, [0, 1, 2])
    assert_allclose(gains[1], 0.044396, atol=5e-7)
    assert_allclose(np.cumsum(gains)[1:], [0.076305, 0.100617], atol=5e-7)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gains_are_increments_of_the_enumerated_information(dtype, as_array):
    p_nkc, p_rkc = random_draws(5), random_draws(3, seed=1)
    p_nkc[2] = np.eye(3)[[0, 1, 2, 0, 1]]  # exact zeros and ones
    p_nkc[3, :2] = [0.0, 1.0, 0.0]
    given = [as_array(p.astype(dtype)) for p in (p_nkc, p_rkc)]
    f, state, batch = JointReferenceInformation(*given, 0), None, []
    atol = 1e-6 if dtype == np.float32 else 1e-13
    for i in (None, 2, 3, 0):
        state = f.start() if i is None else f.add(state, i)
        batch += [] if i is None else [i]
        before = alpha(p_nkc[batch], p_rkc) if batch else 0.0
        expected = [alpha(p_nkc[[*batch, x]], p_rkc) - before for x in range(5)]
        with np.errstate(all="raise"):
            assert_allclose(to_numpy(f.gains(state)), expected, atol=atol)


def test_sampled_gains_are_unbiased():
    p_nkc, p_rkc = random_draws(6), random_draws(4, seed=1)
    exact = JointReferenceInformation(p_nkc, p_rkc, 0, max_configurations=27)
    expected = exact.gains(exact.add(exact.add(exact.start(), 0), 1))
    sampled = []
    for seed in range(200):
        f = JointReferenceInformation(p_nkc, p_rkc, seed, max_configurations=8)
        state = f.add(f.add(f.start(), 0), 1)
        assert state.sampled
        sampled.append(f.gains(state))
    error = np.std(sampled, axis=0) / np.sqrt(200)
    assert (error > 0).all()
    assert (np.abs(np.mean(sampled, axis=0) - expected) < 4 * error).all()


def test_no_more_than_labels_tell_of_the_model():
    p_nkc, p_rkc = random_draws(12), random_draws(9, seed=1)
    f = JointReferenceInformation(p_nkc, p_rkc, 0)
    state = f.add(f.start(), 3)
    assert (f.gains(f.start()) <= mutual_information(p_nkc) + 1e-12).all()
    assert (f.gains(state) <= f.labellings.gains(state) + 1e-12).all()
    assert (f.gains(state) >= 0).all()


def test_labels_that_told_everything_leave_exactly_nothing(as_array):
    p_nkc = np.concatenate([np.eye(3)[None], random_draws(4, k=3)])
    f = JointReferenceInformation(as_array(p_nkc), as_array(p_nkc), 0)
    assert_array_equal(to_numpy(f.gains(f.add(f.start(), 0))), np.zeros(5))


def test_chunks_rows_and_copies_change_nothing(monkeypatch):
    p_nkc, p_rkc = random_draws(9), random_draws(4, seed=1)
    p_nkc[7] = p_nkc[2]
    f = JointReferenceInformation(p_nkc, p_rkc, 0)
    state = f.add(f.start(), 5)
    whole = f.gains(state)
    assert_allclose(whole[7], whole[2], rtol=1e-13)
    monkeypatch.setattr("skactive._utils.lazy.rows_at_once", lambda x: 2)
    assert_allclose(f.gains(state), whole, rtol=1e-13)
    assert_allclose(f.gains(state, np.array([7, 1])), whole[[7, 1]], rtol=1e-13)


def test_the_protocol():
    check_set_function(
        JointReferenceInformation(random_draws(8), random_draws(4, seed=1), 0)
    )


def test_parts_are_the_whole():
    p_nkc, p_rkc = random_draws(9), random_draws(4, seed=1)
    parts = [
        JointReferenceInformation(part, p_rkc, 3, max_configurations=9)
        for part in np.split(p_nkc, [2, 7])
    ]
    f = objective_over(Parts(InProcess(), parts, [2, 5, 2]))
    whole = JointReferenceInformation(p_nkc, p_rkc, 3, max_configurations=9)
    (picks, gains), (expected, along) = greedy(f, 4), greedy(whole, 4)
    assert_array_equal(picks, expected)
    assert_allclose(gains, along, rtol=1e-12)


def test_weights_of_the_draws_are_draws_repeated():
    p_nkc, p_rkc = random_draws(6, k=3), random_draws(4, k=3, seed=1)
    repeated = [p[:, [0, 0, 0, 2]] for p in (p_nkc, p_rkc)]
    weighted = label_information(p_nkc, p_rkc, np.array([0.75, 0.0, 0.25]))
    assert_allclose(weighted, label_information(*repeated), rtol=1e-11)
