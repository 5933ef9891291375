"""
A million points
================

Pools are scored in chunks, so that memory does not grow with the number of draws. In
this example, a pool of a million points remains on disk while it is queried.
"""

# %%
# A pool on disk
# --------------
# The pool is a memory map, whose rows are read when they are needed.

import tempfile
import time
from pathlib import Path

import numpy as np
from sklearn.ensemble import RandomForestClassifier

n_points, n_features = 1_000_000, 10
rng = np.random.default_rng(0)
path = Path(tempfile.mkdtemp()) / "pool.npy"
pool = np.lib.format.open_memmap(
    path, mode="w+", dtype=np.float32, shape=(n_points, n_features)
)
pool[:] = rng.normal(size=pool.shape)
pool.flush()
X_pool = np.load(path, mmap_mode="r")

X = rng.normal(size=(500, n_features)).astype(np.float32)
y = (X[:, 0] * X[:, 1] > 0) + (X[:, 2] > 1)

# %%
# Queries
# -------
# Pointwise strategies store one score per point, and core-sets one distance per point.

from skactive import BALD, CoreSet, Entropy

forest = RandomForestClassifier(20, min_samples_leaf=5, n_jobs=2)
for strategy in (Entropy(forest), BALD(forest), CoreSet()):
    strategy.set_params(random_state=0).fit(X, y)
    start = time.perf_counter()
    picks = strategy.query(X_pool, n=100)
    print(f"{type(strategy).__name__:8} {time.perf_counter() - start:5.1f} s")

# %%
# Most of the time of the first two strategies is spent in the forest.
# :doc:`/large_pools` has measured times and memory of more strategies.
