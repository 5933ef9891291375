"""NetSampler: base of samplers of skorch nets; layer 3."""

from abc import ABCMeta
from typing import Any, Self

import numpy as np

from skactive._utils.array import chunk_rows
from skactive._utils.scikit_learn import n_rows, take_rows
from skactive.samplers._base import PosteriorSampler, is_frozen, unwrap
from skactive.samplers._nets import is_net, own_net
from skactive.samplers.dropout._called import called_dropout
from skactive.samplers.dropout._checks import (
    check_input,
    check_labels,
    dtypes_named,
    label_fault,
)
from skactive.samplers.dropout._features import features, layer_named
from skactive.samplers.dropout._pointwise import check_pointwise

__all__ = ["NetSampler"]

FEW = 8  # points evaluated both together and alone, to see if that makes a difference


class NetSampler(PosteriorSampler, metaclass=ABCMeta):
    """Base of samplers of skorch nets: checks labels, dtypes and batches."""

    _layer_name: str | None = None  # layer whose input serves as features
    _row_bytes: int  # size of the draws at one point

    @staticmethod
    def accepts(final: Any) -> bool:
        """Whether `final` is a skorch net; skorch itself is not imported."""
        return is_net(final)

    def fit(self, X: Any, y: Any, **fit_params: Any) -> Self:
        """Clone the net and train it; see `PosteriorSampler.fit`.

        A trained net in a ``FrozenEstimator`` needs no labelled points: `X` may be
        empty or None.
        """
        final = unwrap(self.estimator)[1]
        if not is_net(final):
            raise TypeError(
                f"{self._name} needs a skorch net; use as_sampler for other models"
            )
        check_input(self._name, X)
        # y is None for a torch Dataset, which contains its labels
        trained = y is None or is_frozen(self.estimator)
        encoded = self.task == "classification" and not trained
        if encoded:
            check_labels(self._name, y, final.criterion)
        self._fit(X, y, fit_params)
        if encoded:
            check_labels(self._name, y, final.criterion, self.n_outputs_)
        return self

    @property
    def has_gradient(self) -> bool:
        """Whether torch can follow: not through a pipeline, nor to NumPy."""
        return not unwrap(self.estimator_)[0] and self.device != "numpy"

    def _fit(self, X, y, fit_params):
        """Train, and reword torch's errors about dtypes and labels."""
        try:
            with dtypes_named(self._name, lambda: self._final, X, y):
                super().fit(X, y, **fit_params)
        except IndexError as error:
            if "out of bounds" not in str(error) or y is None:
                raise
            raise ValueError(label_fault(self._name, y)) from error

    def _check_pointwise(self, X, first):
        """Raise if the output at a point is not a function of it; else return it."""
        n = n_rows(X)
        spread = np.unique(np.linspace(0, n - 1, min(n, FEW)).astype(int))
        few = self._transform(take_rows(X, spread))
        alone = {-1: self._transform(take_rows(X, slice(n - 1, n))), 0: first}
        return check_pointwise(self._name, own_net(self._final), few, alone)

    def _called_dropout(self, X):
        """Names of functions that drop units while the net is trained."""
        few = self._transform(take_rows(X, slice(0, FEW)))
        return called_dropout(self._name, own_net(self._final), few)

    def embed(self, X):
        """Compute the input of the last linear layer, or of the chosen one: (n, d)."""
        net = own_net(self._final)
        layer = layer_named(self._name, net.module_, self._layer_name)
        return features(self._name, net, layer, self._transform(X))

    def _batch_rows(self):
        """Number of rows per batch; for full-batch nets, rows per chunk."""
        net = self._final
        batch = net.get_params_for("iterator_valid").get("batch_size", net.batch_size)
        return batch if batch > 0 else chunk_rows(self._row_bytes)

    def _rows_per_chunk(self):
        rows, batch = chunk_rows(self._row_bytes), self._batch_rows()
        # a multiple of the batch size: the last bits of a draw depend on how many rows
        # are in its batch, which must not depend on the memory limit
        return max(rows // batch, 1) * batch

    def _slack(self, p_nkc):
        """Allow as much as for float16 if the module works in bfloat16."""
        dtypes = {str(p.dtype) for p in self._final.module_.parameters()}
        return 1e-2 if "torch.bfloat16" in dtypes else super()._slack(p_nkc)
