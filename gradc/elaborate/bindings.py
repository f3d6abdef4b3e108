"""What a name can stand for, and an expression evaluate to, while a tree is elaborated.

An expression evaluates to a *value* of the graph, an instance of a layer, or a *known* of compile
time, which stays one until an operation wants it as an operand. A name may stand for more: a typed
constant, or nothing at all because its statement failed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import EllipsisType
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeGuard

from gradc.ir.library import Library
from gradc.ir.node import Value
from gradc.ir.operation import Operation
from gradc.ir.origin import Calling
from gradc.ir.sizes import Poly, Size
from gradc.ir.types import Checked
from gradc.records import dataclass, field
from gradc.source import Span
from gradc.syntax import tree

if TYPE_CHECKING:
    from gradc.elaborate.habits.table import Habits

Scalar: TypeAlias = "bool | int | float | Poly"
"""A number or a size: what can be a scalar operand."""

Numbers: TypeAlias = "Scalar | tuple[Numbers, ...]"
"""A number, or a list of lists of them."""

Known: TypeAlias = "Scalar | str | tuple[Bound, ...] | None"
"""A compile-time value. A list may hold values of the graph, which `is_runtime` tells."""

Bound: TypeAlias = "Known | Value | Instance"
"""What an expression evaluates to; several results of a call come as `Results`."""

Binding: TypeAlias = "Bound | ConstArray | Poison"
"""What a name stands for."""

Attribute: TypeAlias = "Bound | EllipsisType | tuple[Attribute, ...]"
"""A compile-time argument of an operation; the entries of an index hold `...` as well."""

Callee: TypeAlias = "Operation | Function | Instance | NamedFunction"
"""What can be called."""


@dataclass(frozen=True, slots=True)
class ConstArray:
    """A typed `const`: becomes a value where it is used."""

    name: str
    data: Numbers
    dtype: str
    shape: tuple[Size, ...]


class Results(tuple["Bound", ...]):
    """Several results of a call: a list but for that no array is made of them."""

    __slots__ = ()


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

    @property
    def result_count(self) -> int:
        """How many results a call has; 0 where the body does not say so."""
        last = self.definition.body[-1] if self.definition.body else None
        return len(last.values) if isinstance(last, tree.Return) else 0


def parameter_names(function: Any) -> tuple[str, ...]:
    """What a function in Python calls the arguments that it takes by position."""
    code = function.__code__
    names: tuple[str, ...] = code.co_varnames[: code.co_argcount]
    return names


@dataclass(frozen=True, slots=True)
class NamedFunction:
    """A function of the library written in Python.

    It takes types and knowns and returns a known, or a size that is `Checked`; one that `builds`
    takes values, and a function that makes nodes first. The arguments at the positions in `arrays`
    are arrays.
    """

    run: Callable[..., Bound | Checked]
    arrays: frozenset[int] = frozenset()
    builds: bool = False


@dataclass(slots=True, eq=False)
class Instance:
    """One use of a layer: its path (`block.attn`), parameters and inner instances by name."""

    path: str
    layer: Function
    arguments: dict[str, Binding]
    span: Span
    value: Bound = None
    made: Bound = None  # by its first call, whatever name that is bound to
    members: dict[str, Value | Instance] = field(default_factory=dict)
    given: Mapping[str, Value] = field(default_factory=dict)
    """Other values for its parameters, where it is called once more with some."""


@dataclass(slots=True, eq=False)
class ModuleScope:
    """The names that functions of a file see: constants, dimensions, functions and layers.

    `dtype` is None for a library file without one: it follows the file being compiled. `values` are
    the lines of a file's values, which no function sees, for what is said of them.
    """

    name: str
    functions: dict[str, Function] = field(default_factory=dict)
    constants: dict[str, Binding] = field(default_factory=dict)
    modules: dict[str, ModuleScope] = field(default_factory=dict)
    values: dict[str, int] = field(default_factory=dict)
    dtype: str | None = None
    trusted: bool = False  # of gradc's own library: may call its functions written in Python


@dataclass(slots=True, eq=False)
class Scope:
    """The names visible at one place: local ones, then those of the file."""

    module: ModuleScope
    values: dict[str, Binding] = field(default_factory=dict)
    instance: Instance | None = None  # the layer instance whose body this is
    top: bool = False  # the file itself
    rest: tuple[Size, ...] | None = None  # the sizes that `...` stands for
    called: Calling | None = None  # the call whose body this is
    held: frozenset[str] = frozenset()  # names that something is differentiated by

    def find(self, name: str) -> Binding:
        """The binding of a name; KeyError where there is none."""
        if name in self.values:
            return self.values[name]
        return self.module.constants[name]


class Catalogue(Library, Protocol):
    """The library as elaboration needs it."""

    def find_callable(self, name: str, trusted: bool) -> Operation | Function | None:
        """The primitive or composite of this name or alias; internal ones for the library alone."""

    def named_function(self, name: str) -> NamedFunction | None:
        """A function written in Python that library bodies may call."""

    def layer_module(self, name: str) -> ModuleScope | None:
        """A file of the standard library, such as `nn`."""

    def callable_names(self) -> list[str]:
        """Every name that can be called, for near misses."""

    @property
    def habits(self) -> Habits:
        """What other systems call things, and what is written here instead."""


PREDEFINED: Mapping[str, float] = {
    "inf": float("inf"),
    "nan": float("nan"),
    "pi": 3.141592653589793,
    "e": 2.718281828459045,
}


def is_number(bound: object) -> TypeGuard[Scalar]:
    """Whether a known can be a scalar operand."""
    return isinstance(bound, int | float | Poly)


def is_runtime(bound: object) -> bool:
    """Whether a bound is, or holds, a value of run time."""
    if isinstance(bound, tuple):
        return any(is_runtime(item) for item in bound)
    return isinstance(bound, Value | Instance)


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
