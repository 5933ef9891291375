"""Tables to which lines are added, with a record of what produced each line.

A run that is killed only loses the cells that it was working on: finished cells are
written to the CSV at once. The column ``run`` of a line is the index of its run in the
JSON file beside the table, with command, commit, versions and machine.
"""

import csv
import json
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

__all__ = ["Store", "read"]

PACKAGES = ("scikit-learn", "numpy", "scipy", "joblib")


class Store:
    """A table of cells, which are identified by `keys`.

    Parameters
    ----------
    path : Path
        Path of the CSV.
    keys : tuple of str
        Columns that identify a cell.
    values : tuple of str
        Its other columns.
    settings : dict
        Settings that are the same for all lines; a table with others is refused.
    add : bool, default=False
        Whether lines of this commit may be added to those of another one.
    """

    def __init__(
        self,
        path: Path,
        keys: tuple[str, ...],
        values: tuple[str, ...],
        settings: dict[str, Any],
        *,
        add: bool = False,
    ) -> None:
        self.path, self.keys = path, keys
        self.columns = (*keys, *values, "run")
        # tuples become lists, as in a file
        self._settings = json.loads(json.dumps(settings))
        self._run, self._add = None, add

    def done(self) -> set[tuple[str, ...]]:
        """Keys of the finished cells, as text."""
        if not self.path.exists():
            return set()
        return {tuple(row[key] for key in self.keys) for row in read(self.path)}

    def append(self, **row: Any) -> None:
        """Write a cell; other processes may write at the same time."""
        if self._run is None:
            self._begin()
        values = [_text(row[name]) for name in self.columns[:-1]]
        line = ",".join([*values, str(self._run)]) + "\n"
        # a single write at the end of the file, so that lines do not mix
        with open(self.path, "ab", buffering=0) as file:
            file.write(line.encode())
            os.fsync(file.fileno())

    def _begin(self):
        """Add this run to the JSON file, and write the header of a new table."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_suffix(".json")
        known = json.loads(beside.read_text()) if beside.exists() else None
        if known is None:
            known = {"settings": self._settings, "runs": []}
        made_by = provenance()
        self._check(known, made_by["commit"])
        self._run = len(known["runs"])
        known["runs"].append(made_by)
        unfinished = beside.with_suffix(".tmp")
        unfinished.write_text(json.dumps(known, indent=1) + "\n")
        unfinished.replace(beside)
        if not self.path.exists():
            self.path.write_text(",".join(self.columns) + "\n")

    def _check(self, known, commit):
        """Raise if the table was made with other settings, or at another commit."""
        name = self.path.name
        for key in known["settings"].keys() | self._settings.keys():
            before, now = (s.get(key) for s in (known["settings"], self._settings))
            if before != now:
                raise ValueError(
                    f"{name} was made with {key}={before!r}, but this run has "
                    f"{key}={now!r}; use another --out"
                )
        if not self._add and known["runs"] and known["runs"][-1]["commit"] != commit:
            raise ValueError(
                f"{name} was made at commit {known['runs'][-1]['commit']}, but this is "
                f"{commit}; use --add to put lines of both in one table"
            )


def read(path: Path) -> Iterator[dict[str, str]]:
    """Yield the lines of a table; raise if one was cut short."""
    text = path.read_text()
    if text and not text.endswith("\n"):
        raise ValueError(
            f"the last line of {path} was cut short; delete it, so that its cell runs "
            "again"
        )
    yield from csv.DictReader(text.splitlines(), strict=True)


def provenance() -> dict[str, Any]:
    """What produces a run: command, commit, versions, machine and time."""
    packages = {"python": platform.python_version()}
    packages |= {name: version(name) for name in PACKAGES}
    return {
        "command": command(sys.argv),
        "commit": commit(),
        "versions": packages,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def command(argv: list[str]) -> str:
    """The command line, without where the results are written."""
    name, *arguments = argv
    if "--out" in arguments:
        place = arguments.index("--out")
        del arguments[place : place + 2]
    return shlex.join(["python", f"benchmarks/survey/{Path(name).name}", *arguments])


def commit() -> str:
    """Commit of the scripts, and whether they have changed since; "" outside git."""
    folder = Path(__file__).parent
    git = ["git", "-C", str(folder)]
    head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True)
    if head.returncode:
        return ""
    changed = subprocess.run(
        [*git, "status", "--porcelain", "--untracked-files=no"],
        capture_output=True,
        text=True,
        check=True,
    )
    return head.stdout.strip() + (" and changes" if changed.stdout.strip() else "")


def _text(value):
    """Convert a value to a cell of a CSV without quotes."""
    text = f"{value:.7g}" if isinstance(value, float) else str(value)
    if any(sign in text for sign in ',"\n'):
        raise ValueError(f"{text!r} needs quotes in a CSV, which tables do not use")
    return text
