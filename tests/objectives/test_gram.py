import numpy as np
from numpy.testing import assert_allclose
from sklearn import config_context

from skactive._utils.array import to_numpy
from skactive.objectives import gram, gram_of_chosen


def test_gram_is_the_sum_over_points(as_array):
    f_nck = np.random.default_rng(0).normal(size=(30, 3, 5)).astype(np.float32)
    expected = np.einsum("nck,ncl->kl", f_nck.astype(float), f_nck.astype(float))
    assert_allclose(to_numpy(gram(as_array(f_nck))), expected)
    with config_context(working_memory=1e-3):
        assert_allclose(to_numpy(gram(as_array(f_nck))), expected)
    chosen = np.arange(30) % 4 == 1
    some = np.einsum("nck,ncl->kl", f_nck[chosen].astype(float), f_nck[chosen])
    assert_allclose(to_numpy(gram_of_chosen(as_array(f_nck), chosen)), some)
