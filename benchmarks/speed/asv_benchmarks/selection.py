"""Whole queries of every strategy, draws next to free: time and memory."""

import warnings

from asv_benchmarks.common import points, ready, strategies


class Queries:
    """Ten points out of 1,000, by 20 draws of five classes, or five targets."""

    params = list(strategies())
    param_names = ["strategy"]

    def setup(self, name):
        """Fit the strategy."""
        warnings.simplefilter("ignore", UserWarning)  # about ties among random draws
        self.strategy = ready(name, k=20, c=5)
        self.pool = points(1000)

    def time_query(self, name):
        """Select a batch."""
        self.strategy.query(self.pool, 10)

    def peakmem_query(self, name):
        """Hold what selection needs."""
        self.strategy.query(self.pool, 10)

    def time_score_samples(self, name):
        """Score the pool."""
        self.strategy.score_samples(self.pool)
