import pickle
import sqlite3

import pytest

from skactive.model_selection.search._database import (
    FILE,
    CheckpointError,
    Database,
    insert,
    seal,
)

ROW = ("key", "A", "0", 1, 10, "[1]", '{"score": 0.5}', 0.25, None, float("inf"))


@pytest.fixture
def database(tmp_path):
    return Database(tmp_path / "deep" / "folder #1?")


def test_nothing_is_made_by_reading(database):
    with database.reading() as db:
        assert db is None
    assert not database.folder.exists()


def test_rows_come_back(database):
    with database.writing() as db:
        insert(db, "rounds", ROW)
        insert(db, "rounds", (*ROW[:5], "[2]", *ROW[6:]))  # the first one stays
    with pickle.loads(pickle.dumps(database)).reading() as db:
        assert database.select(db, "rounds", key="key") == [ROW]
        assert database.select(db, "rounds", key="other") == []
        database.check(db)


@pytest.mark.parametrize("column", ["strategy", "round", "chosen", "fit_time", "key"])
def test_every_cell_is_sealed(database, column):
    with database.writing() as db:
        insert(db, "rounds", ROW)
    with sqlite3.connect(database.path) as db:
        db.execute(f"UPDATE rounds SET {column} = 7")
    with (
        database.reading() as db,
        pytest.raises(CheckpointError, match="a row of rounds was altered"),
    ):
        database.check(db)


def test_cells_that_read_alike_differ():
    assert len({seal(row) for row in [("ab", "c"), ("a", "bc"), ("1", 1), (1, 1)]}) == 4


def test_what_fails_leaves_nothing(database):
    def fail():
        with database.writing() as db:
            insert(db, "rounds", ROW)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    with database.reading() as db:
        assert db is None
    assert database.path.name == FILE
