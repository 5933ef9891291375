"""Export labels to tables and files; layer 6."""

import csv
from pathlib import Path
from typing import Any

from skactive.annotation._agreement import Agreed
from skactive.annotation._state import State

__all__ = ["data_frame", "long_rows", "write_csv", "write_parquet"]

LONG = ("id", "row", "label", "annotator", "time")


def long_rows(state: State, row: dict[Any, int]) -> list[tuple[Any, ...]]:
    """Valid answers as (id, row, label, annotator, time), ordered by time."""
    acts = [act for id in state.current for act in state.answers(id).values()]
    return [
        (act.id, row[act.id], act.label, act.annotator, act.time)
        for act in sorted(acts, key=lambda act: act.seq)
    ]


def data_frame(
    form: str, state: State, row: dict[Any, int], labels: dict[Any, Agreed]
) -> Any:
    """Convert labels to a data frame.

    Parameters
    ----------
    form : {"long", "wide", "consensus"}
        One row per answer; one row per labelled row and one column per annotator; or
        one combined label per row.
    state : State
        State of the campaign.
    row : dict of id to int
        Row numbers by id.
    labels : dict of id to Agreed
        Combined label of each row.

    Returns
    -------
    pandas.DataFrame
        The table; its index is the id for "wide".
    """
    pd = _pandas()
    long = pd.DataFrame(long_rows(state, row), columns=LONG)
    long["time"] = pd.to_datetime(long["time"], unit="s", utc=True)
    if form == "long":
        return long
    if form == "wide":
        return long.pivot(index="id", columns="annotator", values="label")
    if form == "consensus":
        return pd.DataFrame(
            [(id, row[id], *agreed) for id, agreed in labels.items()],
            columns=["id", "row", *Agreed._fields],
        )
    raise ValueError(f"form must be 'long', 'wide' or 'consensus', not {form!r}")


def write_csv(path: str | Path, state: State, row: dict[Any, int]) -> None:
    """Write answers as CSV, with times in seconds since 1970; pandas is not needed."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(LONG)
        writer.writerows(long_rows(state, row))


def write_parquet(path: str | Path, table: Any) -> None:
    """Write a data frame; mixed ids become strings, as a column has one type."""
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "to_parquet needs pyarrow; install it by pip install pyarrow, or use to_csv"
        ) from error
    if table["id"].map(type).nunique() > 1:
        table = table.assign(id=table["id"].astype(str))
    table.to_parquet(path, index=False)


def _pandas():
    try:
        import pandas
    except ImportError as error:
        raise ImportError(
            "labels() returns a pandas data frame; install it by pip install pandas, "
            "or use history() or to_csv, which do not need it"
        ) from error
    return pandas
