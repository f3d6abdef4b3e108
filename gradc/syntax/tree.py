"""The tree of a `.graph` file: what the text says, before any name has a meaning.

Every node carries its `span`. `depth` counts how far an expression nests, where the left spine of
a chain of binary operators (`a + b + c + …`) counts as one level: readers walk that spine in a
loop and may recurse for the rest, since the parser refuses more than `MAX_DEPTH` levels.
"""

from __future__ import annotations

from typing import TypeAlias

from gradc.records import dataclass, field
from gradc.source import Source, Span
from gradc.syntax.tree_expressions import (
    Argument,
    Binary,
    Call,
    EllipsisItem,
    Expr,
    Identifier,
    Index,
    IndexItem,
    Keyword,
    ListExpr,
    Member,
    Name,
    NewAxis,
    Next,
    Number,
    Parameter,
    Slice,
    String,
    Target,
    TypeExpr,
    Unary,
)

MAX_DEPTH = 100

__all__ = [
    "MAX_DEPTH",
    "Argument",
    "Assign",
    "Binary",
    "Call",
    "Clause",
    "ConstDecl",
    "DimDecl",
    "DtypeDecl",
    "EllipsisItem",
    "ExampleArgument",
    "ExampleDef",
    "Expr",
    "FnDef",
    "FromImport",
    "Identifier",
    "Import",
    "Index",
    "IndexItem",
    "InputDecl",
    "Keyword",
    "ListExpr",
    "Mark",
    "Member",
    "Module",
    "Name",
    "NewAxis",
    "Next",
    "Number",
    "OpDef",
    "OpResult",
    "ParamDecl",
    "Parameter",
    "Return",
    "Scan",
    "ScanOver",
    "Slice",
    "StateDecl",
    "Statement",
    "String",
    "Target",
    "TypeExpr",
    "Unary",
    "Update",
    "VjpDef",
    "WrtDecl",
]


@dataclass(slots=True, eq=False)
class DimDecl:
    span: Span
    items: tuple[tuple[Identifier, Expr | None], ...]
    doc: str = ""


@dataclass(slots=True, eq=False)
class DtypeDecl:
    span: Span
    dtype: str


@dataclass(slots=True, eq=False)
class InputDecl:
    """`value` is the example value."""

    span: Span
    name: Identifier
    type: TypeExpr | None
    value: Expr | None
    doc: str = ""


@dataclass(slots=True, eq=False)
class ParamDecl:
    """`initialiser` is a `Name` or `Call` after `~`; `value` is what stands after `=`.

    A parameter that an expression uses without declaring it is implied.
    """

    span: Span
    name: Identifier
    type: TypeExpr | None
    initialiser: Expr | None
    value: Expr | None
    doc: str = ""
    is_implied: bool = False


@dataclass(slots=True, eq=False)
class ConstDecl:
    span: Span
    name: Identifier
    type: TypeExpr | None
    value: Expr
    doc: str = ""


@dataclass(slots=True, eq=False)
class StateDecl:
    span: Span
    name: Identifier
    type: TypeExpr | None
    value: Expr | None
    doc: str = ""


@dataclass(slots=True, eq=False)
class Assign:
    """`a = …` or `q, k, v = …`. `role` is "output" or "loss" where the statement starts so.

    In a `scan`, `next h, c = …` has the role "next", and an output may say its `axis`. `by` is what
    a loss alone is differentiated by.
    """

    span: Span
    targets: tuple[Target, ...]
    value: Expr
    role: str = ""
    axis: Expr | None = None
    doc: str = ""
    by: WrtDecl | None = None


@dataclass(slots=True, eq=False)
class Mark:
    """`output p, q` or `loss J` over values that are defined elsewhere (the rest as in Assign)."""

    span: Span
    role: str
    names: tuple[Identifier, ...]
    by: WrtDecl | None = None


@dataclass(slots=True, eq=False)
class WrtDecl:
    """`wrt w, hidden.W`, a statement or behind a loss. The parts of a path are joined by dots."""

    span: Span
    paths: tuple[Identifier, ...]


@dataclass(slots=True, eq=False)
class Update:
    span: Span
    name: Identifier
    value: Expr


@dataclass(slots=True, eq=False)
class Return:
    span: Span
    values: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class FnDef:
    """A function or a layer. `fn f(x) = expr` has a body of one `Return`.

    `results` are the stated types of the results, or None. `role` is "fn" or "layer".
    """

    span: Span
    role: str
    name: Identifier
    parameters: tuple[Parameter, ...]
    results: tuple[TypeExpr, ...] | None
    body: tuple[Statement, ...]
    doc: str = ""


@dataclass(slots=True, eq=False)
class VjpDef:
    """`vjp f(x) -> y; dy { … }`."""

    span: Span
    name: Identifier
    parameters: tuple[Identifier, ...]
    results: tuple[Identifier, ...]
    cotangents: tuple[Identifier, ...]
    body: tuple[Statement, ...]


@dataclass(slots=True, eq=False)
class Import:
    """`import "layers.graph" as layers`."""

    span: Span
    path: String
    alias: Identifier


@dataclass(slots=True, eq=False)
class FromImport:
    """`from "layers.graph" import Dense, relu6 as clamp`; `from nn import …` has a Name."""

    span: Span
    path: String | Name
    names: tuple[tuple[Identifier, Identifier], ...]  # (name in the file, name here)


@dataclass(slots=True, eq=False)
class ScanOver:
    target: Identifier
    sequence: Expr
    axis: Expr | None


@dataclass(slots=True, eq=False)
class Scan:
    """`scan h, c = h0, c0 over x_t in x times n unshared { … }`."""

    span: Span
    carried: tuple[Identifier, ...]
    initial: tuple[Expr, ...]
    over: tuple[ScanOver, ...]
    times: Expr | None
    unshared: bool
    body: tuple[Statement, ...]


# --- operation libraries ---------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class OpResult:
    """`-> y: reduced(x, axis, keepdims)`: the name of a result and the call that types it."""

    name: Identifier
    type: Call


@dataclass(slots=True, eq=False)
class Clause:
    """A line in the body of an `op` such as `numpy ufunc "np.tanh"`: a word and what follows."""

    span: Span
    word: str
    items: tuple[str, ...]  # names and string values, in order


@dataclass(slots=True, eq=False)
class OpDef:
    """A primitive. `rules` are the `vjp` statements in order, single or from a block."""

    span: Span
    name: Identifier
    parameters: tuple[Parameter, ...]
    results: tuple[OpResult, ...]
    rules: tuple[Statement, ...]
    clauses: tuple[Clause, ...]
    doc: str = ""


@dataclass(slots=True, eq=False)
class ExampleArgument:
    """`x: f32[2, 3] in (-3, 3)` draws an array; `axis = 1` is a compile-time value."""

    name: Identifier
    type: TypeExpr | None
    low: Expr | None
    high: Expr | None
    value: Expr | None


@dataclass(slots=True, eq=False)
class ExampleDef:
    """`example softmax(x: [3, 4] in (-2, 2), axis = 0)`: a call that the derived tests run."""

    span: Span
    name: Identifier
    args: tuple[ExampleArgument, ...]


Statement: TypeAlias = (
    "DimDecl | DtypeDecl | InputDecl | ParamDecl | ConstDecl | StateDecl | Assign | Mark | WrtDecl"
    " | Update | Return | FnDef | VjpDef | Import | FromImport | Scan | OpDef | ExampleDef"
)


_DEFINITIONS = (DimDecl, DtypeDecl, ConstDecl, FnDef, VjpDef, Import, FromImport)


@dataclass(slots=True, eq=False)
class Module:
    """A whole file. `comments` are the (offset, text) of every comment, for pragmas."""

    source: Source
    statements: tuple[Statement, ...]
    doc: str = ""
    comments: list[tuple[int, str]] = field(default_factory=list)

    @property
    def defines_only(self) -> bool:
        """Whether it holds what other files import, and nothing that is computed."""
        told = self.statements
        imported = any(isinstance(s, FnDef | ConstDecl) for s in told)
        return imported and all(isinstance(s, _DEFINITIONS) for s in told)
