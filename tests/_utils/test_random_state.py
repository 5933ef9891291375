import numpy as np
import pytest
from sklearn.utils import check_random_state

from skactive._utils.random_state import integer_of, state_of


@pytest.mark.parametrize("seed", [0, 7, np.int64(3), 2**32 - 1])
def test_a_seed_gives_the_numbers_of_scikit_learn(seed):
    for _ in range(2):
        state, expected = state_of(seed), check_random_state(seed)
        assert state.randint(2**31, size=5).tolist() == (
            expected.randint(2**31, size=5).tolist()
        )
        again = check_random_state(seed).randint(2**32, dtype=np.uint32)
        assert integer_of(seed, 2**32, np.uint32) == again


def test_generators_go_on():
    given, same = np.random.RandomState(1), np.random.RandomState(1)
    drawn = [integer_of(given, 2**31) for _ in range(3)]
    assert drawn == [int(same.randint(2**31)) for _ in range(3)]


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "0"])
def test_what_is_no_seed_is_refused(seed):
    with pytest.raises(ValueError, match=r"[Ss]eed"):
        state_of(seed)
