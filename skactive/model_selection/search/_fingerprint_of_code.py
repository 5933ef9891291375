"""What functions and classes consist of, for `digest`; layer 6.

What can be imported is known by its name: its module is part of a program that the
user keeps. What was written in a script, a notebook or another function has no such
name, and consists of its code and of all that the code refers to.
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

# Of a class, what Python makes of the rest, or what results cannot depend on
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
    """What goes into the hash as it is."""


def path_of(kind: Any) -> str:
    """Dotted name of a class or a function."""
    return f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")


def is_importable(kind: Any) -> bool:
    """Whether a class or a function has a name in a module that others can import."""
    return kind.__module__ != "__main__" and "<" not in kind.__qualname__


def parts_of_function(function: types.FunctionType) -> Iterator[Any]:
    """Name of a function, and what one consists of that cannot be imported."""
    yield Bytes(path_of(function).encode())
    if not is_importable(function):
        yield function.__code__
        yield function.__defaults__
        yield function.__kwdefaults__
        yield [_content(cell) for cell in function.__closure__ or ()]
        yield vars(function)
        known = function.__globals__
        # helpers and constants of the same script: a name that is not there is built in
        yield {n: known[n] for n in sorted(_globals(function.__code__)) if n in known}


def parts_of_code(code: types.CodeType) -> Iterator[Any]:
    """All of a code that decides what it does; not where it stands in its file."""
    yield from (code.co_code, code.co_names, code.co_varnames, code.co_freevars)
    yield from (code.co_flags, code.co_argcount, code.co_kwonlyargcount)
    yield from (code.co_exceptiontable, code.co_consts)


def parts_of_class(kind: type) -> Iterator[Any]:
    """Name of a class, and what one consists of that cannot be imported."""
    yield Bytes(path_of(kind).encode())
    if not is_importable(kind):
        yield kind.__bases__
        yield {
            name: member
            for name, member in vars(kind).items()
            if name not in PASSED_OVER and not isinstance(member, SLOTS)
        }


def parts_of_member(member: Any) -> tuple | None:
    """The functions in a method or a property; None for anything else."""
    if isinstance(member, staticmethod | classmethod):
        return (member.__func__,)
    if isinstance(member, property):
        return member.fget, member.fset, member.fdel
    if isinstance(member, functools.cached_property):
        return (member.func,)  # beside it there may be a lock
    return None


def _globals(code):
    """Names of globals that a code, or one within it, refers to."""
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
    except ValueError:  # nothing has been assigned yet; a cell has no other sign of it
        return "<empty>"
