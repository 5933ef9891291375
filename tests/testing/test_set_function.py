"""The checks for set functions find the faults that they are there for."""

import numpy as np
import pytest

from skactive.selection import DivisibleSetFunction, Restricted, Scores, SetFunction
from skactive.testing import check_set_function

PLACES = np.array([0.0, 1.0, 5.0, 2.5, 9.0, 4.0])


class Distance(DivisibleSetFunction):
    """Distance to the nearest of 0.4 and the picks."""

    diminishing = True
    costly = True

    def __init__(self, x_n=PLACES):
        self.x_n = x_n

    def start(self):
        return abs(self.x_n - 0.4)

    def gains(self, state, rows=None):
        return state if rows is None else state[rows]

    def message(self, i):
        return float(self.x_n[i])

    def receive(self, state, message):
        away = abs(self.x_n - message)
        return state * (state < away) + away * (state >= away)


class Bare:
    """A set function without a base class."""

    def start(self):
        return 0

    def gains(self, state, rows=None):
        gains = PLACES / (1.0 + state)
        return gains if rows is None else gains[rows]

    def add(self, state, i):
        return state + 1


class Without(Bare):
    gains = property()


class OneGain(Distance):
    def gains(self, state, rows=None):
        return super().gains(state, rows)[..., None]


class Integers(Distance):
    def gains(self, state, rows=None):
        return super().gains(state, rows).astype(int)


class NotANumber(Distance):
    def gains(self, state, rows=None):
        return np.where(super().gains(state, rows) > 5, np.nan, 1.0)


class NaNLater(Distance):
    def receive(self, state, message):
        return np.where(state == message, np.nan, super().receive(state, message))

    def start(self):
        return self.x_n + 0.0


class Rows(Distance):
    def gains(self, state, rows=None):
        return np.sort(super().gains(state, rows))[::-1] if rows is not None else state


class Writing(Distance):
    def receive(self, state, message):
        state[:] = super().receive(state, message)
        return state


class WritingWithin(SetFunction):
    """Appends to a list inside the state."""

    def start(self):
        return {"picks": []}

    def gains(self, state, rows=None):
        gains = PLACES / (1.0 + len(state["picks"]))
        return gains if rows is None else gains[rows]

    def add(self, state, i):
        state["picks"].append(i)
        return {"picks": state["picks"]}


class Hidden(Distance):
    def start(self):
        self.state = super().start()
        return None

    def gains(self, state, rows=None):
        return super().gains(self.state, rows)

    def receive(self, state, message):
        self.state = super().receive(self.state, message)


class NeverForgets(Distance):
    """Gains depend on the number of earlier calls, even after a new ``start``."""

    def __init__(self):
        super().__init__()
        self.seen = 0

    def gains(self, state, rows=None):
        self.seen += 1
        return super().gains(state, rows) + self.seen


class Growing(Distance):
    def receive(self, state, message):
        return state + 1


class Shifted(Distance):
    """Gains grow by more than the part that is declared to grow."""

    diminishing = False

    def shift(self, state):
        return 0.5 * state

    def receive(self, state, message):
        return state + 1


class DeafToMessages(Distance):
    def add(self, state, i):
        return super().receive(state, self.x_n[i] + 1)


class UnpicklableMessages(Distance):
    def message(self, i):
        return lambda: self.x_n[i]

    def receive(self, state, message):
        return super().receive(state, message())


class LowBounds(Distance):
    def bounds(self, state, rows, enough=-np.inf):
        return state[rows] - 0.1


class LowGrowth(Distance):
    def grown(self, state, bounds, rows=None):
        return 0.5 * self.gains(state, rows)


class LowLimit(Distance):
    def limit(self, state):
        return state.max() - 0.1


class ValueOfNaN(Distance):
    def value(self, state):
        return np.nan


class ValueByChance(Distance):
    chance = np.random.default_rng(0)

    def value(self, state):
        return self.chance.random()


class OtherCandidates(Distance):
    def restricted(self, candidates):
        return Restricted(self, np.roll(candidates, 1))


class ChoosesTheWorst(Distance):
    def choose(self, state, left, pick=None):
        gains = self.gains(state)
        i = int(np.where(left.among(gains), gains, np.inf).argmin())
        return super().choose(state, left)._replace(index=i)


class WrongLeaders(Distance):
    def leaders(self, n, state):
        gains = self.gains(state)
        return np.argsort(gains)[:n], np.sort(gains)[:n], None


class NoBoolean(Distance):
    diminishing = "yes"


class WrongTieBreak(Distance):
    tie_break = np.zeros(2)


MISTAKES = [
    (Without(), "check_protocol"),
    (object(), "check_protocol"),
    (NoBoolean(), "check_protocol"),
    (WrongTieBreak(), "check_protocol"),
    (OneGain(), "check_first_gains"),
    (Integers(), "check_first_gains"),
    (NotANumber(), "check_first_gains"),
    (NeverForgets(), "check_first_gains"),
    (NaNLater(), "check_no_nan"),
    (Rows(), "check_rows"),
    (Writing(), "check_add"),
    (WritingWithin(), "check_add"),
    (Hidden(), "check_hidden_state"),
    (Growing(), "check_diminishing"),
    (Shifted(), "check_diminishing"),
    (DeafToMessages(), "check_messages"),
    (UnpicklableMessages(), "check_messages"),
    (LowBounds(), "check_bounds"),
    (LowGrowth(), "check_grown"),
    (LowLimit(), "check_limit"),
    (ValueOfNaN(), "check_value"),
    (ValueByChance(), "check_value"),
    (OtherCandidates(), "check_restricted"),
    (ChoosesTheWorst(), "check_choice"),
    (WrongLeaders(), "check_choice"),
]


@pytest.mark.parametrize(
    ("f", "check"),
    MISTAKES,
    ids=lambda x: x if isinstance(x, str) else type(x).__name__,
)
def test_a_mistake_is_found_by_name(f, check):
    with pytest.raises(AssertionError) as found:
        check_set_function(f)
    assert str(found.value).startswith(f"{check}: ")


@pytest.mark.parametrize(
    "f",
    [
        Distance(),
        Bare(),
        Scores(PLACES),
        Scores(np.array([1.0])),
        Scores(np.array([-np.inf, 1.0, -np.inf])),
        Distance().restricted(np.array([1, 2, 5])),
    ],
)
def test_right_ones_pass(f):
    check_set_function(f)


def test_a_state_may_learn_when_it_is_asked():
    """A state may cache values lazily: only its gains count, not what it stores."""

    class Learning(Distance):
        def start(self):
            return {"picks": (), "gains": None}

        def gains(self, state, rows=None):
            if state["gains"] is None:
                nearest = super().start()
                for i in state["picks"]:
                    nearest = super().receive(nearest, self.x_n[i])
                state["gains"] = nearest
            return super().gains(state["gains"], rows)

        def receive(self, state, message):
            i = int(np.flatnonzero(self.x_n == message)[0])
            return {"picks": (*state["picks"], i), "gains": None}

    check_set_function(Learning())


def test_rounding_that_is_stated_is_allowed():
    class Coarse(Distance):
        def receive(self, state, message):
            return super().receive(state, message) + 1e-3 * (state > 4)

    with pytest.raises(AssertionError, match="check_diminishing"):
        check_set_function(Coarse())
    stated = Coarse()
    stated.rounding = 1e-3
    check_set_function(stated)


def test_a_twin_in_another_library_is_compared():
    torch = pytest.importorskip("torch")
    check_set_function(Distance(), twin=Distance(torch.as_tensor(PLACES)))
    check_set_function(Distance(torch.as_tensor(PLACES)))
    with pytest.raises(AssertionError, match="check_twin: the other array library"):
        check_set_function(Distance(), twin=Distance(torch.as_tensor(PLACES) * 1.001))
