"""Scales: an array is multiplied by a scalar where that is one number, or meets another scalar.

The cotangent of a mean is an array times `1 / N`. What is linear in it has that factor too; where
all of it is added up or scaled again in the end, no array has to be multiplied by it on the way.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gradc.ir.builder import Builder
from gradc.ir.cost import count_of, nominal
from gradc.ir.library import Library
from gradc.ir.node import Apply, Node, Value, renamed_operands
from gradc.ir.origin import Origin
from gradc.ir.program import Routine
from gradc.records import dataclass, field, replace

_LINEAR = frozenset(
    {"multiply", "sum", "matmul", "einsum", "reshape", "transpose", "negative", "divide"}
)
_PRODUCTS = ("matmul", "einsum")  # of matrices: these wait for no memory
_NEVER = 1 << 62  # what it costs where it cannot be done later
_MOST = 64  # values in a row that are looked at


@dataclass(frozen=True, slots=True)
class Scaled:
    """What stands for values now, and which of them are made without their scale."""

    moved: dict[Value, Value]
    unscaled: Collection[Value]


def with_scales(routine: Routine, library: Library) -> tuple[Routine, Scaled]:
    """The routine that scales later."""
    costs = _Costs(routine.nodes, routine.results)
    if not any(costs.is_put_off(node) for node in routine.nodes):
        return routine, Scaled({}, ())
    work = _Scales(Builder(library, Origin(None, "")), costs)
    for node in routine.nodes:
        work.see(node)
    results = tuple([work.moved.get(v, v) for v in routine.results])
    routine = replace(routine, nodes=tuple(work.builder.nodes), results=results)
    return routine, Scaled(work.moved, work.scales)


class _Costs:
    """What it costs, in numbers that are multiplied, to scale what is made of a value instead."""

    def __init__(self, nodes: Sequence[Node], results: Collection[Value]):
        self.results = set(results)
        self.readers: dict[Value, list[Node]] = {}
        for node in nodes:
            for value in node.operands:
                self.readers.setdefault(value, []).append(node)
        self.known: dict[Value, int] = {}

    def is_put_off(self, node: Node) -> bool:
        """Whether an array is scaled by a node, and is better scaled later."""
        return _scaled(node) is not None and self.is_later(node.results[0])

    def is_later(self, value: Value) -> bool:
        return self.later(value) < _width(value)

    def later(self, value: Value, depth: int = 0) -> int:
        """Of a value that is not scaled yet."""
        if value not in self.known:
            self.known[value] = _NEVER  # while it is asked
            self.known[value] = self._later(value, depth)
        return self.known[value]

    def _later(self, value: Value, depth: int) -> int:
        readers = self.readers.get(value, ())
        if value in self.results or depth > _MOST or not readers:
            return _NEVER
        total = 0
        for reader in readers:
            if not _is_linear(reader, value):
                return _NEVER
            scaled = _scaled(reader)
            if scaled is None or scaled[1] is not value:
                result = reader.results[0]
                total += min(_width(result), self.later(result, depth + 1))
        return total


@dataclass(slots=True)
class _Scales:
    builder: Builder
    costs: _Costs
    moved: dict[Value, Value] = field(default_factory=dict)
    scales: dict[Value, Value] = field(default_factory=dict)  # of what in `moved` lacks them

    def see(self, node: Node) -> None:
        builder, scaled = self.builder, _scaled(node)
        builder.origin, builder.adjoint_of, builder.span = (
            node.origin, node.adjoint_of, node.span,
        )  # fmt: skip
        there = renamed_operands(node, self.moved) if self.moved else node
        missing = [self.scales[v] for v in node.operands if v in self.scales]
        is_later = bool(node.results) and self.costs.is_later(node.results[0])
        if scaled is not None and (missing or is_later):
            scalar, array = scaled
            missing.append(self.moved.get(scalar, scalar))
            self._scale(node.results[0], self.moved.get(array, array), missing)
        elif missing:
            assert isinstance(there, Apply), "nothing else is linear"
            (result,) = node.results
            made = builder.emit(there.op, there.operands, there.attrs, f"{result.name}.unscaled")
            self._scale(result, made, missing)
        else:
            builder.nodes.append(there)

    def _scale(self, old: Value, array: Value, missing: Sequence[Value]) -> None:
        """A value is this array times all of these, now or later."""
        multiply = self.builder.library.operation("multiply")
        scale = missing[0]
        for other in missing[1:]:
            scale = self.builder.emit(multiply, (scale, other))
        if self.costs.is_later(old):
            self.moved[old], self.scales[old] = array, scale
        else:
            made = self.builder.emit(multiply, (scale, array), (), old.name)
            made.named, made.nameless = old.named, old.nameless
            self.moved[old] = made


def _scaled(node: Node) -> tuple[Value, Value] | None:
    """The scalar and the array of which a node is the product."""
    if type(node) is not Apply or node.name != "multiply":
        return None
    for scalar, array in (node.operands, node.operands[::-1]):
        result = node.result.type
        is_scalar = not scalar.type.shape and (
            scalar.type.weak or scalar.type.dtype == result.dtype
        )
        if is_scalar and result.shape and array.type == result:
            return scalar, array
    return None


def _is_linear(node: Node, value: Value) -> bool:
    """Whether a node is so in a value that is one of its operands."""
    if type(node) is not Apply or node.operands.count(value) != 1:
        return False
    if node.name == "divide" and node.operands[0] is not value:
        return False
    if node.name not in _LINEAR or (node.name in _PRODUCTS and node.result.type.rank > 1):
        return False
    kinds = [v.type for v in (*node.operands, *node.results)]
    return all(kind.weak or kind.dtype == value.type.dtype for kind in kinds)


def _width(value: Value) -> int:
    return nominal(count_of(value))
