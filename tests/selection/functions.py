"""Set functions on which the searches are tested."""

import numpy as np


class Coverage:
    """Weight of the ground elements that a set covers: monotone and submodular."""

    diminishing = True

    def __init__(self, n=30, elements=200, seed=0, as_array=lambda a: a):
        rng = np.random.default_rng(seed)
        self.covers = rng.random((n, elements)) < 0.2 * rng.random((n, 1)) ** 2
        self.weights = rng.random(elements)
        self.as_array = as_array
        self.evaluated = 0

    def start(self):
        return np.zeros(len(self.weights), dtype=bool)

    def gains(self, state, rows=None):
        covers = self.covers if rows is None else self.covers[np.asarray(rows)]
        self.evaluated += len(covers)
        return self.as_array((covers & ~state) @ self.weights)

    def add(self, state, i):
        return state | self.covers[i]

    def value(self, state):
        return state @ self.weights


class Moving(Coverage):
    """Coverage, and beside it an amount that every step draws anew for each point."""

    diminishing = False

    def start(self):
        return np.zeros(len(self.weights), dtype=bool), 0

    def shift(self, state):
        return self.as_array(np.random.default_rng(state[1]).random(len(self.covers)))

    def gains(self, state, rows=None):
        rows = np.arange(len(self.covers)) if rows is None else np.asarray(rows)
        return super().gains(state[0], rows) + self.shift(state)[rows]

    def add(self, state, i):
        return super().add(state[0], i), state[1] + 1


class Swelling(Coverage):
    """Coverage, of which a pick doubles the gains of some points, and says so."""

    diminishing = False

    def start(self):
        return super().start(), np.ones(len(self.covers))

    def gains(self, state, rows=None):
        rows = np.arange(len(self.covers)) if rows is None else np.asarray(rows)
        return super().gains(state[0], rows) * self.as_array(state[1][rows])

    def add(self, state, i):
        doubled = np.where(np.arange(len(self.covers)) % 7 == i % 7, 2.0, 1.0)
        return super().add(state[0], i), state[1] * doubled

    def grown(self, state, bounds, rows=None):
        # of a pick: which points it doubles is not used
        return 2.0 * bounds

    value = None


class Exhausted(Coverage):
    """A coverage that ends: all gains are 0 once everything is covered."""

    def __init__(self, **params):
        super().__init__(n=6, elements=10, **params)
        self.covers = np.zeros((6, 10), dtype=bool)
        self.covers[4] = True
        self.covers[:3, :4] = True
        self.tie_break = np.array([1.0, 3.0, 2.0, 0.0, 9.0, 2.0])


class Bounded(Coverage):
    """A coverage with cheap upper bounds, which are counted apart."""

    bounded = 0

    def bounds(self, state, rows, enough=-np.inf):
        self.bounded += len(rows)
        evaluated = self.evaluated
        loose = 1.01 * self.gains(state, rows)
        self.evaluated = evaluated
        return loose


class Blurred(Coverage):
    rounding = 0.5
