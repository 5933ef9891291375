"""Time and memory of selection, against the naive form, in one run.

    python benchmarks/bench_select.py [--quick]

Draws are random labels, so that only selection is measured. Each claim is asserted as
a ratio: a benchmark whose claim no longer holds fails.
"""

import argparse
import time
import tracemalloc

import numpy as np

from skactive.kernels import dhsic
from skactive.objectives import Condensation, LabelKernels
from skactive.selection import greedy

SCALES = (0.2, 0.5, 1, 2, 5)
ICAL = {"n_condense": 200, "n_per_step": 1, "resample": True}


def random_labels(n, k, c, seed=0):
    """Labels of correlated points: each has a class of its own that draws favour."""
    rng = np.random.default_rng(seed)
    favoured = rng.integers(c, size=(n, 1))
    kept = rng.random((n, k)) < rng.random((n, 1))
    return np.where(kept, favoured, rng.integers(c, size=(n, k))).astype(np.uint8)


def timed(function):
    """Seconds that a call takes, and what it returns."""
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def peak_bytes(function):
    """Most memory that a call holds beyond what is held before it."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def stepwise_ical(y_nk, f, steps):
    """Algorithm 1 as printed: at every step the statistic of every candidate anew.

    All candidates at once, from kernels (n, k, k) made beforehand: a loop over them
    would only be slower.
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
    """ICAL against the bare matrix product of its sizes: time, and peak memory."""
    y_nk = random_labels(n, k, c)
    kernels = LabelKernels(y_nk, SCALES)
    pairs = len(kernels.first)
    left, right = np.ones((b, pairs)), np.ones((pairs, 4000))
    columns = n // right.shape[1]
    bare = min(
        timed(lambda: [left @ right for _ in range(columns)])[0] for _ in range(2)
    )
    seconds, _ = timed(lambda: greedy(Condensation(kernels, 0, **ICAL), b))
    peak = peak_bytes(lambda: greedy(Condensation(kernels, 0, **ICAL), b))
    print(
        f"ICAL, n={n} k={k} c={c} b={b}: {seconds:.1f} s; the bare product "
        f"({b} x {pairs}) ({pairs} x {n}) {bare:.1f} s: {seconds / bare:.2f} times; "
        f"peak memory {peak / 2**20:.0f} MiB above the draws"
    )
    return seconds / bare, peak


def main(argv=None):
    """Run the benchmarks and assert their claims."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the size")
    quick = parser.parse_args(argv).quick
    assert bench_steps(*((1000, 20, 3) if quick else (10_000, 100, 5))) > (
        20 if quick else 100
    )
    ratio, peak = bench_product(*((4000, 300) if quick else (40_000, 3000)))
    assert ratio < (10 if quick else 3), "slower than three bare products"
    assert peak < 2**30, "more than 1 GiB above the draws"


if __name__ == "__main__":
    main()
