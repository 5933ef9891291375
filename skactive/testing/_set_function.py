"""check_set_function: properties of an objective along chains of points; layer 7."""

import itertools
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np

from skactive._utils.array import carry, namespace, to_numpy
from skactive.selection import DivisibleSetFunction, as_set_function
from skactive.selection._left import Left
from skactive.testing._bounds import (
    check_bounds,
    check_grown,
    check_limit,
    check_value,
)
from skactive.testing._chains import (
    gains_along,
    gains_beside,
    gains_of,
    make_chains,
    same_chain,
    shift_of,
    states_of,
)
from skactive.testing._compare import slack, within
from skactive.testing._digest import digest
from skactive.testing._named import named

__all__ = ["SET_FUNCTION_CHECKS", "check_set_function", "check_twin"]


def check_set_function(
    f: Any, *, twin: Any = None, n_steps: int = 4, random_state: int = 0
) -> None:
    """Check that an objective keeps the contract of `skactive.selection.SetFunction`.

    Gains are checked along three chains of points: two random ones and that of greedy
    search.

    Parameters
    ----------
    f : SetFunction or object
        An objective, in any form that `skactive.selection.as_set_function` accepts.
    twin : SetFunction or object, default=None
        The same objective with arrays of another library; gains must agree.
    n_steps : int, default=4
        Length of the chains.
    random_state : int, default=0
        Seed of the random chains.

    Raises
    ------
    AssertionError
        If a check fails; the message names it.

    Notes
    -----
    Gains count as equal if they differ by at most ``f.rounding`` plus the resolution of
    their dtype (``eps ** 0.75``) times the largest gain for the empty set.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.selection import Scores
    >>> from skactive.testing import check_set_function
    >>> check_set_function(Scores(np.array([0.1, 0.7, 0.3])))
    >>> class Growing(Scores):
    ...     def receive(self, state, message):
    ...         return (*state, message)
    ...     def gains(self, state, rows=None):
    ...         return super().gains(state, rows) * (1 + len(state))
    >>> check_set_function(Growing(np.array([0.1, 0.7, 0.3])))
    Traceback (most recent call last):
        ...
    AssertionError: check_diminishing: ...
    """
    check_protocol(f)
    f = as_set_function(f)
    check_first_gains(f)
    chains = make_chains(f, n_steps, np.random.default_rng(random_state))
    for check in SET_FUNCTION_CHECKS:
        check(f, chains)
    if twin is not None:
        check_twin(f, twin, chains)


@named
def check_protocol(f):
    """It has ``start``, ``gains`` and ``add``; declared attributes have valid types."""
    f = as_set_function(f)
    n = len(to_numpy(f.gains(f.start())))
    for name, declared in (("diminishing", f.diminishing), ("costly", f.costly)):
        assert isinstance(declared, bool), f"{name} is {declared!r}, not a boolean"
    assert float(f.rounding) >= 0, f"rounding is {f.rounding!r}, not an error"
    if f.tie_break is not None:
        shape = tuple(f.tie_break.shape)
        assert shape == (n,), f"tie_break has shape {shape}, but there are {n} points"
    for name, declared in (
        ("bounds", f.bounds),
        ("limit", f.limit),
        ("shift", f.shift),
        ("grown", f.grown),
        ("value", f.value),
    ):
        assert declared is None or callable(declared), f"{name} is not callable"


@named
def check_first_gains(f):
    """Gains for ``start()`` are floats (n,) without NaN, and the same if repeated."""
    gains = f.gains(f.start())
    xp = namespace(gains)
    assert xp.isdtype(gains.dtype, "real floating"), f"gains are {gains.dtype}"
    assert gains.ndim == 1, f"gains have shape {tuple(gains.shape)}, not (n,)"
    assert not np.isnan(to_numpy(gains)).any(), "a gain is NaN"
    within(to_numpy(gains), gains_of(f, f.start()), slack(f, gains), "start() again")
    state = f.start()
    for what in ("gains asked once", "gains asked twice"):
        within(to_numpy(gains), gains_of(f, state), slack(f, gains), what)


@named
def check_rows(f, chains):
    """``gains(state, rows)`` are the gains of all points at `rows`, in their order."""
    first = f.gains(f.start())
    error = slack(f, first)
    for chain in chains:
        for state in states_of(f, chain):
            everywhere = gains_of(f, state)
            order = np.random.default_rng(0).permutation(len(everywhere))
            for rows in (order[: 2 + len(order) // 2], order[-1:]):
                some = f.gains(state, carry(rows, first))
                within(everywhere[rows], to_numpy(some), error, f"gains of rows {rows}")


@named
def check_add(f, chains):
    """``add`` does not change the state that it is given."""
    for chain in chains:
        state = f.start()
        for i in chain:
            f.gains(state)  # may cache something in the state, which is no change
            before, added = digest(state), f.add(state, i)
            assert digest(state) == before, f"add(state, {i}) changed the state"
            state = added


@named
def check_hidden_state(f, chains):
    """Gains depend on the state only, so that chains do not affect each other."""
    error = slack(f, f.gains(f.start()))
    alone = [gains_along(f, chain) for chain in chains]
    for chain, gains in zip(chains, alone, strict=True):
        same_chain(gains, gains_along(f, chain), error, "a chain walked again")
        same_chain(gains, gains_beside(f, chain), error, "a state added to twice")
    states = [[f.start()] for _ in chains]
    beside: list[list] = [[] for _ in chains]
    for step in range(max(map(len, chains)) + 1):
        for walked, seen, chain in zip(states, beside, chains, strict=True):
            if step <= len(chain):
                seen.append(gains_of(f, walked[-1]))
                walked.extend(f.add(walked[-1], i) for i in chain[step : step + 1])
    for gains, seen, walked in zip(alone, beside, states, strict=True):
        same_chain(gains, seen, error, "chains walked in turn")
        # in reverse order, as a state must stay valid when later ones exist
        later = [gains_of(f, state) for state in reversed(walked)]
        same_chain(gains, later[::-1], error, "a state used again later")


@named
def check_no_nan(f, chains):
    """No gain is NaN, whatever points have been added."""
    for chain in chains:
        for step, gains in enumerate(gains_along(f, chain)):
            assert not np.isnan(gains).any(), (
                f"a gain is NaN after picks {chain[:step]}"
            )


@named
def check_diminishing(f, chains):
    """Gains that are declared diminishing never grow."""
    if not f.diminishing and f.shift is None:
        return
    # both gains that are compared have rounding errors
    error = 2 * slack(f, f.gains(f.start()))
    for chain in chains:
        moving = [
            gains_of(f, state) - shift_of(f, state) for state in states_of(f, chain)
        ]
        for step, (before, after) in enumerate(itertools.pairwise(moving)):
            left = np.setdiff1d(np.arange(len(before)), chain[: step + 1])
            grown = after[left] > before[left] + error
            assert not grown.any(), (
                f"the gain of point {left[grown.argmax()]} grows from "
                f"{before[left][grown][0]} to {after[left][grown][0]} with picks "
                f"{chain[: step + 1]}, but gains are declared diminishing"
            )


@named
def check_messages(f, chains):
    """Receiving the message of a point has the same effect as adding the point."""
    if not isinstance(f, DivisibleSetFunction):
        return
    error = slack(f, f.gains(f.start()))
    for chain in chains:
        for state, i in zip(states_of(f, chain), chain, strict=False):
            message = pickle.loads(pickle.dumps(f.message(i)))
            before = digest(state)
            told = gains_of(f, f.receive(state, message))
            assert digest(state) == before, "receive changed the state"
            within(gains_of(f, f.add(state, i)), told, error, f"the message of {i}")


@named
def check_restricted(f, chains):
    """Candidates have the same gains as in the whole pool."""
    first = f.gains(f.start())
    error, n = slack(f, first), len(first)
    candidates = np.unique(np.concatenate([np.arange(0, n, 2), *chains]).astype(int))
    some = f.restricted(candidates)
    assert some.whole is f.whole, "whole is not the objective over the whole pool"
    places = np.arange(len(candidates))
    np.testing.assert_array_equal(some.in_pool(places), f.in_pool(candidates))
    for chain in chains:
        state, seen = f.start(), some.start()
        for i in chain:
            within(
                gains_of(f, state)[candidates],
                gains_of(some, seen),
                error,
                "candidates",
            )
            state, seen = f.add(state, i), some.add(seen, candidates.searchsorted(i))


@named
def check_choice(f, chains):
    """``choose`` and ``leaders`` find the largest gain among the remaining points."""
    error = 2 * slack(f, f.gains(f.start()))
    for chain in chains:
        left = Left()
        for state, i in zip(states_of(f, chain), chain, strict=False):
            gains, choice = gains_of(f, state), f.choose(state, left)
            assert choice.index not in left.picks, f"{choice.index} is picked twice"
            free = np.setdiff1d(np.arange(len(gains)), left.picks)
            best = np.array([gains[free].max()])
            within(best, np.array([choice.gain]), error, "the gain of choose")
            within(best, gains[[choice.index]], error, "the gain of its pick")
            rows, leading, _ = f.leaders(1, state)
            within(gains[rows], to_numpy(leading), error, "the gains of leaders")
            assert gains[rows].max() >= gains.max() - error, "leaders lack the best"
            left.take(i)


@named
def check_twin(f, twin, chains):
    """Two array libraries give the same gains, up to the coarser one's rounding."""
    f, twin = as_set_function(f), as_set_function(twin)
    firsts = f.gains(f.start()), twin.gains(twin.start())
    error = sum(slack(*pair) for pair in zip((f, twin), firsts, strict=True))
    assert f.diminishing == twin.diminishing, "only one is declared diminishing"
    for chain in chains:
        pair = gains_along(f, chain), gains_along(twin, chain)
        same_chain(*pair, 4 * error, "the other array library")


SET_FUNCTION_CHECKS: tuple[Callable, ...] = (
    check_no_nan,
    check_rows,
    check_add,
    check_hidden_state,
    check_diminishing,
    check_messages,
    check_bounds,
    check_grown,
    check_limit,
    check_value,
    check_restricted,
    check_choice,
)
