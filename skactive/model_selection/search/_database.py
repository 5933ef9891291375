"""SQLite file of a checkpoint, with checksums and explained errors; layer 6.

SQLite isolates processes and makes transactions atomic, but does not notice corrupted
data on a disk. Each row therefore has a digest of its cells, verified when it is read.
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
TIMEOUT = 120.0  # seconds to wait for other processes, which take milliseconds

# key identifies experiment, strategy and split, so that rounds of two experiments
# cannot be confused. Two processes may insert the same round; the second is ignored.
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
# Remedies by the beginning of the name of SQLite's error
REMEDIES = {
    "SQLITE_BUSY": "another process has locked it; wait until that has finished",
    "SQLITE_FULL": "free disk space and run again; finished rounds are kept",
    "SQLITE_IOERR": "check the disk and run again; finished rounds are kept",
    "SQLITE_READONLY": "copy the folder to a place where it can be written",
    "SQLITE_CANTOPEN": "make the folder readable and writable",
    "SQLITE_AUTH": "make the folder readable and writable",
    "SQLITE_PERM": "make the folder readable and writable",
}
DAMAGED = "it is damaged; replace it by a good copy, or delete it to start again"


class CheckpointError(OSError):
    """Error in reading or writing a checkpoint, as opposed to one of a strategy."""


class Database:
    """SQLite file in a folder, with tables of facts and of rounds.

    It does not hold a connection, so it can be pickled.

    Parameters
    ----------
    folder : path
        The folder; it is created when something is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def path(self) -> Path:
        """Path of the file."""
        return self.folder / FILE

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """Open the file for reading, which may be on a read-only medium.

        Yields
        ------
        sqlite3.Connection or None
            None if nothing has been stored yet.
        """
        with self._errors_explained():
            if not self.path.exists():
                yield None
                return
            # SQLite falls back to reading if the file cannot be written
            with self._connection("rw") as db:
                yield db if self._version(db) else None

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction, which is exclusive, and rolled back on an error."""
        with self._errors_explained():
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._connection("rwc") as db:
                # takes the write lock at once: two readers that become writers would
                # deadlock
                db.execute("BEGIN IMMEDIATE")
                try:
                    self._prepare(db)
                    yield db
                    db.execute("COMMIT")
                except BaseException:
                    # SQLite rolls back itself if the disk is full
                    if db.in_transaction:
                        db.execute("ROLLBACK")
                    raise

    def check(self, db: sqlite3.Connection) -> None:
        """Raise `CheckpointError` unless all rows match their digests."""
        (found,) = db.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise self._error(found, DAMAGED)
        for table in TABLES:
            self.select(db, table)

    def select(
        self, db: sqlite3.Connection, table: str, **where: Any
    ) -> list[tuple[Any, ...]]:
        """Select rows by the values of some columns, verified and without digests.

        Raises
        ------
        CheckpointError
            If a row does not match its digest.
        """
        conditions = " AND ".join(f"{name} = ?" for name in where) or "TRUE"
        query = f"SELECT * FROM {table} WHERE {conditions}"
        rows = db.execute(query, (*where.values(),)).fetchall()
        for *cells, digest in rows:
            if seal(cells) != digest:
                raise self._error(f"a row of {table} was altered", DAMAGED)
        return [row[:-1] for row in rows]

    @contextmanager
    def _connection(self, mode):
        # no WAL mode: it does not work on network file systems, which cluster nodes
        # share
        uri = f"{self.path.as_uri()}?mode={mode}"
        made = sqlite3.connect(uri, TIMEOUT, isolation_level=None, uri=True)
        with closing(made) as db:
            yield db

    def _version(self, db):
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version not in (0, FORMAT):
            raise ValueError(
                f"the checkpoint in {self.folder} has format {version}, but this "
                f"version of skactive uses format {FORMAT}; use the version that "
                "wrote it, or another folder"
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
            # other errors, such as of bytes that are not UTF-8, have no such name
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
    """Digest of the cells of a row, as SQLite returns them."""
    return hashlib.blake2b(repr(tuple(cells)).encode(), digest_size=10).hexdigest()


def insert(db: sqlite3.Connection, table: str, cells: tuple) -> None:
    """Insert a row with its digest, unless its key exists."""
    row = (*cells, seal(cells))
    marks = ", ".join("?" * len(row))
    db.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", row)
