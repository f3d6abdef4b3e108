"""Reuse: which results take over memory that dies.

A value is overwritten only where that is proven safe: its memory was made by this block, nothing
later reads it, no other operand looks into it, and the result has its shape and element type.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

from gradc.ir.aliases import Aliases
from gradc.ir.node import Apply, Value
from gradc.ir.plan import Statement
from gradc.passes.plan.free import last_reads
from gradc.passes.target import Target
from gradc.records import replace


def with_reuse(
    statements: Sequence[Statement],
    results: Sequence[Value],
    aliases: Aliases,
    target: Target,
    placed: Set[Value] = frozenset(),
) -> list[Statement]:
    """The statements, those that overwrite an operand with that; `aliases` then knows of it.

    What is `placed` is written elsewhere.
    """
    if not any([s.result.type.shape for s in statements]):
        return list(statements)  # numbers have no memory to take over
    last = last_reads(statements, results, aliases)
    done = []
    for position, statement in enumerate(statements):
        operand = _dying(statement, position, last, aliases, target)
        if operand is None or statement.result in placed:
            done.append(statement)
            continue
        # The memory now lives as long as the result and the views of it do.
        last[aliases.root(operand)] = last.get(statement.result, position)
        aliases.take_over(statement.result, operand)
        done.append(replace(statement, into=operand))
    return done


def _dying(
    statement: Statement,
    position: int,
    last: dict[Value, int],
    aliases: Aliases,
    target: Target,
) -> Value | None:
    """The first operand that the statement can overwrite."""
    node = statement.node
    if not isinstance(node, Apply) or not node.result.type.shape:
        return None
    within = {n.results[0] for n in statement.inner}
    for index in sorted(target.overwrites(node.op)):
        operand = node.operands[index]
        if (
            operand.type == node.result.type
            and aliases.owns(operand)
            and operand not in within
            and last[aliases.root(operand)] == position
            and _is_only_reader(operand, node.operands, aliases)
        ):
            return operand
    return None


def _is_only_reader(operand: Value, operands: Sequence[Value], aliases: Aliases) -> bool:
    """No other operand is a view of the memory that is overwritten."""
    root = aliases.root(operand)
    return all(v is operand or aliases.root(v) is not root for v in operands)
