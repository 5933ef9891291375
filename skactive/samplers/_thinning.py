"""Thinned dropout: with its masks fixed, a draw is a smaller network; layer 2.

A dropped channel is zero up to the next convolution or linear layer, whose weights for
it are then not needed, nor are those that made it. What depends on no mask is computed
once a batch, and so is what acts channel by channel after a dropout of channels. Where
a net does not allow this, its layers run as they are, under masks.
"""

import contextlib
import inspect
import math
import sys
from typing import NamedTuple

import numpy as np

from skactive._array import carry
from skactive.samplers._channelwise import as_written, own_class, replaced, sliced
from skactive.samplers._masks import is_noisy
from skactive.samplers._thinning_plan import Plan, source, writes_into
from skactive.samplers._thinning_trace import Untraceable, stateless, trace

__all__ = ["ThinnedForward", "fault_of", "thinned"]


class Thin(NamedTuple):
    """A tensor of which some channels (axis 1) are there; the others are dropped."""

    x: object
    index: np.ndarray  # which are there, ascending
    n_channels: int  # with those that are not

    @property
    def shape(self):
        """Shape of the whole."""
        return type(self.x.shape)([len(self.x), self.n_channels, *self.x.shape[2:]])

    @property
    def ndim(self):
        """Number of axes."""
        return self.x.ndim

    def dim(self):
        """Number of axes."""
        return self.x.ndim

    def size(self, axis=None):
        """Shape of the whole, or its length along an axis."""
        return self.shape if axis is None else self.shape[axis]


@contextlib.contextmanager
def thinned(module, forward):
    """Let a module compute its output by `forward`; its hooks stay in force."""
    own = {"forward": vars(module)["forward"]} if "forward" in vars(module) else {}
    module.forward = forward
    try:
        yield
    finally:
        del module.forward
        vars(module).update(own)


class ThinnedForward:
    """What a module's ``forward`` gives under the present draw's masks, in less time.

    Parameters
    ----------
    module : torch.nn.Module
        The net.
    dropouts : dict of str to torch.nn.Module
        Its random layers; they carry the hooks of `masks`.
    masks : Masks
        The masks of the draws.
    whole : str, default=""
        Why no channel may be left out, if so; what draws share is computed once.
    """

    def __init__(self, module, dropouts, masks, whole=""):
        self.module, self.dropouts = module, dropouts
        self.masks, self.whole = masks, whole
        self.own_forward = module.forward
        self.layers = dict(module.named_modules())
        self.neutral = {}  # dropout layers not torch's own, as those they derive from
        self.plans = {}
        self.row_bytes = 0  # of a draw, for a point, by the last plan
        self.fault = fault_of(module)
        self.new_batch()

    def new_batch(self):
        """Forget what was computed once for the last batch."""
        self.known, self.n_calls = {}, 0

    def new_draw(self):
        """Expect the calls of a draw, from the first."""
        self.n_calls = 0

    def __call__(self, *args, **kwargs):
        """Output of the module."""
        if not self.fault:
            try:
                plan, known = self._begun(args, kwargs)
            except Untraceable as error:
                self.fault = str(error)
        if self.fault:
            return self.own_forward(*args, **kwargs)
        return Pass(plan, self.masks, dict(known)).output()

    def report(self, fault=""):
        """How each dropout layer is drawn, by name; all masked if there is a fault."""
        fault = fault or self.fault
        if fault:
            return dict.fromkeys(self.dropouts, f"masked: {fault}")
        said = {name: {} for name in self.dropouts}
        for plan in self.plans.values():
            for node, (name, _) in plan.calls.items():
                said[name][plan.report(node)] = None
        return {
            name: "; ".join(calls) or "masked: not seen from outside"
            for name, calls in said.items()
        }

    def _begun(self, args, kwargs):
        """Plan for a batch, and what of it all draws share, from the first on."""
        given = inspect.signature(self.own_forward).bind(*args, **kwargs)
        given.apply_defaults()
        before, begun = self.known.get(self.n_calls, (None, None))
        if not _alike(before, given.arguments):  # none, or a draw's own
            begun = self._begin(given.arguments)
            self.known[self.n_calls] = given.arguments, begun
        self.n_calls += 1
        return begun

    def _begin(self, values):
        n = max(map(_n_points, values.values()), default=0)
        key = n == 1, *((name, _gist(value)) for name, value in values.items())
        if key not in self.plans:
            self.plans[key] = self._plan(values, n)
        plan = self.plans[key]
        known = {}
        places = iter(values.values())
        for node in plan.once:
            if node.op == "placeholder":
                known[node] = next(places)
            elif node in plan.calls:  # hoisted: no channel dropped yet
                x = known[source(node)] / (1 - plan.layer(node).p)
                known[node] = _channels_last(x)
            else:
                known[node] = run(node, known, plan.layers)
            for done in plan.once[node]:
                del known[done]
        for node in known.keys() & plan.hoisted.keys():
            known[node] = known[node].contiguous()  # to choose channels from
        return plan, known

    def _plan(self, values, n):
        """Trace the module, and follow two points through it."""
        constants = {name: v for name, v in values.items() if _is_constant(v)}
        with stateless(self.module):
            graph = trace(self.module, constants)
        few = {name: v[:2] if _n_points(v) == n else v for name, v in values.items()}
        calls, made = self.masks.calls.copy(), dict(self.masks.made)
        try:
            tensors = dict(self._follow(graph, few))
        except Exception:  # axis 0 of an argument is not the points': all that is given
            self.masks.calls, self.masks.made = calls.copy(), made
            few = values
            tensors = dict(self._follow(graph, few))
        self.masks.calls = calls
        layers = {**self.layers, **self.neutral}
        shapes = {node: shape for node, (shape, _) in tensors.items()}
        plan = Plan(graph, layers, self.dropouts, shapes, self.whole)
        if plan.unsafe() or not plan.each:
            raise Untraceable(plan.unsafe() or "no dropout layer changes its output")
        steps = [node for node in plan.each if node in tensors and node.op != "output"]
        n_bytes = sum(tensors[node][1] for node in steps)
        self.row_bytes = n_bytes // max(1, *map(_n_points, few.values()))
        return plan

    def _follow(self, graph, values):
        """Yield shapes and bytes of the tensors that the steps make of points."""
        known, places, left = {}, iter(values.values()), {}
        for node in graph.nodes:
            left[node] = len(node.users)
            if node.op == "placeholder":
                known[node] = next(places)
            else:
                known[node] = run(node, known, self.layers)
            if node.target in self.dropouts and source(node) is not None:
                self._learn_neutral(node.target, known[source(node)])
            if _is_tensor(known[node]):
                yield node, (tuple(known[node].shape), known[node].nbytes)
            for given in node.all_input_nodes:
                left[given] -= 1
                if not left[given]:
                    del known[given]

    def _learn_neutral(self, name, x):
        """A layer that does nothing in evaluation is what it derives from."""
        layer = self.dropouts[name]
        if not as_written(layer) and not is_noisy(layer) and layer.forward(x) is x:
            self.neutral[name] = replaced(layer, {}, own_class(layer))


class Pass:
    """One draw's way through a traced net."""

    def __init__(self, plan, masks, values):
        self.plan, self.masks, self.values = plan, masks, values
        self.calls_before = masks.calls.copy()

    def output(self):
        """Take the steps that are the draw's own; the last is the output."""
        value = None
        for node, done in self.plan.each.items():
            for given in writes_into(node, self.plan.layer(node)):
                if given in self.plan.once and given not in self.plan.hoisted:
                    self.values[given] = self.values[given].clone()
            for given in node.all_input_nodes:
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
        """Channels that a dropout keeps, ascending."""
        name, call = self.plan.calls[node]
        call += self.calls_before[name]
        return self.masks.index(name, call, self.plan.layer(node), shape, like)

    def _thin_hoisted(self, node):
        dropout, x = self.plan.hoisted.get(node), self.values[node]
        if dropout is not None and not _is_thin(x):
            self.values[node] = _select(x, self._kept(dropout, x.shape, x))

    def _drop(self, node, x):
        """Drop channels, of what others may have been dropped of before."""
        scale = 1 - self.plan.layer(node).p
        if not _is_thin(x):
            return _select(x / scale, self._kept(node, x.shape, x))
        if node in self.plan.rows.values():  # made of these channels alone
            return x._replace(x=x.x.div_(scale))
        there = np.isin(x.index, self._kept(node, x.shape, x.x))
        if not there.any():
            return x.x.new_zeros(x.shape)
        part = _select(x.x / scale, np.flatnonzero(there))
        return Thin(part.x, x.index[there], x.n_channels)

    def _weigh(self, node, x):
        """Convolve, or multiply by a matrix, what is there for what is needed."""
        layer, rows = self.plan.layer(node), np.empty(0, dtype=np.intp)
        weight, bias = layer.weight, layer.bias
        n_rows = len(weight)
        if node in self.plan.rows:
            shape = (1, n_rows, *(1,) * (weight.ndim - 2))
            rows = self._kept(self.plan.rows[node], shape, weight)
        if rows.size:  # none kept: make all, then drop them
            index = carry(rows, weight)
            weight = weight.index_select(0, index)
            bias = None if bias is None else bias.index_select(0, index)
        if _is_thin(x):
            weight = weight.index_select(1, carry(x.index, weight))
            x = x.x
        made = replaced(layer, {"weight": weight, "bias": bias})(_channels_last(x))
        return Thin(made, rows, n_rows) if rows.size else made.contiguous()

    def _act(self, node, x):
        """Channel by channel, on the channels that are there."""
        if self.plan.kinds[node] == "flatten":
            block = math.prod(x.x.shape[2:])
            index = x.index[:, None] * block + np.arange(block)
            return Thin(x.x.flatten(1), index.ravel(), x.n_channels * block)
        layer = self.plan.layer(node)
        if layer is not None:
            layer = sliced(layer, carry(x.index, x.x), x.n_channels)
        values = {source(node): x.x}
        return x._replace(x=run(node, values, self.plan.layers, layer))


def run(node, values, layers, layer=None):
    """Take a step of a traced net as it stands, perhaps with another layer."""
    torch = sys.modules["torch"]  # a tensor exists, so torch is imported
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


def fault_of(module):
    """Why a module's forward pass must be its own; "" if it need not be."""
    if type(module).__module__.startswith(("torch._dynamo", "torch.jit")):
        return f"{type(module).__name__} is compiled"
    if "forward" in vars(module):
        return "its forward pass is not its class's"
    for name, layer in module.named_modules():
        if name and (layer._forward_hooks or layer._forward_pre_hooks):
            return f"{type(layer).__name__} {name!r} has hooks"
    return ""


def _is_thin(x):
    return isinstance(x, Thin)


def _select(x, index):
    """The chosen channels of a tensor; zeros in its place where there are none."""
    if not index.size:  # a convolution of nothing is none
        return x * 0
    return Thin(x.index_select(1, carry(index, x)), index, x.shape[1])


def _channels_last(x):
    """Images laid out pixel by pixel: CPUs then convolve any number of channels fast.

    Laid out channel by channel they are filled up to the next multiple of 16 channels.
    """
    if x.ndim != 4 or x.device.type != "cpu":
        return x
    return x.contiguous(memory_format=sys.modules["torch"].channels_last)


def _is_constant(value):
    return value is None or isinstance(value, bool | int | float | str)


def _is_tensor(value):
    return hasattr(value, "new_zeros")


def _n_points(value):
    """Length of a tensor; 0 of anything else."""
    return len(value) if _is_tensor(value) and value.ndim else 0


def _alike(value, other):
    """Whether two arguments are the same, tensor by tensor."""
    if value is other:
        return True
    if type(value) is not type(other):
        return False
    if isinstance(value, dict):
        return value.keys() == other.keys() and all(
            _alike(value[name], other[name]) for name in value
        )
    if isinstance(value, tuple | list):
        return len(value) == len(other) and all(map(_alike, value, other))
    if _is_tensor(value):
        kinds = [(part.dtype, part.device) for part in (value, other)]
        return kinds[0] == kinds[1] and sys.modules["torch"].equal(value, other)
    return _is_constant(value) and value == other


def _gist(value):
    """What of an argument a plan depends on: constants, and shapes of tensors."""
    if _is_constant(value):
        return type(value), value
    if isinstance(value, dict):
        return tuple((name, _gist(part)) for name, part in value.items())
    if isinstance(value, tuple | list):
        return tuple(map(_gist, value))
    return getattr(value, "dtype", None), tuple(getattr(value, "shape", ()))[1:]
