"""The file of a checkpoint: tables whose rows have digests, and its errors; layer 6.

SQLite keeps processes apart and transactions whole. It does not notice bits that a disk
has changed: each row has a digest of its cells, which is checked when it is read.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

__all__ = ["FILE", "CheckpointError", "Database", "insert"]

FILE = "rounds.sqlite"
FORMAT = 2
TIMEOUT = 120.0  # seconds to wait for another process, which needs milliseconds

# key: of experiment, strategy and split together, so that rounds of two experiments
# can never be taken for each other's. Two processes may bring the same round.
SCHEMA = (
    """
    CREATE TABLE IF NOT EXISTS facts (
        kind TEXT, owner TEXT, name TEXT, value TEXT NOT NULL, digest TEXT NOT NULL,
        PRIMARY KEY (kind, owner, name)
    )""",
    """
    CREATE TABLE IF NOT EXISTS rounds (
        key TEXT, strategy TEXT, split TEXT, round INTEGER, n_labels INTEGER,
        chosen TEXT NOT NULL, scores TEXT NOT NULL,
        fit_time REAL, query_time REAL, draw_time REAL, digest TEXT NOT NULL,
        PRIMARY KEY (key, round, n_labels)
    )""",
)
TABLES = "facts", "rounds"
# What to do, by how the name of SQLite's error begins
REMEDIES = {
    "SQLITE_BUSY": "another process holds it: wait until that ends, or end it",
    "SQLITE_FULL": "free space and run it again; finished rounds are kept",
    "SQLITE_IOERR": "see to the disk and run it again; finished rounds are kept",
    "SQLITE_READONLY": "copy the folder to where it may be written, to go on there",
    "SQLITE_CANTOPEN": "make the folder one that may be read and written",
    "SQLITE_AUTH": "make the folder one that may be read and written",
    "SQLITE_PERM": "make the folder one that may be read and written",
}
DAMAGED = "it is damaged: put a good copy in its place, or remove it to start anew"


class CheckpointError(OSError):
    """A checkpoint cannot be read or written, which is no strategy's fault."""


class Database:
    """A file in a folder, with tables of facts and of rounds.

    Holds no connection, so that it can be sent to other processes.

    Parameters
    ----------
    folder : path
        Made as soon as something is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self.folder / FILE

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """Open for reading, perhaps from a medium that cannot be written.

        Yields
        ------
        sqlite3.Connection or None
            None if nothing was stored yet.
        """
        with self._errors_explained():
            if not self.path.exists():
                yield None
                return
            # SQLite itself opens for reading what it may not write
            with self._connection("rw") as db:
                yield db if self._version(db) else None

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, and nobody else writes meanwhile."""
        with self._errors_explained():
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._connection("rwc") as db:
                db.execute("BEGIN IMMEDIATE")
                try:
                    self._prepare(db)
                    yield db
                    db.execute("COMMIT")
                except BaseException:
                    if db.in_transaction:  # a full disk has ended it
                        db.execute("ROLLBACK")
                    raise

    def check(self, db: sqlite3.Connection) -> None:
        """Raise `CheckpointError` unless all rows are as they were written."""
        (found,) = db.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise self._error(found, DAMAGED)
        for table in TABLES:
            self.select(db, table)

    def select(
        self, db: sqlite3.Connection, table: str, **where: Any
    ) -> list[tuple[Any, ...]]:
        """Rows of a table, checked and without digests, by the value of some columns.

        Raises
        ------
        CheckpointError
            If one is not as it was written.
        """
        conditions = " AND ".join(f"{name} = ?" for name in where) or "TRUE"
        query = f"SELECT * FROM {table} WHERE {conditions}"
        rows = db.execute(query, (*where.values(),)).fetchall()
        for *cells, digest in rows:
            if seal(cells) != digest:
                raise self._error(f"a row of {table} is not as it was written", DAMAGED)
        return [row[:-1] for row in rows]

    @contextmanager
    def _connection(self, mode):
        # not in WAL mode, which does not work over the network, where nodes share files
        uri = f"{self.path.as_uri()}?mode={mode}"
        made = sqlite3.connect(uri, TIMEOUT, isolation_level=None, uri=True)
        with closing(made) as db:
            yield db

    def _version(self, db):
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version not in (0, FORMAT):
            raise ValueError(
                f"the checkpoint in {self.folder} has format {version}, which another "
                f"version of skactive wrote; this one writes {FORMAT}"
            )
        return version

    def _prepare(self, db):
        if self._version(db) == 0:
            for statement in SCHEMA:
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {FORMAT}")

    @contextmanager
    def _errors_explained(self):
        try:
            yield
        except (sqlite3.Error, UnicodeDecodeError) as error:
            # errors that are not SQLite's, such as of text that is none, have no name
            kind = getattr(error, "sqlite_errorname", "")
            fitting = (r for name, r in REMEDIES.items() if kind.startswith(name))
            raise self._error(error, next(fitting, DAMAGED)) from error
        except CheckpointError:
            raise
        except OSError as error:
            raise self._error(error, REMEDIES["SQLITE_CANTOPEN"]) from error

    def _error(self, reason, remedy):
        return CheckpointError(
            f"the checkpoint {self.path} cannot be used ({reason}): {remedy}"
        )


def seal(cells: Iterable[Any]) -> str:
    """Digest of the cells of a row, as they come out of the file."""
    return hashlib.blake2b(repr(tuple(cells)).encode(), digest_size=10).hexdigest()


def insert(db: sqlite3.Connection, table: str, cells: tuple) -> None:
    """Insert a row with its digest, unless its key is there."""
    row = (*cells, seal(cells))
    marks = ", ".join("?" * len(row))
    db.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", row)
