"""Run a draw through a traced net, without the channels it drops; layer 3.

torch is not imported here: whoever made the tensors has imported it.
"""

import math
from typing import NamedTuple

import numpy as np

from skactive._utils.torch import imported_torch
from skactive.samplers.dropout._channelwise import replaced, sliced
from skactive.samplers.dropout._thinning_plan import source

__all__ = ["Cuts", "Pass", "channels_last", "run"]

MAX_CUT_BYTES = 32 * 2**20  # of reduced weights to store


class Thin(NamedTuple):
    """Tensor that stores only some of its channels (axis 1); the others are dropped."""

    x: object
    there: np.ndarray  # indices of the stored channels, sorted
    n_channels: int  # including dropped ones

    @property
    def shape(self):
        """Shape with all channels."""
        return type(self.x.shape)([len(self.x), self.n_channels, *self.x.shape[2:]])

    @property
    def ndim(self):
        """Number of axes."""
        return self.x.ndim

    def dim(self):
        """Number of axes."""
        return self.x.ndim

    def size(self, axis=None):
        """Shape with all channels, or its length along an axis."""
        return self.shape if axis is None else self.shape[axis]


class Cuts(dict):
    """Cache of layers reduced to the weights that a draw needs, of limited size."""

    n_bytes = 0

    def add(self, key, layer, rows):
        """Store a layer and its output rows, if there is room; return them."""
        n_bytes = self.n_bytes + layer.weight.nbytes
        if n_bytes <= MAX_CUT_BYTES:
            self.n_bytes, self[key] = n_bytes, (layer, rows)
        return layer, rows


class Pass:
    """Forward pass of one draw through a traced net."""

    def __init__(self, plan, masks, values, cuts):
        self.plan, self.masks = plan, masks
        self.values, self.cuts = values, cuts
        self.calls_before = masks.calls.copy()

    def output(self):
        """Run the nodes that each draw computes; the last one is the output."""
        value = None
        for node, done in self.plan.each.items():
            for given in self.plan.written.get(node, ()):
                self.values[given] = self.values[given].clone()
            for given in self.plan.chosen_from.get(node, ()):
                self._thin_hoisted(given)
            value = self.values[node] = self._step(node)
            for forgotten in done:
                del self.values[forgotten]
        for name, call in self.plan.calls.values():
            self.masks.calls[name] = self.calls_before[name] + call + 1
        return value

    def _step(self, node):
        plan, x = self.plan, self.values.get(source(node))
        if node in plan.calls:
            name, call = plan.calls[node]
            self.masks.calls[name] = self.calls_before[name] + call
            if not plan.faults[node]:
                return self._drop(node, x)
        if plan.kinds[node] == "weights" and (node in plan.rows or _is_thin(x)):
            return self._weigh(node, x)
        if _is_thin(x) and plan.kinds[node] != "shape":
            return self._act(node, x)
        return run(node, self.values, plan.layers)

    def _kept(self, node, shape, like):
        """Channels that a dropout layer keeps, sorted."""
        name, call = self.plan.calls[node]
        call += self.calls_before[name]
        return self.masks.index(name, call, self.plan.layer(node), shape, like)

    def _thin_hoisted(self, node):
        dropout, x = self.plan.hoisted[node], self.values[node]
        if not _is_thin(x):
            self.values[node] = _select(x, self._kept(dropout, x.shape, x))

    def _drop(self, node, x):
        """Drop channels of a tensor, some of whose channels may be dropped already."""
        scale = 1 - self.plan.layer(node).p
        if not _is_thin(x):
            return _select(x / scale, self._kept(node, x.shape, x))
        if node in self.plan.rows.values():  # only kept channels were computed
            return x._replace(x=x.x.div_(scale))
        there = np.isin(x.there, self._kept(node, x.shape, x.x))
        if not there.any():
            return x.x.new_zeros(x.shape)
        part = _select(x.x / scale, np.flatnonzero(there))
        return Thin(part.x, x.there[there], x.n_channels)

    def _weigh(self, node, x):
        """Apply a convolution or linear layer to stored channels, for needed ones."""
        # calls_before is part of the key, as a net may run several times in a draw
        key = node, self.masks.draw, *self.calls_before.items()
        layer, rows = self.cuts.get(key) or self.cuts.add(key, *self._cut(node, x))
        made = layer(channels_last(x.x if _is_thin(x) else x))
        if not rows.size:
            return made.contiguous()
        return Thin(made, rows, len(self.plan.layer(node).weight))

    def _cut(self, node, x):
        """Reduce a layer to the stored input channels and the needed output rows."""
        layer, rows = self.plan.layer(node), np.empty(0, dtype=np.intp)
        weight, bias = layer.weight, layer.bias
        if node in self.plan.rows:
            shape = (1, len(weight), *(1,) * (weight.ndim - 2))
            rows = self._kept(self.plan.rows[node], shape, weight)
        if rows.size:  # if no channel is kept, compute all and drop them afterwards
            index = _carried(rows, weight)
            weight = weight.index_select(0, index)
            bias = None if bias is None else bias.index_select(0, index)
        if _is_thin(x):
            weight = weight.index_select(1, _carried(x.there, weight))
        return replaced(layer, {"weight": weight, "bias": bias}), rows

    def _act(self, node, x):
        """Apply a channelwise operation to the stored channels."""
        if self.plan.kinds[node] == "flatten":
            block = math.prod(x.x.shape[2:])
            index = x.there[:, None] * block + np.arange(block)
            return Thin(x.x.flatten(1), index.ravel(), x.n_channels * block)
        layer = self.plan.layer(node)
        if layer is not None:
            layer = sliced(layer, _carried(x.there, x.x), x.n_channels)
        values = {source(node): x.x}
        return x._replace(x=run(node, values, self.plan.layers, layer))


def run(node, values, layers, layer=None):
    """Run a node of a traced net, optionally with another layer."""
    torch = imported_torch()  # never None, as there are tensors
    if node.op == "get_attr":
        *path, name = node.target.split(".")
        return getattr(layers[".".join(path)], name)
    args = torch.fx.node.map_arg(node.args, values.__getitem__)
    kwargs = torch.fx.node.map_arg(node.kwargs, values.__getitem__)
    if node.op == "output":
        return args[0]
    if node.op == "call_module":
        return (layer or layers[node.target])(*args, **kwargs)
    if node.op == "call_method":
        return getattr(args[0], node.target)(*args[1:], **kwargs)
    return node.target(*args, **kwargs)


def _carried(index, like):
    """Move indices to the device of a tensor; cheaper than `carry`, as per draw."""
    return imported_torch().as_tensor(index, device=like.device)


def _is_thin(x):
    return isinstance(x, Thin)


def _select(x, index):
    """Select channels of a tensor; zeros of full shape if there are none."""
    if not index.size:  # convolutions do not accept 0 channels
        return x * 0
    return Thin(x.index_select(1, _carried(index, x)), index, x.shape[1])


def channels_last(x):
    """Store images pixel by pixel: CPUs then convolve any number of channels fast.

    Channel by channel, the number is padded to the next multiple of 16.
    """
    if x.ndim != 4 or x.device.type != "cpu":
        return x
    return x.contiguous(memory_format=imported_torch().channels_last)
