"""Type rules: what an operation makes of the types of its operands. Stanzas call these by name.

Each takes types and compile-time attributes and returns a `Typing`, or raises TypeMismatch with
the operands to blame. Attributes come back in canonical form (axes counted from 0).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from types import FunctionType, ModuleType

from gradc.ir.operation import Typing


def _modules() -> Iterator[ModuleType]:
    """Where the functions stand; what few graphs ask for is imported where one does."""
    from gradc.library.shapes import elementwise, made, movement, reductions

    yield from (elementwise, reductions, movement, made)
    from gradc.library.shapes import linalg

    yield linalg
    from gradc.library import indexed
    from gradc.library.shapes import picking, windows

    yield from (indexed, picking, windows)


@cache
def function_of(name: str) -> Callable[..., Typing] | None:
    """The type rule of a name; None where there is no such."""
    for module in _modules():
        found = vars(module).get(name)
        if isinstance(found, FunctionType) and found.__module__ == module.__name__:
            return found
    return None
