"""Sampled joint entropies of BatchBALD against exact ones, at the sixth pick.

    python benchmarks/speed/joint_entropies.py [--quick]

Five picks of ten classes have 100,000 labellings: few enough to weigh all, ten times
the usual samples. Compared are skactive's estimate and the paper's equation 36, from as
many labellings: rank correlation of all candidates' gains with the exact ones, mean
difference (bias), and the spread of that difference over candidates, which is what can
change a pick. Asserted: skactive's is the better estimate.
"""

import numpy as np
from given import linear_draws
from measure import begin, command_line
from scipy.stats import spearmanr

from skactive.objectives import JointInformation
from skactive.selection import lazy_greedy


def grown(f, picks):
    """State of an objective after adding some picks."""
    state = f.start()
    for i in picks:
        state = f.add(state, i)
    return state


def importance_sampled(p_nkc, picks, m, seed):
    """Gains by equation 36, literally: the logarithm of the joint, over ``p_s``."""
    rng, (n, k, c) = np.random.default_rng(seed), p_nkc.shape
    true_s = rng.integers(k, size=m)
    p_sk = np.ones((m, k))
    for i in picks:
        reached_sc = p_nkc[i].cumsum(axis=1)[true_s]
        y_s = (reached_sc < rng.random((m, 1))).sum(axis=1).clip(max=c - 1)
        p_sk *= p_nkc[i][:, y_s].T
    p_s = p_sk.mean(axis=1)
    before = -np.log(p_s).mean()
    joint_n = np.empty(n)
    for rows in np.array_split(np.arange(n), max(1, n // 20)):
        joint_scn = p_sk @ p_nkc[rows].transpose(1, 2, 0).reshape(k, -1) / k
        terms_x = -((1 / p_s) @ (joint_scn * np.log(joint_scn))) / m
        joint_n[rows] = terms_x.reshape(c, -1).sum(axis=0)
    noise_n = -np.sum(p_nkc * np.log(p_nkc), axis=2).mean(axis=1)
    return joint_n - before - noise_n


def report(name, gains, exact):
    """Print errors of the estimate; return its rank correlation and spread."""
    rank = np.mean([spearmanr(g, exact).statistic for g in gains])
    difference = np.array(gains) - exact
    rms = difference.std(axis=1).mean()
    print(
        f"  {name}: rank correlation {rank:.5f}, bias {difference.mean():+.5f} nats, "
        f"spread from candidate to candidate {rms:.5f} nats"
    )
    return rank, rms


def exact_gains(p_nkc):
    """Picks of five steps, the points that are left, and their exact gains."""
    n, _, c = p_nkc.shape
    exact = JointInformation(p_nkc, 0, max_configurations=c**5)
    picks = lazy_greedy(exact, 5)[0]
    rest = np.setdiff1d(np.arange(n), picks)
    return picks, rest, exact.gains(grown(exact, picks))[rest]


def sampled_gains(p_nkc, picks, rest, m, seeds):
    """Gains by skactive's estimate for each seed, and its own mean standard error."""
    gains, errors = [], []
    for seed in seeds:
        f = JointInformation(p_nkc, seed, max_configurations=m, entropies="sampled")
        state = grown(f, picks)
        gains.append(f.gains(state)[rest])
        errors.append(f.standard_error(state, rest))
    return gains, np.mean(errors)


def main(argv=None):
    """Compare, and assert that skactive's estimate is the better one."""
    quick = begin(command_line(__doc__, "smaller and sooner"), argv).quick
    n, k, c, m, repeats = (60, 20, 4, 500, 3) if quick else (500, 50, 10, 10_000, 5)
    p_nkc = linear_draws(n, k, c)
    picks, rest, exact = exact_gains(p_nkc)
    print(f"sixth pick of n={n} k={k} c={c} m={m}; gains up to {exact.max():.3f} nats")
    ours, error = sampled_gains(p_nkc, picks, rest, m, range(repeats))
    rank, rms = report("mutual information of each labelling", ours, exact)
    print(f"    its own standard error: {error:.5f} nats")
    papers = [
        importance_sampled(p_nkc, picks, m, seed)[rest] for seed in range(repeats)
    ]
    paper_rank, paper_rms = report("equation 36", papers, exact)
    assert rank > 0.98
    assert rank >= paper_rank
    assert rms < paper_rms


if __name__ == "__main__":
    main()
