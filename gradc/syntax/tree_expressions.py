"""Expressions and types in the tree of a `.graph` file, see `tree.py`."""

from __future__ import annotations

from typing import TypeAlias

from gradc.records import dataclass
from gradc.source import Span


@dataclass(slots=True, eq=False)
class Identifier:
    """A name where it is bound or referred to, stored as NFKC."""

    span: Span
    name: str


# --- expressions -----------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Number:
    """A numeric literal. `value` is an int or a float as Python would read it."""

    span: Span
    text: str
    value: int | float
    depth: int = 1


@dataclass(slots=True, eq=False)
class String:
    span: Span
    value: str
    depth: int = 1


@dataclass(slots=True, eq=False)
class Keyword:
    """`true`, `false` or `none`, as Python's `True`, `False`, `None`."""

    span: Span
    value: bool | None
    depth: int = 1


@dataclass(slots=True, eq=False)
class Name:
    span: Span
    name: str
    depth: int = 1


@dataclass(slots=True, eq=False)
class ListExpr:
    span: Span
    items: tuple[Expr, ...]
    depth: int


@dataclass(slots=True, eq=False)
class Unary:
    """`op` is `-` or `not`."""

    span: Span
    op: str
    operand: Expr
    depth: int


@dataclass(slots=True, eq=False)
class Binary:
    """`op` is one of `+ - * / // % @ ** < <= > >= == != and or`; `op_span` is the operator's."""

    span: Span
    op: str
    op_span: Span
    left: Expr
    right: Expr
    depth: int


@dataclass(slots=True, eq=False)
class Argument:
    """One argument of a call; `keyword` is None for a positional one."""

    span: Span
    keyword: Identifier | None
    value: Expr


@dataclass(slots=True, eq=False)
class Call:
    """`callee(args)`; `instance` is the name after `as`, where there is one."""

    span: Span
    callee: Expr
    args: tuple[Argument, ...]
    instance: Identifier | None
    depth: int


@dataclass(slots=True, eq=False)
class Member:
    """`base.name`: `x.T`, `x.shape`, `hidden.W`, `layers.Dense`."""

    span: Span
    base: Expr
    name: Identifier
    depth: int


@dataclass(slots=True, eq=False)
class Slice:
    span: Span
    start: Expr | None
    stop: Expr | None
    step: Expr | None


@dataclass(slots=True, eq=False)
class EllipsisItem:
    """`...` in an index or in the sizes of a type pattern."""

    span: Span


@dataclass(slots=True, eq=False)
class NewAxis:
    span: Span


IndexItem: TypeAlias = "Expr | Slice | EllipsisItem | NewAxis"


@dataclass(slots=True, eq=False)
class Index:
    """`base[items]`."""

    span: Span
    base: Expr
    items: tuple[IndexItem, ...]
    depth: int


@dataclass(slots=True, eq=False)
class Next:
    """`next h` read as a value inside a scan."""

    span: Span
    name: Identifier
    depth: int = 1


Expr: TypeAlias = (
    "Number | String | Keyword | Name | ListExpr | Unary | Binary | Call | Member | Index | Next"
)


# --- types -----------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class TypeExpr:
    """`f32[B, 3]`, `[..., D]`, `f32`: `dtype` or `sizes` is None where it is not stated."""

    span: Span
    dtype: str | None
    sizes: tuple[Expr | EllipsisItem, ...] | None


@dataclass(slots=True, eq=False)
class Target:
    """A name that a statement binds; `_` discards."""

    name: Identifier
    type: TypeExpr | None

    @property
    def span(self) -> Span:
        return self.name.span


@dataclass(slots=True, eq=False)
class Parameter:
    """A parameter of a function, layer or operation. `kind` is used in operations only."""

    span: Span
    name: Identifier
    type: TypeExpr | None
    default: Expr | None
    kind: Identifier | None = None
