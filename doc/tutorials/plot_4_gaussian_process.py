"""
Regression with a Gaussian process
==================================

In regression a strategy looks at functions drawn from the posterior. With one input
they can be drawn on paper: where they spread, a measurement would tell most.
"""

# %%
# A function to measure
# ---------------------
# Eight measurements of a noisy function, and four hundred places where we might measure
# next.

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
# What is queried
# ---------------
# ``MaxVariance`` takes the places where the draws spread most, one like the other: its
# batch is a bunch. ``DEIMOS`` asks which five measurements, taken together, lower the
# variance of the predictions everywhere the most.

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
# Learning from the answers
# -------------------------
# After each batch the model is fitted again. The error falls where it was largest.

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
