"""Lowerings that a template cannot give: where the best NumPy spelling depends on the shapes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Protocol

from gradc.ir.node import Apply, Value
from gradc.ir.sizes import Size
from gradc.ir.types import Type
from gradc.targets.python import attributes
from gradc.targets.python.expression import Atom, Attribute, Call, Expr, Items, Subscript
from gradc.targets.python.identifiers import spelled, string


class Context(Protocol):
    """What a lowering may ask of the routine that it is part of."""

    is_plain: bool  # it computes with Python's floats
    is_fast: bool  # f64 numbers may be such floats

    def dimension(self, name: str) -> str:
        """What a dimension is called; notes that it is used."""

    def constant_array(self, node: Apply) -> Expr:
        """The name of a module-level constant."""

    def helper(self, name: str) -> None:
        """Notes that the module needs a function of `helpers.py`."""

    def is_number(self, value: Value) -> bool:
        """Whether it is, or is declared as, a number of Python's, without the methods of arrays."""


def is_python_number(kind: Type) -> bool:
    """Whether values of a type are Python's numbers."""
    return kind.weak and not kind.shape


def as_array(x: Expr) -> Expr:
    """A number as an array of no axes."""
    return Call(Atom("np.asarray"), [x])


def _constant(node: Apply, operands: Sequence[Expr], context: Context) -> Expr:
    return _literal(*node.attrs)


@lru_cache(maxsize=1024, typed=True)
def _literal(value: Any, text: str) -> Expr:
    """A number as it is written."""
    if isinstance(value, float) and value == math.pi:
        return Atom("np.pi")
    if (
        isinstance(value, float)
        and text == repr(value)
        and (root := attributes.root_of(value)) is not None
    ):
        return root
    return Atom(spelled(value, text))


def _size(node: Apply, operands: Sequence[Expr], context: Context) -> Expr:
    return attributes.size(node.attrs[0], context.dimension)


def _array(node: Apply, operands: Sequence[Expr], context: Context) -> Expr:
    data, dtype, shape = node.attrs
    if not shape and not node.result.named:
        return Call(attributes.scalar_type(dtype), [attributes.scalar_text(data, node.result.type)])
    return context.constant_array(node)


def _zeros(node: Apply, operands: Sequence[Expr], context: Context) -> Expr:
    shape, dtype = node.attrs
    if not shape:
        return Call(attributes.scalar_type(dtype), [Atom("0")])
    name = attributes.dtype(dtype)
    sizes = [attributes.size(s, context.dimension) for s in shape]
    return Call(Atom("np.zeros"), [sizes[0] if len(sizes) == 1 else Items(sizes), name])


def _reshape(node: Apply, operands: Sequence[Expr], context: Context) -> Expr:
    before, after = node.operands[0].type.shape, node.result.type.shape
    (x,) = operands
    if not after:
        return Subscript(x, [Atom("0")] * len(before)) if before else x
    entries = _inserted(before, after)
    if entries is not None and before:
        return Subscript(x, [Atom(e) for e in entries])
    symbolic = [i for i, s in enumerate(after) if not isinstance(s, int)]
    whole = all(isinstance(s, int) and s > 0 for i, s in enumerate(after) if i not in symbolic)
    # One size that is a product reads better as -1, and means the same where no other is 0.
    rest = len(symbolic) == 1 and whole and _is_compound(after[symbolic[0]])
    sizes: list[Expr] = [
        Atom("-1") if rest and i in symbolic else attributes.size(s, context.dimension)
        for i, s in enumerate(after)
    ]
    if before:
        return Call(Attribute(x, "reshape"), sizes)
    return Call(Atom("np.reshape"), [x, Items(sizes)])


def _is_compound(size: Size) -> bool:
    return not str(size).isidentifier()


def _inserted(before: Sequence[Size], after: Sequence[Size]) -> list[str] | None:
    """The index that inserts axes of size 1, where the reshape does nothing else."""
    if len(after) <= len(before):
        return None
    entries: list[str] = []
    position = 0
    for size in after:
        missing = len(after) - len(entries) > len(before) - position
        if position < len(before) and size == before[position] and not (size == 1 and missing):
            entries.append(":")
            position += 1
        elif size == 1:
            entries.append("None")
        else:
            return None
    if position < len(before):
        return None
    while entries and entries[-1] == ":":
        entries.pop()
    return entries


def _transpose(node: Apply, operands: Sequence[Expr], context: Context) -> Expr:
    (x,) = operands
    axes = node.attr("axes")
    rank = len(axes)
    if axes == tuple(reversed(range(rank))) and rank >= 2:
        return Attribute(x, "T")
    if rank >= 2 and axes == (*range(rank - 2), rank - 1, rank - 2):
        return Attribute(x, "mT")
    return Call(Attribute(x, "transpose"), [Atom(str(a)) for a in axes]) if axes else x


def _index(node: Apply, operands: Sequence[Expr], context: Context) -> Expr:
    (x,) = operands
    entries = list(node.attr("entries"))
    used = sum(e is not None and e is not ... for e in entries)
    if ... in entries and not used and node.operands[0].type.rank == 1:
        entries[entries.index(...)] = (None, None, None)
    elif ... in entries and (used == node.operands[0].type.rank or entries[-1] is ...):
        entries.remove(...)
    while entries and entries[-1] == (None, None, None) and ... not in entries:
        entries.pop()
    if not entries:
        return x
    if context.is_number(node.operands[0]):
        x = as_array(x)
    filled = attributes.attribute("entries", tuple(entries), context.dimension)
    assert isinstance(filled, Items)
    return Subscript(x, filled.items)


def _broadcast_to(node: Apply, operands: Sequence[Expr], context: Context) -> Expr:
    if not node.result.type.shape:
        return operands[0]
    shape = [attributes.size(s, context.dimension) for s in node.result.type.shape]
    return Call(Atom("np.broadcast_to"), [operands[0], Items(shape)])


def _einsum(node: Apply, operands: Sequence[Expr], context: Context) -> Expr:
    subscripts = Atom(string(node.attr("subscripts")))
    call = Call(Atom("np.einsum"), [subscripts, *operands], [("optimize", Atom("True"))])
    if not node.result.type.shape:
        return Subscript(call, [Atom("()")])
    # NumPy gives a view of a single operand, which nothing here expects.
    return Call(Attribute(call, "copy"), []) if len(operands) == 1 else call


def _astype(node: Apply, operands: Sequence[Expr], context: Context) -> Expr:
    (x,) = operands
    dtype = attributes.dtype(node.attr("dtype"))
    if context.is_number(node.operands[0]):
        return Call(attributes.scalar_type(node.attr("dtype")), [x])
    return Call(Attribute(x, "astype"), [dtype])


SPECIAL: dict[str, Callable[[Apply, Sequence[Any], Context], Expr]] = {
    "constant": _constant,
    "size": _size,
    "array": _array,
    "zeros": _zeros,
    "reshape": _reshape,
    "transpose": _transpose,
    "index": _index,
    "broadcast_to": _broadcast_to,
    "einsum": _einsum,
    "astype": _astype,
}
