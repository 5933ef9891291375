"""Thinned dropout: with its masks fixed, a draw is a smaller network; layer 3.

A dropped channel is zero up to the next convolution or linear layer, whose weights for
it are then not needed, nor are those that made it. What depends on no mask is computed
once a batch, and so is what acts channel by channel after a dropout of channels. Where
a net does not allow this, its layers run as they are, under masks.
"""

import inspect

from skactive._utils.array import namespace
from skactive._utils.interrupts import pass_on_interrupts
from skactive._utils.torch import imported_torch
from skactive.samplers.dropout._channelwise import as_written, own_class, replaced
from skactive.samplers.dropout._masks import is_noisy
from skactive.samplers.dropout._thinning_pass import Cuts, Pass, channels_last, run
from skactive.samplers.dropout._thinning_plan import Plan, source
from skactive.samplers.dropout._thinning_trace import Untraceable, trace

__all__ = ["ThinnedForward", "differ", "fault_of", "fault_of_draws"]


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
        self.new_chunk()

    def new_chunk(self):
        """Forget layers that were cut to a draw: their weights may change now."""
        self.cuts = Cuts()
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
        return Pass(plan, self.masks, dict(known), self.cuts).output()

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
            name: "; ".join(calls) or "masked: not a layer of the trace"
            for name, calls in said.items()
        }

    def _begun(self, args, kwargs):
        """Return the plan for a batch and what its draws share, computed once."""
        given, (before, begun) = (args, kwargs), self.known.get(self.n_calls, (0, 0))
        # the first draw, or inputs that differ between draws
        if not _alike(before, given):
            begun = self._begin(args, kwargs)
            self.known[self.n_calls] = given, begun
        self.n_calls += 1
        return begun

    def _begin(self, args, kwargs):
        given = inspect.signature(self.own_forward).bind(*args, **kwargs)
        given.apply_defaults()
        values = given.arguments
        n = max(map(_n_points, values.values()), default=0)
        key = n == 1, *((name, _gist(value)) for name, value in values.items())
        if key not in self.plans:
            self.plans[key] = self._plan(values, n)
        return self.plans[key], self._shared(self.plans[key], values)

    def _shared(self, plan, values):
        """Compute what all draws of a batch share: values that nodes of draws need."""
        known = {}
        places = iter(values.values())
        for node in plan.once:
            if node.op == "placeholder":
                known[node] = next(places)
            # hoisted: scaled here, channels are dropped per draw
            elif node in plan.calls:
                x = known[source(node)] / (1 - plan.layer(node).p)
                known[node] = channels_last(x)
            else:
                known[node] = run(node, known, plan.layers)
            for done in plan.once[node]:
                del known[done]
        for node in known.keys() & plan.hoisted.keys():
            known[node] = known[node].contiguous()  # selecting channels is then fast
        return known

    def _plan(self, values, n):
        """Trace the module, and run two points through it."""
        constants = {name: v for name, v in values.items() if _is_constant(v)}
        graph = trace(self.module, constants)
        few, tensors = self._followed(graph, values, n)
        layers = {**self.layers, **self.neutral}
        shapes = {node: shape for node, (shape, _) in tensors.items()}
        plan = Plan(graph, layers, self.dropouts, shapes, self.whole)
        if plan.unsafe() or not plan.each:
            raise Untraceable(plan.unsafe() or "no dropout layer changes its output")
        steps = [node for node in plan.each if node in tensors and node.op != "output"]
        n_bytes = sum(tensors[node][1] for node in steps)
        self.row_bytes = n_bytes // max(1, *map(_n_points, few.values()))
        return plan

    def _followed(self, graph, values, n):
        """Run points through a traced net; return them, and shapes of tensors."""
        calls, made = self.masks.calls.copy(), dict(self.masks.made)
        few = {name: v[:2] if _n_points(v) == n else v for name, v in values.items()}
        # if axis 0 of some argument is not that of the points, all of the batch is
        # needed
        for points in (few, values):
            try:
                return points, dict(self._follow(graph, points))
            except Exception as error:
                pass_on_interrupts(error)
                reason, self.masks.made = error, made.copy()
            finally:
                self.masks.calls = calls.copy()
        said = str(reason).partition("\n")[0]
        raise Untraceable(f"the traced steps fail: {said}") from reason

    def _follow(self, graph, values):
        """Run the nodes, and yield shape and bytes of their tensors."""
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
        """Replace a layer without effect in evaluation mode by its base class."""
        layer = self.dropouts[name]
        if not as_written(layer) and not is_noisy(layer) and layer.forward(x) is x:
            self.neutral[name] = replaced(layer, {}, own_class(layer))


def fault_of(module):
    """Why the forward pass of a module must not be replaced; "" if it may be."""
    if type(module).__module__.startswith(("torch._dynamo", "torch.jit")):
        return f"{type(module).__name__} is compiled"
    if "forward" in vars(module):
        return "its forward was replaced"
    for name, layer in module.named_modules():
        if name and (layer._forward_hooks or layer._forward_pre_hooks):
            return f"{type(layer).__name__} {name!r} has hooks"
    return ""


def fault_of_draws(draws, pairs):
    """Why a faster way must not be used, given points and their draws; "" if it may."""
    for X, theirs in pairs:
        digits = 0.5 if theirs.device.type == "cpu" else 0.25  # TF32 has fewer digits
        if differ(draws(X), theirs, digits):
            return "the traced net gives different outputs"
    return ""


def differ(draws, theirs, digits):
    """Whether draws differ by more than ``eps ** digits``, relative to the largest."""
    tolerance = namespace(theirs).finfo(theirs.dtype).eps ** digits * abs(theirs).max()
    return not abs(draws - theirs).max() <= tolerance


def _is_constant(value):
    return value is None or isinstance(value, bool | int | float | str)


def _is_tensor(value):
    return hasattr(value, "new_zeros")


def _n_points(value):
    """Length of a tensor; 0 for anything else."""
    return len(value) if _is_tensor(value) and value.ndim else 0


def _alike(value, other):
    """Whether two arguments are equal, tensor by tensor."""
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
        return kinds[0] == kinds[1] and imported_torch().equal(value, other)
    return _is_constant(value) and value == other


def _gist(value):
    """What a plan depends on of an argument: constants, and shapes of tensors."""
    if _is_constant(value):
        return type(value), value
    if isinstance(value, dict):
        return tuple((name, _gist(part)) for name, part in value.items())
    if isinstance(value, tuple | list):
        return tuple(map(_gist, value))
    return getattr(value, "dtype", None), tuple(getattr(value, "shape", ()))[1:]
