"""Time of HybridICAL's lazy search against the plain one, in one run.

    python benchmarks/speed/bench_hybrid.py [--quick]

Draws are random, so that only selection is measured. The claim is asserted as a ratio:
a benchmark whose claim no longer holds fails.
"""

import numpy as np
from given import Given
from measure import begin, command_line, timed

from skactive import HybridICAL
from skactive.selection import greedy, lazy_greedy


def random_draws(n, k=50, c=10, seed=0):
    """Draws around a different mean for each point."""
    rng = np.random.default_rng(seed)
    mean_nc = rng.dirichlet(np.full(c, 0.3), n)
    p_nkc = rng.gamma(np.maximum(5 * mean_nc, 1e-2)[:, None], size=(n, k, c))
    return (p_nkc / p_nkc.sum(axis=-1, keepdims=True)).astype(np.float32)


def bench_search(n=2000, b=10, **params):
    """Lazy against plain greedy search: time of a batch, and equal picks."""
    strategy = HybridICAL(Given(random_draws(n)), random_state=0, **params)
    strategy.fit([0], [0])
    f = strategy._objective(np.arange(n), np.random.default_rng(0))
    lazy, (indices, _) = timed(lambda: lazy_greedy(f, b))
    plain, (literal, _) = timed(lambda: greedy(f, b))
    same = len(set(indices.tolist()) & set(literal.tolist()))
    print(
        f"HybridICAL, n={n} b={b}: {lazy:.2f} s; plain greedy {plain:.2f} s: "
        f"{plain / lazy:.0f} times; {same} picks of {b} the same"
    )
    return plain / lazy


def main(argv=None):
    """Run the benchmark and assert its claim."""
    quick = begin(command_line(__doc__, "fewer labellings"), argv).quick
    params = {"n": 1000, "max_configurations": 1000} if quick else {}
    assert bench_search(**params) > (2 if quick else 5)


if __name__ == "__main__":
    main()
