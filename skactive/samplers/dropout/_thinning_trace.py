"""The steps that a net takes, traced on a copy of it; layer 3.

``torch.fx.Tracer.trace`` patches ``torch.nn.Module`` for the whole process while it is
at work: other threads would be traced too, and an interrupt could leave the patches on.
Here each layer of a copy has a ``forward`` of its own instead, that tells the tracer.
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
    """A net whose steps cannot be known before they are taken."""


def trace(module, constants):
    """Steps of a module's forward pass, some of its arguments being constants.

    Layers of torch's own, dropout layers and what cannot be traced are one step each.

    Parameters
    ----------
    module : torch.nn.Module
        The net; it stays as it is.
    constants : dict of str to object
        Arguments of its ``forward``, by name, whose values may decide what it does.

    Returns
    -------
    torch.fx.Graph
        The steps.

    Raises
    ------
    Untraceable
        If the data decide what the module does.
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
        if len(untraced) > n_known:  # again, with these as steps
            continue
        if isinstance(fault, Untraceable):
            raise fault
        if fault is not None:
            reason = str(fault).partition("\n")[0]
            raise Untraceable(f"torch.fx cannot trace the module: {reason}") from fault
        return attempt.graph()


class _Attempt:
    """A copy of a module whose layers tell a tracer that they are called."""

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
        """Let what is made of parameters be steps, too."""
        names = {id(p): name for name, p in self.root.named_parameters()}
        self.parameters = {
            name: self.tracer.create_proxy("get_attr", name, (), {})
            for name in names.values()
        }
        for layer in self.root.modules():
            for name, p in layer._parameters.items():
                if p is not None:  # an attribute is found before a parameter
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
            if len(self.untraced) == n_known:  # none of its parts, but itself
                self.untraced.add(name)
            raise

    def run(self, constants):
        """Take the steps, on what stands for the module's arguments."""
        forward, args = self.tracer.create_args_for_root(
            with_math(type(self.root).forward, self.tracer), True, constants
        )
        output = self.tracer.create_arg(forward(*args))
        self.tracer.create_node("output", "output", (output,), {})

    def graph(self):
        """The steps taken, without parameters that none of them needs."""
        for parameter in self.parameters.values():
            if not parameter.node.users:
                self.tracer.graph.erase_node(parameter.node)
        return self.tracer.graph


@contextlib.contextmanager
def stateless(module):
    """Refuse a module that keeps what it computes."""
    before = [(vars(layer), _State(layer)) for layer in module.modules()]
    yield
    for now, state in before:
        if state.has_changed(now):
            raise Untraceable(f"{state.name} keeps what it computes")


class _State:
    """Attributes of a layer, and what those that are containers hold."""

    def __init__(self, layer):
        self.name, self.attributes = type(layer).__name__, dict(vars(layer))
        self.held = [
            (value, copy.copy(value))
            for value in self.attributes.values()
            if isinstance(value, dict | list | set)
        ]

    def has_changed(self, now):
        """Whether an attribute is another, or holds something else."""
        return not _same(now, self.attributes) or not all(
            _same(value, held) for value, held in self.held
        )


def _same(container, other):
    """Whether two containers hold the same objects, in the same order."""
    parts, others = map(_parts, (container, other))
    return len(parts) == len(others) and all(map(operator.is_, parts, others))


def _parts(container):
    return [*container, *(container.values() if isinstance(container, dict) else ())]
