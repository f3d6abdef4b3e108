"""Checkpoints: what `checkpoint(x)` is made of is run again in `backward` rather than saved.

A checkpoint keeps the value that it marks; all that this value is made of, back to arguments, to
other checkpoints and to random draws, is *behind* it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gradc.ir.aliases import views_behind
from gradc.ir.node import Apply, Node, Value, applies


def kept_and_behind(producers: Mapping[Value, Node]) -> tuple[set[Value], set[Value]]:
    """The values that checkpoints keep, and those behind them."""
    marked = [n for n in producers.values() if n.name == "checkpoint" and type(n) is Apply]
    kept = {views_behind(n.operands[0], producers)[1] for n in marked}
    behind: set[Value] = set()
    pending = [v for k in kept if k in producers for v in producers[k].operands]
    while pending:
        value = pending.pop()
        node = producers.get(value)
        if node is None or value in behind or value in kept:
            continue
        if applies(node, "checkpoint") or node.traits.impure:
            continue
        behind.update(node.results)
        pending.extend(node.operands)
    return kept, behind


def just_in_time(
    again: Iterable[Node], adjoints: Iterable[Node], behind: set[Value]
) -> tuple[Node, ...]:
    """The statements of `backward`: what is behind a checkpoint stands where it is first needed.

    So the values of one stretch between checkpoints are alive at a time.
    """
    first: list[Node] = []
    late: dict[Value, Node] = {}
    for node in again:
        if any(r in behind for r in node.results) or any(v in late for v in node.operands):
            late.update((r, node) for r in node.results)
        else:
            first.append(node)
    if not late:
        return (*first, *adjoints)
    done = first
    for adjoint in adjoints:
        for node in _needed(adjoint, late):
            place = (adjoint.origin, adjoint.adjoint_of, node.span)
            done.append(node.copied(node.operands, node.results, *place))
        done.append(adjoint)
    return (*done, *dict.fromkeys(late.values()))


def _needed(user: Node, late: dict[Value, Node]) -> list[Node]:
    """The late nodes that a node needs, in order; they are late no more."""
    needed: list[Node] = []
    pending: list[tuple[Node, bool]] = [(user, False)]
    while pending:
        node, ready = pending.pop()
        if ready:
            needed.append(node)
            continue
        if node is not user:
            if node.results[0] not in late:
                continue
            for result in node.results:
                late.pop(result, None)
            pending.append((node, True))
        pending.extend((late[v], False) for v in reversed(node.operands) if v in late)
    return needed
