"""Strategies with one fault each, and the name of the check that has to find it."""

import random
from typing import NamedTuple

import numpy as np
from sklearn.base import clone

from skactive import BALD, DEIMOS, CoreSet, QueryStrategy, RandomSampling
from skactive._utils.array import to_numpy
from skactive.base import PointwiseStrategy
from skactive.distributed import as_pool
from skactive.samplers import as_sampler
from skactive.selection import Scores, SetFunction, greedy, lazy_greedy, top, top_of


class Spread(SetFunction):
    """A correct strategy for the mistakes: scores, penalised for repeated classes."""

    diminishing = True

    def __init__(self, m_nc):
        self.score_n, self.class_n = 1 - m_nc.max(axis=1), m_nc.argmax(axis=1)
        self.c = m_nc.shape[1]

    def start(self):
        return np.zeros(self.c)

    def gains(self, state, rows=None):
        rows = slice(None) if rows is None else rows
        return self.score_n[rows] / (1 + state[self.class_n[rows]])

    def add(self, state, i):
        state = state.copy()
        state[self.class_n[i]] += 1
        return state


class OnSpread(QueryStrategy):
    """A strategy on a set function given below; correct with NumPy."""

    tasks = ("classification",)
    needs = "mean"
    objective = Spread

    def _objective(self, X_pool, rng):
        m_nc = self.sampler_.draw(X_pool, rng, then=lambda p: to_numpy(p).mean(1))
        return self.objective(m_nc)


class WritingSpread(Spread):
    def add(self, state, i):
        state[self.class_n[i]] += 1
        return state


class AddChangesItsState(OnSpread):
    objective = WritingSpread


class GrowingSpread(Spread):
    def gains(self, state, rows=None):
        return super().gains(state, rows) * (1 + state.sum())


class GainsGrowUnderDiminishing(OnSpread):
    objective = GrowingSpread


class RememberingSpread(Spread):
    def start(self):
        self.count_c = np.zeros(self.c)
        return ()

    def add(self, state, i):
        self.count_c = super().add(self.count_c, i)
        return state

    def gains(self, state, rows=None):
        return super().gains(self.count_c, rows)


class HiddenState(OnSpread):
    objective = RememberingSpread


class DeafSpread(Spread):
    def gains(self, state, rows=None):
        gains = super().gains(state)
        return gains if rows is None else gains[: len(rows)]


class RowsAreIgnored(OnSpread):
    objective = DeafSpread


class GainOfNaN(Spread):
    def gains(self, state, rows=None):
        gains = super().gains(state, rows)
        return gains + np.where(state.sum() > 2, np.nan, 0)


class NaNOnceSomethingIsPicked(OnSpread):
    objective = GainOfNaN

    def _search(self, f, n, rng):
        return top_of(f, n)


class NaNScores(BALD):
    def query(self, X_pool, n=1, **options):
        batch = super().query(X_pool, n, **options)
        return (batch[0], batch[1] + np.nan) if isinstance(batch, tuple) else batch


class ScoresThatAreNotGains(BALD):
    def _search(self, f, n, rng):
        picks, gains = super()._search(f, n, rng)
        return picks, np.full(n, gains.sum())


class ScoreSamplesUnlikeTheFirstGains(BALD):
    def score_samples(self, X_pool):
        scores = super().score_samples(X_pool)
        return scores / (1 + scores.max())


class NumPyOnly(QueryStrategy):
    def _objective(self, X_pool, rng):
        p_nkc = self.sampler_.draw(X_pool, rng)
        squares_n = np.einsum("nkc,nkc->n", p_nkc, p_nkc.astype(float))
        return Scores(p_nkc.shape[1] - squares_n)


class FitsTheCallersEstimator(BALD):
    def fit(self, X, y, **fit_params):
        self.estimator.fit(X, y)
        return super().fit(X, y, **fit_params)


class ChangesTheCallersEstimator(BALD):
    def query(self, X_pool, n=1, **options):
        self.estimator.asked = len(X_pool)
        return super().query(X_pool, n, **options)


class MisspeltNeeds(BALD):
    needs = "function"


class UnknownTasks(BALD):
    tasks = ("classify",)


class FunctionsDrawnTwice(QueryStrategy):
    def _objective(self, X_pool, rng):
        m_nc = self.sampler_.draw(X_pool, rng, then=lambda p: p.mean(1))
        v_nc = self.sampler_.draw(X_pool, rng, then=lambda p: (p**2).mean(1))
        return Scores((v_nc - m_nc**2).sum(1))


class ConstructorCopies(BALD):
    def __init__(self, estimator=None, *, weights=(1.0, 2.0), random_state=None):
        super().__init__(estimator, random_state=random_state)
        self.weights = list(weights)


class ConstructorWorks(BALD):
    def __init__(self, estimator=None, *, random_state=None):
        super().__init__(estimator, random_state=random_state)
        self.sampler_ = as_sampler(estimator)


class PositionalParameter(BALD):
    def __init__(self, estimator=None, power=1.0, *, random_state=None):
        super().__init__(estimator, random_state=random_state)
        self.power = power


class ParameterOverwritten(BALD):
    def fit(self, X, y, **fit_params):
        self.random_state = 1
        return super().fit(X, y, **fit_params)


class FitReturnsNothing(BALD):
    def fit(self, X, y, **fit_params):
        super().fit(X, y, **fit_params)


class CandidatesChangeScores(BALD):
    distributed = False

    def _search(self, f, n, rng):
        picks, gains = super()._search(f, n, rng)
        scores = to_numpy(f.gains(f.start()))
        return picks, gains / scores.max() * to_numpy(f.whole.gains(())).max()


class CandidatesIgnored(BALD):
    def query(self, X_pool, n=1, *, candidates=None, **options):
        return super().query(X_pool, n, **options)


class PicksByTheOrderOfRows(PointwiseStrategy):
    tasks = ("classification",)
    distributed = False

    def _score(self, p_nkc):
        return p_nkc.std(1).max(1)

    def _objective(self, X_pool, rng):
        f = super()._objective(X_pool, rng)
        places = np.arange(len(X_pool)) / len(X_pool)
        return Scores(to_numpy(f.scores) * (1 + places))


class PoolIsScaledInPlace(BALD):
    def query(self, X_pool, n=1, **options):
        X_pool -= X_pool.mean(axis=0)
        return super().query(X_pool, n, **options)


class CandidatesAreSortedInPlace(BALD):
    def query(self, X_pool, n=1, *, candidates=None, **options):
        if isinstance(candidates, np.ndarray):
            candidates.sort()
        return super().query(X_pool, n, candidates=candidates, **options)


class PendingIsSortedInPlace(BALD):
    def query(self, X_pool, n=1, *, pending=None, **options):
        if isinstance(pending, np.ndarray):
            pending.sort()
        return super().query(X_pool, n, pending=pending, **options)


class CostsAreScaledInPlace(BALD):
    def query(self, X_pool, n=1, *, cost=None, budget=None, **options):
        if isinstance(cost, np.ndarray):
            budget = budget / cost.max()
            cost /= cost.max()
        return super().query(X_pool, n, cost=cost, budget=budget, **options)


class PendingIgnored(BALD):
    def query(self, X_pool, n=1, *, pending=None, **options):
        return super().query(X_pool, n, **options)


class PendingOnlyLeftOut(CoreSet):
    """Starts the search from the empty set, although points are pending."""

    def _search(self, f, n, rng, terms):
        return lazy_greedy(f, n, cost=terms.cost, budget=terms.budget)


class PendingForgotten(DEIMOS):
    """The same, with an objective in which every pick changes all other gains."""

    def _search(self, f, n, rng, terms):
        return greedy(f, n, cost=terms.cost, budget=terms.budget)


class CopiesOfPendingPoints(BALD):
    """Declares that copies add nothing, but scores each point alone."""

    copies_add_nothing = True


class PendingIsNotLabelled(DEIMOS):
    """Declares that pending points are used as labelled ones, but they are not."""

    pending_as_labelled = True


class BudgetIgnored(BALD):
    """Ranks points by gain per cost and ignores the budget."""

    def _search(self, f, n, rng, terms):
        if terms.cost is None:
            return super()._search(f, n, rng, terms)
        return top(to_numpy(f.gains(f.start())) / terms.cost, n or 20)


class MoreForEqualCosts(BALD):
    def query(self, X_pool, n=1, *, budget=None, **options):
        budget = None if budget is None else 2 * budget // 2
        return super().query(X_pool, n, budget=budget, **options)


class OldSearchThatHidesIt(BALD):
    """Its search takes no `terms`, and its query drops unknown arguments."""

    def _search(self, f, n, rng):
        return top_of(f, n)

    def query(self, X_pool, n=1, *, pending=None, **options):
        return super().query(X_pool, n, **options)


class CoarseInFloat32(PointwiseStrategy):
    """Variance as mean of squares minus squared mean, which cancels far from 0."""

    tasks = ("classification",)

    def _score(self, p_nkc):
        p_nkc = p_nkc + 1000
        return ((p_nkc**2).mean(1) - p_nkc.mean(1) ** 2).sum(1)


class GlobalChance(QueryStrategy):
    needs = None

    def _objective(self, X_pool, rng):
        return Scores(np.random.rand(len(X_pool)))  # noqa: NPY002


class GlobalSeed(BALD):
    def query(self, X_pool, n=1, **options):
        random.seed(0)
        return super().query(X_pool, n, **options)


class ChanceOfItsOwn(QueryStrategy):
    needs = None

    def _objective(self, X_pool, rng):
        return Scores(np.random.default_rng().random(len(X_pool)))


class KeepsItsGenerator(RandomSampling):
    def fit(self, X, y=None, **fit_params):
        super().fit(X, y, **fit_params)
        self._kept = super()._rng()
        return self

    def _rng(self):
        return self._kept


class BlocksOnTheirOwn(RandomSampling):
    distributed = True

    def _objective(self, X_pool, rng):
        pool = as_pool(X_pool)
        if not pool.is_distributed:
            return super()._objective(X_pool, rng)
        seed = int(rng.integers(2**32))
        return Scores(pool.map(_chance, seed).joined())


def _chance(X, first, seed):
    return np.random.default_rng(seed).random(len(X))


class HoldsALambda(BALD):
    def fit(self, X, y, **fit_params):
        super().fit(X, y, **fit_params)
        self.sign_ = lambda x: -x
        return self


class ListsAsIndices(BALD):
    def query(self, X_pool, n=1, **options):
        batch = super().query(X_pool, n, **options)
        return batch if isinstance(batch, tuple) else batch.tolist()


class FloatsAsIndices(BALD):
    def query(self, X_pool, n=1, *, return_scores=False, **options):
        picks, scores = super().query(X_pool, n, return_scores=True, **options)
        return (picks.astype(float), scores) if return_scores else picks.astype(float)


class RepeatsAnIndex(BALD):
    def query(self, X_pool, n=1, **options):
        batch = super().query(X_pool, n, **options)
        indices = batch[0] if isinstance(batch, tuple) else batch
        indices[1:2] = indices[0]
        return batch


class ScoresByTheChunk(BALD):
    def _score(self, p_nkc):
        return super()._score(p_nkc) - p_nkc[:, 0, 0].mean()


class CutsTheBatch(BALD):
    def query(self, X_pool, n=1, **options):
        return super().query(X_pool, min(n, len(X_pool)), **options)


class QueriesUnfitted(CoreSet):
    def query(self, X_pool, n=1, **options):
        strategy = self if "sampler_" in vars(self) else clone(self).fit(X_pool)
        return super(QueriesUnfitted, strategy).query(X_pool, n, **options)


class RefitsOtherwise(BALD):
    def fit(self, X, y, **fit_params):
        self.fits_ = vars(self).get("fits_", 0) + 1
        return super().fit(X[self.fits_ - 1 :], y[self.fits_ - 1 :], **fit_params)


class BrokenByItself(BALD):
    def query(self, X_pool, n=1, **options):
        if n > 8:
            raise KeyError("a mistake of its own")
        return super().query(X_pool, n, **options)


class Mistake(NamedTuple):
    """A faulty strategy, and the check that has to find the fault."""

    name: str
    strategy: type
    check: str


MISTAKES = [
    Mistake("add changes its state", AddChangesItsState, "check_add"),
    Mistake("gains grow", GainsGrowUnderDiminishing, "check_diminishing"),
    Mistake("hidden state", HiddenState, "check_hidden_state"),
    Mistake("rows ignored", RowsAreIgnored, "check_rows"),
    Mistake("NaN after some picks", NaNOnceSomethingIsPicked, "check_no_nan"),
    Mistake("NaN scores", NaNScores, "check_batches"),
    Mistake("scores are no gains", ScoresThatAreNotGains, "check_gains"),
    Mistake("score_samples", ScoreSamplesUnlikeTheFirstGains, "check_scores"),
    Mistake("NumPy only", NumPyOnly, "check_backends"),
    Mistake("estimator fitted", FitsTheCallersEstimator, "check_estimator_untouched"),
    Mistake(
        "estimator changed", ChangesTheCallersEstimator, "check_estimator_untouched"
    ),
    Mistake("needs", MisspeltNeeds, "check_declarations"),
    Mistake("tasks", UnknownTasks, "check_declarations"),
    Mistake("functions drawn twice", FunctionsDrawnTwice, "check_functions"),
    Mistake("constructor copies", ConstructorCopies, "check_constructor"),
    Mistake("constructor works", ConstructorWorks, "check_constructor"),
    Mistake("positional parameter", PositionalParameter, "check_constructor"),
    Mistake("parameter overwritten", ParameterOverwritten, "check_fit"),
    Mistake("fit returns None", FitReturnsNothing, "check_fit"),
    Mistake("queries unfitted", QueriesUnfitted, "check_fit"),
    Mistake("candidates change scores", CandidatesChangeScores, "check_gains"),
    Mistake("candidates ignored", CandidatesIgnored, "check_candidates"),
    Mistake("order of rows", PicksByTheOrderOfRows, "check_row_order"),
    Mistake("pool changed", PoolIsScaledInPlace, "check_inputs_untouched"),
    Mistake("candidates changed", CandidatesAreSortedInPlace, "check_inputs_untouched"),
    Mistake("coarse in float32", CoarseInFloat32, "check_dtypes"),
    Mistake("global chance", GlobalChance, "check_global_state"),
    Mistake("global seed", GlobalSeed, "check_global_state"),
    Mistake("chance without a seed", ChanceOfItsOwn, "check_global_state"),
    Mistake("a generator kept", KeepsItsGenerator, "check_repeats"),
    Mistake("dask batch differs", BlocksOnTheirOwn, "check_distributed"),
    Mistake("cannot be pickled", HoldsALambda, "check_pickle"),
    Mistake("lists", ListsAsIndices, "check_batches"),
    Mistake("floats as indices", FloatsAsIndices, "check_batches"),
    Mistake("an index twice", RepeatsAnIndex, "check_batches"),
    Mistake("scores by the chunk", ScoresByTheChunk, "check_chunks"),
    Mistake("batch cut short", CutsTheBatch, "check_errors"),
    Mistake("a second fit differs", RefitsOtherwise, "check_refits"),
    Mistake("pending changed", PendingIsSortedInPlace, "check_inputs_untouched"),
    Mistake("costs changed", CostsAreScaledInPlace, "check_inputs_untouched"),
    Mistake("pending ignored", PendingIgnored, "check_pending"),
    Mistake("pending forgotten", PendingForgotten, "check_pending_gains"),
    Mistake("pending only left out", PendingOnlyLeftOut, "check_pending_copy"),
    Mistake("copies of pending", CopiesOfPendingPoints, "check_pending_copy"),
    Mistake("pending not labelled", PendingIsNotLabelled, "check_pending_as_labelled"),
    Mistake("budget ignored", BudgetIgnored, "check_budget"),
    Mistake("equal costs", MoreForEqualCosts, "check_equal_costs"),
    Mistake("terms dropped", OldSearchThatHidesIt, "check_terms"),
    Mistake("an error of its own", BrokenByItself, "check_batches"),
]
