import time

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from skactive import BADGE, BALD, ICAL, CoreSet, QueryStrategy, RandomSampling
from skactive.model_selection import active_learning_curve
from skactive.model_selection.curves._timing import Stopwatch, timed_draws
from skactive.pipeline import make_pipeline
from skactive.samplers import EnsembleSampler
from skactive.selection import Scores

X, Y = load_iris(return_X_y=True)
FOREST = RandomForestClassifier(5, random_state=0)


class SlowDraws(EnsembleSampler):
    """Takes a while to predict."""

    def functions(self, rng):
        fast = super().functions(rng)

        def functions(X):
            time.sleep(0.05)
            return fast(X)

        return functions


class SlowChoice(QueryStrategy):
    """Takes a while to reduce draws and to choose."""

    def _objective(self, X_pool, rng):
        def then(p_nkc):
            time.sleep(0.1)
            return p_nkc.var(axis=1).sum(axis=1)

        return Scores(self.sampler_.draw(X_pool, rng, then=then))


def test_a_stopwatch_adds_up():
    watch = Stopwatch()
    inner = watch.timing(lambda: time.sleep(0.01))
    outer = watch.timing(lambda: (inner(), time.sleep(0.01)))
    for _ in range(2):
        outer()
    inner()
    assert 0.05 <= watch.seconds < 0.07 + 0.2
    with pytest.raises(ZeroDivisionError):
        watch.timing(lambda: 1 / 0)()
    inner()
    assert watch.seconds >= 0.06


def test_draws_and_choice_apart():
    strategy = SlowChoice(SlowDraws(FOREST))
    curve = active_learning_curve(strategy, X, Y, n=2, rounds=2, cv=2, random_state=0)
    assert np.isnan(curve.draw_time[:, 0]).all()
    assert (curve.draw_time[:, 1:] >= 0.05).all()
    assert (curve.select_time[:, 1:] >= 0.1).all()
    np.testing.assert_array_equal(curve.select_time, curve.query_time - curve.draw_time)


@pytest.mark.parametrize(
    "strategy",
    [
        BALD(FOREST, random_state=0),
        ICAL(FOREST, random_state=0),
        BADGE(LogisticRegression(), random_state=0),
        CoreSet(LogisticRegression(), random_state=0),
        make_pipeline(StandardScaler(), BALD(FOREST, random_state=0)),
    ],
)
def test_the_answer_is_the_same_and_the_watch_is_taken_off(strategy):
    strategy.fit(X[::3], Y[::3])
    plain = strategy.query(X, 5)
    last = strategy[-1] if hasattr(strategy, "steps") else strategy
    before = dict(vars(last.sampler_))
    with timed_draws(strategy) as watch:
        np.testing.assert_array_equal(strategy.query(X, 5), plain)
    assert watch.seconds > 0
    assert vars(last.sampler_) == before


def test_no_sampler_no_draws():
    for strategy in (RandomSampling(), CoreSet()):
        with timed_draws(strategy.fit(X[:10], Y[:10])) as watch:
            strategy.query(X, 2)
        assert watch.seconds == 0
