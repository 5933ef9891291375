import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skactive.selection import (
    Restricted,
    beam,
    greedy,
)
from tests.selection.functions import Coverage


def test_beam_of_one_is_greedy():
    for seed in range(4):
        f = Coverage(seed=seed)
        for ours, theirs in zip(beam(f, 6, 1), greedy(f, 6), strict=True):
            assert_allclose(ours, theirs)


def literal_beam(f, n, width):
    """Each set proposes its best points; equal sets merge; the best `width` go on."""
    sets = [()]
    for _ in range(n):
        proposed = []
        for picks in sets:
            state = f.start()
            for i in picks:
                state = f.add(state, i)
            gains = f.gains(state)
            free = [i for i in range(len(gains)) if i not in picks]
            free.sort(key=lambda i: (-gains[i], i))
            proposed += [(*picks, i) for i in free[:width]]
        merged = []
        for picks in proposed:
            if set(picks) not in [set(p) for p in merged]:
                merged.append(picks)
        merged.sort(key=lambda p: -f.value(np.any(f.covers[list(p)], axis=0)))
        sets = merged[:width]
    return sets[0]


@pytest.mark.parametrize("width", [2, 3, 8])
def test_beam_is_its_literal_definition(width):
    for seed in range(4):
        f = Coverage(n=12, elements=15, seed=seed)
        assert_array_equal(beam(f, 4, width)[0], literal_beam(f, 4, width))


def test_beam_through_candidates_goes_by_the_worth_of_sets():
    f, some = Coverage(n=12, elements=15), np.array([1, 4, 5, 7, 10, 11])
    alone = Coverage(n=12, elements=15)
    alone.covers = alone.covers[some]
    indices, _ = beam(Restricted(f, some), 3, 3)
    assert_array_equal(indices, literal_beam(alone, 3, 3))


def test_a_wide_beam_finds_the_optimum():
    f = Coverage(n=8, elements=15)
    pairs = itertools.combinations(range(8), 2)
    optimum = max(f.value(f.covers[list(pair)].any(axis=0)) for pair in pairs)
    indices, _ = beam(f, 2, 8)
    assert f.value(f.covers[indices].any(axis=0)) == pytest.approx(optimum)
