"""Read the data to label on the command line: tables, texts or images."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from skactive.annotation._page._content import IMAGE_TYPES, ImageFolder

__all__ = ["Data", "read_data"]


class Data(NamedTuple):
    """Rows to label.

    Parameters
    ----------
    kind : {"table", "text", "images"}
        Kind of data.
    X : DataFrame or list of str
        The rows; paths for images.
    ids : list or None
        Ids of the rows.
    show : object
        How to display rows; see `Campaign`.
    y : list or None
        Existing labels, with None for rows without one.
    folder : Path or None
        Folder of the images.
    """

    kind: str
    X: Any
    ids: list[Any] | None
    show: Any
    y: list[Any] | None = None
    folder: Path | None = None


def read_data(
    path: Path,
    text: str | None = None,
    columns: Sequence[str] | None = None,
    id: str | None = None,
    labels: str | None = None,
) -> Data:
    """Read a table, or list the images in a folder.

    Parameters
    ----------
    path : Path
        A CSV or Parquet file, or a folder.
    text : str, default=None
        Column of text to learn from.
    columns : sequence of str, default=None
        Columns to display.
    id, labels : str, default=None
        Columns with ids and with labels.

    Returns
    -------
    Data
        The rows to label.

    Raises
    ------
    FileNotFoundError, ValueError
        If the file, a column, or images are missing.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; give a file or folder")
    if path.is_dir():
        if text or columns or id or labels:
            raise ValueError(f"{path} is a folder of images, which has no columns")
        return _images(path)
    frame = _read_table(path)
    for name in filter(None, [text, id, labels, *(columns or [])]):
        if name not in frame.columns:
            raise ValueError(
                f"{path} has no column {name!r}; its columns are {list(frame.columns)}"
            )
    return _rows(frame, text, columns, id, labels)


def _images(folder):
    found = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.suffix.lower() in IMAGE_TYPES and path.is_file()
    )
    if not found:
        raise ValueError(f"{folder} contains no images ({', '.join(IMAGE_TYPES)})")
    return Data("images", found, found, ImageFolder(folder), folder=folder)


def _read_table(path):
    import pandas as pd

    readers = {".csv": pd.read_csv, ".parquet": pd.read_parquet}
    if path.suffix.lower() not in readers:
        raise ValueError(f"{path} must be a .csv or .parquet file, or a folder")
    frame = readers[path.suffix.lower()](path)
    if frame.empty:
        raise ValueError(f"{path} has no rows")
    return frame.reset_index(drop=True)


def _rows(frame, text, columns, id, labels):
    ids = None if id is None else _ids(frame[id], id)
    y = None
    if labels is not None:
        given = frame[labels]
        y = [None if no else str(v) for v, no in zip(given, given.isna(), strict=True)]
    if text is not None:
        texts = frame[text].fillna("").astype(str).tolist()
        shown = texts if columns is None else frame[list(columns)]
        return Data("text", texts, ids, shown, y)
    shown = list(columns or [name for name in frame if name != labels])
    own = frame.drop(columns=[name for name in (id, labels) if name is not None])
    if own.shape[1] == 0:
        raise ValueError("the table has no columns to learn from")
    return Data("table", own, ids, frame[shown], y)


def _ids(column, name):
    if column.isna().any():
        raise ValueError(f"--id: column {name!r} has missing values")
    if column.duplicated().any():
        twice = column[column.duplicated()].iloc[0]
        raise ValueError(f"--id: column {name!r} contains {twice!r} more than once")
    return column.tolist()
