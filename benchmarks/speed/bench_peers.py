"""BatchBALD and BALD against other implementations: time and batches, in one run.

    python -m venv peers
    peers/bin/pip install -e . baal batchbald_redux scikit-activeml
    peers/bin/python benchmarks/speed/bench_peers.py [--quick]

In an environment of its own, since the peers pin versions of theirs. All are given the
same draws and as many threads. The joint information of BatchBALD's batches is
estimated independently of all of them; the batches of BALD have to be the same.
"""

import numpy as np
import torch
from given import linear_draws
from measure import begin, command_line, least_times, timed

from skactive.information import joint_mutual_information, mutual_information
from skactive.objectives import JointInformation
from skactive.selection import lazy_greedy, top


def ours(p_nkc, b, m):
    """Pick by skactive."""
    f = JointInformation(p_nkc, 0, max_configurations=m)
    return lazy_greedy(f, b)[0]


def redux(p_nkc, b, m):
    """Pick by batchbald_redux, by the authors of the method."""
    from batchbald_redux.batchbald import get_batchbald_batch

    torch.manual_seed(0)
    log_p = torch.as_tensor(p_nkc).log()
    batch = get_batchbald_batch(log_p, b, m, dtype=torch.double, device="cpu")
    return np.asarray(batch.indices)


def activeml(p_nkc, b, m):
    """Pick by scikit-activeml."""
    from skactiveml.pool import batch_bald

    p_knc = np.ascontiguousarray(p_nkc.transpose(1, 0, 2))
    utilities = batch_bald(p_knc, b, n_MC_samples=m, random_state=0)
    return np.nanargmax(utilities, axis=1)


def baal(p_nkc, b, m):
    """Pick by baal: the points scored above zero, of which the last is the best."""
    from baal.active.heuristics import BatchBALD

    torch.manual_seed(0)
    k = p_nkc.shape[1]  # baal samples so many joint labellings for each draw
    # its first pick, by BALD, is not counted
    heuristic = BatchBALD(num_samples=b - 1, num_draw=m // k)
    return heuristic(p_nkc.transpose(0, 2, 1))[:b][::-1]


def compare(pick, p_nkc, b, m):
    """Seconds, and the joint information of the batch with its standard error."""
    seconds, picks = timed(lambda: pick(p_nkc, b, m))
    rng = np.random.default_rng(12345)
    worth, error = joint_mutual_information(p_nkc[picks], 200_000, rng)
    print(
        f"{pick.__name__:>9}: {seconds:8.2f} s   {worth:.4f} +- {error:.4f} nats   "
        f"{picks.tolist()}"
    )
    return seconds, worth


def bench_bald(n, k, c, b=10):
    """BALD against baal's: time, and the same picks."""
    from baal.active.heuristics import BALD

    p_nkc = linear_draws(n, k, c)
    p_nck = np.ascontiguousarray(p_nkc.transpose(0, 2, 1))  # the shape baal expects
    (seconds, theirs), (scores, ranks) = least_times(
        [lambda: mutual_information(p_nkc), lambda: BALD()(p_nck)]
    )
    assert top(scores, b)[0].tolist() == ranks[:b].tolist(), "other picks"
    print(
        f"BALD, n={n} k={k} c={c}: {1e3 * seconds:.0f} ms; baal {1e3 * theirs:.0f} ms: "
        f"the same {b} picks"
    )


def main(argv=None):
    """Run all and assert the claims."""
    quick = begin(command_line(__doc__, "smaller and sooner"), argv).quick
    n, k, c, b, m = (300, 20, 5, 8, 1000) if quick else (2000, 50, 10, 10, 10_000)
    p_nkc = linear_draws(n, k, c)
    print(f"BatchBALD, n={n} k={k} c={c} b={b} m={m}, float64:")
    ours(p_nkc[:100], 2, 100)  # warm up: imports and first calls
    runs = [compare(ours, p_nkc, b, m) for _ in range(3)]
    seconds, worth = min(s for s, _ in runs), runs[0][1]
    others = [compare(pick, p_nkc, b, m) for pick in (redux, activeml, baal)]
    faster, better = min(s for s, _ in others), max(w for _, w in others)
    print(f"{faster / seconds:.0f} times faster than the fastest of the others")
    bench_bald(*((2000, 20, 5) if quick else (20_000, 50, 10)))
    assert worth > better - 0.01, "a batch worth less"
    assert faster > (5 if quick else 25) * seconds, "not as fast as claimed"


if __name__ == "__main__":
    main()
