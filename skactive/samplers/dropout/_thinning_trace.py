"""The steps that a net takes, traced without leaving a trace in it; layer 2.

Nothing here imports torch: a net that was trained has.
"""

import contextlib
import copy
import sys

from skactive.samplers.dropout._masks import is_noisy

__all__ = ["Untraceable", "stateless", "trace"]


class Untraceable(Exception):
    """A net whose steps cannot be known before they are taken."""


def trace(module, constants):
    """Steps of a module's forward pass, some of its arguments being constants.

    Layers of torch's own, dropout layers and what cannot be traced are one step each.

    Parameters
    ----------
    module : torch.nn.Module
        The net.
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
    torch, untraced = sys.modules["torch"], set()

    class Tracer(torch.fx.Tracer):
        def is_leaf_module(self, m, module_qualified_name):
            if isinstance(m, torch.nn.modules.dropout._DropoutNd) or is_noisy(m):
                return True
            return m in untraced or super().is_leaf_module(m, module_qualified_name)

        def call_module(self, m, forward, args, kwargs):
            n_known = len(untraced)
            try:
                return super().call_module(m, forward, args, kwargs)
            except Exception:
                if len(untraced) == n_known:  # none of its parts, but itself
                    untraced.add(m)
                raise

    while True:
        n_known, graph, fault = len(untraced), None, None
        try:
            graph = Tracer().trace(module, constants)
        except Exception as error:
            fault = error
        if len(untraced) > n_known:  # again, with these as steps
            continue
        if fault is not None:
            reason = str(fault).partition("\n")[0]
            raise Untraceable(f"torch.fx cannot trace the module: {reason}") from fault
        return graph


@contextlib.contextmanager
def stateless(module):
    """Refuse a module that keeps what it computes, and take back what it kept."""
    before = [(vars(layer), _State(layer)) for layer in module.modules()]
    try:
        yield
    finally:
        keeping = [state.name for now, state in before if state.has_changed(now)]
        for now, state in before:
            state.give_back(now)
    if keeping:
        raise Untraceable(f"{keeping[0]} keeps what it computes")


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

    def give_back(self, now):
        """Make all attributes what they were."""
        for value, held in [(now, self.attributes), *self.held]:
            if not _same(value, held):
                value.clear()
                (value.extend if isinstance(value, list) else value.update)(held)


def _same(container, other):
    """Whether two containers hold the same objects, in the same order."""
    parts, others = map(_parts, (container, other))
    return len(parts) == len(others) and all(map(lambda a, b: a is b, parts, others))


def _parts(container):
    return [*container, *(container.values() if isinstance(container, dict) else ())]
