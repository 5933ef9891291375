"""Finished rounds, stored as they come; layer 6.

An SQLite file holds what the experiment is, in words, and of each finished round the
rows labelled, the scores and the times: plain text and numbers, nothing that could be
run. Models are fitted again from the rows.
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
NETS = "torch", "skorch"  # results depend on them where they are at work
# Whether finished rounds hang on the facts of a kind; other facts may still change.
IN_USE = {
    "experiment": "SELECT EXISTS (SELECT 1 FROM rounds WHERE ? = '')",
    "strategy": "SELECT EXISTS (SELECT 1 FROM rounds WHERE strategy = ?)",
    "split": "SELECT EXISTS (SELECT 1 FROM rounds WHERE split = ?)",
}


class NoCheckpoint:
    """What stands in for a checkpoint where nothing is to be stored."""

    def seed(self, random_state: Any) -> int:
        """Draw the seed of the experiment."""
        return draw_seed(random_state)

    def enter(self, facts: Facts) -> None:
        """Do nothing: there is nothing that could differ."""

    def load(self, name: str, split: Split, n_labels: Iterable[int]) -> list[Round]:
        """Nothing is stored."""
        return []

    def save(self, round_: Round, chosen: Sequence[int]) -> None:
        """Store nothing."""


class Checkpoint:
    """The finished rounds of an experiment, in a folder.

    Holds no connection, so that it can be sent to other processes; SQLite's locks keep
    several of them apart. Whatever cannot be read or written is a `CheckpointError`.

    Parameters
    ----------
    folder : str or path
        Made if there is none.
    """

    def __init__(self, folder: str | os.PathLike) -> None:
        if not isinstance(folder, str | os.PathLike):
            raise TypeError(
                f"checkpoint must be a folder (a str or a path), not {folder!r}"
            )
        if not os.fspath(folder):
            raise ValueError(
                "checkpoint is empty: name a folder, or use None to store nothing"
            )
        self.folder = Path(folder).absolute()
        self.database = Database(self.folder)
        self.facts: Facts = {}

    def seed(self, random_state: Any) -> int:
        """Find the seed of the experiment; the stored one for None, if there is one."""
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
                )  # perhaps of another process
        return int(stored["random_state"])

    def enter(self, facts: Facts) -> None:
        """State what the experiment is, and refuse to mix it with another one.

        Parameters
        ----------
        facts : dict of (kind, owner) to dict of str to str
            Kinds are "experiment", "strategy" and "split".

        Raises
        ------
        ValueError
            Naming each fact that differs from what finished rounds were made with.
        CheckpointError
            If the file is damaged, locked, or has to be written and may not.
        """
        self.facts = facts
        # a finished search writes nothing: it may lie on a medium that is read only
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
        """Whether all facts are there; raise if they differ from those in use."""
        self.database.check(db)
        self._check_libraries(db)
        differences = []
        for kind in IN_USE:
            if kind == "split" and differences:
                break  # splits follow from what is named already
            for place, named in self.facts.items():
                if place[0] == kind:
                    differences += self._differences(db, place, named)
        if differences:
            raise ValueError(
                f"the checkpoint in {self.folder} is of another experiment:\n"
                + "\n".join(differences)
                + "\nGive what was given then, or another folder."
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
                "those to come may differ from those of an undisturbed run"
            )

    def load(self, name: str, split: Split, n_labels: Iterable[int]) -> list[Round]:
        """Load the finished rounds of a strategy in a split.

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
            From the first on, without a gap, and without the fitted strategies.
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
        """Store a finished round; the same one of another process may be there.

        Parameters
        ----------
        round_ : Round
            With its scores.
        chosen : array of int
            The rows that were labelled for it; none in the first.
        """
        times = round_.fit_time, round_.query_time, round_.draw_time
        row = (
            self._key(round_.name, round_.split),
            round_.name,
            str(round_.split),
            int(round_.number),
            len(round_.labelled),
            json.dumps(np.asarray(chosen).tolist()),
            json.dumps(round_.scores),  # Python's floats come back as they were
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
        """Lines that say what is not as it was when rounds were finished."""
        kind, owner = place
        stored = self._stored(db, kind, owner)
        (in_use,) = db.execute(IN_USE[kind], (owner,)).fetchone()
        if stored and in_use:
            whose = f"{kind} {owner}: " if owner else ""
            for name in sorted(stored.keys() | named.keys()):
                was, now = stored.get(name, "not there"), named.get(name, "not there")
                if was != now:
                    yield f"* {whose}{name} was {was}, and is {now}"


def _replace(db, place, named):
    db.execute("DELETE FROM facts WHERE kind = ? AND owner = ?", place)
    for name, value in named.items():
        insert(db, "facts", (*place, name, value))


def _libraries():
    """Versions of what results depend on; those of nets where a net may be at work."""
    nets = {name: sys.modules[name] for name in NETS if sys.modules.get(name)}
    return LIBRARIES | {name: str(net.__version__) for name, net in nets.items()}
