"""Every script of benchmarks/papers in miniature, and what they share."""

import importlib
import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("matplotlib")
pd = pytest.importorskip("pandas")

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
SCRIPTS = sorted(
    path.stem
    for path in (BENCHMARKS / "papers").glob("*.py")
    if not path.stem.startswith("_")
)


@pytest.fixture(autouse=True)
def scripts_on_path(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    monkeypatch.syspath_prepend(BENCHMARKS / "papers")
    monkeypatch.delenv("SKACTIVE_DATA", raising=False)  # smoke needs no data


@pytest.fixture
def driver():
    return importlib.import_module("_driver")


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_runs_and_draws_from_its_table_alone(name, tmp_path, capsys):
    try:
        main = importlib.import_module(name).main
        main(["--scale", "smoke", "--n-jobs", "1", "--out", str(tmp_path)])
    except ModuleNotFoundError as error:
        if error.name not in ("torch", "skorch", "torchvision", "PIL", "statsmodels"):
            raise
        pytest.skip(f"{error.name} is not installed")
    table, picture = tmp_path / f"{name}.csv", tmp_path / f"{name}.png"
    assert len(table.read_text().splitlines()) > 2
    made_by = json.loads(table.with_suffix(".json").read_text())
    assert made_by["settings"]["scale"] == "smoke"
    printed = capsys.readouterr().out
    picture.unlink()
    main(["--scale", "smoke", "--plot-only", "--out", str(tmp_path)])
    assert picture.stat().st_size > 5_000
    assert capsys.readouterr().out.strip() in printed


TIMES = ["fit_time", "query_time", "draw_time", "select_time"]
CURVES = {
    "strategies": (["Entropy", "RandomSampling"], ["Entropy"], ["BADGE"]),
    "seeds": (2, 3, 6),
    "rounds": (2, 4, 8),
    "n": 5,
    "candidates": (20, None, None),
    "targets": [0.5, 2.0],
}


@pytest.fixture
def experiment(driver, tmp_path, monkeypatch):
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    X, y = load_iris(return_X_y=True)

    def run(args):
        task = driver.Task(X[::2], y[::2], X[1::2], y[1::2])
        return driver.run_curves(args, task, LogisticRegression(max_iter=500))

    def main(*options):
        options = ["--scale", "smoke", "--n-jobs", "1", "--out", tmp_path, *options]
        argv = [str(option) for option in options]
        driver.run_experiment("toy.py", "A toy.", CURVES, run, argv=argv)
        return pd.read_csv(tmp_path / "toy.csv", dtype={"labels": str})

    return main


def test_the_table_holds_the_learning_curves(experiment, driver, capsys):
    frame = experiment()
    assert frame["strategy"].unique().tolist() == ["Entropy", "RandomSampling"]
    assert len(frame) == 2 * 2 * 3  # strategies, runs, rounds
    assert frame["labels"].str.split().str.len().tolist() == 4 * [6, 5, 5]
    curves = driver.to_curves(frame)
    assert curves["Entropy"].n_labels.tolist() == [6, 11, 16]
    np.testing.assert_allclose(
        curves["Entropy"].scores["score"].ravel(), frame["score"][:6]
    )
    shown = capsys.readouterr().out
    assert "labels to 0.5" in shown
    assert ">16/>16/>16" in shown  # nothing reaches 2.0


def test_options_override_the_scale(driver):
    args = driver.parse("", CURVES, ["--scale", "smoke", "--rounds", "7"])
    assert (args.rounds, args.seeds, args.candidates) == (7, 2, 20)
    args = driver.parse("", CURVES, ["--scale", "paper", "--targets", ".3"])
    assert (args.rounds, args.targets, args.candidates) == (8, [0.3], None)
    args = driver.parse("", CURVES, ["--scale", "smoke", "--candidates", "None"])
    assert args.candidates is None


def test_other_strategies_are_added_to_the_table(experiment):
    both = experiment("--strategies", "Entropy")
    more = experiment("--strategies", "Margin", "--add")
    assert more["strategy"].unique().tolist() == ["Entropy", "Margin"]
    pd.testing.assert_frame_equal(more.iloc[: len(both)], both)
    again = experiment("--strategies", "Entropy", "--add")
    assert again["strategy"].unique().tolist() == ["Margin", "Entropy"]
    with pytest.raises(ValueError, match=r"n=5, and this run has n=4"):
        experiment("--strategies", "BALD", "-n", "4", "--add")


def test_a_strategy_is_made_of_its_description(driver):
    from skactive import ICAL

    strategy = driver.make_strategy("ICAL(n_per_step=5, resample=False)", "model")
    assert isinstance(strategy, ICAL)
    assert (strategy.n_per_step, strategy.resample) == (5, False)
    assert strategy.estimator == "model"


@pytest.mark.parametrize(
    ("spec", "fault"),
    [("Clairvoyance", "no strategy 'Clairvoyance'"), ("ICAL(L=1)", "ICAL")],
)
def test_unknown_strategies_are_refused(driver, capsys, spec, fault):
    with pytest.raises(SystemExit):
        driver.parse("", CURVES, ["--strategies", spec])
    assert fault in capsys.readouterr().err


def test_a_run_goes_on_from_its_checkpoint(experiment, tmp_path, capsys):
    whole = experiment()
    folder = tmp_path / "kept"
    first = experiment("--checkpoint", folder)
    again = experiment("--checkpoint", folder)  # nothing is left to do
    for frame in (first, again):
        pd.testing.assert_frame_equal(
            frame.drop(columns=TIMES), whole.drop(columns=TIMES)
        )
    pd.testing.assert_frame_equal(again, first)  # times and all


def test_each_value_of_a_setting_has_its_rows(driver):
    from argparse import Namespace

    args = Namespace(n=[2, 3], checkpoint=None)
    frame = driver.run_each(args, "n", lambda one: pd.DataFrame({"x": [one.n] * 2}))
    assert frame["n"].tolist() == frame["x"].tolist() == [2, 2, 3, 3]
    assert args.n == [2, 3]


def test_halving_is_dropout():
    torch = pytest.importorskip("torch")
    pytest.importorskip("skorch")
    models = importlib.import_module("models")
    torch.manual_seed(0)
    layer, x = models.Halving(), torch.ones(64, 3, 21, 5)  # no multiple of a byte
    for like in (x, x.to(memory_format=torch.channels_last), x[:1, :1, :1]):
        kept = layer(like)
        assert set(kept.unique().tolist()) == {0.0, 2.0}
        assert torch.equal(layer.eval()(like), like)
        layer.train()
    units = layer(x).mean(dim=0)  # over 64 points: sd 1/8
    assert abs(units.mean() - 1) < 0.03
    assert 0.11 < units.std() < 0.14
    assert not torch.equal(layer(x), layer(x))
