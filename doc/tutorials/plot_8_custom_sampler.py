"""
Posterior samples of your own model
===================================

Strategies that look at disagreement need draws from the posterior of a model: several
functions that the data allow. Many models have them (:doc:`/models`). For another, wrap
it in ``BootstrapSampler``, or write two methods.
"""

# %%
# The bootstrap, for any model
# ----------------------------
# The model is fitted again for each draw, on resampled points.

import numpy as np
from sklearn.datasets import load_iris
from sklearn.naive_bayes import GaussianNB

from skactive import BALD
from skactive.samplers import BootstrapSampler

X, y = load_iris(return_X_y=True)
strategy = BALD(BootstrapSampler(GaussianNB(), n_draws=30), random_state=0)
print(strategy.fit(X[::5], y[::5]).query(X[1::5], n=3))

# %%
# A posterior that you know
# -------------------------
# Any object with ``fit(X, y)`` and ``draw(X, rng)`` will do. This one is a naive Bayes
# model whose class means are known up to their standard error: a draw takes one set of
# means, and is the same function wherever it is evaluated.


class MeansWithErrors:
    """Gaussian classes of equal variance, whose means are uncertain."""

    task = "classification"

    def fit(self, X, y):
        """Learn the means, their standard errors and the common variance."""
        self.classes_ = np.unique(y)
        groups = [X[y == label] for label in self.classes_]
        self.means_cd = np.stack([group.mean(axis=0) for group in groups])
        self.variance_d = np.mean(
            [group.var(axis=0) + 0.01 for group in groups], axis=0
        )
        sizes = np.array([len(group) for group in groups])
        self.errors_cd = np.sqrt(self.variance_d / sizes[:, None])
        return self

    def draw(self, X, rng, n_draws=50):
        """Return class probabilities of shape (n, k, c)."""
        shape = (n_draws, *self.means_cd.shape)
        means_kcd = self.means_cd + self.errors_cd * rng.normal(size=shape)
        z_nkcd = (X[:, None, None, :] - means_kcd) / np.sqrt(self.variance_d)
        p_nkc = np.exp(-0.5 * (z_nkcd**2).sum(axis=-1))
        return p_nkc / p_nkc.sum(axis=-1, keepdims=True)


strategy = BALD(MeansWithErrors(), random_state=0).fit(X[::5], y[::5])
print(strategy.query(X[1::5], n=3))

# %%
# The generator ``rng`` that ``draw`` gets is in the same state each time within a
# query, so that draw number three is the same function for all parts of the pool. A
# class that keeps to this is checked by ``check_sampler``; :doc:`/add_a_sampler` says
# more, and how a library makes its models known to all strategies.
