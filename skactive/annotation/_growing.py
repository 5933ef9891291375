"""Add new rows and existing labels to a campaign; layer 6."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from skactive._utils.scikit_learn import join_rows, take_rows
from skactive.annotation._data import check_same, ids_of, usable
from skactive.annotation._first_events import prints_of, rows_event, tests_events
from skactive.annotation._model import as_label
from skactive.annotation._settings import costs_of
from skactive.base._labels import is_missing

__all__ = ["add_rows"]


def add_rows(
    campaign: Any, X: Any, ids: Iterable[Any] | None, y: Any, cost: Any
) -> None:
    """Add rows to an open campaign, with their labels if given.

    Parameters
    ----------
    campaign : Campaign
        Campaign that is open for writing, with its lock held.
    X, ids, y, cost
        See `Campaign.add`.
    """
    state, X = campaign._state, usable(X)
    ids = ids_of(X, ids, len(state.ids))
    prints = check_same(state.settings["data"], prints_of(state), X, ids)
    new = [place for place, id in enumerate(ids) if id not in state.place]
    labelled = _prior(campaign, state, ids, y)
    costs = _more_costs(campaign, take_rows(X, new), cost) if new else None
    if new:
        campaign._X = join_rows(campaign._X, take_rows(X, new))
        campaign._order += [ids[place] for place in new]
        campaign._row = {id: row for row, id in enumerate(campaign._order)}
        campaign._costs = costs
        _add_new(campaign, state, [ids[place] for place in new], prints[new])
    if labelled:
        campaign._append("prior", ids=list(labelled), labels=list(labelled.values()))


def _add_new(campaign, state, ids, prints):
    now = campaign._clock()
    events = [rows_event(now, ids, prints)]
    events += tests_events(now, campaign.test_size, state, ids, len(state.ids), True)
    campaign._take(campaign._store.append(*events))


def _prior(campaign, state, ids, y):
    """Labels by id; all are checked before anything is written."""
    if y is None:
        return {}
    y = [*y]
    if len(y) != len(ids):
        raise ValueError(f"y has {len(y)} labels, but X has {len(ids)} rows")
    found: dict[Any, Any] = {}
    classes = list(state.classes)
    for id, label in zip(ids, y, strict=True):
        if not is_missing(label):
            found[id] = as_label(label, campaign._task, classes)
            if found[id] not in classes and campaign._task != "regression":
                campaign._check_width(found[id])
                classes.append(found[id])
    return found


def _more_costs(campaign, X, cost):
    """Costs of all rows, ending with those of the new ones."""
    if campaign._costs is None:
        if cost is not None:
            raise ValueError(
                "cost was given for new rows, but the campaign has no costs; leave it "
                "out"
            )
        return None
    if cost is None:
        cost = campaign.cost
        if np.ndim(cost) and not callable(cost):
            raise ValueError(
                "the campaign's cost is an array with one entry per row; pass cost "
                "for the new rows as well"
            )
    return np.concatenate([campaign._costs, costs_of(X, cost)])
