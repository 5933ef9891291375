"""
A pool on a cluster
===================

The pool can be a dask array or data frame. Each block is scored on the worker that
holds it, only small messages are sent, and the batch is the same as in a single
process.
"""

# %%
# A cluster
# ---------
# This example uses two workers in the current process. Use ``Client("scheduler:8786")``
# to connect to an existing cluster.

from distributed import Client

client = Client(
    n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
)

# %%
# A pool in blocks
# ----------------
# Functions such as ``da.from_zarr`` and ``dd.read_parquet`` read a pool from storage.

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
# Query
# -----
# The model is fitted in the current process, on the labelled points, and sent to the
# workers once.

from skactive import ICAL

forest = RandomForestClassifier(30, min_samples_leaf=3)
strategy = ICAL(forest, random_state=0).fit(X[:100], y[:100])
picks = strategy.query(X_pool, n=10)
print(picks)
print("same as in one process:", np.array_equal(picks, strategy.query(X[100:], n=10)))
client.close()

# %%
# Nearly all strategies support dask collections. :doc:`/large_pools` lists which data
# they send.
