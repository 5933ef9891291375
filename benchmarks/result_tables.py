"""The tables of ``doc/results``, written from the tables of ``benchmarks/results``.

    python benchmarks/result_tables.py             # write them
    python benchmarks/result_tables.py --check     # name the pages that disagree

To show the results of another experiment, commit ``<name>.csv`` to
``benchmarks/results``, add a line to `TABLES` below, and put an empty pair of marks on
the page, between which the table is written::

    .. table of <name>: written by benchmarks/result_tables.py

    .. end of table

A table compares strategies with random sampling, run by run: what the difference in
area comes to stands in the second column, before the figures. There are no p-values: a
verdict is a p-value below 0.05 after Holm's correction for all strategies of the table,
and those who want the number get it from the script of the experiment
(``--plot-only``). Tables of more than one data set have a line for the name of each.
``tests/test_results.py`` holds the pages to the tables.
"""

import argparse
import re
import sys
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from csv_tables import capital, csv_table, quoted

ROOT = Path(__file__).parents[1]
RESULTS, DOC = ROOT / "benchmarks" / "results", ROOT / "doc" / "results"
sys.path.append(str(Path(__file__).parent / "papers"))

from _every import TESTS, against_random, problems, readable  # noqa: E402

FIGURES = ["score at the end", "area minus random", "95% interval", "runs won"]
BASIC = ["against random", *FIGURES]
EVERY_TEST = [*TESTS, *FIGURES]


class Table(NamedTuple):
    """Which page shows a CSV, what its last score is called, and which columns."""

    page: str
    score: str
    columns: list[str] = BASIC


TABLES = {
    "digits_forest": Table("digits", "Accuracy at 100"),
    "digits_cnn": Table("digits", "Accuracy at 70"),
    "uci_deimos": Table("regression", "Score at 100", EVERY_TEST),
    "uci_forest": Table("regression", "Score at 100"),
    "uci_gp": Table("regression", "Score at 100"),
    "mnist": Table("images", "Accuracy at 150"),
    "doubt_weighted_ablation": Table("papers", "Accuracy at 260"),
    "doubt_weighted_clusters": Table("toys", "Accuracy at the end"),
}


def header(table: Table) -> str:
    """Names of the columns."""
    names = [capital(name) for name in table.columns]
    place = table.columns.index("score at the end")
    return ", ".join(["Strategy", *names[:place], table.score, *names[place + 1 :]])


def rows(name: str) -> list[str]:
    """Rows of a table: strategies, best first, of each data set."""
    columns, found = TABLES[name].columns, []
    frame = pd.read_csv(RESULTS / f"{name}.csv")
    frame = frame[frame["split"].notna()]  # some have points to draw below the curves
    for data, curves in problems(frame).items():
        if data:
            found.append(", ".join([f"**{data}**", *[""] * len(columns)]).rstrip())
        cells = readable(against_random(curves))[columns]
        found += [", ".join(map(quoted, [spec, *row])) for spec, row in cells.T.items()]
    return found


def written(name: str) -> str:
    """Write the whole table in reStructuredText."""
    return csv_table(header(TABLES[name]), rows(name))


def replaced(text: str, name: str, new: str) -> str:
    """Put the table between its marks."""
    begin = f".. table of {name}: written by benchmarks/result_tables.py\n"
    between = re.compile(rf"({re.escape(begin)}\n).*?(\.\. end of table\n)", re.DOTALL)
    text, n = between.subn(lambda marks: f"{marks[1]}{new}\n\n{marks[2]}", text)
    if n != 1:
        raise ValueError(f"the page needs one pair of marks: {begin!r}; it has {n}")
    return text


def stale() -> list[str]:
    """Names of the tables that are not what the CSVs say."""
    return [
        name
        for name, table in TABLES.items()
        if replaced(text := page(table).read_text(), name, written(name)) != text
    ]


def page(table: Table) -> Path:
    """File of the page that shows a table."""
    return DOC / f"{table.page}.rst"


def main(argv=None):
    """Write, or check, all tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing")
    args = parser.parse_args(argv)
    names = stale()
    if args.check:
        raise SystemExit(f"not as the CSVs say: {', '.join(names)}" if names else 0)
    for name in names:
        path = page(TABLES[name])
        path.write_text(replaced(path.read_text(), name, written(name)))
        print(f"written: {name} on {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
