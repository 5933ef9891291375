"""Input of the last layer of a net, and replacements for the layer; layer 3."""

from skactive._utils.torch import imported_torch
from skactive.samplers.dropout._draws import outputs, predictions, widened
from skactive.samplers.dropout._thinning import differ

__all__ = ["LastLayers", "check_last", "passes"]

DIGITS = 0.75  # exponent of eps within which two computations are the same


def check_last(name, layer):
    """Raise ``TypeError`` unless the layer is linear."""
    if not isinstance(layer, imported_torch().nn.Linear):
        raise TypeError(
            f"{name}: the last layer must be an nn.Linear, but layer=... names a "
            f"{type(layer).__name__}"
        )


def passes(name, net, layer, X, step):
    """Yield ``step(phi, tail, output)`` for each batch of points.

    Parameters
    ----------
    name : str
        Name of the sampler in error messages.
    net : NeuralNet
        A private copy of the net.
    layer : torch.nn.Linear
        Its last layer.
    X : array-like of n points
        Points, in any form that the net accepts.
    step : callable
        Called with the input of the last layer, the function that the module applies
        to the layer's output, and the net's predictions.
    """
    seen = []

    def one(forward, batch):
        seen.clear()
        output = forward(batch)
        phi, logits = _only(name, seen)
        return step(phi, tail_of(name, net, logits, output), output)

    hook = layer.register_forward_hook(lambda _, args, out: seen.append((args[0], out)))
    try:
        yield from outputs(name, net, X, one)
    finally:
        hook.remove()


def _only(name, seen):
    """Input and output of the layer, in the only call that there may be."""
    if len(seen) != 1:
        raise ValueError(
            f"{name}: its last linear layer is called {len(seen)} times in a forward "
            "pass, but must be called once; name the layer by layer=..."
        )
    phi, logits = seen[0]
    if phi.ndim != 2:
        raise ValueError(
            f"{name}: the input of its last linear layer has shape {tuple(phi.shape)}, "
            "but must be (n, d), one feature vector per point; name the layer by "
            "layer=..., or use nn.Dropout or BootstrapSampler(net)"
        )
    return phi, logits


def tail_of(name, net, logits, output):
    """Find the function applied to the last layer's output, by the predictions."""
    torch = imported_torch()
    tails = (lambda z: z, lambda z: torch.softmax(z, dim=-1), torch.sigmoid)
    for tail in tails:
        ours = predictions(net, tail(logits))
        if ours.shape == output.shape and not differ(ours, output, DIGITS):
            return tail
    raise ValueError(
        f"{name}: {type(net.module_).__name__} applies more than softmax or sigmoid to "
        "the output of its last linear layer, or that is not its last; return the "
        "layer's output, or name the layer by layer=..."
    )


class LastLayers:
    """Nets that differ in their last layer only, evaluated on a copy of one.

    Parameters
    ----------
    name : str
        Name of the sampler in error messages.
    net : NeuralNet
        A private copy of the net.
    layer : torch.nn.Linear
        The last layer of that copy.
    weights_dkc : ndarray of shape (d, k, c)
        Weights of the last layers; the last row is the biases if the layer has any.
    """

    def __init__(self, name, net, layer, weights_dkc):
        self.name, self.net, self.layer = name, net, layer
        self.weights_dkc, self.carried = weights_dkc, None

    def __call__(self, X):
        """Evaluate the draws (n, k, c); everything before the last layer is shared."""
        steps = passes(self.name, self.net, self.layer, X, self._draws)
        return imported_torch().cat(list(steps))

    def _draws(self, phi, tail, _):
        d, k, c = self.weights_dkc.shape
        phi = widened(phi)
        w_dm = self._weights_like(phi).reshape(d, k * c)
        if self.layer.bias is None:
            z_nm = phi @ w_dm
        else:
            z_nm = imported_torch().addmm(w_dm[-1], phi, w_dm[:-1])
        drawn = predictions(self.net, tail(z_nm.reshape(-1, c)))
        return drawn.reshape(len(phi), k, -1)

    def _weights_like(self, phi):
        """Return the weights with the dtype and device of the features."""
        if self.carried is None:
            torch = imported_torch()
            self.carried = torch.as_tensor(
                self.weights_dkc, dtype=phi.dtype, device=phi.device
            )
        return self.carried
