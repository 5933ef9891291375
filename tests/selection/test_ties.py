import numpy as np
from numpy.testing import assert_array_equal

from skactive._utils.array import to_numpy
from skactive.selection._ties import leveled, likeliest

SUM = 0.1 + 0.2  # a little more than 0.3


def test_of_classes_equal_but_for_rounding_the_first_is_likeliest(as_array):
    p_nc = np.array([[0.3, SUM, 0.4], [0.3, SUM, 0.2], [SUM, 0.3, 0.2], [0, 0, 1]])
    assert_array_equal(to_numpy(likeliest(as_array(p_nc))), [2, 0, 0, 2])
    p_nc = p_nc.astype("float32") + np.float32([[0, 1e-7, 0]])
    assert_array_equal(to_numpy(likeliest(as_array(p_nc))), [2, 0, 0, 2])


def test_leveled_gains_within_rounding_of_the_largest_equal_it(as_array):
    gains = as_array(np.array([1.0, 1.2, 5.0, 0.8]))
    available = as_array(np.array([True, True, False, True]))
    assert_array_equal(to_numpy(leveled(gains, available, 0.0)), [1.0, 1.2, 5.0, 0.8])
    within = to_numpy(leveled(gains, available, 0.25))
    assert_array_equal(within, [1.2, 1.2, 1.2, 0.8])
