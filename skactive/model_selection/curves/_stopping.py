"""Stopping criteria that monitor a run without ending it; layer 6."""

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

# fields of stopping.Round that an experiment provides; labels cost nothing here
OF_MODEL = "predictions", "probabilities", "classes"
GIVEN = (*OF_MODEL, "score", "labels", "n_points")
STOP_SET, PREDICTING = 2, 3  # separate these seeds from those of rounds and scores


def check_stopping(stopping: Any) -> dict[str, StoppingCriterion]:
    """Name the criteria, and raise if one needs something an experiment does not have.

    Parameters
    ----------
    stopping : StoppingCriterion, dict of str to StoppingCriterion, or None
        One criterion, which is named after its class, or several by name.

    Returns
    -------
    dict of str to StoppingCriterion
        Criteria by name; empty if there are none.
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
            raise TypeError(f"stopping[{name!r}] is not a criterion: {criterion!r}")
        lacking = sorted(set(criterion.needs) - set(GIVEN))
        if lacking:
            raise ValueError(
                f"stopping[{name!r}] needs {', '.join(lacking)}, which an experiment "
                f"does not provide; it provides {', '.join(GIVEN)}"
            )
    return dict(stopping)


class Watch:
    """The criteria of one run, and the data they look at.

    Parameters
    ----------
    criteria : dict of str to StoppingCriterion
        Criteria by name; they are cloned.
    size : int
        Size of the stop set.
    data : Data
        All points and labels.
    split : Split
        The split of the run. The stop set depends on it, but not on the strategy.
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
        """Whether they need a fitted model; if not, stored rounds are enough."""
        return not self.needs.isdisjoint(OF_MODEL)

    @cached_property
    def _X_stop(self):
        """Points of the initial pool, even if some of them are labelled later."""
        pool = np.setdiff1d(self.split.train, self.split.initial)
        rng = self.split.chance(0, STOP_SET)
        size = min(self.size, len(pool))
        return take_rows(self.data.X, np.sort(rng.choice(pool, size, replace=False)))

    def look(self, round_: Round) -> None:
        """Update all criteria with a round.

        Parameters
        ----------
        round_ : Round
            The round with its scores, and if ``needs_model`` with its fitted strategy.
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
        """Predictions of the model on the stop set, as far as they are needed."""
        model, found = round_.strategy, {}
        seed = self.split.chance(round_.number, PREDICTING).integers(2**31 - 1)
        with global_seed(int(seed)):  # predictions may be random, as in scoring
            if "predictions" in self.needs:
                found["predictions"] = model.predict(self._X_stop)
            if "probabilities" in self.needs:
                found["probabilities"] = model.predict_proba(self._X_stop)
            if "classes" in self.needs:
                found["classes"] = model.classes_
        return found
