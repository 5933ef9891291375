"""Record calls of ``math`` functions in a trace; layer 3."""

import functools
import math
import types

from skactive._utils.torch import imported_torch

__all__ = ["with_math"]

FUNCTIONS = {f for name, f in vars(math).items() if callable(f) and name[0] != "_"}


def with_math(function, tracer):
    """Return a function that records its calls of ``math`` functions in a trace.

    torch.fx patches the ``math`` module for this, which affects the whole process. Here
    the function gets its own copy of its globals instead.

    Parameters
    ----------
    function : callable
        A ``forward``, as a method or a function.
    tracer : torch.fx.Tracer
        The tracer that records the calls.

    Returns
    -------
    callable
        The function; `function` itself if its globals do not refer to ``math``.
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
    """Wrap ``math``, or a function of it, to record calls."""
    if value is math:
        told = {f.__name__: functools.partial(_call, tracer, f) for f in FUNCTIONS}
        return types.SimpleNamespace(**{**vars(math), **told})
    return functools.partial(_call, tracer, value)


def _call(tracer, function, *args, **kwargs):
    """Record a call if an argument is a traced value, else make it."""
    proxies = imported_torch().fx.Proxy
    if any(isinstance(arg, proxies) for arg in [*args, *kwargs.values()]):
        return tracer.create_proxy("call_function", function, args, kwargs)
    return function(*args, **kwargs)
