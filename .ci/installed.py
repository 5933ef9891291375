"""What must work once skactive is installed, away from its sources."""

from importlib.metadata import version
from pathlib import Path

from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

import skactive
from skactive.testing import check_strategy

PACKAGE = Path(skactive.__file__).parent


def main():
    """Query once, check a strategy, and look for the files that are no modules."""
    assert "site-packages" in PACKAGE.parts, PACKAGE
    assert skactive.__version__ == version("skactive")
    assert (PACKAGE / "py.typed").is_file()
    assert (PACKAGE / "annotation/_page/static/index.html").is_file()
    X, y = load_digits(return_X_y=True)
    strategy = skactive.Margin(LogisticRegression(max_iter=1000), random_state=0)
    indices = strategy.fit(X[:50], y[:50]).query(X[50:], n=5)
    assert len(set(indices)) == 5
    check_strategy(strategy)


if __name__ == "__main__":
    main()
