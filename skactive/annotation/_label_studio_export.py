"""Read and check a JSON export of Label Studio; layer 6."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from skactive.annotation._label_studio_tasks import CHOICES, fingerprint
from skactive.annotation._model import as_label

__all__ = ["Annotation", "read_export"]


class Annotation(NamedTuple):
    """One person's annotation of a task.

    Parameters
    ----------
    id : int or str
        Id of the row.
    annotator : str
        Name of the annotator.
    label : object
        The class; None if the task was skipped.
    seconds : float or None
        Time taken to answer.
    time : datetime
        Time of the last change.
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
        Campaign that is open for writing.
    path : str or Path
        The export.
    annotator : str, mapping or None
        See `Campaign.from_label_studio`.

    Returns
    -------
    list of Annotation
        The newest annotation for each person and row, in order of time.

    Raises
    ------
    ValueError
        If anything in the file is invalid.
    """
    newest: dict[tuple[Any, str], Annotation] = {}
    for task in _exported(path):
        id = _id_of(campaign, task, path)
        for entry in task["annotations"]:
            try:
                found = _annotation(campaign, id, entry, annotator)
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(
                    f"{path}: invalid annotation of the row with id {id!r}: {error}"
                ) from error
            before = newest.get((id, found.annotator))
            if before is None or before.time <= found.time:
                newest[id, found.annotator] = found
    return sorted(newest.values(), key=lambda found: found.time)


def _exported(path):
    try:
        tasks = json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:  # invalid JSON or UTF-8
        raise ValueError(f"{path} is not a JSON file: {error}") from error
    if not isinstance(tasks, list):
        raise ValueError(f"{path} is not an export of Label Studio: it is not a list")
    for task in tasks:
        if not isinstance(task, dict) or not isinstance(task.get("annotations"), list):
            raise ValueError(
                f"{path} has tasks without a list of annotations; export in the format "
                "JSON, not in JSON-MIN or another one"
            )
    return tasks


def _id_of(campaign, task, path):
    meta = task.get("meta")
    if not isinstance(meta, dict) or "id" not in meta or "fingerprint" not in meta:
        raise ValueError(
            f"{path}: task {task.get('id')} has no row id in its meta, so it was not "
            "written by to_label_studio; import its tasks first"
        )
    try:
        id = campaign._known(meta["id"])
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error
    if meta["fingerprint"] != fingerprint(campaign, id):
        raise ValueError(
            f"{path}: the row with id {id!r} is not that of this campaign, so the "
            "tasks are from another one"
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
    """Name of the annotator: as given, by email or number, or these themselves."""
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
    raise ValueError(f"annotator has no name for {email or number!r}")


def _label(campaign, result):
    """The chosen class of a result, which must have exactly one."""
    chosen = [
        choice
        for part in result
        if part["type"] == "choices" and part["from_name"] == CHOICES
        for choice in part["value"]["choices"]
    ]
    if len(chosen) != 1:
        raise ValueError(
            f"it has {len(chosen)} choices instead of one; answer or skip it"
        )
    classes = campaign.classes_
    label = {str(known): known for known in classes}.get(chosen[0], chosen[0])
    label = as_label(label, campaign._task, classes)
    campaign._check_width(label)
    return label
