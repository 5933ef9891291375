"""Copies of nets that evaluate points where nobody else can see; layer 3.

Evaluating a net changes it: hooks, modes, what its layers keep, and the chance that its
loader uses up. A query works on a copy, which shares the parameters alone.
"""

import contextlib
import copy
import functools
import sys
from collections.abc import Iterator
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.utils import Bunch

from skactive._utils.interrupts import pass_on_interrupts
from skactive._utils.torch import imported_torch
from skactive.samplers._rebinding import rebound
from skactive.samplers._seeds import PLAIN, global_seed

__all__ = ["bare_copy", "evaluated", "is_net", "loader", "own_net", "seeded"]


def is_net(model: Any) -> bool:
    """Whether `model` is a net of skorch's, which need not be imported."""
    names = {f"{cls.__module__}.{cls.__name__}" for cls in type(model).__mro__}
    return "skorch.net.NeuralNet" in names and (
        "skorch.probabilistic.GPBase" not in names
    )


def own_net(net: Any) -> Any:
    """A copy of a net in evaluation mode, which shares its parameters and no more.

    Parameters
    ----------
    net : NeuralNet
        Fitted; nobody sees that it was copied.

    Returns
    -------
    NeuralNet
        Its buffers, modes, hooks, and what its layers keep, are its own, and so is the
        chance of its loader.

    Raises
    ------
    TypeError
        If a layer holds something that cannot be copied; it is named.
    """
    own = object.__new__(type(net))  # copy.copy would pickle the module
    memo = {id(net): own}
    parts = {name: vars(net)[name] for name in vars(net) if _is_trained(net, name)}
    vars(own).update(vars(net))
    vars(own).update(_copied(parts, memo, type(net).__name__))
    for name, value in vars(net).items():
        if name not in parts and callable(value):
            vars(own)[name] = rebound(value, memo)
    # of the net itself, lest the copy hold itself, and outlive the query
    vars(own)["get_iterator"] = functools.partial(_iterator, net)
    return own


def bare_copy(module: Any) -> Any:
    """A copy of a module that shares its parameters, and has no hooks."""
    own = _copied({"module": module}, {}, type(module).__name__)["module"]
    for layer in own.modules():
        for hooks in _hooks(layer).values():
            hooks.clear()
    return own


def _is_trained(net, name):
    """Whether an attribute is a module that `initialize` made, not the parameter."""
    torch = imported_torch()
    return name.endswith("_") and isinstance(vars(net)[name], torch.nn.Module)


def _iterator(net, dataset, training=False):
    return loader(net, dataset, training=training)


def loader(net: Any, dataset: Any, training: bool = False) -> Any:
    """Batches of a net, seeded without use of torch's global generator."""
    torch = imported_torch()
    batches = net.get_iterator(dataset, training=training)
    if isinstance(batches, torch.utils.data.DataLoader):
        batches.generator = torch.Generator()
    return batches


def _copied(parts, memo, name):
    """Copies of modules, in evaluation mode, that share parameters with them."""
    layers = [layer for part in parts.values() for layer in part.modules()]
    _prepare(layers, memo)
    try:
        copies = copy.deepcopy(parts, memo)
    except Exception as error:
        pass_on_interrupts(error)
        raise TypeError(_why_not_copied(parts, memo, name, error)) from error
    for layer in layers:
        _rebind(layer, memo.get(id(layer), layer), memo)
    for part in copies.values():
        part.eval()
    return copies


def _prepare(layers, memo):
    """Note what of layers ``copy.deepcopy`` shall not copy itself."""
    every = vars(imported_torch().nn.Module())  # what every layer holds
    for layer in layers:
        memo.update((id(p), p) for p in layer._parameters.values() if p is not None)
        # a computed tensor has a history, without which it can be copied
        held = [value for name, value in vars(layer).items() if name not in every]
        kept = [t for t in _tensors_in([layer._buffers, held], set()) if not t.is_leaf]
        memo.update((id(tensor), tensor.detach().clone()) for tensor in kept)
        # whoever watches a layer goes on watching: hooks are not copied
        memo.update((id(hooks), type(hooks)()) for hooks in _hooks(layer).values())


def _hooks(layer):
    """What is called when a layer is, by the kind of call; empty if nothing is."""
    return {
        name: value
        for name, value in vars(layer).items()
        if name.endswith("_hooks") and isinstance(value, dict)
    }


def _rebind(layer, own, memo):
    """Let functions that a layer holds, and its hooks, call copies of layers."""
    if own is layer:  # its __deepcopy__ says so
        return
    for name, hooks in _hooks(layer).items():
        vars(own)[name].update((i, rebound(hook, memo)) for i, hook in hooks.items())
    for name, value in vars(layer).items():
        if callable(value) and not isinstance(value, type):
            again = rebound(value, memo)
            if again is not value:
                vars(own)[name] = again


def _tensors_in(value, seen):
    """Tensors in an object, however deep, but for those of other layers."""
    torch = imported_torch()
    if id(value) in seen or isinstance(value, type | torch.nn.Module):
        return
    seen.add(id(value))
    if isinstance(value, torch.Tensor):
        yield value
        return
    parts = value if isinstance(value, list | tuple | set | frozenset) else ()
    if isinstance(value, dict):
        parts = value.values()
    elif type(value).__module__ not in ("builtins", "types"):
        parts = [*parts, *getattr(value, "__dict__", {}).values()]
    for part in parts:
        yield from _tensors_in(part, seen)


def _why_not_copied(parts, memo, net, error):
    """Name what a copy cannot have."""
    for part in parts.values():
        for place, layer in part.named_modules():
            for name, value in vars(layer).items():
                if name == "_modules":  # each has its turn
                    continue
                try:
                    copy.deepcopy(value, memo.copy())
                except Exception as error:
                    where = f"{type(layer).__name__} {place!r}"
                    return (
                        f"{net}: a query works on a copy of the net, and {name!r} of "
                        f"{where} cannot be copied ({error}); keep it out of the "
                        "module, or give its class a __deepcopy__"
                    )
    return f"{net}: a query works on a copy of the net, which cannot be made: {error}"


def evaluated(model: Any) -> Any:
    """The model, for its predictions: each net in it is a copy that nobody else sees.

    Parameters
    ----------
    model : estimator
        Fitted; perhaps with nets in it, however deep.

    Returns
    -------
    estimator
        The model itself if no net is in it; else a copy that shares all but the nets.
    """
    return _with_own_nets(model, {}) if "skorch" in sys.modules else model


def _with_own_nets(part, seen):
    if id(part) in seen:
        return seen[id(part)]
    seen[id(part)] = part  # of a circle, the whole is what it was
    if is_net(part):
        seen[id(part)] = own_net(part)
    elif type(part) in (list, tuple):
        new = [_with_own_nets(each, seen) for each in part]
        if any(a is not b for a, b in zip(new, part, strict=True)):
            seen[id(part)] = type(part)(new)
    elif type(part) in (dict, Bunch):
        seen[id(part)] = _with_own_values(part, part, seen)
    elif isinstance(part, BaseEstimator) or type(part).__module__.startswith("sklearn"):
        seen[id(part)] = _with_own_values(part, getattr(part, "__dict__", {}), seen)
    return seen[id(part)]


def _with_own_values(whole, held, seen):
    """`whole`, or a shallow copy of it, in which nets are replaced."""
    new = {name: _with_own_nets(value, seen) for name, value in held.items()}
    new = {name: value for name, value in new.items() if value is not held[name]}
    if not new:
        return whole
    again = copy.copy(whole)
    (again if isinstance(whole, dict) else vars(again)).update(new)
    return again


@contextlib.contextmanager
def seeded(model: Any, seed: Any) -> Iterator[None]:
    """Run what a model does to global generators under a seed; give these back.

    Models that may use torch take turns, thread by thread; scikit-learn's own need not.
    """
    held = list(getattr(model, "__dict__", {}).values())
    if not all(isinstance(value, PLAIN) for value in held):  # it may hold models
        held = list(getattr(model, "get_params", dict)().values())
    parts = [model, *held]
    homes = [type(p).__module__ for p in parts if callable(getattr(p, "fit", None))]
    own = all(home.startswith(("sklearn.", "skactive.")) for home in homes)
    with global_seed(seed, of_torch=not own):
        yield
