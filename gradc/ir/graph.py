"""Graphs: nodes in their order, and what goes in and out.

A graph is an ordered list of nodes in single assignment, never merged behind the user's back: order
and names are part of the product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradc.diagnostics import Diagnostic
from gradc.ir.node import Fragment, Node, Value
from gradc.ir.origin import Calling, Origin
from gradc.ir.sizes import Size
from gradc.ir.solving import solvable
from gradc.ir.types import Check
from gradc.records import dataclass, replace
from gradc.source import Span


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
    """A parameter, or a state. What an expression uses without declaring it is implied."""

    name: str
    value: Value
    initialiser: Initialiser
    span: Span | None
    doc: str = ""
    calling: Calling | None = None  # of the layer that it belongs to
    is_implied: bool = False

    @property
    def place(self) -> Span | None:
        """Where the user's file declares it, or calls the layer that it belongs to."""
        return self.shown(Diagnostic("", "", self.span)).span

    def shown(self, found: Diagnostic) -> Diagnostic:
        """What was found of it, as it is told: where the user wrote what led to it."""
        return found if self.calling is None else self.calling.shown(found)


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
class Loss:
    """A scalar output that is differentiated, and by what."""

    name: str
    wrt: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Derivation:
    """What one statement contributes to the cotangent of a value that it uses.

    It is `partial` where others have contributed before. The cotangent is that of the loss `of`.
    """

    origin: Origin  # of the statement
    value: Value
    contribution: Value
    partial: bool = False
    of: str | None = None

    @property
    def span(self) -> Span | None:
        return self.origin.span


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph at any stage.

    `nodes` are the primal; after `differentiate`, `adjoints` follow them, `seeds` are the
    cotangents that the caller gives and `gradients` what comes out, in the order of `wrt`. Where
    there are several losses, `loss` and `wrt` are of the first and `further` has the others; seeds
    and gradients are of one after the other.
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
    asked: tuple[Value, ...] = ()  # what derivatives are taken of, and by
    differentiated: tuple[str, ...] = ()  # what those derivatives are called after
    further: tuple[Loss, ...] = ()

    def with_(self, **changes: Any) -> Graph:
        """A copy with some fields replaced."""
        return replace(self, **changes)

    @property
    def losses(self) -> tuple[Loss, ...]:
        """All that is differentiated, in the order of the file."""
        return (Loss(self.loss, self.wrt), *self.further) if self.loss else ()

    @property
    def loss_values(self) -> list[Value]:
        """What is differentiated: the losses, or all outputs where there are none."""
        names = {loss.name for loss in self.losses}
        return [o.value for o in self.outputs if not names or o.name in names]

    @property
    def declared_sizes(self) -> set[Size]:
        """The sizes that the file itself states of what goes in: those of layers come later."""
        own = [p.value for p in (*self.params, *self.states) if "." not in p.name]
        return {size for v in (*own, *(i.value for i in self.inputs)) for size in v.type.shape}

    @property
    def solving(self) -> frozenset[str]:
        """The dimensions that no argument has alone as a size."""
        return solvable([v.type for _, v in self.given])

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
