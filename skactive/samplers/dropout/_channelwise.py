"""What operations of a traced net do to channels; layer 3.

torch is not imported here; whoever made the net has imported it.
"""

import math

from skactive._utils.torch import imported_torch

__all__ = ["as_written", "kind", "own_class", "replaced", "sliced"]

# elementwise with f(0) = 0: a dropped unit stays zero
ZERO_TO_ZERO = {
    "CELU",
    "ELU",
    "GELU",
    "Hardswish",
    "Hardtanh",  # if its interval contains 0
    "Identity",
    "LeakyReLU",
    "Mish",
    "PReLU",
    "ReLU",
    "ReLU6",
    "SELU",
    "SiLU",
    "Softsign",
    "Tanh",
}
# channel by channel with f(0) != 0: can be shared only before a dropout
CHANNELWISE = {
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "Hardsigmoid",
    "LogSigmoid",
    "Sigmoid",
    "Softplus",
}
# their counterparts in torch and torch.nn.functional, and as methods of tensors
ZERO_FUNCTIONS = {
    "celu",
    "elu",
    "gelu",
    "hardswish",
    "leaky_relu",
    "mish",
    "relu",
    "relu6",
    "selu",
    "silu",
    "softsign",
    "tanh",
}
CHANNELWISE_FUNCTIONS = {"hardsigmoid", "logsigmoid", "sigmoid", "softplus"}
POOLS = {
    f"{adaptive}{how}Pool{d}d": d + 2
    for adaptive in ("", "Adaptive")
    for how in ("Max", "Avg")
    for d in (1, 2, 3)
}
POOL_FUNCTIONS = {
    f"{adaptive}{how}_pool{d}d": d + 2
    for adaptive in ("", "adaptive_")
    for how in ("max", "avg")
    for d in (1, 2, 3)
}
TORCHS_OWN = "torch.nn.modules."
DROPOUTS = {"Dropout", "Dropout1d", "Dropout2d", "Dropout3d"}
RESHAPES = {"flatten", "reshape", "view"}


def kind(node, layer, before, after):
    """Classify what a node of a traced net does to the channels (axis 1) of its input.

    Parameters
    ----------
    node : torch.fx.Node
        The node.
    layer : torch.nn.Module or None
        The layer that it calls, if any.
    before, after : tuple of int or None
        Shapes of its input and its output; None if it is not a tensor.

    Returns
    -------
    str or None
        "zero": acts channel by channel and maps 0 to 0; "channel": acts channel by
        channel; "flatten": turns each channel into a block of columns; "weights":
        weighted sums over channels; "dropout": drops whole channels; "shape": reads the
        shape only; None: anything else, or if in doubt.
    """
    if before is None or len(before) < 2:
        return None
    if after is None:
        return "shape" if _asks_for_shape(node) else None
    if _function_name(node) in RESHAPES:  # the batch size may be a second input node
        return "flatten" if after == (before[0], math.prod(before[1:])) else None
    if len(node.all_input_nodes) != 1:
        return None
    if node.op != "call_module":
        return _kind_of_function(_function_name(node), before, after)
    return _kind_of_layer(layer, before, after) if as_written(layer) else None


def as_written(layer):
    """Whether a layer is of a class of torch's with an unchanged forward pass."""
    own = type(layer).__module__.startswith(TORCHS_OWN)
    return own and "forward" not in vars(layer)


def _kind_of_layer(layer, before, after):
    name = type(layer).__name__
    if name == "Linear":
        return "weights" if len(before) == 2 else None
    if name in ("Conv1d", "Conv2d", "Conv3d"):
        whole = layer.groups == 1 and len(before) == layer.weight.ndim
        return "weights" if whole else None
    if name in DROPOUTS:
        if layer.p == 0:
            return "zero"
        by_channel = name != "Dropout" or len(before) == 2
        return "dropout" if by_channel and layer.p < 1 else None
    if name == "Flatten":
        return "flatten" if after == (before[0], math.prod(before[1:])) else None
    if name in POOLS:
        whole = before[:2] == after[:2] and len(before) == POOLS[name]
        return "zero" if whole else None
    return _kind_of_channelwise(name, layer)


def _kind_of_channelwise(name, layer):
    if name == "Hardtanh":
        return "zero" if layer.min_val <= 0 <= layer.max_val else "channel"
    if name in ZERO_TO_ZERO:
        return "zero"
    if name.startswith("BatchNorm") and layer.running_mean is None:
        return None
    return "channel" if name in CHANNELWISE else None


def _kind_of_function(name, before, after):
    if name in POOL_FUNCTIONS:
        whole = before[:2] == after[:2] and len(before) == POOL_FUNCTIONS[name]
        return "zero" if whole else None
    if name in ZERO_FUNCTIONS:
        return "zero"
    return "channel" if name in CHANNELWISE_FUNCTIONS else None


def _function_name(node):
    """Name of a function of torch or a method of a tensor, if it is one."""
    if node.op != "call_function":
        return node.target if node.op == "call_method" else None
    name, torch = getattr(node.target, "__name__", ""), imported_torch()
    theirs = [getattr(torch, name, None), getattr(torch.nn.functional, name, None)]
    return name if any(node.target is function for function in theirs) else None


def _asks_for_shape(node):
    if node.op == "call_method":
        return node.target in ("size", "dim")
    return node.target is getattr and node.args[1] in ("shape", "ndim")


def sliced(layer, index, n_channels):
    """Copy a layer, keeping only the entries of chosen channels in its vectors.

    This concerns the vectors of BatchNorm and PReLU; weights of convolutions and linear
    layers are left as they are. The layer itself is not changed.
    """
    return replaced(
        layer,
        {
            name: tensor.index_select(0, index)
            for name, tensor in {**layer._parameters, **layer._buffers}.items()
            if tensor is not None and tensor.ndim == 1 and len(tensor) == n_channels
        },
    )


def own_class(layer):
    """First of torch's own classes among the bases of a layer."""
    classes = type(layer).__mro__
    return next(cls for cls in classes if cls.__module__.startswith(TORCHS_OWN))


def replaced(layer, tensors, cls=None):
    """Copy a layer with some of its tensors replaced."""
    copy = object.__new__(cls or type(layer))
    copy.__dict__.update(vars(layer))
    for store in ("_parameters", "_buffers"):
        own = vars(layer)[store]
        copy.__dict__[store] = {name: tensors.get(name, own[name]) for name in own}
    return copy
