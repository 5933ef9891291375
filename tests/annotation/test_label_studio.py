"""Tasks for Label Studio and back, with export files like those it writes."""

import json
from xml.etree import ElementTree

import numpy as np
import pytest

from skactive.annotation import HTML

CLASSES = list(range(10))


def exported(tasks, choose, **more):
    """An export in which one person answered each task with `choose(id)`."""
    return [
        {
            "id": 100 + i,
            "data": task["data"],
            "meta": task["meta"],
            "annotations": [annotation(choose(task["meta"]["id"]), **more)],
        }
        for i, task in enumerate(tasks)
    ]


def annotation(choice, time="2026-03-01T10:00:00.000000Z", **more):
    value = {"choices": [str(choice)]}
    result = {"from_name": "label", "to_name": "row", "type": "choices", "value": value}
    return {
        "completed_by": 1,
        "was_cancelled": False,
        "result": [result],
        "created_at": time,
        "updated_at": time,
        "lead_time": 2.5,
        **more,
    }


@pytest.fixture
def paths(tmp_path):
    return tmp_path / "tasks.json", tmp_path / "export.json"


@pytest.fixture
def campaign(opened):
    return opened(classes=CLASSES)


def write(path, content):
    path.write_text(json.dumps(content), encoding="utf-8")


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def test_round_trip(opened, answer, paths, y):
    out, back = paths
    campaign = opened(classes=CLASSES, n=20)
    answer(campaign, n=20)
    campaign.refit()
    written = campaign.to_label_studio(out)
    tasks = read(out)
    assert [task["meta"]["id"] for task in tasks] == [task.id for task in written]
    assert [task["meta"]["rank"] for task in tasks] == list(range(20))
    rounds = {task["meta"]["round"] for task in tasks}
    assert rounds == {campaign.rounds_[-1].number}
    scores = [task["meta"]["score"] for task in tasks]
    assert scores == [task.score for task in written]
    write(back, exported(tasks, lambda id: y[id]))
    assert campaign.from_label_studio(back, annotator="bob") == 20
    told = [act for act in campaign.history() if act["annotator"] == "bob"]
    assert {act["id"]: act["label"] for act in told} == {
        task.id: y[task.row] for task in written
    }
    assert {act["seconds"] for act in told} == {2.5}
    n_events = campaign._state.seq
    campaign.from_label_studio(back, annotator="bob")
    acts = [act for act in campaign.history() if act["annotator"] == "bob"]
    assert acts == told
    assert campaign._state.seq >= n_events  # a fit may have ended in between


def test_predictions_are_the_models(opened, answer, paths, X):
    campaign = opened(classes=CLASSES, n=20)
    campaign.to_label_studio(paths[0])
    assert all(task["predictions"] == [] for task in read(paths[0]))
    answer(campaign, n=20)
    campaign.refit()
    again = opened(classes=CLASSES, n=20)  # the model is fitted again
    tasks = again.to_label_studio(paths[0], n=7)
    rows = X[[task.row for task in tasks]]
    model = again.estimator_
    p = model.predict_proba(rows).max(axis=1)
    for task, label, score in zip(read(paths[0]), model.predict(rows), p, strict=True):
        (prediction,) = task["predictions"]
        number = again.rounds_[-1].number
        assert prediction["model_version"] == f"skactive round {number}"
        assert prediction["score"] == pytest.approx(score, rel=1e-12)
        (result,) = prediction["result"]
        assert result["value"] == {"choices": [str(label)]}
        assert (result["from_name"], result["to_name"]) == ("label", "row")
    again.to_label_studio(paths[0], n=7, predictions=False)
    assert all(task["predictions"] == [] for task in read(paths[0]))


def test_no_prediction_of_test_rows(opened, answer, paths):
    campaign = opened(classes=CLASSES, test_size=2, n=20)
    answer(campaign, n=22)
    campaign.refit()
    campaign.add(np.zeros((20, 64)), ids=range(1000, 1020))
    campaign._state.tests.update({1000: None})  # as if it had been held out
    tasks = campaign.to_label_studio(paths[0], n=3)
    held = [task.id in campaign.test_ids_ for task in tasks]
    assert any(held)
    assert [not task["predictions"] for task in read(paths[0])] == held


def test_same_rows_until_answered(campaign, paths):
    first = campaign.to_label_studio(paths[0])
    assert campaign.to_label_studio(paths[0]) == first
    assert len(first) == campaign.n


def test_configuration(opened, paths):
    campaign = opened(classes=["a & b", '<"c">', "ä"])
    campaign.to_label_studio(paths[0], n=1)
    view = ElementTree.parse(f"{paths[0]}.xml").getroot()
    shown, choices = view
    assert (view.tag, shown.tag, choices.tag) == ("View", "Table", "Choices")
    assert shown.get("value") == "$table"
    assert choices.get("toName") == shown.get("name") == "row"
    assert choices.get("choice") == "single"
    assert [choice.get("value") for choice in choices] == ["a & b", '<"c">', "ä"]


@pytest.mark.parametrize(
    ("show", "kind", "tag", "beginning"),
    [
        ("text", "text", "Text", "[ 0."),
        (lambda row: HTML("<b>x</b>"), "html", "HyperText", "<b>"),
        (lambda row: row.reshape(8, 8), "image", "Image", "data:image/png;base64,iVBO"),
    ],
)
def test_kinds(opened, paths, show, kind, tag, beginning):
    opened(classes=CLASSES, show=show).to_label_studio(paths[0], n=2)
    for task in read(paths[0]):
        assert list(task["data"]) == [kind]
        assert task["data"][kind].startswith(beginning)
    assert ElementTree.parse(f"{paths[0]}.xml").getroot()[0].tag == tag


def test_table_and_address(opened, paths, X):
    campaign = opened(classes=CLASSES)
    (task,) = campaign.to_label_studio(paths[0], n=1)
    cells = read(paths[0])[0]["data"]["table"]
    assert cells == {str(i): f"{value:.6g}" for i, value in enumerate(X[task.row])}
    campaign.to_label_studio(paths[0], n=1, image_url=lambda row: f"http://h/{row[2]}")
    assert read(paths[0])[0]["data"] == {"image": f"http://h/{X[task.row][2]}"}


def test_what_cannot_be_written(opened, paths):
    with pytest.raises(ValueError, match="pass `classes`"):
        opened().to_label_studio(paths[0])
    campaign = opened(show=lambda row: "x" if row[2] > 4 else HTML("x"), classes=[0, 1])
    with pytest.raises(ValueError, match=r"html and text.*the same form"):
        campaign.to_label_studio(paths[0], n=100)
    assert not paths[0].exists()


def test_newest_annotation_counts_and_cancelled_are_skips(campaign, paths):
    tasks = campaign.to_label_studio(paths[0], n=3) and read(paths[0])
    first, second, third = exported(tasks, lambda id: 3)
    early, late = "2026-03-01T09:00:00Z", "2026-03-02T09:00:00+00:00"
    first["annotations"] += [annotation(5, late), annotation(4, early)]
    first["annotations"] += [annotation(7, early, completed_by={"id": 2, "email": "e"})]
    second["annotations"] = [annotation(3, was_cancelled=True, result=[])]
    third["annotations"] = []
    write(paths[1], [first, second, third])
    assert campaign.from_label_studio(paths[1]) == 3
    names = {1: "ann", "e": "eve"}
    one, two, _ = (task["meta"]["id"] for task in tasks)
    assert campaign.disagreements() == {one: {"label-studio 1": 5, "e": 7}}
    assert campaign.from_label_studio(paths[1], annotator=names) == 3
    acts = campaign.history()
    skips = [(act["id"], act["annotator"], act["reason"]) for act in acts]
    assert skips.count((two, "label-studio 1", "unsure")) == 1
    assert skips.count((two, "ann", "unsure")) == 1
    campaign.from_label_studio(paths[1], annotator=names)
    assert campaign.history() == acts


def test_new_class_is_added(opened, paths):
    campaign = opened(classes=["a", "b"])
    campaign.to_label_studio(paths[0], n=1)
    write(paths[1], exported(read(paths[0]), lambda id: "c"))
    campaign.from_label_studio(paths[1])
    assert campaign.classes_ == ["a", "b", "c"]


def spoil_id(tasks):
    tasks[-1]["meta"]["id"] = 12345


def spoil_fingerprint(tasks):
    tasks[-1]["meta"]["fingerprint"] = "0" * 16


def spoil_meta(tasks):
    tasks[-1]["meta"] = {}


def spoil_form(tasks):
    del tasks[-1]["annotations"]


def spoil_choice(tasks):
    tasks[-1]["annotations"][0]["result"] = []


def spoil_class(tasks):
    tasks[-1]["annotations"] = [annotation("cat")]


def spoil_time(tasks):
    tasks[-1]["annotations"] = [annotation(1, "yesterday")]


def spoil_person(tasks):
    del tasks[-1]["annotations"][0]["completed_by"]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (spoil_id, "id=12345 is not the id of a row"),
        (spoil_fingerprint, "not that of this campaign"),
        (spoil_meta, "was not written by to_label_studio"),
        (spoil_form, "not in JSON-MIN"),
        (spoil_choice, "0 choices instead of one"),
        (spoil_class, "label 'cat' is a str"),
        (spoil_time, "yesterday"),
        (spoil_person, "completed_by"),
    ],
)
def test_nothing_is_taken_of_a_bad_export(campaign, paths, spoil, message):
    campaign.to_label_studio(paths[0])
    tasks = exported(read(paths[0]), lambda id: 1)
    spoil(tasks)
    write(paths[1], tasks)
    with pytest.raises(ValueError, match=message):
        campaign.from_label_studio(paths[1])
    assert campaign.history() == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a JSON file"),
        ('[{"id"', "not a JSON file"),
        ("{}", "not an export of Label Studio"),
    ],
)
def test_foreign_files(campaign, paths, text, message):
    paths[1].write_text(text)
    with pytest.raises(ValueError, match=message):
        campaign.from_label_studio(paths[1])
    with pytest.raises(FileNotFoundError):
        campaign.from_label_studio(paths[0])


def test_unknown_person(campaign, paths):
    campaign.to_label_studio(paths[0], n=1)
    write(paths[1], exported(read(paths[0]), lambda id: 1))
    with pytest.raises(ValueError, match="no name for 1"):
        campaign.from_label_studio(paths[1], annotator={2: "bob"})
