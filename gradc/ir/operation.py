"""What the compiler knows of an operation. The stanzas of the library say it; this is its shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from gradc.ir.traits import Traits
from gradc.ir.types import Check, Type
from gradc.records import dataclass, field


@dataclass(frozen=True, slots=True)
class Typing:
    """The result of a type rule.

    `casts` are the element types that operands are converted to first (None: as they are); a
    shorter tuple leaves the rest. `checks` is what only run time can settle.
    """

    results: tuple[Type, ...]
    casts: tuple[str | None, ...] = ()
    checks: tuple[Check, ...] = ()
    attrs: Mapping[str, Any] | None = None  # attributes in canonical form, where they change


TypeRule = Callable[..., Typing]


@dataclass(frozen=True, slots=True)
class Formal:
    """A parameter of an operation.

    It is an operand where `kind` is "value", "indices" (integers), "labels" (integers that do not
    count from the end), "positions" (a list of indices, each along an axis of its own), "values" (a
    list) or "rest" (all further arguments).
    """

    name: str
    kind: str
    default: Any = None
    required: bool = True

    @property
    def is_operand(self) -> bool:
        return self.is_position or self.kind in ("value", "values", "rest")

    @property
    def is_position(self) -> bool:
        return self.kind in ("indices", "labels", "positions")

    @property
    def is_condition(self) -> bool:
        """Whether it is held to be true or false, whatever the others are."""
        return self.name == "cond"

    @property
    def is_list(self) -> bool:
        """Whether it stands for any number of operands."""
        return self.kind in ("values", "rest", "positions")


@dataclass(eq=False)
class Operation:
    """A primitive: types, traits, documentation.

    `spellings` are the clauses of its stanza that targets read, by their first word.
    """

    name: str
    formals: tuple[Formal, ...]
    result_names: tuple[str, ...]
    type_rule: TypeRule
    ruled: frozenset[str] = frozenset()  # operands that carry a derivative
    traits: Traits = field(default_factory=Traits)
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    short: str = ""  # what an unnamed result is called after
    evaluate: Callable[..., Any] | None = None
    doc: str = ""

    @cached_property
    def operands(self) -> tuple[Formal, ...]:
        return tuple(f for f in self.formals if f.is_operand)

    @cached_property
    def positions(self) -> tuple[Formal, ...]:
        """The operands that are positions along an axis."""
        return tuple(f for f in self.operands if f.is_position)

    @cached_property
    def attributes(self) -> tuple[Formal, ...]:
        return tuple(f for f in self.formals if not f.is_operand)

    @cached_property
    def attribute_index(self) -> dict[str, int]:
        return {f.name: i for i, f in enumerate(self.attributes)}

    def carries(self, count: int) -> tuple[bool, ...]:
        """Which of so many operands carry a derivative."""
        found = self._carries
        if len(found) == count:
            return found
        return (*found[:count], *found[-1:] * (count - len(found)))

    @cached_property
    def _carries(self) -> tuple[bool, ...]:
        return tuple([f.name in self.ruled for f in self.operands])

    def __repr__(self) -> str:
        return f"<op {self.name}>"
