"""Strategies that go by dHSIC with points that the pool is condensed to; layer 4."""

from numbers import Integral

import numpy as np

from skactive._utils.array import chance, generator_at
from skactive._utils.scikit_learn import Interval
from skactive.base._strategy import QueryStrategy
from skactive.distributed import as_pool
from skactive.information import sample_labels
from skactive.objectives import LabelKernels, ValueKernels, mean_variance_of

__all__ = ["CondensingStrategy"]


class CondensingStrategy(QueryStrategy):
    """Base class of both variants: kernels between draws, and condensed points."""

    _parameter_constraints = {
        **QueryStrategy._parameter_constraints,
        "n_condense": [Interval(Integral, 1, None, closed="left")],
        "n_per_step": [Interval(Integral, 1, None, closed="left")],
        "resample": ["boolean"],
        "length_scales": ["array-like"],
    }

    def fit(self, X, y, **fit_params):
        """Fit the model on the labelled data; see `QueryStrategy.fit`."""
        scales = np.asarray(self.length_scales)
        if scales.ndim == 1 and not (scales.size and (scales > 0).all()):
            raise ValueError(
                f"length_scales must be positive numbers, not {self.length_scales!r}"
            )
        return super().fit(X, y, **fit_params)

    def _kernels(self, X_pool, rng):
        """Build the kernels between the draws of each point, for each part."""
        pool, functions = as_pool(X_pool), self._functions(rng)
        if self.sampler_.task == "classification":
            return pool.map(self._label_kernels, functions, rng)
        values = pool.map(self._values, functions)
        variance_c = values.map(mean_variance_of).average()
        return values.map(ValueKernels, self.length_scales, variance_c)

    def _values(self, X, first, functions):
        return self.sampler_.evaluate(functions, X, first=first)

    def _label_kernels(self, X, first, functions, rng):
        # section 5: dHSIC is between labels, so one label is sampled for each draw; the
        # generator is advanced so that labels do not depend on how the pool is split
        rng = generator_at(rng, first * self.sampler_.n_draws_)
        y_nk = self.sampler_.evaluate(
            functions,
            X,
            then=lambda p: sample_labels(p, chance(rng, p.shape[:2], p)),
            first=first,
        )
        return LabelKernels(y_nk, self.length_scales, self.sampler_.n_outputs_)

    @property
    def _condensed(self):
        return {
            "n_condense": self.n_condense,
            "n_per_step": self.n_per_step,
            "resample": self.resample,
        }
