"""The documentation's pages of the survey, made from its CSVs alone.

    python benchmarks/survey/report.py             # writes pages and pictures
    python benchmarks/survey/report.py --check     # which pages disagree with the CSVs

Written are the generated parts, between two marks, of ``doc/results/survey.rst``, of
every strategy's page and of ``doc/strategies/index.rst``, and pictures of ranks and of
differences, set by set. What few sets allow to say is decided by rule: fewer than eight
are too few, and an interval with zero shows no difference.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import record
from _figures import draw_heat, draw_ranks
from _pages import (
    advice,
    between,
    heat_name,
    measured,
    page_of,
    pictured,
    survey_page,
    title,
)
from _summaries import TEXT_TASK, groups, read_survey
from _text_part import text_part

from skactive.testing import all_strategies

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "survey"
DOC = ROOT / "doc"


def read_all(folder):
    """Groups of the survey, those of texts and images, and the record's areas.

    They are empty without tables.
    """
    survey, areas = folder / "survey.csv", folder / "record.csv"
    every = list(groups(read_survey(survey))) if survey.exists() else []
    features = [group for group in every if group.task == TEXT_TASK]
    every = [group for group in every if group.task != TEXT_TASK]
    return every, features, record.areas(areas) if areas.exists() else {}


def parts(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield each page, and what its generated part should be."""
    every, features, table = read_all(folder)
    page = "\n\n".join([survey_page(every, table), *text_part(features)])
    yield DOC / "results" / "survey.rst", page
    yield DOC / "strategies" / "index.rst", advice(every)
    for cls in all_strategies():
        name = cls.__name__
        yield DOC / "strategies" / page_of(name), measured(every, name)


def stale(folder: Path) -> list[Path]:
    """Pages whose generated part is not what the tables say."""
    return [
        path
        for path, new in parts(folder)
        if between(path.read_text(), new) != path.read_text()
    ]


def draw(folder):
    """Draw ranks of groups with enough sets, and a heat map of each."""
    every = [group for group in read_all(folder)[0] if pictured(group)]
    if not every:
        print("no group has enough sets for pictures")
        return
    figures = {"survey_ranks": draw_ranks(every, [title(g) for g in every])}
    figures |= {heat_name(g): draw_heat(g, title(g)) for g in every}
    for name, figure in figures.items():
        path = DOC / "_static" / f"{name}.png"
        figure.savefig(path, dpi=110)
        print(f"picture: {path.relative_to(ROOT)}")


def parse(argv=None):
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--check", action="store_true", help="write nothing")
    add("--out", type=Path, default=RESULTS, help="folder of the CSVs")
    return parser.parse_args(argv)


def main(argv=None):
    """Write, or check, all pages."""
    args = parse(argv)
    pages = stale(args.out)
    names = "\n".join(str(path.relative_to(ROOT)) for path in pages)
    if args.check:
        raise SystemExit(f"not as the tables say:\n{names}" if pages else 0)
    for path, new in parts(args.out):
        path.write_text(between(path.read_text(), new))
    print(f"written: {len(pages)} pages\n{names}")
    mpl.use("Agg")
    draw(args.out)


if __name__ == "__main__":
    main()
