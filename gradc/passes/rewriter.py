"""What the identities of `rewrites.py` are given: who makes a value, and how to make another."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

from gradc.ir.builder import Builder
from gradc.ir.library import Library
from gradc.ir.node import Apply, Node, Value

_LARGEST = 2**53  # of the whole numbers that f64 has all
_VIEWS = frozenset({"broadcast_to", "reshape", "index", "transpose"})
STRETCHING = frozenset({"broadcast_to", "reshape", "ones"})
"""The operations that make an array of what is smaller."""


class Rewriter:
    """What the identities need: who makes a value, and how to make another node."""

    library: Library
    is_last: bool  # whether no derivative will be taken of what comes out
    builder: Builder
    producers: dict[Value, Apply]  # of what operations make; loops and calls are not among them
    kinds: set[str]  # the operations that made something so far
    stretches = False  # whether one of those makes an array of what is smaller
    numbers: dict[Value, Any]  # the numbers that values are; sizes are none yet

    def made_by(self, value: Value, name: str) -> Apply | None:
        """The node that makes a value, where it is this operation."""
        if value not in self.producers:
            return None
        node = self.producers[value]
        return node if node.name == name else None

    def made(self, node: Apply) -> None:
        """Notes what a node makes."""
        producers, name = self.producers, node.name
        for value in node.results:
            producers[value] = node
        if name not in self.kinds:
            self.kinds.add(name)
            self.stretches = self.stretches or name in STRETCHING
        if name == "constant":
            self.numbers[node.result] = node.attrs[0]
        elif name == "astype" and node.result.type.is_float:
            # A number of the graph's own type, such as the cotangent of the loss.
            number = self.numbers.get(node.operands[0])
            if type(number) is int and abs(number) <= _LARGEST:
                number = float(number)
            if _is_exact(number, node.attrs[0]):
                self.numbers[node.result] = number

    def number(self, value: Value) -> Any:
        """The number that a value is, or None."""
        return self.numbers.get(value)

    def everywhere(self, value: Value) -> Any:
        """The number that all elements of an array are, as it is repeated and looked into."""
        node = self.producers.get(value)
        while node is not None and node.op.name in _VIEWS:
            value = node.operands[0]
            node = self.producers.get(value)
        return 1 if node is not None and node.op.name == "ones" else self.number(value)

    def is_zeros(self, value: Value) -> bool:
        """Whether it is zeros by construction, or looks into some."""
        if "zeros" not in self.kinds:
            return False
        node = self.producers.get(value)
        while node is not None and (view := node.op.traits.view) is not None:
            node = self.producers.get(node.operands[view])
        return node is not None and node.op.name == "zeros"

    def emit(self, name: str, operands: Sequence[Value], attrs: tuple[Any, ...] = ()) -> Value:
        """A further node before the one being rewritten, in its simplest form."""
        self.builder.emit(self.library.operation(name), operands, attrs)
        return self.settle(self.builder.nodes.pop())

    def settle(self, node: Node) -> Value:
        """Adds a node, or finds what stands for it."""
        raise NotImplementedError

    def constant(self, number: Any) -> Value:
        """A number as a value; equal numbers are one."""
        self.builder.constant(number)
        return self.settle(self.builder.nodes.pop())

    def instead(
        self, node: Apply, name: str, operands: Sequence[Value], attrs: tuple[Any, ...] = ()
    ) -> Apply:
        """Another operation for the same result."""
        op = self.library.operation(name)
        return Apply(
            op, tuple(operands), attrs, node.results, node.origin, node.adjoint_of, node.span
        )


def is_folded(node: Apply) -> bool:
    """Whether a number is known where all operands of a node are."""
    kind = node.result.type
    return not kind.shape and (kind.weak or (kind.is_float and node.name != "astype"))


def fold_scalars(r: Rewriter, node: Apply) -> Apply | Value | None:
    """A number for an operation on numbers only, whose result is one."""
    if not node.operands or node.op.evaluate is None:
        return None
    known, numbers = r.numbers, []
    for operand in node.operands:
        if (number := known.get(operand)) is None:
            return None
        numbers.append(number)
    kind = node.result.type
    dtypes = [v.type.dtype for v in node.operands]
    if kind.is_float and "bool" not in dtypes:
        dtypes = ["f64"] * len(dtypes)
    folded = node.op.evaluate(numbers, dtypes, node.attrs)
    if folded is None or kind.weak:
        return None if folded is None else r.constant(folded)
    if not _is_exact(folded, kind.dtype):
        return None
    return r.instead(node, "astype", (r.constant(folded),), (kind.dtype,))


def _is_exact(number: Any, dtype: str) -> bool:
    """Whether a type of floats has this very number."""
    if not isinstance(number, float):
        return False
    return dtype == "f64" or struct.unpack("f", struct.pack("f", number))[0] == number
