"""Running a graph node by node, in double precision or with complex numbers.

Every float is f64 here, f32 too: what is compared with differences needs the digits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from gradc.ir.graph import Node, Value
from gradc.ir.loop import Loop, result_types
from gradc.ir.operation import Formal, Operation
from gradc.ir.sizes import Poly, Size, substitute
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
        # Library texts call methods, which arrays have and Python's numbers have not.
        operands = [np.asarray(values[v])[()] for v in node.operands]
        op = node.op
        if op.loop is not None:
            return self._repeat(op.loop, operands)
        if op.name == "array":
            data, dtype, shape = node.attrs
            return (np.asarray(data, _numpy(dtype)).reshape([self.size(s) for s in shape]),)
        if op.name == "astype":
            (x,) = operands
            is_number = np.issubdtype(np.asarray(x).dtype, np.inexact)
            return (x if is_number and node.attrs[0] in ("f32", "f64") else _converted(x, node),)
        function = self._functions.get(op)
        if function is None:
            try:
                function = self._functions[op] = function_of(op, self._rng)
            except UnspelledError as failure:
                raise CannotInterpretError(str(failure)) from failure
        attributes = [self._attribute(f, a) for f, a in zip(op.attributes, node.attrs, strict=True)]
        with np.errstate(all="ignore"):
            results = function(*_grouped(op.operands, operands), *attributes)
        return results if len(node.results) > 1 else (results,)

    def _repeat(self, loop: Loop, operands: Sequence[Any]) -> tuple[Any, ...]:
        """The results of a scan, step by step."""
        parameters = loop.body.parameters
        carried = list(operands[: loop.carried])
        sequences = list(zip(operands[loop.slices], loop.axes, strict=True))
        captured = list(operands[loop.captured])
        count = self.size(loop.count)
        steps = range(count)
        collected: list[list[Any]] = [[None] * count for _ in loop.stacked]
        for t in reversed(steps) if loop.reverse else steps:
            slices = [np.take(s, t, axis=axis)[()] for s, axis in sequences]
            given = [*carried, *slices, *captured]
            values = self.run(loop.body.nodes, dict(zip(parameters, given, strict=True)))
            results = [values[r] for r in loop.body.results if r is not None]
            carried = results[: loop.carried]
            for stack, value in zip(collected, results[loop.carried :], strict=True):
                stack[t] = value
        stacks = []
        types = result_types(loop)[loop.carried :]
        for stack, axis, kind in zip(collected, loop.stacked, types, strict=True):
            if count:
                stacks.append(np.stack([np.asarray(v) for v in stack], axis=axis))
            else:
                stacks.append(np.zeros([self.size(s) for s in kind.shape]))
        return (*carried, *stacks)

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


def _numpy(dtype: str) -> Any:
    return np.dtype("float64" if dtype == "f32" else DTYPES[dtype]).type


def _converted(x: Any, node: Node) -> Any:
    return np.asarray(x).astype(_numpy(node.attrs[0]))[()]


def _grouped(formals: Sequence[Formal], operands: list[Any]) -> list[Any]:
    """One argument for each formal: a list of operands for the formal that takes many."""
    many = [i for i, f in enumerate(formals) if f.is_list]
    if not many:
        return operands
    start = many[0]
    end = len(operands) - (len(formals) - start - 1)
    return [*operands[:start], operands[start:end], *operands[end:]]
