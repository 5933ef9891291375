import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skactive._utils.array import to_numpy
from skactive.information import entropy
from skactive.objectives._merged_labellings import LEVELS, Level, merged


def labellings(size, k, sharpness, seed=0):
    rng = np.random.default_rng(seed)
    w_sk = rng.dirichlet(np.full(k, 1 / sharpness), size=size)
    return rng.dirichlet(np.ones(size)), w_sk


def mean_gain(weight_s, w_sk, p_nkc):
    """Mean over labellings of H(w_s P) - w_s . H(P), point by point."""
    h_sn = np.stack([entropy(np.einsum("sk,kc->sc", w_sk, p)) for p in p_nkc], axis=1)
    return weight_s @ (h_sn - w_sk @ entropy(p_nkc).T)


@pytest.mark.parametrize("sharpness", [0.1, 1.0, 30.0])
@pytest.mark.parametrize("level", [*LEVELS, Level(3, 0), Level(1, 5)])
def test_merged_labellings_bound_the_gains(level, sharpness, as_array):
    weight_s, w_sk = labellings(4000, 8, sharpness)
    p_nkc = np.random.default_rng(1).dirichlet(np.ones(3), size=(20, 8))
    weight_g, w_gk = map(to_numpy, merged(as_array(weight_s), as_array(w_sk), level))
    assert len(weight_g) <= sum(level) + 8
    assert_allclose(weight_g.sum(), 1)
    assert_allclose(w_gk.sum(axis=1), 1)
    assert_allclose(weight_g @ w_gk, weight_s @ w_sk)
    exact, bound = (mean_gain(*w, p_nkc) for w in ((weight_s, w_sk), (weight_g, w_gk)))
    assert (bound >= exact - 1e-12).all()
    assert weight_g @ entropy(w_gk) >= weight_s @ entropy(w_sk) - 1e-12


def test_labellings_that_decide_for_one_draw_merge_without_loss():
    w_sk = np.eye(6)[np.random.default_rng(0).integers(6, size=5000)]
    weight_g, w_gk = merged(np.full(5000, 1 / 5000), w_sk, LEVELS[0])
    assert_allclose(entropy(w_gk), 0, atol=1e-12)
    assert_allclose(weight_g @ w_gk, w_sk.mean(axis=0))


def test_few_labellings_and_impossible_ones():
    weight_s, w_sk = labellings(100, 5, 1.0)
    assert merged(weight_s, w_sk, LEVELS[0])[1] is w_sk
    many, w_sk = labellings(4000, 5, 1.0)
    many[50:] = 0
    weight_g, w_gk = merged(many, w_sk, LEVELS[0])
    assert (weight_g > 0).all()
    assert_array_equal(np.isfinite(w_gk), True)
