import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.preprocessing import StandardScaler

from skactive import BALD, RandomSampling
from skactive.model_selection.curves._rounds import learning_rounds, seeded
from skactive.model_selection.curves._settings import Data
from skactive.model_selection.curves._splits import Split
from skactive.pipeline import Pipeline, make_pipeline

X, Y = load_iris(return_X_y=True)
FOREST = RandomForestClassifier(n_estimators=10)
SPLIT = Split(3, np.arange(0, 150, 2), None, np.array([0, 50, 100, 4]), 7)


def rounds_of(strategy, rounds, **options):
    data = Data(X, Y)
    return list(learning_rounds(strategy, data, SPLIT, [4] * (rounds - 1), **options))


class Recorder(RandomSampling):
    """Records the pools of its queries in a class attribute."""

    pools = []

    def query(self, X_pool, n):
        self.pools.append(X_pool)
        return super().query(X_pool, n)


@pytest.fixture
def pools():
    Recorder.pools.clear()
    return Recorder.pools


def test_rounds_are_those_of_a_loop_written_out():
    labelled = list(SPLIT.initial)
    pool = [i for i in SPLIT.train if i not in labelled]
    for t, round_ in enumerate(rounds_of(BALD(FOREST), 4)):
        np.testing.assert_array_equal(round_.labelled, labelled)
        strategy = seeded(BALD(FOREST), SPLIT.chance(t)).fit(X[labelled], Y[labelled])
        np.testing.assert_array_equal(
            round_.strategy.predict_proba(X), strategy.predict_proba(X)
        )
        chosen = [pool[i] for i in strategy.query(X[pool], 4)]
        labelled += chosen
        pool = [i for i in pool if i not in chosen]


def test_a_round_can_be_replayed_from_its_labels():
    *_, third, fourth = rounds_of(BALD(FOREST), 4)
    rows = third.labelled
    again = seeded(BALD(FOREST), SPLIT.chance(2)).fit(X[rows], Y[rows])
    pool = np.setdiff1d(SPLIT.train, rows)
    np.testing.assert_array_equal(
        pool[again.query(X[pool], 4)], fourth.labelled[len(rows) :]
    )


def test_nothing_outside_the_training_set_is_labelled_or_shown(pools):
    last = rounds_of(Recorder(FOREST), 6)[-1]
    assert len(np.unique(last.labelled)) == len(last.labelled) == 4 + 5 * 4
    assert np.isin(last.labelled, SPLIT.train).all()
    assert [len(pool) for pool in pools] == [71, 67, 63, 59, 55]


def test_a_query_sees_as_many_candidates_as_asked_for(pools):
    last = rounds_of(Recorder(FOREST), 4, n_candidates=10)[-1]
    assert [len(pool) for pool in pools] == [10, 10, 10]
    assert len(np.unique(last.labelled)) == 16
    assert np.isin(last.labelled, SPLIT.train).all()


def test_candidates_are_those_of_every_strategy_and_differ_by_round(pools):
    options = {"n_candidates": 10}
    rounds_of(Recorder(FOREST), 3, **options)
    first, second = pools
    rounds_of(Recorder(), 2, **options)
    np.testing.assert_array_equal(first, pools[2])
    assert not np.array_equal(first, second)


def test_more_candidates_than_there_are_is_all_of_the_pool(pools):
    few = rounds_of(Recorder(FOREST), 3, n_candidates=1000)
    every = rounds_of(Recorder(FOREST), 3)
    np.testing.assert_array_equal(few[-1].labelled, every[-1].labelled)
    assert [len(pool) for pool in pools] == [71, 67, 71, 67]


def test_times_are_of_the_fit_and_of_the_query_before_it():
    rounds = rounds_of(BALD(FOREST), 3)
    assert np.isnan(rounds[0].query_time)
    assert all(round_.query_time > 0 for round_ in rounds[1:])
    assert all(round_.fit_time > 0 for round_ in rounds)


def test_the_strategy_is_left_alone():
    strategy = BALD(clone(FOREST))
    before = repr(strategy), sorted(vars(strategy))
    rounds_of(strategy, 3)
    assert (repr(strategy), sorted(vars(strategy))) == before


def test_seeded_replaces_the_seed():
    seeds = {
        seeded(BALD(FOREST, random_state=3), SPLIT.chance(t)).random_state
        for t in range(5)
    }
    assert len(seeds) == 5


def test_seeded_reaches_every_step_of_a_pipeline():
    pipeline = Pipeline(
        [("scale", StandardScaler()), ("pca", PCA()), ("ask", BALD(FOREST))]
    )
    made = seeded(pipeline, SPLIT.chance(0))
    assert isinstance(made["pca"].random_state, int)
    assert isinstance(made["ask"].random_state, int)
    kept = make_pipeline(PCA(random_state=1), "passthrough", BALD(random_state=1))
    made = seeded(kept, SPLIT.chance(0))
    assert made[0].random_state == 1
    assert made[-1].random_state != 1


def test_a_pipeline_learns_as_its_last_step_does():
    alone = rounds_of(BALD(FOREST), 3)[-1]
    piped = rounds_of(make_pipeline(BALD(FOREST)), 3)[-1]
    np.testing.assert_array_equal(alone.labelled, piped.labelled)
