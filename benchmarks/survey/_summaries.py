"""Differences between strategies in the survey's table; the unit is the data set.

Seeds are paired: all strategies start from the same split and labels. The difference of
two strategies on a set is the mean over their common seeds. Means, intervals, tests and
ranks are over sets.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from _plan import REGRESSION, TEXT_AND_IMAGES

from skactive.model_selection.comparison._intervals import intervals
from skactive.model_selection.comparison._paired import sign_flip_p

__all__ = ["LEAST_SEEDS", "LEAST_SETS", "TEXT_TASK", "Group", "Summary", "compared"]
__all__ += ["groups", "mean_ranks", "of_seeds", "read_survey", "summary", "versus"]

LEAST_SEEDS = 3  # for a set to count
LEAST_SETS = 8  # fewer are weak evidence
TEXT_TASK = "text and images"
COMPLETE = 0.9  # fraction of sets on which a strategy must have run to be ranked
RESAMPLES = 9999


@dataclass(frozen=True, eq=False)
class Group:
    """Cells of one task, model and batch size: areas by strategy, set and seed.

    A group is equal to itself alone, so that what is computed of it can be kept: the
    same comparison is part of several pages.
    """

    task: str
    model: str
    batch: int
    areas: pd.Series

    @property
    def sets(self) -> list[str]:
        """Sets on which random sampling was run."""
        return list(set_means(self, "RandomSampling").index)


class Summary(NamedTuple):
    """Comparison of two strategies over sets.

    Parameters
    ----------
    n, won, lost : int
        Number of sets, and of those on which the mean over seeds is higher or lower.
    mean, median : float
        Mean and median difference in area.
    low, high : float
        Ends of the 95% interval of the mean.
    p : float
        P-value of the sign-flip test.
    """

    n: int
    won: int
    lost: int
    mean: float
    median: float
    low: float
    high: float
    p: float

    @property
    def thin(self) -> bool:
        """Whether there are too few sets for a conclusion."""
        return self.n < LEAST_SETS

    @property
    def shown(self) -> int:
        """1 or -1 if the interval excludes zero on enough sets, else 0."""
        if self.thin or self.low <= 0 <= self.high:
            return 0
        return 1 if self.low > 0 else -1


def read_survey(path: Path) -> pd.DataFrame:
    """Read the table, without cells that failed."""
    frame = pd.read_csv(path)
    return frame[frame["error"].isna() & frame["area"].notna()]


def groups(frame: pd.DataFrame) -> Iterator[Group]:
    """Yield the cells of each task, model and batch size, classification first.

    Texts and images are a task of their own.
    """
    task = np.where(frame["data"].isin(REGRESSION), "regression", "classification")
    task = np.where(frame["data"].isin(TEXT_AND_IMAGES), TEXT_TASK, task)
    for (task_, model, batch), rows in frame.groupby([task, "model", "batch"]):
        areas = rows.set_index(["strategy", "data", "seed"])["area"].sort_index()
        yield Group(task_, model, int(batch), areas)


@functools.cache
def set_means(group: Group, strategy: str) -> pd.Series:
    """Mean area of a strategy on each set with enough seeds."""
    if strategy not in group.areas.index.get_level_values("strategy"):
        return pd.Series(dtype=float)
    by_set = group.areas[strategy].groupby("data")
    return by_set.mean()[by_set.size() >= LEAST_SEEDS]


def versus(group: Group, strategy: str, baseline: str) -> pd.Series:
    """Mean paired difference on each set with enough common seeds."""
    every = group.areas.index.get_level_values("strategy")
    if strategy not in every or baseline not in every:
        return pd.Series(dtype=float)
    gaps = (group.areas[strategy] - group.areas[baseline]).dropna().groupby("data")
    return gaps.mean()[gaps.size() >= LEAST_SEEDS]


@functools.cache
def compared(group: Group, strategy: str, baseline: str) -> Summary | None:
    """Summarize the differences of two strategies over the sets of a group."""
    return summary(versus(group, strategy, baseline))


def of_seeds(group: Group, strategy: str, baseline: str, data: str) -> Summary | None:
    """Summarize the differences on a single set, over its seeds."""
    areas = group.areas.xs(data, level="data")
    every = areas.index.get_level_values("strategy")
    if strategy not in every or baseline not in every:
        return None
    return summary((areas[strategy] - areas[baseline]).dropna())


def summary(gaps: pd.Series) -> Summary | None:
    """Summarize differences over sets; None if there are fewer than two."""
    d_n = gaps.to_numpy()
    if len(d_n) < 2:
        return None
    (low, high), _ = intervals(d_n, 0.95, RESAMPLES, np.random.default_rng(0))
    p = sign_flip_p(d_n, RESAMPLES, np.random.default_rng(0))
    won, lost = int((d_n > 0).sum()), int((d_n < 0).sum())
    return Summary(len(d_n), won, lost, d_n.mean(), np.median(d_n), low, high, p)


@functools.cache
def mean_ranks(group: Group) -> tuple[pd.Series, int]:
    """Mean rank of each strategy, where 1 is the best, and the number of sets ranked.

    Strategies that have run on nearly all sets are ranked, on the sets that they share.
    """
    names = group.areas.index.get_level_values("strategy").unique()
    table = pd.DataFrame({name: set_means(group, name) for name in names})
    often = table.notna().mean() >= COMPLETE
    table = table.loc[:, often].dropna()
    # areas that differ by rounding only share a rank
    ranks = table.round(9).rank(axis=1, ascending=False).mean()
    return ranks.sort_values(kind="stable"), len(table)
