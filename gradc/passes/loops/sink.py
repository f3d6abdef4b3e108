"""Sink: what each step only adds to a total is added up behind the loop, for all steps at once.

`dJ_dW += x.T @ dJ_dz` is one product over steps and rows: each step keeps its `dJ_dz`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from gradc.ir.builder import Builder
from gradc.ir.cost import count_of, nominal
from gradc.ir.loop import stacked_type
from gradc.ir.node import Apply, Carried, Collected, Node, Scan, Value, applies
from gradc.passes.contract.contraction import Contraction, axes_of, contraction_of
from gradc.passes.loops.twins import Twins, is_wide
from gradc.records import dataclass, replace

_STEPS = "TSRQPON"  # letters for axes of steps, of which loops in loops have several


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of what a step adds: a product of matrices, or a sum along axes."""

    node: Apply
    product: Contraction | None  # None where it is a sum

    @property
    def operands(self) -> tuple[Value, ...]:
        if self.product is None:
            return self.node.operands
        return self.product.left.value, self.product.right.value


@dataclass(frozen=True, slots=True)
class _Total:
    slot: Carried
    parts: tuple[_Part, ...]


def sunk(scan: Scan, builder: Builder, moved: dict[Value, Value]) -> None:
    """Appends the scan with fewer totals, and what makes them behind it."""
    twins = Twins(scan, builder)
    totals = _worth(list(_totals(scan, twins)), scan, twins)
    if not totals:
        builder.nodes.append(scan)
        return
    gone = {total.slot for total in totals}
    stacks = {slot.value: slot.stack for slot in scan.collected if slot.axis == 0}
    collected = list(scan.collected)
    for value in _waiting(totals, twins):
        if value not in stacks:
            kind = stacked_type(value.type, scan.count, 0)
            stacks[value] = Value(f"{value.name}_steps", kind, nameless=value.nameless)
            collected.append(Collected(value, stacks[value], 0))
    carried = tuple([slot for slot in scan.carried if slot not in gone])
    builder.nodes.append(replace(scan, carried=carried, collected=tuple(collected)))
    twins.each.update(stacks)
    for total in totals:
        _add_up(total, twins, moved)


def _totals(scan: Scan, twins: Twins) -> Iterator[_Total]:
    """What is carried and only added to, by parts that can be added up at once."""
    reads = Counter(v for n in scan.nodes for v in n.operands)
    reads.update(r for r in scan.body.results if r is not None)
    makers: dict[Value, Node] = {r: n for n in scan.nodes for r in n.results}
    for slot in scan.carried:
        total = makers.get(slot.following)
        if slot.states is not None or not applies(total, "add") or reads[total.result] != 1:
            continue
        if reads[slot.parameter] != 1 or slot.parameter not in total.operands:
            continue
        (added,) = [v for v in total.operands if v is not slot.parameter]
        if added.type != slot.parameter.type:
            continue
        parts = _parts(added, makers, reads, twins)
        if parts:
            yield _Total(slot, tuple(parts))


def _parts(
    value: Value, makers: dict[Value, Node], reads: Counter[Value], twins: Twins
) -> list[_Part]:
    """The parts of what a step adds; none where it has to be added step by step."""
    node = makers.get(value)
    if not isinstance(node, Apply):
        return []
    if node.name == "add" and all(v.type == value.type and reads[v] == 1 for v in node.operands):
        one, other = [_parts(v, makers, reads, twins) for v in node.operands]
        return one + other if one and other else []
    if node.name == "sum" and not node.attr("keepdims"):
        return [] if twins.is_same(node.operands[0]) else [_Part(node, None)]
    product = contraction_of(node, makers.get)
    if product is None or not _is_of_matrices(product):
        return []
    if any(twins.is_same(factor.value) for factor in product.factors):
        return []
    return [_Part(node, product)]


def _is_of_matrices(product: Contraction) -> bool:
    """Whether no axis of the result is one of both factors, and none is stretched."""
    left, right = product.left, product.right
    if left.letters != left.axes or right.letters != right.axes:
        return False
    return set(left.axes).isdisjoint(set(right.axes) & set(product.result))


def _waiting(totals: list[_Total], twins: Twins) -> list[Value]:
    """What the totals are made of that is known in its step alone."""
    parts = [part for total in totals for part in total.parts]
    found = dict.fromkeys(v for part in parts for v in part.operands)
    return [v for v in found if not twins.is_each(v)]


def _worth(totals: list[_Total], scan: Scan, twins: Twins) -> list[_Total]:
    """Those that take no more memory than what the loop walks along, or makes, does already.

    What is only summed is kept for that alone by no loop.
    """
    there = sum([_width(s.parameter) for s in scan.walked])
    there += sum([_width(s.value) for s in scan.collected])
    kept = {s.value for s in scan.collected if s.axis == 0}
    found = []
    for total in totals:
        needed = [v for v in _waiting([total], twins) if v not in kept]
        products = [p for p in total.parts if p.product is not None]
        if any(is_wide(v) for v in needed) or len(products) < len(total.parts):
            continue
        if sum([_width(v) for v in needed]) <= there:
            found.append(total)
            kept.update(needed)
    more = [t for t in totals if t not in found and kept.issuperset(_waiting([t], twins))]
    return [t for t in totals if t in found or t in more]


def _width(value: Value) -> int:
    return nominal(count_of(value))


def _add_up(total: _Total, twins: Twins, moved: dict[Value, Value]) -> None:
    """Makes a total of all steps, and what it started from."""
    builder, slot = twins.builder, total.slot
    initial = slot.initial
    made: Value | None = None if _is_zeros(initial, builder) else initial
    for part in total.parts:
        node = part.node
        builder.origin, builder.adjoint_of, builder.span = node.origin, node.adjoint_of, node.span
        value = _of_all_steps(part, twins)
        moved[node.result] = value
        if made is None:
            made = value
        else:
            made = builder.emit(builder.library.operation("add"), (made, value))
    assert made is not None, "something is added"
    old = slot.result
    made.name, made.named, made.nameless = old.name, old.named, old.nameless
    moved[old] = moved[slot.following] = made


def _of_all_steps(part: _Part, twins: Twins) -> Value:
    builder, library = twins.builder, twins.builder.library
    if part.product is None:
        stack = twins.stacked(part.node.operands[0])
        axes = (0, *[a + 1 for a in axes_of(part.node, stack.type.rank - 1)])
        return builder.emit(library.operation("sum"), (stack,), (axes, False))
    left, right = part.product.factors
    used = left.letters + right.letters
    step = next(c for c in _STEPS if c not in used)
    operands = [twins.stacked(factor.value) for factor in (left, right)]
    text = f"{step}{left.letters},{step}{right.letters}->{part.product.result}"
    return builder.emit(library.operation("einsum"), operands, (text,))


def _is_zeros(value: Value, builder: Builder) -> bool:
    return any(value in n.results and applies(n, "zeros") for n in reversed(builder.nodes))
