"""Tables of the record for the documentation: published results beside ours."""

from collections.abc import Iterator

import numpy as np
import record
from _summaries import LEAST_SETS, summary
from pandas import Series

__all__ = ["margin_rows", "mean_rows", "other_rows"]

COMPARABLE = [data for data in record.SMALL if data not in record.NOT_COMPARABLE]


def margin_rows(table: dict) -> Iterator[str]:
    """Yield a row for each set: our margin sampling minus the published, by seeds."""
    for data, theirs in seeds_published().items():
        ours = table.get((data, "Margin"), {})
        gaps = np.array([ours[s][0] - theirs[s] for s in sorted(ours.keys() & theirs)])
        if len(gaps):
            equal, largest = (np.abs(gaps) < 1e-6).sum(), np.abs(gaps).max()
            yield f"{data}, {len(gaps)}, {gaps.mean():+.1e}, {largest:.1e}, {equal}"


def seeds_published() -> dict:
    """Areas of the published margin sampling, by set, then by seed."""
    theirs: dict = {}
    for row in record.published("margin_seeds"):
        theirs.setdefault(row["data"], {})[int(row["seed"])] = float(row["area"])
    return theirs


def mean_rows(table: dict) -> Iterator[str]:
    """Yield a row for each set: our mean area, standard error, and the published."""
    for row in record.published("means"):
        if row["data"] in record.NOT_COMPARABLE:
            continue
        cells = []
        for name, column in record.PUBLISHED.items():
            scaled = as_published(table.get((row["data"], name), {}))
            if len(scaled) < 2:
                cells.append(f"(not run) / {row[column]}")
                continue
            se = scaled.std(ddof=1) / len(scaled) ** 0.5
            cells.append(f"{scaled.mean():.3f} ± {se:.3f} / {row[column]}")
        if any("not run" not in cell for cell in cells):
            yield ", ".join([row["data"], *cells, row["BSO"]])


def as_published(of_seed: dict) -> np.ndarray:
    """Areas over the number of scores, as the published means are."""
    if not of_seed:
        return np.empty(0)
    areas, ranges = np.array(list(of_seed.values())).T
    return areas * ranges / (ranges + 1)


def other_rows(table: dict) -> Iterator[str]:
    """Yield a row for each strategy: minus margin sampling, and the oracle's lead."""
    oracle = {row["data"]: row["BSO"] for row in record.published("means")}
    for name in record.STRATEGIES:
        gaps = gaps_to_margin(table, name)
        lead = [
            float(oracle[data]) - as_published(table[data, name]).mean()
            for data in COMPARABLE
            if (data, name) in table
        ]
        found = summary(gaps) if name != "Margin" else None
        cells = [name, str(len(lead))]
        cells += ["", "", ""] if found is None else against(found)
        if lead:
            yield ", ".join([*cells, f"{np.mean(lead):.4f}"])


def gaps_to_margin(table: dict, name: str) -> Series:
    """Mean difference to margin sampling on the same seeds, set by set."""
    gaps = {}
    for data in COMPARABLE:
        ours, theirs = (table.get((data, s), {}) for s in (name, "Margin"))
        both = sorted(ours.keys() & theirs.keys())
        if len(both) >= 3:
            gaps[data] = np.mean([ours[s][0] - theirs[s][0] for s in both])
    return Series(gaps, dtype=float)


def against(found) -> list[str]:
    """Cells of a summary; the interval only of enough sets."""
    interval = f"{found.low:+.4f} to {found.high:+.4f}"
    interval = interval if found.n >= LEAST_SETS else "(few sets)"
    return [f"{found.mean:+.4f}", interval, f"{found.won} of {found.n}"]
