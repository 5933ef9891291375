"""Every script of benchmarks/papers in miniature, and their shared functions."""

import importlib
import json
from dataclasses import FrozenInstanceError, dataclass, replace
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
    for folder in (BENCHMARKS, BENCHMARKS / "speed", BENCHMARKS / "papers"):
        monkeypatch.syspath_prepend(folder)
    monkeypatch.delenv("SKACTIVE_DATA", raising=False)  # smoke needs no data
    # what pins threads sets these
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "1")


@pytest.fixture
def driver():
    return importlib.import_module("_driver")


@pytest.fixture
def curves():
    return importlib.import_module("_curves")


@pytest.fixture
def settings():
    return importlib.import_module("_settings")


def main_of(name):
    try:
        return importlib.import_module(name).main
    except ModuleNotFoundError as error:
        skip_unless_ours(error)


def skip_unless_ours(error):
    if error.name not in ("torch", "skorch", "torchvision", "PIL", "statsmodels"):
        raise error
    pytest.skip(f"{error.name} is not installed")


def smoke(main, folder, *options):
    try:
        main(["--scale", "smoke", "--n-jobs", "1", "--out", str(folder), *options])
    except ModuleNotFoundError as error:
        skip_unless_ours(error)


@pytest.mark.slow
@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_runs_and_draws_from_its_table_alone(name, tmp_path, capsys):
    main = main_of(name)
    smoke(main, tmp_path)
    table, picture = tmp_path / f"{name}.csv", tmp_path / f"{name}.png"
    assert len(table.read_text().splitlines()) > 2
    made_by = json.loads(table.with_suffix(".json").read_text())
    assert made_by["settings"]["scale"] == "smoke"
    printed = capsys.readouterr().out
    picture.unlink()
    smoke(main, tmp_path, "--plot-only")
    assert picture.stat().st_size > 5_000
    assert capsys.readouterr().out.strip() in printed


TIMES = ["fit_time", "query_time", "draw_time", "select_time"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["deimos_1d", "fixed_features", "moons"])
def test_a_net_has_the_weights_of_the_seed(name, tmp_path):
    frames = []
    for folder in (tmp_path / "once", tmp_path / "again"):
        smoke(main_of(name), folder)
        frame = pd.read_csv(folder / f"{name}.csv")
        frames.append(frame.drop(columns=TIMES, errors="ignore"))
    pd.testing.assert_frame_equal(*frames)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_explains_its_settings(name, capsys):
    main = main_of(name)
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    shown = capsys.readouterr().out
    assert importlib.import_module(name).__doc__.strip() in shown
    assert "--random-state" in shown


@pytest.fixture
def toy(settings):
    @dataclass(frozen=True)
    class Toy(settings.CurveSettings):
        strategies: tuple[str, ...] = settings.ByScale(
            ("Entropy", "RandomSampling"), ("Entropy",), ("BADGE",)
        )
        seeds: int = settings.ByScale(2, 3, 6)
        rounds: int = settings.ByScale(2, 4, 8)
        n: int = 5
        candidates: int | None = settings.ByScale(20, None, None)
        targets: tuple[float, ...] = (0.5, 2.0)

    return Toy


@pytest.fixture
def experiment(driver, curves, toy, tmp_path):
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    X, y = load_iris(return_X_y=True)

    def run(settings):
        task = curves.Task(X[::2], y[::2], X[1::2], y[1::2])
        return curves.run_curves(settings, task, LogisticRegression(max_iter=500))

    def main(*options):
        options = ["--scale", "smoke", "--n-jobs", "1", "--out", tmp_path, *options]
        argv = [str(option) for option in options]
        driver.Experiment("toy.py", "A toy.", toy, run).main(argv)
        return pd.read_csv(tmp_path / "toy.csv", dtype={"labels": str})

    return main


def test_the_table_holds_the_learning_curves(experiment, curves, capsys):
    frame = experiment()
    assert frame["strategy"].unique().tolist() == ["Entropy", "RandomSampling"]
    assert len(frame) == 2 * 2 * 3  # strategies, runs, rounds
    assert frame["labels"].str.split().str.len().tolist() == 4 * [6, 5, 5]
    entropy = curves.to_curves(frame)["Entropy"]
    assert entropy.n_labels.tolist() == [6, 11, 16]
    np.testing.assert_allclose(entropy.scores["score"].ravel(), frame["score"][:6])
    shown = capsys.readouterr().out
    assert "labels to 0.5" in shown
    assert ">16/>16/>16" in shown  # nothing reaches 2.0


def test_options_override_the_scale(settings, toy):
    def read(*argv):
        found = settings.read(toy, "", argv)
        return found.rounds, found.seeds, found.candidates, found.targets

    assert read("--scale", "smoke", "--rounds", "7") == (7, 2, 20, (0.5, 2.0))
    assert read("--scale", "paper", "--targets", ".3") == (8, 6, None, (0.3,))
    assert read("--candidates", "None") == (4, 3, None, (0.5, 2.0))
    assert read("--scale", "smoke", "--candidates", "None")[2] is None


def test_settings_follow_the_scale_and_cannot_change(toy):
    found = toy(scale="smoke", rounds=3)
    assert (found.rounds, found.seeds, found.candidates) == (3, 2, 20)
    assert replace(found, seeds=9).seeds == 9
    with pytest.raises(FrozenInstanceError):
        found.rounds = 4


def test_the_way_a_run_is_made_is_not_recorded(toy):
    recorded = toy(n_jobs=2).recorded()
    assert recorded["scale"] == "quick"
    assert recorded["seeds"] == 3
    assert not {"out", "n_jobs", "add", "plot_only", "checkpoint", "dpi"} & {*recorded}


def test_other_strategies_are_added_to_the_table(experiment):
    both = experiment("--strategies", "Entropy")
    more = experiment("--strategies", "Margin", "--add")
    assert more["strategy"].unique().tolist() == ["Entropy", "Margin"]
    pd.testing.assert_frame_equal(more.iloc[: len(both)], both)
    again = experiment("--strategies", "Entropy", "--add")
    assert again["strategy"].unique().tolist() == ["Margin", "Entropy"]
    with pytest.raises(ValueError, match=r"n=5, but this run has n=4"):
        experiment("--strategies", "BALD", "-n", "4", "--add")


def test_a_table_older_than_a_setting_was_made_with_its_default(experiment, tmp_path):
    experiment("--strategies", "Entropy")
    path = tmp_path / "toy.json"
    made_by = json.loads(path.read_text())
    del made_by["settings"]["n_initial"]
    path.write_text(json.dumps(made_by))
    assert len(experiment("--strategies", "Margin", "--add")) == 2 * 2 * 3
    path.write_text(json.dumps(made_by))
    with pytest.raises(
        ValueError, match="n_initial=None, but this run has n_initial=9"
    ):
        experiment("--strategies", "BALD", "--n-initial", "9", "--add")


def test_a_strategy_is_made_of_its_description(settings):
    from skactive import ICAL

    strategy = settings.make_strategy("ICAL(n_per_step=5, resample=False)", "model")
    assert isinstance(strategy, ICAL)
    assert (strategy.n_per_step, strategy.resample) == (5, False)
    assert strategy.estimator == "model"


@pytest.mark.parametrize(
    ("spec", "fault"),
    [("Clairvoyance", "no strategy 'Clairvoyance'"), ("ICAL(L=1)", "ICAL")],
)
def test_unknown_strategies_are_refused(settings, toy, capsys, spec, fault):
    with pytest.raises(ValueError, match=fault):
        toy(strategies=(spec,))
    with pytest.raises(SystemExit):
        settings.read(toy, "", ["--strategies", spec])
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


def test_each_value_of_a_setting_has_its_rows(curves, toy):
    given = toy(at=(2, 3), checkpoint=Path("kept"))
    folders = []

    def run(one):
        folders.append(one.checkpoint)
        return pd.DataFrame({"x": [one.at] * 2})

    frame = curves.run_each(given, "at", run)
    assert frame["at"].tolist() == frame["x"].tolist() == [2, 2, 3, 3]
    assert folders == [Path("kept/at_2"), Path("kept/at_3")]
    assert given.at == (2, 3)


def test_equal_strategies_raise_no_alarm(tmp_path, capsys):
    script = importlib.import_module("false_alarms")
    smoke(script.main, tmp_path)
    heads, row = capsys.readouterr().out.splitlines()[1:3]
    assert heads.split()[:4] == ["splits", "experiments", "sign", "flip"]
    size, experiments, *shares = map(float, row.split())
    assert (size, experiments) == (3, 2)
    assert shares[:2] == [0, 0]  # three splits settle nothing
    assert len(shares) == 4
    given = script.Settings(splits=2, rounds=1)
    once, again = script.search(given).curves_.values()
    start = once.n_labels[0]
    assert (once.indices[:, :start] == again.indices[:, :start]).all()
    assert (once.indices[:, start:] != again.indices[:, start:]).any()


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
