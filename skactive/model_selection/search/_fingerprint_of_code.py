"""Parts of functions and classes, for `digest`; layer 6.

Functions and classes that can be imported are identified by their names, as their
module is part of a program that the user manages. Those of a script, a notebook or
inside a function are identified by their code and everything that it refers to.
"""

import dis
import functools
import types
from collections.abc import Iterator
from typing import Any

__all__ = [
    "Bytes",
    "is_importable",
    "parts_of_class",
    "parts_of_code",
    "parts_of_function",
    "parts_of_member",
    "path_of",
]

# Attributes of a class that Python derives from others, or that do not affect results
PASSED_OVER = {
    "__abstractmethods__",
    "__annotations__",
    "__dataclass_fields__",
    "__dataclass_params__",
    "__dict__",
    "__doc__",
    "__firstlineno__",
    "__module__",
    "__static_attributes__",
    "__weakref__",
    "_abc_impl",
}
SLOTS = types.MemberDescriptorType, types.GetSetDescriptorType


class Bytes(bytes):
    """Bytes that go into the hash directly."""


def path_of(kind: Any) -> str:
    """Dotted name of a class or function."""
    return f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")


def is_importable(kind: Any) -> bool:
    """Whether a class or function can be imported by its name."""
    return kind.__module__ != "__main__" and "<" not in kind.__qualname__


def parts_of_function(function: types.FunctionType) -> Iterator[Any]:
    """Name of a function, and its parts if it cannot be imported."""
    yield Bytes(path_of(function).encode())
    if not is_importable(function):
        yield function.__code__
        yield function.__defaults__
        yield function.__kwdefaults__
        yield [_content(cell) for cell in function.__closure__ or ()]
        yield vars(function)
        known = function.__globals__
        # helpers and constants of the same script; other names are builtins
        yield {n: known[n] for n in sorted(_globals(function.__code__)) if n in known}


def parts_of_code(code: types.CodeType) -> Iterator[Any]:
    """Parts of a code object that decide what it does; not its line numbers."""
    yield from (code.co_code, code.co_names, code.co_varnames, code.co_freevars)
    yield from (code.co_flags, code.co_argcount, code.co_kwonlyargcount)
    yield from (code.co_exceptiontable, code.co_consts)


def parts_of_class(kind: type) -> Iterator[Any]:
    """Name of a class, and its parts if it cannot be imported."""
    yield Bytes(path_of(kind).encode())
    if not is_importable(kind):
        yield kind.__bases__
        yield {
            name: member
            for name, member in vars(kind).items()
            if name not in PASSED_OVER and not isinstance(member, SLOTS)
        }


def parts_of_member(member: Any) -> tuple | None:
    """Functions of a method descriptor or property; None for anything else."""
    if isinstance(member, staticmethod | classmethod):
        return (member.__func__,)
    if isinstance(member, property):
        return member.fget, member.fset, member.fdel
    if isinstance(member, functools.cached_property):
        return (member.func,)  # it may also hold a lock, which cannot be pickled
    return None


def _globals(code):
    """Names of globals to which a code object, or one nested in it, refers."""
    names = {
        instruction.argval
        for instruction in dis.get_instructions(code)
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME")
    }
    inner = [part for part in code.co_consts if isinstance(part, types.CodeType)]
    return names.union(*map(_globals, inner))


def _content(cell):
    try:
        return cell.cell_contents
    except ValueError:  # not assigned yet, which can only be found out by trying
        return "<empty>"
