import functools

import numpy as np
import pytest
from numpy.testing import assert_allclose

torch = pytest.importorskip("torch")

from skactive.kernels import dhsic, rational_quadratic, squared_distances  # noqa: E402
from skactive.objectives import (  # noqa: E402
    Condensation,
    FreeCondensation,
    ValueKernels,
    climb,
)

LOW, HIGH = torch.tensor([-1.0, 0.0]).double(), torch.tensor([3.0, 2.0]).double()


def functions(k=7, c=2, seed=0):
    """Sines of random lines: values (m, k, c) at points (m, 2)."""
    rng = np.random.default_rng(seed)
    w, phase = (torch.as_tensor(rng.normal(size=s)) for s in ((2, k * c), k * c))
    return lambda x: torch.sin(x @ w + phase).reshape(len(x), k, c)


def free(n=30, n_condense=12, **options):
    """A gain over a pool of points, and the pool."""
    pool = LOW + (HIGH - LOW) * torch.as_tensor(np.random.default_rng(1).random((n, 2)))
    values = functions()
    kernels = ValueKernels(values(pool), (0.2, 1.0, 5.0))
    options = {"n_per_step": 1, "resample": True, **options}
    condensation = Condensation(kernels, 0, n_condense=n_condense, **options)
    return FreeCondensation(condensation, values), pool


@pytest.mark.parametrize("n_per_step", [1, 2])
@pytest.mark.parametrize(
    ("n_condense", "resample"), [(12, True), (12, False), (30, True)]
)
def test_at_points_of_the_pool_gains_are_those_of_the_search(
    n_per_step, n_condense, resample
):
    gains, pool = free(n_per_step=n_per_step, n_condense=n_condense, resample=resample)
    f, state = gains.condensation, gains.condensation.start()
    for i in (3, 8, 3, 21):
        assert_allclose(gains(pool), f.gains(state), rtol=1e-10)
        assert gains.best_of_pool([]) == int(f.gains(state).argmax())
        assert gains.best_of_pool([gains.best_of_pool([])]) != gains.best_of_pool([])
        gains, state = gains.add(pool[i : i + 1]), f.add(state, i)


def test_anywhere_gains_are_dhsic():
    gains, pool = free(n_condense=30)
    x = torch.tensor([[0.3, 0.4], [2.0, 1.1]]).double()
    spread = gains.condensation.kernels.spread_c
    of = functools.partial(rational_quadratic, length_scales=(0.2, 1.0, 5.0))
    kernels = of(squared_distances(gains.values(torch.cat([pool, x])) / spread))
    whole = kernels[:30].mean(dim=0)
    assert_allclose(gains(x)[0], dhsic(whole, kernels[30]), rtol=1e-9)
    both = (kernels[30] + kernels[31]) / 2
    assert_allclose(gains.add(x[:1])(x[1:])[0], dhsic(whole, both), rtol=1e-9)


@pytest.mark.parametrize("picked", [0, 2])
def test_gradients_are_finite_differences(picked):
    gains, pool = free()
    for i in range(picked):
        gains = gains.add(pool[i : i + 1])
    x = torch.tensor([[0.3, 0.4]]).double()
    assert torch.autograd.gradcheck(gains, x.requires_grad_(), atol=1e-8)


def test_a_climb_never_falls_and_ends_on_a_top():
    gains, pool = free()
    for i in range(10):
        start, last = pool[i : i + 1], -np.inf
        for steps in (0, 1, 2, 5, 200):
            x, value = climb(gains, start, LOW, HIGH, steps)
            assert value >= last
            assert_allclose(value, gains(x)[0], rtol=1e-12)
            assert ((x >= LOW) & (x <= HIGH)).all()
            last = value
        around = torch.as_tensor(np.random.default_rng(i).normal(size=(100, 2)))
        around = (x + 1e-3 * around).clamp(LOW, HIGH)
        assert gains(around).max() <= value + 1e-6
        assert_allclose(start, pool[i : i + 1])


def test_the_top_of_a_hill_and_an_edge_are_found():
    top = torch.tensor([0.5, 1.5]).double()
    hill = lambda x: torch.exp(-((x - top) ** 2).sum(dim=1))  # noqa: E731
    start = torch.tensor([[2.9, 0.1]]).double()
    x, value = climb(hill, start, LOW, HIGH, 100)
    assert_allclose(x[0], top, atol=1e-3)
    assert_allclose(value, 1, atol=1e-6)
    x, _ = climb(lambda x: x[:, 0] - x[:, 1], start, LOW, HIGH, 100)
    assert_allclose(x[0], [3.0, 0.0])


def test_where_it_is_flat_a_point_stays():
    start = torch.tensor([[1.0, 1.0]]).double()
    x, value = climb(lambda x: 0 * x.sum(dim=1) + 2, start, LOW, HIGH, 5)
    assert_allclose(x, start)
    assert value == 2
