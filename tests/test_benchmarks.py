"""The benchmarks' scripts, in miniature: that they run and say what they promise."""

import importlib
import os
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
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


def test_cnn_on_digits(learning_curves, tmp_path, capsys):
    pytest.importorskip("skorch")
    options = ["--model", "cnn", "--draws", "4", "--candidates", "50"]
    learning_curves.main([*SMALL, *options, "--out", str(tmp_path)])
    assert_reported(capsys, tmp_path, "cnn")


@pytest.mark.skipif("SKACTIVE_DATA" not in os.environ, reason="SKACTIVE_DATA not set")
def test_forest_on_mnist(learning_curves, tmp_path, capsys):
    options = ["--data", "mnist", "--model", "forest", "--candidates", "100"]
    learning_curves.main([*SMALL, *options, "--out", str(tmp_path)])
    assert_reported(capsys, tmp_path, "forest", "mnist")


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


def test_the_harness_learns_what_the_loop_does(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS / "speed")
    bench = importlib.import_module("bench_harness")
    assert (bench.compare(repeats=1, trees=5) > 0).all()  # it compares the scores


def test_growth_is_measured_and_drawn(monkeypatch, tmp_path):
    pytest.importorskip("matplotlib")
    monkeypatch.syspath_prepend(BENCHMARKS / "speed")
    bench = importlib.import_module("bench_select")
    monkeypatch.setattr(bench, "TWICE", 100)  # so small, times are those of overheads
    base = {"n": 60, "k": 3, "c": 2, "b": 1}
    table = tmp_path / "growth.csv"
    bench.bench_growth(["Entropy", "MaxVariance"], base, table)
    lines = table.read_text().splitlines()
    assert lines[0] == "strategy,grows,factor,n,k,c,b,seconds,bytes"
    assert len(lines) == 1 + 2 * 4 * 4  # strategies, letters, factors
    assert lines[4].startswith("Entropy,n,8,480,3,2,1,")
    figure = importlib.import_module("growth_figure")
    figure.main(["--table", str(table), "--out", str(tmp_path)])
    for cost in ("seconds", "bytes"):
        assert (tmp_path / f"growth_{cost}.svg").stat().st_size > 10_000


def test_growth_that_is_too_steep_fails(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS / "speed")
    bench = importlib.import_module("bench_select")
    row = {"strategy": "Entropy", "grows": "n", "seconds": 1, "bytes": 1}
    bench.check_growth([row, {**row, "seconds": 2, "bytes": 2}])
    with pytest.raises(AssertionError, match="Entropy: bytes grow too steeply"):
        bench.check_growth([row, {**row, "bytes": 4}])


def test_what_a_call_takes_is_measured(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS / "speed")
    measure = importlib.import_module("measure")
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
