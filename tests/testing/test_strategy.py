"""The checks for strategies find the faults that they are there for."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from skactive import BALD, ICAL, RandomSampling
from skactive.testing import check_strategy
from tests.testing.strategy_mistakes import MISTAKES, AddChangesItsState, OnSpread


def asking(strategy):
    forest = RandomForestClassifier(10, min_samples_leaf=2, random_state=0)
    return strategy(forest, random_state=0)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_is_found_by_name(mistake):
    for package, check in (("torch", "backends"), ("dask", "distributed")):
        if mistake.check == f"check_{check}":
            pytest.importorskip(package)
    with pytest.raises(AssertionError) as found:
        check_strategy(asking(mistake.strategy))
    assert f"{mistake.check}: " in str(found.value)


def test_mistakes_are_many_and_differ():
    assert len(MISTAKES) >= 28
    assert len({mistake.strategy for mistake in MISTAKES}) == len(MISTAKES)


@pytest.mark.parametrize("good", [BALD, ICAL, RandomSampling])
def test_good_strategies_pass(good):
    check_strategy(asking(good))


def test_what_the_mistakes_are_made_in_is_right():
    check_strategy(asking(OnSpread), devices=("numpy",))
    with pytest.raises(AssertionError, match=r"check_objective: check_add: "):
        check_strategy(asking(AddChangesItsState), devices=("numpy",))


def test_an_error_of_the_strategy_stays_to_be_seen():
    (broken,) = (m for m in MISTAKES if m.name == "an error of its own")
    with pytest.raises(AssertionError, match="KeyError") as found:
        check_strategy(asking(broken.strategy))
    assert isinstance(found.value.__cause__, KeyError)


def test_a_seed_is_asked_for():
    strategy = RandomSampling(random_state=np.random.RandomState(0))
    with pytest.raises(ValueError, match="integer random_state"):
        check_strategy(strategy)
