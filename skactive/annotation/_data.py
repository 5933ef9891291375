"""Rows of a campaign: their ids, and whether they have changed; layer 6."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from skactive._utils.scikit_learn import by_rows, n_rows
from skactive.annotation._fingerprint import describe_data, fingerprints
from skactive.distributed import is_distributed

__all__ = ["as_id", "check_same", "ids_of", "usable"]


def usable(X: Any) -> Any:
    """Return `X` in a form whose rows can be taken.

    Raises
    ------
    TypeError
        If its rows cannot be taken, or not in this process.
    """
    if is_distributed(X):
        raise TypeError(
            "X is a dask collection, but a campaign takes single rows; bring it into "
            "memory by compute()"
        )
    if hasattr(X, "keys") and not hasattr(X, "shape"):
        raise TypeError(
            f"X is a dictionary ({type(X).__name__}) and has no rows; use a DataFrame"
        )
    n_rows(X)
    return by_rows(X)


def as_id(id: Any) -> Any:
    """Convert an id to Python's int or str, as it is stored.

    Raises
    ------
    TypeError
        If it is of another type.
    """
    id = id.item() if isinstance(id, np.generic) else id
    if isinstance(id, bool) or not isinstance(id, int | str):
        raise TypeError(
            f"ids must be integers or strings, not {id!r} ({type(id).__name__}); pass "
            "`ids`, such as X.index.astype(str)"
        )
    return id


def ids_of(X: Any, ids: Iterable[Any] | None, first: int) -> Sequence[Any]:
    """Ids of the rows of `X`: those given, a frame's index, or numbers from `first`.

    Raises
    ------
    TypeError, ValueError
        If they are not integers or strings, repeated, or not one per row.
    """
    if ids is None and hasattr(X, "index") and hasattr(X, "columns"):
        ids = X.index
    if ids is None:
        return range(first, first + n_rows(X))
    found = [as_id(id) for id in ids]
    if len(found) != n_rows(X):
        raise ValueError(
            f"ids must have one entry per row, but there are {len(found)} for "
            f"{n_rows(X)}"
        )
    if len(set(found)) < len(found):
        seen: set[Any] = set()
        twice = next(id for id in found if id in seen or seen.add(id))  # type: ignore
        raise ValueError(f"ids must be unique, but {twice!r} is repeated")
    return found


def check_same(
    kind: dict[str, str], prints: dict[Any, int], X: Any, ids: Sequence[Any]
) -> np.ndarray:
    """Compute fingerprints, and raise if a known row has changed.

    Parameters
    ----------
    kind : dict of str to str
        `describe_data` of the campaign's data.
    prints : dict of id to int
        Fingerprints of the known rows.
    X : array-like of n points
        The data that is given now.
    ids : sequence of length n
        Ids of its rows.

    Returns
    -------
    ndarray of uint64, shape (n,)
        Fingerprints of the rows of `X`.

    Raises
    ------
    ValueError
        If something differs; the message says what.
    """
    given = describe_data(X)
    for name in kind | given:
        if kind.get(name) != given.get(name):
            raise ValueError(
                f"X differs from that of the campaign: its {name} is "
                f"{given.get(name)}, but was {kind.get(name)}"
            )
    found = fingerprints(X)
    new = zip(ids, found.tolist(), strict=True)
    changed = [id for id, print_ in new if prints.get(id, print_) != print_]
    if changed:
        raise ValueError(
            f"X differs from that of the campaign: {len(changed)} of its rows have "
            f"changed, the first of which has id {changed[0]!r}"
        )
    return found
