"""Combine several answers to one label per row, by the campaign's rule; layer 6."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from skactive.annotation._consensus import dawid_skene, majority, mean_value
from skactive.annotation._state import State

__all__ = ["Agreed", "disagreements", "settled", "usable_answers"]


class Agreed(NamedTuple):
    """The label on which the answers to a row agree.

    Parameters
    ----------
    label : object
        The label, or the mean of numeric values.
    share : float
        Fraction of answers with this label, or its posterior probability; for numeric
        values, their standard deviation.
    n_answers : int
        Number of answers.
    """

    label: Any
    share: float
    n_answers: int


def settled(
    answers: Mapping[Any, Mapping[str, Any]],
    rule: str,
    task: str,
    classes: Sequence[Any],
) -> dict[Any, Agreed]:
    """Combine the answers to each row to one label.

    Parameters
    ----------
    answers : dict of id to dict of str to label
        Answers by row and annotator; see `usable_answers`.
    rule : {"majority", "dawid-skene"}
        How labels are combined; numeric values are averaged.
    task : {"classification", "regression", "any"}
        Task of the model.
    classes : sequence
        All classes.

    Returns
    -------
    dict of id to Agreed
        The label of each row, in the same order.
    """
    if task != "regression" and rule == "dawid-skene" and answers:
        return _by_dawid_skene(answers, classes)
    settle = mean_value if task == "regression" else majority
    found = {}
    for id, given in answers.items():
        label, share = settle(given)
        found[id] = Agreed(label, share, len(given))
    return found


def disagreements(state: State) -> dict[Any, dict[str, Any]]:
    """Rows with different answers: label by annotator."""
    answers = usable_answers(state).items()
    return {id: given for id, given in answers if len(set(given.values())) > 1}


def usable_answers(state: State) -> dict[Any, dict[str, Any]]:
    """Valid answers by row and annotator, without rows marked as unusable."""
    found = {}
    for id in state.current:
        acts = state.answers(id)
        if acts and not state.is_unusable(id):
            found[id] = {name: act.label for name, act in acts.items()}
    return found


def _by_dawid_skene(answers: Mapping[Any, Mapping[str, Any]], classes: Sequence[Any]):
    people = list(dict.fromkeys(name for given in answers.values() for name in given))
    votes = np.full((len(answers), len(people)), -1)
    for row, given in enumerate(answers.values()):
        for name, label in given.items():
            votes[row, people.index(name)] = classes.index(label)
    found = dawid_skene(votes, len(classes)).probabilities
    return {
        id: Agreed(classes[best], float(chance[best]), len(given))
        for (id, given), chance, best in zip(
            answers.items(), found, found.argmax(axis=1), strict=True
        )
    }
