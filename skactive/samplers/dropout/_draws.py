"""Evaluation of sub-networks on a copy of a net; layer 3."""

import threading

from skactive._utils.torch import imported_torch
from skactive.samplers._nets import loader
from skactive.samplers.dropout._checks import dtypes_named
from skactive.samplers.dropout._masks import is_noisy
from skactive.samplers.dropout._thinning import ThinnedForward

__all__ = [
    "PerThread",
    "SubNetworks",
    "dropouts_of",
    "outputs",
    "predictions",
    "widened",
]

SEVERAL = "one pass makes several draws"


class PerThread:
    """An object that each thread makes for itself when it first needs it."""

    def __init__(self, make):
        self._make, self._local = make, threading.local()

    def get(self):
        """Return this thread's object."""
        own = vars(self._local)  # a different dictionary in each thread
        if "made" not in own:
            own["made"] = self._make()
        return own["made"]


class SubNetworks:
    """Sub-networks of a net, one per draw, which share no state with other users.

    Parameters
    ----------
    name : str
        Name of the sampler in error messages.
    net : NeuralNet
        A private copy of the net, on whose layers hooks are set.
    masks : Masks
        The masks of the draws.
    n_draws : int
        Number of draws.
    thin : bool, default=True
        Whether to thin the net, leaving out dropped channels.
    at_once : int, default=1
        Number of draws per forward pass.
    """

    def __init__(self, name, net, masks, n_draws, thin=True, at_once=1):
        self.name, self.net, self.masks = name, net, masks
        self.n_draws, self.at_once = n_draws, at_once
        self.module, self.dropouts = net.module_, dropouts_of(net.module_)
        whole = SEVERAL if at_once > 1 else ""
        self.thinner = ThinnedForward(self.module, self.dropouts, masks, whole)
        for place, layer in self.dropouts.items():
            layer.register_forward_hook(masks.hook(place))
        _let_dropouts_be_called(self.module)
        if thin or whole:
            vars(net)["module_"] = self._with_forward(self.thinner)

    def _with_forward(self, forward):
        """Return a copy of the module, with its hooks, but another forward pass.

        It must be another object: a module with a reference to its own thinner would be
        a reference cycle, and stay in memory after its use.
        """
        outer = object.__new__(type(self.module))
        vars(outer).update(vars(self.module), forward=forward)
        return outer

    def __call__(self, X):
        """Evaluate the draws (n, k, c) at points."""
        self.thinner.new_chunk()
        try:
            parts = list(outputs(self.name, self.net, X, self._draws))
        finally:
            self.thinner.new_chunk()  # frees what was stored for the last batch
        if self.dropouts and not self.masks.calls:
            raise ValueError(
                f"{self.name}: forward calls none of the dropout layers "
                f"{list(self.dropouts)}; call them as modules, without compiling the "
                "net"
            )
        return imported_torch().cat(parts)

    def _draws(self, forward, batch):
        """Evaluate all draws at the points of a batch."""
        torch, masks = imported_torch(), self.masks
        self.thinner.new_batch()

        def draw(number=None):
            masks.number = number
            masks.calls.clear()
            self.thinner.new_draw()
            return forward(batch)

        if self.at_once == 1:
            return torch.stack([draw() for masks.draw in range(self.n_draws)], dim=1)
        parts = []
        for first in range(0, self.n_draws, self.at_once):
            masks.draw = range(first, min(first + self.at_once, self.n_draws))
            numbers = torch.arange(len(masks.draw))
            parts.append(torch.vmap(draw, out_dims=1)(numbers))
        return torch.cat(parts, dim=1)


def dropouts_of(module):
    """Active dropout layers of a module, by name."""
    kinds = imported_torch().nn.modules.dropout._DropoutNd
    return {
        name: layer
        for name, layer in module.named_modules()
        if (isinstance(layer, kinds) and layer.p > 0) or is_noisy(layer)
    }


def _let_dropouts_be_called(module):
    """Keep torch's transformer encoder layers from skipping their dropout layers.

    In evaluation mode they take a fast path that does, before torch 2.5 even if there
    are hooks. In training mode they do not, and the mode of the layer itself has no
    other effect. torch's own switch of the fast path would affect all threads.
    """
    encoder = imported_torch().nn.TransformerEncoderLayer
    for layer in module.modules():
        if isinstance(layer, encoder) and type(layer).forward is encoder.forward:
            layer.training = bool(dropouts_of(layer))


def outputs(name, net, X, step):
    """Yield ``step(forward, batch)`` for each batch of points.

    Parameters
    ----------
    name : str
        Name of the sampler in error messages.
    net : NeuralNet
        A private copy of the net.
    X : array-like of n points
        Points, in any form that the net accepts. Outputs have gradients only if this is
        a tensor that requires them.
    step : callable
        Called with a forward pass, which returns outputs (n, c), and its input.
    """
    from skorch.dataset import unpack_data

    def forward(batch):
        with dtypes_named(name, lambda: net, batch):
            output = net.infer(batch)
        return predictions(net, output[0] if isinstance(output, tuple) else output)

    with imported_torch().set_grad_enabled(_wants_gradient(X)):
        for batch in loader(net, net.get_dataset(X)):
            yield step(forward, unpack_data(batch)[0])


def _wants_gradient(X):
    torch = imported_torch()
    return torch.is_grad_enabled() and isinstance(X, torch.Tensor) and X.requires_grad


def predictions(net, output):
    """Turn the output of a module into predictions: (n, c)."""
    output = net._get_predict_nonlinearity()(widened(_flat(net, output)))
    return output[:, None] if output.ndim == 1 else output


def _flat(net, output):
    """Drop the axis of a single logit, from which skorch makes two probabilities."""
    single = output.ndim == 2 and output.shape[1] == 1
    return output[:, 0] if single and _is_binary(net) else output


def _is_binary(net):
    nn = imported_torch().nn
    criterion = getattr(net, "criterion_", None)  # absent if there are several
    return isinstance(criterion, nn.BCEWithLogitsLoss | nn.BCELoss)


def widened(output):
    """Convert dtypes that NumPy does not have to single precision."""
    torch = imported_torch()
    return output.float() if output.dtype == torch.bfloat16 else output
