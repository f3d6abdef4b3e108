"""Graphs: values, the nodes that make them, and what goes in and out.

A graph is an ordered list of nodes in single assignment. Nodes are compared by identity, never
merged behind the user's back: order and names are part of the product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gradc.ir.sizes import Size, dimensions_of
from gradc.ir.types import Type
from gradc.source import Span

if TYPE_CHECKING:
    from gradc.ir.operation import Operation


@dataclass(slots=True, eq=False)
class Value:
    """A value of a graph. `name` is what it would like to be called; it need not be unique.

    Behind the statement that it serves stand, after dots, the parts that it is of: `h.attn.scores`.
    """

    name: str
    type: Type
    named: bool = False  # by the user, rather than after the statement it serves
    nameless: bool = False  # nobody named it: the last part is what its operation makes

    @property
    def shown(self) -> str:
        """The name for a reader, who does not know of parts."""
        return self.name if self.named else self.name.replace(".", "_")

    def again(self, name: str = "") -> Value:
        """Another value like it."""
        return Value(name or self.name, self.type, self.named, self.nameless)

    def __repr__(self) -> str:
        return f"%{self.name}: {self.type}"


@dataclass(slots=True, eq=False)
class Origin:
    """Where nodes come from: a statement of the user's file and, in between, what it called.

    Nodes of one statement are printed as one paragraph. Where it calls layers, or functions of the
    user's, each call has a title of its own, and `within` is the statement of the innermost one.
    """

    span: Span | None
    prefix: str  # names of intermediate values start with it
    titles: tuple[str, ...] = ()
    within: str = ""

    def named(self, prefix: str) -> Origin:
        """The same place, for values of other names."""
        return Origin(self.span, prefix, self.titles, self.within)


@dataclass(slots=True, eq=False)
class Node:
    """An operation applied to operands; `attrs` are in the order of the operation's attributes."""

    op: Operation
    operands: tuple[Value, ...]
    attrs: tuple[Any, ...]
    results: tuple[Value, ...]
    origin: Origin
    adjoint_of: Node | None = None
    span: Span | None = None  # the expression, where it is more precise than the origin

    @property
    def result(self) -> Value:
        return self.results[0]

    def attr(self, name: str) -> Any:
        return self.attrs[self.op.attribute_index[name]]


@dataclass(frozen=True, slots=True)
class Check:
    """What only sizes at run time can settle; `text` says what is wrong where it fails.

    `relation` is `divides` (left divides right), `at_most` or `equal`.
    """

    relation: str
    left: Size
    right: Size
    text: str
    span: Span | None = field(default=None, compare=False)

    @property
    def dimensions(self) -> set[str]:
        """The dimensions that it is about."""
        return dimensions_of(self.left) | dimensions_of(self.right)


@dataclass(frozen=True, slots=True)
class Initialiser:
    """How a parameter starts: `kind` with numeric arguments, or `value` with a literal."""

    kind: str
    args: tuple[float, ...] = ()
    data: Any = None  # nested tuples of numbers, for kind "value"
    text: str = ""  # as the user wrote it
    slice_rank: int | None = None  # the axes of one slice, where each is initialised by itself


@dataclass(frozen=True, slots=True)
class Input:
    name: str
    value: Value
    span: Span | None
    example: Any = None  # nested tuples of numbers
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Param:
    name: str
    value: Value
    initialiser: Initialiser
    span: Span | None
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    name: str
    value: Value
    span: Span | None
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Dim:
    """A dimension. `size` is None where it is free, an integer where it is fixed, else derived."""

    name: str
    size: Size | None
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Derivation:
    """What one statement contributes to the cotangent of a value that it uses.

    It is `partial` where other statements contribute too.
    """

    origin: Origin  # of the statement
    value: Value
    contribution: Value
    partial: bool = False

    @property
    def span(self) -> Span | None:
        return self.origin.span


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph at any stage.

    `nodes` are the primal; after `differentiate`, `adjoints` follow them, `seeds` are the
    cotangents that the caller gives and `gradients` what comes out, in the order of `wrt`.
    """

    dims: tuple[Dim, ...]
    inputs: tuple[Input, ...]
    params: tuple[Param, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[Output, ...]
    loss: str | None
    wrt: tuple[str, ...]
    checks: tuple[Check, ...] = ()
    doc: str = ""
    adjoints: tuple[Node, ...] = ()
    seeds: tuple[Output, ...] = ()
    gradients: tuple[Output, ...] = ()
    derivations: tuple[Derivation, ...] = ()
    states: tuple[Param, ...] = ()
    updates: tuple[Output, ...] = ()  # the states of the next call, in the same order
    training: Value | None = None

    def with_(self, **changes: Any) -> Graph:
        """A copy with some fields replaced."""
        return replace(self, **changes)

    @property
    def given(self) -> list[tuple[str, Value]]:
        """Parameters and inputs, by name."""
        return [(p.name, p.value) for p in self.params] + [(i.name, i.value) for i in self.inputs]

    @property
    def arguments_in_order(self) -> list[tuple[str, Value]]:
        """Parameters, inputs and states, by name."""
        found = self.given + [(s.name, s.value) for s in self.states]
        return found + ([("training", self.training)] if self.training is not None else [])

    @property
    def arguments(self) -> Mapping[str, Value]:
        """Parameters and inputs by name."""
        return dict(self.arguments_in_order)


@dataclass(frozen=True, slots=True)
class Fragment:
    """A graph to be spliced into another: a function's body, or a rule for given types."""

    parameters: tuple[Value, ...]
    nodes: tuple[Node, ...]
    results: tuple[Value | None, ...]
    checks: tuple[Check, ...] = ()


def graph_of(fragment: Fragment, wrt: Sequence[int] = ()) -> Graph:
    """A fragment as a graph: parameters are inputs `p0` `p1` …, results are outputs `r0` `r1` …"""
    return Graph(
        dims=(),
        inputs=tuple(Input(f"p{i}", p, None) for i, p in enumerate(fragment.parameters)),
        params=(),
        nodes=fragment.nodes,
        outputs=tuple(
            Output(f"r{i}", r, None) for i, r in enumerate(fragment.results) if r is not None
        ),
        loss=None,
        wrt=tuple(f"p{i}" for i in wrt),
    )
