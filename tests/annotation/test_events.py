"""A damaged, foreign or truncated file raises an error that says which it is."""

import os
import sqlite3

import pytest
from sklearn.naive_bayes import GaussianNB

from skactive import Margin
from skactive.annotation import Campaign
from skactive.annotation._events import APPLICATION, Event, Store, create_store


@pytest.fixture
def path(opened, answer):
    campaign = opened()
    answer(campaign, n=10)
    campaign.close()
    return campaign.path


def refused(path, X, match):
    """Reading and writing raise an error and leave the file as it is."""
    before = path.read_bytes()
    with pytest.raises(ValueError, match=match):
        Campaign(path)
    with pytest.raises(ValueError, match=match):
        Campaign(path, Margin(GaussianNB()), X)
    assert path.read_bytes() == before


def test_garbage(path, X):
    path.write_bytes(os.urandom(5000))
    refused(path, X, "not an SQLite file")


def test_an_empty_file(path, X):
    path.write_bytes(b"")
    refused(path, X, "is empty")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_file(path, X, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    refused(path, X, r"is damaged .*\.recover")


def test_a_page_of_garbage(path, X):
    content = bytearray(path.read_bytes())
    content[4096:8192] = os.urandom(4096)
    path.write_bytes(content)
    refused(path, X, "is damaged")


def test_the_file_of_another_program(tmp_path, X):
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE events (a, b)")
    db.close()
    refused(path, X, "another program")


def test_a_later_format(path, X):
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    refused(path, X, "format 99")


def test_a_log_without_its_file(path, X):
    path.rename(path.with_name("c.sqlite-wal"))
    with pytest.raises(ValueError, match=r"whose file .* is missing"):
        Campaign(path, Margin(GaussianNB()), X)


def test_an_event_that_is_missing(path):
    with sqlite3.connect(path) as db:
        db.execute("DROP TRIGGER no_delete")
        db.execute("DELETE FROM events WHERE seq = 6")
    db.close()
    with pytest.raises(ValueError, match="event 6 is missing"):
        Campaign(path)


def test_events_are_only_added(path):
    db = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="never changed"):
        db.execute("UPDATE events SET time = 0")
    with pytest.raises(sqlite3.IntegrityError, match="never deleted"):
        db.execute("DELETE FROM events")
    assert db.execute("PRAGMA application_id").fetchone() == (APPLICATION,)
    db.close()


def test_what_died_while_it_was_made_is_made_anew(tmp_path):
    path = tmp_path / "new.sqlite"
    (tmp_path / "new.sqlite.new").write_bytes(b"half")
    create_store(path, Event(0, 1.0, "created", {}))
    store = Store(path, write=True)
    assert [tuple(event) for event in store.read()] == [(1, 1.0, "created", {}, None)]
    store.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["new.sqlite"]


def test_events_are_added_all_or_none(tmp_path):
    path = tmp_path / "new.sqlite"
    create_store(path, Event(0, 1.0, "created", {}))
    store = Store(path, write=True)
    good, bad = Event(0, 2.0, "a", {}), Event(0, None, "b", {})
    with pytest.raises(sqlite3.IntegrityError):
        store.append(good, bad)
    assert store.append(good)[0].seq == 2
    assert [event.kind for event in store.read()] == ["created", "a"]
    store.close()


def test_a_commit_is_on_disk(path):
    store = Store(path, write=True)
    assert store._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert store._db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    store.append(Event(0, 1.0, "skip", {}))
    store.close()
    assert not path.with_name("c.sqlite-wal").exists()  # checkpointed
