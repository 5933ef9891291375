"""Functions of ``math``, which a net takes of shapes, as steps of a trace; layer 3."""

import functools
import math
import types

from skactive._utils.torch import imported_torch

__all__ = ["with_math"]

FUNCTIONS = {f for name, f in vars(math).items() if callable(f) and name[0] != "_"}


def with_math(function, tracer):
    """A function that tells a tracer which functions of ``math`` it calls.

    torch.fx puts its own in their place in ``math`` itself, for the whole process; here
    the function sees globals of its own.

    Parameters
    ----------
    function : callable
        A ``forward``, bound or not.
    tracer : torch.fx.Tracer
        Is told.

    Returns
    -------
    callable
        `function` itself where its module knows nothing of ``math``.
    """
    if isinstance(function, types.MethodType):
        made = with_math(function.__func__, tracer)
        return types.MethodType(made, function.__self__)
    if not isinstance(function, types.FunctionType):
        return function
    known = function.__globals__
    told = {name: _told(value, tracer) for name, value in known.items() if _of(value)}
    if not told:
        return function
    made = types.FunctionType(
        function.__code__,
        {**known, **told},
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    made.__kwdefaults__ = function.__kwdefaults__
    return made


def _of(value):
    is_function = isinstance(value, types.BuiltinFunctionType)
    return value is math or (is_function and value in FUNCTIONS)


def _told(value, tracer):
    """``math``, or a function of it, that tells the tracer."""
    if value is math:
        told = {f.__name__: functools.partial(_call, tracer, f) for f in FUNCTIONS}
        return types.SimpleNamespace(**{**vars(math), **told})
    return functools.partial(_call, tracer, value)


def _call(tracer, function, *args, **kwargs):
    """A step of the trace, if an argument is one; else what the function gives."""
    proxies = imported_torch().fx.Proxy
    if any(isinstance(arg, proxies) for arg in [*args, *kwargs.values()]):
        return tracer.create_proxy("call_function", function, args, kwargs)
    return function(*args, **kwargs)
