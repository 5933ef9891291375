"""Tables of ``doc/results`` with the papers' numbers beside ours.

    python benchmarks/published_tables.py             # write them
    python benchmarks/published_tables.py --check     # name those that disagree

Each is written from ``benchmarks/results/<name>.csv`` by the function ``beside`` of the
script ``benchmarks/papers/<name>.py``, between a pair of marks on a page::

    .. numbers of <name>: written by benchmarks/published_tables.py

    .. end of numbers

``tests/test_published.py`` holds the pages to them.
"""

import argparse
import importlib
import json
import re
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent / "papers"))

from _driver import table
from csv_tables import capital, csv_table, quoted
from result_tables import DOC, RESULTS

MARKS = re.compile(
    r"(?P<head>^\.\. numbers of (?P<name>\w+): written by [^\n]*\n\n)"
    r"(?P<body>.*?)(?P<foot>^\.\. end of numbers\n)",
    re.MULTILINE | re.DOTALL,
)


def settings_of(name):
    """The settings that a table was made with."""
    made_by = json.loads((RESULTS / f"{name}.json").read_text())["settings"]
    given = {k: tuple(v) if isinstance(v, list) else v for k, v in made_by.items()}
    return importlib.import_module(name).Settings(**given)


def csv_rows(table):
    """Rows of a table as a page of the documentation has them, the names first."""
    head = [capital(name) for name in (table.index.name or "strategy", *table.columns)]
    body = zip(table.index, *(table[name] for name in table), strict=True)
    return [", ".join(map(quoted, row)).rstrip() for row in (head, *body)]


def written(name):
    """Write one table in reStructuredText."""
    script = importlib.import_module(name)
    beside = script.beside(table(RESULTS / f"{name}.csv"), settings_of(name))
    first, *rows = csv_rows(beside)
    return csv_table(first, rows)


def rewritten(text):
    """Write all tables of a page between their marks."""
    return MARKS.sub(lambda m: f"{m['head']}{written(m['name'])}\n\n{m['foot']}", text)


def main(argv=None):
    """Write, or check, the tables of all pages."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args(argv).check
    for page in sorted(DOC.glob("*.rst")):
        text = page.read_text()
        new = rewritten(text)
        if check and new != text:
            raise SystemExit(f"{page.name}: not as the CSVs say")
        page.write_text(new)


if __name__ == "__main__":
    main()
