"""What goes along an axis: running sums and products, recurrences, orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradc.ir.node import Apply
from gradc.ir.sizes import Size, product
from gradc.targets.onnx.functions import FUNCTIONS
from gradc.targets.onnx.logic import applied
from gradc.targets.onnx.model import Body, Tensor
from gradc.targets.onnx.operations.reductions import numbered
from gradc.targets.onnx.writer import Writer

Step = Callable[..., Tensor]


def _flat(rule: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Along an axis; of the flat array where there is none."""

    def along(w: Writer, node: Apply, x: Tensor) -> Tensor:
        axis, kind = node.attr("axis"), node.operands[0].type
        x = w.cast(x, node.result.type.dtype)
        if axis is not None:
            return rule(w, x, kind.shape, axis % kind.rank)
        flat = (product(kind.shape),)
        found = rule(w, w.reshaped(x, flat), flat, 0)
        return w.reshaped(found, node.result.type.shape)

    return along


def _cumsum(w: Writer, x: Tensor, shape: tuple[Size, ...], axis: int) -> Tensor:
    return w.op("CumSum", x, w.number(axis, "i64"))


def _accumulated(start: Callable[[str], Any], step: Step) -> Any:
    """Running results of a function, beginning with what changes nothing."""

    def rule(w: Writer, x: Tensor, shape: tuple[Size, ...], axis: int) -> Tensor:
        def walked(x: Tensor) -> Tensor:
            begin = start(x.dtype)
            return _walked(w, [x], shape, axis, begin, lambda so_far, x: step(w, so_far, x))

        return numbered(w, x, walked)

    return rule


def _walked(
    w: Writer, wholes: list[Tensor], shape: tuple[Size, ...], axis: int, start: Any, step: Step
) -> Tensor:
    """All that a step makes along an axis, one element of each array and what came before it."""
    dtype = wholes[0].dtype
    if shape[axis] == 0:  # there is nothing to walk along, and runtimes refuse to
        return w.op("Identity", wholes[-1])
    so_far, parts = Tensor(dtype, "so_far"), [Tensor(x.dtype, "element") for x in wholes]
    body = Body("step", [so_far, *parts])
    with w.inside(body):
        made = step(so_far, *parts)
        body.outputs = [w.op("Identity", made), w.op("Identity", made)]
    initial = w.op("Expand", w.number(start, dtype), w.shape((*shape[:axis], *shape[axis + 1 :])))
    _, stack = w.ops(
        "Scan", [initial, *wholes], [dtype, dtype], {"body": body},
        num_scan_inputs=len(wholes), scan_input_axes=[axis] * len(wholes),
        scan_output_axes=[axis],
    )  # fmt: skip
    return stack


def _recurrence(w: Writer, node: Apply, a: Tensor, b: Tensor) -> Tensor:
    zero = w.number(0, b.dtype)

    def step(so_far: Tensor, a: Tensor, b: Tensor) -> Tensor:
        is_none = w.op("Equal", so_far, zero, dtype="bool")
        return w.op("Add", b, applied(w, "Where", [is_none, zero, w.op("Mul", a, so_far)]))

    shape = node.result.type.shape
    return _walked(w, [a, b], shape, node.attr("axis") % len(shape), 0, step)


def _least(dtype: str) -> Any:
    return float("-inf") if dtype in ("f32", "f64") else -(2 ** (31 if dtype == "i32" else 63))


def _most(dtype: str) -> Any:
    return float("inf") if dtype in ("f32", "f64") else 2 ** (31 if dtype == "i32" else 63) - 1


# --- orders ---


def _sort(w: Writer, node: Apply, x: Tensor) -> Tensor:
    return _ordered(w, node, x)[0]


def _argsort(w: Writer, node: Apply, x: Tensor) -> Tensor:
    return _ordered(w, node, x)[1]


def _ordered(w: Writer, node: Apply, x: Tensor) -> list[Tensor]:
    """In ascending order, and from where; of equal ones the first is first, and NaN is last."""
    kind = node.operands[0].type
    axis = node.attr("axis") % kind.rank
    dtype = x.dtype
    given = w.cast(x, "i32") if dtype == "bool" else x
    count = w.size(kind.shape[axis])
    outputs = [given.dtype, "i64"]
    values, at = w.ops("TopK", [given, count], outputs, axis=axis, largest=0, sorted=1)
    return [w.cast(values, dtype), at]


def _searchsorted(w: Writer, node: Apply, a: Tensor, v: Tensor) -> Tensor:
    """How many of `a` stand before each element, or are equal to it."""
    relation = "Less" if node.attr("side") == "left" else "LessOrEqual"
    last = w.unsqueezed(v, [node.result.type.rank])
    before = w.cast(applied(w, relation, [a, last]), "i64")
    return w.op("ReduceSum", before, w.ints([-1]), keepdims=0)


RULES: dict[str, Any] = {
    "cumsum": _flat(_cumsum),
    "cumprod": _flat(_accumulated(lambda _: 1, lambda w, y, x: w.op("Mul", y, x))),
    "cummax": _flat(_accumulated(_least, lambda w, y, x: w.op("Max", y, x))),
    "cummin": _flat(_accumulated(_most, lambda w, y, x: w.op("Min", y, x))),
    "logcumsumexp": _flat(_accumulated(_least, FUNCTIONS["logaddexp"])),
    "recurrence": _recurrence,
    "sort": _sort,
    "argsort": _argsort,
    "searchsorted": _searchsorted,
}
