"""ONNX operators that work element by element."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
from onnx import helper

from gradc.importing.foreign import Operand, Tensor, language_type
from gradc.importing.onnx.bound import Bound, Known
from gradc.importing.onnx.one_node import Node, plain
from gradc.importing.onnx.sayings import says
from gradc.importing.onnx.shaping import reshaped

SAME = {
    "Abs": "abs", "Acos": "arccos", "Acosh": "arccosh", "Asin": "arcsin", "Asinh": "arcsinh",
    "Atan": "arctan", "Atanh": "arctanh", "Ceil": "ceil", "Cos": "cos", "Cosh": "cosh",
    "Erf": "erf", "Exp": "exp", "Floor": "floor", "HardSwish": "hardswish", "IsNaN": "isnan",
    "Log": "log", "Mish": "mish", "Neg": "negative", "Not": "logical_not", "Relu": "relu",
    "Reciprocal": "reciprocal", "Round": "round", "Sigmoid": "sigmoid", "Sign": "sign",
    "Sin": "sin", "Sinh": "sinh", "Softplus": "softplus", "Softsign": "softsign", "Sqrt": "sqrt",
    "Tan": "tan", "Tanh": "tanh", "Add": "add", "Sub": "subtract", "Mul": "multiply",
    "And": "logical_and", "Or": "logical_or", "Xor": "not_equal", "Equal": "equal",
    "Less": "less", "LessOrEqual": "less_equal", "Greater": "greater",
    "GreaterOrEqual": "greater_equal",
}  # fmt: skip
"""Operators that are one of gradc's operations, with the same operands."""


@says(*SAME)
def same(n: Node) -> Bound:
    if n.op == "Equal" and (hot := _one_hot(n)):
        return hot
    given = operands(n, word_of(n))
    if n.op == "Add" and isinstance(given[1], int | float) and given[1] < 0:
        return n.apply("subtract", given[0], -given[1])
    return n.apply(SAME[n.op], *given)


def _one_hot(n: Node) -> Tensor | None:
    """Labels held against all that they may be, along a new last axis."""
    for labels, every in (n.inputs, n.inputs[::-1]):
        if not isinstance(labels, Tensor) or not isinstance(every, Known) or not every.data.ndim:
            continue
        count = every.data.shape[-1]
        counted = every.data.size == count and (every.data.reshape(-1) == np.arange(count)).all()
        if counted and count > 1 and labels.rank >= every.data.ndim and labels.shape[-1] == 1:
            flat = reshaped(n, labels, list(labels.shape[:-1]))
            return n.apply("one_hot", flat, count, dtype="bool") if is_integer(flat) else None
    return None


def word_of(n: Node) -> str:
    """What a weight is to an operator, where its own name does not tell."""
    if n.op == "Add":
        makers = [b.maker.op for b in n.inputs if isinstance(b, Tensor) and b.maker]
        return "b" if any(m == "matmul" or m.startswith("conv") for m in makers) else "offset"
    return {"Mul": "scale", "Sub": "mean"}.get(n.op, "")


def operands(n: Node, word: str = "") -> list[Operand]:
    """The inputs; what is one number is that number, where its axes change nothing."""
    ranks = [len(b.shape) for b in n.inputs if isinstance(b, Tensor | Known)]
    found: list[Operand] = []
    for i, bound in enumerate(n.inputs):
        if isinstance(bound, Known) and bound.data.size == 1:
            rest = ranks[:i] + ranks[i + 1 :]
            if rest and bound.data.ndim <= max(rest):
                bound = Known(bound.data.reshape(()))
        if isinstance(bound, Known) and bound.learned and bound.data.size > 1:
            found.append(n.as_tensor(bound, word))
        elif isinstance(bound, Tensor | Known):
            operand = n.operand(bound)
            number = isinstance(operand, Tensor) and operand.is_known and not operand.rank
            found.append(plain(operand) if number else operand)
    return found


def is_integer(x: Operand) -> bool:
    """Whether an operand holds integers."""
    return x.dtype in ("i32", "i64") if isinstance(x, Tensor) else type(x) is int


@says("Div")
def div(n: Node) -> Bound:
    x, y = operands(n)
    if not (is_integer(x) and is_integer(y)):
        return n.apply("divide", x, y)
    # ONNX rounds the quotient of integers towards zero.
    quotient = n.apply("floor_divide", n.apply("abs", x), n.apply("abs", y))
    return n.apply(
        "multiply", quotient, n.apply("multiply", n.apply("sign", x), n.apply("sign", y))
    )


@says("Mod")
def mod(n: Node) -> Bound:
    x, y = operands(n)
    if not n.attr("fmod", 0):
        return n.apply("remainder", x, y)
    if is_integer(x):
        return n.apply(
            "multiply",
            n.apply("sign", x),
            n.apply("remainder", n.apply("abs", x), n.apply("abs", y)),
        )
    return n.apply("subtract", x, n.apply("multiply", n.apply("trunc", n.apply("divide", x, y)), y))


WHOLE = 16
"""Exponents below this are written as integers, where they are whole."""


@says("Pow")
def power(n: Node) -> Bound:
    x, y = operands(n)
    if isinstance(y, float) and y.is_integer() and abs(y) < WHOLE:
        y = int(y)  # as a reader would write it
    result = n.apply("power", x, y)
    wanted = x.dtype if isinstance(x, Tensor) else result.dtype
    return result if result.dtype == wanted else n.apply("astype", result, wanted)


@says("Max", "Min")
def extreme(n: Node) -> Bound:
    name = "maximum" if n.op == "Max" else "minimum"
    return _folded(n, name)


@says("Sum")
def total(n: Node) -> Bound:
    return _folded(n, "add")


@says("Mean")
def mean(n: Node) -> Bound:
    count = len(n.inputs)
    return n.apply("divide", _folded(n, "add"), float(count)) if count > 1 else n.tensor(0)


def _folded(n: Node, op: str) -> Tensor:
    given = operands(n)
    least = {"maximum": float("-inf"), "minimum": float("inf")}.get(op)
    first, *rest = [g for g in given if type(g) is not float or g != least] or given
    if not rest and isinstance(first, Tensor):
        return first
    found = reduce(lambda a, b: n.apply(op, a, b), rest, first)
    assert isinstance(found, Tensor)
    return found


@says("Where")
def where(n: Node) -> Bound:
    return n.apply("where", *operands(n))


@says("IsInf")
def is_inf(n: Node) -> Bound:
    x = n.tensor(0)
    both = n.attr("detect_negative", 1), n.attr("detect_positive", 1)
    if both == (1, 1):
        return n.apply("isinf", x)
    if both == (0, 0):
        return n.apply("logical_and", n.apply("isinf", x), False)
    return n.apply("equal", x, float("-inf") if both[0] else float("inf"))


@says("Identity")
def identity(n: Node) -> Bound:
    return n.bound(0)


@says("Dropout")
def dropout(n: Node) -> Bound:
    x = n.tensor(0)
    rate = float(n.number(1, "ratio", 0.5))
    training = n.has(2) and bool(n.numbers(2).item())
    if n.wants(1):
        if training and rate:
            raise n.refuse("whose mask is read")
        return x, n.apply("full", x.shape, True, dtype="bool")
    # Where it does nothing in the file, it does so in training only.
    return n.apply("dropout", x, rate) if rate else x


@says("Cast", "CastLike")
def cast(n: Node) -> Bound:
    x = n.tensor(0)
    dtype = n.tensor(1).dtype if n.op == "CastLike" else _element_type(n)
    if x.maker and x.maker.op == "one_hot" and x.dtype == "bool" and dtype == "f32":
        return n.apply("one_hot", *x.maker.operands)
    return x if x.dtype == dtype else n.apply("astype", x, dtype)


def _element_type(n: Node) -> str:
    return language_type(np.dtype(helper.tensor_dtype_to_np_dtype(n.attr("to"))))


@says("Clip")
def clip(n: Node) -> Bound:
    bounds: dict[str, Any] = {}
    for i, name in enumerate(("min", "max"), 1):
        if n.has(i):
            bounds[name] = plain(n.tensor(i))
        elif n.attr(name) is not None:
            bounds[name] = float(n.attr(name))
    x = n.tensor(0)
    if not bounds:
        return x
    if bounds.get("min") == 0.0 and bounds.get("max") == 6.0:
        return n.apply("relu6", x)
    return n.apply("clip", x, **bounds)


# --- activations ---


@says("LeakyRelu")
def leaky_relu(n: Node) -> Bound:
    return n.apply("leaky_relu", n.tensor(0), negative_slope=short(n.attr("alpha", 0.01)))


@says("PRelu")
def prelu(n: Node) -> Bound:
    return n.apply("prelu", n.tensor(0), n.tensor(1, "weight"))


@says("Elu", "Celu")
def elu(n: Node) -> Bound:
    alpha = short(n.attr("alpha", 1.0))
    attrs = {} if alpha == 1 else {"alpha": alpha}
    return n.apply(n.op.lower(), n.tensor(0), **attrs)


@says("Selu")
def selu(n: Node) -> Bound:
    x = n.tensor(0)
    alpha, gamma = n.attr("alpha", 1.67326319), n.attr("gamma", 1.05070102)
    if abs(alpha - 1.6732632) < 1e-6 and abs(gamma - 1.0507010) < 1e-6:
        return n.apply("selu", x)
    return n.apply("multiply", short(gamma), n.apply("elu", x, alpha=short(alpha)))


@says("HardSigmoid")
def hard_sigmoid(n: Node) -> Bound:
    x, alpha, beta = n.tensor(0), n.attr("alpha", 0.2), n.attr("beta", 0.5)
    if abs(alpha - 1 / 6) < 1e-7 and beta == 0.5:
        return n.apply("hardsigmoid", x)
    return n.apply(
        "clip", n.apply("add", n.apply("multiply", short(alpha), x), short(beta)), min=0, max=1
    )


@says("ThresholdedRelu")
def thresholded_relu(n: Node) -> Bound:
    x = n.tensor(0)
    return n.apply("where", n.apply("greater", x, short(n.attr("alpha", 1.0))), x, 0)


@says("Shrink")
def shrink(n: Node) -> Bound:
    x, bias, bound = n.tensor(0), short(n.attr("bias", 0.0)), short(n.attr("lambd", 0.5))
    if is_integer(x):
        raise n.refuse("of integers")
    if bias == bound:
        return n.apply("softshrink", x, lambd=bound)
    if not bias:
        return n.apply("hardshrink", x, lambd=bound)
    below = n.apply("where", n.apply("less", x, -bound), n.apply("add", x, bias), 0)
    return n.apply("where", n.apply("greater", x, bound), n.apply("subtract", x, bias), below)


@says("Gelu")
def gelu(n: Node) -> Bound:
    attrs = {"approximate": "tanh"} if n.attr("approximate", "none") == "tanh" else {}
    return n.apply("gelu", n.tensor(0), **attrs)


@says("Swish")
def swish(n: Node) -> Bound:
    x, alpha = n.tensor(0), short(n.attr("alpha", 1.0))
    if alpha == 1:
        return n.apply("silu", x)
    return n.apply("multiply", x, n.apply("sigmoid", n.apply("multiply", alpha, x)))


def short(number: float) -> float:
    """A number of f32 in the fewest digits that tell it, as who wrote it did."""
    return float(str(np.float32(number)))
