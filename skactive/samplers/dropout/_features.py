"""Features of points: the input of a layer of a net; layer 3."""

from skactive._utils.torch import imported_torch
from skactive.samplers.dropout._draws import outputs

__all__ = ["features", "layer_named"]


def layer_named(sampler, module, name=None, parameter="embedding"):
    """Layer of a module by name; by default its last linear layer."""
    layers = dict(module.named_modules())
    if name is not None:
        if name not in layers:
            raise ValueError(
                f"{parameter}={name!r} is not a layer of the module; its layers are "
                f"{[name for name in layers if name]}"
            )
        return layers[name]
    kind = imported_torch().nn.Linear
    linear = [layer for layer in layers.values() if isinstance(layer, kind)]
    if not linear:
        raise ValueError(
            f"{sampler}: the module has no nn.Linear whose input could serve as "
            f"features; name a layer by {parameter}=..."
        )
    return linear[-1]


def features(sampler, net, layer, X):
    """Compute the inputs (n, d) of a layer, on a private copy of a net."""
    seen = []

    def given(forward, batch):
        forward(batch)
        return seen.pop().flatten(start_dim=1)

    layer.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    return imported_torch().cat(list(outputs(sampler, net, X, given)))
