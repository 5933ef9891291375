import pickle

import numpy as np
import pytest

from skactive import testing
from skactive._utils.array import to_numpy
from skactive.samplers import as_sampler
from skactive.samplers._picklable import PicklableFunctions
from tests import zoo


@pytest.mark.parametrize("name", ["forest", "net"])
def test_functions_are_the_same_after_a_journey(name):
    if name not in zoo.models("classification"):
        pytest.skip("torch is needed")
    X, y, X_pool = testing.make_data("classification")
    sampler = as_sampler(zoo.models("classification")[name])
    sampler.set_params(random_state=0).fit(X, y)
    rng, same = np.random.default_rng(1), np.random.default_rng(1)
    functions, expected = (
        PicklableFunctions(sampler, rng),
        sampler.functions(same)(X_pool),
    )
    assert rng.random() == same.random()
    there, sampler_there = pickle.loads(pickle.dumps((functions, sampler)))
    assert there.sampler is sampler_there
    for remade in (functions, there):
        np.testing.assert_array_equal(to_numpy(remade(X_pool)), to_numpy(expected))
