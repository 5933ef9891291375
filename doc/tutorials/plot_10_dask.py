"""
A pool on a cluster
===================

A pool may be a dask array or data frame. Its blocks are drawn and scored where they
are; only small messages travel, and the batch is the one that a single process would
choose.
"""

# %%
# A cluster
# ---------
# For this page, two workers in this process. ``Client("scheduler:8786")`` connects to a
# real one; nothing else changes.

from distributed import Client

client = Client(
    n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
)

# %%
# A pool in blocks
# ----------------
# ``da.from_zarr``, ``dd.read_parquet`` and their like read a pool from where it is
# stored.

import dask.array as da
import numpy as np
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier

X, y = make_classification(
    20_000, n_features=20, n_informative=5, n_classes=3, random_state=0
)
X_pool = da.from_array(X[100:], chunks=(5_000, 20))
X_pool

# %%
# The same batch
# --------------
# The model is fitted here, on the labelled points, and sent to the workers once.

from skactive import ICAL

forest = RandomForestClassifier(30, min_samples_leaf=3)
strategy = ICAL(forest, random_state=0).fit(X[:100], y[:100])
picks = strategy.query(X_pool, n=10)
print(picks)
print("as in one process:", np.array_equal(picks, strategy.query(X[100:], n=10)))
client.close()

# %%
# :doc:`/large_pools` says which strategies take such pools, and what travels for each.
