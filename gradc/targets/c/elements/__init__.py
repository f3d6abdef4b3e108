"""Operations whose element at a position is an expression over elements of their operands."""

from __future__ import annotations

from gradc.ir.operation import Operation
from gradc.targets.c.elements import draws, made, movement, picking, placing
from gradc.targets.c.elements.elementwise import elementwise
from gradc.targets.c.reading import ElementRule

_RULES: dict[str, ElementRule] = {
    **draws.RULES,
    **made.RULES,
    **movement.RULES,
    **picking.RULES,
    **placing.RULES,
}


def has_element(op: Operation) -> bool:
    """Whether there is such an expression."""
    return op.name in _RULES or "c" in op.spellings or op.name == "astype"


def element_rule(op: Operation) -> ElementRule:
    """What writes it."""
    return _RULES.get(op.name, elementwise)
