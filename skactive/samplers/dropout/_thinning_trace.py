"""Trace the operations of a net on a copy of it; layer 3.

``torch.fx.Tracer.trace`` patches ``torch.nn.Module`` for the whole process while it
runs: other threads would be traced too, and an interrupt could leave the patches in
place. Here each layer of a copy gets a ``forward`` of its own that records the call.
"""

import contextlib
import copy
import functools
import operator

from skactive._utils.interrupts import pass_on_interrupts
from skactive._utils.torch import imported_torch
from skactive.samplers._nets import bare_copy
from skactive.samplers.dropout._masks import is_noisy
from skactive.samplers.dropout._thinning_math import with_math

__all__ = ["Untraceable", "stateless", "trace"]


class Untraceable(Exception):
    """A net whose operations depend on the data, or cannot be traced otherwise."""


def trace(module, constants):
    """Trace the forward pass of a module, given which arguments are constants.

    torch's own layers, dropout layers and layers that cannot be traced are single
    nodes.

    Parameters
    ----------
    module : torch.nn.Module
        The net; it is not changed.
    constants : dict of str to object
        Constant arguments of ``forward`` by name, on whose values it may branch.

    Returns
    -------
    torch.fx.Graph
        The traced operations.

    Raises
    ------
    Untraceable
        If the operations depend on the data, or tracing fails.
    """
    untraced = set()
    while True:
        n_known, fault, attempt = len(untraced), None, _Attempt(module, untraced)
        try:
            with stateless(attempt.root):
                attempt.run(constants)
        except Exception as error:
            pass_on_interrupts(error)
            fault = error
        if len(untraced) > n_known:  # try again, with these layers as single nodes
            continue
        if isinstance(fault, Untraceable):
            raise fault
        if fault is not None:
            reason = str(fault).partition("\n")[0]
            raise Untraceable(f"torch.fx cannot trace the module: {reason}") from fault
        return attempt.graph()


class _Attempt:
    """One attempt at tracing a copy of a module."""

    def __init__(self, module, untraced):
        fx = imported_torch().fx
        self.root, self.untraced = bare_copy(module), untraced
        self.tracer = fx.Tracer()
        self.tracer.root, self.tracer.tensor_attrs = self.root, {}
        self.tracer.graph = fx.Graph(tracer_cls=fx.Tracer)
        self._let_parameters_tell()
        for name, layer in self.root.named_modules():
            if name:
                vars(layer)["forward"] = self._forward_of(name, layer)

    def _let_parameters_tell(self):
        """Replace parameters by traced values, to record operations on them."""
        names = {id(p): name for name, p in self.root.named_parameters()}
        self.parameters = {
            name: self.tracer.create_proxy("get_attr", name, (), {})
            for name in names.values()
        }
        for layer in self.root.modules():
            for name, p in layer._parameters.items():
                if p is not None:  # attributes take precedence over parameters
                    vars(layer)[name] = self.parameters[names[id(p)]]

    def _forward_of(self, name, layer):
        if self._is_step(name, layer):
            return functools.partial(self._step, name)
        forward = with_math(layer.forward, self.tracer)
        return functools.partial(self._through, name, forward)

    def _is_step(self, name, layer):
        random = isinstance(layer, imported_torch().nn.modules.dropout._DropoutNd)
        known = random or is_noisy(layer) or name in self.untraced
        return known or self.tracer.is_leaf_module(layer, name)

    def _step(self, name, *args, **kwargs):
        return self.tracer.create_proxy("call_module", name, args, kwargs)

    def _through(self, name, forward, *args, **kwargs):
        n_known = len(self.untraced)
        try:
            return forward(*args, **kwargs)
        except Exception as error:
            pass_on_interrupts(error)
            if len(self.untraced) == n_known:  # the fault is its own, not of a part
                self.untraced.add(name)
            raise

    def run(self, constants):
        """Run the forward pass with traced values in place of the arguments."""
        forward, args = self.tracer.create_args_for_root(
            with_math(type(self.root).forward, self.tracer), True, constants
        )
        output = self.tracer.create_arg(forward(*args))
        self.tracer.create_node("output", "output", (output,), {})

    def graph(self):
        """Return the trace, without the parameters that it does not use."""
        for parameter in self.parameters.values():
            if not parameter.node.users:
                self.tracer.graph.erase_node(parameter.node)
        return self.tracer.graph


@contextlib.contextmanager
def stateless(module):
    """Raise `Untraceable` if a module stores what it computes within the block."""
    before = [(vars(layer), _State(layer)) for layer in module.modules()]
    yield
    for now, state in before:
        if state.has_changed(now):
            raise Untraceable(f"{state.name} stores what it computes")


class _State:
    """Attributes of a layer, and the contents of those that are containers."""

    def __init__(self, layer):
        self.name, self.attributes = type(layer).__name__, dict(vars(layer))
        self.held = [
            (value, copy.copy(value))
            for value in self.attributes.values()
            if isinstance(value, dict | list | set)
        ]

    def has_changed(self, now):
        """Whether an attribute was replaced, or its contents changed."""
        return not _same(now, self.attributes) or not all(
            _same(value, held) for value, held in self.held
        )


def _same(container, other):
    """Whether two containers hold the same objects in the same order."""
    parts, others = map(_parts, (container, other))
    return len(parts) == len(others) and all(map(operator.is_, parts, others))


def _parts(container):
    return [*container, *(container.values() if isinstance(container, dict) else ())]
