"""Alike: gates that are functions of products with the same vector are one function of all of them.

`tanh(h * u + a)` and `sigmoid(h * v + b)` are rows of `tanh(h * [u, v / 2] + [a, b / 2])`, where
only `h` has to be waited for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from gradc.ir.builder import Builder, join_names
from gradc.ir.library import Library
from gradc.ir.node import Apply, Node, Scan, Value, applies
from gradc.ir.origin import Origin
from gradc.passes.loops.gates import CALLED, FAMILY, stacked_apart, view_of
from gradc.passes.loops.mild import is_mild
from gradc.passes.loops.twins import changing_values, is_wide, waiting_values
from gradc.passes.trim import live_nodes
from gradc.records import dataclass, replace

_INNER = {"sigmoid": 0.5, "tanh": 1.0}
_SHIFT = {"sigmoid": 0.5, "tanh": 0.0}


@dataclass(frozen=True, slots=True)
class _Gate:
    """A function of `vector * factor`, or of `vector * factor + summand`."""

    node: Apply
    vector: Value
    factor: Value
    summand: Value | None


def rejoined(scan: Scan, around: Sequence[Node], library: Library) -> tuple[Scan, list[Node]]:
    """The scan with gates that are alike as rows of one array, and the views of its stack for
    those of theirs. `around` are the nodes that it stands among."""
    waiting = waiting_values(scan)
    changing = changing_values(scan)
    found: dict[tuple[Value, bool, bool | None], list[_Gate]] = defaultdict(list)
    for gate in _gates(scan, waiting):
        # What is the same for all steps is joined once, what is not for all of them.
        changes = None if gate.summand is None else gate.summand in changing
        found[gate.vector, gate.factor in changing, changes].append(gate)
    groups = [
        gates
        for gates in found.values()
        if len(gates) > 1 and is_mild([g.node.result for g in gates], scan, around)
    ]
    if not groups:
        return scan, []
    first = {gates[0].node: gates for gates in groups}
    inside = {gate.node for gates in groups for gate in gates}
    builder = Builder(library, Origin(None, ""))
    rows: dict[Value, tuple[Value, tuple[int]]] = {}
    known = [n for n in scan.nodes if waiting.isdisjoint(n.results)]
    builder.nodes += known
    for node in scan.nodes:
        if node in first:
            whole = _whole(first[node], builder)
            for row, gate in enumerate(first[node]):
                rows[gate.node.result] = (whole, (row,))
                builder.nodes.append(view_of(whole, (row,), gate.node.result, gate.node, library))
        if node not in inside and not waiting.isdisjoint(node.results):
            builder.nodes.append(node)
    results = [r for r in scan.body.results if r is not None]
    nodes = live_nodes(builder.nodes, results)
    return stacked_apart(replace(scan, nodes=nodes), rows, library)


def _gates(scan: Scan, waiting: set[Value]) -> list[_Gate]:
    """The gates of the body that may be rows of an array."""
    reads = Counter(v for n in scan.nodes for v in n.operands)
    reads.update(r for r in scan.body.results if r is not None)
    makers = {r: n for n in scan.nodes for r in n.results}

    def taken(value: Value, name: str) -> tuple[Value, Value] | None:
        """What waits and what does not of a sum or product that nothing else reads."""
        node = makers.get(value)
        if not applies(node, name) or reads[value] != 1:
            return None
        one, other = node.operands
        if one not in waiting:
            one, other = other, one
        fits = one in waiting and other not in waiting and one.type == other.type == value.type
        return (one, other) if fits else None

    found = []
    for node in scan.nodes:
        if not isinstance(node, Apply) or node.name not in FAMILY or is_wide(node.result):
            continue
        value = node.operands[0]
        summed = taken(value, "add")
        product = taken(value if summed is None else summed[0], "multiply")
        if product is not None:
            found.append(_Gate(node, *product, None if summed is None else summed[1]))
    return found


def _whole(gates: list[_Gate], builder: Builder) -> Value:
    """All gates, one behind the other along a first axis."""
    node, vector = gates[0].node, gates[0].vector
    builder.origin, builder.adjoint_of, builder.span = node.origin, node.adjoint_of, node.span
    names = [gate.node.name for gate in gates]
    mixed = "sigmoid" in names
    scale = _rows([_INNER[n] for n in names], "scale", vector, builder)

    def put(values: list[Value]) -> Value:
        made = builder.emit(builder.library.operation("stack"), values, (0,))
        return _emit(builder, "multiply", made, scale) if mixed else made

    made = _emit(builder, "multiply", vector, put([gate.factor for gate in gates]))
    summands = [gate.summand for gate in gates if gate.summand is not None]
    if summands:
        made = _emit(builder, "add", made, put(summands))
    made = _emit(builder, "tanh", made)
    if mixed:
        made = _emit(builder, "multiply", made, scale)
        shift = _rows([_SHIFT[n] for n in names], "shift", vector, builder)
        made = _emit(builder, "add", made, shift)
    made.name, made.nameless = join_names(node.origin.prefix, "gates"), False
    return made


def _emit(builder: Builder, name: str, *operands: Value) -> Value:
    return builder.emit(builder.library.operation(name), operands)


def _rows(numbers: list[float], name: str, like: Value, builder: Builder) -> Value:
    """A row of a number for each gate; one number, where that is the same for all.

    NumPy takes several times as long to stretch a column as to go over what is as long as it is.
    """
    if len(set(numbers)) == 1:
        return builder.constant(numbers[0])
    array = builder.library.operation("array")
    last = [size if isinstance(size, int) else 1 for size in like.type.shape[-1:]]
    shape = (1, *[1] * (like.type.rank - 1), *last)
    made = {
        number: builder.emit(array, (), (number, like.type.dtype, shape), CALLED[number])
        for number in dict.fromkeys(numbers)
    }
    joined = builder.library.operation("concatenate")
    return builder.emit(joined, [made[n] for n in numbers], (0,), f"gates_{name}")
