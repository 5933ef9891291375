import threading

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.ensemble import RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier

from skactive.testing import make_data
from skactive.testing._digest import digest

X, Y, X_POOL = make_data("classification")


class Slotted:
    __slots__ = ("x",)


def slotted(x):
    thing = Slotted()
    thing.x = x
    return thing


def closure(x):
    return lambda: x


def generator(seed, draws=0):
    rng = np.random.default_rng(seed)
    rng.random(draws)
    return rng


class Holder:
    def __init__(self, **content):
        self.__dict__.update(content)


# pairs made twice: alike, and with one thing changed
CASES = {
    "numbers": (lambda: 1, 2),
    "types of numbers": (lambda: 1, 1.0),
    "arrays": (lambda: np.array([1.0, np.nan]), np.array([1.0, 2.0])),
    "dtypes": (lambda: np.zeros(2), np.zeros(2, dtype=np.float32)),
    "shapes": (lambda: np.zeros((2, 1)), np.zeros((1, 2))),
    "arrays of objects": (lambda: np.array([{"a": 1}]), np.array([{"a": 2}])),
    "lists within": (lambda: {"a": [1, [2]]}, {"a": [1, [3]]}),
    "sets": (lambda: {"a", "b", "c"}, {"a", "b"}),
    "attributes": (lambda: Holder(a=[1]), Holder(a=[2])),
    "slots": (lambda: slotted([1]), slotted([2])),
    "closures": (lambda: closure(1), closure(2)),
    "generators": (lambda: generator(0), generator(0, 1)),
    "sparse": (lambda: csr_array(np.eye(2)), csr_array(2 * np.eye(2))),
    "parameters": (
        lambda: RandomForestClassifier(5),
        RandomForestClassifier(6),
    ),
    "what is fitted": (
        lambda: RandomForestClassifier(3, random_state=0).fit(X, Y),
        RandomForestClassifier(3, random_state=1).fit(X, Y),
    ),
    "locks": (threading.Lock, 1),
}


@pytest.mark.parametrize("name", CASES)
def test_equal_values_have_equal_digests_and_others_do_not(name):
    make, other = CASES[name]
    assert digest(make()) == digest(make())
    assert digest(make()) != digest(other)


def test_fitting_changes_an_estimator():
    forest = RandomForestClassifier(3)
    before = digest(forest)
    forest.fit(X, Y)
    assert digest(forest) != before


def test_a_thing_may_hold_itself():
    first, second = [], []
    first.append(first)
    second.append(second)
    assert digest(first) == digest(second)


def test_trees_that_count_their_queries_are_not_changed_by_them():
    near = KNeighborsClassifier(algorithm="kd_tree").fit(X, Y)
    before = digest(near)
    near.predict(X_POOL)
    assert digest(near) == before


def test_frames_and_tensors():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"a": [1.0, 2.0]})
    before = digest(frame)
    frame.loc[0, "a"] = 3.0
    assert digest(frame) != before
    torch = pytest.importorskip("torch")
    assert digest(torch.zeros(2)) == digest(torch.zeros(2)) != digest(torch.ones(2))
