"""
Writing a custom sampler
========================

Many strategies need draws from the posterior of a model, which are several functions
that are consistent with the labels. Many models are supported (see :doc:`/models`). For
other models, use a ``BootstrapSampler``, or write a class with two methods.
"""

# %%
# Bootstrap
# ---------
# ``BootstrapSampler`` refits the model for each draw, on resampled points. It supports
# all models.

import numpy as np
from sklearn.datasets import load_iris
from sklearn.naive_bayes import GaussianNB

from skactive import BALD
from skactive.samplers import BootstrapSampler

X, y = load_iris(return_X_y=True)
strategy = BALD(BootstrapSampler(GaussianNB(), n_draws=30), random_state=0)
print(strategy.fit(X[::5], y[::5]).query(X[1::5], n=3))

# %%
# Known posterior
# ---------------
# Any object with ``fit(X, y)`` and ``draw(X, rng)`` is accepted. The following naive
# Bayes model draws the class means from a normal distribution around their estimates,
# with their standard errors. Each draw is one set of means, and therefore the same
# function at all points.


class MeansWithErrors:
    """Gaussian classes of equal variance, whose means are uncertain."""

    task = "classification"

    def fit(self, X, y):
        """Estimate the means, their standard errors and the common variance."""
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
# Within a query, ``draw`` is always called with a generator in the same state, so that
# draw k is the same function for all chunks of the pool. ``check_sampler`` tests this.
# :doc:`/add_a_sampler` has more details, and explains how a library can register its
# models.
