import pytest
from sklearn.base import clone

from skactive.stopping import AllOf, AnyOf, Budget, Plateau, Round


def stops(criterion, scores):
    return [
        criterion.update(Round(n, score=score))
        for n, score in enumerate(scores, start=1)
    ]


SCORES = [0.5, 0.6, 0.6, 0.7, 0.7, 0.7, 0.8]


@pytest.mark.parametrize("labels", range(1, 8))
@pytest.mark.parametrize("patience", range(1, 5))
def test_first_and_last_of_two(labels, patience):
    """`|` stops at the smaller of the two numbers of labels, `&` at the larger."""
    a, b = Budget(labels=labels), Plateau(patience=patience)
    stopped = []
    for each in (clone(a), clone(b)):
        stops(each, SCORES)
        stopped.append(each.stopped_at_)
    either, both = a | b, a & b
    assert isinstance(either, AnyOf)
    assert isinstance(both, AllOf)
    stops(either, SCORES)
    stops(both, SCORES)
    known = [n for n in stopped if n is not None]
    assert either.stopped_at_ == min(known)
    assert both.stopped_at_ == (None if None in stopped else max(stopped))


def test_parts_are_clones():
    a, b = Budget(labels=2), Plateau(patience=1)
    combined = a | b
    stops(combined, SCORES)
    assert a.stopped_at_ is None
    assert len(b.history_) == 0
    assert combined.left_.stopped_at_ == 2
    assert combined.right_.history_ == SCORES
    assert combined.reset().left_ is None


def test_parameters_of_parts():
    combined = Budget(labels=2) | Plateau() & Budget(money=3.0)
    assert combined.needs == ("score", "spent")
    combined.set_params(left__labels=7, right__left__patience=5)
    assert combined.left.labels == 7
    assert combined.right.left.patience == 5


def test_only_criteria_combine():
    with pytest.raises(ValueError, match="right"):
        AnyOf(Budget(labels=2), "plateau").update(Round(1))
