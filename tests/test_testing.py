"""The shared checks must find the faults they are there for."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from skactive import BALD, ICAL, RandomSampling
from skactive.base import QueryStrategy
from skactive.samplers import EnsembleSampler
from skactive.selection import Scores
from skactive.testing import (
    all_samplers,
    all_strategies,
    check_sampler,
    check_strategy,
    make_data,
)


def forest():
    return RandomForestClassifier(10, min_samples_leaf=2, random_state=0)


def asking(strategy):
    return strategy(forest(), random_state=0)


class Repeating(BALD):
    """The same row twice in one batch."""

    def query(self, X_pool, n=1, **options):
        batch = super().query(X_pool, n, **options)
        indices = batch[0] if isinstance(batch, tuple) else batch
        if len(indices) > 1:
            indices[1] = indices[0]
        return batch


class Unseeded(QueryStrategy):
    """Chance that no seed governs."""

    needs = None

    def _objective(self, X_pool, rng):
        return Scores(np.random.default_rng().random(len(X_pool)))


class Careless(BALD):
    """Picks that ignore the candidates."""

    def query(self, X_pool, n=1, *, candidates=None, return_scores=False):
        return super().query(X_pool, n, return_scores=return_scores)


class Meddling(BALD):
    """A parameter that ``fit`` overwrites."""

    def fit(self, X, y):
        self.random_state = 1
        return super().fit(X, y)


class Greedless(BALD):
    """Indices that are not numbers of rows."""

    def query(self, X_pool, n=1, **options):
        batch = super().query(X_pool, n, **options)
        return batch if isinstance(batch, tuple) else batch.astype(float)


class Chunky(BALD):
    """A score that depends on the chunk."""

    def _score(self, p_nkc):
        return super()._score(p_nkc) - p_nkc[:, 0, 0].mean()


@pytest.mark.parametrize(
    "bad", [Repeating, Unseeded, Careless, Meddling, Greedless, Chunky]
)
def test_faulty_strategies_are_found(bad):
    with pytest.raises(AssertionError):
        check_strategy(asking(bad))


@pytest.mark.parametrize("good", [BALD, ICAL, RandomSampling])
def test_good_strategies_pass(good):
    check_strategy(asking(good))


class Redrawing(EnsembleSampler):
    """Draws that are not functions: other members at every call."""

    def functions(self, rng):
        calls = np.random.default_rng(rng.integers(2**32))

        def functions(X):
            order = calls.permutation(self.n_draws_)
            return super(Redrawing, self).functions(rng)(X)[:, order]

        return functions


class Forgetful(EnsembleSampler):
    """Features of some points only."""

    def embed(self, X):
        return X[1:]


class Retraining(EnsembleSampler):
    """A frozen model that is trained again."""

    def fit(self, X, y, **fit_params):
        super().fit(X, y, **fit_params)
        self.estimator_ = RandomForestClassifier(10, random_state=0).fit(X, y)
        return self


@pytest.mark.parametrize("bad", [Redrawing, Forgetful, Retraining])
def test_faulty_samplers_are_found(bad):
    with pytest.raises(AssertionError):
        check_sampler(bad(forest()))


def test_what_is_public_is_found():
    names = {cls.__name__ for cls in all_strategies()}
    assert {"RandomSampling", "Entropy", "BALD", "ICAL", "ICALPointwise"} <= names
    assert "QueryStrategy" not in names
    assert {"EnsembleSampler", "DropoutSampler"} <= {c.__name__ for c in all_samplers()}


def test_data_are_read_only_and_hold_duplicates():
    X, y, X_pool = make_data("regression")
    assert not any(part.flags.writeable for part in (X, y, X_pool))
    np.testing.assert_array_equal(X_pool[-2:], X_pool[:2])
