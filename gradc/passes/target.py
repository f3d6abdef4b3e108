"""What passes ask of the target that a program is written for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from gradc.ir.node import Apply
from gradc.ir.operation import Operation
from gradc.ir.plan import Plan
from gradc.ir.sizes import Size

if TYPE_CHECKING:
    from gradc.ir.layout import Layout


class Target(Protocol):
    """How a target spells operations, as far as memory and statements go."""

    def joins(self, node: Apply, users: Sequence[Apply]) -> bool:
        """Whether a node may be written within each of its users, in place of its value's name."""

    def is_expression(self, op: Operation) -> bool:
        """Whether its spelling reads all that it needs before it leaves its result anywhere."""

    def writes(self, op: Operation) -> bool:
        """Whether its spelling can write the result into memory that there is already."""

    def overwrites(self, op: Operation) -> frozenset[int]:
        """The operands whose memory its spelling can give to the result."""

    @property
    def nests(self) -> bool:
        """Whether it writes loops over elements itself: then nothing is cut into blocks for it,
        and what goes forward and backward in one is a routine at every level."""

    @property
    def memory(self) -> Allocations:
        """What its spellings allocate."""


class MakesNew:
    """The answers of a target whose spellings are expressions, all of which make new values."""

    def is_expression(self, op: Operation) -> bool:
        return True

    def writes(self, op: Operation) -> bool:
        return False

    def overwrites(self, op: Operation) -> frozenset[int]:
        return frozenset()


class Allocations(Protocol):
    """What spellings allocate, of operands of known sizes."""

    @property
    def shares(self) -> bool:
        """Whether all functions work in one memory, where what `forward` saves counts as well."""

    def made(self, node: Apply, operands: Sequence[Layout], packed: Layout) -> Layout:
        """How a result lies in memory of its own; `packed` is what is usual."""

    def recycles(self, node: Apply, operands: Sequence[Layout]) -> Sequence[int]:
        """The operands in whose memory the result is left, where nothing else refers to one."""

    def scratch(self, node: Apply, operands: Sequence[Layout], known: Callable[[Size], int]) -> int:
        """The bytes that are taken for a moment beside the result's."""

    def held(self, plan: Plan, dims: Mapping[str, int]) -> int | None:
        """The most that `value_and_grad` of a plan holds at these sizes, where the target settles
        that by itself; None where it follows from the plan. Raises UnknownSize."""


class ResultsAlone:
    """The allocations of spellings that take nothing beside their results."""

    shares = False

    def made(self, node: Apply, operands: Sequence[Layout], packed: Layout) -> Layout:
        return packed

    def recycles(self, node: Apply, operands: Sequence[Layout]) -> Sequence[int]:
        return ()

    def scratch(self, node: Apply, operands: Sequence[Layout], known: Callable[[Size], int]) -> int:
        return 0

    def held(self, plan: Plan, dims: Mapping[str, int]) -> int | None:
        return None
