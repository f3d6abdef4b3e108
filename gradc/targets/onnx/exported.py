"""Exported: a plan's graph as a model, with what goes in and what comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradc.ir.graph import Graph, Input, Output, Param
from gradc.ir.node import Node, Value
from gradc.ir.plan import Plan
from gradc.passes.trim import live_nodes
from gradc.records import dataclass
from gradc.targets.onnx.given import arrays_of, dims_of
from gradc.targets.onnx.lowering import lower
from gradc.targets.onnx.model import Model, Tensor, all_operators
from gradc.targets.onnx.naming import NEXT, free, named
from gradc.targets.onnx.told import tell
from gradc.targets.onnx.writer import Writer
from gradc.targets.target import Described
from gradc.targets.told.describe import describe
from gradc.targets.told.naming import cotangent_of


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What is written: the graph, and its parts where it goes backward."""

    graph: Graph
    parts: Sequence[Graph]

    @property
    def nodes(self) -> list[Node]:
        return [*self.graph.nodes, *dict.fromkeys(n for p in self.parts for n in p.adjoints)]

    @property
    def results(self) -> list[tuple[str, Output]]:
        """What comes out, by name."""
        found = [(o.name, o) for o in self.graph.outputs]
        found += [(f"{NEXT}{u.name}", u) for u in self.graph.updates]
        for part in self.parts:
            begins = cotangent_of(part)
            found += [(f"{begins}{g.name}", g) for g in part.gradients]
        return found


def exported(
    plan: Plan, described: Described, params: Mapping[str, Any] | None, *, gradients: bool
) -> Model:
    """The model of a plan. Raises DiagnosticError where ONNX cannot say it or params do not fit."""
    chosen = _chosen(plan, gradients=gradients)
    graph = chosen.graph
    arrays = {} if params is None else arrays_of(graph, params)
    dims = dims_of(graph, arrays)
    writer = Writer(graph, described.called, dims, differentiates=gradients)
    docs = _admit(writer, chosen, arrays)
    results = chosen.results
    lower(writer, live_nodes(chosen.nodes, [o.value for _, o in results], trim=True))
    writer.node, writer.prefix = None, ""
    for name, output in results:
        docs[_hand_out(writer, name, output.value)] = output.doc
    body = writer.root
    body.operators[:0] = writer.sized
    used = {t for o in all_operators(body.operators) for t in o.inputs}
    constants = {t: a for t, a in writer.constants.items() if t in used}
    named(body, constants)
    names = {v: t.name for v, t in writer.values.items()}
    tell(body, chosen.parts, names)
    told = {"source": described.source, "sha256": described.sha256}
    told["options"] = " ".join(described.options)
    doc = "\n".join(describe(graph, described, str))
    return Model(body, constants, docs, doc, described.version, told, dims)


def _chosen(plan: Plan, *, gradients: bool) -> _Chosen:
    """One loss is differentiated together with what leads to it; several share that."""
    program = plan.program
    if not gradients:
        return _Chosen(program.graph, ())
    (*others, last) = program.parts
    if not others and last.whole is not None:
        return _Chosen(last.whole, [last.whole])
    return _Chosen(program.graph, [part.graph for part in program.parts])


def _admit(writer: Writer, chosen: _Chosen, arrays: Mapping[str, Any]) -> dict[Tensor, str]:
    """Makes inputs of what is given; what they are, in words."""
    graph, docs = chosen.graph, {}
    entries: list[Param | Input] = [*graph.params, *graph.inputs, *graph.states]
    for entry in entries:
        if entry.name in arrays:
            _embed(writer, entry.name, entry.value, arrays[entry.name])
        else:
            docs[_input(writer, entry.name, entry.value)] = entry.doc
    if graph.training is not None:
        if writer.differentiates:
            docs[_input(writer, "training", graph.training)] = "whether this is a step of training"
        else:
            writer.numbers[graph.training] = False
    for part in chosen.parts:
        for seed in part.seeds:
            if part.loss:
                writer.numbers[seed.value] = 1
                writer.ones.add(seed.value)
            else:
                name = f"{cotangent_of(part)}{seed.name}"
                docs[_input(writer, name, seed.value)] = f"the cotangent of {seed.name}"
    return docs


def _input(writer: Writer, name: str, value: Value) -> Tensor:
    tensor = Tensor(value.type.dtype, name, name, value.type)
    writer.root.inputs.append(tensor)
    writer.values[value] = tensor
    return tensor


def _embed(writer: Writer, name: str, value: Value, array: Any) -> None:
    """A parameter whose numbers stand in the model."""
    tensor = Tensor(value.type.dtype, name, name, value.type)
    writer.constants[tensor] = array
    writer.values[value] = tensor


def _hand_out(writer: Writer, name: str, value: Value) -> Tensor:
    """The output of a name; what has one already goes through an operator."""
    tensor = writer.operand(value)
    if tensor.name or tensor in writer.constants:
        tensor = writer.op("Identity", tensor)
    body = writer.root
    tensor.kind = value.type
    tensor.name = free(name, {t.name for t in (*body.inputs, *body.outputs, *writer.constants)})
    body.outputs.append(tensor)
    return tensor
