"""Functions that hold an object, made to hold its copy; layer 3."""

import functools
import operator
import types
from typing import Any

__all__ = ["rebound"]


def rebound(call: Any, memo: dict[int, Any]) -> Any:
    """A function that reaches for copies where `call` reaches for what was copied.

    ``copy.deepcopy`` leaves functions as they are: a ``forward`` of a layer's own would
    go on calling the layers it was made for.

    Parameters
    ----------
    call : object
        A method, a function, a partial one, or what such a function holds.
    memo : dict of int to object
        Copies, by the ``id`` of what they are copies of.

    Returns
    -------
    object
        `call` itself where it reaches for nothing that was copied.
    """
    if id(call) in memo:
        return memo[id(call)]
    if isinstance(call, types.MethodType):
        owner = rebound(call.__self__, memo)
        same = owner is call.__self__
        return call if same else types.MethodType(call.__func__, owner)
    if isinstance(call, functools.partial):
        held = [call.func, *call.args, *call.keywords.values()]
        return _remade(call, held, memo, _partial)
    if isinstance(call, types.FunctionType) and call.__closure__:
        try:
            held = [cell.cell_contents for cell in call.__closure__]
        except ValueError:  # a cell that nothing was put into yet
            return call
        return _remade(call, held, memo, _function)
    return call


def _remade(call, held, memo, make):
    """`call` with other things in place of what it holds, if any has a copy."""
    memo.setdefault(id(memo), []).append(call)  # its id stays its own
    memo[id(call)] = call  # it may hold itself
    new = [rebound(thing, memo) for thing in held]
    if not all(map(operator.is_, held, new)):
        memo[id(call)] = make(call, new)
    return memo[id(call)]


def _partial(call, held):
    n = 1 + len(call.args)
    keywords = dict(zip(call.keywords, held[n:], strict=True))
    return functools.partial(held[0], *held[1:n], **keywords)


def _function(call, held):
    cells = tuple(map(types.CellType, held))
    made = types.FunctionType(
        call.__code__, call.__globals__, call.__name__, call.__defaults__, cells
    )
    made.__kwdefaults__ = call.__kwdefaults__
    return made
