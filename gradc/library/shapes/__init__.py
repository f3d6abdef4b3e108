"""Type rules: what an operation makes of the types of its operands. Stanzas call these by name.

Each takes types and compile-time attributes and returns a `Typing`, or raises TypeMismatch with
the operands to blame. Attributes come back in canonical form (axes counted from 0).
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType

from gradc.ir.operation import Typing
from gradc.library import indexed
from gradc.library.shapes import (
    elementwise,
    linalg,
    made,
    movement,
    picking,
    reductions,
    windows,
)

_MODULES = (elementwise, made, movement, indexed, reductions, picking, linalg, windows)

FUNCTIONS: dict[str, Callable[..., Typing]] = {
    name: function
    for module in _MODULES
    for name, function in vars(module).items()
    if isinstance(function, FunctionType)
    and function.__module__ == module.__name__
    and not name.startswith("_")
}
