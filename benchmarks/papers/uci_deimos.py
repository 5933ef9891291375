"""DEIMOS against maximum variance and random sampling on four UCI sets, with tests.

The paper's other sets (splicing, faces) are not included. The rest is as in
`uci_forest`; the likelihood-ratio test between linear mixed models is that of the
paper's appendix C.
"""

from dataclasses import dataclass

from _curves import panels
from _driver import Experiment
from _every import problems, report_every
from _settings import ByScale
from uci_forest import ForestSettings, run

from skactive.plotting import LearningCurveDisplay

UCI = ("kin8nm", "concrete", "energy", "power_plant")


@dataclass(frozen=True)
class Settings(ForestSettings):
    """Three strategies, four data sets."""

    strategies: tuple[str, ...] = ("DEIMOS", "MaxVariance", "RandomSampling")
    data: tuple[str, ...] = ByScale(("diabetes",), UCI, UCI)


def draw(frame, settings):
    """Draw a panel per data set."""
    found = problems(frame)
    figure, axes = panels(1, len(found), (3.6, 3.2))
    for ax, (data, curves) in zip(axes[0], found.items(), strict=True):
        LearningCurveDisplay.from_results(curves, ax=ax)
        ax.set_title(data, loc="left", fontsize=10)
        ax.set_ylabel("minus test RMSE" if ax is axes[0, 0] else "")
    return figure


main = Experiment(__file__, __doc__, Settings, run, report_every, draw).main

if __name__ == "__main__":
    main()
