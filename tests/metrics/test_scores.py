import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import cross_val_score

from skactive import BALD
from skactive.metrics import log_likelihood, negative_log_likelihood

X, Y = load_iris(return_X_y=True)


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 20), c=st.integers(2, 5))
def test_nll_is_log_loss_where_every_class_is_known(seed, n, c):
    rng = np.random.default_rng(seed)
    p_nc = 0.99 * rng.dirichlet(np.ones(c), n) + 0.01 / c
    y = rng.integers(c, size=n)
    expected = log_loss(y, p_nc, labels=np.arange(c)) if c > 1 else 0.0
    assert negative_log_likelihood(y, p_nc, np.arange(c)) == pytest.approx(expected)


def test_columns_are_matched_by_label():
    p_nc = [[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]]
    value = negative_log_likelihood(["b", "a"], p_nc, ["c", "a", "b"])
    assert value == pytest.approx(-(np.log(0.3) + np.log(0.1)) / 2)


def test_what_was_never_seen_costs_as_much_as_what_is_held_impossible():
    p_nc = np.array([[1.0, 0.0]])
    unseen = negative_log_likelihood([2], p_nc, [0, 1])
    assert unseen == negative_log_likelihood([1], p_nc, [0, 1]) == -np.log(1e-7)
    assert negative_log_likelihood([2], p_nc, [0, 1], eps=0.01) == -np.log(0.01)
    assert negative_log_likelihood([0], p_nc, [0, 1]) == 0


def test_nan_is_not_hidden():
    with pytest.raises(ValueError, match="p_nc at 0 is"):
        negative_log_likelihood([0], [[np.nan, np.nan]], [0, 1])


def test_the_scorer_is_that_of_scikit_learn_where_both_work():
    model = LogisticRegression(max_iter=500)
    ours = cross_val_score(model, X, Y, scoring=log_likelihood)
    np.testing.assert_allclose(
        ours, cross_val_score(model, X, Y, scoring="neg_log_loss")
    )


def test_the_scorer_takes_models_that_have_not_seen_every_class():
    names = np.array(["setosa", "versicolor", "virginica"])[Y]
    model = LogisticRegression(max_iter=500).fit(X[50:], names[50:])
    seen = log_likelihood(model, X[50:], names[50:])
    everything = log_likelihood(model, X, names)
    assert everything == pytest.approx((50 * np.log(1e-7) + 100 * seen) / 150)


def test_the_scorer_takes_strategies():
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(10, random_state=0)
    strategy = BALD(forest, random_state=0).fit(X[::2], Y[::2])
    assert log_likelihood(strategy, X[1::2], Y[1::2]) == log_likelihood(
        forest.fit(X[::2], Y[::2]), X[1::2], Y[1::2]
    )
