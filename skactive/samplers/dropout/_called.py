"""Find dropout that a module applies by a function, not by a layer; layer 3."""

from skactive._utils.torch import imported_torch
from skactive.samplers.dropout._draws import outputs

__all__ = ["called_dropout"]

ATTENTION = "scaled_dot_product_attention"


def called_dropout(name, net, X):
    """Names of torch's functions by which a net drops units while it is trained.

    Draws fix the masks of layers. A call such as ``F.dropout(x, .5, self.training)``
    has no layer, and does nothing in evaluation mode: draws would leave it out.

    Parameters
    ----------
    name : str
        Name of the sampler in error messages.
    net : NeuralNet
        A private copy of the net; its modes are changed.
    X : array-like of n points
        A few points, in the form that the net accepts.

    Returns
    -------
    list of str
        The names, without repetitions.
    """
    seen = {}

    class Watch(imported_torch().overrides.TorchFunctionMode):
        """See each call of a function in this thread; nothing of torch is patched."""

        def __torch_function__(self, function, types, args=(), kwargs=None):
            kwargs = kwargs or {}
            if _drops(function, args, kwargs):
                seen[function.__name__] = True
            return function(*args, **kwargs)

    _train_own_layers(net.module_)
    with Watch():
        for _ in outputs(name, net, X, lambda forward, batch: forward(batch)):
            pass
    return list(seen)


def _train_own_layers(module):
    """Put layers in training mode whose forward pass is not torch's own.

    Torch's layers with dropout are drawn, or refused by name; others, such as batch
    normalization, depend on the batch in training mode.
    """
    nn = imported_torch().nn
    theirs = (nn.modules.dropout._DropoutNd, nn.modules.batchnorm._NormBase)
    theirs += (nn.RNNBase, nn.MultiheadAttention)
    for layer in module.modules():
        forward = type(layer).forward
        of_torch = getattr(forward, "__module__", "").startswith("torch.")
        layer.training = not (of_torch or isinstance(layer, theirs))


def _drops(function, args, kwargs):
    """Whether a call drops units: with a positive rate, and in training mode."""
    name = getattr(function, "__name__", "")
    if name == ATTENTION:
        return bool(_argument("dropout_p", 4, 0.0, args, kwargs))
    if "dropout" not in name:
        return False
    training = _argument("training", 2, True, args, kwargs)
    rate = _argument("p", 1, 0.5, args, kwargs)
    return bool(training and kwargs.get("train", True) and rate)


def _argument(name, place, default, args, kwargs):
    """Value of an argument, by name or by place."""
    return kwargs.get(name, args[place] if len(args) > place else default)
