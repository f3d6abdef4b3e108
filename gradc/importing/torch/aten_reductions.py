"""ATen's reductions, running sums, orders, and losses."""

from __future__ import annotations

from typing import Any

from gradc.importing.foreign import Tensor
from gradc.importing.norms import vector_norm
from gradc.importing.torch.aten import (
    TABLE,
    Arguments,
    Handler,
    TorchMaking,
    axes_of,
    near_end,
    says,
    told,
)

_REDUCED = {
    "sum": "sum", "mean": "mean", "amax": "max", "amin": "min", "prod": "prod", "all": "all",
    "any": "any", "argmax": "argmax", "argmin": "argmin", "logsumexp": "logsumexp",
    "nansum": "nansum", "nanmean": "nanmean",
}  # fmt: skip
_RUNNING = {
    "cumsum": "cumsum", "cumprod": "cumprod", "logcumsumexp": "logcumsumexp", "argsort": "argsort",
}  # fmt: skip
_REDUCTIONS = ("none", "mean", "sum")


def _along(a: Arguments, x: Tensor) -> dict[str, Any]:
    """Axes and `keepdims` as gradc has them."""
    axes = axes_of(a.get("dim"), x.rank)
    return told(axis=(axes, None), keepdims=(bool(a.get("keepdim", False)), False))


def _cast(m: TorchMaking, x: Tensor, a: Arguments) -> Tensor:
    """The array with the element type that is asked for."""
    dtype = a.get("dtype")
    return x if dtype is None or dtype == x.dtype else m.apply("astype", x, dtype)


def _reduction(op: str) -> Handler:
    def handler(m: TorchMaking, a: Arguments) -> Tensor:
        x = a.tensor("self")
        return m.apply(op, _cast(m, x, a), **_along(a, x))

    return handler


def _running(op: str) -> Handler:
    def handler(m: TorchMaking, a: Arguments) -> Tensor:
        x = a.tensor("self")
        if op == "argsort" and a.get("descending"):
            x = m.apply("negative", x)
        x = _cast(m, x, a)
        return m.apply(op, x, axis=near_end(a["dim"], x.rank))

    return handler


for _name, _op in _REDUCED.items():
    TABLE[_name] = _reduction(_op)
for _name, _op in _RUNNING.items():
    TABLE[_name] = _running(_op)


@says("max", "min")
def extreme(m: TorchMaking, a: Arguments) -> Any:
    x = a.tensor("self")
    if "other" in a:
        return m.apply("maximum" if a.name == "max" else "minimum", x, a["other"])
    if "dim" not in a:
        return m.apply(a.name, x)
    along = _along(a, x)
    return m.apply(a.name, x, **along), m.apply(f"arg{a.name}", x, **along)


@says("var", "std", "var_mean", "std_mean")
def spread(m: TorchMaking, a: Arguments) -> Any:
    x = a.tensor("self")
    correction = a["correction"] if "correction" in a else int(a.get("unbiased", True))
    correction = 1 if correction is None else correction
    along = _along(a, x)
    kept = told(correction=(int(correction), 0))
    found = m.apply(a.name.partition("_")[0], x, **along, **kept)
    return (found, m.apply("mean", x, **along)) if a.name.endswith("_mean") else found


@says("norm", "linalg_vector_norm")
def norm(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    order = a.get("p", a.get("ord", 2))
    order = 2 if order is None else order
    return vector_norm(m.apply, _cast(m, x, a), order, **_along(a, x))


@says("topk", "sort", "cummax", "cummin")
def ordered(m: TorchMaking, a: Arguments) -> Any:
    x = a.tensor("self")
    axis = told(axis=(near_end(a["dim"], x.rank), -1))
    if a.name == "topk":
        return m.apply_all("topk", x, a["k"], **axis, **told(largest=(a["largest"], True)))
    if a.name == "sort":
        if a.get("descending"):
            order = m.apply("argsort", m.apply("negative", x), **axis)
            return m.apply("take_along_axis", x, order, **axis), order
        return m.apply("sort", x, **axis), m.apply("argsort", x, **axis)
    return m.apply(a.name, x, **axis), None


def reduced(a: Arguments) -> dict[str, Any]:
    return told(reduction=(_REDUCTIONS[a["reduction"]], "mean"))


@says("mse_loss", "l1_loss")
def difference_loss(m: TorchMaking, a: Arguments) -> Tensor:
    return m.apply(a.name, a.tensor("self"), a.tensor("target"), **reduced(a))


@says("smooth_l1_loss")
def smooth_l1_loss(m: TorchMaking, a: Arguments) -> Tensor:
    return m.apply(
        "smooth_l1_loss", a.tensor("self"), a.tensor("target"), **reduced(a),
        **told(beta=(a["beta"], 1)),
    )  # fmt: skip


@says("huber_loss")
def huber_loss(m: TorchMaking, a: Arguments) -> Tensor:
    return m.apply(
        "huber_loss", a.tensor("self"), a.tensor("target"), **reduced(a),
        **told(delta=(a["delta"], 1)),
    )  # fmt: skip


@says("binary_cross_entropy", "binary_cross_entropy_with_logits")
def binary_loss(m: TorchMaking, a: Arguments) -> Tensor:
    x, target = a.tensor("self"), a.tensor("target")
    weight, positive = a.get("weight"), a.get("pos_weight")
    if weight is None and positive is None:
        return m.apply(a.name, x, target, **reduced(a))
    if positive is None:
        each = m.apply(a.name, x, target, reduction="none")
    else:  # what counts for those that are there, and for those that are not
        there, rest = (m.apply("log_sigmoid", t) for t in (x, m.apply("negative", x)))
        there = m.apply("multiply", m.apply("multiply", positive, target), there)
        rest = m.apply("multiply", m.apply("subtract", 1, target), rest)
        each = m.apply("negative", m.apply("add", there, rest))
    each = each if weight is None else m.apply("multiply", weight, each)
    kind = _REDUCTIONS[a["reduction"]]
    return each if kind == "none" else m.apply(kind, each)


@says("cross_entropy_loss", "nll_loss", "nll_loss_nd")
def class_loss(m: TorchMaking, a: Arguments) -> Tensor:
    x, target = a.tensor("self"), a.tensor("target")
    if x.rank > 2 and target.rank != x.rank:  # classes stand on axis 1 there, on the last one here
        x = m.apply("moveaxis", x, 1, -1)
    told_ = reduced(a)
    if a.get("weight") is not None:
        told_["weight"] = a["weight"]
    left_out = a.get("ignore_index", -100)
    if not target.type.is_float and not (target.is_known and left_out not in _numbers(target)):
        told_["ignore_index"] = left_out
    if a.get("label_smoothing"):
        told_["label_smoothing"] = a["label_smoothing"]
    op = "cross_entropy" if a.name == "cross_entropy_loss" else "nll_loss"
    return m.apply(op, x, target, **told_)


def _numbers(x: Tensor) -> Any:
    assert x.data is not None
    return x.data


@says("kl_div")
def kl_div(m: TorchMaking, a: Arguments) -> Tensor:
    log_target = told(log_target=(bool(a["log_target"]), False))
    return m.apply("kl_div", a.tensor("self"), a.tensor("target"), **reduced(a), **log_target)
