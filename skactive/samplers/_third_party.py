"""Objects that draw for themselves; layer 3."""

import copy

import numpy as np

from skactive._utils.array import chunk_rows
from skactive._utils.scikit_learn import take_rows
from skactive.samplers._base import PosteriorSampler
from skactive.samplers._unwrap import unwrap
from skactive.samplers._vote import predicts, task_of

__all__ = ["ThirdPartySampler"]

TASKS = ("classification", "regression")


class ThirdPartySampler(PosteriorSampler):
    """Any object with ``fit(X, y)`` and ``draw(X, rng) -> (n, k, c)``.

    Equal generator states must mean equal functions, whatever the points: each call is
    handed a copy of one state.

    Parameters
    ----------
    estimator : object
        The object, perhaps at the end of a ``Pipeline``; copied before it is fitted.
        ``task`` ("classification" or "regression"), or scikit-learn's tags, say what
        it predicts; ``embed(X)`` gives features, if it has them; ``classes_`` the
        labels, 0..c-1 by default.
    device : str or None, default=None
        Where the draws go; see `PosteriorSampler`.
    random_state : int, RandomState or None, default=None
        Seeds the training of nets.
    """

    def __init__(self, estimator, *, device=None, random_state=None):
        super().__init__(
            estimator, n_draws=None, device=device, random_state=random_state
        )

    @staticmethod
    def accepts(estimator):
        """Whether `estimator` has ``fit`` and ``draw``."""
        return callable(getattr(estimator, "fit", None)) and callable(
            getattr(estimator, "draw", None)
        )

    @property
    def uses_rng(self):
        """What the object says: its ``uses_rng``, true where it says nothing."""
        return getattr(unwrap(self.estimator)[1], "uses_rng", True)

    @property
    def task(self):
        """What the object says: its ``task``, else its tags."""
        final = unwrap(self.estimator)[1]
        task = getattr(final, "task", None)
        if task in TASKS:
            return task
        if task is not None:
            raise ValueError(
                f"{self._name} has task={task!r}, which is none of {TASKS}"
            )
        if predicts(final):
            return task_of(final)
        raise TypeError(
            f"{self._name} does not say what it predicts: give it an attribute task, "
            "'classification' or 'regression'"
        )

    def _learn_outputs(self, X, y):
        """Learn k, c and bytes from one row's draws."""
        if X is None:
            raise ValueError(
                f"{self._name} was shown no points, and k and c are learnt from its "
                "draws: give fit an array of points, perhaps of none"
            )
        row = self.functions(np.random.default_rng(0))(take_rows(X, slice(0, 1)))
        shape = tuple(getattr(row, "shape", ()))
        if len(shape) != 3 or 0 in shape[1:]:
            raise ValueError(
                f"{self._name} returned draws of shape {shape} for one point; an array "
                "of shape (1, k, c) is expected, k and c 1 or more"
            )
        _, self.n_draws_, self.n_outputs_ = shape
        # of one row, even if it was given none
        self._row_bytes = self.n_draws_ * self.n_outputs_ * row.dtype.itemsize
        if self.task == "classification":
            self._learn_classes()

    def _learn_classes(self):
        labels = getattr(self._final, "classes_", np.arange(self.n_outputs_))
        self.classes_ = np.asarray(labels)
        if len(self.classes_) != self.n_outputs_:
            raise ValueError(
                f"{self._name} has classes_ {self.classes_}, and its draws "
                f"{self.n_outputs_} columns"
            )

    def functions(self, rng):
        """Fix the functions by a copy of the generator's state."""
        state = copy.deepcopy(rng)
        rng.random()  # the next functions are others
        return lambda X: self._final.draw(self._transform(X), copy.deepcopy(state))

    def embed(self, X):
        """Features of the object itself, else the output of the transforms."""
        X = self._transform(X)
        return self._final.embed(X) if hasattr(self._final, "embed") else X

    def _rows_per_chunk(self):
        return chunk_rows(self._row_bytes)

    @property
    def _name(self):
        return type(unwrap(self.estimator)[1]).__name__
