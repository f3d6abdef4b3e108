"""Mild: does what is made of a value mind an absolute error, where the value is small?

`0.5 + 0.5 * tanh(0.5 * z)` is as close to `sigmoid(z)` as numbers near 1 are to each other, which
is all that sums need. A logarithm, or a quotient, of a small one would be far off.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from gradc.ir.node import Apply, Node, Scan, Value

# What may be as small as its operand is: its readers are asked in turn.
_PASSED_ON = frozenset(
    (
        "multiply add subtract negative power divide index reshape transpose concatenate stack"
        " broadcast_to astype guard guard_in_doubt index_adjoint index_add checkpoint"
    ).split()
)
# What adds up many, or has a slope that is bounded.
_TOLERANT = frozenset(
    "matmul einsum vecdot sum mean max tanh sigmoid exp logsumexp softmax sin cos".split()
)


def is_mild(values: Iterable[Value], scan: Scan, around: Sequence[Node]) -> bool:
    """Whether this holds of values in a body, there and among the nodes around the loop."""
    inside = _reached(values, scan.nodes)
    if inside is None:
        return False
    again = {s.parameter for s in scan.carried if s.following in inside}
    if not again <= inside:
        return is_mild(inside | again, scan, around)
    outside = [s.result for s in scan.carried if s.following in inside]
    outside += [s.states for s in scan.carried if s.following in inside and s.states is not None]
    outside += [s.stack for s in scan.collected if s.value in inside]
    return _reached(outside, around) is not None


def _reached(values: Iterable[Value], nodes: Iterable[Node]) -> set[Value] | None:
    """The values that may be as small as these; None where a node minds."""
    found = set(values)
    for node in nodes:
        if found.isdisjoint(node.operands):
            continue
        if isinstance(node, Scan):
            pairs = zip(node.parameters, node.operands, strict=True)
            inside = _reached([p for p, v in pairs if v in found], node.nodes)
            if inside is None:
                return None
            if not node.reverse:  # what backward makes of it is not followed
                made = [r for r in node.body.results if r is not None]
                pairs = zip(made, node.results[: len(made)], strict=True)
                found.update(result for value, result in pairs if value in inside)
        elif not isinstance(node, Apply) or _minds(node, found):
            return None
        elif node.name in _PASSED_ON:
            found.update(node.results)
    return found


def _minds(node: Apply, small: Collection[Value]) -> bool:
    if node.name == "divide":
        return node.operands[1] in small
    return node.name not in _PASSED_ON | _TOLERANT
