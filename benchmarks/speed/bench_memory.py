"""Memory and time of whole queries against the size of the pool, every strategy.

    python benchmarks/speed/bench_memory.py --n 10000 100000 1000000 [--only ICAL BADGE]

The pool is a memory map on disk of 20 features, the model a forest of 50 trees (50
draws) of 10 classes, or of one value; the trees are shallow unless the case says
otherwise. Each query runs in a process of its own, whose largest resident set is read
when it ends: the memory of a strategy is what this grows by above model and libraries.
Asserted: the peak is under 2 GiB; above the bytes per point that the page of the
strategy states there are no more than 384 MiB; a point of a larger pool takes no more
time, or at most twice the time if draws no longer fit in memory. Claims are checked
when all is measured. The figures go to ``benchmarks/results/memory.csv``, and rows for
the documentation are printed.
"""

import csv
import itertools
import json
import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from measure import begin, command_line
from sklearn import get_config
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

import skactive

D, C, K = 20, 10, 50
RESULTS = Path(__file__).parents[1] / "results" / "memory.csv"
WORKING_MEMORY = get_config()["working_memory"] * 2**20  # bytes
PEAK = 2**31  # bytes; upper limit for every query
COLUMNS = ["case", "n", "b", "seconds", "cpu_seconds", "before_bytes", "peak_bytes"]
COLUMNS += ["bytes_a_point"]
STEEPER = 1.3  # largest increase in time per point for a larger pool: caches, noise
REDRAWN = 2.0  # the same where draws are stored of the smaller pool only

CHUNKS = 3 * 2**27  # bytes used by a chunk, or by a block of steps

# Strategy, task, batch, parameters, bytes per point. Strategies that are documented for
# pools of thousands of points are left out.
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
    "DEIMOS, regression": ("DEIMOS", "regression", 100, {}, 8 * K + 16),
    "DEIMOS": ("DEIMOS", "classification", 100, {"dtype": "float16"}, 32),
    "BatchBALD": ("BatchBALD", "classification", 10, {}, 17),
    "BatchBALD, deep trees": ("BatchBALD", "classification", 10, {}, 17),
    "BALD, regression": ("BALD", "regression", 100, {}, 8 * K),
    "ICAL, regression": ("ICAL", "regression", 100, {}, 8 * K + 128),
    "ICALPointwise": ("ICALPointwise", "classification", 10, {}, K + 8 * 200),
    "HybridICAL": ("HybridICAL", "classification", 10, {}, K + 145),
    "DoubtWeightedCoreSet": ("DoubtWeightedCoreSet", "classification", 100, {}, 32),
    "EPIG": ("EPIG", "classification", 100, {"n_reference": 20}, 8),
    "BAIT": ("BAIT", "regression", 100, {}, 8 * D + 56),
}
# trees of which few labels tell apart all draws, so that other picks have no gain
DEEP = {"BatchBALD, deep trees": {"max_depth": None, "min_samples_leaf": 1}}
# bytes per point of the map's pages, and of masks and sorted orders
BESIDE = 4 * D + 64
# Bytes per point that are stored if the working memory allows it
HELD = {
    "DEIMOS": 2 * K * (C - 1),
    "BatchBALD": 8 * K * (C + 1),
    "BatchBALD, deep trees": 8 * K * (C + 1),
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
    trees = {"max_depth": 6, "min_samples_leaf": 5, **DEEP.get(case, {})}
    model = kind(K, **trees, random_state=0)
    strategy = getattr(skactive, name)(model, random_state=0, **parameters)
    return strategy.fit(*labelled(task))


def largest_resident():
    """Largest resident set of this process so far."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def one(case, path):
    """Query once, in this process; print time and memory."""
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
    """Time and memory of a query in a process of its own, with as many threads."""
    threads = os.environ["OMP_NUM_THREADS"]
    command = [sys.executable, __file__, "--case", case, "--pool", str(path)]
    command += ["--threads", threads]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(found.stdout.splitlines()[-1])


def check(rows):
    """Assert the claims for one strategy: rows for pools of growing size."""
    for row in rows:
        n, grown = row["n"], row["peak_bytes"] - row["before_bytes"]
        held = (CASES[row["case"]][-1] + BESIDE) * n
        held += min(HELD.get(row["case"], 0) * n, WORKING_MEMORY)
        case = f"{row['case']}, {n} points"
        assert row["peak_bytes"] < PEAK, f"{case}: over 2 GiB"
        assert grown < held + CHUNKS, f"{case}: more memory than stated"
    for small, large in itertools.combinations(rows, 2):
        times = [row["cpu_seconds"] / row["n"] for row in (small, large)]
        case = f"{large['case']}, {large['n']} points"
        held = [HELD.get(row["case"], 0) * row["n"] for row in (small, large)]
        redrawn = held[0] <= WORKING_MEMORY < held[1]
        steeper = REDRAWN if redrawn else STEEPER
        assert times[1] < steeper * times[0], f"{case}: time grows too steeply"


def as_rst(rows):
    """Rows of the table in the documentation, one per strategy."""
    found = defaultdict(list)
    for row in rows:
        found[row["case"]].append(row)
    for case, by_n in found.items():
        seconds = [float(row["cpu_seconds"]) for row in by_n]
        peaks = [f"{int(row['peak_bytes']) / 2**20:.0f}" for row in by_n]
        growth = seconds[-1] / seconds[0]
        times = [f"{s:.1f}" for s in seconds]
        yield ", ".join([f'"{case}"', by_n[0]["b"], *times, f"{growth:.0f}", peaks[-1]])


def compared(rows):
    """Add to the last row the bytes per point since the row before."""
    small, large = rows[-2:]
    grown = large["peak_bytes"] - small["peak_bytes"]
    large["bytes_a_point"] = grown / (large["n"] - small["n"])


def tell(row):
    """Print one measurement."""
    print(
        f"{row['case']}, n={row['n']}, b={row['b']}: {row['seconds']:.1f} s, peak "
        f"{row['peak_bytes'] / 2**20:.0f} MiB "
        f"({row['before_bytes'] / 2**20:.0f} before), "
        f"{row.get('bytes_a_point', float('nan')):.0f} more bytes per point",
        flush=True,
    )


def measure_all(cases, sizes, table):
    """Yield the rows of each case, written to the table as they come."""
    writer = csv.DictWriter(table, COLUMNS)
    writer.writeheader()
    with tempfile.TemporaryDirectory() as folder:
        for n in sizes:
            make_pool(f"{folder}/{n}.npy", n)
        for case in cases:
            rows = []
            for n in sizes:
                rows.append(measured(case, f"{folder}/{n}.npy"))
                if len(rows) > 1:
                    compared(rows)
                writer.writerow(rows[-1])
                table.flush()
                tell(rows[-1])
            yield rows


def main(argv=None):
    """Measure all cases, write the table, assert the claims."""
    parser = command_line(__doc__)
    parser.add_argument("--n", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--only", nargs="+", default=list(CASES))
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--case", help="measure this one in this process")
    parser.add_argument("--pool", help="file of its pool")
    arguments = begin(parser, argv)
    if arguments.case:
        return one(arguments.case, arguments.pool)
    arguments.out.parent.mkdir(exist_ok=True)
    with arguments.out.open("w") as table:
        found = list(measure_all(arguments.only, sorted(arguments.n), table))
    with arguments.out.open() as table:
        print(*as_rst(csv.DictReader(table)), sep="\n")
    for rows in found:
        check(rows)
    return None


if __name__ == "__main__":
    main()
