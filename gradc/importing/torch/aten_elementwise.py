"""ATen's operations that work element by element, and activations."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradc.importing.foreign import Operand, Tensor, Unsupported, numpy_type
from gradc.importing.torch.aten import TABLE, Arguments, Handler, TorchMaking, near_end, says, told

_SAME = """
abs ceil cos cosh digamma erf erfc erfinv exp exp2 expm1 floor isfinite isinf isnan lgamma
log log10 log1p log2 logical_not mish reciprocal relu relu6 rsqrt selu sigmoid sign silu sin
sinh sqrt square tan tanh trunc hardsigmoid hardswish log_sigmoid sinc deg2rad rad2deg
softsign"""
_CALLED = {
    "acos": "arccos", "acosh": "arccosh", "asin": "arcsin", "asinh": "arcsinh", "atan": "arctan",
    "atanh": "arctanh", "neg": "negative", "sgn": "sign", "bitwise_not": "logical_not",
    "special_expit": "sigmoid", "special_erf": "erf", "special_ndtr": "ndtr", "absolute": "abs",
    "special_log_ndtr": "log_ndtr", "fix": "trunc",
}  # fmt: skip
_PAIRS = {
    "add": "add", "sub": "subtract", "mul": "multiply", "pow": "power", "maximum": "maximum",
    "minimum": "minimum", "atan2": "arctan2", "remainder": "remainder", "eq": "equal",
    "ne": "not_equal", "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal",
    "logical_and": "logical_and", "logical_or": "logical_or", "bitwise_and": "logical_and",
    "bitwise_or": "logical_or", "logical_xor": "not_equal", "bitwise_xor": "not_equal",
    "hypot": "hypot", "copysign": "copysign", "xlogy": "xlogy", "special_xlogy": "xlogy",
    "logaddexp": "logaddexp", "fmax": "fmax", "fmin": "fmin",
    "multiply": "multiply", "subtract": "subtract", "floor_divide": "floor_divide",
}  # fmt: skip
_PAIRS |= {f"__{n}__": _PAIRS[f"logical_{n}"] for n in ("and", "or", "xor")}
_BITWISE = frozenset([n for n in _PAIRS if n.startswith(("bitwise", "__"))] + ["bitwise_not"])


def _unary(op: str, is_bitwise: bool) -> Handler:
    def handler(m: TorchMaking, a: Arguments) -> Tensor:
        x = a.tensor("self" if "self" in a else "input")
        if is_bitwise and x.dtype != "bool":
            raise Unsupported("bits of integers are not operated on")
        if x.dtype in ("i32", "i64") and op in ("floor", "ceil", "trunc"):
            return x
        return m.apply(op, x)

    return handler


def _pair(name: str, op: str) -> Handler:
    def handler(m: TorchMaking, a: Arguments) -> Tensor:
        x, y = (a[n] for n in ("self", "other") if n in a) if "other" in a else _powers(a)
        if name in _BITWISE and any(isinstance(t, Tensor) and t.dtype != "bool" for t in (x, y)):
            raise Unsupported("bits of integers are not operated on")
        if a.get("alpha", 1) != 1:
            y = m.apply("multiply", a["alpha"], y)
        return m.apply(op, *alike(m, x, y))

    return handler


def _powers(a: Arguments) -> tuple[Any, Any]:
    return a["self"], a["exponent"]


def alike(m: TorchMaking, x: Operand, y: Operand) -> tuple[Operand, Operand]:
    """Two operands as torch promotes them: integers take the floats that they meet."""
    if isinstance(x, Tensor) and isinstance(y, Tensor):
        if x.type.is_float and not y.type.is_float and not _is_scalar(y):
            return x, m.apply("astype", y, x.dtype)
        if y.type.is_float and not x.type.is_float and not _is_scalar(x):
            return m.apply("astype", x, y.dtype), y
        if {x.dtype, y.dtype} == {"f32", "f64"} and x.rank and y.rank:
            return m.apply("astype", x, "f64"), m.apply("astype", y, "f64")
    return _met(m, x, y), _met(m, y, x)


def _met(m: TorchMaking, x: Operand, y: Operand) -> Operand:
    """An array of integers that meets a number with a point is one of torch's usual floats."""
    if not isinstance(x, Tensor) or x.type.is_float or _is_scalar(x):
        return x
    number = y.data.item() if isinstance(y, Tensor) and y.data is not None and not y.rank else y
    return m.apply("astype", x, "f32") if isinstance(number, float) else x


def _is_scalar(x: Tensor) -> bool:
    return x.is_known and not x.rank


for _name in _SAME.split():
    TABLE[_name] = _unary(_name, False)
for _name, _op in _CALLED.items():
    TABLE[_name] = _unary(_op, _name in _BITWISE)
for _name, _op in _PAIRS.items():
    TABLE[_name] = _pair(_name, _op)


@says("round")
def rounded(m: TorchMaking, a: Arguments) -> Tensor:
    x, decimals = a.tensor("self"), a.get("decimals", 0)
    if not x.type.is_float:
        return x
    if not decimals:
        return m.apply("round", x)
    return m.apply(
        "divide", m.apply("round", m.apply("multiply", x, 10.0**decimals)), 10.0**decimals
    )


@says("logit")
def logit(m: TorchMaking, a: Arguments) -> Tensor:
    x, eps = a.tensor("self"), a.get("eps")
    if eps is not None:
        x = m.apply("clip", x, min=eps, max=1 - eps)
    return m.apply("logit", x)


@says("nan_to_num")
def nan_to_num(m: TorchMaking, a: Arguments) -> Tensor:
    instead = {n: (a.get(n), None) for n in ("nan", "posinf", "neginf")}
    return m.apply("nan_to_num", a.tensor("self"), **told(**instead))


@says("rsub")
def rsub(m: TorchMaking, a: Arguments) -> Tensor:
    x = a["self"] if a.get("alpha", 1) == 1 else m.apply("multiply", a["alpha"], a["self"])
    return m.apply("subtract", *alike(m, a["other"], x))


@says("div", "divide", "true_divide")
def divide(m: TorchMaking, a: Arguments) -> Tensor:
    mode = a.get("rounding_mode")
    x, y = alike(m, a["self"], a["other"])
    if mode is None:
        return m.apply("divide", x, y)
    if mode == "floor":
        return m.apply("floor_divide", x, y)
    return m.apply("trunc", m.apply("divide", x, y))


def _added(operation: str) -> Handler:
    """`self + value * (tensor1 ∘ tensor2)`."""

    def handler(m: TorchMaking, a: Arguments) -> Tensor:
        pair = m.apply(operation, a["tensor1"], a["tensor2"])
        if a["value"] != 1:
            pair = m.apply("multiply", a["value"], pair)
        return m.apply("add", a["self"], pair)

    return handler


TABLE["addcmul"], TABLE["addcdiv"] = _added("multiply"), _added("divide")


@says("fmod")
def fmod(m: TorchMaking, a: Arguments) -> Tensor:
    x, y = a["self"], a["other"]
    whole = m.apply("trunc", m.apply("divide", x, y))
    return m.apply("subtract", x, m.apply("multiply", whole, y))


@says("lerp")
def lerp(m: TorchMaking, a: Arguments) -> Tensor:
    return m.apply("lerp", a["self"], a["end"], a["weight"])


@says("clamp", "clip", "clamp_min", "clamp_max")
def clamp(m: TorchMaking, a: Arguments) -> Tensor:
    x, low, high = a.tensor("self"), a.get("min"), a.get("max")
    attrs = {n: v for n, v in (("min", low), ("max", high)) if v is not None}
    return m.apply("clip", x, **attrs)


@says("where")
def where(m: TorchMaking, a: Arguments) -> Tensor:
    if "other" not in a:
        raise Unsupported("the number of places where something holds depends on data")
    return m.apply("where", a["condition"], *alike(m, a["self"], a["other"]))


@says("masked_fill")
def masked_fill(m: TorchMaking, a: Arguments) -> Tensor:
    x, mask = a.tensor("self"), a.tensor("mask")
    value = a["value"]
    if isinstance(value, Tensor) and value.is_known and value.data is not None:
        value = value.data.item()
    if not isinstance(value, Tensor) and x.type.is_float:
        value = float(value)
    return m.apply("where", mask, value, x)


@says("gelu")
def gelu(m: TorchMaking, a: Arguments) -> Tensor:
    return m.apply("gelu", a.tensor("self"), **told(approximate=(a["approximate"], "none")))


@says("leaky_relu")
def leaky_relu(m: TorchMaking, a: Arguments) -> Tensor:
    slope = told(negative_slope=(a["negative_slope"], 0.01))
    return m.apply("leaky_relu", a.tensor("self"), **slope)


@says("elu")
def elu(m: TorchMaking, a: Arguments) -> Tensor:
    if a["scale"] != 1 or a["input_scale"] != 1:
        raise Unsupported("`elu` with scales is written out by hand")
    return m.apply("elu", a.tensor("self"), **told(alpha=(a["alpha"], 1)))


@says("celu")
def celu(m: TorchMaking, a: Arguments) -> Tensor:
    return m.apply("celu", a.tensor("self"), **told(alpha=(a["alpha"], 1)))


@says("hardtanh")
def hardtanh(m: TorchMaking, a: Arguments) -> Tensor:
    low, high = a["min_val"], a["max_val"]
    if (low, high) == (0, 6):
        return m.apply("relu6", a.tensor("self"))
    bounds = told(min_val=(low, -1), max_val=(high, 1))
    return m.apply("hardtanh", a.tensor("self"), **bounds)


@says("softplus")
def softplus(m: TorchMaking, a: Arguments) -> Tensor:
    # Above a threshold of 20 torch is linear, where the two agree to the last digits of f32.
    x, beta, threshold = a.tensor("self"), a["beta"], a["threshold"]
    scaled = x if beta == 1 else m.apply("multiply", beta, x)
    y = m.apply("softplus", scaled)
    y = y if beta == 1 else m.apply("divide", y, beta)
    if threshold >= 20:
        return y
    return m.apply("where", m.apply("greater", scaled, threshold), x, y)


@says("softshrink", "hardshrink")
def shrink(m: TorchMaking, a: Arguments) -> Tensor:
    name = a.name
    return m.apply(name, a.tensor("self"), **told(lambd=(a["lambd"], 0.5)))


@says("threshold")
def threshold(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    return m.apply("where", m.apply("greater", x, a["threshold"]), x, a["value"])


@says("glu")
def glu(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    return m.apply("glu", x, **told(axis=(near_end(a["dim"], x.rank), -1)))


@says("prelu", "_prelu_kernel")
def prelu(m: TorchMaking, a: Arguments) -> Tensor:
    x, weight = a.tensor("self"), a.tensor("weight")
    if weight.shape == (1,) and weight.data is not None and weight.role == "param":
        weight = m.param(weight.name, weight.data.reshape(()))
    elif weight.rank == 1 and x.rank > 2:
        weight = m.apply("reshape", weight, (-1, *[1] * (x.rank - 2)))
    return m.apply("prelu", x, weight)


@says("softmax", "_softmax", "log_softmax", "_log_softmax")
def softmax(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    if a.get("dtype") is not None and a["dtype"] != x.dtype:
        x = m.apply("astype", x, a["dtype"])
    return m.apply(a.name.strip("_"), x, **told(axis=(near_end(a["dim"], x.rank), -1)))


@says("dropout", "feature_dropout", "native_dropout")
def dropout(m: TorchMaking, a: Arguments) -> Any:
    x = a.tensor("input")
    train, p = a["train"], a["p"]
    y = m.apply("dropout", x, p) if train and p else x
    if a.name == "feature_dropout" and y is not x:
        raise Unsupported("dropout of whole channels", "export the model after `.eval()`")
    return (y, None) if a.name == "native_dropout" else y


@says("detach", "detach_copy")
def detached(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    return m.apply("stop_gradient", x) if x.type.is_float and not x.is_known else x


@says("to", "_to_copy", "type_as", "clone", "contiguous", "alias", "lift_fresh_copy", "positive")
def same(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    dtype = a.get("dtype")
    other = a.get("other")
    if dtype is None and isinstance(other, Tensor):
        dtype = other.dtype
    if dtype is None or dtype == x.dtype:
        return x
    return m.apply("astype", x, dtype)


@says("scalar_tensor")
def scalar(m: TorchMaking, a: Arguments) -> Tensor:
    usual = "f32" if isinstance(a["s"], float) else None
    dtype = a["dtype"] or usual
    return m.known(np.asarray(a["s"], dtype and numpy_type(dtype)))
