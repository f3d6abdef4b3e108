"""ATen's special functions, other names of what there is, and what is said in two steps."""

from __future__ import annotations

import math
from typing import Any

from gradc.importing.foreign import Operand, Tensor, Unsupported
from gradc.importing.torch.aten import TABLE, Arguments, Handler, TorchMaking, says
from gradc.importing.torch.aten_elementwise import alike

_ALIASES = {
    "arccos": "acos", "arccosh": "acosh", "arcsin": "asin", "arcsinh": "asinh", "arctan": "atan",
    "arctanh": "atanh", "arctan2": "atan2", "negative": "neg", "greater": "gt",
    "greater_equal": "ge", "less": "lt", "less_equal": "le", "not_equal": "ne",
    "special_digamma": "digamma", "special_psi": "digamma", "special_gammaln": "lgamma",
    "special_erfc": "erfc", "special_erfinv": "erfinv", "special_exp2": "exp2",
    "special_expm1": "expm1", "special_log1p": "log1p", "special_sinc": "sinc",
    "special_logit": "logit", "special_round": "round", "special_softmax": "softmax",
    "special_log_softmax": "log_softmax", "special_logsumexp": "logsumexp",
    "special_multigammaln": "mvlgamma", "special_polygamma": "polygamma", "trapz": "trapezoid",
    "log_sigmoid_forward": "log_sigmoid",
}  # fmt: skip


def _alias(usual: str) -> Handler:
    def handler(m: TorchMaking, a: Arguments) -> Any:
        a.name = usual
        return TABLE[usual](m, a)

    return handler


for _name, _usual in _ALIASES.items():
    TABLE.setdefault(_name, _alias(_usual))


@says("polygamma")
def polygamma(m: TorchMaking, a: Arguments) -> Tensor:
    return m.apply("polygamma", a["n"], a.tensor("self"))


@says("mvlgamma")
def mvlgamma(m: TorchMaking, a: Arguments) -> Tensor:
    x, p = a.tensor("self"), a["p"]
    total = m.apply("lgamma", x)
    for j in range(1, p):
        total = m.apply("add", total, m.apply("lgamma", m.apply("subtract", x, j / 2)))
    return m.apply("add", total, p * (p - 1) / 4 * math.log(math.pi))


@says("special_erfcx")
def erfcx(m: TorchMaking, a: Arguments) -> Tensor:
    return m.apply("erfcx", a.tensor("self"))


@says("special_entr")
def entropy(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    return m.apply("negative", m.apply("xlogy", x, x))


@says("special_xlog1py")
def xlog1py(m: TorchMaking, a: Arguments) -> Tensor:
    return m.apply("multiply", a["self"], m.apply("log1p", a["other"]))


@says("logaddexp2")
def logaddexp2(m: TorchMaking, a: Arguments) -> Tensor:
    scaled = [m.apply("multiply", a.tensor(n), math.log(2)) for n in ("self", "other")]
    return m.apply("divide", m.apply("logaddexp", *scaled), math.log(2))


@says("ldexp")
def ldexp(m: TorchMaking, a: Arguments) -> Tensor:
    other: Operand = a["other"]
    if isinstance(other, Tensor) and not other.type.is_float:
        other = m.apply("astype", other, "f32")
    return m.apply("multiply", a.tensor("self"), m.apply("exp2", other))


@says("float_power")
def float_power(m: TorchMaking, a: Arguments) -> Tensor:
    pair = [m.apply("astype", n, "f64") if isinstance(n, Tensor) else float(n)
            for n in (a["self"], a["exponent"])]  # fmt: skip
    return m.apply("power", *pair)


@says("isposinf", "isneginf")
def is_infinite(m: TorchMaking, a: Arguments) -> Tensor:
    return m.apply("equal", a.tensor("self"), math.inf if a.name == "isposinf" else -math.inf)


@says("isclose")
def isclose(m: TorchMaking, a: Arguments) -> Tensor:
    x, y = alike(m, a["self"], a["other"])
    if a["equal_nan"]:
        raise Unsupported("`isclose` to which NaN is close to NaN")
    most = m.apply("add", m.apply("multiply", m.apply("abs", y), a["rtol"]), a["atol"])
    near = m.apply("less_equal", m.apply("abs", m.apply("subtract", x, y)), most)
    return m.apply("logical_or", near, m.apply("equal", x, y))


@says("heaviside")
def heaviside(m: TorchMaking, a: Arguments) -> Tensor:
    x, at_zero = a.tensor("self"), a["values"]
    beside = m.apply("astype", m.apply("greater", x, 0), x.dtype)
    return m.apply("where", m.apply("equal", x, 0), at_zero, beside)


@says("rrelu")
def rrelu(m: TorchMaking, a: Arguments) -> Tensor:
    if a["training"]:
        raise Unsupported("`rrelu` that draws its slopes", "export the model after `.eval()`")
    slope = (a["lower"] + a["upper"]) / 2
    return m.apply("leaky_relu", a.tensor("self"), negative_slope=slope)


@says("frac")
def frac(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    return m.apply("subtract", x, m.apply("trunc", x))
