"""
Regression with a Gaussian process
==================================

For regression, strategies use functions that are drawn from the posterior. With a
single feature, they can be plotted: where they differ most, the prediction is most
uncertain.
"""

# %%
# Data
# ----
# There are eight measurements of a noisy function, and a pool of 400 points at which it
# can be measured next.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel

rng = np.random.default_rng(1)


def measure(x):
    """Measure once: the function and its noise."""
    return np.sin(3 * x) + 0.5 * x + 0.05 * rng.normal(size=x.shape)


x = np.concatenate([rng.uniform(-2, -0.5, 5), rng.uniform(1, 1.6, 3)])
y = measure(x)
pool = np.linspace(-2.5, 2.5, 400)
model = GaussianProcessRegressor(
    RBF(0.5, (0.1, 2.0)) + WhiteKernel(0.01, (1e-4, 0.1)), n_restarts_optimizer=2
)

# %%
# Query
# -----
# ``MaxVariance`` selects the points with the largest variance, which are close to each
# other. ``DEIMOS`` selects five points whose measurements together reduce the variance
# of all predictions most.

from skactive import DEIMOS, MaxVariance

figure, axes = plt.subplots(1, 2, figsize=(10, 4), sharey=True)
for ax, strategy in zip(
    axes,
    [MaxVariance(model, random_state=0), DEIMOS(model, random_state=0)],
    strict=True,
):
    strategy.fit(x[:, None], y)
    picks = strategy.query(pool[:, None], n=5)
    draws_nk = strategy.sampler_.draw(pool[:, None], rng=0)[..., 0]
    ax.plot(pool, draws_nk[:, :30], color="C0", alpha=0.2, linewidth=0.8)
    ax.plot(x, y, "ko", label="measured")
    for place in pool[picks]:
        ax.axvline(place, color="C1")
    ax.set_title(type(strategy).__name__)
axes[0].legend()

# %%
# Active learning loop
# --------------------
# After each batch, the model is fitted again. The loop prints the root mean squared
# error over the pool in each round.

from skactive import RandomSampling

truth = np.sin(3 * pool) + 0.5 * pool
for strategy in (DEIMOS(model, random_state=0), RandomSampling(model, random_state=0)):
    x_now, y_now, errors = x, y, []
    for _ in range(4):
        strategy.fit(x_now[:, None], y_now)
        predicted = strategy.predict(pool[:, None])
        errors.append(float(np.sqrt(np.mean((predicted - truth) ** 2))))
        places = pool[strategy.query(pool[:, None], n=2)]
        x_now, y_now = np.append(x_now, places), np.append(y_now, measure(places))
    print(type(strategy).__name__, np.round(errors, 3))
