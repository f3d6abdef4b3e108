"""Better: what is stable, and is used or told instead of what is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradc.ir.node import Node, Value
from gradc.passes.form_table import Form
from gradc.records import dataclass, field


@dataclass(frozen=True, slots=True)
class Better:
    """The operation or function of the library to use, and how one would write it."""

    advice: str
    name: str
    operands: tuple[Value, ...]
    negated: bool = False  # its operand is the one here, negated
    known: Mapping[str, Any] = field(default_factory=dict)
    form: Form | None = None  # whose stable formula is written, about `letters`
    letters: Mapping[str, Value] = field(default_factory=dict)
    is_told_only: bool = False
    weights: tuple[tuple[Value, bool], ...] = ()  # what the formula is weighted by, or divided
    first: bool = False  # it is done before what stands between it and the end of the formula

    def is_written(self, node: Node) -> bool:
        """Whether the compiler writes it in place of a node, which is of one type with all of it.

        A number of Python's has no type of its own: what is made of it might be of another.
        """
        operands = self.operands if self.form is None else self.letters.values()
        types = [v.type for v in operands]
        is_one = not any(t.weak or t.dtype != node.result.type.dtype for t in types)
        return is_one and not self.is_told_only
