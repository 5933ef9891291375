import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.metrics import cohen_kappa_score, f1_score

from skactive.stopping import (
    ClassificationChange,
    DeltaF,
    Round,
    StabilizingPredictions,
)


def run(criterion, *predictions, classes=(0, 1)):
    return [
        criterion.update(Round(10 * t, predictions=y, classes=classes))
        for t, y in enumerate(predictions)
    ]


def rounds(seed, labels, n_rounds=6, size=30):
    rng = np.random.default_rng(seed)
    return rng.choice(labels, size=(n_rounds, size))


@pytest.mark.parametrize("labels", [[0, 1], ["a", "b", "c"]])
def test_kappa_against_scikit_learn(labels):
    found, y = StabilizingPredictions(), rounds(0, labels)
    run(found, *y)
    assert np.isnan(found.history_[0])
    slow = [cohen_kappa_score(a, b) for a, b in zip(y[1:], y[:-1], strict=True)]
    assert_allclose(found.history_[1:], slow)


def test_kappa_is_one_where_both_are_constant_and_equal():
    criterion = StabilizingPredictions()
    assert run(criterion, *[["a"] * 5] * 4) == [False, False, False, True]
    assert criterion.history_[1:] == [1.0, 1.0, 1.0]
    assert criterion.stopped_at_ == 30


def test_kappa_is_zero_where_constants_differ():
    criterion = StabilizingPredictions()
    run(criterion, [0, 0], [1, 1])
    assert criterion.history_[1] == 0


def test_mean_of_the_last_three_reaches_the_threshold():
    """With two classes of equal size and d changes each way, kappa is 1 - 4 d / m."""
    y = np.arange(400) % 2
    moved = y.copy()
    moved[:2] = 1 - moved[:2]  # one each way: kappa .99
    criterion = StabilizingPredictions()
    assert run(criterion, y, moved, y, moved) == [False, False, False, True]
    assert_allclose(criterion.history_[1:], 0.99, rtol=1e-13)
    worse = y.copy()
    worse[:4] = 1 - worse[:4]
    # .98, .99, .99: their mean is too small
    again = [y, worse, moved, y]
    assert run(criterion.reset(), *again) == [False] * 4
    assert_allclose(criterion.history_[1:], [0.98, 0.99, 0.99])


def test_no_change_at_all():
    criterion = ClassificationChange()
    assert run(criterion, [0, 1, 1], [0, 1, 0], [0, 1, 0]) == [False, False, True]
    assert_allclose(criterion.history_[1:], [1 / 3, 0])


def test_no_change_in_two_rounds():
    criterion = ClassificationChange(window=2)
    y = [[0, 1], [0, 1], [1, 1], [1, 1], [1, 1]]
    assert run(criterion, *y) == [False, False, False, False, True]


def test_delta_f_is_one_minus_f1():
    criterion, y = DeltaF(), rounds(1, [0, 1])
    run(criterion, *y)
    slow = [1 - f1_score(a, b) for a, b in zip(y[1:], y[:-1], strict=True)]
    assert_allclose(criterion.history_[1:], slow)


def test_delta_f_without_positives_is_zero():
    criterion = DeltaF()
    assert run(criterion, *[[0, 0]] * 4) == [False, False, False, True]
    assert criterion.history_[1:] == [0.0, 0.0, 0.0]


def test_delta_f_takes_three_in_a_row():
    y = [[1, 0]] * 3 + [[0, 1]] + [[0, 1]] * 3
    assert run(DeltaF(), *y) == [False] * 6 + [True]


def test_delta_f_is_less_than_its_threshold():
    """At the threshold it does not stop: 1 - 2 * 19 / (2 * 19 + 2) = .05."""
    y = np.zeros(30, dtype=int)
    y[:20] = 1
    z = y.copy()
    z[0], z[25] = 0, 1
    criterion = DeltaF(threshold=1 - 38 / 40, window=1)
    assert run(criterion, y, z) == [False, False]
    assert run(DeltaF(threshold=0.0501, window=1), y, z) == [False, True]


def test_positive_class_of_delta_f():
    y = [["spam", "ham", "ham"], ["ham", "ham", "spam"]]
    by_default, named = DeltaF(), DeltaF(positive="ham")
    run(by_default, *y, classes=["ham", "spam"])
    run(named, *y, classes=["ham", "spam"])
    assert_allclose([by_default.history_[1], named.history_[1]], [1, 0.5])


def test_delta_f_of_one_known_class():
    criterion = DeltaF(window=1)
    assert run(criterion, [0, 0], [0, 0], classes=[0]) == [False, False]
    assert np.isnan(criterion.history_).all()
    assert run(DeltaF(window=1, positive=1), [0], [0], classes=[0])[-1]


def test_delta_f_refuses_what_it_is_not_for():
    with pytest.raises(ValueError, match="two classes, but the model has 3"):
        run(DeltaF(), [0], [1], classes=[0, 1, 2])
    with pytest.raises(ValueError, match="positive='spam' is not one of"):
        run(DeltaF(positive="spam"), [0], [1])


@pytest.mark.parametrize("cls", [StabilizingPredictions, ClassificationChange, DeltaF])
def test_stop_set_stays_the_same(cls):
    with pytest.raises(ValueError, match="2 points, but had 3"):
        run(cls(), [0, 1, 0], [0, 1])
    with pytest.raises(ValueError, match="shape"):
        run(cls(), [[0, 1]])
    with pytest.raises(ValueError, match="needs predictions"):
        cls().update(Round(3))


def test_predictions_may_be_written_over():
    y, criterion = np.array([0, 1]), ClassificationChange()
    run(criterion, y)
    y[:] = [1, 0]
    run(criterion, y)
    assert criterion.history_[1] == 1.0


def test_tensors():
    torch = pytest.importorskip("torch")
    criterion = StabilizingPredictions(window=1)
    assert run(criterion, *[torch.tensor([0, 1])] * 2) == [False, True]
