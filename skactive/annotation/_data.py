"""The rows of a campaign: their ids, and whether they are those of before; layer 6."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from skactive._utils.scikit_learn import by_rows, n_rows
from skactive.annotation._fingerprint import describe_data, fingerprints
from skactive.distributed import is_distributed

__all__ = ["as_id", "check_same", "ids_of", "usable"]


def usable(X: Any) -> Any:
    """`X` in a form whose rows can be taken.

    Raises
    ------
    TypeError
        If it has none, or not in this process.
    """
    if is_distributed(X):
        raise TypeError(
            "a campaign takes rows one by one: bring a dask collection into memory by "
            "compute()"
        )
    if hasattr(X, "keys") and not hasattr(X, "shape"):
        raise TypeError(f"X is a dictionary ({type(X).__name__}), which has no rows")
    n_rows(X)
    return by_rows(X)


def as_id(id: Any) -> Any:
    """An id as it is stored: an int or a str of Python's own.

    Raises
    ------
    TypeError
        If it is something else.
    """
    id = id.item() if isinstance(id, np.generic) else id
    if isinstance(id, bool) or not isinstance(id, int | str):
        raise TypeError(
            f"ids are integers or text, not {id!r} ({type(id).__name__}); give `ids`, "
            "such as X.index.astype(str)"
        )
    return id


def ids_of(X: Any, ids: Iterable[Any] | None, first: int) -> Sequence[Any]:
    """Ids of the rows of `X`: those given, a frame's index, or numbers from `first`.

    Raises
    ------
    TypeError, ValueError
        If they are not integers or text, or not one for each row, or repeated.
    """
    if ids is None and hasattr(X, "index") and hasattr(X, "columns"):
        ids = X.index
    if ids is None:
        return range(first, first + n_rows(X))
    found = [as_id(id) for id in ids]
    if len(found) != n_rows(X):
        raise ValueError(f"{len(found)} ids were given for {n_rows(X)} rows")
    if len(set(found)) < len(found):
        seen: set[Any] = set()
        twice = next(id for id in found if id in seen or seen.add(id))  # type: ignore
        raise ValueError(f"id {twice!r} is given twice: ids tell rows apart")
    return found


def check_same(
    kind: dict[str, str], prints: dict[Any, int], X: Any, ids: Sequence[Any]
) -> np.ndarray:
    """Raise unless rows that are known are what they were; return all fingerprints.

    Parameters
    ----------
    kind : dict of str to str
        `describe_data` of the campaign's own data.
    prints : dict of id to int
        Fingerprints of its rows.
    X : array-like of n points
        What is given now.
    ids : sequence of length n
        Its ids.

    Returns
    -------
    ndarray of uint64, shape (n,)
        Fingerprints of the rows of `X`.

    Raises
    ------
    ValueError
        Naming the difference.
    """
    given = describe_data(X)
    for name in kind | given:
        if kind.get(name) != given.get(name):
            raise ValueError(
                f"this is not the X of the campaign: its {name} is {given.get(name)}, "
                f"and was {kind.get(name)}"
            )
    found = fingerprints(X)
    new = zip(ids, found.tolist(), strict=True)
    changed = [id for id, print_ in new if prints.get(id, print_) != print_]
    if changed:
        raise ValueError(
            f"this is not the X of the campaign: {len(changed)} of its rows differ, "
            f"the first the one with id {changed[0]!r}"
        )
    return found
