"""Progress and history of a campaign as the page shows them."""

from typing import Any

import numpy as np

__all__ = ["history", "progress"]

MOST_ANSWERS = 100  # in the list of an annotator's own answers


def history(campaign: Any, annotator: str) -> list[dict[str, Any]]:
    """Valid answers of an annotator, newest first."""
    acts = [
        act
        for act in campaign.history()
        if act["annotator"] == annotator and act["current"]
    ]
    return [
        {
            "id": act["id"],
            "label": str(act["label"] if act["reason"] is None else act["reason"]),
            "note": act["note"] or "",
        }
        for act in acts[::-1][:MOST_ANSWERS]
    ]


def progress(campaign: Any) -> dict[str, Any]:
    """Progress in numbers and text, the learning curve, and stopping criteria."""
    seen = campaign.progress()
    in_test = seen["test_labelled"] < seen["test_size"]
    done = seen["test_labelled"] if in_test else seen["labelled"]
    goal = seen["test_size"] if in_test else seen["labelled"] + seen["left"]
    text = f"{done:,} of {goal:,} {'test rows' if in_test else 'rows'} labelled"
    return {
        "done": done,
        "goal": goal,
        "text": text,
        "numbers": _numbers(seen),
        "curve": _curve(seen),
        "stopping": _stopping(seen),
    }


def _numbers(seen):
    rows = [("Answers", f"{seen['answers']:,}")]
    if seen["test_size"]:
        rows.append(("Test set", f"{seen['test_labelled']} of {seen['test_size']}"))
    if seen["unusable"]:
        rows.append(("Unusable", f"{seen['unusable']:,}"))
    if len(seen["annotators"]) > 1:
        rows.append(("Annotators", str(len(seen["annotators"]))))
    if seen["rate"] and np.isfinite(seen["rate"]):
        rows.append(("Answers per hour", f"{seen['rate']:,.0f}"))
        rows.append(("Hours left", f"{seen['hours_left']:,.1f}"))
    if seen["spent"]:
        rows.append(("Spent", f"{seen['spent']:,.2f}"))
    rows.append(("Model fits", f"{seen['round']:,}"))
    return rows


def _curve(seen):
    points = [
        (point["n_labels"], point["score"])
        for point in seen["curve"]
        if np.isfinite(point["score"])
    ]
    return {"title": "Score on the test set", "points": points}


def _stopping(seen):
    lines = []
    if seen["failure"] is not None:
        lines.append(f"The last fit failed: {seen['failure'].error}")
    return lines
