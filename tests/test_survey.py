"""The survey's scripts, in miniature, and the published table that they meet."""

import csv
import importlib
import json
import os
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
SURVEY = ROOT / "benchmarks" / "survey"
needs_data = pytest.mark.skipif(
    "SKACTIVE_DATA" not in os.environ, reason="SKACTIVE_DATA not set"
)


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(SURVEY)
    return importlib.import_module


def lines(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def store(script, path, **settings):
    return script("_store").Store(path, ("data", "seed"), ("area",), settings)


def test_a_cell_is_a_line_and_is_done(script, tmp_path):
    table = store(script, tmp_path / "t.csv", n=3)
    assert table.done() == set()
    table.append(data="sonar", seed=0, area=0.5)
    table.append(data="sonar", seed=1, area=1 / 3)
    assert (tmp_path / "t.csv").read_text() == (
        "data,seed,area,run\nsonar,0,0.5,0\nsonar,1,0.3333333,0\n"
    )
    again = store(script, tmp_path / "t.csv", n=3)
    assert again.done() == {("sonar", "0"), ("sonar", "1")}
    again.append(data="heart", seed=0, area=0.25)
    assert lines(tmp_path / "t.csv")[-1]["run"] == "1"
    made_by = json.loads((tmp_path / "t.json").read_text())
    assert made_by["settings"] == {"n": 3}
    assert len(made_by["runs"]) == 2
    assert "scikit-learn" in made_by["runs"][0]["versions"]


def test_a_table_of_other_settings_is_left_alone(script, tmp_path):
    store(script, tmp_path / "t.csv", n=3).append(data="sonar", seed=0, area=0.5)
    before = (tmp_path / "t.csv").read_bytes(), (tmp_path / "t.json").read_bytes()
    with pytest.raises(ValueError, match="made with n=3, and this run has n=4"):
        store(script, tmp_path / "t.csv", n=4).append(data="sonar", seed=1, area=0.5)
    assert before == tuple((tmp_path / f"t.{s}").read_bytes() for s in ("csv", "json"))


def test_a_line_cut_short_is_an_error(script, tmp_path):
    store(script, tmp_path / "t.csv").append(data="sonar", seed=0, area=0.5)
    with (tmp_path / "t.csv").open("a") as file:
        file.write("sonar,1,0.")
    with pytest.raises(ValueError, match="cut short"):
        store(script, tmp_path / "t.csv").done()


def test_the_command_says_nothing_of_where_results_went(script):
    argv = ["/home/me/record.py", "--seeds", "5", "--out", "/home/me/x", "--jobs", "2"]
    told = script("_store").command(argv)
    assert told == "python benchmarks/survey/record.py --seeds 5 --jobs 2"


def test_rows_are_split_as_published(script):
    # written out: shuffled rows, then the first six tenths shuffled anew
    rows = np.random.default_rng(7).permutation(11)
    train, test = script("record").split(11, 7)
    assert len(train) == 6
    np.testing.assert_array_equal(test, rows[6:])
    np.testing.assert_array_equal(np.sort(train), np.sort(rows[:6]))
    expected = rows[:6].copy()
    np.random.default_rng(7).shuffle(expected)
    np.testing.assert_array_equal(train, expected)


@needs_data
def test_a_seed_that_misses_a_class_is_dropped(script, monkeypatch):
    record = script("record")
    X, y = np.arange(60.0).reshape(30, 2), np.zeros(30, dtype=int)
    y[record.split(30, 0)[1][0]] = 1  # in the test set alone
    monkeypatch.setattr(record, "load_survey", lambda name: (X, y))
    monkeypatch.setattr(record, "N_INITIAL", 5)
    assert record.cell("any", "RandomSampling", 0) is None


@needs_data
def test_record_goes_on_where_it_was_stopped(script, tmp_path, capsys):
    record = script("record")
    options = ["--sets", "appendicitis", "--strategies", "RandomSampling", "CoreSet"]
    options += ["--out", str(tmp_path)]
    record.main([*options, "--seeds", "1"])
    first = lines(tmp_path / "record.csv")
    capsys.readouterr()
    record.main([*options, "--seeds", "2"])
    shown = capsys.readouterr().out
    assert "appendicitis CoreSet 1 " in shown
    assert "appendicitis CoreSet 0 " not in shown
    every = lines(tmp_path / "record.csv")
    assert len(every) == 4
    assert [row for row in every if row["seed"] == "0"] == first
    assert all(row["first"] == "20" and row["last"] == "63" for row in every)
    record.main([*options, "--report"])
    assert "appendicitis, CoreSet, 2 seeds: " in capsys.readouterr().out
