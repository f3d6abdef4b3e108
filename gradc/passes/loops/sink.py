"""Sink: what each step only adds to a total is added up behind the loop, for all steps at once.

`dJ_dW += x.T @ dJ_dz` is one product over steps and rows: each step keeps its `dJ_dz`. What is
added to a slice of the total goes there when it has been added up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from gradc.ir.builder import Builder
from gradc.ir.cost import count_of, nominal
from gradc.ir.loop import stacked_type
from gradc.ir.node import Apply, Carried, Collected, Node, Scan, Value, applies
from gradc.ir.slices import FULL
from gradc.passes.contract.contraction import Contraction, axes_of, contraction_of
from gradc.passes.loops.twins import Twins, is_wide
from gradc.records import dataclass, replace

_JOINS = ("concatenate", "stack")
_STEPS = "TSRQPON"  # letters for axes of steps, of which loops in loops have several


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of what a step adds: a product, a sum along axes, or a value as it is."""

    value: Value
    node: Apply | None  # what makes it, where that is more than the value
    product: Contraction | None = None  # None where it is no product
    place: tuple[Any, ...] | None = None  # the entries, where it is added to a slice of the total

    @property
    def operands(self) -> tuple[Value, ...]:
        if self.product is not None:
            return self.product.left.value, self.product.right.value
        return (self.value,) if self.node is None else self.node.operands


@dataclass(frozen=True, slots=True)
class _Total:
    slot: Carried
    parts: tuple[_Part, ...]
    joined: Apply | None = None  # what joins the parts, where they fill the total


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


def total_parts(scan: Scan, twins: Twins) -> set[Node]:
    """The products that steps only add to totals: they are not made before they are added up."""
    parts = [part for total in _totals(scan, twins) for part in total.parts]
    return {part.node for part in parts if part.node is not None and part.product is not None}


def _totals(scan: Scan, twins: Twins) -> Iterator[_Total]:
    """What is carried and only added to, by parts that can be added up at once."""
    reads = Counter(v for n in scan.nodes for v in n.operands)
    reads.update(r for r in scan.body.results if r is not None)
    makers: dict[Value, Node] = {r: n for n in scan.nodes for r in n.results}
    for slot in scan.carried:
        total = makers.get(slot.following)
        if slot.states is not None or not isinstance(total, Apply) or reads[total.result] != 1:
            continue
        if reads[slot.parameter] != 1 or slot.parameter not in total.operands:
            continue
        parts: list[_Part] = []
        joined: Apply | None = None
        if total.name == "add":
            (added,) = [v for v in total.operands if v is not slot.parameter]
            if added.type == slot.parameter.type:
                parts = _parts(added, makers, reads, twins)
                made = makers.get(added)
                if (
                    isinstance(made, Apply)
                    and made.name in _JOINS
                    and len(parts) == len(made.operands)
                ):
                    joined = made
        elif total.name == "index_add" and total.operands[0] is slot.parameter:
            parts = _placed(total, total.operands[1], makers, reads, twins)
        if parts:
            yield _Total(slot, tuple(parts), joined)


def _parts(
    value: Value, makers: dict[Value, Node], reads: Counter[Value], twins: Twins
) -> list[_Part]:
    """The parts of what a step adds; none where it has to be added step by step."""
    node = makers.get(value)
    if applies(node, "add") and all(v.type == value.type and reads[v] == 1 for v in node.operands):
        one, other = [_parts(v, makers, reads, twins) for v in node.operands]
        return one + other if one and other else []
    if applies(node, "index_adjoint"):
        return _placed(node, node.operands[0], makers, reads, twins)
    if applies(node, "index_add") and reads[node.operands[0]] == 1:
        rest = _parts(node.operands[0], makers, reads, twins)
        added = _placed(node, node.operands[1], makers, reads, twins)
        return rest + added if rest and added else []
    if isinstance(node, Apply) and node.name in _JOINS and reads[value] == 1:
        return _side_by_side(node, makers, reads, twins)
    if applies(node, "sum") and not node.attr("keepdims"):
        return [] if twins.is_same(node.operands[0]) else [_Part(value, node)]
    if isinstance(node, Apply) and (product := contraction_of(node, makers.get)) is not None:
        # A product element by element that others read as well is there as it is.
        is_alone = product.summed or reads[value] == 1
        if is_alone and _is_added_up(product):
            is_same = any(twins.is_same(factor.value) for factor in product.factors)
            return [] if is_same else [_Part(value, node, product)]
    return [] if twins.is_same(value) else [_Part(value, None)]


def _side_by_side(
    node: Apply, makers: dict[Value, Node], reads: Counter[Value], twins: Twins
) -> list[_Part]:
    """The parts of pieces that are joined, each in its slice; none where one has none."""
    axis, at = node.attr("axis") % node.result.type.rank, 0
    found: list[_Part] = []
    for piece in node.operands:
        size = 1 if node.name == "stack" else piece.type.shape[axis]
        parts = _parts(piece, makers, reads, twins)
        if not parts or not isinstance(size, int) or any(p.place is not None for p in parts):
            return []
        entry = at if node.name == "stack" else (at or None, at + size, None)
        found += [replace(part, place=(*[FULL] * axis, entry)) for part in parts]
        at += size
    return found


def _placed(
    node: Apply, value: Value, makers: dict[Value, Node], reads: Counter[Value], twins: Twins
) -> list[_Part]:
    """The parts of what is added to a slice; none where a slice is in the slice of another."""
    parts = _parts(value, makers, reads, twins)
    if any(part.place is not None for part in parts):
        return []
    return [replace(part, place=node.attr("entries")) for part in parts]


def _is_added_up(product: Contraction) -> bool:
    """Whether no axis of the result is one of both factors, or all are, and none is stretched."""
    left, right = product.left, product.right
    if left.letters != left.axes or right.letters != right.axes:
        return False
    if left.axes == right.axes == product.result:
        return True
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
        multiplied = {v for p in total.parts if p.product is not None for v in p.operands}
        if any(is_wide(v) or v not in multiplied for v in needed):
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
    joined = total.joined if made is None else None
    pieces: list[Value] = []
    for part in total.parts:
        at = part.node or twins.scan
        builder.origin, builder.adjoint_of, builder.span = at.origin, at.adjoint_of, at.span
        value = _of_all_steps(part, twins)
        if part.node is not None:
            moved[part.value] = value
        if joined is None:
            made = _with(made, value, part, slot, builder)
        pieces.append(value)
    if joined is not None:
        made = builder.emit(joined.op, pieces, joined.attrs)
    assert made is not None, "something is added"
    old = slot.result
    made.name, made.named, made.nameless = old.name, old.named, old.nameless
    moved[old] = moved[slot.following] = made


def _with(total: Value | None, value: Value, part: _Part, slot: Carried, builder: Builder) -> Value:
    """A total with a part of it added."""
    library = builder.library
    if part.place is None:
        if total is None:
            return value
        return builder.emit(library.operation("add"), (total, value))
    if total is None:
        attrs = (part.place, slot.parameter.type.shape)
        return builder.emit(library.operation("index_adjoint"), (value,), attrs)
    return builder.emit(library.operation("index_add"), (total, value), (part.place,))


def _of_all_steps(part: _Part, twins: Twins) -> Value:
    builder, library = twins.builder, twins.builder.library
    if part.product is None:
        (value,) = part.operands
        stack = twins.stacked(value)
        inner = () if part.node is None else axes_of(part.node, stack.type.rank - 1)
        axes = (0, *[a + 1 for a in inner])
        return builder.emit(library.operation("sum"), (stack,), (axes, False))
    left, right = part.product.factors
    used = left.letters + right.letters
    step = next(c for c in _STEPS if c not in used)
    operands = [twins.stacked(factor.value) for factor in (left, right)]
    text = f"{step}{left.letters},{step}{right.letters}->{part.product.result}"
    return builder.emit(library.operation("einsum"), operands, (text,))


def _is_zeros(value: Value, builder: Builder) -> bool:
    return any(value in n.results and applies(n, "zeros") for n in reversed(builder.nodes))
