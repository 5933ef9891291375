"""Queue: which rows an annotator is asked next; layer 6.

Functions of the state, the annotator and the time. Nothing here waits for a model.
"""

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, NamedTuple

import numpy as np

from skactive.annotation._state import PRIOR, State

__all__ = ["Offer", "is_dry", "offers", "open_offers", "pending"]

TRIES = 50  # random rows to try before listing all that are left


class Offer(NamedTuple):
    """A row that may be handed out to an annotator.

    Parameters
    ----------
    id : int or str
        Id of the row.
    rank, score, round
        See `Task`.
    """

    id: Any
    rank: int
    score: float
    round: int


def open_offers(state: State, annotator: str, now: float) -> list[Offer]:
    """Tasks that an annotator has and has not answered, in order."""
    found = [
        (lease.order, Offer(id, lease.rank, lease.score, lease.round))
        for id in [*state.unfinished]
        for lease in [state.out(id, now).get(annotator)]
        if lease is not None
    ]
    return [offer for _, offer in sorted(found, key=lambda pair: pair[0])]


def offers(
    state: State, annotator: str, now: float, n: int, rng: np.random.Generator
) -> list[Offer]:
    """Choose `n` new tasks for an annotator; fewer if no more are left.

    Parameters
    ----------
    state : State
        State of the campaign.
    annotator : str
        The annotator.
    now : float
        The present time, to decide which leases have expired.
    n : int
        Number of tasks.
    rng : numpy.random.Generator
        Generator for random rows.

    Returns
    -------
    list of Offer
        Rows of the test set first; then rows that were asked before and need another
        answer, the ranking, rows that the annotator postponed, and random rows.
    """

    def free(id: Any) -> bool:
        return _is_free(state, id, annotator, now)

    tests = [Offer(id, -1, np.nan, state.round) for id in state.asked_tests if free(id)]
    ranked = _unique(chain(_returned(state), _ranked(state)))
    ranked = [offer for offer in ranked if free(offer.id)]
    later = [_is_later(state, offer.id, annotator) for offer in ranked]
    now_, put_off = (
        [offer for offer, late in zip(ranked, later, strict=True) if late is which]
        for which in (False, True)
    )
    return list(
        islice(
            _unique(
                chain(
                    [t for t in tests if not _is_later(state, t.id, annotator)],
                    now_,
                    [t for t in tests if _is_later(state, t.id, annotator)],
                    put_off,
                    _random(state, free, rng),
                )
            ),
            n,
        )
    )


def is_dry(state: State, annotator: str, now: float) -> bool:
    """Whether no row of the ranking is left for an annotator."""
    return not any(_is_free(state, id, annotator, now) for id, _ in state.ranking)


def pending(state: State, now: float) -> list[Any]:
    """Rows that have been asked and are expected to be answered, in order.

    Rows of which somebody was unsure are excluded, unless they are handed out now.
    """
    return [
        id
        for id in state.unfinished
        if id not in state.tests
        and not state.answers(id)
        and (state.out(id, now) or not _is_unsure(state, id))
    ]


def _is_unsure(state, id):
    return any(act.reason == "unsure" for act in state.current.get(id, {}).values())


def _is_later(state, id, annotator):
    act = state.current.get(id, {}).get(annotator)
    return act is not None and act.reason == "later"


def _is_free(state, id, annotator, now):
    """Whether a row needs another answer, which this annotator may give."""
    if state.is_over(id, annotator) or state.is_unusable(id):
        return False
    answers, out = state.answers(id), state.out(id, now)
    if annotator in out or PRIOR in answers:
        return False
    return len(answers.keys() | out.keys()) < state.overlap


def _returned(state):
    """Rows asked before: expired leases, second opinions, and rows others skipped."""
    for id in state.unfinished:
        if id not in state.tests:
            leases = list(state.leases.get(id, {}).values())
            leases += [a.lease for a in state.current.get(id, {}).values() if a.lease]
            if leases:
                last = max(leases, key=lambda lease: lease.until)
                yield Offer(id, last.rank, last.score, last.round)
            else:
                yield Offer(id, -1, np.nan, state.round)


def _ranked(state):
    for rank, (id, score) in enumerate(state.ranking):
        yield Offer(id, rank, score, state.round)


def _unique(found):
    seen = set()
    for offer in found:
        if offer.id not in seen:
            seen.add(offer.id)
            yield offer


def _random(state, free, rng) -> Iterator[Offer]:
    """Rows without an answer, in random order."""

    def is_new(id: Any) -> bool:
        return id not in state.tests and not state.answers(id) and free(id)

    # trying a few rows first is cheap in large campaigns, where most are new
    if state.ids:
        for place in rng.integers(len(state.ids), size=TRIES):
            if is_new(state.ids[place]):
                yield Offer(state.ids[place], -1, np.nan, state.round)
    left = [id for id in state.ids if is_new(id)]
    for place in rng.permutation(len(left)):
        yield Offer(left[place], -1, np.nan, state.round)
