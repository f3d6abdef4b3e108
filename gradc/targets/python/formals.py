"""What the formals of an operation stand for at a node: the filler of its templates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradc.ir.node import Apply
from gradc.ir.operation import Formal
from gradc.targets.python.attributes import Spell, attribute
from gradc.targets.python.expression import Expr, Items
from gradc.targets.python.templates import Default


def filler(
    node: Apply, operands: Sequence[Expr], dimension: Spell
) -> dict[str, Expr | Default | None]:
    """What the names of a stanza's template stand for at this node."""
    found: dict[str, Expr | Default | None] = {}
    rest = len(operands) - len(node.op.operands) + 1
    position = 0
    for formal in node.op.operands:
        if formal.is_list:
            found[formal.name] = Items(operands[position : position + rest], "[]")
            position += rest
        else:
            found[formal.name] = operands[position]
            position += 1
    for formal, value in zip(node.op.attributes, node.attrs, strict=True):
        found[formal.name] = _attribute(formal, value, dimension)
    return found


def _attribute(formal: Formal, value: Any, dimension: Spell) -> Expr | Default | None:
    found = attribute(formal.kind, value, dimension)
    if found is not None and not formal.required and repr(value) == repr(formal.default):
        return Default(found)
    return found
