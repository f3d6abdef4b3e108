"""Running a graph node by node, in double precision or with complex numbers.

Every float is f64 here, f32 too: what is compared with differences needs the digits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gradc.ir.node import Apply, Collected, Node, Scan, Value, Walked
from gradc.ir.operation import Formal, Operation
from gradc.ir.sizes import Poly, Size, dimensions_of, substitute
from gradc.ir.types import DTYPES
from gradc.targets.numpy.run import UnspelledError, function_of

Environment = dict[Value, Any]


class CannotInterpretError(Exception):
    """A node that only the emitted module can run, such as a draw of random numbers."""


class Interpreter:
    """Runs nodes on arrays; `dims` are the sizes of the free dimensions.

    Random numbers are drawn from `rng`; without one, what draws cannot be run.
    """

    def __init__(self, dims: Mapping[str, int], rng: np.random.Generator | None = None):
        self._dims, self._rng = dims, rng
        self._functions: dict[Operation, Callable[..., Any]] = {}
        self._calls: dict[Node, _Call] = {}  # loops run the same nodes again and again

    def size(self, size: Size) -> int:
        known = substitute(size, dict(self._dims))
        if isinstance(known, Poly):
            raise CannotInterpretError(f"the size {size} is not known")
        return known

    def run(
        self, nodes: Iterable[Node], values: Environment, fixed: Mapping[Value, Any] | None = None
    ) -> Environment:
        """Adds the results of the nodes to `values`; those in `fixed` are put in their place."""
        for node in nodes:
            for value, array in zip(node.results, self.evaluate(node, values), strict=True):
                values[value] = array if fixed is None else fixed.get(value, array)
        return values

    def evaluate(self, node: Node, values: Environment) -> tuple[Any, ...]:
        """The results of one node."""
        call = self._calls.get(node)
        if call is not None:
            return call([_array(values[v]) for v in node.operands])
        if isinstance(node, Scan):
            return self._repeat(node, values)
        if not isinstance(node, Apply):
            raise CannotInterpretError(f"the call of `{node.name}` is not inlined")
        op = node.op
        if op.name == "array":
            data, dtype, shape = node.attrs
            sizes = [self.size(s) for s in shape]
            array = np.asarray(data, _numpy(dtype))
            return (np.full(sizes, array) if array.ndim == 0 else array.reshape(sizes),)
        if op.name == "astype":
            x = _array(values[node.operands[0]])
            is_number = np.issubdtype(np.asarray(x).dtype, np.inexact)
            return (x if is_number and node.attrs[0] in ("f32", "f64") else _converted(x, node),)
        call = self._calls[node] = self._call(node)
        return call([_array(values[v]) for v in node.operands])

    def _call(self, node: Apply) -> _Call:
        op = node.op
        function = self._functions.get(op)
        if op.traits.impure and self._rng is None:
            raise CannotInterpretError(f"`{op.name}` draws random numbers")
        if function is None:
            try:
                function = self._functions[op] = function_of(op, self._rng)
            except UnspelledError as failure:
                raise CannotInterpretError(str(failure)) from failure
        attributes = [self._attribute(f, a) for f, a in zip(op.attributes, node.attrs, strict=True)]
        return _Call(function, attributes, op.operands, len(node.results) == 1)

    def _repeat(self, scan: Scan, values: Environment) -> tuple[Any, ...]:
        """The results of a scan, step by step."""

        def array(value: Value) -> Any:
            return np.asarray(values[value])[()]

        carried = {s.parameter: array(s.initial) for s in scan.carried}
        wholes = {s: array(s.whole) for s in scan.walked}
        captured = {s.parameter: array(s.value) for s in scan.captured}
        count = self.size(scan.count)
        states = {s: [carried[s.parameter]] for s in scan.carried if s.states is not None}
        if scan.rows is not None:
            return self._in_blocks(scan, carried, wholes, captured, count)
        steps = range(count)
        collected: dict[Collected, list[Any]] = {s: [None] * count for s in scan.collected}
        for t in reversed(steps) if scan.reverse else steps:
            slices = {
                s.parameter: np.take(x, t + s.start, axis=s.axis)[()] for s, x in wholes.items()
            }
            inside = self.run(scan.nodes, {**carried, **slices, **captured})
            carried = {s.parameter: inside[s.following] for s in scan.carried}
            for slot, elements in collected.items():
                elements[t] = inside[slot.value]
            for kept, passed in states.items():
                passed.append(carried[kept.parameter])
        stacks = [
            np.stack([np.asarray(e) for e in elements], axis=slot.axis)
            if count
            else np.zeros([self.size(n) for n in slot.stack.type.shape])
            for slot, elements in collected.items()
        ]
        return (*carried.values(), *stacks, *map(np.stack, states.values()))

    def _in_blocks(
        self,
        scan: Scan,
        carried: Environment,
        wholes: Mapping[Walked, Any],
        captured: Environment,
        count: int,
    ) -> tuple[Any, ...]:
        """The results of a scan that sees several elements at a time."""
        parts: dict[Collected, list[Any]] = {s: [] for s in scan.collected}
        for start, rows in self.stretches(scan, count):
            block = slice(start, start + rows)
            seen = {s.parameter: x[(slice(None),) * s.axis + (block,)] for s, x in wholes.items()}
            inside = self.run(scan.nodes, {**carried, **seen, **captured})
            carried = {s.parameter: inside[s.following] for s in scan.carried}
            for slot, found in parts.items():
                found.append(inside[slot.value])
        stacks = [
            np.concatenate(found, axis=slot.axis)
            if found
            else np.zeros([self.size(n) for n in slot.stack.type.shape])
            for slot, found in parts.items()
        ]
        return (*carried.values(), *stacks)

    def stretches(self, scan: Scan, count: int) -> Iterator[tuple[int, int]]:
        """Where the steps of a scan in blocks begin, and of how many elements each is."""
        assert scan.block is not None, "it goes one by one"
        assert scan.rows is not None, "it goes one by one"
        (name,) = dimensions_of(scan.rows)
        block = self.size(scan.block)
        for start in range(0, count, block):
            rows = min(block, count - start)
            self._dims = {**self._dims, name: rows}
            self._calls.clear()  # attributes may be sizes
            yield start, rows

    def _attribute(self, formal: Formal, value: Any) -> Any:
        if value is None:
            return None
        if formal.kind == "dtype":
            return _numpy(value)
        if formal.kind == "entries":
            return tuple(
                slice(*self._sizes(e)) if isinstance(e, tuple) else self._sizes(e) for e in value
            )
        return self._sizes(value)

    def _sizes(self, value: Any) -> Any:
        if isinstance(value, Poly):
            return self.size(value)
        return tuple(map(self._sizes, value)) if isinstance(value, tuple) else value


class _Call:
    """What is called for a node, and with what besides its operands."""

    __slots__ = ("attributes", "end", "function", "has_one_result", "start")

    def __init__(
        self,
        function: Callable[..., Any],
        attributes: list[Any],
        formals: Sequence[Formal],
        has_one_result: bool,
    ):
        self.function, self.attributes = function, attributes
        self.has_one_result = has_one_result
        # Where the list begins, and how many operands follow it; there is at most one.
        self.start = next((i for i, f in enumerate(formals) if f.is_list), None)
        self.end = 0 if self.start is None else len(formals) - self.start - 1

    def __call__(self, operands: list[Any]) -> tuple[Any, ...]:
        start = self.start
        if start is not None:
            end = len(operands) - self.end
            operands = [*operands[:start], operands[start:end], *operands[end:]]
        with np.errstate(all="ignore"):
            results = self.function(*operands, *self.attributes)
        return (results,) if self.has_one_result else results


def _array(x: Any) -> Any:
    """Library texts call methods, which arrays have and Python's numbers have not."""
    return x if isinstance(x, np.generic) else np.asarray(x)[()]


def _numpy(dtype: str) -> Any:
    return np.dtype("float64" if dtype == "f32" else DTYPES[dtype]).type


def _converted(x: Any, node: Apply) -> Any:
    return np.asarray(x).astype(_numpy(node.attrs[0]))[()]
