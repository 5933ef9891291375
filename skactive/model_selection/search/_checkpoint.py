"""Checkpoints: finished rounds stored in an SQLite file; layer 6.

The file contains a description of the experiment, and the labelled rows, scores and
times of each finished round, as plain text and numbers that cannot execute code. Models
are not stored, but refitted from the rows.
"""

import json
import os
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import sklearn

import skactive
from skactive._utils.warnings import warn_caller
from skactive.model_selection.curves._rounds import Round
from skactive.model_selection.curves._splits import Split, draw_seed
from skactive.model_selection.search._database import Database, insert
from skactive.model_selection.search._facts import Facts
from skactive.model_selection.search._fingerprint import digest

__all__ = ["Checkpoint", "NoCheckpoint"]

LIBRARIES = {
    "numpy": np.__version__,
    "scipy": scipy.__version__,
    "scikit-learn": sklearn.__version__,
    "skactive": skactive.__version__,
}
NETS = "torch", "skorch"  # recorded if imported, as results then depend on them
# Whether finished rounds depend on the facts of a kind; others may still be replaced.
IN_USE = {
    "experiment": "SELECT EXISTS (SELECT 1 FROM rounds WHERE ? = '')",
    "strategy": "SELECT EXISTS (SELECT 1 FROM rounds WHERE strategy = ?)",
    "split": "SELECT EXISTS (SELECT 1 FROM rounds WHERE split = ?)",
}


class NoCheckpoint:
    """Stand-in for a checkpoint if nothing is to be stored."""

    def seed(self, random_state: Any) -> int:
        """Draw the seed of the experiment."""
        return draw_seed(random_state)

    def enter(self, facts: Facts) -> None:
        """Do nothing, as there is nothing to compare with."""

    def load(self, name: str, split: Split, n_labels: Iterable[int]) -> list[Round]:
        """Return no rounds."""
        return []

    def save(self, round_: Round, chosen: Sequence[int]) -> None:
        """Do nothing."""


class Checkpoint:
    """The finished rounds of an experiment, stored in a folder.

    It does not hold a connection, so it can be pickled and used by several processes,
    which SQLite's locks keep apart. Errors in reading and writing raise
    `CheckpointError`.

    Parameters
    ----------
    folder : str or path
        The folder; it is created if it does not exist.
    """

    def __init__(self, folder: str | os.PathLike) -> None:
        if not isinstance(folder, str | os.PathLike):
            raise TypeError(
                f"checkpoint must be a folder (a str or a path), but is {folder!r}"
            )
        if not os.fspath(folder):
            raise ValueError(
                "checkpoint is an empty string; name a folder, or use None to store "
                "nothing"
            )
        self.folder = Path(folder).absolute()
        self.database = Database(self.folder)
        self.facts: Facts = {}

    def seed(self, random_state: Any) -> int:
        """Seed of the experiment; if `random_state` is None, a stored one is reused."""
        drawn = draw_seed(random_state)
        if random_state is not None:
            return drawn
        with self.database.reading() as db:
            stored = self._stored(db, "experiment", "") if db is not None else {}
        if "random_state" not in stored:
            with self.database.writing() as db:
                insert(db, "facts", ("experiment", "", "random_state", str(drawn)))
                stored = self._stored(
                    db, "experiment", ""
                )  # another process may have stored one first
        return int(stored["random_state"])

    def enter(self, facts: Facts) -> None:
        """Describe the experiment, and refuse to mix it with a different one.

        Parameters
        ----------
        facts : dict of (kind, owner) to dict of str to str
            The facts of each kind: "experiment", "strategy" or "split".

        Raises
        ------
        ValueError
            If facts differ from those of finished rounds; the message lists them.
        CheckpointError
            If the file is damaged, locked, or needs to be written but is read-only.
        """
        self.facts = facts
        # a complete search is only read, as it may be on a read-only medium
        with self.database.reading() as db:
            known = db is not None and self._is_known(db)
        if not known:
            with self.database.writing() as db:
                self._is_known(db)
                for place, named in facts.items():
                    _replace(db, place, named)
                if not self._stored(db, "libraries", ""):
                    _replace(db, ("libraries", ""), _libraries())

    def _is_known(self, db):
        """Whether all facts are stored; raise if they contradict finished rounds."""
        self.database.check(db)
        self._check_libraries(db)
        differences = []
        for kind in IN_USE:
            if kind == "split" and differences:
                break  # splits differ as a consequence of the differences found
            for place, named in self.facts.items():
                if place[0] == kind:
                    differences += self._differences(db, place, named)
        if differences:
            raise ValueError(
                f"the checkpoint in {self.folder} is of another experiment:\n"
                + "\n".join(differences)
                + "\nUse the same arguments, or another folder."
            )
        return all(self._stored(db, *p) == named for p, named in self.facts.items())

    def _check_libraries(self, db):
        stored = self._stored(db, "libraries", "")
        changed = [
            f"{name} {stored[name]} (now {now})"
            for name, now in _libraries().items()
            if stored.get(name, now) != now
        ]
        if changed:
            warn_caller(
                f"the rounds in {self.folder} were made with {', '.join(changed)}: "
                "new rounds may differ from those of an uninterrupted run"
            )

    def load(self, name: str, split: Split, n_labels: Iterable[int]) -> list[Round]:
        """Load the finished rounds of a strategy on a split.

        Parameters
        ----------
        name : str
            Name of the strategy.
        split : Split
            The split.
        n_labels : array-like of int
            Number of labels in each round.

        Returns
        -------
        list of Round
            The first rounds without gaps, without the fitted strategies.
        """
        with self.database.reading() as db:
            return [] if db is None else list(self._rounds(db, name, split, n_labels))

    def _rounds(self, db, name, split, n_labels) -> Iterator[Round]:
        key, labelled = self._key(name, split.number), split.initial
        for number, n in enumerate(n_labels):
            where = {"key": key, "round": number, "n_labels": int(n)}
            found = self.database.select(db, "rounds", **where)
            if not found:
                return
            chosen, scores, *times = found[0][5:]
            rows = np.array(json.loads(chosen), dtype=np.intp)
            labelled = np.concatenate([labelled, rows])
            fit, query, draw = (np.nan if s is None else s for s in times)
            place = name, split.number, number
            yield Round(None, labelled, query, fit, draw, *place, json.loads(scores))

    def save(self, round_: Round, chosen: Sequence[int]) -> None:
        """Store a finished round, unless another process has stored it already.

        Parameters
        ----------
        round_ : Round
            The round, with its scores.
        chosen : array of int
            Rows that were labelled in this round; empty for the first.
        """
        times = round_.fit_time, round_.query_time, round_.draw_time
        row = (
            self._key(round_.name, round_.split),
            round_.name,
            str(round_.split),
            int(round_.number),
            len(round_.labelled),
            json.dumps(np.asarray(chosen).tolist()),
            json.dumps(round_.scores),  # floats are restored exactly
            *(None if np.isnan(time) else float(time) for time in times),
        )
        with self.database.writing() as db:
            insert(db, "rounds", row)

    def _key(self, name, number):
        places = ("experiment", ""), ("strategy", name), ("split", str(number))
        return digest([self.facts[place] for place in places])

    def _stored(self, db: sqlite3.Connection, kind: str, owner: str) -> dict[str, str]:
        rows = self.database.select(db, "facts", kind=kind, owner=owner)
        return {name: value for _, _, name, value in rows}

    def _differences(self, db, place, named):
        """Describe facts that differ from those of finished rounds, one per line."""
        kind, owner = place
        stored = self._stored(db, kind, owner)
        (in_use,) = db.execute(IN_USE[kind], (owner,)).fetchone()
        if stored and in_use:
            whose = f"{kind} {owner}: " if owner else ""
            for name in sorted(stored.keys() | named.keys()):
                was, now = stored.get(name, "not there"), named.get(name, "not there")
                if was != now:
                    yield f"* {whose}{name} was {was}, but is now {now}"


def _replace(db, place, named):
    db.execute("DELETE FROM facts WHERE kind = ? AND owner = ?", place)
    for name, value in named.items():
        insert(db, "facts", (*place, name, value))


def _libraries():
    """Versions of the libraries that results depend on, nets' if they are imported."""
    nets = {name: sys.modules[name] for name in NETS if sys.modules.get(name)}
    return LIBRARIES | {name: str(net.__version__) for name, net in nets.items()}
