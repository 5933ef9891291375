import random

import numpy as np
import pytest
from sklearn.utils import check_random_state

from skactive.testing._global_state import same_global_state


def numpys_chance():
    check_random_state(None).random()


def settings():
    np.seterr(divide="raise")


@pytest.mark.parametrize(
    ("meddle", "what"),
    [
        (numpys_chance, "NumPy's global random state"),
        (random.random, "the state of the module random"),
        (lambda: random.seed(3), "the state of the module random"),
        (settings, "NumPy's handling of errors"),
    ],
)
def test_what_changes_is_named(meddle, what):
    with np.errstate(), pytest.raises(AssertionError, match=what), same_global_state(1):
        meddle()


def test_torchs_chance_is_looked_at():
    torch = pytest.importorskip("torch")
    with pytest.raises(AssertionError, match="torch"), same_global_state(1):
        torch.rand(1)


def test_states_of_before_are_given_back():
    chance = check_random_state(None)
    before = chance.get_state()[1].tolist(), random.getstate()
    with same_global_state(1):
        chance.get_state()
    assert before == (chance.get_state()[1].tolist(), random.getstate())
