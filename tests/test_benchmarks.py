"""Scripts of benchmarks/ in miniature: they run, and print what they should."""

import hashlib
import importlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from skactive.model_selection import LearningCurve, compare_curves

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
SPEED = sorted(path.stem for path in (BENCHMARKS / "speed").glob("*.py"))
SMALL = ["--rounds", "1", "--seeds", "2", "--n-jobs", "1", "--trees", "8"]


@pytest.fixture
def learning_curves(monkeypatch):
    pytest.importorskip("matplotlib")
    pytest.importorskip("pandas")
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("learning_curves")


def assert_reported(capsys, folder, model, data="digits"):
    shown = capsys.readouterr().out
    assert f"{data}, {model}: mean ± standard deviation over seeds" in shown
    for name in ("accuracy ICAL", "NLL BALD", "NLL RandomSampling"):
        assert name in shown
    assert "on RandomSampling, better in" in shown
    assert f"learning curves: {folder / f'learning_curves_{data}.png'}" in shown
    assert (folder / f"learning_curves_{data}.png").stat().st_size > 10_000
    lines = (folder / f"learning_curves_{data}.csv").read_text().splitlines()
    assert len(lines) == 1 + 3 * 2 * 2  # strategies, seeds, rounds


def test_forest_on_digits(learning_curves, tmp_path, capsys):
    learning_curves.main([*SMALL, "--model", "forest", "--out", str(tmp_path)])
    assert_reported(capsys, tmp_path, "forest")


@pytest.mark.slow
def test_cnn_on_digits(learning_curves, tmp_path, capsys):
    pytest.importorskip("skorch")
    options = ["--model", "cnn", "--draws", "4", "--candidates", "50"]
    learning_curves.main([*SMALL, *options, "--out", str(tmp_path)])
    assert_reported(capsys, tmp_path, "cnn")


@pytest.mark.slow
@pytest.mark.skipif("SKACTIVE_DATA" not in os.environ, reason="SKACTIVE_DATA not set")
def test_forest_on_mnist(learning_curves, tmp_path, capsys):
    options = ["--data", "mnist", "--model", "forest", "--candidates", "100"]
    learning_curves.main([*SMALL, *options, "--out", str(tmp_path)])
    assert_reported(capsys, tmp_path, "forest", "mnist")


@pytest.fixture
def quick_start(monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("quick_start")


def test_the_quick_start_says_what_it_found(quick_start, tmp_path, capsys):
    options = ["--splits", "2", "--rounds", "3", "--trees", "5", "--n-jobs", "1"]
    quick_start.main([*options, "--out", str(tmp_path)])
    shown = capsys.readouterr().out.strip().splitlines()
    assert re.search(r"^\w+ reaches \d+% accuracy with \d+ labels instead of", shown[0])
    assert shown[1].endswith("of 2 splits, not significant at 5%.")
    assert max(map(len, shown[:-1])) <= 100
    assert shown[-1] == f"picture: {tmp_path / 'quick_start.png'}"
    assert (tmp_path / "quick_start.png").stat().st_size > 10_000


def test_the_verdict_is_that_of_the_curves(quick_start):
    n_labels = np.array([20, 30, 40, 50])
    rises = {
        "RandomSampling": [0.5, 0.6, 0.8, 0.86],
        "Margin": [0.5, 0.86, 0.9, 0.95],
        "FASS": [0.5, 0.7, 0.85, 0.9],
    }
    noise = 0.004 * np.random.default_rng(0).random((8, 4))
    curves = {
        name: LearningCurve(
            n_labels, {"score": rise + noise}, None, np.ones((8, 4)), np.ones((8, 4))
        )
        for name, rise in rises.items()
    }
    comparison = compare_curves(curves, baseline="RandomSampling", random_state=0)
    first, second = quick_start.verdict(curves, comparison).splitlines()
    assert (
        first == "Margin reaches 85% accuracy with 30 labels instead of 50 at random."
    )
    assert "better on 8 of 8 splits, significant at 5%." in second
    table = quick_start.table(curves).splitlines()
    assert table[1].split()[-2:] == [">", "50"]
    assert table[2].split()[-1] == "40"


def test_the_long_comparison_is_an_option(quick_start, monkeypatch, tmp_path):
    asked = []
    learning_curves = importlib.import_module("learning_curves")
    monkeypatch.setattr(learning_curves, "main", asked.append)
    quick_start.main(["--long", "--out", str(tmp_path)])
    assert asked == [["--out", str(tmp_path)]]


def test_the_net_of_the_papers_keeps_its_best_epoch(monkeypatch):
    pytest.importorskip("skorch")
    monkeypatch.syspath_prepend(BENCHMARKS)
    models = importlib.import_module("models")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 1, 28, 28)).astype(np.float32)
    y = rng.permutation(40) % 10  # nothing to learn: validation soon gets worse
    sampler = models.mnist_sampler(3, "cpu", X[20:], y[20:], epoch_length=64)
    net = sampler.set_params(random_state=0).fit(X[:20], y[:20]).estimator_
    valid = net.history[:, "valid_acc"]
    assert len(valid) < 30
    assert max(valid[-3:]) <= max(valid[:-3])
    assert (net.predict(X[20:]) == y[20:]).mean() == max(valid)
    assert sampler.draw(X[:4], 0).shape == (4, 3, 10)


def test_unknown_strategies_are_refused(learning_curves, capsys):
    with pytest.raises(SystemExit):
        learning_curves.main(["--strategies", "Clairvoyance"])
    assert "no strategy Clairvoyance" in capsys.readouterr().err


@pytest.fixture
def speed(monkeypatch):
    """Import a script of benchmarks/speed; the environment is restored afterwards."""
    monkeypatch.syspath_prepend(BENCHMARKS / "speed")
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "1")

    def load(name):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name not in ("torch", "skorch", "dask", "distributed"):
                raise
            pytest.skip(f"{error.name} is not installed")

    return load


@pytest.mark.parametrize("name", [name for name in SPEED if name.startswith("bench_")])
def test_a_benchmark_explains_itself_and_pins_its_threads(speed, name, capsys):
    bench = speed(name)
    with pytest.raises(SystemExit) as end:
        bench.main(["--help"])
    assert end.value.code == 0
    shown = capsys.readouterr().out
    assert bench.__doc__.strip() in shown
    assert f"python benchmarks/speed/{name}.py" in shown
    assert "--threads" in shown


def test_threads_are_pinned_and_said(speed, capsys):
    from threadpoolctl import threadpool_info, threadpool_limits

    measure = speed("measure")
    np.ones((2, 2)) @ np.ones((2, 2))  # loads BLAS, whatever came before
    before = {pool["filepath"]: pool["num_threads"] for pool in threadpool_info()}
    with threadpool_limits(2):  # undone at the end
        arguments = measure.begin(measure.command_line("Doc.", "fewer"), ["--quick"])
        assert (arguments.threads, arguments.quick) == (1, True)
        assert {pool["num_threads"] for pool in threadpool_info()} == {1}
        assert capsys.readouterr().out.startswith("threads: 1 (")
        code = "import os; print(os.environ['OMP_NUM_THREADS'])"
        measure.pin_threads(2)
        assert {pool["num_threads"] for pool in threadpool_info()} == {2}
        child = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE)
        assert child.stdout.split() == [b"2"]
    after = {pool["filepath"]: pool["num_threads"] for pool in threadpool_info()}
    assert after == before


def test_batches_are_written_a_line_a_query(speed, capsys):
    batches = speed("batches")
    digests = []
    for _ in range(2):
        batches.main(["--only", "Entropy"])
        out, err = capsys.readouterr()
        *lines, digest = out.splitlines()
        assert digest == f"digest {hashlib.sha256(''.join(lines).encode()).hexdigest()}"
        digests.append(digest)
    assert digests[0] == digests[1]
    assert err.startswith("threads: 1 (")
    assert len(lines) == 4 * len(batches.classifiers())
    whole, of_candidates = (
        [int(i) for i in line.partition(": ")[2].split()] for line in lines[:2]
    )
    assert lines[0].startswith("Entropy classification forest {} 0 7: ")
    assert len({*whole}) == 7
    assert len({*of_candidates}) == 12
    assert {i % 2 for i in of_candidates} == {0}


def test_an_error_stands_in_place_of_its_batch(speed):
    from skactive import Entropy

    batches = speed("batches")
    (case,) = (case for case in batches.cases(Entropy) if case.name == "logistic")
    case = case._replace(X=np.full_like(case.X, np.nan))
    lines = list(batches.lines(case))
    assert len(lines) == 4
    assert lines[0].startswith("Entropy classification logistic {} 0 7: ValueError: ")
    assert "NaN" in lines[0]


def test_the_harness_learns_what_the_loop_does(speed):
    bench = speed("bench_harness")
    assert (bench.compare(repeats=1, trees=5) > 0).all()  # it compares the scores


def test_growth_is_measured_and_drawn(monkeypatch, speed, tmp_path):
    pytest.importorskip("matplotlib")
    bench = speed("bench_select")
    monkeypatch.setattr(bench, "TWICE", 100)  # so small, times are those of overheads
    base = {"n": 60, "k": 3, "c": 2, "b": 1}
    table = tmp_path / "growth.csv"
    bench.bench_growth(["Entropy", "MaxVariance"], base, table)
    lines = table.read_text().splitlines()
    assert lines[0] == "strategy,grows,factor,n,k,c,b,seconds,bytes"
    assert len(lines) == 1 + 2 * 4 * 4  # strategies, letters, factors
    assert lines[4].startswith("Entropy,n,8,480,3,2,1,")
    figure = speed("growth_figure")
    figure.main(["--table", str(table), "--out", str(tmp_path)])
    for cost in ("seconds", "bytes"):
        assert (tmp_path / f"growth_{cost}.svg").stat().st_size > 10_000


def test_growth_that_is_too_steep_fails(speed):
    bench = speed("bench_select")
    row = {"strategy": "Entropy", "grows": "n", "seconds": 1, "bytes": 1}
    bench.check_growth([row, {**row, "seconds": 2, "bytes": 2}])
    with pytest.raises(AssertionError, match="Entropy: bytes grow too steeply"):
        bench.check_growth([row, {**row, "bytes": 4}])
    bench.check_growth([row, {**row, "seconds": 4}], costs=["bytes"])


def test_time_by_the_clock_counts_with_several_threads(monkeypatch, speed):
    measure = speed("measure")

    def wait():
        time.sleep(0.05)

    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert measure.timed(wait)[0] < 0.05  # the processor is idle meanwhile
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert measure.timed(wait)[0] >= 0.05


def test_what_a_call_takes_is_measured(speed):
    measure = speed("measure")
    seconds, result = measure.timed(lambda: sum(range(100_000)))
    assert seconds > 0
    assert result == sum(range(100_000))
    calls = []
    times, results = measure.least_times(
        [lambda: calls.append("a"), lambda: len(calls)], repeats=2
    )
    assert calls == ["a", "a"]
    assert results == [None, 2]  # those of the last calls, made in turns
    assert np.isfinite(times).all()
    held, zeros = measure.peak_bytes(lambda: np.zeros(10**6) + np.zeros(10**6))
    assert zeros.nbytes < held < 3.1 * zeros.nbytes
