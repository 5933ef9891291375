import numpy as np
import pytest

from skactive.stopping import Budget, Plateau, Round


def slow_plateau(scores, patience, tolerance):
    """The first round whose last `patience` scores do not exceed an earlier score."""
    for t in range(patience, len(scores)):
        before = scores[: t - patience + 1]
        if all(s <= max(before) + tolerance for s in scores[t - patience + 1 : t + 1]):
            return t
    return None


@pytest.mark.parametrize("patience", [1, 2, 4])
@pytest.mark.parametrize("tolerance", [0.0, 0.05])
def test_plateau_against_the_slow_form(patience, tolerance):
    for seed in range(30):
        scores = np.random.default_rng(seed).normal(size=12).cumsum().tolist()
        criterion = Plateau(patience=patience, tolerance=tolerance)
        for t, score in enumerate(scores):
            criterion.update(Round(t, score=score))
        assert criterion.stopped_at_ == slow_plateau(scores, patience, tolerance)
        assert criterion.history_ == scores


def test_plateau_without_a_score():
    with pytest.raises(ValueError, match="needs score"):
        Plateau().update(Round(5))
    with pytest.raises(ValueError, match="NaN"):
        Plateau().update(Round(5, score=np.nan))
    with pytest.raises(ValueError, match="patience"):
        Plateau(patience=0).update(Round(5, score=1.0))


def test_budget_of_labels():
    criterion = Budget(labels=20)
    assert [criterion.update(Round(n)) for n in (19, 20, 21)] == [False, True, True]
    assert criterion.stopped_at_ == 20


def test_budget_of_money():
    criterion = Budget(labels=100, money=5.0)
    assert criterion.needs == ("spent",)
    assert [criterion.update(Round(9, spent=s)) for s in (4.9, 5.0)] == [False, True]
    with pytest.raises(ValueError, match="needs spent"):
        criterion.update(Round(9))


def test_budget_without_a_limit():
    with pytest.raises(ValueError, match="set labels, money or both"):
        Budget().update(Round(5))
