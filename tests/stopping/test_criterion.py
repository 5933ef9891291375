import pickle

import numpy as np
import pytest
from sklearn.base import clone

from skactive.stopping import (
    Budget,
    ClassificationChange,
    DeltaF,
    OverallUncertainty,
    Plateau,
    RecallTarget,
    Round,
    StabilizingPredictions,
    StoppingCriterion,
)

EVERY = [
    StabilizingPredictions(window=2),
    ClassificationChange(),
    DeltaF(window=1),
    OverallUncertainty(threshold=0.2),
    RecallTarget(starts="all"),
    Plateau(patience=1),
    Budget(labels=20),
    Budget(labels=30) | Plateau(patience=1),
    Budget(labels=20) & OverallUncertainty(threshold=0.2),
]


def some_rounds():
    """Rounds of a model that becomes certain, and correct at the end."""
    rng = np.random.default_rng(0)
    right = np.arange(40) % 2
    for t, wrong in enumerate((15, 4, 0, 0, 0, 0)):
        y = right.copy()
        y[:wrong] = rng.integers(2, size=wrong)
        p = np.full((40, 2), 0.5 / (t + 1) ** 3)
        p[np.arange(40), y] = 1 - p[0, 0]
        n = 10 * (t + 1)
        yield Round(
            n,
            predictions=y,
            probabilities=p,
            classes=[0, 1],
            score=min(0.5 + t / 10, 0.8),
            labels=np.arange(n) < 4,
            n_points=60,
            spent=n / 2,
        )


@pytest.mark.parametrize("criterion", EVERY, ids=lambda c: type(c).__name__)
def test_what_every_criterion_keeps(criterion):
    criterion = clone(criterion)
    params = repr(criterion)
    assert criterion.stopped_at_ is None
    assert len(criterion.history_) == 0
    found = [criterion.update(round_) for round_ in some_rounds()]
    assert len(criterion.history_) == len(found)
    assert found[-1]
    first = found.index(True)
    assert found == [False] * first + [True] * (len(found) - first)  # it stays so
    assert criterion.stopped_at_ == 10 * (first + 1)
    assert repr(criterion) == params
    again = pickle.loads(pickle.dumps(criterion))
    assert again.stopped_at_ == criterion.stopped_at_
    for fresh in (clone(criterion), criterion.reset()):
        assert fresh.stopped_at_ is None
        assert [fresh.update(round_) for round_ in some_rounds()] == found


@pytest.mark.parametrize("criterion", EVERY, ids=lambda c: type(c).__name__)
def test_what_it_names_is_what_it_needs(criterion):
    for round_ in some_rounds():
        full = vars(round_)
        given = {name: full[name] for name in ("n_labels", *criterion.needs)}
        clone(criterion).update(Round(**given))
        for name in criterion.needs:
            with pytest.raises(ValueError, match=f"needs .*{name}"):
                clone(criterion).update(Round(**given | {name: None}))


def test_a_round_changes_nothing_of_the_users():
    round_ = next(some_rounds())
    before = {k: np.copy(v) for k, v in vars(round_).items()}
    for criterion in EVERY:
        clone(criterion).update(round_)
    for name, value in before.items():
        np.testing.assert_array_equal(round_[name], value)


def test_round_is_a_value():
    with pytest.raises(AttributeError):
        Round(3).n_labels = 4


def test_own_criterion():
    class Never(StoppingCriterion):
        def _value(self, round):
            return 0.0

        def _is_reached(self):
            return False

    criterion = Never() | Budget(labels=5)
    assert criterion.update(Round(5))
    with pytest.raises(TypeError):
        StoppingCriterion()
