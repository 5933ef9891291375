"""Write tasks and the labelling configuration for Label Studio; layer 6."""

import base64
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from skactive._utils.scikit_learn import take_rows
from skactive.annotation._learner import number_or_none
from skactive.annotation._learning import output_names
from skactive.annotation._model import net_of, predicts
from skactive.annotation._page._content import Content, Presenter, take_row
from skactive.annotation._records import Task

__all__ = [
    "check_choices",
    "fingerprint",
    "labelling_config",
    "write_tasks",
]

CHOICES, SHOWN = "label", "row"  # names of the two tags of the configuration
TAGS = {"image": "Image", "text": "Text", "table": "Table", "html": "HyperText"}


def write_tasks(
    campaign: Any,
    path: str | Path,
    tasks: Sequence[Task],
    image_url: Callable[[Any], str] | None,
    predictions: bool,
) -> None:
    """Write tasks and the matching labelling configuration.

    Parameters
    ----------
    campaign : Campaign
        Campaign that is open for writing.
    path : str or Path
        File of the tasks; the configuration is written to ``<path>.xml``.
    tasks : list of Task
        The tasks.
    image_url : callable or None
        Returns the address of a row's image; None embeds images.
    predictions : bool
        Whether to add the model's predictions.
    """
    present = Presenter(campaign.show)
    contents = [_content(campaign._X, task.row, present, image_url) for task in tasks]
    kinds = sorted({content.kind for content in contents})
    if len(kinds) > 1:
        raise ValueError(
            f"rows are shown as {' and '.join(kinds)}, but all tasks of a project in "
            "Label Studio must have the same form; pass a `show` of one form"
        )
    found = _predictions(campaign, tasks) if predictions else {}
    written = [
        {
            "data": {content.kind: content.data},
            "meta": _meta(campaign, task),
            "predictions": found.get(task.id, []),
        }
        for task, content in zip(tasks, contents, strict=True)
    ]
    config = labelling_config(kinds[0] if kinds else "text", campaign.classes_)
    Path(path).write_text(json.dumps(written, indent=1), encoding="utf-8")
    Path(f"{path}.xml").write_text(config, encoding="utf-8")


def check_choices(task: str, classes: Sequence[Any]) -> None:
    """Raise ``ValueError`` unless labels are choices among known classes."""
    if task == "regression":
        raise ValueError(
            "Label Studio's choices are for classes, not numbers; use serve instead"
        )
    if not classes:
        raise ValueError(
            "Label Studio needs to know the classes, but the campaign has none yet; "
            "pass `classes`"
        )


def labelling_config(kind: str, classes: Sequence[Any]) -> str:
    """Make the labelling configuration for tasks of one kind.

    Parameters
    ----------
    kind : {"image", "text", "table", "html"}
        Kind of content, which is also its name in the tasks.
    classes : sequence
        The classes to choose from.

    Returns
    -------
    str
        The configuration as XML.
    """
    view = ElementTree.Element("View")
    ElementTree.SubElement(view, TAGS[kind], name=SHOWN, value=f"${kind}")
    choices = ElementTree.SubElement(
        view, "Choices", name=CHOICES, toName=SHOWN, choice="single", required="true"
    )
    for label in classes:
        ElementTree.SubElement(choices, "Choice", value=str(label))
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding="unicode") + "\n"


def _content(X, row, present, image_url):
    """Content of a row, in types that can be stored as JSON."""
    if image_url is not None:
        return Content("image", str(image_url(take_row(X, row))))
    content = present(X, row)
    if content.kind == "image":
        text = base64.b64encode(content.data).decode("ascii")
        return Content("image", f"data:{content.media_type};base64,{text}")
    if content.kind == "table":
        return Content("table", dict(content.data))
    return content


def _meta(campaign, task):
    return {
        "id": task.id,
        "fingerprint": fingerprint(campaign, task.id),
        "round": task.round,
        "rank": task.rank,
        "score": number_or_none(task.score),
    }


def fingerprint(campaign, id):
    """Fingerprint of a row as text: JavaScript's numbers only have 53 bits."""
    state = campaign._state
    return f"{int(state.prints[state.place[id]]):016x}"


def _predictions(campaign, tasks):
    """Predictions by id, except for test rows, whose labels must not be influenced."""
    tasks = [task for task in tasks if task.id not in campaign._state.tests]
    if not (tasks and campaign.rounds_ and predicts(campaign.strategy)):
        return {}
    _ = campaign.strategy_  # refits the model if the campaign was just opened
    with campaign._lock:  # a consistent pair, as another round may finish any time
        model, number = campaign._model, campaign._state.round
    rows = take_rows(campaign._X, np.array([task.row for task in tasks]))
    labels = _predicted(campaign, model, rows)
    scores: Any = [None] * len(tasks)
    if hasattr(model, "predict_proba"):
        scores = np.asarray(model.predict_proba(rows)).max(axis=1).tolist()
    version = f"skactive round {number}"
    return {
        task.id: [_prediction(version, label, score)]
        for task, label, score in zip(tasks, labels, scores, strict=True)
    }


def _predicted(campaign, model, rows):
    labels = np.asarray(model.predict(rows)).ravel().tolist()
    if net_of(campaign.strategy) is None:
        return labels
    names = output_names(campaign.classes_, len(model.classes_))
    return [names[place] for place in labels]


def _prediction(version, label, score):
    choice = {
        "from_name": CHOICES,
        "to_name": SHOWN,
        "type": "choices",
        "value": {"choices": [str(label)]},
    }
    given = {} if score is None else {"score": score}
    return {"model_version": version, "result": [choice], **given}
