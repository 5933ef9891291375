import signal
import subprocess
import sys
import urllib.request

import numpy as np
import pytest

from skactive.annotation import Campaign
from skactive.annotation._cli import main
from skactive.annotation._cli_data import read_data
from skactive.annotation._cli_models import make_strategy

pd = pytest.importorskip("pandas")
RNG = np.random.default_rng(0)
N = 60
C = RNG.integers(2, size=N)


@pytest.fixture
def table(tmp_path):
    frame = pd.DataFrame(
        {
            "number": np.arange(100, 100 + N),
            "size": RNG.normal(size=N) + 3 * C,
            "gap": np.where(RNG.random(N) < 0.3, np.nan, 1.0),
            "kind": np.where(C == 1, "x", None),
            "flag": C == 1,
            "text": [f"row {'ab'[c] * 3} {i}" for i, c in enumerate(C)],
            "known": [["no", "yes"][c] if i < 4 else None for i, c in enumerate(C)],
        }
    )
    path = tmp_path / "rows.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture
def folder(tmp_path):
    image = pytest.importorskip("PIL.Image")
    (tmp_path / "photos" / "more").mkdir(parents=True)
    for i in range(N):
        pixels = np.full((6, 9, 3), 100 * C[i] + i, dtype=np.uint8)
        name = f"{'more/' if i % 2 else ''}{i:02}.png"
        image.fromarray(pixels).save(tmp_path / "photos" / name)
    (tmp_path / "photos" / "notes.txt").write_text("no image")
    return tmp_path / "photos"


def score(path, data, truth, **options):
    """Score of the model fitted on 30 true labels."""
    strategy = make_strategy(data, classes=["no", "yes"], **options)
    params = {"ids": data.ids, "show": data.show, "random_state": 0}
    with Campaign(path, strategy, data.X, classes=["no", "yes"], **params) as campaign:
        for task in campaign.ask("ann", n=30):
            campaign.tell(task.id, ["no", "yes"][truth[task.row]], "ann")
        campaign.refit()
        return campaign.estimator_.score(data.X, np.array(["no", "yes"])[truth])


@pytest.mark.parametrize("model", [None, "logistic"])
def test_table(table, tmp_path, model):
    data = read_data(table, columns=["size", "kind"], id="number", labels="known")
    assert data.kind == "table"
    assert data.ids[:2] == [100, 101]
    assert list(data.X) == ["size", "gap", "kind", "flag", "text"]
    assert list(data.show) == ["size", "kind"]
    assert data.y[:4] == [["no", "yes"][c] for c in C[:4]]
    assert data.y[4:] == [None] * (N - 4)
    assert score(tmp_path / "c.sqlite", data, C, model=model) > 0.95


def test_dates_and_long_texts(tmp_path):
    frame = pd.DataFrame({"when": pd.date_range("2020", periods=N), "empty": np.nan})
    frame["zone"] = frame["when"].dt.tz_localize("Europe/Paris")
    frame["name"] = [f"{'alpha' if c else 'omega'} {i}" for i, c in enumerate(C)]
    frame.loc[3, ["when", "name"]] = None
    path = tmp_path / "rows.parquet"
    pytest.importorskip("pyarrow")
    frame.to_parquet(path)
    assert score(tmp_path / "c.sqlite", read_data(path), C) > 0.9


def test_text(table, tmp_path):
    data = read_data(table, text="text")
    assert data.kind == "text"
    assert data.show == data.X
    assert score(tmp_path / "c.sqlite", data, C) > 0.95


def test_images(folder, tmp_path):
    data = read_data(folder)
    assert data.ids[:2] == ["00.png", "02.png"]
    assert "more/01.png" in data.ids
    assert len(data.X) == N
    truth = [C[int(name[-6:-4])] for name in data.X]
    assert score(tmp_path / "c.sqlite", data, truth) > 0.95


def test_cnn(folder, tmp_path):
    pytest.importorskip("skorch")
    data = read_data(folder)
    truth = np.array([C[int(name[-6:-4])] for name in data.X])
    strategy = make_strategy(data, "cnn", "margin", ["no", "yes"])
    rows = np.arange(20)
    strategy.set_params(random_state=0).fit(data.X[:20], truth[rows].astype(np.int64))
    assert strategy.score(data.X, truth) > 0.9
    assert len(strategy.query(data.X, n=3)) == 3


BAD = {
    "no such file": ["nowhere.csv"],
    "no such column": ["rows.csv", "--text", "body"],
    "no column to show": ["rows.csv", "--columns", "size", "colour"],
    "one class": ["rows.csv", "--classes", "spam"],
    "a class twice": ["rows.csv", "--classes", "spam", "spam"],
    "ids twice": ["rows.csv", "--id", "flag"],
    "an id is missing": ["rows.csv", "--id", "kind"],
    "another file": ["notes.txt"],
    "empty folder": ["empty"],
    "column of a folder": ["empty", "--text", "body"],
    "broken image": ["broken"],
    "cnn of text": ["rows.csv", "--text", "text", "--model", "cnn"],
    "herding of text": ["rows.csv", "--text", "text", "--strategy", "herding"],
    "other campaign": ["rows.csv", "--out", "rows.csv"],
    "n": ["rows.csv", "--n", "0"],
}
WORDS = {
    "no such file": "nowhere.csv does not exist; give a file or folder",
    "no such column": "no column 'body'; its columns are",
    "no column to show": "no column 'colour'",
    "one class": "only one class, spam",
    "a class twice": "a name is repeated",
    "ids twice": "column 'flag' contains",
    "an id is missing": "column 'kind' has missing values",
    "another file": "must be a .csv or .parquet file",
    "empty folder": "contains no images",
    "column of a folder": "which has no columns",
    "broken image": "cannot be read as an image",
    "cnn of text": "--model cnn supports images only, not text",
    "herding of text": "not text; use margin",
    "other campaign": "not a campaign",
    "n": "n=0 must be at least 1",
}


@pytest.mark.parametrize("fault", BAD)
def test_bad_input_is_said_in_words(table, tmp_path, monkeypatch, capsys, fault):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.png").write_text("no image")
    (tmp_path / "notes.txt").write_text("a,b")
    before = table.read_bytes()
    with pytest.raises(SystemExit) as exit_:
        main(["label", *BAD[fault], "--no-browser"])
    assert exit_.value.code == 2
    assert WORDS[fault] in capsys.readouterr().err
    assert table.read_bytes() == before
    if fault != "other campaign":
        assert not list(tmp_path.glob("*.sqlite"))


def test_label_and_export(table, tmp_path):
    pytest.importorskip("uvicorn")
    command = [sys.executable, "-m", "skactive"]
    label = [*command, "label", table, "--labels", "known", "--no-browser"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(label, stdout=pipe, stderr=pipe, text=True, cwd=tmp_path)
    url = process.stdout.readline().strip()
    with urllib.request.urlopen(url, timeout=20) as reply:
        assert reply.status == 200
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert "skactive export rows.sqlite labels.csv" in out
    export = [*command, "export", "rows.sqlite", "labels.csv"]
    subprocess.run(export, cwd=tmp_path, check=True)
    written = pd.read_csv(tmp_path / "labels.csv")
    assert written["label"].tolist() == [["no", "yes"][c] for c in C[:4]]
    again = subprocess.run(export, cwd=tmp_path, capture_output=True, text=True)
    assert again.returncode == 2
    assert "exists already" in again.stderr


def test_help(capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["label", "--help"])
    assert exit_.value.code == 0
    assert "--classes" in capsys.readouterr().out
