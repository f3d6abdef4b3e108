"""Plans: which nodes are made in one go, where values live, and what is let go.

A plan leaves the program as it is. One that breaks a promise about memory is refused by
`verify_plan`, so no target has to ask whether a value is still there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property

from gradc.ir.node import Carried, Collected, Node, Scan, Value, Walked
from gradc.ir.program import Program
from gradc.ir.sizes import dimensions_of
from gradc.records import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class Repetition:
    """How the scan of a statement is run.

    In the slots that are `handed` the memory of the initial value is the loop's to overwrite. What
    the slots in `copied` carry on is other values' memory, so each step makes a copy of it. The
    elements in `inlined` are read where they are used; what is in `placed` is written straight into
    its stack, and so is what is in `kept`, which the step reads there.
    """

    scan: Scan
    body: Block
    handed: frozenset[Carried] = frozenset()
    copied: frozenset[Carried] = frozenset()
    inlined: frozenset[Walked] = frozenset()
    placed: frozenset[Collected] = frozenset()
    kept: frozenset[Collected] = frozenset()


@dataclass(slots=True, eq=False)
class Statement:
    """Nodes that are made in one go. The last is what it leaves, the others are within it.

    `into` is the operand whose memory the result takes over, `over` a value that nothing reads any
    more whose memory it is written into, `frees` the values whose memory is let go afterwards.
    """

    nodes: tuple[Node, ...]
    into: Value | None = None
    over: Value | None = None
    frees: tuple[Value, ...] = ()
    repetition: Repetition | None = None
    node: Node = field(init=False)
    result: Value = field(init=False)

    def __post_init__(self) -> None:
        self.node = self.nodes[-1]
        self.result = self.node.results[0]

    @property
    def inner(self) -> tuple[Node, ...]:
        """The nodes that are written within it."""
        return self.nodes[:-1]

    @property
    def reads(self) -> dict[Value, None]:
        """What it reads of what stands before it, in order."""
        if len(self.nodes) == 1:
            return dict.fromkeys(self.node.operands)
        # What is written within it is made before it is read.
        made = {r for n in self.nodes[:-1] for r in n.results}
        return dict.fromkeys([v for n in self.nodes for v in n.operands if v not in made])


@dataclass(frozen=True, eq=False)
class Block:
    """The statements of a routine or a loop's body; `owned` are arguments that it may overwrite.

    The results at the positions in `copied` are handed out as copies.
    """

    arguments: tuple[Value, ...]
    statements: tuple[Statement, ...]
    results: tuple[Value, ...]
    owned: frozenset[Value] = frozenset()
    copied: frozenset[int] = frozenset()

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Each node once, those of loops' bodies left out."""
        return tuple(dict.fromkeys([n for s in self.statements for n in s.nodes]))

    @cached_property
    def stated(self) -> dict[Value, int]:
        """The values that statements leave, and the statement of each."""
        return {r: i for i, s in enumerate(self.statements) for r in s.node.results}


@dataclass(frozen=True, slots=True)
class Plan:
    """A block for each routine of the program, by its name."""

    program: Program
    blocks: dict[str, Block]


def all_statements(block: Block) -> Iterator[Statement]:
    """The statements of a block, and those of the loops in it."""
    if all([s.repetition is None for s in block.statements]):
        return iter(block.statements)
    return _with_bodies(block)


def _with_bodies(block: Block) -> Iterator[Statement]:
    for statement in block.statements:
        yield statement
        if statement.repetition is not None:
            yield from _with_bodies(statement.repetition.body)


def rows_counted(blocks: Iterable[Block]) -> list[str]:
    """The dimensions that count the elements of what loops see at a time."""
    loops = [s.repetition for block in blocks for s in all_statements(block)]
    sizes = [loop.scan.rows for loop in loops if loop is not None and loop.scan.rows is not None]
    return sorted({name for size in sizes for name in dimensions_of(size)})


def reads_of(block: Block) -> Counter[Value]:
    """How often each value is read, in loops too."""
    reads = Counter([v for s in all_statements(block) for n in s.nodes for v in n.operands])
    reads.update(block.results)
    return reads


def depth(block: Block) -> int:
    """How deep loops stand in each other."""
    bodies = [s.repetition.body for s in block.statements if s.repetition is not None]
    return max([1 + depth(body) for body in bodies], default=0)
