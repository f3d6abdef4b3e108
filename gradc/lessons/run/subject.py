"""A graph that is run, and a run of it: every value, and the loss's derivative by each of them.

Everything is computed in double precision by the interpreter, on the joint graph as derived. A
formula with a stable form is told as it was written where that gives the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

import numpy as np

from gradc.compiler import Compilation, Options, compile_source
from gradc.diagnostics import near_miss
from gradc.ir.graph import Graph, Output
from gradc.ir.library import Library
from gradc.ir.node import Apply, Node, Value
from gradc.ir.origin import Origin
from gradc.ir.supposed import suppose
from gradc.lessons.run.point import Arguments, arguments_of
from gradc.library.loader import standard_library
from gradc.passes.differentiate import Trail, trail
from gradc.passes.inline import inline
from gradc.passes.separate import each
from gradc.records import dataclass, field, replace
from gradc.source import Source
from gradc.verification.interpret import CannotInterpretError, Interpreter

_SAME = 1e-9  # relative: numbers that are told as one
_NOISE = 1e-15  # of an array's largest number, which rounding leaves where terms cancel

__all__ = ["Arguments", "CannotInterpretError", "LossError", "Part", "Run", "Subject"]


@dataclass(frozen=True, slots=True)
class Part:
    """What the use of a value, as one operand of a node, contributes to its derivative."""

    node: Node
    operand: int
    amount: Any

    @property
    def value(self) -> Value:
        return self.node.operands[self.operand]


@dataclass(frozen=True, slots=True)
class Run:
    """The values of a graph at some arguments, and the derivatives of its loss.

    `derivatives` holds the loss itself and what lies between it and the names of `wrt`; a value
    that the loss does not depend on through something that carries a derivative is missing.
    """

    subject: Subject
    arguments: Arguments
    values: Mapping[Value, Any]
    derivatives: Mapping[Value, Any] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    several: frozenset[str] = frozenset()  # functions of several variables: their ∂ is to be seen

    @property
    def graph(self) -> Graph:
        return self.subject.graph

    def name_of(self, value: Value) -> str:
        """What the user calls a value: the loss has its own name."""
        return str(self.graph.loss) if value is self.subject.loss else value.shown

    def sign(self, of: str) -> str:
        """What a derivative of a value is written with: d, or ∂."""
        return "∂" if of in self.several else "d"

    def quotient(self, of: str, by: str) -> str:
        """`dJ/dw`."""
        sign = self.sign(of)
        return f"{sign}{of}/{sign}{by}"

    def gradient(self, name: str) -> Any:
        """The derivative by a name of `wrt`; zeros where the loss does not depend on it."""
        value = self.graph.arguments[name]
        found = self.derivatives.get(value)
        return np.zeros(np.shape(self.values[value]))[()] if found is None else found


class Subject:
    """A graph that is run again and again: with the arguments of its file, and with bumped ones.

    `graph` is the user's graph, one node an operation, before anything was improved. `stable` is
    the same with stable formulas, where some were not: what the compiled module computes. Of
    several losses it is of one, the first where none is named.
    """

    def __init__(self, compilation: Compilation, loss: str | None = None):
        self.compilation = compilation
        self.source: Source = compilation.source
        self.library = standard_library()
        self._take(_with_own_outputs(_of(compilation.written, loss), self.library))
        self.stable: Subject | None = None
        if compilation.graph is not compilation.written:
            self.stable = copy(self)
            self.stable._take(_with_own_outputs(_of(compilation.graph, loss), self.library))

    def _take(self, graph: Graph) -> None:
        self.graph = graph
        suppose(graph.declared_sizes)
        self.flat = _Inlined(graph, trail(graph, self.library))

    @classmethod
    def of(cls, source: Source, options: Options | None = None, loss: str | None = None) -> Subject:
        """The subject of a source. Raises DiagnosticError, LossError."""
        return cls(compile_source(source, replace(options or Options(), level=0)), loss)

    def by(self, value: Value) -> Subject:
        """The same graph, differentiated by every float argument, and by this value."""
        names = [n for n, v in self.graph.arguments_in_order if v.type.is_float]
        made = [n for n in self.graph.nodes if value in n.results]
        if made and not made[0].operands:  # no argument goes into it
            raise ValueError(f"{value.name} does not depend on an argument")
        subject = copy(self)
        subject._take(self.graph.with_(wrt=tuple(names)))
        if self.stable is not None:
            subject.stable = self.stable.by(value)
        return subject

    @property
    def loss(self) -> Value | None:
        """The value that is differentiated; None where the graph has no loss."""
        for output in self.graph.outputs:
            if output.name == self.graph.loss:
                return output.value
        return None

    def arguments(
        self, given: Mapping[str, Any] | None = None, seed: int = 0, training: bool = False
    ) -> Arguments:
        """Where the graph is run: what is given, else what the file says. Raises ArgumentError."""
        return arguments_of(self.graph, self.compilation.text, given or {}, seed, training)

    def run(self, arguments: Arguments) -> Run:
        """All values and derivatives. Raises CannotInterpretError.

        Where formulas as they were written give other numbers than the module, the run is one of
        the graph with their stable forms.
        """
        found = self._run(arguments)
        if self.stable is None:
            return found
        stable = self.stable._run(arguments)
        return found if _same_numbers(found, stable) else stable

    def _run(self, arguments: Arguments) -> Run:
        flat = self.flat
        interpreter = Interpreter(arguments.dims, np.random.default_rng(arguments.seed))
        values = interpreter.run(flat.graph.nodes, dict(arguments.values))
        primal = {v: values[w] for v, w in flat.primal.items()}
        if self.graph.loss is None:
            return Run(self, arguments, primal)
        for seed in flat.graph.seeds:
            values[seed.value] = 1.0
        values = interpreter.run(flat.graph.adjoints, values)
        derivatives = {v: values[w] for v, w in flat.cotangents.items()}
        parts = tuple(Part(node, i, values[amount]) for node, i, amount in flat.parts)
        return Run(self, arguments, primal, derivatives, parts)

    def forward(self, arguments: Arguments, fixed: Mapping[Value, Any]) -> Mapping[Value, Any]:
        """All values where some are given other numbers: arguments, or values on the way."""
        flat = self.flat
        there = {flat.primal[v]: number for v, number in fixed.items()}
        interpreter = Interpreter(arguments.dims, np.random.default_rng(arguments.seed))
        values = interpreter.run(flat.graph.nodes, {**arguments.values, **there}, there)
        return {v: values[w] for v, w in flat.primal.items()}

    def loss_at(self, arguments: Arguments, fixed: Mapping[Value, Any]) -> float:
        """The loss where some values are given other numbers."""
        loss = self.loss
        assert loss is not None
        return float(self.forward(arguments, fixed)[loss])


class LossError(ValueError):
    """A graph has no loss of that name. `helps` say which it has."""

    def __init__(self, graph: Graph, name: str):
        losses = [loss.name for loss in graph.losses]
        self.helps = near_miss(name, losses)
        if not self.helps and losses:
            self.helps = (f"there is {', '.join(f'`{loss}`' for loss in losses)}",)
        super().__init__(f"the graph has no loss `{name}`")


def _of(graph: Graph, loss: str | None) -> Graph:
    """The graph of one of its losses, the first where none is named."""
    for part in each(graph):
        if loss in (None, part.loss):
            return part
    assert loss is not None
    raise LossError(graph, loss)


def _same_numbers(one: Run, other: Run) -> bool:
    """Whether outputs and gradients agree to rounding."""

    def numbers(run: Run) -> list[Any]:
        gradients = [run.gradient(name) for name in run.graph.wrt]
        return [*(run.values[o.value] for o in run.graph.outputs), *gradients]

    for a, b in zip(numbers(one), numbers(other), strict=True):
        noise = _NOISE * np.max(np.abs(b), initial=0.0, where=np.isfinite(b))
        if not np.allclose(a, b, rtol=_SAME, atol=noise, equal_nan=True):
            return False
    return True


def _with_own_outputs(graph: Graph, library: Library) -> Graph:
    """The graph with a node for each output that only gives a value another name: `loss J = w`."""
    outputs, nodes = [], list(graph.nodes)
    for output in graph.outputs:
        value = output.value
        if value.name != output.name and value.named:
            own = Value(output.name, value.type, named=True)
            origin = Origin(output.span, output.name)
            attrs = (value.type.dtype,)
            nodes.append(Apply(library.operation("astype"), (value,), attrs, (own,), origin))
            output = replace(output, value=own)
        outputs.append(output)
    return graph.with_(nodes=tuple(nodes), outputs=tuple(outputs))


class _Inlined:
    """The joint graph without calls, and where the values of the graph are found in it."""

    def __init__(self, graph: Graph, found: Trail):
        values = list(graph.arguments.values())
        values += [r for node in graph.nodes for r in node.results]
        amounts = [amount for _, _, amount in found.parts]
        primal = _outputs(values)
        adjoint = _outputs([*found.cotangents.values(), *amounts])
        joint = found.joint
        self.graph = inline(joint.with_(outputs=primal, gradients=adjoint))
        ends = [o.value for o in self.graph.gradients]
        self.primal = dict(zip(values, (o.value for o in self.graph.outputs), strict=True))
        self.cotangents = dict(zip(found.cotangents, ends, strict=False))
        self.parts = tuple(
            (node, i, end)
            for (node, i, _), end in zip(found.parts, ends[len(self.cotangents) :], strict=True)
        )


def _outputs(values: Sequence[Value]) -> tuple[Output, ...]:
    return tuple(Output(v.name, v, None) for v in values)
