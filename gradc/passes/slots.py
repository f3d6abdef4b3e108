"""Slots: what a loop carries, walks along or collects without need.

What is never replaced is captured, and what is zero by construction is not carried: the cotangent
of what does not reach the loss. Only `zeros`, views of them and their sums count as zero: a product
with zeros is none where the other factor is infinite.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from gradc.ir.node import Apply, Captured, Node, Scan, Value, applies
from gradc.ir.operation import Operation
from gradc.records import dataclass, replace


@dataclass(frozen=True, slots=True)
class Slimmed:
    """A scan with fewer slots, what its other results are now, and what makes them."""

    scan: Scan
    moved: Mapping[Value, Value]
    made: tuple[Node, ...]


def slimmed(scan: Scan, is_zeros: Callable[[Value], bool], zeros: Operation) -> Slimmed | None:
    """The scan without the slots that it does not need, or None where it needs them all.

    `is_zeros` answers for the operands.
    """
    handed = [*((s.parameter, s.whole) for s in scan.walked)]
    handed += [(s.parameter, s.value) for s in scan.captured]
    zero = {parameter for parameter, operand in handed if is_zeros(operand)}
    # What starts as zeros stays so, unless something else follows it or what it is made of.
    empty = [s for s in scan.carried if is_zeros(s.initial)]
    while True:
        found = _zeros_among(scan.nodes, zero | {s.parameter for s in empty})
        left = [s for s in empty if s.following in found]
        if len(left) == len(empty):
            break
        empty = left
    outside = {s.parameter: s.value for s in scan.captured}
    still = [
        s
        for s in scan.carried
        if s not in empty and (s.following is s.parameter or outside.get(s.following) is s.initial)
    ]
    stacks = [s for s in scan.collected if s.value in found]
    if not (zero or empty or still or stacks):
        return None

    def filled(value: Value) -> Node:
        attrs = (value.type.shape, value.type.dtype)
        return Apply(zeros, (), attrs, (value,), scan.origin, scan.adjoint_of, scan.span)

    zero |= {s.parameter for s in empty}
    captured = [s for s in scan.captured if s.parameter not in zero]
    return Slimmed(
        replace(
            scan,
            carried=tuple(s for s in scan.carried if s not in empty and s not in still),
            walked=tuple(s for s in scan.walked if s.parameter not in zero),
            captured=(*captured, *(Captured(s.parameter, s.initial) for s in still)),
            collected=tuple(s for s in scan.collected if s not in stacks),
            nodes=(*(filled(p) for p in scan.parameters if p in zero), *scan.nodes),
        ),
        {s.result: s.initial for s in (*empty, *still)},
        tuple(filled(s.stack) for s in stacks),
    )


def _zeros_among(nodes: Iterable[Node], given: Iterable[Value]) -> set[Value]:
    """The values that are zero where the given ones are."""
    found = set(given)
    for node in nodes:
        view = node.traits.view
        if (
            applies(node, "zeros")
            or (view is not None and node.operands[view] in found)
            or (
                (applies(node, "add") or applies(node, "subtract"))
                and found.issuperset(node.operands)
            )
        ):
            found.add(node.result)
    return found
