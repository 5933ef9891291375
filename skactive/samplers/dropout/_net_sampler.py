"""What samplers of skorch nets share: labels, types of numbers, batches; layer 3."""

from abc import ABCMeta
from typing import Any, Self

import numpy as np

from skactive._utils.array import chunk_rows
from skactive._utils.scikit_learn import n_rows, take_rows
from skactive.samplers._base import PosteriorSampler, is_frozen, unwrap
from skactive.samplers._nets import is_net, own_net
from skactive.samplers.dropout._checks import (
    check_input,
    check_labels,
    dtypes_named,
    hint,
    label_fault,
)
from skactive.samplers.dropout._company import check_company
from skactive.samplers.dropout._features import features, layer_named

__all__ = ["NetSampler"]

FEW = 8  # points that are evaluated together and alone, to see if it matters


class NetSampler(PosteriorSampler, metaclass=ABCMeta):
    """Draw from a skorch net, which a query does not touch."""

    _layer_name: str | None = None  # of the layer whose input are features
    _row_bytes: int  # of the draws at a point

    @staticmethod
    def accepts(final: Any) -> bool:
        """Whether `final` is a skorch net; skorch itself is not imported."""
        return is_net(final)

    def fit(self, X: Any, y: Any, **fit_params: Any) -> Self:
        """Clone the net and train it; see `PosteriorSampler.fit`.

        A trained net, in a ``FrozenEstimator``, needs no labelled points: `X` may be
        empty or None.
        """
        final = unwrap(self.estimator)[1]
        if not is_net(final):
            raise TypeError(f"{self._name} draws from skorch nets only")
        check_input(self._name, X)
        # a torch Dataset holds its own labels
        trained = y is None or is_frozen(self.estimator)
        encoded = self.task == "classification" and not trained
        if encoded:
            check_labels(self._name, y, final.criterion)
        self._fit(X, y, fit_params)
        if encoded:
            check_labels(self._name, y, final.criterion, self.n_outputs_)
        return self

    def _fit(self, X, y, fit_params):
        """Train, and tell what torch says of types and of labels in plain words."""
        try:
            with dtypes_named(self._name, lambda: self._final, X, y):
                super().fit(X, y, **fit_params)
        except IndexError as error:
            if "out of bounds" not in str(error) or y is None:
                raise
            raise ValueError(label_fault(self._name, y)) from error

    def _check_company(self, X, first):
        """Raise where the net makes no function of a point; else its output there."""
        n = n_rows(X)
        spread = np.unique(np.linspace(0, n - 1, min(n, FEW)).astype(int))
        few = self._transform(take_rows(X, spread))
        alone = {-1: self._transform(take_rows(X, slice(n - 1, n))), 0: first}
        return check_company(self._name, own_net(self._final), few, alone)

    def embed(self, X):
        """Input of the last linear layer, or of the layer that is named: (n, d)."""
        net = own_net(self._final)
        layer = layer_named(self._name, net.module_, self._layer_name)
        return features(self._name, net, layer, self._transform(X))

    def _batch_rows(self):
        """Number of rows of a batch; of a chunk, where that is one batch."""
        net = self._final
        batch = net.get_params_for("iterator_valid").get("batch_size", net.batch_size)
        return batch if batch > 0 else chunk_rows(self._row_bytes)

    def _rows_per_chunk(self):
        rows, batch = chunk_rows(self._row_bytes), self._batch_rows()
        # whole batches, one at least: the last bits of a row's draws depend on how many
        # rows its batch holds, and in any memory it has to hold the same
        return max(rows // batch, 1) * batch

    def _slack(self, p_nkc):
        """As for float16, where a module itself makes probabilities in bfloat16."""
        dtypes = {str(p.dtype) for p in self._final.module_.parameters()}
        return 1e-2 if "torch.bfloat16" in dtypes else super()._slack(p_nkc)

    @property
    def _hint(self):
        return hint(self._final) if self.task == "classification" else ""
