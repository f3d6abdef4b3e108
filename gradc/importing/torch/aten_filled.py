"""ATen's operations that make arrays of nothing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradc.importing.foreign import Tensor, numpy_type
from gradc.importing.torch.aten import Arguments, TorchMaking, says, told
from gradc.ir.sizes import Poly


def _stated(a: Arguments, usual: str) -> dict[str, Any]:
    dtype = a.get("dtype") or usual
    return told(dtype=(dtype, "f32"))


@says("zeros", "ones", "full", "new_zeros", "new_ones", "new_full", "new_empty", "empty")
def filled(m: TorchMaking, a: Arguments) -> Tensor:
    usual = a["self"].dtype if "self" in a else "f32"
    kind = a.name.rpartition("_")[2]
    shape = a.sizes("size")
    if kind == "full":
        value = a["fill_value"]
        if "self" not in a and not a.get("dtype"):
            usual = "f32" if isinstance(value, float) else "i64"
        return m.apply("full", shape, value, **_stated(a, usual))
    return m.apply("ones" if kind == "ones" else "zeros", shape, **_stated(a, usual))


@says("zeros_like", "ones_like", "full_like", "empty_like", "zero")
def filled_like(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    stated = told(dtype=(a.get("dtype") or x.dtype, x.dtype))
    if a.name == "full_like":
        return m.apply("full_like", x, a["fill_value"], **stated)
    return m.apply("ones_like" if a.name == "ones_like" else "zeros_like", x, **stated)


@says("arange", "range")
def arange(m: TorchMaking, a: Arguments) -> Tensor:
    start, end, step = a.get("start", 0), a["end"], a.get("step", 1)
    whole = all(isinstance(n, int | Poly) for n in (start, end, step))
    dtype = a.get("dtype") or ("i64" if whole else "f32")
    if all(isinstance(n, int | float) for n in (start, end, step)):
        count = max(math.ceil((end - start) / step), 0)
        found = start + step * np.arange(count)
        return m.known(found.astype({"f32": "f4", "f64": "f8", "i64": "i8", "i32": "i4"}[dtype]))
    bounds = (end,) if start == 0 and step == 1 else (start, end, step)
    return m.apply("arange", *bounds, **told(dtype=(dtype, "i64")))


@says("linspace")
def linspace(m: TorchMaking, a: Arguments) -> Tensor:
    dtype = numpy_type(a["dtype"] or "f32")
    return m.known(np.linspace(a["start"], a["end"], a["steps"]).astype(dtype))


@says("eye")
def eye(m: TorchMaking, a: Arguments) -> Tensor:
    return m.apply("eye", a["n"], **told(m=(a.get("m"), None)), **_stated(a, "f32"))


@says("rand", "randn", "rand_like", "randn_like")
def drawn(m: TorchMaking, a: Arguments) -> Tensor:
    op = "random_normal" if "randn" in a.name else "random_uniform"
    x = a.get("self")
    y = m.apply(op, a.sizes("size") if x is None else x.shape)
    dtype = a.get("dtype") or ("f32" if x is None else x.dtype)
    return y if y.dtype == dtype else m.apply("astype", y, dtype)
