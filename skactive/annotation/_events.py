"""The campaign's file: events in the order in which they happened; layer 6.

One SQLite file, to which rows are added and of which none is ever changed. In WAL with
``synchronous=FULL`` a commit returns once its rows are on disk.
"""

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Event", "Store", "create_store"]

APPLICATION = 0x736B6163  # "skac": what marks an SQLite file as a campaign
FORMAT = 1
HEADER = b"SQLite format 3\0"
SCHEMA = f"""
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {FORMAT};
CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    time REAL NOT NULL,
    kind TEXT NOT NULL,
    data TEXT NOT NULL,
    blob BLOB
);
CREATE TRIGGER no_update BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER no_delete BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
"""


class Event(NamedTuple):
    """Something that happened, as it is on disk.

    Parameters
    ----------
    seq : int
        Its number: 1, 2, 3 ... without gaps.
    time : float
        Seconds since 1970.
    kind : str
        What happened; what `data` holds depends on it.
    data : dict
        Values that JSON can hold.
    blob : bytes or None
        Arrays.
    """

    seq: int
    time: float
    kind: str
    data: dict[str, Any]
    blob: bytes | None = None


class Store:
    """The events of a file.

    Parameters
    ----------
    path : Path
        The file.
    write : bool
        Whether events will be added.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such file, or it is not a campaign, or damaged.
    """

    def __init__(self, path: Path, *, write: bool) -> None:
        self.path = path
        _check_header(path)
        mode = "rw" if write else "ro"
        with _damage_named(path):
            self._db = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode={mode}",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                timeout=60,
            )
            try:
                _check_content(self._db, path)
                if write:
                    _make_durable(self._db)
            except BaseException:
                self._db.close()
                raise

    def append(self, *events: Event) -> list[Event]:
        """Add events, all or none; return them with their numbers, once on disk."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            numbered = [self._insert(event) for event in events]
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        return numbered

    def _insert(self, event):
        values = (event.time, event.kind, json.dumps(event.data), event.blob)
        done = self._db.execute(
            "INSERT INTO events (time, kind, data, blob) VALUES (?, ?, ?, ?)", values
        )
        return event._replace(seq=done.lastrowid)

    def read(self, after: int = 0) -> Iterator[Event]:
        """Yield the events after one, in order.

        Raises
        ------
        ValueError
            If the file is damaged.
        """
        with _damage_named(self.path):
            rows = self._db.execute(
                "SELECT seq, time, kind, data, blob FROM events WHERE seq > ? "
                "ORDER BY seq",
                (after,),
            )
            for place, (seq, time, kind, data, blob) in enumerate(rows, after + 1):
                if seq != place:
                    raise ValueError(_damaged(self.path, f"event {place} is missing"))
                yield Event(seq, time, kind, json.loads(data), blob)

    def close(self) -> None:
        """Close the file, all of its log brought into it."""
        self._db.close()  # the last connection to close checkpoints


def create_store(path: Path, *events: Event) -> None:
    """Make a campaign's file with its first events; it is whole from its first moment.

    Parameters
    ----------
    path : Path
        Where there is no file yet.
    *events : Event
        What it begins with.
    """
    log = Path(f"{path}-wal")
    if log.exists() and log.stat().st_size:
        raise ValueError(
            f"{log} is the log of a campaign whose file {path} is gone: bring it back, "
            "or move the log away to begin a new campaign"
        )
    new = Path(f"{path}.new")
    for left in (new, Path(f"{new}-wal"), Path(f"{new}-shm")):
        left.unlink(missing_ok=True)  # of a process that died here
    db = sqlite3.connect(new, isolation_level=None)
    db.executescript(SCHEMA)
    _make_durable(db)
    db.close()
    store = Store(new, write=True)
    store.append(*events)
    store.close()
    os.replace(new, path)
    _sync_folder(path.parent)


def _make_durable(db):
    """A commit returns once it is on disk; readers do not wait for the writer."""
    mode = db.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise OSError(
            f"this file system does not let SQLite write ahead (journal mode {mode}): "
            "put the campaign on a local disk"
        )
    db.execute("PRAGMA synchronous = FULL")


def _sync_folder(folder):
    """A new name is on disk once its folder is; Windows has no such call."""
    if os.name == "posix":
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _check_header(path):
    """Raise where a file does not begin as SQLite's do."""
    with open(path, "rb") as file:
        start = file.read(len(HEADER))
    if not start:
        raise ValueError(
            f"{path} is empty: a campaign is whole from its first moment, so that it "
            "was cut off, or made by something else; move it away to begin a new one"
        )
    if start != HEADER:
        raise ValueError(f"{path} is not a campaign: it is no SQLite file")
    _check_size(path)


def _check_size(path):
    """Raise where a file is shorter than it says; SQLite looks at pages it needs."""
    log = Path(f"{path}-wal")
    if log.exists() and log.stat().st_size:
        return  # pages in the log are not in the file yet
    with open(path, "rb") as file:
        head = file.read(100)
    number = {at: int.from_bytes(head[at : at + 4], "big") for at in (24, 28, 92)}
    page = int.from_bytes(head[16:18], "big")
    expected = number[28] * (65536 if page == 1 else page)
    found = path.stat().st_size
    # the number of pages is valid only beside a change counter of the same age
    if len(head) < 100 or (number[24] == number[92] and found < expected):
        raise ValueError(_damaged(path, f"{found} bytes of {expected}"))


def _check_content(db, path):
    """Raise where a file is another program's, of a later format, or damaged."""
    application = db.execute("PRAGMA application_id").fetchone()[0]
    if application != APPLICATION:
        raise ValueError(
            f"{path} is not a campaign: it is the SQLite file of another program"
        )
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > FORMAT:
        raise ValueError(
            f"{path} has format {version}, and this version of skactive reads "
            f"{FORMAT}: use a later version"
        )
    found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise ValueError(_damaged(path, found))


@contextlib.contextmanager
def _damage_named(path):
    """Say of SQLite's own errors which file is damaged."""
    try:
        yield
    except (sqlite3.DatabaseError, json.JSONDecodeError) as error:
        if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
            raise
        raise ValueError(_damaged(path, error)) from error


def _damaged(path, why):
    why = " ".join(str(why).split())
    return (
        f"{path} is damaged ({why}); what can be read of it comes out by "
        f'sqlite3 {path} ".recover"'
    )
