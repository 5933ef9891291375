import inspect

from skactive.model_selection import StrategySearchCV
from skactive.model_selection.search._constraints import CONSTRAINTS


def test_every_option_has_its_constraint():
    options = list(inspect.signature(StrategySearchCV).parameters)
    assert sorted(CONSTRAINTS) == sorted(options)
