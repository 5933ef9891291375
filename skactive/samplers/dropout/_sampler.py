"""DropoutSampler: Monte Carlo dropout on skorch nets; layer 3."""

import functools
import math
import threading
from numbers import Integral
from typing import Any, Self

import numpy as np
from sklearn import get_config

from skactive._utils.scikit_learn import Interval, n_rows, take_rows
from skactive.samplers._base import PosteriorSampler
from skactive.samplers._nets import own_net
from skactive.samplers.dropout._checks import (
    check_called,
    check_hidden,
    check_random,
    hidden_dropout,
)
from skactive.samplers.dropout._draws import (
    PerThread,
    SubNetworks,
    dropouts_of,
)
from skactive.samplers.dropout._forms import learnt_forms, why_alone
from skactive.samplers.dropout._masks import Masks, is_noisy
from skactive.samplers.dropout._net_sampler import NetSampler
from skactive.samplers.dropout._revealed import reveal

__all__ = ["DropoutSampler"]

# the first query may have to test the net, perhaps in several threads at once
_LEARNING = threading.RLock()


class DropoutSampler(NetSampler):
    """Draw sub-networks of a skorch net by Monte Carlo dropout [1]_.

    A draw fixes the mask of each call of a dropout layer, for all points and chunks, so
    that it is one function. All other layers are in evaluation mode.

    Queries do not modify the net: each thread works on a copy that shares the
    parameters only. Any number of threads may query a fitted sampler, and predict with
    its net, at the same time; ``fit`` must run in one thread. ``fit`` raises an error
    if a layer holds an object that cannot be copied, such as a lock or an open file.

    Parameters
    ----------
    estimator : NeuralNetClassifier or NeuralNetRegressor
        A skorch net whose module has active ``nn.Dropout`` layers (or ``Dropout1d``,
        ``2d``, ``3d``, ``AlphaDropout``, ``FeatureAlphaDropout``, or
        `skactive.nn.VariationalDropout`). It may be frozen or at the end of a
        ``Pipeline``. Labels must be 0..c-1, where c is the width of the net's output.
        Dropout inside ``nn.LSTM``, ``nn.GRU``, ``nn.RNN`` and
        ``nn.MultiheadAttention``, and so in the layers of ``nn.Transformer``, is drawn
        too.
    n_draws : int, default=50
        Number of sub-networks drawn per query.
    device : str or None, default=None
        Device of the draws: None leaves them on the net's device, as tensors;
        "numpy", "cpu" or "cuda" moves them there.
    random_state : int, RandomState or None, default=None
        Seed of the net's initialization and training; torch's global generator is
        restored afterwards.
    embedding : str, default=None
        Name of the layer, as in ``module.named_modules()``, whose input ``embed``
        returns; by default the last ``nn.Linear``.
    thin : bool, default=True
        Whether to speed up draws where the module allows it: on a CPU by computing only
        the smaller network that the masks leave, on an accelerator by computing several
        draws in one pass. The draws are the same up to rounding.

    Attributes
    ----------
    estimator_ : NeuralNet
        The fitted net.
    classes_ : ndarray of shape (c,)
        ``arange(c)`` (classification).
    n_draws_ : int
        Number k of draws.
    n_outputs_ : int
        Number c of outputs.
    thinned_ : dict of str to str
        For each active dropout layer, by name, "thinned", "thinned after a shared
        prefix", or the reason why it is drawn by masks, such as that one pass makes
        several draws.

    References
    ----------
    .. [1] Gal and Ghahramani, "Dropout as a Bayesian approximation", ICML 2016.

    Examples
    --------
    >>> import torch
    >>> from skorch import NeuralNetClassifier
    >>> from sklearn.datasets import load_digits
    >>> from skactive.samplers import DropoutSampler
    >>> X, y = load_digits(return_X_y=True)
    >>> module = torch.nn.Sequential(
    ...     torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Dropout(0.5),
    ...     torch.nn.Linear(32, 10),
    ... )
    >>> net = NeuralNetClassifier(
    ...     module, criterion=torch.nn.CrossEntropyLoss, verbose=0, max_epochs=2
    ... )
    >>> sampler = DropoutSampler(net, n_draws=5).fit(X.astype("float32"), y)
    >>> sampler.draw(X[:7].astype("float32"), rng=0).shape
    torch.Size([7, 5, 10])
    >>> sampler.thinned_
    {'2': 'thinned after a shared prefix'}
    """

    _parameter_constraints = {
        **PosteriorSampler._parameter_constraints,
        "n_draws": [Interval(Integral, 1, None, closed="left")],
        "embedding": [str, None],
        "thin": ["boolean"],
    }

    def __init__(
        self,
        estimator,
        *,
        n_draws=50,
        device=None,
        random_state=None,
        embedding=None,
        thin=True,
    ):
        super().__init__(
            estimator, n_draws=n_draws, device=device, random_state=random_state
        )
        self.embedding = embedding
        self.thin = thin

    def fit(self, X: Any, y: Any, **fit_params: Any) -> Self:
        """Clone the net and train it; see `PosteriorSampler.fit`.

        A trained net in a ``FrozenEstimator`` needs no labelled points: `X` may be
        empty or None. The shape of the draws is then learnt by the first query.
        """
        return super().fit(X, y, **fit_params)

    @property
    def _layer_name(self):
        return self.embedding

    def _count_draws(self):
        check_hidden(self._name, self._final.module_)
        return self.n_draws if self._n_dropouts() else 1

    def check_randomness(self):
        """Raise ``ValueError`` if all draws would be the same."""
        n_layers = self._n_dropouts()
        check_random(self._name, self._final.module_, n_layers, self.n_draws_)

    def _learn_outputs(self, X, y, fit_params):
        self._is_learnt = False
        if n_rows(X):
            self._learn(X)

    def _check_sizes(self):
        if self._is_learnt:
            super()._check_sizes()

    def _learn(self, X):
        """Learn the shape of the draws, and how to compute them, from a few points."""
        with _LEARNING:
            if self._is_learnt:
                return
            first, two = (self._transform(take_rows(X, slice(0, m))) for m in (1, 2))
            self._learn_shape(X, first)
            self._learn_forms([two, first])
            self._is_learnt = True

    def _learn_shape(self, X, first):
        output = self._check_pointwise(X, first)
        if self._n_dropouts():  # else there are no masks to be fixed
            check_called(self._name, self._final.module_, self._called_dropout(X))
        self.n_outputs_ = output.shape[-1]
        self._row_bytes = output.nbytes * self.n_draws_
        if self.task == "classification":
            self.classes_ = np.arange(self.n_outputs_)

    def _learn_forms(self, batches):
        """Test which faster ways give the same draws as masks, one draw at a time."""
        make = functools.partial(self._subnetworks, 0, 2)
        together = why_alone(self._final) if self._is_accelerated() else None
        self._forms = learnt_forms(make, batches, self.thin, together)
        self.thinned_ = self._forms.report(self._draws_at_once() == 1 < self.n_draws_)

    def _is_accelerated(self):
        return any(p.device.type != "cpu" for p in self._final.module_.parameters())

    def _draws_at_once(self):
        """Number of draws per pass: as many as fit in ``working_memory``."""
        if self._forms.lone or why_alone(self._final):
            return 1
        n_bytes = self._batch_rows() * self._forms.row_draw_bytes
        for layer in self._dropouts().values():
            if is_noisy(layer):  # both noise and weights, in float32
                n_bytes += 8 * math.prod(layer.noise_shape)
        at_once = get_config()["working_memory"] * 2**20 // max(n_bytes, 1)
        return max(1, min(int(at_once), self.n_draws_))

    def functions(self, rng):
        """Fix the masks of `n_draws_` sub-networks."""
        seed, net = int(rng.integers(2**63)), self._final

        def make():
            thin, at_once = not self._forms.thin_fault, self._draws_at_once()
            return self._subnetworks(seed, self.n_draws_, thin, at_once, net)

        threads = PerThread(make)

        def functions(X):
            self._learn(X)
            return threads.get()(self._transform(X))

        return functions

    def _subnetworks(self, seed, n_draws, thin=True, at_once=1, net=None):
        """Make sub-networks on a private copy of the net."""
        net = own_net(self._final if net is None else net)
        reveal(net.module_)
        masks = Masks(seed, list(dropouts_of(net.module_)))
        return SubNetworks(self._name, net, masks, n_draws, thin, at_once)

    def evaluate(self, functions, X, then=None, first=0):
        """Evaluate given functions at all points; see `PosteriorSampler.evaluate`."""
        self._learn(X)
        return super().evaluate(functions, X, then, first)

    def evaluate_lazily(self, functions, X, then=None, beside=0, first=0):
        """Evaluate functions, lazily if memory is short; see `PosteriorSampler`."""
        self._learn(X)
        return super().evaluate_lazily(functions, X, then, beside, first)

    def _n_dropouts(self):
        module = self._final.module_
        return len(self._dropouts()) + len(list(hidden_dropout(module)))

    def _dropouts(self):
        """Active dropout layers of the fitted module, by name."""
        return dropouts_of(self._final.module_)
