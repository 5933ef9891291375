"""Every regression strategy on UCI sets with a random forest, against random sampling.

Twenty random labels to start with and ten more per round; a query looks at a random
part of the pool. The score is minus the test RMSE on a third of the points, in units of
the standard deviation of y.
"""

from dataclasses import dataclass

from _driver import Experiment
from _every import report_every, small_multiples
from _settings import ByScale
from _uci import UCISettings, uci_curves
from sklearn.ensemble import RandomForestRegressor


@dataclass(frozen=True)
class ForestSettings(UCISettings):
    """The forest."""

    trees: int = ByScale(8, 50, 100)
    leaf: int = 2


def run(settings):
    """Learning curves of all strategies."""
    forest = RandomForestRegressor(settings.trees, min_samples_leaf=settings.leaf)
    return uci_curves(settings, forest)


main = Experiment(
    __file__, __doc__, ForestSettings, run, report_every, small_multiples
).main

if __name__ == "__main__":
    main()
