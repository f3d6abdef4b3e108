"""Workspace: which arrays of a function are in memory that its next call uses again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from gradc.ir.node import Scan, Value
from gradc.ir.plan import Block
from gradc.ir.sizes import alone, dimensions_of
from gradc.passes.plan.variables import Variable
from gradc.passes.target import Target
from gradc.records import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Workspace:
    """Arrays by the value that is written into each first, in their order.

    Those `within` are the function's own, those `returned` the caller's. Of what is in `blocks` a
    loop over blocks sees as many elements at a time as its block has. No two that are together in
    `places` are needed at the same time: they are in one memory, which is as large as the largest.
    """

    within: tuple[Value, ...] = ()
    returned: tuple[Value, ...] = ()
    blocks: Mapping[Value, Scan] = field(default_factory=dict)
    places: tuple[tuple[Value, ...], ...] = ()

    def __post_init__(self) -> None:
        assert self.within == tuple(chain(*self.places)), "each has its place"


def workspace_of(
    block: Block, given: int, variables: Sequence[Variable], target: Target
) -> Workspace:
    """The arrays of a function, the first `given` of whose results go to its caller.

    A variable has its array from the beginning, so nothing else may have that name.
    """
    from gradc.passes.plan.overlay import aliases_of, handed_on, lifetimes, placed

    found = dict(_written(block, None, target))
    aliases = aliases_of(block)
    alone = {
        v.values[0]
        for v in variables
        if all(aliases.root(value) is v.values[0] for value in v.values)
    }
    theirs = {
        aliases.root(v)
        for i, v in enumerate(block.results[:given])
        if i not in block.copied and v.type.shape
    }
    ours = [v for v in found if v in alone]
    blocks = {v: scan for v in ours if (scan := found[v]) is not None}
    lives, handed = lifetimes(block, aliases), handed_on(block, aliases)
    places = placed([v for v in ours if v not in theirs], blocks, lives, handed)
    return Workspace(tuple(chain(*places)), tuple([v for v in ours if v in theirs]), blocks, places)


def sized_by(workspace: Workspace, arguments: Sequence[Value]) -> Workspace:
    """Those of the arrays whose sizes can be told from the shapes of arguments."""
    told = {name for v in arguments for s in v.type.shape if (name := alone(s)) is not None}

    def kept(values: Sequence[Value]) -> tuple[Value, ...]:
        return tuple([v for v in values if all(dimensions_of(s) <= told for s in v.type.shape)])

    places = tuple([left for place in workspace.places if (left := kept(place))])
    returned = kept(workspace.returned)
    return replace(workspace, within=tuple(chain(*places)), returned=returned, places=places)


def _written(
    block: Block, scan: Scan | None, target: Target
) -> Iterator[tuple[Value, Scan | None]]:
    """What could be written into memory that there is, and the loop over blocks that it is in."""
    handed = set(block.results) if scan is not None else set()
    for statement in block.statements:
        repetition = statement.repetition
        from gradc.passes.plan.share import is_written

        if repetition is not None:
            loop = repetition.scan
            if loop.rows is not None:
                placed = {s.value for s in repetition.placed}
                for value, inside in _written(repetition.body, loop, target):
                    if value in placed:
                        continue
                    if loop.rows in value.type.shape:
                        yield value, inside
                    elif not any(
                        dimensions_of(loop.rows) & dimensions_of(s) for s in value.type.shape
                    ):
                        yield value, None  # a part of a sum
            for stack in loop.results[len(loop.carried) :]:
                yield stack, None
        elif (
            statement.over is None
            and statement.result not in handed
            and is_written(statement, target)
        ):
            yield statement.result, scan
