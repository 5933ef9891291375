"""Copies of nets, so that evaluating a net leaves no trace on it; layer 3.

Evaluating a net has side effects on hooks, train and eval modes, buffers and other
state of layers, and on the random numbers of its data loader. A query therefore works
on a copy, which shares the parameters only.
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

__all__ = [
    "bare_copy",
    "evaluated",
    "is_net",
    "loader",
    "logits_hint",
    "own_net",
    "seeded",
]


def is_net(model: Any) -> bool:
    """Whether `model` is a skorch net; skorch itself is not imported."""
    names = {f"{cls.__module__}.{cls.__name__}" for cls in type(model).__mro__}
    return "skorch.net.NeuralNet" in names and (
        "skorch.probabilistic.GPBase" not in names
    )


def logits_hint(models: list) -> str:
    """Say how a net whose output is not a probability can return one.

    Parameters
    ----------
    models : list of fitted estimators
        The models of a sampler.

    Returns
    -------
    str
        What to do, about the first net; empty if there is none.
    """
    for net in filter(is_net, models):
        return (
            f"use {type(net).__name__}(..., criterion=torch.nn.CrossEntropyLoss) if "
            f"the module {type(net.module_).__name__} returns logits, since under "
            f"{type(net.criterion_).__name__} it must return probabilities; "
        )
    return ""


def own_net(net: Any) -> Any:
    """Copy a net in evaluation mode, sharing only its parameters.

    Parameters
    ----------
    net : NeuralNet
        Fitted net; it is not changed.

    Returns
    -------
    NeuralNet
        A net with its own buffers, modes, hooks, layer state, and random numbers of
        the data loader.

    Raises
    ------
    TypeError
        If a layer holds an object that cannot be copied; the message names it.
    """
    own = object.__new__(type(net))  # copy.copy would pickle the module
    memo = {id(net): own}
    parts = {name: vars(net)[name] for name in vars(net) if _is_trained(net, name)}
    vars(own).update(vars(net))
    vars(own).update(_copied(parts, memo, type(net).__name__))
    for name, value in vars(net).items():
        if name not in parts and callable(value):
            vars(own)[name] = rebound(value, memo)
    # bound to the original: if the copy held itself, only the garbage collector would
    # free it
    vars(own)["get_iterator"] = functools.partial(_iterator, net)
    return own


def bare_copy(module: Any) -> Any:
    """Copy a module, sharing its parameters and without its hooks."""
    own = _copied({"module": module}, {}, type(module).__name__)["module"]
    for layer in own.modules():
        for hooks in _hooks(layer).values():
            hooks.clear()
    return own


def _is_trained(net, name):
    """Whether an attribute is a module made by ``initialize``, not a parameter."""
    torch = imported_torch()
    return name.endswith("_") and isinstance(vars(net)[name], torch.nn.Module)


def _iterator(net, dataset, training=False):
    return loader(net, dataset, training=training)


def loader(net: Any, dataset: Any, training: bool = False) -> Any:
    """Return the net's data loader, without using torch's global generator."""
    torch = imported_torch()
    batches = net.get_iterator(dataset, training=training)
    if isinstance(batches, torch.utils.data.DataLoader):
        batches.generator = torch.Generator()
    return batches


def _copied(parts, memo, name):
    """Copy modules in evaluation mode, sharing parameters with the originals."""
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
    """Put into `memo` what ``copy.deepcopy`` must not copy by itself."""
    every = vars(imported_torch().nn.Module())  # attributes that every layer has
    for layer in layers:
        memo.update((id(p), p) for p in layer._parameters.values() if p is not None)
        # deepcopy refuses tensors that are part of a graph; a detached copy has none
        held = [value for name, value in vars(layer).items() if name not in every]
        kept = [t for t in _tensors_in([layer._buffers, held], set()) if not t.is_leaf]
        memo.update((id(tensor), tensor.detach().clone()) for tensor in kept)
        # hooks keep watching the original layer only; their tables are copied empty
        memo.update((id(hooks), type(hooks)()) for hooks in _hooks(layer).values())


def _hooks(layer):
    """Dictionaries of hooks of a layer, by name."""
    return {
        name: value
        for name, value in vars(layer).items()
        if name.endswith("_hooks") and isinstance(value, dict)
    }


def _rebind(layer, own, memo):
    """Make functions and hooks held by a layer refer to the copied layers."""
    if own is layer:  # its __deepcopy__ returns the layer itself
        return
    for name, hooks in _hooks(layer).items():
        vars(own)[name].update((i, rebound(hook, memo)) for i, hook in hooks.items())
    for name, value in vars(layer).items():
        if callable(value) and not isinstance(value, type):
            again = rebound(value, memo)
            if again is not value:
                vars(own)[name] = again


def _tensors_in(value, seen):
    """Find tensors in an object, at any depth, except those in other layers."""
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
    """Error message that names the attribute that cannot be copied."""
    for part in parts.values():
        for place, layer in part.named_modules():
            for name, value in vars(layer).items():
                if name == "_modules":  # named_modules visits them one by one
                    continue
                try:
                    copy.deepcopy(value, memo.copy())
                except Exception as error:
                    where = f"{type(layer).__name__} {place!r}"
                    return (
                        f"{net}: a query works on a copy of the net, but {name!r} of "
                        f"{where} cannot be copied ({error}); store it outside the "
                        "module, or give its class a __deepcopy__"
                    )
    return f"{net}: a query works on a copy of the net, but copying failed: {error}"


def evaluated(model: Any) -> Any:
    """Return a model for prediction, in which all nets are replaced by copies.

    Parameters
    ----------
    model : estimator
        Fitted model, which may contain nets at any depth.

    Returns
    -------
    estimator
        The model itself if it contains no net; else a copy that shares everything but
        the nets.
    """
    return _with_own_nets(model, {}) if "skorch" in sys.modules else model


def _with_own_nets(part, seen):
    if id(part) in seen:
        return seen[id(part)]
    seen[id(part)] = part  # stops at circular references
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
    """Return `whole`, or a shallow copy of it if it contains nets."""
    new = {name: _with_own_nets(value, seen) for name, value in held.items()}
    new = {name: value for name, value in new.items() if value is not held[name]}
    if not new:
        return whole
    again = copy.copy(whole)
    (again if isinstance(whole, dict) else vars(again)).update(new)
    return again


@contextlib.contextmanager
def seeded(model: Any, seed: Any) -> Iterator[None]:
    """Seed global random generators within a block, and restore them afterwards.

    Threads with models that may use torch take turns; others run in parallel.
    """
    held = list(getattr(model, "__dict__", {}).values())
    if not all(isinstance(value, PLAIN) for value in held):  # it may contain models
        held = list(getattr(model, "get_params", dict)().values())
    parts = [model, *held]
    homes = [type(p).__module__ for p in parts if callable(getattr(p, "fit", None))]
    own = all(home.startswith(("sklearn.", "skactive.")) for home in homes)
    with global_seed(seed, of_torch=not own):
        yield
