"""ThirdPartySampler: objects with a ``draw`` of their own; layer 3."""

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
    """Draw from any object with ``fit(X, y)`` and ``draw(X, rng) -> (n, k, c)``.

    ``draw`` must evaluate the same functions for equal states of the generator,
    whatever the points: each call gets a copy of the same state.

    Parameters
    ----------
    estimator : object
        The object, which may be at the end of a ``Pipeline``; it is copied before it is
        fitted. Its ``task`` ("classification" or "regression"), or its scikit-learn
        tags, say what it predicts. It may have ``embed(X)``, which returns features,
        and ``classes_``, the labels, 0..c-1 by default.
    device : str or None, default=None
        Device of the draws; see `PosteriorSampler`.
    random_state : int, RandomState or None, default=None
        Seed of the training of nets.
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
        """Whether the object draws at random: its ``uses_rng``, True by default."""
        return getattr(unwrap(self.estimator)[1], "uses_rng", True)

    @property
    def task(self):
        """The task of the object: its ``task``, or else by its tags."""
        final = unwrap(self.estimator)[1]
        task = getattr(final, "task", None)
        if task in TASKS:
            return task
        if task is not None:
            raise ValueError(
                f"{self._name} has task={task!r}, but task must be one of {TASKS}"
            )
        if predicts(final):
            return task_of(final)
        raise TypeError(
            f"{self._name} does not declare what it predicts; give it an attribute "
            "task, 'classification' or 'regression'"
        )

    def _learn_outputs(self, X, y, fit_params):
        """Learn k, c and the number of bytes from the draws at one row."""
        if X is None:
            raise ValueError(
                f"{self._name} was fitted with X=None, but k and c are learnt from its "
                "draws; pass an array of points to fit, which may have no rows"
            )
        # one row is enough, drawn by any generator: only its shape and dtype matter
        row = self.functions(np.random.default_rng(0))(take_rows(X, slice(0, 1)))
        shape = tuple(getattr(row, "shape", ()))
        if len(shape) != 3 or 0 in shape[1:]:
            raise ValueError(
                f"{self._name} returned draws of shape {shape} for one point; an array "
                "of shape (1, k, c) is expected, k and c 1 or more"
            )
        _, self.n_draws_, self.n_outputs_ = shape
        # the size of one row, even if X had none and the draws are empty
        self._row_bytes = self.n_draws_ * self.n_outputs_ * row.dtype.itemsize
        if self.task == "classification":
            self._learn_classes()

    def _learn_classes(self):
        labels = getattr(self._final, "classes_", np.arange(self.n_outputs_))
        self.classes_ = np.asarray(labels)
        if len(self.classes_) != self.n_outputs_:
            raise ValueError(
                f"{self._name} has {len(self.classes_)} classes_, {self.classes_}, "
                f"but its draws have {self.n_outputs_} columns"
            )

    def functions(self, rng):
        """Fix the functions by storing a copy of the generator's state."""
        state = copy.deepcopy(rng)
        rng.random()  # advance, so that the next call gives different functions
        return lambda X: self._final.draw(self._transform(X), copy.deepcopy(state))

    def embed(self, X):
        """Features by the object's own ``embed``, or else the transformed points."""
        X = self._transform(X)
        return self._final.embed(X) if hasattr(self._final, "embed") else X

    def _rows_per_chunk(self):
        return chunk_rows(self._row_bytes)

    @property
    def _name(self):
        return type(unwrap(self.estimator)[1]).__name__
