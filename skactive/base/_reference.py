"""Base class of strategies that measure effects at reference points; layer 4."""

from numbers import Integral, Real

import numpy as np

from skactive._utils.array import carry, namespace, rounded_like
from skactive._utils.scikit_learn import Interval, StrOptions
from skactive.base._strategy import QueryStrategy
from skactive.distributed import as_pool, objective_over
from skactive.objectives import (
    ReferenceGains,
    centered_draws,
    mean_variance,
    reference_gains_over,
    value_noise,
)
from skactive.selection import greedy, top_of
from skactive.selection._diverse import diverse
from skactive.selection._terms import PLAIN

__all__ = ["ReferenceStrategy"]


class ReferenceStrategy(QueryStrategy):
    """Base class of EPIG, CoreLog and CoreMSE: reference points and batches.

    A subclass defines the effect of a label on a reference point: ``_of_labels``, a
    function of the draws of both (classification), and ``_of_values``, a set function
    (regression).
    """

    distributed = True

    _parameter_constraints = {
        **QueryStrategy._parameter_constraints,
        "n_reference": [Interval(Integral, 1, None, closed="left")],
        "batch": [StrOptions({"top", "diverse"})],
        "share": [Interval(Real, 0, 1, closed="right")],
        "noise": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
    }

    def __init__(
        self,
        estimator=None,
        *,
        n_reference=200,
        batch="diverse",
        share=0.1,
        noise="auto",
        random_state=None,
    ):
        super().__init__(estimator, random_state=random_state)
        self.n_reference = n_reference
        self.batch = batch
        self.share = share
        self.noise = noise

    def _objective(self, X_pool, rng):
        pool = as_pool(X_pool)
        size = min(self.n_reference, len(pool))
        # sorted, so that rows of a memory map are read in order
        rows = np.sort(rng.choice(len(pool), size, replace=False))
        functions = self._functions(rng)
        if self.sampler_.task == "regression":
            reference_rck = pool.at(rows, self._centered, functions)
            noise = value_noise(self.noise, lambda: mean_variance(reference_rck))
            parts = pool.map(self._values, functions, reference_rck, noise)
            return objective_over(parts)
        p_rkc = pool.at(rows, self._draws, functions)
        return self._information(pool, functions, p_rkc, rng)

    def _information(self, pool, functions, p_rkc, rng):
        """Build the objective for classification."""
        return reference_gains_over(pool.map(self._labels, functions, p_rkc))

    def _draws(self, X, functions):
        return self.sampler_.evaluate(functions, X)

    def _centered(self, X, functions, first=0):
        return self.sampler_.evaluate(functions, X, centered_draws, first)

    def _labels(self, X, first, functions, p_rkc):
        """Build the objective over one part of the pool, for classification."""

        def gains(p_nkc):
            gain_nr = self._of_labels(p_nkc, carry(p_rkc, p_nkc))
            if self.batch == "top":  # only "diverse" compares effects per reference
                gain_nr = namespace(gain_nr).mean(gain_nr, axis=1, keepdims=True)
            return rounded_like(gain_nr, p_nkc)

        # bytes per point: the effect on each reference point
        beside = 8 * len(p_rkc) if self.batch == "diverse" else 0
        return ReferenceGains(
            self.sampler_.evaluate_lazily(functions, X, gains, beside, first)
        )

    def _values(self, X, first, functions, reference_rck, noise):
        """Build the objective over one part of the pool, for regression."""
        f_nck = self._centered(X, functions, first)
        return self._of_values(f_nck, carry(reference_rck, f_nck), noise)

    def _search(self, f, n, rng, terms=PLAIN):
        if self.sampler_.task == "regression":
            return greedy(f, n, **terms.options)
        # a single point cannot be diverse, but must differ from pending points
        alone = n == 1 and not terms.pending.size
        if self.batch == "top" or alone or terms.cost is not None:
            return top_of(f, n, **terms.options)
        n_points = len(np.arange(f.whole.size)[f.in_pool(slice(None))])
        size = min(n_points, max(n, int(self.share * n_points)))
        return diverse(f, f.whole.profiles, size, n, rng, terms.pending)
