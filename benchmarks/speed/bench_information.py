"""Time and memory of BatchBALD, and of scores of single points, in one run.

    python benchmarks/speed/bench_information.py [--quick]

Each claim is asserted as a ratio, or as memory: a benchmark whose claim no longer holds
fails. Against other implementations: ``bench_peers.py``.
"""

from functools import partial

import numpy as np
from measure import begin, command_line, least_times, peak_bytes, timed
from scipy.special import entr

from skactive import information
from skactive._utils.array import chunk_rows, map_rows
from skactive.objectives import JointInformation
from skactive.selection import greedy, lazy_greedy

SCORES = {
    "BALD": information.mutual_information,
    "MeanSD": lambda p_nkc: information.variance(p_nkc).mean(axis=-1),
    "BalancedEntropy": information.balanced_entropy,
    "ExpectedEffectiveLoss": information.expected_effective_loss,
    "BetaMarginalEIG": information.beta_information_gain,
    "beta BALD": information.beta_mutual_information,
    "Dirichlet BALD": information.dirichlet_mutual_information,
}


def random_draws(n, k, c, seed=0, disagreement=0.3, dtype=np.float32):
    """Softmax of functions that are linear in eight features, about a common mean."""
    rng = np.random.default_rng(seed)
    w_dx = disagreement * rng.normal(size=(8, k * c)).astype(dtype)

    def chunk(rows):
        size = rows.stop - rows.start
        x_nd = rng.normal(size=(size, 8)).astype(dtype)
        z_nkc = (x_nd @ w_dx).reshape(size, k, c)
        z_nkc += rng.normal(size=(size, 1, c)).astype(dtype)
        p_nkc = np.exp(z_nkc)
        return p_nkc / p_nkc.sum(axis=-1, keepdims=True)

    return map_rows(chunk, n, chunk_rows(8 * k * c))


def bench_batch(n, k, c, b, m=10_000):
    """Time and peak memory of one batch of BatchBALD."""
    p_nkc = random_draws(n, k, c)
    peak, (seconds, (_, gains)) = peak_bytes(
        lambda: timed(
            lambda: lazy_greedy(JointInformation(p_nkc, 0, max_configurations=m), b)
        )
    )
    print(
        f"BatchBALD n={n} k={k} c={c} b={b}: {seconds:.1f} s, {peak / 2**30:.2f} GiB "
        f"above {p_nkc.nbytes / 2**30:.2f} GiB of draws, {gains.sum():.3f} nats"
    )
    assert peak < 2**31, "more than 2 GiB above the draws"


class Counted:
    """An objective that counts the points evaluated and bounded at each step."""

    diminishing = True

    def __init__(self, f, screened):
        self.f, self.tie_break, self.steps = f, f.tie_break, []
        self.screened = screened
        if screened:
            self.bounds = self._bounds

    def start(self):
        """As in the objective."""
        return self.f.start()

    def add(self, state, i):
        """As in the objective; a new step begins."""
        self.steps.append([0, 0])
        return self.f.add(state, i)

    def gains(self, state, rows=None):
        """As in the objective, with a count."""
        if rows is not None:
            self.steps[-1][0] += len(rows)
        return self.f.gains(state, rows)

    def _bounds(self, state, rows):
        self.steps[-1][1] += len(rows)
        return self.f.bounds(state, rows)


def bench_laziness(n, k, c, b, m=10_000):
    """Fractions of candidates evaluated at each step, and the speed-up by laziness."""
    p_nkc = random_draws(n, k, c).astype(np.float64)
    f = JointInformation(p_nkc, 0, max_configurations=m)
    plain_s, (plain, _) = timed(lambda: greedy(f, b))
    print(f"plain greedy, n={n} k={k} c={c} b={b} m={m}: {plain_s:.1f} s")
    for screened in (False, True):
        counted = Counted(f, screened)
        seconds, (picks, _) = timed(lambda counted=counted: lazy_greedy(counted, b))
        same = int((picks == plain).sum())
        print(
            f"lazy, {'screened' if screened else 'not screened'}: {seconds:.2f} s, "
            f"{plain_s / seconds:.0f} times faster, {same} of {b} picks the same; "
            + counts(counted, n)
        )
        check_worth(p_nkc, picks, plain)


def counts(counted, n):
    """Fractions of candidates evaluated, and bounded, at each step, as text."""
    shares = [f"{100 * evaluated / n:.1f}" for evaluated, _ in counted.steps]
    text = f"evaluated {' '.join(shares)} % a step"
    rough = [f"{100 * bounded / n:.0f}" for _, bounded in counted.steps]
    return text + (f", bounded {' '.join(rough)} %" if counted.screened else "")


def check_worth(p_nkc, picks, plain):
    """Assert that a batch is nearly as informative as that of plain greedy search."""
    worth, of_plain = (
        information.joint_mutual_information(
            p_nkc[i], 100_000, np.random.default_rng(1)
        )[0]
        for i in (picks, plain)
    )
    print(f"  joint information {worth:.4f}, plain {of_plain:.4f} nats")
    assert worth > of_plain - 0.01


def bench_scores(n, k, c, dtype):
    """Pointwise scores against one pass of entr over the draws."""
    p_nkc = random_draws(n, k, c).astype(dtype)
    size = chunk_rows(8 * k * c)

    def of_pool(score):
        return map_rows(lambda rows: score(p_nkc[rows]), n, size)

    passes = [lambda p: entr(p).sum(axis=-1), *SCORES.values()]
    (bare, *times), _ = least_times([partial(of_pool, score) for score in passes], 5)
    print(
        f"one pass of entr, n={n} k={k} c={c} {np.dtype(dtype)}: {bare:.3f} s; times:"
    )
    ratios = {name: t / bare for name, t in zip(SCORES, times, strict=True)}
    print("  " + ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items()))
    assert max(ratios.values()) < 3, "slower than three passes of entr"


def main(argv=None):
    """Run the benchmarks and assert their claims."""
    quick = begin(command_line(__doc__, "smaller and sooner"), argv).quick
    for dtype in (np.float64, np.float32):
        bench_scores(2000 if quick else 20_000, 50, 10, dtype)
    bench_laziness(*(300, 20, 5, 8, 500) if quick else (2000, 50, 10, 10))
    bench_batch(*(2000, 20, 10, 6) if quick else (20_000, 50, 10, 20))
    bench_batch(*(2000, 10, 47, 4) if quick else (100_000, 50, 47, 5))


if __name__ == "__main__":
    main()
