"""How alike the measures rank points: Spearman correlations over the number of classes.

    python benchmarks/rank_correlations.py [--quick] [--figure doc/_static/ranks.png]

After figure 1 and appendices A.8 and A.9 of Woo, "Active learning in Bayesian neural
networks with balanced entropy learning principle", ICLR 2023: a hundred points whose
draws are the softmax of Gaussian logits, or Dirichlet, ten times over. The paper does
not give the laws of its logits; here each class has a mean and a spread of its own.
"""

import argparse

import numpy as np
from scipy.special import softmax
from scipy.stats import spearmanr

from skactive import information

MEASURES = {
    "BALD": information.mutual_information,
    "BetaMarginalBALD": information.beta_mutual_information,
    "Entropy": lambda p_nkc: information.entropy(p_nkc.mean(axis=1)),
    "MeanSD": lambda p_nkc: np.sqrt(information.variance(p_nkc)).mean(axis=-1),
    "ExpectedEffectiveLoss": information.expected_effective_loss,
    "BetaMarginalEIG": information.beta_information_gain,
    "BalancedEntropy": lambda p_nkc: acquisition(information.balanced_entropy(p_nkc)),
}
CLASSES = (2, 3, 5, 10, 30, 100, 300, 1000)


def acquisition(balance_n):
    """The paper's priority: 1 / BalEnt from 0 on."""
    return np.where(balance_n >= 0, 1 / balance_n, balance_n)


def gaussian_draws(n, k, c, rng):
    """Softmax of Gaussian logits, each class with a mean and a spread of its own."""
    spread = rng.uniform(0.1, 2.0, size=(n, 1, c))
    return softmax(rng.normal(size=(n, 1, c)) + spread * rng.normal(size=(n, k, c)), -1)


def dirichlet_draws(n, k, c, rng):
    """Draws of Dirichlet laws, each class with a parameter of its own."""
    eta = rng.uniform(0.1, 5.0, size=(n, 1, c))
    gammas = rng.standard_gamma(np.broadcast_to(eta, (n, k, c)))
    return gammas / gammas.sum(axis=-1, keepdims=True)


def correlations(draw, c, repeats, n=100, k=100):
    """Matrices of rank correlations (repeats, measures, measures), and RMSEs."""
    rank, rmse = [], []
    for seed in range(repeats):
        p_nkc = draw(n, k, c, np.random.default_rng([seed, c]))
        scores = np.array([measure(p_nkc) for measure in MEASURES.values()])
        rank.append(spearmanr(scores, axis=1).statistic)
        rmse.append(np.sqrt(np.mean((scores[0] - scores[1]) ** 2)))
    return np.array(rank), np.array(rmse)


def table(title, found):
    """Print a line a measure, a column a number of classes: correlation with BALD."""
    print(f"{title}: rank correlation with BALD, by number of classes")
    print(" " * 24 + "".join(f"{c:>8}" for c in found))
    for i, name in enumerate(MEASURES):
        row = "".join(f"{rank[:, 0, i].mean():8.3f}" for rank, _ in found.values())
        print(f"  {name:<22}{row}")
    row = "".join(f"{rmse.mean():8.4f}" for _, rmse in found.values())
    print(f"  {'RMSE of the Beta form':<22}{row}")


def figure(gaussian, dirichlet, path):
    """Correlations with BALD over classes, both kinds of draws, and the last matrix."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(1, 3, figsize=(14, 4.2), layout="constrained")
    titles = "softmax of Gaussian logits", "Dirichlet"
    for ax, title, found in zip(axes, titles, (gaussian, dirichlet), strict=False):
        for i, name in list(enumerate(MEASURES))[1:]:
            values = np.array([rank[:, 0, i] for rank, _ in found.values()])
            mean, spread = values.mean(axis=1), values.std(axis=1)
            ax.plot(list(found), mean, ".-", label=name)
            ax.fill_between(list(found), mean - spread, mean + spread, alpha=0.15)
        ax.set(xscale="log", xlabel="classes", title=title, ylim=(-1.05, 1.05))
    axes[0].set_ylabel("rank correlation with BALD")
    axes[1].legend(fontsize=8, loc="center right", bbox_to_anchor=(1, 0.62))
    last = list(gaussian)[-1]
    matrix = gaussian[last][0].mean(axis=0)
    axes[2].imshow(matrix, vmin=-1, vmax=1, cmap="RdBu")
    axes[2].set(title=f"all pairs, {last} classes, Gaussian logits")
    ticks = range(len(MEASURES))
    axes[2].set_xticks(ticks, MEASURES, rotation=35, ha="right", fontsize=8)
    axes[2].set_yticks(ticks, MEASURES, fontsize=8)
    for (i, j), value in np.ndenumerate(matrix):
        colour = "white" if abs(value) > 0.6 else "black"
        ink = {"ha": "center", "va": "center", "fontsize": 7, "color": colour}
        axes[2].text(j, i, f"{value:.2f}", **ink)
    plt.savefig(path, dpi=80)


def main(argv=None):
    """Measure, print, draw, and assert what the paper finds."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--quick", action="store_true", help="fewer classes and repeats"
    )
    parser.add_argument("--figure", help="where to write the figure")
    args = parser.parse_args(argv)
    classes, repeats = (CLASSES[:5], 3) if args.quick else (CLASSES, 10)
    kinds = {"Gaussian logits": gaussian_draws, "Dirichlet": dirichlet_draws}
    found = {
        title: {c: correlations(draw, c, repeats) for c in classes}
        for title, draw in kinds.items()
    }
    for title, of_kind in found.items():
        table(title, of_kind)
    if args.figure:
        figure(*found.values(), args.figure)
    names = list(MEASURES)
    for of_kind in found.values():
        for rank, _ in of_kind.values():
            mean = rank.mean(axis=0)
            assert mean[0, names.index("BetaMarginalBALD")] > 0.96
            assert mean[0, names.index("ExpectedEffectiveLoss")] > 0.9


if __name__ == "__main__":
    main()
