"""The last layer of a net: what it is given, and others in its place; layer 3."""

from skactive._utils.torch import imported_torch
from skactive.samplers.dropout._draws import outputs, predictions, widened
from skactive.samplers.dropout._thinning import differ

__all__ = ["LastLayers", "check_last", "passes"]

DIGITS = 0.75  # of a tensor's precision, to which one computation repeats another


def check_last(name, layer):
    """Raise ``TypeError`` unless a layer is linear."""
    if not isinstance(layer, imported_torch().nn.Linear):
        raise TypeError(
            f"{name}: the last layer has to be an nn.Linear, and layer=... names a "
            f"{type(layer).__name__}"
        )


def passes(name, net, layer, X, step):
    """Yield ``step(phi, tail, output)`` for each batch of points.

    Parameters
    ----------
    name : str
        Whom errors name.
    net : NeuralNet
        A copy that nobody else sees.
    layer : torch.nn.Linear
        Its last layer.
    X : array-like of n points
        Whatever the net takes.
    step : callable
        Given what the layer takes, what the module does to what it gives, and the net's
        predictions.
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
    """What the layer was given and gave, in the one call there should be."""
    if len(seen) != 1:
        raise ValueError(
            f"{name}: its last linear layer is called {len(seen)} times in a forward "
            "pass, and has to be called once; name the layer by layer=..."
        )
    phi, logits = seen[0]
    if phi.ndim != 2:
        raise ValueError(
            f"{name}: its last linear layer is given {tuple(phi.shape)}, and one "
            "vector of features a point, (n, d), is expected; name the layer by "
            "layer=..., or use nn.Dropout or BootstrapSampler(net)"
        )
    return phi, logits


def tail_of(name, net, logits, output):
    """What the module does to its last layer's output, told by its predictions."""
    torch = imported_torch()
    tails = (lambda z: z, lambda z: torch.softmax(z, dim=-1), torch.sigmoid)
    for tail in tails:
        ours = predictions(net, tail(logits))
        if ours.shape == output.shape and not differ(ours, output, DIGITS):
            return tail
    raise ValueError(
        f"{name}: {type(net.module_).__name__} does more to the output of its last "
        "linear layer than softmax or sigmoid, or that is not its last: return what "
        "the layer gives, or name it by layer=..."
    )


class LastLayers:
    """Nets that share all but their last layers, evaluated on a copy of one.

    Parameters
    ----------
    name : str
        Whom errors name.
    net : NeuralNet
        A copy that nobody else sees.
    layer : torch.nn.Linear
        The last layer of that copy.
    weights_dkc : ndarray of shape (d, k, c)
        Weights of the last layers; the last row are biases where the layer has any.
    """

    def __init__(self, name, net, layer, weights_dkc):
        self.name, self.net, self.layer = name, net, layer
        self.weights_dkc, self.carried = weights_dkc, None

    def __call__(self, X):
        """Draws (n, k, c) at points: everything before the layer is computed once."""
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
        """The weights where the features are."""
        if self.carried is None:
            torch = imported_torch()
            self.carried = torch.as_tensor(
                self.weights_dkc, dtype=phi.dtype, device=phi.device
            )
        return self.carried
