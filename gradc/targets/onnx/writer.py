"""Writing operators one after the other, with the constants and the sizes that they need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from gradc.ir.graph import Graph
from gradc.ir.node import Node, Value
from gradc.ir.sizes import Atom, Poly, Size, substitute
from gradc.ir.solving import given_by, parts
from gradc.ir.types import DTYPES
from gradc.targets.onnx.model import Body, Operator, Tensor

_ATOMS = {"max": "Max", "min": "Min"}


class Unwritten(Exception):
    """There is no operator for an operation as it is called: of which type."""


class Writer:
    """Appends operators to the body at hand.

    Sizes and constants go to the outermost body, before all else: bodies of loops see what stands
    around them.
    """

    def __init__(
        self, graph: Graph, name: str, dims: Mapping[str, int], *, differentiates: bool = False
    ):
        self.graph, self.dims, self.differentiates = graph, dims, differentiates
        self.root = self.body = Body(name)
        self.node: Node | None = None  # that operators are made for
        self.prefix = ""  # of the names of what is made on the way
        self.values: dict[Value, Tensor] = {}
        self.numbers: dict[Value, Any] = {}  # what is a number of compile time
        self.ones: set[Value] = set()  # of those, what nothing need be multiplied with
        self.constants: dict[Tensor, np.ndarray[Any, Any]] = {}
        self.sized: list[Operator] = []  # what computes sizes
        self._constants: dict[tuple[str, tuple[int, ...], bytes], Tensor] = {}
        self._sizes: dict[Size, Tensor] = {}
        self._factors: dict[str | Atom, Tensor] = {}

    # --- operators ---

    def op(self, kind: str, *inputs: Tensor, dtype: str = "", **attributes: Any) -> Tensor:
        """The result of an operator, of the first input's element type where none is told."""
        return self.ops(kind, inputs, [dtype or inputs[0].dtype], **attributes)[0]

    def ops(
        self,
        kind: str,
        inputs: Iterable[Tensor],
        dtypes: Sequence[str],
        bodies: Mapping[str, Body] | None = None,
        **attributes: Any,
    ) -> list[Tensor]:
        """The results of an operator, of such element types."""
        wish = f"{self.prefix}.{kind}" if self.prefix else kind
        outputs = [Tensor(dtype, wish) for dtype in dtypes]
        made = Operator(kind, list(inputs), outputs, attributes, self.node, bodies or {})
        self.body.operators.append(made)
        return outputs

    @contextmanager
    def inside(self, body: Body) -> Iterator[None]:
        """Operators go to a body of a loop."""
        before, self.body = self.body, body
        try:
            yield
        finally:
            self.body = before

    @contextmanager
    def _sizing(self) -> Iterator[None]:
        """Operators go to the beginning."""
        before = self.body, self.node, self.prefix
        self.body, self.node, self.prefix = Body("", operators=self.sized), None, "size"
        try:
            yield
        finally:
            self.body, self.node, self.prefix = before

    def operand(self, value: Value, dtype: str | None = None) -> Tensor:
        """A value where it is used, in an element type."""
        dtype = dtype or value.type.dtype
        if value in self.numbers:
            return self.number(self.numbers[value], dtype)
        return self.cast(self.values[value], dtype)

    # --- constants ---

    def array(self, data: Any, dtype: str, wish: str = "constant") -> Tensor:
        """A constant; equal ones are one."""
        array = np.asarray(data, DTYPES[dtype])
        key = dtype, array.shape, array.tobytes()
        found = self._constants.get(key)
        if found is None:
            if not array.shape:
                wish = f"{array[()]}"
            elif array.size <= 4 and dtype == "i64":
                wish = "ints_" + "_".join(map(str, array.ravel().tolist()))
            found = self._constants[key] = Tensor(dtype, wish)
            self.constants[found] = array
        return found

    def number(self, value: Any, dtype: str) -> Tensor:
        """A scalar."""
        if isinstance(value, Poly):
            found = self.op("Squeeze", self.size(value), self.ints([0]))
            return found if dtype == "i64" else self.cast(found, dtype)
        return self.array(value, dtype)

    def ints(self, values: Iterable[int]) -> Tensor:
        """A vector of integers, as operators take axes."""
        return self.array(np.array(list(values), np.int64), "i64")

    # --- sizes ---

    def settled(self, size: Size) -> Size:
        """A size where dimensions are known."""
        return substitute(size, dict(self.dims))

    def size(self, size: Size) -> Tensor:
        """A size as a vector of one integer."""
        size = self.settled(size)
        if isinstance(size, int):
            return self.ints([size])
        found = self._sizes.get(size)
        if found is None:
            with self._sizing():
                found = self._sizes[size] = self._sum(size)
            found.wish = f"size.{size}"
        return found

    def _sum(self, size: Poly) -> Tensor:
        total: Tensor | None = None
        for monomial, coefficient in size.terms:
            factors = [self._factor(f) for f in monomial]
            if coefficient != 1 or not factors:
                factors.append(self.ints([coefficient]))
            term = factors[0]
            for factor in factors[1:]:
                term = self.op("Mul", term, factor)
            total = term if total is None else self.op("Add", total, term)
        assert total is not None
        return total

    def _factor(self, factor: str | Atom) -> Tensor:
        found = self._factors.get(factor)
        if found is None:
            found = self._factors[factor] = self._made(factor)
        return found

    def _made(self, factor: str | Atom) -> Tensor:
        if isinstance(factor, str):
            return self._dimension(factor)
        left, right = self.size(factor.left), self.size(factor.right)
        if factor.op != "//":
            return self.op(_ATOMS[factor.op], left, right)
        # `Div` goes towards 0, and sizes go down.
        return self.op("Div", self.op("Sub", left, self.op("Mod", left, right)), right)

    def _dimension(self, name: str) -> Tensor:
        """A free dimension, from an argument that tells it; from one that is it, where there is."""
        solving = self.graph.solving
        told = [
            (v, axis, size)
            for _, v in self.graph.arguments_in_order
            for axis, size in enumerate(v.type.shape)
            if v in self.values and given_by(size, solving) == name
        ]
        value, axis, size = min(told, key=lambda t: str(t[2]) != name)
        found = self.op("Shape", self.values[value], dtype="i64", start=axis, end=axis + 1)
        factor, rest = parts(size)
        if rest:
            found = self.op("Sub", found, self.ints([rest]))
        return found if factor == 1 else self.op("Div", found, self.ints([factor]))

    def shape(self, sizes: Sequence[Size]) -> Tensor:
        """Sizes as a vector."""
        sizes = [self.settled(s) for s in sizes]
        known = [s for s in sizes if isinstance(s, int)]
        if len(known) == len(sizes):
            return self.ints(known)
        if len(sizes) == 1:
            return self.size(sizes[0])
        return self.op("Concat", *[self.size(s) for s in sizes], axis=0)

    # --- what many operations are made of ---

    def cast(self, x: Tensor, dtype: str) -> Tensor:
        """Of another element type."""
        if x.dtype == dtype:
            return x
        if x in self.constants:
            return self.array(self.constants[x].astype(DTYPES[dtype]), dtype)
        return self.op("Cast", x, dtype=dtype, to=dtype)

    def reshaped(self, x: Tensor, shape: Sequence[Size]) -> Tensor:
        """The elements in another shape; one free size need not be worked out."""
        sizes = [self.settled(s) for s in shape]
        free = [s for s in sizes if not isinstance(s, int)]
        if len(free) == 1 and 0 not in sizes:
            wanted = self.ints([s if isinstance(s, int) else -1 for s in sizes])
        else:
            wanted = self.shape(sizes)
        return self.op("Reshape", x, wanted, allowzero=int(0 in sizes or len(free) > 1))

    def expanded(self, x: Tensor, shape: Sequence[Size]) -> Tensor:
        """Broadcast to a shape. What has no elements is a constant: runtimes take an `Expand` that
        leaves none for one that changes nothing.
        """
        sizes = [self.settled(s) for s in shape]
        if 0 in sizes and not any(isinstance(s, Poly) for s in sizes):
            return self.array(np.zeros(sizes), x.dtype, "empty")
        return self.op("Expand", x, self.shape(shape))

    def filled(self, value: float, shape: Sequence[Size], dtype: str) -> Tensor:
        """An array of one number."""
        return self.expanded(self.array(value, dtype), shape)

    def unsqueezed(self, x: Tensor, axes: Sequence[int]) -> Tensor:
        return self.op("Unsqueeze", x, self.ints(axes)) if axes else x

    def squeezed(self, x: Tensor, axes: Sequence[int]) -> Tensor:
        return self.op("Squeeze", x, self.ints(axes)) if axes else x

    def transposed(self, x: Tensor, order: Sequence[int]) -> Tensor:
        """The axes in an order."""
        if list(order) == list(range(len(order))):
            return x
        return self.op("Transpose", x, perm=list(order))

    def counted(self, start: Size, stop: Size, step: int = 1) -> Tensor:
        """The integers from `start` to before `stop`."""
        start, stop = self.settled(start), self.settled(stop)
        if isinstance(start, int) and isinstance(stop, int):
            return self.array(np.arange(start, stop, step), "i64", "positions")
        ends = [self.number(v, "i64") for v in (start, stop, step)]
        return self.op("Range", *ends)

    def sliced(self, x: Tensor, axis: int, start: Size, stop: Size, step: int = 1) -> Tensor:
        """A part along an axis; a stop of -1 with a step backwards is before the beginning."""
        first, last = self.size(start), self.size(stop)
        if step < 0 and stop == -1:
            last = self.ints([-(2**62)])
        return self.op("Slice", x, first, last, self.ints([axis]), self.ints([step]))
