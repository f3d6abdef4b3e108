"""A node as an expression over its operands, by the NumPy spelling of its operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TypeAlias

from gradc.ir.node import Apply
from gradc.ir.operation import Operation
from gradc.ir.sizes import Size
from gradc.ir.types import Type
from gradc.targets.numpy.copied import for_type
from gradc.targets.numpy.plain import as_float, is_number, plain
from gradc.targets.numpy.spelling import spelling_of
from gradc.targets.python.attributes import dtype
from gradc.targets.python.expression import (
    Atom,
    Attribute,
    Binary,
    Call,
    Expr,
    Items,
    Subscript,
    Unary,
    text,
)
from gradc.targets.python.formals import filler
from gradc.targets.python.special import SPECIAL, Context, as_array
from gradc.targets.python.spelling import Spelling
from gradc.targets.python.templates import bases, template

_POWERS: Mapping[str, str] = {"2": "np.square", "0.5": "np.sqrt", "-1": "np.reciprocal"}
"""What `x**2` is for NumPy, and `np.power(x, 2)` is not."""

_OF_FLOATS = frozenset(("add", "subtract", "multiply", "divide", "maximum", "minimum"))

Way: TypeAlias = Callable[[Apply, Sequence[Expr], Context], Expr]
"""What writes the nodes of an operation as expressions over their operands."""

_CASTS: Mapping[str, str] = {"f64": "float", "i64": "int", "bool": "bool"}


def spelled_out(node: Apply, operands: Sequence[Expr], context: Context) -> Expr:
    """The value of a node."""
    if context.is_plain or (context.is_fast and is_number(node)):
        return plain(node, operands, context)
    way = _fast_way(node.op) if context.is_fast else _way(node.op)
    return way(node, operands, context)


@cache
def _way(op: Operation) -> Way:
    """How an operation is written: what its spelling alone decides is decided once."""
    spelling = spelling_of(op)
    operator, boxed = spelling.operator, spelling.boxed
    if op.name in SPECIAL or not operator:
        return _fast_way(op)
    is_binary = len(op.operands) > 1

    def operation(node: Apply, operands: Sequence[Expr], context: Context) -> Expr:
        if is_binary:
            expr: Expr = Binary(operator, operands[0], operands[1])
        else:
            expr = Unary(operator, operands[0])
        kind = node.result.type
        return _of_its_type(node, operands, expr) if kind.weak or boxed else expr

    return operation


@cache
def _fast_way(op: Operation) -> Way:
    """The same where speed matters."""
    special, spelling = SPECIAL.get(op.name), spelling_of(op)
    if special is not None:
        return special

    def spelled(node: Apply, operands: Sequence[Expr], context: Context) -> Expr:
        if node.name == "stack" and (numbers := _of_numbers(node, operands)) is not None:
            return numbers
        return _of_its_type(node, operands, _plain(node, spelling, operands, context))

    return spelled


def _of_numbers(node: Apply, operands: Sequence[Expr]) -> Expr | None:
    """An array of numbers, or of rows of them, which `np.stack` would make arrays of first."""
    kind = node.result.type
    stated = [] if kind.dtype in ("f64", "i64", "bool") else [dtype(kind.dtype)]
    if any([v.type.rank for v in node.operands]):
        rows = [e.args[0] for e in operands if isinstance(e, Call) and _is_array_of(e)]
        if node.attr("axis") % kind.rank or len(rows) < len(operands):
            return None
        operands = rows
    return Call(Atom("np.array"), [Items(operands, "[]"), *stated])


def _is_array_of(call: Call) -> bool:
    """Whether it is `np.array([…])`."""
    function, first = call.function, call.args[0] if call.args else None
    return isinstance(function, Atom) and function.text == "np.array" and isinstance(first, Items)


def _of_its_type(node: Apply, operands: Sequence[Expr], expr: Expr) -> Expr:
    """The value of a node, where NumPy would give an array for a number of Python's or its own."""
    kind = node.result.type
    if kind.weak:
        return _weakened(node, operands, kind, expr)
    if not kind.shape and spelling_of(node.op).boxed:
        return Subscript(expr, [Atom("()")])
    return expr


def formula(node: Apply, operands: Sequence[Expr], context: Context) -> Expr | None:
    """The value of a node as an expression; None where it takes several statements."""
    return None if spelling_of(node.op).statements else spelled_out(node, operands, context)


def can_write(op: Operation) -> bool:
    """Whether there is a call that writes the value into an array."""
    spelling = spelling_of(op)
    return bool(spelling.ufunc or spelling.out)


def written_into(
    node: Apply,
    operands: Sequence[Expr],
    out: Expr,
    context: Context,
    *,
    is_packed: bool = False,
) -> Expr:
    """The call that writes the value of a node into an array.

    Where that and the operands are `packed`, as their rows lie side by side, `dot` copies none.
    """
    spelling = spelling_of(node.op)
    if is_packed and context.is_fast and is_of_a_stack(node):
        inner, *columns = node.operands[1].type.shape
        matrices = [_as_rows(operands[0], [inner]), operands[1]]
        return Call(Atom("np.dot"), matrices, [("out", _as_rows(out, columns))])
    if is_packed and context.is_fast and node.name == "matmul" and _is_of_matrices(node):
        return Call(Atom("np.dot"), operands, [("out", out)])
    if spelling.ufunc:
        if node.name == "power" and (power := _POWERS.get(text(operands[-1]))):
            return Call(Atom(power), operands[:1], [("out", out)])
        return Call(Atom(spelling.ufunc), operands, [("out", out)])
    call = _plain(node, spelling, operands, context)
    assert isinstance(call, Call)
    return Call(call.function, call.args, [*call.keywords, ("out", out)])


def _operation(operator: str, operands: Sequence[Expr]) -> Expr:
    if len(operands) == 1:
        return Unary(operator, operands[0])
    return Binary(operator, operands[0], operands[1])


def _plain(node: Apply, spelling: Spelling, operands: Sequence[Expr], context: Context) -> Expr:
    function = ""
    if spelling.function:
        function = for_type(spelling.function, node.result.type.dtype)
        context.helper(function)
    if context.is_fast and node.name == "matmul" and not node.result.type.shape:
        return Call(Attribute(operands[0], "dot"), operands[1:])  # in half the time
    if spelling.operator and not (context.is_fast and _may_raise(node, spelling.operator)):
        return _operation(spelling.operator, operands)
    if spelling.ufunc:
        return Call(Atom(spelling.ufunc), operands)
    if function:
        operands = [
            as_array(x) if context.is_number(v) else x
            for x, v in zip(operands, node.operands, strict=True)
        ]
    else:
        operands = with_attributes(node, operands, context, spelling.text)
    filled = filler(node, operands, context.dimension)
    if function:
        filled[spelling.function] = Atom(function)
    return template(spelling.text)(filled)


def with_floats(node: Apply, operands: Sequence[Expr]) -> Sequence[Expr]:
    """The operands, whole numbers as floats: NumPy need not make them such at each call."""
    if node.name not in _OF_FLOATS or not node.result.type.is_float:
        return operands
    pairs = zip(node.operands, operands, strict=True)
    return [as_float(x) if v.type.weak else x for v, x in pairs]


def _is_of_matrices(node: Apply) -> bool:
    """Whether a product is of matrices and vectors of one type, not of stacks: for small ones
    `dot` takes half the time."""
    kinds = [v.type for v in (*node.operands, node.result)]
    return len({k.dtype for k in kinds}) == 1 and all([k.is_float and k.rank < 3 for k in kinds])


def is_of_a_stack(node: Apply) -> bool:
    """Whether a product is of a stack of matrices with one matrix or vector, whose rows are those
    of one matrix as well: BLAS is called once then, not for each of the stack."""
    if node.name != "matmul":
        return False
    left, right = (v.type for v in node.operands)
    is_one = left.rank > 2 and right.rank < 3 and all(isinstance(s, int) for s in right.shape)
    return is_one and 0 not in right.shape and left.dtype == right.dtype and left.is_float


def _as_rows(x: Expr, width: Sequence[Size]) -> Expr:
    """A stack of matrices as one matrix, or one of vectors as one vector: a view, where they lie
    one behind the other."""
    return Call(Attribute(x, "reshape"), [Atom("-1"), *[Atom(str(s)) for s in width]])


def _may_raise(node: Apply, operator: str) -> bool:
    """Whether an operator of Python's does other things with its own numbers than NumPy does."""
    return operator in ("//", "%", "~") and not node.result.type.shape


def with_attributes(
    node: Apply, operands: Sequence[Expr], context: Context, *texts: str
) -> list[Expr]:
    """The operands, as arrays where they are Python's numbers and these texts ask for more."""
    found = list(operands)
    for i in _asked(node.op, texts):
        if context.is_number(node.operands[i]):
            found[i] = as_array(found[i])
    return found


@cache
def _asked(op: Operation, texts: tuple[str, ...]) -> tuple[int, ...]:
    """The operands of which texts ask for an attribute or an element."""
    asked = frozenset().union(*map(bases, texts))
    return tuple([i for i, formal in enumerate(op.operands) if formal.name in asked])


def _weakened(node: Apply, operands: Sequence[Expr], kind: Type, expr: Expr) -> Expr:
    """A number made of sizes stays a Python number, so that it does not widen an f32 array."""
    if node.name in ("add", "subtract", "multiply", "negative"):
        return expr
    if spelling_of(node.op).ufunc:
        expr = Call(Atom(spelling_of(node.op).ufunc), operands)
    return Call(Atom(_CASTS[kind.dtype]), [expr])
