"""What a derivative rule does to a cotangent, read off its fragment.

A rule *selects* where it hands the cotangent on in some places and 0 in the others, as that of
`where` does. It *amplifies* where it multiplies or divides by a number of the graph, which may be
infinite.
In a part of a graph that reaches the loss only through selections, an amplified cotangent that is
exactly 0 has to stay 0, and `0 * inf` would not: there `differentiate` puts a guard.
"""

from __future__ import annotations

from gradc.ir.node import Apply, Call, Fragment, Node, Value, applies


def selects(node: Apply | Call, fragment: Fragment, operand: int) -> bool:
    """Whether the operand's contribution is a choice between its cotangent and 0.

    An operation says so; of a function it is read off its rule.
    """
    return is_choice(fragment, operand) if isinstance(node, Call) else node.traits.selects


def is_choice(fragment: Fragment, operand: int) -> bool:
    """Whether a rule hands on the cotangent in some places and 0 in the others."""
    made = {r: n for n in fragment.nodes for r in n.results}
    result = fragment.results[operand]
    pending = [] if result is None else [made.get(result)]
    while pending:
        node = pending.pop()
        if applies(node, "where"):
            branches = [made.get(v) for v in node.operands[1:]]
            if any(map(_is_zero, branches)):
                return True
            pending += branches
    return False


def _is_zero(node: Node | None) -> bool:
    return applies(node, "constant") and node.attrs[0] == 0


def amplifies(fragment: Fragment, operand: int) -> bool:
    """Whether the operand's contribution is the cotangent times, or by, a value of the graph."""
    made = {r: n for n in fragment.nodes for r in n.results}
    result = fragment.results[operand]
    pending: list[Value] = [] if result is None else [result]
    seen: set[Value] = set()
    while pending:
        value = pending.pop()
        node = made.get(value)
        if node is None or value in seen:
            continue
        seen.add(value)
        if isinstance(node, Apply) and node.name in ("multiply", "divide", "power"):
            scales = node.operands if node.name == "multiply" else node.operands[1:]
            if all(_can_be_infinite(v, made) for v in scales):
                return True
        pending.extend(node.operands)
    return False


def is_pointwise(fragment: Fragment, operand: int) -> bool:
    """Whether each element of the contribution depends on that element of the cotangent alone.

    Only then is it 0 where the cotangent is; the rules of softmax or cumprod mix elements. The
    cotangent is the last parameter of the fragment.
    """
    result = fragment.results[operand]
    carrying = {fragment.parameters[-1]}
    mixed: set[Value] = set()
    for node in fragment.nodes:
        if not carrying.isdisjoint(node.operands):
            carrying.update(node.results)
            if not node.traits.elementwise or not mixed.isdisjoint(node.operands):
                mixed.update(node.results)
    return result not in mixed


def _can_be_infinite(value: Value, made: dict[Value, Node]) -> bool:
    node = made.get(value)
    return value.type.is_float and not (node is not None and node.traits.literal)
