"""Halves that follow the picks against gains computed from the draws."""

import pickle
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skactive._utils.array import to_numpy
from skactive.objectives import LazyVarianceReduction, VarianceReduction, gram
from skactive.selection import greedy
from skactive.testing import check_set_function

N = 40


def deviations(c, k=12, n=N, seed=0):
    """Centred draws that agree on neighbours: (n, c, k)."""
    rng = np.random.default_rng(seed)
    x = np.linspace(0, 3, n)
    waves_nw = np.sin(np.outer(x, rng.uniform(0.5, 3, 8)))
    f_nck = np.einsum("nw,wck->nck", waves_nw, rng.normal(size=(8, c, k)))
    f_nck += 0.3 * rng.normal(size=(n, c, k))
    return (f_nck - f_nck.mean(axis=-1, keepdims=True)) / k**0.5


def forms(c, as_array=np.asarray, noisy=True, noise=0.05):
    f_nck = as_array(deviations(c))
    noisy_n = as_array(np.arange(N) % 3 == 0) if noisy else None
    arguments = f_nck, gram(f_nck), noise, noisy_n
    return VarianceReduction(*arguments), LazyVarianceReduction(*arguments)


@pytest.mark.parametrize("noisy", [True, False])
@pytest.mark.parametrize("c", [1, 2, 5])
def test_held_halves_make_the_gains_of_the_draws(c, noisy, as_array):
    held, lazy = forms(c, as_array, noisy)
    picks, gains = greedy(held, N)
    again, expected = greedy(lazy, N)
    assert_array_equal(picks, again)
    assert_allclose(gains, expected, rtol=1e-9, atol=held.rounding)


@pytest.mark.parametrize("c", [1, 3])
def test_states_asked_in_any_order_have_their_own_gains(c, as_array):
    """The halves are those of one state: branches and old states do not mix."""
    held, lazy = forms(c, as_array)
    start = held.start()
    one, other = held.add(start, 3), held.add(start, 8)
    chain = [start, one, other, held.add(one, 8), one, held.add(other, 3), start]
    for state in chain:
        expected = to_numpy(lazy.gains(state))
        assert_allclose(to_numpy(held.gains(state)), expected, atol=held.rounding)
        for size in (3, N - 3):  # from the draws, and from halves of all points
            rows = as_array(np.arange(N)[::-1][:size].copy())
            fresh = forms(c, as_array)[0]
            found = to_numpy(fresh.gains(state, rows))
            assert_allclose(found, expected[to_numpy(rows)], atol=held.rounding)


def test_several_picks_between_gains():
    held, lazy = forms(3)
    state = held.start()
    held.gains(state)
    for i in (5, 17, 30):
        state = held.add(state, i)
    assert_allclose(held.gains(state), lazy.gains(state), atol=held.rounding)


def test_protocol(as_array):
    held, lazy = forms(3, as_array)
    check_set_function(held, twin=lazy)


def test_halves_are_left_behind_where_the_objective_is_sent():
    held, _ = forms(3)
    state = held.add(held.start(), 4)
    gains = held.gains(state)
    copy, copied = pickle.loads(pickle.dumps((held, state)))
    assert len(pickle.dumps(held)) < held.f_nck.nbytes + 10_000
    assert_allclose(copy.gains(copied), gains, atol=held.rounding)


def test_halves_are_freed_before_others_are_computed():
    f_nck = deviations(9, n=40_000).astype(np.float16)
    f, halves = VarianceReduction(f_nck, gram(f_nck), 0.05), 8 * 40_000 * 9 * 10
    state = f.start()
    for i in range(7):
        f.gains(state)
        state = f.add(state, i)
    f.gains(state)
    tracemalloc.start()
    f.gains(f.add(state, 7))  # the eighth pick: all halves anew
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.6 * halves


def test_halves_half_changed_are_not_used_again(monkeypatch):
    """A query that is interrupted leaves no wrong gains behind."""
    held, lazy = forms(3)
    held.gains(start := held.start())
    state = held.add(start, 4)

    def interrupted(halves_2hn, columns_kj):
        halves_2hn[0] -= 1.0
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(held, "_condition", interrupted)
        with pytest.raises(KeyboardInterrupt):
            held.gains(state)
    assert_allclose(held.gains(state), lazy.gains(state), atol=held.rounding)


def test_threads_do_not_share_halves():
    held, lazy = forms(4)
    states = [held.start()]
    for i in range(0, N, 3):
        states.append(held.add(states[-1], i))
    expected = [lazy.gains(state) for state in states]
    with ThreadPoolExecutor(4) as threads:
        for _ in range(5):
            found = list(threads.map(held.gains, states))
            assert_allclose(found, expected, atol=held.rounding)


@pytest.mark.parametrize("seed", range(3))
def test_a_hundred_picks_leave_little_rounding_behind(seed):
    """Against gains of long double from (I + sum F F' / noise)^-1, pick by pick."""
    f_nck = deviations(4, k=20, n=150, seed=seed)
    noise, m_kk = 0.01 * np.mean(np.sum(f_nck**2, axis=-1)), gram(f_nck)
    f = VarianceReduction(f_nck, m_kk, noise)
    state, known_kk, picks = f.start(), np.eye(20, dtype=np.longdouble), []
    for _ in range(100):
        gains = f.gains(state)
        expected = exact_gains(f_nck, m_kk, noise, known_kk)
        assert np.abs(gains - expected).max() < f.rounding
        # relative to the gains that are left, as what decides between points
        assert np.abs(gains - expected).max() < 1e-9 * expected.max()
        gains[picks] = -np.inf
        picks.append(int(gains.argmax()))
        state = f.add(state, picks[-1])
        f_ck = f_nck[picks[-1]].astype(np.longdouble)
        known_kk = known_kk + f_ck.T @ f_ck / noise


def exact_gains(f_nck, m_kk, noise, known_kk):
    """tr((q + noise)^-1 r), by elimination in long double."""
    f_nck = f_nck.astype(np.longdouble)
    n, c, k = f_nck.shape
    # one elimination with the draws of all points as right-hand sides
    seen_nck = solved(known_kk, f_nck.reshape(n * c, k).T).T.reshape(n, c, k)
    q_ncc = seen_nck @ f_nck.transpose(0, 2, 1)
    r_ncc = seen_nck @ m_kk.astype(np.longdouble) @ seen_nck.transpose(0, 2, 1)
    rest_ncc = solved(q_ncc + noise * np.eye(c), r_ncc)
    return np.trace(rest_ncc, axis1=1, axis2=2).astype(float)


def solved(v, r):
    """``V^-1 R`` of positive definite V, without LAPACK, which has no long double."""
    v, r = v.copy(), r.copy()
    for j in range(v.shape[-1]):
        pivot = v[..., j, j, None].copy()
        r[..., j, :], v[..., j, :] = r[..., j, :] / pivot, v[..., j, :] / pivot
        for i in range(v.shape[-1]):
            if i != j:
                share = v[..., i, j, None].copy()
                r[..., i, :] -= share * r[..., j, :]
                v[..., i, :] -= share * v[..., j, :]
    return r
