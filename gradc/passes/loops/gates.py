"""Gates: functions of slices of one array that lie side by side are one function of the array.

`sigmoid(z)` is `0.5 + 0.5 * tanh(0.5 * z)`, so gates of both kinds are one `tanh`, with rows of
constants for the halves; those within go into the weights where `z` is made of products.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from gradc.ir.builder import Builder, join_names
from gradc.ir.library import Library
from gradc.ir.loop import stacked_type
from gradc.ir.node import Apply, Collected, Node, Scan, Value
from gradc.ir.origin import Origin
from gradc.ir.slices import FULL
from gradc.passes.loops.mild import is_mild
from gradc.passes.loops.scaled import Scaling
from gradc.passes.trim import live_nodes
from gradc.records import dataclass, field, replace

FAMILY = ("sigmoid", "tanh")
_THROUGH = ("add", "subtract", "multiply")
CALLED = {0.0: "zeros", 0.5: "halves", 1.0: "ones"}  # arrays of one number

Form: TypeAlias = "Value | tuple[Any, ...]"
"""What slices are of: an array, or an operation on the same slices of several."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """The elements of `form` from `start` to `stop` along the last axis."""

    form: Form
    start: int
    stop: int


@dataclass(slots=True)
class _Run:
    """Gates side by side, in the order of their slices."""

    form: Form
    gates: list[tuple[_Piece, Apply]] = field(default_factory=list)

    @property
    def slices(self) -> list[Value]:
        """What the gates are functions of."""
        return [gate.operands[0] for _, gate in self.gates]

    @property
    def start(self) -> int:
        return self.gates[0][0].start

    @property
    def stop(self) -> int:
        return self.gates[-1][0].stop


def gated(scan: Scan, around: Sequence[Node], library: Library) -> tuple[Scan, list[Node]]:
    """The scan with gates side by side in one array, and the views of its stack for theirs.

    `around` are the nodes that it stands among.
    """
    runs = [run for run in _runs(scan) if is_mild([g.result for _, g in run.gates], scan, around)]
    if not runs:
        return scan, []
    first = {min(run.gates, key=lambda g: scan.nodes.index(g[1]))[1]: run for run in runs}
    inside = {gate for run in runs for _, gate in run.gates}
    builder = Builder(library, Origin(None, ""))
    scaling = Scaling(scan, builder)
    buffers: dict[Value, tuple[Value, tuple[Any, ...]]] = {}
    for node in scan.nodes:
        if node in first:
            buffer = _buffer(first[node], node, scaling)
            run = first[node]
            for piece, gate in run.gates:
                place = (piece.start - run.start or None, piece.stop - run.start, None)
                entries = (*[FULL] * (buffer.type.rank - 1), place)
                buffers[gate.result] = (buffer, entries)
                builder.nodes.append(view_of(buffer, entries, gate.result, gate, library))
        if node not in inside:
            builder.nodes.append(node)
    results = [r for r in scan.body.results if r is not None]
    nodes = live_nodes(builder.nodes, results)
    return stacked_apart(replace(scan, nodes=nodes), buffers, library)


def _runs(scan: Scan) -> list[_Run]:
    """The gates of the body that lie side by side, two or more."""
    pieces: dict[Value, _Piece] = {}
    gates: dict[Form, dict[int, tuple[_Piece, Apply]]] = {}
    for node in scan.nodes:
        if type(node) is not Apply:
            continue
        if (piece := _piece(node, pieces)) is not None:
            pieces[node.result] = piece
        elif node.name in FAMILY and (piece := pieces.get(node.operands[0])) is not None:
            gates.setdefault(piece.form, {}).setdefault(piece.start, (piece, node))
    runs: list[_Run] = []
    for form, found in gates.items():
        so_far: _Run | None = None
        for start in sorted(found):
            if so_far is None or so_far.stop != start:
                so_far = _Run(form)
                runs.append(so_far)
            so_far.gates.append(found[start])
    return [run for run in runs if len(run.gates) > 1]


def _piece(node: Apply, pieces: dict[Value, _Piece]) -> _Piece | None:
    """What a node is a piece of: a slice along the last axis, or an operation on such slices."""
    if node.name == "index":
        if (bounds := slice_of(node)) is None:
            return None
        return _Piece(node.operands[0], *bounds)
    if node.name not in _THROUGH:
        return None
    one, other = [pieces.get(v) for v in node.operands]
    if one is None or other is None or (one.start, one.stop) != (other.start, other.stop):
        return None
    if any(v.type != node.result.type for v in node.operands):
        return None
    return _Piece((node.op, one.form, other.form), one.start, one.stop)


def slice_of(node: Apply) -> tuple[int, int] | None:
    """From which element to which an index goes along the last axis, where that is all it does."""
    (source,) = node.operands
    *others, last = node.attr("entries")
    if source.type.rank != len(others) + 1 or any(e != FULL for e in others):
        return None
    width = source.type.shape[-1]
    if not isinstance(last, tuple) or last[2] is not None or not isinstance(width, int):
        return None
    bounds = range(width)[slice(*last)]
    return (bounds.start, bounds.stop) if len(bounds) else None


def _buffer(run: _Run, first: Apply, scaling: Scaling) -> Value:
    """All gates of a run, made where the first one was."""
    builder = scaling.builder
    builder.origin, builder.adjoint_of, builder.span = first.origin, first.adjoint_of, first.span
    whole = _whole(run.form, run, builder)
    if any(gate.name != "tanh" for _, gate in run.gates):
        scale = _row(run, "scale", 0.5, 1.0, builder)
        scaled = scaling.scaled(whole, scale, run.slices)
        made = _emit(builder, "multiply", _emit(builder, "tanh", scaled), scale)
        made = _emit(builder, "add", made, _row(run, "shift", 0.5, 0.0, builder))
    else:
        made = _emit(builder, "tanh", whole)
    made.name, made.nameless = join_names(first.origin.prefix, "gates"), False
    return made


def _emit(builder: Builder, name: str, *operands: Value) -> Value:
    return builder.emit(builder.library.operation(name), operands)


def _row(run: _Run, name: str, of_sigmoid: float, of_tanh: float, builder: Builder) -> Value:
    """A number for each element, or for all."""
    dtype = run.gates[0][1].result.type.dtype
    parts: list[tuple[float, int]] = []
    for piece, gate in run.gates:
        number, size = of_sigmoid if gate.name == "sigmoid" else of_tanh, piece.stop - piece.start
        if parts and parts[-1][0] == number:
            size += parts.pop()[1]
        parts.append((number, size))
    if len(parts) == 1:
        return builder.constant(parts[0][0])
    array = builder.library.operation("array")
    made: dict[tuple[float, int], Value] = {}
    for part in parts:
        if part not in made:
            made[part] = builder.emit(array, (), (part[0], dtype, (part[1],)), CALLED[part[0]])
    joined = builder.library.operation("concatenate")
    return builder.emit(joined, [made[part] for part in parts], (0,), f"gates_{name}")


def _whole(form: Form, run: _Run, builder: Builder) -> Value:
    """The array that the gates of a run are functions of slices of."""
    if isinstance(form, Value):
        if (run.start, run.stop) == (0, form.type.shape[-1]):
            return form
        entries = (*[FULL] * (form.type.rank - 1), (run.start or None, run.stop, None))
        return builder.emit(builder.library.operation("index"), [form], (entries,))
    operation, *parts = form
    return builder.emit(operation, [_whole(part, run, builder) for part in parts])


def view_of(
    whole: Value, entries: tuple[Any, ...], result: Value, like: Node, library: Library
) -> Apply:
    """A node for a value that is a part of another."""
    operation = library.operation("index")
    return Apply(operation, (whole,), (entries,), (result,), like.origin, like.adjoint_of)


def stacked_apart(
    scan: Scan, buffers: Mapping[Value, tuple[Value, tuple[Any, ...]]], library: Library
) -> tuple[Scan, list[Node]]:
    """The scan with stacks of arrays in place of those of their parts, and views of them."""
    made = {n.results[0]: n for n in scan.nodes}
    stacks: dict[Value, Value] = {}
    collected: list[Collected] = []
    views: list[Node] = []
    for slot in scan.collected:
        if slot.axis or slot.value not in buffers:
            collected.append(slot)
            continue
        buffer, entries = buffers[slot.value]
        if buffer not in stacks:
            kind = stacked_type(buffer.type, scan.count, 0)
            stacks[buffer] = Value(f"{buffer.name}_steps", kind)
            collected.append(Collected(buffer, stacks[buffer], 0))
        like = made[slot.value]
        views.append(view_of(stacks[buffer], (FULL, *entries), slot.stack, like, library))
    return replace(scan, collected=tuple(collected)), views
