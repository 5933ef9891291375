"""DEIMOS against maximum variance and random on four UCI sets, with the tests.

The paper's sets (splicing, faces) are not at hand. The rest is as in `uci_forest`; the
likelihood-ratio test between linear mixed models is that of the paper's appendix C.
"""

import matplotlib.pyplot as plt
from _every import problems
from _uci import SETTINGS, main_with
from uci_forest import forest

from skactive.plotting import LearningCurveDisplay

UCI = ["kin8nm", "concrete", "energy", "power_plant"]
SETTINGS = SETTINGS | {
    "strategies": ["DEIMOS", "MaxVariance", "RandomSampling"],
    "data": (["diabetes"], UCI, UCI),
    "trees": (8, 50, 100),
    "leaf": 2,
}


def draw(frame, args):
    """A panel a data set."""
    found = problems(frame)
    figure, axes = plt.subplots(
        1,
        len(found),
        figsize=(3.6 * len(found), 3.2),
        squeeze=False,
        layout="constrained",
    )
    for ax, (data, curves) in zip(axes[0], found.items(), strict=True):
        LearningCurveDisplay.from_results(curves, ax=ax)
        ax.set_title(data, loc="left", fontsize=10)
        ax.set_ylabel("minus test RMSE" if ax is axes[0, 0] else "")
    return figure


def main(argv=None):
    """Run the experiment of the command line."""
    main_with(__file__, __doc__, SETTINGS, forest, argv, draw)


if __name__ == "__main__":
    main()
