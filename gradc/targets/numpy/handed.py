"""What functions hand to their callers."""

from __future__ import annotations

from gradc.ir.node import Value
from gradc.ir.plan import Block
from gradc.ir.types import Type
from gradc.targets.numpy.lower import Lowering
from gradc.targets.python import attributes
from gradc.targets.python.expression import Atom, Attribute, Call, Expr


def output(value: Value, code: Lowering) -> Expr:
    """A value as it is returned: f64 scalars as Python floats."""
    expr = code.reference(value)
    if code.is_plain or value in code.sure:
        return expr
    if value.type == Type("f64"):
        return Call(Atom("float"), [expr])
    if value in code.annotations.numbers:
        return Call(attributes.scalar_type(value.type.dtype), [expr])
    return expr


def handed_out(block: Block, code: Lowering) -> list[Expr]:
    """The results of a routine as they are returned."""
    found = [output(value, code) for value in block.results]
    return [Call(Attribute(e, "copy"), []) if i in block.copied else e for i, e in enumerate(found)]
