"""What the compiler knows of an operation. The stanzas of the library say it; this is its shape."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from gradc.ir.graph import Check, Fragment, Node, Value
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


@dataclass(frozen=True, slots=True)
class Lowering:
    """The NumPy spelling: a Python expression over operands and attributes, or statements.

    `ufunc` is its function where one exists (so `out=` does), `operator` its Python operator.
    A `view` may share memory with its first operand.
    """

    text: str = ""
    ufunc: str = ""
    operator: str = ""
    view: bool = False
    statements: tuple[str, ...] = ()
    spoken: str = ""  # what comments say where the spelling is several statements
    function: str = ""  # a helper of the module, copied where it is used
    out: bool = False  # `text` is a call that takes `out=`, and works element by element


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
    """A primitive: types, derivative, NumPy spelling, documentation, examples."""

    name: str
    formals: tuple[Formal, ...]
    result_names: tuple[str, ...]
    type_rule: TypeRule
    lowering: Lowering
    rules: Rules | None = None
    ruled: frozenset[str] = frozenset()  # operands that carry a derivative
    analytic: bool = False
    short: str = ""  # what an unnamed result is called after
    evaluate: Callable[..., Any] | None = None
    doc: str = ""
    formula: str = ""  # its value in SymPy's words, where it works element by element
    flags: frozenset[str] = field(default_factory=frozenset)
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

    @cached_property
    def overwrites(self) -> frozenset[int]:
        """The operands whose memory the result may take over, where they die.

        All of them where it works element by element with `out=`; the first where the NumPy
        spelling begins with a copy of it, which is then left out.
        """
        if self.lowering.ufunc or self.lowering.out:
            return frozenset(range(len(self.operands)))
        return frozenset({0} if self.copies_first else ())

    @cached_property
    def copies_first(self) -> bool:
        """Whether the NumPy spelling is `y = x.copy()` and changes to that."""
        copy = f"{self.result_names[0]} = {self.operands[0].name}.copy()" if self.operands else ""
        return self.lowering.statements[:1] == (copy,)

    @cached_property
    def repeated(self) -> frozenset[int]:
        """The operands that the NumPy spelling names more than once."""
        words = re.findall(r"\w+", self.lowering.text)
        return frozenset(i for i, f in enumerate(self.operands) if words.count(f.name) > 1)

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
