"""Share: which results are written into memory that nothing reads any more."""

from __future__ import annotations

from collections.abc import Sequence, Set

from gradc.ir.aliases import Aliases
from gradc.ir.node import Apply, Value
from gradc.ir.plan import Statement
from gradc.ir.types import Type
from gradc.passes.plan.free import last_reads
from gradc.passes.target import Target
from gradc.records import replace


def with_shares(
    statements: Sequence[Statement],
    results: Sequence[Value],
    aliases: Aliases,
    target: Target,
    placed: Set[Value],
) -> list[Statement]:
    """The statements, those that are written over what is dead with that.

    What is a result is made anew: its memory is the caller's. So is what is `placed` elsewhere.
    """
    last = last_reads(statements, results, aliases)
    given = {aliases.root(v) for v in results}
    dead: dict[Type, list[Value]] = {}
    dying: dict[int, list[Value]] = {}
    done: list[Statement] = []
    for position, statement in enumerate(statements):
        for value in dying.pop(position - 1, ()):
            dead.setdefault(value.type, []).append(value)
        result, root = statement.result, aliases.root(statement.result)
        if is_written(statement, target) and result not in placed:
            if root not in given and (free := dead.get(result.type)):
                over = free.pop()
                statement = replace(statement, over=over)
                last[over] = last.get(root, position)
                aliases.take_over(root, over)
                root = over
            dying.setdefault(last.get(root, position), []).append(root)
        done.append(statement)
    return done


def is_written(statement: Statement, target: Target) -> bool:
    """Whether a statement makes an array that could be written into memory that there is."""
    node = statement.node
    return (
        statement.repetition is None
        and statement.into is None
        and isinstance(node, Apply)
        and len(node.results) == 1
        and bool(node.result.type.shape)
        and node.traits.view is None
        and target.writes(node.op)
    )
