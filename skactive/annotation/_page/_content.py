"""Content shown to annotators: images, text, cells of a table, or HTML."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import issparse

from skactive._utils.scikit_learn import n_rows, take_rows
from skactive.annotation._page._png import array_range, as_pixels, encode_png

__all__ = ["HTML", "Content", "ImageFolder", "Presenter"]

IMAGE_TYPES = {
    ".avif": "image/avif",
    ".bmp": "image/bmp",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
}
FORMS = ("image", "text", "table")
SAMPLED_ROWS = 200  # used to find black and white for a pool of images


@dataclass(frozen=True)
class HTML:
    """Mark text as HTML to be rendered.

    Text returned by a function passed as `show` is displayed as it is, including tags,
    unless it is marked by this class. HTML is rendered in a separate frame, in which
    scripts do not run and nothing is loaded from other addresses. Escape the data that
    you insert (:func:`html.escape`).

    Parameters
    ----------
    text : str
        HTML of the body of a page.

    Examples
    --------
    >>> from html import escape
    >>> from skactive.annotation import HTML
    >>> def show(row):
    ...     return HTML(f"<b>{escape(row)}</b>")
    >>> show("1 < 2")
    HTML(text='<b>1 &lt; 2</b>')
    """

    text: str


@dataclass(frozen=True)
class ImageFolder:
    """Display rows that are paths of images in a folder.

    Pass it as `show` to a campaign. Paths that leave the folder, also by symbolic
    links, are refused.

    Parameters
    ----------
    folder : str or path
        Folder that contains all images, also in subfolders.

    Examples
    --------
    >>> from skactive.annotation import ImageFolder
    >>> show = ImageFolder("photos")
    >>> show("../letter.png")
    Traceback (most recent call last):
        ...
    ValueError: '../letter.png' is outside of the image folder photos
    """

    folder: str | Path

    def __call__(self, row: Any) -> Path:
        """Return the path of an image.

        Parameters
        ----------
        row : str
            Path relative to the folder.

        Returns
        -------
        Path
            The absolute path.
        """
        folder = Path(self.folder).resolve()
        path = (folder / str(row)).resolve()
        if not path.is_relative_to(folder):
            raise ValueError(
                f"{str(row)!r} is outside of the image folder {self.folder}"
            )
        return path


@dataclass(frozen=True)
class Content:
    """Content shown for a row.

    Parameters
    ----------
    kind : {"image", "text", "table", "html"}
        How it is shown.
    data : str, bytes or list of (str, str)
        Text or HTML, the file of an image, or names and values of the cells.
    media_type : str, default=""
        Media type of an image.
    """

    kind: str
    data: Any
    media_type: str = ""


class Presenter:
    """Makes the content shown for each row of a pool.

    Parameters
    ----------
    show : {"image", "text", "table"}, list of str, callable or container, default=None
        As in `Campaign`: a form, the columns of a data frame to show, a function of a
        row, or a container as long as `X` with what to show.
    """

    def __init__(self, show: Any = None) -> None:
        self.show = show
        self._range: tuple[float, float] | None = None

    def __call__(self, X: Any, row: int) -> Content:
        """Return the content of row number `row` of `X`, which may have grown."""
        show = self.show
        if callable(show):
            return as_content(show(take_row(X, row)))
        if show is None or isinstance(show, str):
            return self._in_form(X, row)
        if isinstance(show, list) and _is_pandas(X):
            return _table(_cells(take_row(X, row), show))
        return as_content(take_row(show, row))

    def _in_form(self, X, row):
        if self.show == "image":
            return self._image(X, row)
        return _in_form(take_row(X, row), self.show)

    def _image(self, X, row):
        value = take_row(X, row)
        if isinstance(value, str | Path | bytes):
            return as_content(Path(value) if isinstance(value, str) else value)
        if self._range is None:
            self._range = _pool_range(X)
        return _png(np.asarray(value), self._range)


def _pool_range(X):
    """Common black and white values for all rows, so that brightness is comparable."""
    n = n_rows(X)
    step = max(1, n // SAMPLED_ROWS)
    sample = [np.asarray(take_row(X, i)) for i in range(0, n, step)]
    return array_range(np.concatenate([image.ravel() for image in sample]))


def _in_form(value, form):
    if form is None:
        return as_content(value, flat_is_table=True)
    if form == "text":
        return Content("text", str(value))
    if form == "table":
        return _table(_cells(value))
    raise ValueError(
        f"show must be one of {FORMS}, a list of columns, a function of a row, or a "
        f"container with what to show of each row, but is {form!r}"
    )


def take_row(X: Any, row: int) -> Any:
    """Take one row of any container, with its names if it has any."""
    if not 0 <= row < n_rows(X):
        raise IndexError(f"row {row} is out of range for {n_rows(X)} rows")
    one = take_rows(X, [row])
    if issparse(one):
        return one.toarray()[0]
    return one.iloc[0] if _is_pandas(one) else one[0]


def as_content(value: Any, flat_is_table: bool = False) -> Content:
    """Content for a value that a function returned, by its type."""
    if isinstance(value, HTML):
        return Content("html", value.text)
    if isinstance(value, Path):
        return _file(value)
    if isinstance(value, bytes):
        return Content("image", value, _media_type(value))
    if isinstance(value, str):
        return Content("text", str(value))
    if isinstance(value, Mapping) or _is_pandas(value):
        return _table(_cells(value))
    array = np.asarray(value)
    if array.ndim == 0:
        return Content("text", str(value))
    if array.ndim == 1 and flat_is_table:
        return _table(_cells(array))
    return _png(array)


def _is_pandas(value):
    # by the name of its module: pandas need not be installed
    return type(value).__module__.split(".")[0] == "pandas"


def _cells(row, columns=None):
    if isinstance(row, Mapping) or _is_pandas(row):
        names = list(row.keys()) if columns is None else columns
        missing = [name for name in names if name not in row]
        if missing:
            raise ValueError(f"show: no column {missing[0]!r} in {list(row.keys())}")
        return [(str(name), row[name]) for name in names]
    return [(str(i), value) for i, value in enumerate(np.asarray(row).ravel())]


def _table(cells):
    return Content("table", [(name, _readable(value)) for name, value in cells])


def _readable(value):
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else f"{value:.6g}"
    return "" if value is None or str(value) in ("<NA>", "NaT") else str(value)


def _png(array, value_range=None):
    return Content("image", encode_png(as_pixels(array, value_range)), "image/png")


def _file(path):
    try:
        media_type = IMAGE_TYPES[path.suffix.lower()]
    except KeyError:
        raise ValueError(
            f"{path} is not an image that browsers can show; its name must end in one "
            f"of {', '.join(IMAGE_TYPES)}"
        ) from None
    return Content("image", path.read_bytes(), media_type)


def _media_type(data):
    beginnings: dict[bytes, str] = {
        b"\x89PNG": "image/png",
        b"\xff\xd8\xff": "image/jpeg",
        b"GIF8": "image/gif",
        b"RIFF": "image/webp",
    }
    for beginning, media_type in beginnings.items():
        if data.startswith(beginning):
            return media_type
    raise ValueError("the bytes are not a PNG, JPEG, GIF or WebP image")
