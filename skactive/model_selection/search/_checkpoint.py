"""Finished rounds, stored as they come; layer 5.

An SQLite file holds what the experiment is, in words, and of each finished round the
rows labelled, the scores and the times: plain text and numbers, nothing that could be
run. Models are fitted again from the rows.
"""

import json
import sqlite3
import warnings
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import scipy
import sklearn

from skactive.model_selection.curves._rounds import Round
from skactive.model_selection.curves._splits import draw_seed
from skactive.model_selection.search._fingerprint import digest

__all__ = ["FILE", "Checkpoint"]

FILE = "rounds.sqlite"
FORMAT = 1
TIMEOUT = 120.0  # seconds to wait for another process, which needs milliseconds
LIBRARIES = {
    "numpy": np.__version__,
    "scipy": scipy.__version__,
    "scikit-learn": sklearn.__version__,
}

# key: of experiment, strategy and split together, so that rounds of two experiments
# can never be taken for each other's. Two processes may bring the same round.
SCHEMA = (
    """
    CREATE TABLE IF NOT EXISTS facts (
        kind TEXT, owner TEXT, name TEXT, value TEXT NOT NULL,
        PRIMARY KEY (kind, owner, name)
    )""",
    """
    CREATE TABLE IF NOT EXISTS rounds (
        key TEXT, strategy TEXT, split TEXT, round INTEGER, n_labels INTEGER,
        chosen TEXT NOT NULL, scores TEXT NOT NULL,
        fit_time REAL, query_time REAL, draw_time REAL,
        PRIMARY KEY (key, round, n_labels)
    )""",
)
# Whether finished rounds hang on the facts of a kind; other facts may still change.
IN_USE = {
    "experiment": "SELECT EXISTS (SELECT 1 FROM rounds WHERE ? = '')",
    "strategy": "SELECT EXISTS (SELECT 1 FROM rounds WHERE strategy = ?)",
    "split": "SELECT EXISTS (SELECT 1 FROM rounds WHERE split = ?)",
}


class Checkpoint:
    """The finished rounds of an experiment, in a folder.

    Holds no connection, so that it can be sent to other processes; SQLite's locks keep
    several of them apart.

    Parameters
    ----------
    folder : str or path
        Made if there is none.
    """

    def __init__(self, folder):
        self.folder = Path(folder).absolute()
        self.facts = {}

    def seed(self, random_state):
        """Find the seed of the experiment; the stored one for None, if there is one."""
        drawn = draw_seed(random_state)
        if random_state is not None:
            return drawn
        self.folder.mkdir(parents=True, exist_ok=True)
        where = ("experiment", "", "random_state")
        with self._transaction() as db:
            db.execute(
                "INSERT OR IGNORE INTO facts VALUES (?, ?, ?, ?)", (*where, drawn)
            )
            select = "SELECT value FROM facts WHERE kind = ? AND owner = ? AND name = ?"
            return int(db.execute(select, where).fetchone()[0])

    def enter(self, facts):
        """State what the experiment is, and refuse to mix it with another one.

        Parameters
        ----------
        facts : dict of (kind, owner) to dict of str to str
            Kinds are "experiment", "strategy" and "split".

        Raises
        ------
        ValueError
            Naming each fact that differs from what finished rounds were made with.
        """
        self.facts = facts
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._transaction() as db:
            self._check_libraries(db)
            differences = []
            for kind in IN_USE:
                if kind == "split" and differences:
                    break  # splits follow from what is named already
                for place, named in facts.items():
                    if place[0] == kind:
                        differences += _differences(db, place, named)
            if differences:
                raise ValueError(
                    f"the checkpoint in {self.folder} is of another experiment:\n"
                    + "\n".join(differences)
                    + "\nGive what was given then, or another folder."
                )
            for place, named in facts.items():
                _replace(db, place, named)

    def _check_libraries(self, db):
        stored = _stored(db, ("libraries", ""))
        changed = [
            f"{name} {stored[name]} (now {version})"
            for name, version in LIBRARIES.items()
            if stored.get(name, version) != version
        ]
        if changed:
            warnings.warn(
                f"the rounds in {self.folder} were made with {', '.join(changed)}: "
                "those to come may differ from those of an undisturbed run",
                stacklevel=2,
            )
        elif not stored:
            _replace(db, ("libraries", ""), LIBRARIES)

    def load(self, name, split, n_labels):
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
        select = (
            "SELECT chosen, scores, fit_time, query_time, draw_time FROM rounds "
            "WHERE key = ? AND round = ? AND n_labels = ?"
        )
        key, labelled, rounds = self._key(name, split.number), split.initial, []
        with self._connection() as db:
            for number, n in enumerate(n_labels):
                row = db.execute(select, (key, number, int(n))).fetchone()
                if row is None:
                    break
                chosen = np.array(json.loads(row[0]), dtype=np.intp)
                labelled = np.concatenate([labelled, chosen])
                fit, query, draw = (np.nan if s is None else s for s in row[2:])
                rounds.append(
                    Round(
                        None,
                        labelled,
                        query,
                        fit,
                        draw,
                        name,
                        split.number,
                        number,
                        json.loads(row[1]),
                    )
                )
        return rounds

    def save(self, round_, chosen):
        """Store a finished round; the same one of another process may be there.

        Parameters
        ----------
        round_ : Round
            With its scores.
        chosen : array of int
            The rows that were labelled for it; none in the first.
        """
        row = (
            self._key(round_.name, round_.split),
            round_.name,
            str(round_.split),
            round_.number,
            len(round_.labelled),
            json.dumps(np.asarray(chosen).tolist()),
            json.dumps(round_.scores),  # Python's floats come back as they were
            round_.fit_time,
            round_.query_time,  # NaN is stored as NULL
            round_.draw_time,
        )
        marks = ", ".join("?" * len(row))
        with self._transaction() as db:
            db.execute(f"INSERT OR IGNORE INTO rounds VALUES ({marks})", row)

    def _key(self, name, number):
        places = ("experiment", ""), ("strategy", name), ("split", str(number))
        return digest([self.facts[place] for place in places])

    @contextmanager
    def _connection(self):
        # not in WAL mode, which does not work over the network, where nodes share files
        path = self.folder / FILE
        with closing(sqlite3.connect(path, TIMEOUT, isolation_level=None)) as db:
            yield db

    @contextmanager
    def _transaction(self):
        """All or nothing, and nobody else writes meanwhile."""
        with self._connection() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                self._prepare(db)
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    def _prepare(self, db):
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version not in (0, FORMAT):
            raise ValueError(
                f"the checkpoint in {self.folder} has format {version}, which another "
                f"version of skactive wrote; this one writes {FORMAT}"
            )
        if version == 0:
            for statement in SCHEMA:
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {FORMAT}")


def _stored(db, place):
    select = "SELECT name, value FROM facts WHERE kind = ? AND owner = ?"
    return dict(db.execute(select, place))


def _replace(db, place, named):
    db.execute("DELETE FROM facts WHERE kind = ? AND owner = ?", place)
    rows = [(*place, name, value) for name, value in named.items()]
    db.executemany("INSERT INTO facts VALUES (?, ?, ?, ?)", rows)


def _differences(db, place, named):
    """Lines that say what is not as it was when rounds were finished."""
    kind, owner = place
    stored = _stored(db, place)
    (in_use,) = db.execute(IN_USE[kind], (owner,)).fetchone()
    if stored and in_use:
        whose = f"{kind} {owner}: " if owner else ""
        for name in sorted(stored.keys() | named.keys()):
            was, now = stored.get(name, "not there"), named.get(name, "not there")
            if was != now:
                yield f"* {whose}{name} was {was}, and is {now}"
