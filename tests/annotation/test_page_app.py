import csv
import io
from html import escape

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import BayesianRidge

from skactive import MaxVariance, RandomSampling
from skactive.annotation import HTML, Campaign, ImageFolder
from skactive.annotation._page._app import LabelPage, keys_of
from tests.annotation.page import client_of, digits_campaign, tell

pytest.importorskip("starlette")

NASTY = "<script>alert(1)</script> & <img src=x onerror=alert(2)>"


@pytest.fixture
def campaign(tmp_path):
    with digits_campaign(tmp_path / "c.sqlite") as made:
        yield made


@pytest.fixture
def client(campaign):
    return client_of(campaign)


def texts(path, rows, **params):
    strategy = RandomSampling(DummyClassifier())
    return Campaign(path, strategy, rows, classes=["a", "b"], **params)


def test_keys():
    assert keys_of(["cat", "dog"]) == ["1", "2"]
    assert keys_of(list(range(10))) == list("0123456789")
    assert keys_of(["Y", "n"]) == ["y", "n"]
    assert keys_of(["a", "A"]) == ["1", "2"]
    assert keys_of(["?", "x"]) == ["1", "2"]
    many = keys_of([f"class {i}" for i in range(40)])
    assert many[9:12] == ["0", "a", "b"]
    assert many[36:] == [None] * 4


def test_answer_brings_the_next_tasks(client, campaign):
    tasks = client.get("/api/tasks?annotator=ann").json()["tasks"]
    assert len(tasks) == 3
    later = tell(client, tasks[0], 3, seconds=1.5, note="clear").json()["tasks"]
    assert [task["id"] for task in later[:2]] == [task["id"] for task in tasks[1:]]
    (act,) = campaign.history()
    said = (act["id"], act["label"], act["annotator"], act["seconds"], act["note"])
    assert said == (tasks[0]["id"], 3, "ann", 1.5, "clear")


def test_reload_gives_the_same_tasks(client):
    before = client.get("/api/state?annotator=ann").json()["tasks"]
    assert client.get("/api/state?annotator=ann").json()["tasks"] == before


def test_two_people_get_different_tasks(client):
    ann, bo = (client.get(f"/api/tasks?annotator={n}").json()["tasks"] for n in "ab")
    assert not {task["id"] for task in ann} & {task["id"] for task in bo}


def test_skip_undo_edit(client, campaign):
    first, second = client.get("/api/tasks?annotator=ann&want=2").json()["tasks"]
    body = {"id": first["id"], "annotator": "ann", "reason": "unsure"}
    client.post("/api/skip", json=body)
    tell(client, second, 4)
    undo = {"annotator": "ann", "request": "1"}
    undone = client.post("/api/undo", json=undo).json()
    assert undone["first"] == second | {"label": "4"}
    assert undone["tasks"][0] == second
    # a window that heard no reply sends its request again
    assert "first" not in client.post("/api/undo", json=undo).json()
    tell(client, second, 5)
    tell(client, second, 6)
    answers = client.get("/api/state?annotator=ann").json()["answers"]
    assert [(a["id"], a["label"]) for a in answers] == [
        (second["id"], "6"),
        (first["id"], "unsure"),
    ]
    # the edit is taken back, and the answer before it stands again
    undone = client.post("/api/undo", json=undo | {"request": "2"}).json()
    assert "first" not in undone
    assert campaign.labels()["label"].tolist() == [5]


def test_undo_of_nothing(client):
    undo = {"annotator": "ann", "request": "1"}
    assert len(client.post("/api/undo", json=undo).json()["tasks"]) == 3


def test_new_class(client, campaign):
    body = {"name": " 11 ", "annotator": "ann"}
    made = client.post("/api/classes", json=body).json()["classes"]
    assert made[-1] == {"name": 11, "key": "a"}  # 11 takes no one key: all are new
    assert client.post("/api/classes", json=body).json()["classes"] == made
    task = client.get("/api/tasks?annotator=ann").json()["tasks"][0]
    tell(client, task, 11)
    assert campaign.classes_[-1] == 11
    assert client.get("/api/state?annotator=bo").json()["classes"] == made
    for name in ("", "  ", 3, None, "eleven"):
        reply = client.post("/api/classes", json=body | {"name": name})
        assert reply.status_code == 400


BAD = [
    {"id": 10**9},
    {"id": "0"},
    {"id": None},
    {"id": [1]},
    {"label": "seven"},
    {"label": None},
    {"label": [1]},
    {"annotator": ""},
    {"annotator": 7},
    {"annotator": "x" * 101},
    {"unknown": 1},
]


@pytest.mark.parametrize("change", BAD, ids=str)
def test_bad_answers_are_refused_in_words(client, campaign, change):
    body = {"id": 0, "label": 1, "annotator": "ann"} | change
    reply = client.post("/api/answer", json=body)
    assert reply.status_code == 400
    assert reply.text
    assert campaign.history() == []


@pytest.mark.parametrize("content", ["", "{", "[]", "7", '{"id": 0}'])
def test_bad_bodies(client, content):
    headers = {"content-type": "application/json"}
    reply = client.post("/api/answer", content=content, headers=headers)
    assert reply.status_code == 400


def test_image(client):
    task = client.get("/api/tasks?annotator=ann").json()["tasks"][0]
    reply = client.get(task["src"])
    assert reply.headers["content-type"] == "image/png"
    assert reply.content.startswith(b"\x89PNG")
    assert "private" in reply.headers["cache-control"]


def test_text_stays_text(tmp_path):
    with texts(tmp_path / "c.sqlite", [NASTY, "plain"], random_state=0) as campaign:
        client = client_of(campaign)
        reply = client.get("/api/tasks?annotator=ann")
        assert reply.headers["content-type"] == "application/json"
        shown = {task["id"]: task for task in reply.json()["tasks"]}
        assert shown[0] == {"id": 0, "kind": "text", "data": NASTY}
        # and is never sent as a page
        assert client.get("/api/html?id=0").text == ""
        assert client.get("/api/image?id=0").status_code == 400


def test_marked_html_runs_no_scripts(tmp_path):
    def show(row):
        return HTML(f"<mark>{escape(row)}</mark>")

    with texts(tmp_path / "c.sqlite", ["a < b", "c"], show=show) as campaign:
        client = client_of(campaign)
        assert client.get("/api/item?id=0").json()["kind"] == "html"
        reply = client.get("/api/html?id=0")
        assert reply.text == "<mark>a &lt; b</mark>"
        policy = reply.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "sandbox" in policy
        assert "script" not in policy


def test_paths_outside_of_the_folder(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "secret.png").write_bytes(b"\x89PNG secret")
    rows = ["../secret.png", "/etc/passwd"]
    show = ImageFolder(tmp_path / "photos")
    with texts(tmp_path / "c.sqlite", rows, show=show) as campaign:
        client = client_of(campaign)
        for path in ("/api/image?id=0", "/api/item?id=1", "/api/tasks?annotator=a"):
            reply = client.get(path)
            assert reply.status_code == 400
            assert "outside of the image folder" in reply.text


def test_values(tmp_path):
    X = np.arange(12.0)[:, None]
    model = MaxVariance(BayesianRidge())
    with Campaign(tmp_path / "c.sqlite", model, X, random_state=0) as campaign:
        client = client_of(campaign)
        state = client.get("/api/state?annotator=ann").json()
        assert state["numeric"]
        assert state["classes"] == []
        tell(client, state["tasks"][0], "1.5")
        assert campaign.labels()["label"].tolist() == [1.5]
        for value in ("", "x", "nan", "1e999"):
            assert tell(client, state["tasks"][1], value).status_code == 400


def test_progress_in_words(tmp_path):
    with digits_campaign(tmp_path / "c.sqlite", test_size=2, cost=0.5) as campaign:
        client = client_of(campaign)
        state = client.get("/api/state?annotator=ann").json()
        assert state["progress"]["text"] == "0 of 2 test rows labelled"
        for label in (1, 2, 3, 4):
            task = client.get("/api/tasks?annotator=ann").json()["tasks"][0]
            tell(client, task, label)
        campaign.refit()
        seen = client.get("/api/state?annotator=ann").json()["progress"]
        assert seen["text"] == "2 of 1,795 rows labelled"
        assert ["Spent", "2.00"] in seen["numbers"]
        ((n, score),) = seen["curve"]["points"]
        assert n == 2
        assert 0 <= score <= 1


def test_failure_of_a_fit_is_shown(tmp_path):
    with digits_campaign(tmp_path / "c.sqlite") as campaign:
        page = LabelPage(campaign)
        campaign.strategy.set_params(estimator__n_estimators=-1)
        for id, label in enumerate((1, 2)):
            campaign.tell(id, label, "ann")
        with pytest.raises(ValueError, match="n_estimators"):
            campaign.refit()
        (line,) = page.state("ann")["progress"]["stopping"]
        assert "n_estimators" in line


def test_labels_as_csv(client):
    task = client.get("/api/tasks?annotator=ann").json()["tasks"][0]
    tell(client, task, 3, note='a "note", with commas')
    (line,) = csv.DictReader(io.StringIO(client.get("/api/labels.csv").text))
    assert (line["id"], line["label"]) == (str(task["id"]), "3")
    assert line["note"] == 'a "note", with commas'


def test_about(campaign):
    client = client_of(campaign, guidelines="Read & label", title="Digits")
    about = client.get("/api/about").json()
    assert about == {"title": "Digits", "guidelines": "Read & label"}
