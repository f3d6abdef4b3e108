"""Workspace: which arrays of a function are in memory that its next call uses again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gradc.ir.aliases import Aliases
from gradc.ir.node import Scan, Value
from gradc.ir.plan import Block, all_statements
from gradc.ir.sizes import alone, dimensions_of
from gradc.passes.plan.share import is_written
from gradc.passes.plan.variables import Variable
from gradc.passes.target import Target
from gradc.records import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Workspace:
    """Arrays by the value that is written into each first, in their order.

    Those `within` are the function's own, those `returned` the caller's. Of what is in `blocks` a
    loop over blocks sees as many elements at a time as its block has.
    """

    within: tuple[Value, ...] = ()
    returned: tuple[Value, ...] = ()
    blocks: Mapping[Value, Scan] = field(default_factory=dict)


def workspace_of(
    block: Block, given: int, variables: Sequence[Variable], target: Target
) -> Workspace:
    """The arrays of a function, the first `given` of whose results go to its caller.

    A variable has its array from the beginning, so nothing else may have that name.
    """
    found = dict(_written(block, None, target))
    roots = _roots(block)
    alone = {
        v.values[0]
        for v in variables
        if all(roots.get(value, value) is v.values[0] for value in v.values)
    }
    theirs = {
        roots.get(v, v)
        for i, v in enumerate(block.results[:given])
        if i not in block.copied and v.type.shape
    }
    ours = [v for v in found if v in alone]
    return Workspace(
        tuple([v for v in ours if v not in theirs]),
        tuple([v for v in ours if v in theirs]),
        {v: scan for v in ours if (scan := found[v]) is not None},
    )


def sized_by(workspace: Workspace, arguments: Sequence[Value]) -> Workspace:
    """Those of the arrays whose sizes can be told from the shapes of arguments."""
    told = {name for v in arguments for s in v.type.shape if (name := alone(s)) is not None}

    def kept(values: Sequence[Value]) -> tuple[Value, ...]:
        return tuple([v for v in values if all(dimensions_of(s) <= told for s in v.type.shape)])

    return replace(workspace, within=kept(workspace.within), returned=kept(workspace.returned))


def _written(
    block: Block, scan: Scan | None, target: Target
) -> Iterator[tuple[Value, Scan | None]]:
    """What could be written into memory that there is, and the loop over blocks that it is in."""
    handed = set(block.results) if scan is not None else set()
    for statement in block.statements:
        repetition = statement.repetition
        if repetition is not None:
            loop = repetition.scan
            if loop.rows is not None:
                placed = {s.value for s in repetition.placed}
                for value, inside in _written(repetition.body, loop, target):
                    if value not in placed:
                        yield value, inside
            for stack in loop.results[len(loop.carried) :]:
                yield stack, None
        elif (
            statement.over is None
            and statement.result not in handed
            and is_written(statement, target)
        ):
            yield statement.result, scan


def _roots(block: Block) -> dict[Value, Value]:
    """The first value in the memory of each, where that is another one."""
    statements = list(all_statements(block))
    aliases = Aliases([n for s in statements for n in s.nodes])
    for statement in statements:
        written = statement.into if statement.into is not None else statement.over
        if written is not None:
            aliases.take_over(statement.result, written)
    values = [r for s in statements for n in s.nodes for r in n.results]
    return {v: root for v in values if (root := aliases.root(v)) is not v}
