"""Stopping criteria that follow a run: they report, and stop nothing; layer 6."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from sklearn.base import clone

from skactive._utils.scikit_learn import take_rows
from skactive.model_selection.curves._rounds import Round
from skactive.model_selection.curves._settings import Data
from skactive.model_selection.curves._splits import Split
from skactive.samplers._seeds import global_seed
from skactive.stopping import Round as Seen
from skactive.stopping import StoppingCriterion

__all__ = ["Watch", "check_stopping"]

# what an experiment has for criteria to look at; labels cost nothing here
OF_MODEL = "predictions", "probabilities", "classes"
GIVEN = (*OF_MODEL, "score", "labels", "n_points")
STOP_SET, PREDICTING = 2, 3  # keys of chance, apart from those of rounds and scores


def check_stopping(stopping: Any) -> dict[str, StoppingCriterion]:
    """Name the criteria, and raise for one that an experiment has nothing for.

    Parameters
    ----------
    stopping : StoppingCriterion, dict of str to StoppingCriterion, or None
        One criterion goes by the name of its class.

    Returns
    -------
    dict of str to StoppingCriterion
        By name; empty for None.
    """
    if stopping is None:
        return {}
    if isinstance(stopping, StoppingCriterion):
        stopping = {type(stopping).__name__: stopping}
    if not isinstance(stopping, Mapping):
        raise TypeError(
            "stopping must be a criterion of skactive.stopping, or a dictionary of "
            f"them by name, not {stopping!r}"
        )
    for name, criterion in stopping.items():
        if not isinstance(criterion, StoppingCriterion):
            raise TypeError(f"stopping[{name!r}] is no criterion: {criterion!r}")
        lacking = sorted(set(criterion.needs) - set(GIVEN))
        if lacking:
            raise ValueError(
                f"stopping[{name!r}] needs {', '.join(lacking)}, which an experiment "
                f"does not have: it has {', '.join(GIVEN)}"
            )
    return dict(stopping)


class Watch:
    """The criteria of one run, and what they look at.

    Parameters
    ----------
    criteria : dict of str to StoppingCriterion
        By name; they are cloned.
    size : int
        Size of the stop set.
    data : Data
        All points and labels.
    split : Split
        Where the run starts. The stop set depends on it, and on no strategy.
    """

    def __init__(
        self,
        criteria: Mapping[str, StoppingCriterion],
        size: int,
        data: Data,
        split: Split,
    ) -> None:
        self.criteria = {name: clone(c) for name, c in criteria.items()}
        self.needs = {need for c in self.criteria.values() for need in c.needs}
        self.size, self.data, self.split = size, data, split

    @property
    def needs_model(self) -> bool:
        """Whether a fitted model is needed; else what is stored of rounds will do."""
        return not self.needs.isdisjoint(OF_MODEL)

    @cached_property
    def _X_stop(self):
        """Points that were in the pool at the start, whatever is labelled later."""
        pool = np.setdiff1d(self.split.train, self.split.initial)
        rng = self.split.chance(0, STOP_SET)
        size = min(self.size, len(pool))
        return take_rows(self.data.X, np.sort(rng.choice(pool, size, replace=False)))

    def look(self, round_: Round) -> None:
        """Show a round to all criteria.

        Parameters
        ----------
        round_ : Round
            With its scores, and with its fitted strategy if ``needs_model``.
        """
        if not self.criteria:
            return
        seen = Seen(
            n_labels=len(round_.labelled),
            score=next(iter(round_.scores.values())),
            labels=take_rows(self.data.y, round_.labelled),
            n_points=len(self.split.train),
            **self._of_model(round_),
        )
        for criterion in self.criteria.values():
            criterion.update(seen)

    def _of_model(self, round_):
        """What the model says of the stop set, as far as it is needed."""
        model, found = round_.strategy, {}
        seed = self.split.chance(round_.number, PREDICTING).integers(2**31 - 1)
        with global_seed(int(seed)):  # as for scores
            if "predictions" in self.needs:
                found["predictions"] = model.predict(self._X_stop)
            if "probabilities" in self.needs:
                found["probabilities"] = model.predict_proba(self._X_stop)
            if "classes" in self.needs:
                found["classes"] = model.classes_
        return found
