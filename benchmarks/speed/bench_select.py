"""Time and memory of selection: every strategy as sizes grow, and ICAL's naive form.

    python benchmarks/speed/bench_select.py [--quick] [--only ICAL BADGE]

Draws cost next to nothing, so that only selection is measured. Whole queries of every
strategy are measured at a base size, and at 2, 4 and 8 times as many points n, draws k,
classes (or targets) c, and picks b; ``benchmarks/results/growth.csv`` has the figures,
and ``benchmarks/speed/growth_figure.py`` draws them. Each claim is asserted as a ratio:
a benchmark whose claim no longer holds fails.
"""

import csv
import warnings
from pathlib import Path

import numpy as np
from asv_benchmarks.common import points, ready, strategies
from measure import begin, command_line, least_times, peak_bytes, timed

from skactive.kernels import dhsic
from skactive.objectives import Condensation, LabelKernels
from skactive.selection import greedy

SCALES = (0.2, 0.5, 1, 2, 5)
RESULTS = Path(__file__).parents[1] / "results" / "growth.csv"
BASE = {"n": 1000, "k": 10, "c": 3, "b": 5}
FACTORS = (1, 2, 4, 8)
COSTS = ("seconds", "bytes")
LONG = 1  # second; no larger sizes are measured after a query that takes longer
# Largest increase in time and memory for twice the points: 2, with some noise
TWICE = 3
# those that compute all distances, or similarities with the whole pool: 4, with noise
QUADRATIC = dict.fromkeys(("RobustCoreSet", "MaxHerding", "UncertaintyHerding"), 6)
ICAL = {"n_condense": 200, "n_per_step": 1, "resample": True}


def random_labels(n, k, c, seed=0):
    """Labels of correlated points, each of which has a class that draws favour."""
    rng = np.random.default_rng(seed)
    favoured = rng.integers(c, size=(n, 1))
    kept = rng.random((n, k)) < rng.random((n, 1))
    return np.where(kept, favoured, rng.integers(c, size=(n, k))).astype(np.uint8)


def stepwise_ical(y_nk, f, steps):
    """Algorithm 1 as printed: the statistic of every candidate is recomputed each step.

    All candidates are processed at once, from kernels (n, k, k) computed in advance; a
    loop over them would only be slower.
    """
    k = y_nk.shape[1]
    kernels = f.kernels
    one_nkk = kernels.offset + kernels.slope * (y_nk[:, :, None] == y_nk[:, None, :])
    picks, batch_kk = [], np.zeros((k, k))
    for step in range(steps):
        condensed_kk = one_nkk[f._condensed(step)].mean(axis=0)
        mean_nkk = (batch_kk + one_nkk) / (step + 1)
        alpha_n = dhsic(condensed_kk, mean_nkk)
        alpha_n[picks] = -np.inf
        picks.append(int(alpha_n.argmax()))
        batch_kk = batch_kk + one_nkk[picks[-1]]
    return picks


def bench_steps(n, b, steps, k=50, c=10):
    """ICAL's product form against the step-by-step form: time of one step."""
    y_nk = random_labels(n, k, c)
    kernels = LabelKernels(y_nk, SCALES)
    stepwise, picks = timed(
        lambda: stepwise_ical(y_nk, Condensation(kernels, 0, **ICAL), steps)
    )
    product, (indices, _) = timed(lambda: greedy(Condensation(kernels, 0, **ICAL), b))
    ratio = (stepwise / steps) / (product / b)
    print(
        f"ICAL, n={n} k={k} c={c} b={b}: {product:.2f} s a batch, "
        f"{1e3 * product / b:.2f} ms a step; step by step "
        f"{1e3 * stepwise / steps:.0f} ms a step: {ratio:.0f} times"
    )
    assert indices[:steps].tolist() == picks, "the two forms pick differently"
    return ratio


def bench_product(n, b, k=50, c=10):
    """ICAL against a plain matrix product of the same sizes: time, and peak memory."""
    y_nk = random_labels(n, k, c)
    kernels = LabelKernels(y_nk, SCALES)
    pairs = len(kernels.first)
    left, right = np.ones((b, pairs)), np.ones((pairs, 4000))
    columns = n // right.shape[1]
    [bare], _ = least_times([lambda: [left @ right for _ in range(columns)]], 2)
    seconds, _ = timed(lambda: greedy(Condensation(kernels, 0, **ICAL), b))
    peak, _ = peak_bytes(lambda: greedy(Condensation(kernels, 0, **ICAL), b))
    print(
        f"ICAL, n={n} k={k} c={c} b={b}: {seconds:.1f} s; the bare product "
        f"({b} x {pairs}) ({pairs} x {n}) {bare:.1f} s: {seconds / bare:.2f} times; "
        f"peak memory {peak / 2**20:.0f} MiB above the draws"
    )
    return seconds / bare, peak


def least_seconds(function):
    """Smallest time of ten calls; of fewer if they take long."""
    taken = []
    while len(taken) < 10 and sum(taken) < LONG / 2:
        taken.append(timed(function)[0])
    return min(taken)


def query_cost(name, n, k, c, b):
    """Time and memory of a query of one strategy at one size."""
    strategy, pool = ready(name, k, c), points(n)

    def query():
        strategy.query(pool, b)

    return {"seconds": least_seconds(query), "bytes": peak_bytes(query)[0]}


def growth(name, base):
    """Yield the costs of a strategy as each size grows in turn."""
    for letter in base:
        for factor in FACTORS:
            size = {**base, letter: factor * base[letter]}
            cost = query_cost(name, **size)
            yield {"strategy": name, "grows": letter, "factor": factor, **size, **cost}
            if factor > 1 and cost["seconds"] > LONG:
                break


def check_growth(rows, costs=COSTS):
    """Assert that the costs of twice the points are about doubled."""
    along_n = [row for row in rows if row["grows"] == "n"]
    for cost in costs:
        small, large = (row[cost] for row in along_n[-2:])
        name = along_n[0]["strategy"]
        print(f"{name}, {cost} of twice the points: {large / small:.1f} times")
        allowed = QUADRATIC.get(name, TWICE)
        assert large < allowed * small, f"{name}: {cost} grow too steeply"


def measured(name, base):
    """Costs of a strategy as each size grows; the first one is printed."""
    rows = list(growth(name, base))
    first = rows[0]
    print(
        f"{name}, {base}: {1e3 * first['seconds']:.1f} ms, "
        f"{first['bytes'] / 2**20:.1f} MiB",
        flush=True,
    )
    return rows


def bench_growth(names, base, out=None, costs=COSTS):
    """Measure how costs grow, strategy by strategy; write them to `out`."""
    warnings.simplefilter("ignore", UserWarning)  # about ties among random draws
    tables = [measured(name, base) for name in names]
    if out is not None:
        out.parent.mkdir(exist_ok=True)
        with out.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(tables[0][0]))
            writer.writeheader()
            for rows in tables:
                writer.writerows(rows)
    for rows in tables:
        check_growth(rows, costs)


def main(argv=None):
    """Run the benchmarks and assert their claims."""
    parser = command_line(__doc__, "a tenth of the size")
    parser.add_argument("--only", nargs="+", default=list(strategies()))
    parser.add_argument(
        "--out", type=Path, help="the table; by default, of all with one thread"
    )
    arguments = begin(parser, argv)
    quick, out = arguments.quick, arguments.out
    one_thread = arguments.threads == 1
    whole = not quick and arguments.only == list(strategies())
    if out is None and whole and one_thread:
        out = RESULTS
    # with several, time jumps at the size from which a library divides its work
    costs = COSTS if one_thread else ["bytes"]
    base = {"n": 200, "k": 5, "c": 2, "b": 2} if quick else BASE
    bench_growth(arguments.only, base, out, costs)
    assert bench_steps(*((1000, 20, 3) if quick else (10_000, 100, 5))) > (
        20 if quick else 100
    )
    ratio, peak = bench_product(*((4000, 300) if quick else (40_000, 3000)))
    assert ratio < (10 if quick else 3), "slower than three bare products"
    assert peak < 2**30, "more than 1 GiB above the draws"


if __name__ == "__main__":
    main()
