"""Samplers with one fault each, and the name of the check that has to find it."""

import random
from typing import NamedTuple

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from skactive.samplers import EnsembleSampler
from skactive.samplers._vote import one_model


def forest():
    return RandomForestClassifier(10, min_samples_leaf=2, random_state=0)


class Views:
    """An object that draws: nearest class mean, each draw seeing half of the features.

    Right by itself; the mistakes are made in it.
    """

    task = "classification"

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.means_cd = np.stack([X[y == c].mean(axis=0) for c in self.classes_])
        return self

    def draw(self, X, rng):
        return self.likeness(X, rng.random((8, X.shape[1])) < 0.5)

    def likeness(self, X, seen_kd):
        squared_ncd = (X[:, None, :] - self.means_cd) ** 2
        z_nkc = np.exp(-np.einsum("ncd,kd->nkc", squared_ncd, seen_kd * 1.0) / 9)
        return z_nkc / z_nkc.sum(axis=-1, keepdims=True)


class Identical(Views):
    def draw(self, X, rng):
        return self.likeness(X, np.tile(rng.random((1, X.shape[1])) < 0.5, (8, 1)))


class GeneratorUnused(Views):
    def draw(self, X, rng):
        return super().draw(X, np.random.default_rng(0))


class GeneratorNotMovedOn(EnsembleSampler):
    """Restores the generator, so that the next functions are the same."""

    def functions(self, rng):
        state = rng.bit_generator.state
        functions = super().functions(rng)
        rng.bit_generator.state = state
        return functions


class OwnChance(Views):
    def draw(self, X, rng):
        return super().draw(X, np.random.default_rng())


class SaysNoChance(EnsembleSampler):
    """Draws a random subset of the members, and claims not to be random."""

    uses_rng = False


class ByTheOrder(Views):
    def draw(self, X, rng):
        p_nkc = super().draw(X, rng)
        p_nkc[len(X) // 2 :] = p_nkc[len(X) // 2 :, ::-1]
        return p_nkc


class ByTheChunk(Views):
    def draw(self, X, rng):
        return super().draw(X - X.mean(axis=0), rng)


class ByTheFirstRows(EnsembleSampler):
    """The functions depend on the rows that they are evaluated at first."""

    def functions(self, rng):
        functions, kept = super().functions(rng), []

        def measured(X):
            kept.append(X.std(axis=0))
            return functions(X / (kept[0] + 1))

        return measured


class ChanceAfterX(Views):
    def draw(self, X, rng):
        rng.random(len(X))
        return super().draw(X, rng)


class ANumberForEachRow(Views):
    def draw(self, X, rng):
        p_nkc = super().draw(X, rng)
        p_nkc += 0.1 * rng.random((len(X), 1, 1))
        return p_nkc / p_nkc.sum(axis=-1, keepdims=True)


class Redrawing(EnsembleSampler):
    """Draws other members at each call."""

    def functions(self, rng):
        calls = np.random.default_rng(rng.integers(2**32))
        functions = super().functions(rng)
        return lambda X: functions(X)[:, calls.permutation(self.n_draws_)]


class GlobalChanceUsedUp(Views):
    def draw(self, X, rng):
        np.random.seed(3)  # noqa: NPY002
        return super().draw(X, rng)


class PythonsChanceUsedUp(Views):
    def draw(self, X, rng):
        random.random()
        return super().draw(X, rng)


class NoProbabilities(Views):
    def likeness(self, X, seen_kd):
        return 2 * super().likeness(X, seen_kd)


class WrongRank(Views):
    def draw(self, X, rng):
        return super().draw(X, rng)[:, :, 0]


class TooManyClasses(EnsembleSampler):
    def fit(self, X, y, **fit_params):
        super().fit(X, y, **fit_params)
        self.classes_ = np.arange(7)
        return self


class SaysNoTask(Views):
    task = None


class PointsChanged(EnsembleSampler):
    def functions(self, rng):
        functions = super().functions(rng)

        def careless(X):
            X -= X.mean(axis=0)
            return functions(X)

        return careless


class ModelChanged(EnsembleSampler):
    def embed(self, X):
        self.estimator_.estimators_.pop()
        return super().embed(X)


class FitReturnsNothing(EnsembleSampler):
    def fit(self, X, y, **fit_params):
        super().fit(X, y, **fit_params)


class FitsTheCallersModel(EnsembleSampler):
    def fit(self, X, y, **fit_params):
        one_model(self.estimator).fit(X, y)
        return super().fit(X, y, **fit_params)


class FrozenIsTrained(EnsembleSampler):
    def fit(self, X, y, **fit_params):
        super().fit(X, y, **fit_params)
        self.estimator_ = forest().fit(X, y)
        return self


class FeaturesOfSomePoints(EnsembleSampler):
    def embed(self, X):
        return X[1:]


class FeaturesByTheChunk(EnsembleSampler):
    def embed(self, X):
        return X - X.mean(axis=0)


class ReducesAll(EnsembleSampler):
    """Calls ``then`` with chunks in the wrong order."""

    def draw(self, X, rng, then=None):
        draws = super().draw(X, rng, then)
        return draws if then is None else draws[::-1]


class Mistake(NamedTuple):
    """A faulty sampler, and the check that has to find the fault."""

    name: str
    sampler: object
    check: str


MISTAKES = [
    Mistake("identical draws", Identical(), "check_disagreement"),
    Mistake("an unused generator", GeneratorUnused(), "check_generator"),
    Mistake(
        "a generator not moved on",
        GeneratorNotMovedOn(forest(), n_draws=5),
        "check_generator",
    ),
    Mistake("chance of its own", OwnChance(), "check_functions"),
    Mistake("says no chance", SaysNoChance(forest(), n_draws=5), "check_generator"),
    Mistake("by the order", ByTheOrder(), "check_pointwise"),
    Mistake("by the chunk", ByTheChunk(), "check_pointwise"),
    Mistake("by the first rows", ByTheFirstRows(forest()), "check_pointwise"),
    Mistake("chance after X", ChanceAfterX(), "check_pointwise"),
    Mistake("a number for each row", ANumberForEachRow(), "check_pointwise"),
    Mistake("redrawing", Redrawing(forest()), "check_functions"),
    Mistake("global chance", GlobalChanceUsedUp(), "check_untouched"),
    Mistake("Python's chance", PythonsChanceUsedUp(), "check_untouched"),
    Mistake("no probabilities", NoProbabilities(), "check_draws"),
    Mistake("too many classes", TooManyClasses(forest()), "check_draws"),
    Mistake("wrong rank", WrongRank(), "check_fit"),
    Mistake("no task", SaysNoTask(), "check_task"),
    Mistake("points changed", PointsChanged(forest()), "check_untouched"),
    Mistake("model changed", ModelChanged(forest()), "check_untouched"),
    Mistake("fit returns None", FitReturnsNothing(forest()), "check_fit"),
    Mistake("caller's model fitted", FitsTheCallersModel(forest()), "check_fit"),
    Mistake("frozen is trained", FrozenIsTrained(forest()), "check_frozen"),
    Mistake("features of some", FeaturesOfSomePoints(forest()), "check_embedding"),
    Mistake("features by chunk", FeaturesByTheChunk(forest()), "check_embedding"),
    Mistake("then out of order", ReducesAll(forest()), "check_reduction"),
]
