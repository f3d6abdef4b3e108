"""What the compiler knows of an operation. The stanzas of the library say it; this is its shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from gradc.ir.graph import Check, Fragment, Node, Value
from gradc.ir.traits import Traits
from gradc.ir.types import Type

if TYPE_CHECKING:
    from gradc.ir.loop import Loop


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

    It is an operand where `kind` is "value", "indices" (integers), "values" (a list) or "rest"
    (all further arguments).
    """

    name: str
    kind: str
    default: Any = None
    required: bool = True

    @property
    def is_operand(self) -> bool:
        return self.kind in ("value", "indices", "values", "rest")

    @property
    def is_list(self) -> bool:
        """Whether it stands for any number of operands."""
        return self.kind in ("values", "rest")


class Rules(Protocol):
    """The derivative rules of an operation or of a function with a `vjp` of its own."""

    def __call__(
        self,
        node: Node,
        wanted: Sequence[bool],
        cotangents: Sequence[bool],
        constants: Mapping[Value, Any],
    ) -> Fragment:
        """The cotangents of the wanted operands, as a graph.

        The parameters of the fragment are the node's operands, its results and the cotangents of
        those results that have one (`cotangents`), in this order. `constants` holds the operands
        that are compile-time numbers: a rule sees those as numbers.
        """


@dataclass(eq=False)
class Operation:
    """A primitive: types, derivative, traits, documentation.

    `spellings` are the clauses of its stanza that targets read, by their first word.
    """

    name: str
    formals: tuple[Formal, ...]
    result_names: tuple[str, ...]
    type_rule: TypeRule
    rules: Rules | None = None
    ruled: frozenset[str] = frozenset()  # operands that carry a derivative
    traits: Traits = field(default_factory=Traits)
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    short: str = ""  # what an unnamed result is called after
    evaluate: Callable[..., Any] | None = None
    doc: str = ""
    loop: Loop | None = None  # of a scan: what it repeats
    known: Mapping[str, Any] | None = None  # of a call of the library: compile-time arguments
    body: Fragment | None = None  # of a call: a function with rules of its own, not yet inlined

    @cached_property
    def operands(self) -> tuple[Formal, ...]:
        return tuple(f for f in self.formals if f.is_operand)

    @cached_property
    def attributes(self) -> tuple[Formal, ...]:
        return tuple(f for f in self.formals if not f.is_operand)

    @cached_property
    def attribute_index(self) -> dict[str, int]:
        return {f.name: i for i, f in enumerate(self.attributes)}

    def has_rule(self, operand: int) -> bool:
        """Whether the operand at this position carries a derivative."""
        formals = self.operands
        formal = formals[min(operand, len(formals) - 1)]
        return formal.name in self.ruled

    def __repr__(self) -> str:
        return f"<op {self.name}>"


class Library(Protocol):
    """Where passes look operations up by name."""

    def operation(self, name: str) -> Operation: ...
