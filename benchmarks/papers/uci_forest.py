"""Every regression strategy on UCI sets with a random forest, against random.

Twenty random labels to start with and ten more a round; a query looks at a random part
of the pool. The score is minus the test RMSE on a third of the points, in units of the
standard deviation of y.
"""

from _uci import SETTINGS, main_with
from sklearn.ensemble import RandomForestRegressor

SETTINGS = SETTINGS | {"trees": (8, 50, 100), "leaf": 2}


def forest(args):
    """Forest, not yet fitted."""
    return RandomForestRegressor(args.trees, min_samples_leaf=args.leaf)


def main(argv=None):
    """Run the experiment of the command line."""
    main_with(__file__, __doc__, SETTINGS, forest, argv)


if __name__ == "__main__":
    main()
