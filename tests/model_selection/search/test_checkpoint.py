import contextlib
import json
import os
import pickle
import random
import re
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time

import joblib
import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, ShuffleSplit

from skactive import BALD, Entropy, RandomSampling
from skactive.model_selection import StrategySearchCV, active_learning_curve
from skactive.model_selection.curves._rounds import Round
from skactive.model_selection.curves._splits import Split
from skactive.model_selection.search import _checkpoint as module
from skactive.model_selection.search import _database
from skactive.model_selection.search._checkpoint import Checkpoint
from skactive.model_selection.search._database import FILE, CheckpointError

X, Y = (part[:200] for part in load_digits(return_X_y=True))
FOREST = RandomForestClassifier(n_estimators=5)
SMALL = {"n": 5, "rounds": 2, "cv": 2, "random_state": 0}
SPLIT = Split(1, np.arange(50), None, np.array([3, 1]), 0)
FACTS = {
    ("experiment", ""): {"n": "2", "X": "#1"},
    ("strategy", "A"): {"class": "A"},
    ("split", "1"): {"digest of its training rows": "#2"},
}


def round_of(number, scores=None):
    labelled = np.arange(2 * number + 2)[::-1].copy()
    labelled[:2] = SPLIT.initial
    times = (np.nan, 0.5, np.nan) if number == 0 else (0.1, 0.5, 0.025)
    scores = {"score": 1 / 3} if scores is None else scores
    return Round(None, labelled, *times, "A", 1, number, scores)


@pytest.fixture
def checkpoint(tmp_path):
    checkpoint = Checkpoint(tmp_path / "deep" / "folder")
    checkpoint.enter(FACTS)
    return checkpoint


def assert_same(a, b):
    np.testing.assert_array_equal(a.n_labels, b.n_labels)
    np.testing.assert_array_equal(a.indices, b.indices)
    assert list(a.scores) == list(b.scores)
    for name in a.scores:
        np.testing.assert_array_equal(a.scores[name], b.scores[name])


def count(folder):
    with sqlite3.connect(folder / FILE) as db:
        if not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            return 0  # killed before the tables were there
        return db.execute("SELECT count(*) FROM rounds").fetchone()[0]


# ----------------------------------------------------------------- rounds, as stored


def test_rounds_come_back_as_they_were(checkpoint):
    scores = {"b": np.nextafter(0.1, 1), "a": -np.inf, "c": np.nan}
    rounds = [round_of(t, scores) for t in range(3)]
    for t, round_ in enumerate(rounds):
        checkpoint.save(round_, round_.labelled[2 * t : 2 * t + 2] if t else [])
    loaded = checkpoint.load("A", SPLIT, [2, 4, 6])
    assert len(loaded) == 3
    for number, (before, after) in enumerate(zip(rounds, loaded, strict=True)):
        np.testing.assert_array_equal(
            after.labelled,
            [*loaded[number - 1].labelled, *before.labelled[-2:]]
            if number
            else SPLIT.initial,
        )
        assert list(after.scores) == ["b", "a", "c"]
        np.testing.assert_equal(after.scores, before.scores)
        np.testing.assert_equal(after[2:-1], before[2:-1])


def test_rounds_after_a_gap_or_of_others_are_not_loaded(checkpoint):
    checkpoint.save(round_of(0), [])
    checkpoint.save(round_of(2), [0, 1])
    assert len(checkpoint.load("A", SPLIT, [2, 4, 6])) == 1
    assert len(checkpoint.load("A", SPLIT, [2])) == 1
    assert checkpoint.load("A", SPLIT, [3, 4]) == []
    other = {**FACTS, ("strategy", "B"): {"class": "B"}}
    checkpoint.enter(other)
    assert checkpoint.load("B", SPLIT, [2]) == []


def test_the_first_of_two_equal_rounds_is_kept(checkpoint):
    checkpoint.save(round_of(0), [])
    checkpoint.save(round_of(0)._replace(fit_time=7.0), [])
    (loaded,) = checkpoint.load("A", SPLIT, [2])
    assert loaded.fit_time == 0.5
    assert count(checkpoint.folder) == 1


def test_it_can_be_sent_to_other_processes(checkpoint):
    checkpoint.save(round_of(0), [])
    copy = pickle.loads(pickle.dumps(checkpoint))
    assert len(copy.load("A", SPLIT, [2])) == 1


def test_what_is_stored_is_text_and_numbers(checkpoint):
    checkpoint.save(round_of(1), [4, 2])
    with sqlite3.connect(checkpoint.folder / FILE) as db:
        for table in ("facts", "rounds"):
            for row in db.execute(f"SELECT * FROM {table}"):
                assert {type(cell) for cell in row} <= {str, int, float, type(None)}
        (chosen,) = db.execute("SELECT chosen FROM rounds").fetchone()
    assert json.loads(chosen) == [4, 2]


def test_a_transaction_that_fails_leaves_nothing(checkpoint):
    with pytest.raises(TypeError):
        checkpoint.save(round_of(1, {"score": object()}), [])

    def interrupted():
        with checkpoint.database.writing() as db:
            db.execute("DELETE FROM facts")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert checkpoint.load("A", SPLIT, [2]) == []
    with checkpoint.database.reading() as db:
        assert db.execute("SELECT count(*) FROM facts").fetchone()[0] > 3


# ----------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("place", "changed", "message"),
    [
        (("experiment", ""), {"n": "3", "X": "#1"}, r"\* n was 2, but is now 3"),
        (("experiment", ""), {"n": "2"}, r"\* X was #1, but is now not there"),
        (("strategy", "A"), {"class": "B"}, "strategy A: class was A, but is now B"),
        (
            ("split", "1"),
            {"digest": "#3"},
            "split 1: digest was not there, but is now #3",
        ),
    ],
)
def test_other_facts_are_refused_once_rounds_depend_on_them(
    checkpoint, place, changed, message
):
    checkpoint.enter({**FACTS, place: changed})  # nothing depends on them yet
    checkpoint.enter(FACTS)
    checkpoint.save(round_of(0), [])
    with pytest.raises(ValueError, match=message):
        checkpoint.enter({**FACTS, place: changed})
    Checkpoint(checkpoint.folder).enter(FACTS)


def test_what_no_round_depends_on_may_change(checkpoint):
    more = {**FACTS, ("strategy", "B"): {"depth": "1"}, ("split", "2"): {"digest": "#"}}
    checkpoint.save(round_of(0), [])
    checkpoint.enter(more)
    checkpoint.enter({**more, ("strategy", "B"): {"depth": "2"}})
    checkpoint.enter(FACTS)
    assert len(checkpoint.load("A", SPLIT, [2])) == 1


def test_formats_of_others_are_refused(checkpoint):
    with checkpoint.database.reading() as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(ValueError, match="format 99"):
        checkpoint.enter(FACTS)


def test_other_versions_of_libraries_are_warned_of(checkpoint, monkeypatch):
    monkeypatch.setitem(module.LIBRARIES, "numpy", "0.1")
    with pytest.warns(UserWarning, match=r"made with numpy .* \(now 0.1\)") as caught:
        checkpoint.enter(FACTS)
    assert [warning.filename for warning in caught] == [__file__]


def test_versions_of_skactive_and_of_nets_count(checkpoint, monkeypatch):
    monkeypatch.setitem(module.LIBRARIES, "skactive", "99.0")
    with pytest.warns(UserWarning, match=r"made with skactive .* \(now 99.0\)"):
        checkpoint.enter(FACTS)
    monkeypatch.undo()
    torch = pytest.importorskip("torch")
    later = Checkpoint(checkpoint.folder / "later")
    later.enter(FACTS)
    monkeypatch.setattr(torch, "__version__", "0.4")
    with pytest.warns(UserWarning, match=r"made with torch .* \(now 0.4\)"):
        later.enter(FACTS)


# ----------------------------------------------------------------- as users see it


def test_a_finished_experiment_is_read_back(tmp_path):
    options = {**SMALL, "checkpoint": tmp_path}
    plain = active_learning_curve(BALD(FOREST), X, Y, **SMALL)
    first = active_learning_curve(BALD(FOREST), X, Y, **options)
    seen = []
    again = active_learning_curve(BALD(FOREST), X, Y, **options, callbacks=seen.append)
    assert_same(first, plain)
    assert_same(again, plain)
    np.testing.assert_array_equal(again.fit_time, first.fit_time)
    np.testing.assert_array_equal(again.select_time, first.select_time)
    assert seen == []


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("warm_start", [False, True])
def test_more_rounds_seeds_and_strategies_may_follow(tmp_path, warm_start):
    model = LogisticRegression(max_iter=5) if warm_start else FOREST
    options = {"n": 5, "random_state": 0, "warm_start": warm_start}
    data, test = (X[:150], Y[:150]), {"X_test": X[150:], "y_test": Y[150:]}
    for rounds, cv, strategies in [
        (1, 1, {"a": Entropy(model)}),
        (3, 1, {"b": RandomSampling(model), "a": Entropy(model)}),
        (2, 3, {"a": Entropy(model), "b": RandomSampling(model)}),
    ]:
        size = {**options, "rounds": rounds, "cv": cv}
        stored = StrategySearchCV(strategies, **size, checkpoint=tmp_path)
        plain = StrategySearchCV(strategies, **size).fit(*data, **test)
        for name, curve in stored.fit(*data, **test).curves_.items():
            assert_same(curve, plain.curves_[name])
    assert count(tmp_path) == 4 + 4 + 2 * 6


def test_a_last_batch_that_was_cut_short_is_asked_for_again(tmp_path):
    options = {**SMALL, "checkpoint": tmp_path}
    short = active_learning_curve(BALD(FOREST), X, Y, **options, budget=27)
    np.testing.assert_array_equal(short.n_labels, [20, 25, 27])
    full = active_learning_curve(BALD(FOREST), X, Y, **options, budget=35)
    np.testing.assert_array_equal(full.n_labels, [20, 25, 30, 35])
    assert_same(full, active_learning_curve(BALD(FOREST), X, Y, **SMALL, budget=35))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"n": 6}, "n was 5, but is now 6"),
        ({"random_state": 1}, "random_state was 0, but is now 1"),
        ({"scoring": "accuracy"}, "scoring was None, but is now 'accuracy'"),
        ({"n_candidates": 50}, "n_candidates was None, but is now 50"),
        ({"cv": 3}, "split 0: digest of its training rows was"),
        ({"n_initial": 30}, "split 0: digest of its initial rows was"),
        ({"X": X + 1}, r"X was numpy.ndarray of shape \(200, 64\) #"),
        ({"y": Y[::-1]}, "y was numpy.ndarray"),
        (
            {"strategy": BALD(RandomForestClassifier(6))},
            "n_estimators was 5, but is now 6",
        ),
    ],
)
def test_a_changed_experiment_is_refused(tmp_path, changed, message):
    options = {"strategy": BALD(FOREST), "X": X, "y": Y, **SMALL}
    options |= {"checkpoint": tmp_path, "rounds": 0}
    before = active_learning_curve(**options)
    with pytest.raises(ValueError, match=message):
        active_learning_curve(**{**options, **changed})
    assert_same(active_learning_curve(**options), before)


def test_without_a_seed_the_stored_one_goes_on(tmp_path):
    options = {**SMALL, "random_state": None, "checkpoint": tmp_path}
    first = active_learning_curve(BALD(FOREST), X, Y, **{**options, "rounds": 1})
    second = active_learning_curve(BALD(FOREST), X, Y, **options)
    np.testing.assert_array_equal(second.indices[:, :25], first.indices)
    other = {**options, "checkpoint": tmp_path / "other"}
    third = active_learning_curve(BALD(FOREST), X, Y, **other)
    assert not np.array_equal(second.indices, third.indices)
    with pytest.raises(ValueError, match="random_state was"):
        active_learning_curve(BALD(FOREST), X, Y, **{**options, "random_state": 0})


class Fragile(RandomSampling):
    """Fails at a given number of labels while a file exists."""

    def fit(self, X, y):
        if len(y) == 25 and os.path.exists(os.environ["SKACTIVE_FRAGILE"]):
            raise OSError("the disk is full")
        return super().fit(X, y)


def test_errors_are_not_stored_and_what_came_before_is(tmp_path, monkeypatch):
    cause = tmp_path / "cause"
    cause.touch()
    monkeypatch.setenv("SKACTIVE_FRAGILE", str(cause))
    options = {**SMALL, "checkpoint": tmp_path / "folder"}
    with pytest.raises(OSError, match="disk"):
        active_learning_curve(Fragile(FOREST), X, Y, **options)
    assert count(tmp_path / "folder") == 1
    cause.unlink()
    curve = active_learning_curve(Fragile(FOREST), X, Y, **options)
    assert_same(curve, active_learning_curve(Fragile(FOREST), X, Y, **SMALL))


@pytest.mark.parametrize("cv", [ShuffleSplit(2, test_size=0.4), KFold(2, shuffle=True)])
def test_a_splitter_without_a_seed_goes_on(tmp_path, cv):
    options = {"n": 5, "cv": cv, "random_state": 0}
    plain = active_learning_curve(BALD(FOREST), X, Y, **options, rounds=2)
    options["checkpoint"] = tmp_path
    active_learning_curve(BALD(FOREST), X, Y, **options, rounds=1)
    np.random.seed(3)  # noqa: NPY002
    assert_same(active_learning_curve(BALD(FOREST), X, Y, **options, rounds=2), plain)


# ----------------------------------------------------------------- the storage fails


@contextlib.contextmanager
def held(folder):
    """Lock the file in another process."""
    with contextlib.closing(sqlite3.connect(folder / FILE)) as db:
        db.execute("BEGIN EXCLUSIVE")
        yield
        db.rollback()


def test_a_save_that_fails_ends_the_search_and_no_strategy_pays(tmp_path, monkeypatch):
    monkeypatch.setattr(_database, "TIMEOUT", 0.1)
    lock = contextlib.ExitStack()

    def hold(round_):
        if round_.name == "BALD" and round_.number == 1:
            lock.enter_context(held(tmp_path))

    search = searching(3, checkpoint=tmp_path, callbacks=hold)
    with lock, pytest.raises(CheckpointError) as caught:
        search.fit(X, Y)
    for part in (str(tmp_path), "locked", "another process has locked it"):
        assert part in str(caught.value)
    assert not hasattr(search, "cv_results_")
    resumed = searching(3, checkpoint=tmp_path).fit(X, Y)
    for name, curve in searching(3).fit(X, Y).curves_.items():
        assert_same(resumed.curves_[name], curve)


def test_a_failed_save_comes_back_from_other_processes(tmp_path, monkeypatch):
    def fail(self, round_, chosen):
        raise CheckpointError("no space")

    monkeypatch.setattr(Checkpoint, "save", fail)
    search = searching(1, checkpoint=tmp_path)
    with (
        joblib.parallel_config("threading", n_jobs=2),
        pytest.raises(CheckpointError, match="no space"),
    ):
        search.fit(X, Y)
    assert str(pickle.loads(pickle.dumps(CheckpointError("no space")))) == "no space"


def test_a_full_disk_ends_the_transaction_and_says_so(checkpoint):
    def fill():
        with checkpoint.database.writing() as db:
            (pages,) = db.execute("PRAGMA page_count").fetchone()
            db.execute(f"PRAGMA max_page_count = {pages}")
            row = ("k", "A", "1", 0, 2, "[]", "x" * 10**6, None, None, None)
            _database.insert(db, "rounds", row)

    with pytest.raises(CheckpointError, match=r"full\): free disk space and run again"):
        fill()
    checkpoint.enter(FACTS)
    assert count(checkpoint.folder) == 0


def damage_half(content):
    return content[: len(content) // 2]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (damage_half, "malformed"),
        (lambda content: b"garbage " * 4000, "not a database"),
        (
            lambda content: content.replace(b"[0, 1]", b"[0, 7]"),
            "row of rounds was altered",
        ),
        (
            lambda content: content.replace(b'"score": 0.3', b'"score": 0.4'),
            "of rounds",
        ),
        (
            lambda content: content.replace(b"class", b"claas"),
            "row of facts was altered",
        ),
    ],
)
def test_a_damaged_file_is_refused(checkpoint, damage, message):
    for t in range(3):
        chosen = np.arange(2 * t - 2, 2 * t)
        checkpoint.save(round_of(t), chosen if t else [])
    path = checkpoint.folder / FILE
    content = path.read_bytes()
    path.write_bytes(damage(content))
    with pytest.raises(CheckpointError, match=message) as caught:
        Checkpoint(checkpoint.folder).enter(FACTS)
    assert str(path) in str(caught.value)
    assert "damaged; replace it by a good copy" in str(caught.value)
    path.write_bytes(content)
    Checkpoint(checkpoint.folder).enter(FACTS)
    assert len(checkpoint.load("A", SPLIT, [2, 4, 6])) == 3


def test_no_flipped_bit_changes_a_result(tmp_path):
    options = {**SMALL, "cv": 2, "random_state": None, "checkpoint": tmp_path}
    whole = active_learning_curve(RandomSampling(FOREST), X, Y, **options)
    path, chance = tmp_path / FILE, random.Random(0)
    content = path.read_bytes()
    filled = [i for i, byte in enumerate(content) if byte]
    refused = 0
    for i in chance.sample(filled, FLIPS):
        changed = bytearray(content)
        changed[i] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        try:
            again = active_learning_curve(RandomSampling(FOREST), X, Y, **options)
        except (CheckpointError, ValueError):
            refused += 1
        else:
            assert_same(again, whole)
    assert refused > FLIPS / 2


def test_rows_are_checked_when_they_are_loaded(checkpoint):
    checkpoint.save(round_of(0), [])
    with sqlite3.connect(checkpoint.folder / FILE) as db:
        db.execute("UPDATE rounds SET chosen = '[5, 6]'")
    with pytest.raises(CheckpointError, match="a row of rounds was altered"):
        checkpoint.load("A", SPLIT, [2])


def test_a_finished_search_is_read_from_where_nothing_can_be_written(
    tmp_path, monkeypatch
):
    options = {**SMALL, "random_state": None, "checkpoint": tmp_path}
    finished = active_learning_curve(BALD(FOREST), X, Y, **options)
    connect = sqlite3.connect

    def connect_to_read(database, *args, **kwargs):
        return connect(re.sub("mode=.*", "mode=ro", database), *args, **kwargs)

    monkeypatch.setattr(_database.sqlite3, "connect", connect_to_read)  # as on a CD
    assert_same(active_learning_curve(BALD(FOREST), X, Y, **options), finished)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    more = {**options, "rounds": 3}
    with pytest.raises(
        CheckpointError, match=r"readonly.*copy the folder to a place where"
    ):
        active_learning_curve(BALD(FOREST), X, Y, **more)


@pytest.mark.parametrize(
    ("checkpoint", "error", "message"),
    [
        (5, TypeError, r"checkpoint must be a folder .* is 5"),
        (True, TypeError, r"is True"),
        ("", ValueError, "checkpoint is an empty string; name a folder"),
    ],
)
def test_what_is_no_folder_is_refused(
    tmp_path, monkeypatch, checkpoint, error, message
):
    monkeypatch.chdir(tmp_path)
    for fit in (
        lambda: active_learning_curve(BALD(FOREST), X, Y, checkpoint=checkpoint),
        lambda: searching(1, checkpoint=checkpoint).fit(X, Y),
    ):
        with pytest.raises(error, match=message):
            fit()
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_folders_place_is_named(tmp_path):
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "deeper"):
        with pytest.raises(
            CheckpointError, match=r"file.*make the folder readable and writable"
        ):
            Checkpoint(folder).enter(FACTS)


# ----------------------------------------------------------------- killed for real

WRITER = """
    import sys
    from tests.model_selection.search.test_checkpoint import *
    checkpoint = Checkpoint(sys.argv[1])
    checkpoint.enter(FACTS)
    done = len(checkpoint.load("A", SPLIT, range(2, 10**6, 2)))
    print(done, flush=True)
    for t in range(done, 10**5):
        checkpoint.save(round_of(t), [2 * t, 2 * t + 1] if t else [])
"""
SEARCH = """
    import sys
    from tests.model_selection.search.test_checkpoint import *
    def tell(round_):
        print("round", flush=True)
    folder, n_jobs, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    search = searching(rounds, checkpoint=folder, n_jobs=n_jobs, callbacks=tell)
    print("ready", flush=True)
    search.fit(X, Y)
"""
KILLS = int(os.environ.get("SKACTIVE_TEST_KILLS", 3))
FLIPS = int(os.environ.get("SKACTIVE_TEST_FLIPS", 40))


def searching(rounds, **options):
    strategies = {"BALD": BALD(FOREST), "at random": RandomSampling(FOREST)}
    options = {**SMALL, "n": 2, "rounds": rounds, **options}
    return StrategySearchCV(strategies, **options)


@pytest.fixture
def start():
    """Start a process; kill it and any workers it leaves behind at the end."""
    groups = []

    def start(code, *args):
        command = [sys.executable, "-c", textwrap.dedent(code), *map(str, args)]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        groups.append(process.pid)
        return process

    yield start
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL


def test_killed_while_it_writes(start, tmp_path):
    chance = random.Random(0)
    before = 0
    for _ in range(2):
        process = start(WRITER, tmp_path)
        done = int(process.stdout.readline())
        assert done >= before
        time.sleep(chance.uniform(0.05, 0.3))
        kill(process)
        checkpoint = Checkpoint(tmp_path)
        checkpoint.enter(FACTS)
        with checkpoint.database.reading() as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        before = len(checkpoint.load("A", SPLIT, range(2, 10**6, 2)))
        assert before == count(tmp_path) > done


def test_killed_and_resumed_until_it_is_done(start, tmp_path):
    """Send SIGKILL at random moments, as often as SKACTIVE_TEST_KILLS says."""
    chance, rounds = random.Random(KILLS), 2 + KILLS
    for i in range(KILLS):
        process = start(SEARCH, tmp_path, 1 + i % 2, rounds)
        assert process.stdout.readline() == "ready\n"
        for _ in range(chance.randrange(3)):  # rounds that it may finish
            process.stdout.readline()
        time.sleep(chance.uniform(0, 0.1))
        kill(process)
        assert count(tmp_path) < 4 * (rounds + 1)
    resumed = searching(rounds, checkpoint=tmp_path).fit(X, Y)
    undisturbed = searching(rounds).fit(X, Y)
    for name, curve in undisturbed.curves_.items():
        assert_same(resumed.curves_[name], curve)


def test_two_processes_at_once(start, tmp_path):
    processes = [start(SEARCH, tmp_path, 1, 2) for _ in range(2)]
    for process in processes:
        process.stdout.read()
        assert process.wait() == 0
    assert count(tmp_path) == 2 * 2 * 3
    seen = []
    together = searching(2, checkpoint=tmp_path, callbacks=seen.append).fit(X, Y)
    for name, curve in searching(2).fit(X, Y).curves_.items():
        assert_same(together.curves_[name], curve)
    assert seen == []
