"""A JSON export of Label Studio, read and checked; layer 6."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from skactive.annotation._label_studio_tasks import CHOICES, fingerprint
from skactive.annotation._model import as_label

__all__ = ["Annotation", "read_export"]


class Annotation(NamedTuple):
    """What one person did with one task.

    Parameters
    ----------
    id : int or str
        The row.
    annotator : str
        Who.
    label : object
        The class; None where the task was skipped.
    seconds : float or None
        How long it took.
    time : datetime
        When it was last changed.
    """

    id: Any
    annotator: str
    label: Any
    seconds: float | None
    time: datetime


def read_export(
    campaign: Any, path: str | Path, annotator: str | Mapping[Any, str] | None
) -> list[Annotation]:
    """Read and check a JSON export.

    Parameters
    ----------
    campaign : Campaign
        Open for writing.
    path : str or Path
        The export.
    annotator : str, mapping or None
        As in `Campaign.from_label_studio`.

    Returns
    -------
    list of Annotation
        The newest of each person and row, oldest first.

    Raises
    ------
    ValueError
        If anything in the file is not as it should be.
    """
    newest: dict[tuple[Any, str], Annotation] = {}
    for task in _exported(path):
        id = _id_of(campaign, task, path)
        for entry in task["annotations"]:
            try:
                found = _annotation(campaign, id, entry, annotator)
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(
                    f"{path}: an annotation of the row with id {id!r} cannot be taken: "
                    f"{error}"
                ) from error
            before = newest.get((id, found.annotator))
            if before is None or before.time <= found.time:
                newest[id, found.annotator] = found
    return sorted(newest.values(), key=lambda found: found.time)


def _exported(path):
    try:
        tasks = json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:  # no JSON, or no UTF-8
        raise ValueError(f"{path} is no JSON: {error}") from error
    if not isinstance(tasks, list):
        raise ValueError(f"{path} is no export of Label Studio: it is no list of tasks")
    for task in tasks:
        if not isinstance(task, dict) or not isinstance(task.get("annotations"), list):
            raise ValueError(
                f"{path} has tasks without a list of annotations: export as JSON, "
                "not as JSON-MIN or another form"
            )
    return tasks


def _id_of(campaign, task, path):
    meta = task.get("meta")
    if not isinstance(meta, dict) or "id" not in meta or "fingerprint" not in meta:
        raise ValueError(
            f"{path}: task {task.get('id')} has no id of a row in its meta: it was not "
            "written by to_label_studio"
        )
    try:
        id = campaign._known(meta["id"])
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error
    if meta["fingerprint"] != fingerprint(campaign, id):
        raise ValueError(
            f"{path}: the row with id {id!r} is another than the campaign's: the tasks "
            "are those of another campaign"
        )
    return id


def _annotation(campaign, id, entry, annotator):
    label = None if entry.get("was_cancelled") else _label(campaign, entry["result"])
    time = datetime.fromisoformat(entry.get("updated_at") or entry["created_at"])
    if time.tzinfo is None:
        time = time.replace(tzinfo=UTC)
    name = _name(entry["completed_by"], annotator)
    return Annotation(id, name, label, entry.get("lead_time"), time)


def _name(person, annotator):
    """Who answered: a name given for all or for each, an email, or a number."""
    if isinstance(annotator, str):
        return annotator
    email, number = None, person
    if isinstance(person, dict):
        email, number = person.get("email"), person.get("id")
    if annotator is None:
        return str(email or f"label-studio {number}")
    for key in (email, number):
        if key is not None and key in annotator:
            return annotator[key]
    raise ValueError(f"`annotator` has no name for {email or number!r}")


def _label(campaign, result):
    """The one choice of a result, as one of the classes."""
    chosen = [
        choice
        for part in result
        if part["type"] == "choices" and part["from_name"] == CHOICES
        for choice in part["value"]["choices"]
    ]
    if len(chosen) != 1:
        raise ValueError(f"it has {len(chosen)} choices, not one: answer or skip it")
    classes = campaign.classes_
    label = {str(known): known for known in classes}.get(chosen[0], chosen[0])
    label = as_label(label, campaign._task, classes)
    campaign._check_width(label)
    return label
