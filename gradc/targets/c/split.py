"""How the outer loops of a nest, or of several, are shared out among cores.

Where each step of a loop waits for no other one, any core may do it. Where steps add to the same
sums, or use the same memory for a row, the steps go in parts, each with sums and memory of its own;
the sums are added up in the order of the parts. Parts depend on sizes alone, so that numbers are
the same on any number of cores.
"""

from __future__ import annotations

from gradc.ir.node import Value
from gradc.ir.sizes import Size
from gradc.records import dataclass, field

SHARED = 65_536
"""Elements of a sum that each part may have for itself."""

PARTS = 8
"""Of the steps of a loop. More would be more memory, fewer would leave cores without any."""

MANY = 16_384
"""Elements that are worth several cores: sums and maxima of two take some 9 µs, and threads meet
in 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """The loops that are walked as one, and what each part of their steps has for itself."""

    axes: tuple[int, ...]
    count: Size  # steps
    elements: Size  # of the largest nest, and some for each of the rows that nests share
    in_parts: bool
    added: tuple[Value, ...]  # arrays that steps add to
    parts: str  # how many parts there are: a number, or what it is called


@dataclass(slots=True)
class Parted:
    """What parts do beside their steps."""

    begins: list[str] = field(default_factory=list)  # declares what they leave
    inside: list[str] = field(default_factory=list)  # what a part begins with
    leaves: list[str] = field(default_factory=list)  # what it ends with
    joined: list[str] = field(default_factory=list)  # takes what the first part has left
    joins: list[str] = field(default_factory=list)  # adds what another part has left

    def take(self, other: Parted) -> None:
        """What parts of another nest do is done by these."""
        self.begins += other.begins
        self.inside += other.inside
        self.leaves += other.leaves
        self.joined += other.joined
        self.joins += other.joins
