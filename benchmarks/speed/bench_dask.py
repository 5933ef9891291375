"""Bytes sent, and time taken, when a pool is distributed over two workers.

    python benchmarks/speed/bench_dask.py [--n 20000] [--b 20]

Two processes of one thread each hold the pool in blocks; the same query is run in one
process on the whole array. Counted are the bytes of everything that the client sends
and receives; asserted, that the batches are equal and that the messages, beside the
model, are a small share of the draws. Times on one machine say what the messages cost,
not what a cluster gains.
"""

import pickle
import time

import dask.array as da
import numpy as np
from distributed import Client, LocalCluster
from measure import begin, command_line
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

import skactive
from skactive.distributed import _executors

D, C, K = 20, 10, 50
CASES = {  # task, parameters
    "Entropy": ("classification", {}),
    "BALD": ("classification", {}),
    "ICAL": ("classification", {}),
    "CoreSet": ("classification", {}),
    "DEIMOS": ("regression", {}),
    "BatchBALD": ("classification", {"max_configurations": 1000}),
}
SHARE = 0.05  # of the bytes of the draws: the most that may be sent, model excluded


class Counting(_executors.Cluster):
    """A cluster that counts the bytes sent and gathered."""

    sent = received = 0

    def submit(self, function, *args):
        """Count all arguments but handles of what is there already."""
        Counting.sent += _size(args)
        return super().submit(function, *args)

    def compute(self, function, block, *args):
        """Count the same of tasks on a block."""
        Counting.sent += _size(args)
        return super().compute(function, block, *args)

    def gather(self, futures):
        """Count what comes back."""
        results = super().gather(futures)
        Counting.received += _size(results)
        return results


def _size(things):
    import cloudpickle
    from distributed import Future

    own = [thing for thing in things if not isinstance(thing, Future)]
    try:
        return len(pickle.dumps(own, 5))
    except (AttributeError, TypeError, pickle.PicklingError):
        return len(cloudpickle.dumps(own))


def fitted(name):
    """The strategy, on 500 labelled points."""
    task, parameters = CASES[name]
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, D))
    outputs = X @ rng.normal(size=(D, C)) + rng.normal(size=(500, C))
    kind = RandomForestClassifier if task == "classification" else RandomForestRegressor
    y = outputs.argmax(axis=1) if task == "classification" else outputs[:, 0]
    model = kind(K, max_depth=6, min_samples_leaf=5, random_state=0)
    return getattr(skactive, name)(model, random_state=0, **parameters).fit(X, y)


def bench(name, pool, blocks, b):
    """Query both ways; print and return the bytes sent, as a share of the draws."""
    strategy = fitted(name)
    start = time.perf_counter()
    expected = strategy.query(pool, b)
    whole = time.perf_counter() - start
    Counting.sent = Counting.received = 0
    start = time.perf_counter()
    picks = strategy.query(blocks, b)
    seconds = time.perf_counter() - start
    assert picks.tolist() == expected.tolist(), f"{name}: another batch"
    sent = Counting.sent + Counting.received
    model = len(pickle.dumps(strategy))
    draws = 8 * len(pool) * K * (C if CASES[name][0] == "classification" else 1)
    print(
        f"{name}, n={len(pool)} b={b}: {whole:.1f} s in one process, {seconds:.1f} s "
        f"on two workers; sent {Counting.sent / 1e3:.0f} kB (strategy and model are "
        f"{model / 1e3:.0f}), received "
        f"{Counting.received / 1e3:.0f} kB; the draws are {draws / 1e6:.0f} MB",
        flush=True,
    )
    return (sent - model) / draws


def main(argv=None):
    """Run the benchmark and assert its claims."""
    parser = command_line(__doc__)
    parser.add_argument("--n", type=int, default=20_000)
    parser.add_argument("--b", type=int, default=20)
    parser.add_argument("--only", nargs="+", default=list(CASES))
    arguments = begin(parser, argv)
    _executors.Cluster = Counting
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        Client(cluster),
    ):
        shape, chunks = (arguments.n, D), (arguments.n // 4, D)
        blocks = da.random.default_rng(1).normal(size=shape, chunks=chunks).persist()
        pool = blocks.compute()
        for name in arguments.only:
            share = bench(name, pool, blocks, arguments.b)
            assert share < SHARE, (
                f"{name}: {share:.0%} of the bytes of the draws were sent"
            )


if __name__ == "__main__":
    main()
