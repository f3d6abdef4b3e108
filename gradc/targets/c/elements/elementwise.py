"""Operations element by element, by the `c` clauses of their stanzas."""

from __future__ import annotations

from gradc.ir.node import Apply
from gradc.ir.types import FLOATS, working_type
from gradc.targets.c.clause import filled, tokens
from gradc.targets.c.expression import Expr, binary, cast
from gradc.targets.c.helpers import HELPERS
from gradc.targets.c.identifiers import LIBM, TYPES
from gradc.targets.c.reading import Reader, broadcast_index
from gradc.targets.c.sizes import Index


def elementwise(reader: Reader, node: Apply, index: Index) -> Expr:
    """The element at a position: the clause, over the operands' elements there."""
    if node.name == "astype":
        return _converted(reader, node, index)
    dtype = working_type([v.type for v in node.operands], node.result.type)
    text = _POWERS.get(_exponent(reader, node)) or clause_of(node, dtype)
    words = tokens(text)
    names: dict[str, Expr] = {}
    for formal, operand in zip(node.op.operands, node.operands, strict=True):
        wanted = None if formal.is_condition else dtype
        expr = reader.read(operand, broadcast_index(operand, index), wanted)
        if words.count(formal.name) > 1:
            expr = reader.bound(expr, wanted or "bool", operand.name.rpartition(".")[2])
        elif operand.type.dtype == "bool" and dtype in FLOATS and "/" in words:
            expr = cast(TYPES[dtype], expr)
        names[formal.name] = expr
    for formal, attr in zip(node.op.attributes, node.attrs, strict=True):
        if isinstance(attr, int):
            names[formal.name] = Expr(str(attr))
    return filled(
        text,
        names,
        lambda name: _function(reader, name, dtype, is_alone=not index),
        lambda n: _number(n, dtype),
    )


_POWERS: dict[float | None, str] = {
    2: "x * x",
    3: "x * x * x",
    4: "x * x * (x * x)",
    0.5: "sqrt(x)",
    -1: "1 / x",
}


def _exponent(reader: Reader, node: Apply) -> float | None:
    """The exponent of a power of floats, where it is a number."""
    if node.name != "power" or node.result.type.dtype not in FLOATS:
        return None
    literal = reader.inner.get(node.operands[1])
    value = literal.attrs[0] if literal is not None and literal.name == "constant" else None
    return value if isinstance(value, int | float) else None


def clause_of(node: Apply, dtype: str) -> str:
    """The clause of an operation for an element type; behind `integers` stands theirs."""
    floats, *others = node.op.spellings["c"]
    return others[1] if others and dtype not in FLOATS else floats


def _function(reader: Reader, name: str, dtype: str, *, is_alone: bool) -> str:
    """A function by its name for the element type; libm's where it is called for one number."""
    if name in HELPERS and not (is_alone and name in LIBM):
        reader.helpers[name, dtype] = None
        return f"{name}_{dtype}"
    return f"{name}f" if name in LIBM and dtype == "f32" else name


def _number(text: str, dtype: str) -> str:
    """A number of a clause; whole ones convert to what they meet."""
    return f"{text}f" if dtype == "f32" and not text.isdigit() else text


def _converted(reader: Reader, node: Apply, index: Index) -> Expr:
    (operand,) = node.operands
    wanted, own = node.result.type.dtype, operand.type.dtype
    literal = reader.inner.get(operand)
    if literal is not None and literal.traits.literal and wanted != "bool":
        return reader.read(operand, index, wanted)
    expr = reader.read(operand, index)
    if wanted == own:
        return expr
    return binary("!=", expr, Expr("0")) if wanted == "bool" else cast(TYPES[wanted], expr)
