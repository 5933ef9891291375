"""Labels as tables and files; layer 6."""

import csv
from pathlib import Path
from typing import Any

from skactive.annotation._agreement import Agreed
from skactive.annotation._state import State

__all__ = ["data_frame", "long_rows", "write_csv", "write_parquet"]

LONG = ("id", "row", "label", "annotator", "time")


def long_rows(state: State, row: dict[Any, int]) -> list[tuple[Any, ...]]:
    """Standing answers: id, row, label, annotator and time, in order of time."""
    acts = [act for id in state.current for act in state.answers(id).values()]
    return [
        (act.id, row[act.id], act.label, act.annotator, act.time)
        for act in sorted(acts, key=lambda act: act.seq)
    ]


def data_frame(
    form: str, state: State, row: dict[Any, int], labels: dict[Any, Agreed]
) -> Any:
    """Labels as a data frame.

    Parameters
    ----------
    form : {"long", "wide", "consensus"}
        A line for each answer; a line for each row and a column for each person; or
        one label for each row.
    state : State
        All that happened.
    row : dict of id to int
        Places of rows.
    labels : dict of id to Agreed
        The one label of each row.

    Returns
    -------
    pandas.DataFrame
        Of "wide", the index is the id.
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
    """Write the long form; times in seconds since 1970. It needs no pandas."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(LONG)
        writer.writerows(long_rows(state, row))


def write_parquet(path: str | Path, table: Any) -> None:
    """Write a data frame; ids as text where some are, as a column has one type."""
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "to_parquet needs pyarrow: pip install pyarrow, or use to_csv"
        ) from error
    if table["id"].map(type).nunique() > 1:
        table = table.assign(id=table["id"].astype(str))
    table.to_parquet(path, index=False)


def _pandas():
    try:
        import pandas
    except ImportError as error:
        raise ImportError(
            "a table of labels is a pandas data frame: pip install pandas, or use "
            "history() or to_csv, which do without"
        ) from error
    return pandas
