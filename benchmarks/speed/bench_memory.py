"""Memory and time of whole queries against the size of the pool, every strategy.

    python benchmarks/speed/bench_memory.py --n 10000 100000 1000000 [--only ICAL BADGE]

The pool is a memory map on disk of 20 features, the model a forest of 50 trees (50
draws) of 10 classes, or of one value. Each query runs in a process of its own, whose
largest resident set is read when it ends: what a strategy needs is what it grows by
beyond the model and the libraries. Asserted: the peak is under 2 GiB; beyond what the
page of the strategy says of each point there are no more than 384 MiB; a point of a
larger pool takes no more time. Claims are checked when all is measured. The figures go
to ``benchmarks/results/memory.csv``, and rows for the documentation are printed.
"""

import argparse
import csv
import itertools
import json
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

import skactive

D, C, K = 20, 10, 50
RESULTS = Path(__file__).parents[1] / "results" / "memory.csv"
PEAK = 2**31  # bytes; what every query has to stay under
STEEPER = 1.3  # how much more time a point of a larger pool may take: caches, noise

CHUNKS = 3 * 2**27  # bytes; what is held of a chunk, or of a block of steps

# Strategy, task, batch, parameters, bytes a point. Not here: those whose page says that
# they are for pools of thousands of points.
CASES = {
    "Entropy": ("Entropy", "classification", 100, {}, 8),
    "BALD": ("BALD", "classification", 100, {}, 8),
    "BalancedEntropy": ("BalancedEntropy", "classification", 100, {}, 16),
    "PowerBALD": ("PowerBALD", "classification", 100, {}, 8),
    "ICAL": ("ICAL", "classification", 100, {}, K + 128),
    "CoreSet": ("CoreSet", "classification", 100, {}, 24),
    "BADGE": ("BADGE", "classification", 100, {}, 8 * C),
    "FASS": ("FASS", "classification", 100, {}, 16),
    "ACSFW": ("ACSFW", "classification", 100, {}, 8 * K),
    "DEIMOS, regression": ("DEIMOS", "regression", 100, {}, 8 * K + 32),
    "DEIMOS": ("DEIMOS", "classification", 100, {"dtype": "float16"}, 8),
    "BatchBALD": ("BatchBALD", "classification", 10, {}, 17),
    "BALD, regression": ("BALD", "regression", 100, {}, 8 * K),
    "ICAL, regression": ("ICAL", "regression", 100, {}, 8 * K + 128),
    "ICALPointwise": ("ICALPointwise", "classification", 10, {}, K + 8 * 200),
    "HybridICAL": ("HybridICAL", "classification", 10, {}, K + 145),
    "DoubtWeightedCoreSet": ("DoubtWeightedCoreSet", "classification", 100, {}, 32),
    "EPIG": ("EPIG", "classification", 100, {"n_reference": 20}, 8),
    "BAIT": ("BAIT", "regression", 100, {}, 8 * D + 56),
}
BESIDE = 4 * D + 64  # bytes a point: pages of the map; masks and orders of a search
# Bytes a point that are held as long as the working memory allows
RECALLED = {
    "DEIMOS": 2 * K * (C - 1) + 32 * C**2,
    "BatchBALD": 8 * K * (C + 1),
    "HybridICAL": 8 * K * (C + 1),
}


def make_pool(path, n, seed=1):
    """Write n points to a file, a part at a time."""
    rng = np.random.default_rng(seed)
    pool = np.lib.format.open_memmap(path, "w+", np.float32, (n, D))
    for start in range(0, n, 100_000):
        part = pool[start : start + 100_000]
        part[:] = rng.standard_normal(part.shape, dtype=np.float32)
    pool.flush()


def labelled(task, n=500, seed=0):
    """Points of the same kind, with labels."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, D), dtype=np.float32)
    outputs = X @ rng.standard_normal((D, C)) + rng.standard_normal((n, C))
    return X, outputs.argmax(1) if task == "classification" else outputs[:, 0]


def fitted(case):
    """The strategy, its model fitted on the labelled points."""
    name, task, _, parameters, _ = CASES[case]
    kind = RandomForestClassifier if task == "classification" else RandomForestRegressor
    model = kind(K, max_depth=6, min_samples_leaf=5, random_state=0)
    strategy = getattr(skactive, name)(model, random_state=0, **parameters)
    return strategy.fit(*labelled(task))


def largest_resident():
    """Largest resident set of this process so far."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def one(case, path):
    """Query once, in this process; print what it took."""
    strategy = pickle.loads(pickle.dumps(fitted(case)))
    pool, before = np.load(path, mmap_mode="r"), largest_resident()
    start, cpu = time.perf_counter(), time.process_time()
    picks = strategy.query(pool, CASES[case][2])
    print(
        json.dumps(
            {
                "case": case,
                "n": len(pool),
                "b": len(picks),
                "seconds": time.perf_counter() - start,
                "cpu_seconds": time.process_time() - cpu,
                "before_bytes": before,
                "peak_bytes": largest_resident(),
            }
        )
    )


def measured(case, path):
    """What a query takes in a process of its own."""
    command = [sys.executable, __file__, "--case", case, "--pool", str(path)]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(found.stdout.splitlines()[-1])


def check(rows):
    """Assert the claims for one strategy: rows for pools of growing size."""
    for row in rows:
        n, grown = row["n"], row["peak_bytes"] - row["before_bytes"]
        held = (CASES[row["case"]][-1] + BESIDE) * n
        held += min(RECALLED.get(row["case"], 0) * n, 2**30)
        case = f"{row['case']}, {n} points"
        assert row["peak_bytes"] < PEAK, f"{case}: over 2 GiB"
        assert grown < held + CHUNKS, f"{case}: more held than stated"
    for small, large in itertools.combinations(rows, 2):
        times = [row["cpu_seconds"] / row["n"] for row in (small, large)]
        case = f"{large['case']}, {large['n']} points"
        assert times[1] < STEEPER * times[0], f"{case}: time grows too steeply"


def as_rst(rows):
    """Rows of the table in the documentation: a strategy each."""
    found = defaultdict(list)
    for row in rows:
        found[row["case"]].append(row)
    for case, by_n in found.items():
        seconds = [float(row["cpu_seconds"]) for row in by_n]
        peaks = [f"{int(row['peak_bytes']) / 2**20:.0f}" for row in by_n]
        growth = seconds[-1] / seconds[0]
        times = [f"{s:.1f}" for s in seconds]
        yield ", ".join([f'"{case}"', by_n[0]["b"], *times, f"{growth:.0f}", peaks[-1]])


def main(argv=None):
    """Measure all cases, write the table, assert the claims."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--n", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--only", nargs="+", default=list(CASES))
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--case", help="measure this one in this process")
    parser.add_argument("--pool", help="file of its pool")
    arguments = parser.parse_args(argv)
    if arguments.case:
        return one(arguments.case, arguments.pool)
    arguments.out.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, arguments.out.open("w") as table:
        writer, measured_rows = None, {}
        for n in arguments.n:
            make_pool(f"{folder}/{n}.npy", n)
        for case in arguments.only:
            rows = []
            for n in sorted(arguments.n):
                row = measured(case, f"{folder}/{n}.npy")
                rows.append(row)
                if len(rows) > 1:
                    grown = row["peak_bytes"] - rows[-2]["peak_bytes"]
                    row["bytes_a_point"] = grown / (n - rows[-2]["n"])
                if writer is None:
                    names = [*row, "bytes_a_point"]
                    writer = csv.DictWriter(table, names)
                    writer.writeheader()
                writer.writerow(row)
                table.flush()
                print(
                    f"{case}, n={n}, b={row['b']}: {row['seconds']:.1f} s, peak "
                    f"{row['peak_bytes'] / 2**20:.0f} MiB "
                    f"({row['before_bytes'] / 2**20:.0f} before), "
                    f"{row.get('bytes_a_point', float('nan')):.0f} bytes a point more",
                    flush=True,
                )
            measured_rows[case] = rows
    with arguments.out.open() as table:
        print(*as_rst(csv.DictReader(table)), sep="\n")
    for rows in measured_rows.values():
        check(rows)
    return None


if __name__ == "__main__":
    main()
