"""Nodes: what makes values. An operation applied, a body repeated, a function called.

Nodes are compared by identity and are not changed once they are in a graph. What passes treat alike
they all have: operands, results, traits, and where they come from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias, TypeGuard

from gradc.diagnostics import Diagnostic
from gradc.ir.operation import Operation
from gradc.ir.origin import Origin
from gradc.ir.sizes import Poly, Size
from gradc.ir.traits import Traits
from gradc.ir.types import Check, Type
from gradc.records import brief, dataclass, field, replace
from gradc.source import Span


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


@dataclass(frozen=True, slots=True)
class Fragment:
    """A graph to be spliced into another: a function's body, or a rule for given types."""

    parameters: tuple[Value, ...]
    nodes: tuple[Node, ...]
    results: tuple[Value | None, ...]
    checks: tuple[Check, ...] = ()


class _Made:
    __slots__ = ()
    results: tuple[Value, ...]
    origin: Origin

    def __repr__(self: Any) -> str:
        return f"{brief(self.results)} = {self.name}(…)"

    @property
    def result(self) -> Value:
        """The first of its results, mostly the only one."""
        return self.results[0]

    def shown(self, found: Diagnostic) -> Diagnostic:
        """What was found of it, as it is told: where the user wrote what led to it."""
        return self.origin.shown(found)


@dataclass(slots=True, eq=False)
class Apply(_Made):
    """An operation applied to operands; `attrs` are in the order of the operation's attributes."""

    op: Operation
    operands: tuple[Value, ...]
    attrs: tuple[Any, ...]
    results: tuple[Value, ...]
    origin: Origin
    adjoint_of: Node | None = None
    span: Span | None = None  # the expression, where it is more precise than the origin
    # Of the operation, and the first result: asked for by every pass at every node.
    name: str = field(init=False)
    traits: Traits = field(init=False)
    result: Value = field(init=False)

    def __post_init__(self) -> None:
        self.name, self.traits = self.op.name, self.op.traits
        self.result = self.results[0]

    def attr(self, name: str) -> Any:
        return self.attrs[self.op.attribute_index[name]]

    @property
    def carries(self) -> tuple[bool, ...]:
        """Which operands carry a derivative."""
        return self.op.carries(len(self.operands))

    def copied(
        self,
        operands: tuple[Value, ...],
        results: tuple[Value, ...],
        origin: Origin,
        adjoint_of: Node | None,
        span: Span | None,
    ) -> Apply:
        """The same on other values and in another place."""
        return Apply(self.op, operands, self.attrs, results, origin, adjoint_of, span)


class Rules(Protocol):
    """The derivative rules of an operation or of a function with a `vjp` of its own."""

    def __call__(
        self,
        node: Apply | Call,
        wanted: Sequence[bool],
        cotangents: Sequence[bool],
        constants: Mapping[Value, Any],
    ) -> Fragment:
        """The cotangents of the wanted operands, as a graph.

        The parameters of the fragment are the node's operands, its results and the cotangents of
        those results that have one (`cotangents`), in this order. `constants` holds the operands
        that are compile-time numbers: a rule sees those as numbers.
        """


@dataclass(frozen=True, slots=True, eq=False)
class RuledFunction:
    """A function with derivative rules of its own, for arguments of given types."""

    name: str
    body: Fragment
    rules: Rules
    result_names: tuple[str, ...]
    traits: Traits
    short: str  # what an unnamed result is called after
    known: Mapping[str, Any] | None = None  # of the library: the arguments of compile time


@dataclass(slots=True, eq=False)
class Call(_Made):
    """A call of a function with rules of its own, until it is inlined."""

    function: RuledFunction
    operands: tuple[Value, ...]
    results: tuple[Value, ...]
    origin: Origin
    adjoint_of: Node | None = None
    span: Span | None = None

    @property
    def name(self) -> str:
        return self.function.name

    @property
    def traits(self) -> Traits:
        return self.function.traits

    @property
    def carries(self) -> tuple[bool, ...]:
        """Which operands carry a derivative."""
        return tuple([p.type.is_float for p in self.function.body.parameters])

    def copied(
        self,
        operands: tuple[Value, ...],
        results: tuple[Value, ...],
        origin: Origin,
        adjoint_of: Node | None,
        span: Span | None,
    ) -> Call:
        """The same on other values and in another place."""
        return Call(self.function, operands, results, origin, adjoint_of, span)


# --- scans: what goes between a body and what stands around it ---


@dataclass(frozen=True, slots=True, eq=False)
class Carried:
    """What one step hands to the next."""

    parameter: Value
    initial: Value  # of the first step
    following: Value  # what the body makes for the next step
    result: Value  # after the last step
    states: Value | None = None  # where all are kept: the first, then what follows each step


@dataclass(frozen=True, slots=True, eq=False)
class Walked:
    """A sequence, of which each step sees one element along an axis, the first one at `start`."""

    parameter: Value
    whole: Value
    axis: int
    start: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Captured:
    """What all steps see of what stands around the scan."""

    parameter: Value
    value: Value


@dataclass(frozen=True, slots=True, eq=False)
class Collected:
    """What the body makes and the scan stacks along an axis."""

    value: Value
    stack: Value
    axis: int


@dataclass(slots=True, eq=False)
class Scan(_Made):
    """A body that is repeated.

    Its parameters, and the operands that they stand for, are in the order carried, walked,
    captured; the body's results, and its own, in the order carried, collected. The states that a
    scan keeps are results behind those; it runs forwards then.

    With a `block`, a step sees so many elements of each sequence, the last step what is left, and
    `rows` is the dimension that counts them.
    """

    carried: tuple[Carried, ...]
    walked: tuple[Walked, ...]
    captured: tuple[Captured, ...]
    collected: tuple[Collected, ...]
    nodes: tuple[Node, ...]  # of the body
    count: Size
    origin: Origin
    adjoint_of: Node | None = None
    span: Span | None = None
    reverse: bool = False
    recomputed: bool = False  # backward runs it again rather than saving what its steps make
    block: Size | None = None
    rows: Poly | None = None
    parameters: tuple[Value, ...] = field(init=False)
    operands: tuple[Value, ...] = field(init=False)
    results: tuple[Value, ...] = field(init=False)
    traits: Traits = field(init=False)

    def __post_init__(self) -> None:
        carried, walked, captured = self.carried, self.walked, self.captured
        self.parameters = (
            *[s.parameter for s in carried],
            *[s.parameter for s in walked],
            *[s.parameter for s in captured],
        )
        self.operands = (
            *[s.initial for s in carried],
            *[s.whole for s in walked],
            *[s.value for s in captured],
        )
        self.results = (
            *[s.result for s in carried],
            *[s.stack for s in self.collected],
            *[s.states for s in carried if s.states is not None],
        )
        self.traits = Traits(
            analytic=all([n.traits.analytic for n in self.nodes]),
            impure=any([n.traits.impure for n in self.nodes]),
        )

    @property
    def name(self) -> str:
        return "scan"

    @property
    def body(self) -> Fragment:
        """What is repeated, as a graph."""
        results = (*[s.following for s in self.carried], *[s.value for s in self.collected])
        return Fragment(self.parameters, self.nodes, results)

    @property
    def carries(self) -> tuple[bool, ...]:
        """Which operands carry a derivative."""
        return tuple([p.type.is_float for p in self.parameters])

    def copied(
        self,
        operands: tuple[Value, ...],
        results: tuple[Value, ...],
        origin: Origin,
        adjoint_of: Node | None,
        span: Span | None,
    ) -> Scan:
        """The same on other values and in another place."""
        given, there = iter(operands), dict(zip(self.results, results, strict=True))
        return Scan(
            tuple(
                [
                    Carried(
                        s.parameter, next(given), s.following, there[s.result],
                        None if s.states is None else there[s.states],
                    )
                    for s in self.carried
                ]
            ),
            tuple([replace(s, whole=next(given)) for s in self.walked]),
            tuple([replace(s, value=next(given)) for s in self.captured]),
            tuple([replace(s, stack=there[s.stack]) for s in self.collected]),
            self.nodes, self.count, origin, adjoint_of, span, self.reverse, self.recomputed,
            self.block, self.rows,
        )  # fmt: skip

    def with_body(self, body: Fragment) -> Scan:
        """The same with another body, whose parameters and results are as many."""
        own, made = iter(body.parameters), iter([r for r in body.results if r is not None])
        return replace(
            self,
            carried=tuple(
                [replace(s, parameter=next(own), following=next(made)) for s in self.carried]
            ),
            walked=tuple([replace(s, parameter=next(own)) for s in self.walked]),
            captured=tuple([replace(s, parameter=next(own)) for s in self.captured]),
            collected=tuple([replace(s, value=next(made)) for s in self.collected]),
            nodes=body.nodes,
        )


Node: TypeAlias = Apply | Scan | Call


def applies(node: Node | None, name: str) -> TypeGuard[Apply]:
    """Whether it is this operation, applied."""
    return type(node) is Apply and node.name == name


def with_operands(node: Node, operands: tuple[Value, ...]) -> Node:
    """The node reading other values; its results stay what they are."""
    return node.copied(operands, node.results, node.origin, node.adjoint_of, node.span)


def renamed_operands(node: Node, there: Mapping[Value, Value]) -> Node:
    """The node reading what stands in `there` for its operands."""
    return with_operands(node, tuple([there.get(v, v) for v in node.operands]))
