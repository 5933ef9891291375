"""Run the experiment that ``doc/comparing.rst`` looks at.

``python doc/digits_curves.py`` writes ``doc/_static/digits_curves.csv``, which is
committed: the documentation is built without running this. It takes some minutes.
"""

from pathlib import Path

from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedShuffleSplit

from skactive import BALD, ICAL, Margin, RandomSampling
from skactive.metrics import log_likelihood
from skactive.model_selection import StrategySearchCV

TARGET = Path(__file__).parent / "_static" / "digits_curves.csv"


def main():
    """Ten splits of the digits; a forest that asks for 12 batches of 10 labels."""
    forest = RandomForestClassifier(50, min_samples_leaf=2)
    search = StrategySearchCV(
        {
            "ICAL": ICAL(forest),
            "BALD": BALD(forest),
            "Margin": Margin(forest),
            "random": RandomSampling(forest),
        },
        n=10,
        rounds=12,
        cv=StratifiedShuffleSplit(10, test_size=1 / 3, random_state=0),
        scoring={"accuracy": "accuracy", "log_likelihood": log_likelihood},
        verbose=1,
        random_state=0,
    )
    frame = search.fit(*load_digits(return_X_y=True)).to_frame()
    columns = ["strategy", "split", "round", "n_labels", *search.scorer_names_]
    frame[columns].to_csv(TARGET, index=False, float_format="%.6g")


if __name__ == "__main__":
    main()
    print(TARGET.name)
