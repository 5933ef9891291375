"""Redirect functions that refer to an object to a copy of it; layer 3."""

import functools
import operator
import types
from typing import Any

__all__ = ["rebound"]


def rebound(call: Any, memo: dict[int, Any]) -> Any:
    """Return a function that refers to copies where `call` refers to the originals.

    ``copy.deepcopy`` does not copy functions: the ``forward`` that was set on a copied
    layer would go on calling the original layers.

    Parameters
    ----------
    call : object
        A method, function or ``functools.partial``, or an object such a function holds.
    memo : dict of int to object
        Copies, by the ``id`` of their originals.

    Returns
    -------
    object
        The redirected function; `call` itself if it refers to no copied object.
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
        except ValueError:  # a cell that has not been assigned yet
            return call
        return _remade(call, held, memo, _function)
    return call


def _remade(call, held, memo, make):
    """Rebuild `call` if any object that it holds has a copy."""
    memo.setdefault(id(memo), []).append(call)  # keeps call alive, and so its id unique
    memo[id(call)] = call  # it may refer to itself
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
