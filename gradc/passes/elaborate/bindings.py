"""What a name can stand for while a tree is elaborated.

A *known* is a compile-time value: a bool, int, float, str, None, a size (`Poly`), or a tuple of
knowns (a list). It stays one until an operation wants it as an operand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from gradc.ir.graph import Value
from gradc.ir.operation import Operation
from gradc.ir.sizes import Poly
from gradc.source import Span
from gradc.syntax import tree

Known: TypeAlias = Any
"""bool | int | float | str | None | Poly | tuple of Known."""

Bound: TypeAlias = Any
"""Known | Value | Instance."""


@dataclass(frozen=True, slots=True)
class ConstArray:
    """A typed `const`: becomes a value where it is used."""

    name: str
    data: Any
    dtype: str
    shape: tuple[Any, ...]


class Poison:
    """The binding of a name whose statement failed: what uses it is passed over in silence."""


POISON = Poison()


@dataclass(slots=True, eq=False)
class Function:
    """A function or layer, with the file it was written in."""

    definition: tree.FnDef
    module: ModuleScope
    rule: tree.VjpDef | None = None
    broken: bool = False  # its definition makes no sense: calls are passed over in silence

    @property
    def name(self) -> str:
        return self.definition.name.name

    @property
    def is_layer(self) -> bool:
        return self.definition.role == "layer"


@dataclass(slots=True, eq=False)
class Instance:
    """One use of a layer: its path (`block.attn`), parameters and inner instances by name."""

    path: str
    layer: Function
    arguments: dict[str, Bound]
    span: Span
    value: Bound = None
    members: dict[str, Bound] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class ModuleScope:
    """The names that functions of a file see: constants, dimensions, functions and layers.

    `dtype` is None for a library file without one: it follows the file being compiled.
    """

    name: str
    functions: dict[str, Function] = field(default_factory=dict)
    constants: dict[str, Bound] = field(default_factory=dict)
    modules: dict[str, ModuleScope] = field(default_factory=dict)
    dtype: str | None = None
    trusted: bool = False  # of gradc's own library: may call the functions of library/shapes.py


@dataclass(slots=True, eq=False)
class Scope:
    """The names visible at one place: local ones, then those of the file."""

    module: ModuleScope
    values: dict[str, Bound] = field(default_factory=dict)
    instance: Instance | None = None  # the layer instance whose body this is
    top: bool = False  # the file itself

    def find(self, name: str) -> Bound | Poison:
        """The binding of a name; KeyError where there is none."""
        if name in self.values:
            return self.values[name]
        return self.module.constants[name]


class Catalogue(Protocol):
    """The library as the elaborator needs it."""

    def operation(self, name: str) -> Operation: ...

    def find_callable(self, name: str, trusted: bool) -> Operation | Function | None:
        """The primitive or composite of this name or alias; internal ones for the library alone."""

    def named_function(self, name: str) -> Callable[..., Known] | None:
        """A list or shape function that library bodies may call."""

    def layer_module(self, name: str) -> ModuleScope | None:
        """A file of the standard library, such as `nn`."""

    def callable_names(self) -> list[str]:
        """Every name that can be called, for near misses."""


PREDEFINED: Mapping[str, float] = {
    "inf": float("inf"),
    "nan": float("nan"),
    "pi": 3.141592653589793,
    "e": 2.718281828459045,
}


def is_number(known: object) -> bool:
    """Whether a known can be a scalar operand."""
    return isinstance(known, bool | int | float | Poly)


def describe(bound: object) -> str:
    """A binding in a few words, for messages."""
    match bound:
        case Value():
            return str(bound.type)
        case Instance():
            return f"an instance of the layer `{bound.layer.name}`"
        case tuple():
            return "a list"
        case str():
            return f'the string "{bound}"'
        case None:
            return "`none`"
        case bool():
            return f"`{str(bound).lower()}`"
        case _:
            return f"the number {bound}"
