"""Activations, normalisation, losses, layers."""

from __future__ import annotations

import numpy as np

from tests.fuzz.pool import Pool, promoted
from tests.fuzz.program import Argument, Value


def _softplus(r, a):
    return r.log1p(r.exp(a))


_SMOOTH = {
    "silu": lambda r, a: a * r.sigmoid(a),
    "gelu": lambda r, a: 0.5 * a * (1 + r.erf(a / np.sqrt(2))),
    "softplus": _softplus,
    "log_sigmoid": lambda r, a: -_softplus(r, -a),
    "mish": lambda r, a: a * r.tanh(_softplus(r, a)),
    "square": lambda r, a: a * a,
    "softsign": lambda r, a: a / (1 + r.abs(a)),
}


def smooth(pool: Pool) -> None:
    x = pool.some_float(lambda v: v.array.size == 0 or np.abs(v.array).max() < 6)
    if x is None:
        return
    name = pool.rng.choice(list(_SMOOTH))
    if name == "softsign" and (not pool.safe(x.array, x)):
        return
    pool.add(
        name,
        [x],
        f"{name}($0)",
        _SMOOTH[name],
        (x.dtype, x.shape),
        exact=name == "square",
        kinked=name == "softsign" and bool((x.array == 0).any()),
    )


def _zero(a):
    return a * 0


_BENT = {
    "relu": (lambda r, a: r.where(a > 0, a, _zero(a)), "", [0.0]),
    "leaky_relu": (lambda r, a: r.where(a > 0, a, 0.25 * a), ", negative_slope=0.25", [0.0]),
    "elu": (lambda r, a: r.where(a > 0, a, r.expm1(r.where(a > 0, _zero(a), a))), "", [0.0]),
    "relu6": (
        lambda r, a: r.where((a > 0) & (a < 6), a, r.where(a > 0, _zero(a) + 6, _zero(a))),
        "",
        [0.0, 6.0],
    ),
    "clip": (
        lambda r, a: r.where(a > 1.5, _zero(a) + 1.5, r.where(a < -0.5, _zero(a) - 0.5, a)),
        ", min=-0.5, max=1.5",
        [-0.5, 1.5],
    ),
    "hardtanh": (
        lambda r, a: r.where((a > -1) & (a < 1), a, r.where(a > 0, _zero(a) + 1, _zero(a) - 1)),
        "",
        [-1.0, 1.0],
    ),
}


def bent(pool: Pool) -> None:
    """Activations with kinks, on which the conventions are fixed."""
    x = pool.some_float()
    if x is None:
        return
    name = pool.rng.choice(["relu", "relu", *_BENT])
    function, extra, kinks = _BENT[name]
    if not all(pool.safe(x.array - k, x) for k in kinks):
        return
    on = any(bool((x.array == k).any()) for k in kinks)
    pool.add(
        name,
        [x],
        f"{name}($0{extra})",
        function,
        (x.dtype, x.shape),
        exact=name in ("relu", "relu6", "clip", "hardtanh"),
        kinked=on,
    )


def softmaxes(pool: Pool) -> None:
    x = pool.some_float(lambda v: v.shape != () and v.array.size > 0)
    if x is None:
        return
    axis = pool.axis(len(x.shape))
    name = pool.rng.choice(["softmax", "log_softmax"])
    extra = "" if axis == -1 and pool.chance(0.5) else f", axis={axis}"

    def reference(r, a):
        top = r.fixed(r.max(a, axis=axis, keepdims=True))
        total = r.log(r.sum(r.exp(a - top), axis=axis, keepdims=True))
        return a - top - total if name == "log_softmax" else r.exp(a - top - total)

    pool.add(name, [x], f"{name}($0{extra})", reference, (x.dtype, x.shape))


def normalised(pool: Pool) -> None:
    """layer_norm and rms_norm, with or without weight."""
    x = pool.some_float(lambda v: v.shape != () and v.array.shape[-1] > 1)
    if x is None:
        return
    if np.var(x.array, axis=-1).min(initial=1) < 1e-2:
        return
    name = pool.rng.choice(["layer_norm", "rms_norm"])
    weight = pool.some_float(lambda v: v.shape == x.shape[-1:] and v.dtype == x.dtype)
    operands, extra = [x], ""
    if weight is not None and pool.chance(0.6):
        operands.append(weight)
        extra = ", weight=$1"

    def reference(r, a, w=1.0):
        eps = 1e-5 if name == "layer_norm" else 1e-6
        off = a - r.mean(a, axis=-1, keepdims=True) if name == "layer_norm" else a
        return off / r.sqrt(r.mean(off * off, axis=-1, keepdims=True) + eps) * w

    pool.add(name, operands, f"{name}($0{extra})", reference, (x.dtype, x.shape))


_LOSSES = {
    "mse_loss": lambda r, a, b: (a - b) ** 2,
    "l1_loss": lambda r, a, b: r.abs(a - b),
    "binary_cross_entropy_with_logits": lambda r, a, b: _softplus(r, a) - a * b,
}


def losses(pool: Pool) -> None:
    x = pool.some_float(lambda v: v.array.size > 0)
    y = pool.some_float(lambda v: v.shape == x.shape) if x is not None else None
    if y is None:
        return
    name = pool.rng.choice(list(_LOSSES))
    if name == "l1_loss" and not pool.safe(x.array - y.array, x, y):
        return
    if name.startswith("binary") and np.abs(x.array).max() > 30:
        return
    reduction = pool.rng.choice(["", "sum", "none", "mean"])
    extra = f', reduction="{reduction}"' if reduction else ""

    def reference(r, a, b):
        each = _LOSSES[name](r, r.real(a), r.real(b))
        return {"sum": r.sum, "none": lambda v: v}.get(reduction, r.mean)(each)

    tied = name == "l1_loss" and bool((x.array == y.array).any())
    pool.add(
        name,
        [x, y],
        f"{name}($0, $1{extra})",
        reference,
        (promoted(x.dtype, y.dtype), x.shape if reduction == "none" else ()),
        kinked=tied,
    )


def classes(pool: Pool) -> None:
    """cross_entropy by labels."""
    x = pool.some_float(lambda v: v.shape != () and v.array.size > 0)
    if x is None or len(pool.arguments) > 14:
        return
    count = x.array.shape[-1]
    shape = x.shape[:-1]
    labels = pool.argument(
        "i64", shape, is_param=False, array=pool.arrays.integers(0, count, pool.shape(shape))
    )
    smoothing = pool.rng.choice([0, 0, 0.25])
    reduction = pool.rng.choice(["", "sum", "none"])
    extra = f", label_smoothing={smoothing}" if smoothing else ""
    extra += f', reduction="{reduction}"' if reduction else ""

    def reference(r, a, i):
        top = r.fixed(r.max(a, axis=-1, keepdims=True))
        logp = a - top - r.log(r.sum(r.exp(a - top), axis=-1, keepdims=True))
        hit = r.take_along_axis(logp, i[..., None], -1)[..., 0]
        each = -(1 - smoothing) * hit - smoothing * r.mean(logp, axis=-1)
        return {"sum": r.sum, "none": lambda v: v}.get(reduction, r.mean)(each)

    pool.add(
        "cross_entropy",
        [x, labels],
        f"cross_entropy($0, $1{extra})",
        reference,
        (x.dtype, shape if reduction == "none" else ()),
    )


def dense(pool: Pool) -> None:
    """A layer, or a further call of an instance that is there already."""
    if len(pool.arguments) > 14:
        return
    made = [s for s in pool.steps if s.op == "Dense" and s.sharer is None]
    if made and pool.chance(0.4):
        first = pool.rng.choice(made)
        before = first.operands[0]
        x = pool.some_float(lambda v: v.shape[-1:] == before.shape[-1:] and v.dtype == pool.float)
        if x is not None:
            units = first.results[0].shape[-1]
            pool.add(
                "Dense",
                [x, *first.operands[1:]],
                f"{first.results[0].name}($0)",
                _dense,
                (pool.float, [*x.shape[:-1], units]),
                sharer=first,
            )
        return
    x = pool.some_float(
        lambda v: v.shape != () and v.dtype == pool.float and isinstance(v.shape[-1], int)
    )
    if x is None:
        return
    units = pool.rng.randint(1, 4)
    name = pool.names.layer()
    owned = []
    for part, shape in (("W", (x.shape[-1], units)), ("b", (units,))):
        array, exact = pool.draw(pool.float, shape)
        owned.append(Value(f"{name}.{part}", pool.float, shape, np.asarray(array), exact))
    bias = pool.chance(0.7)
    owned = owned if bias else owned[:1]
    step = pool.add(
        "Dense",
        [x, *owned],
        f"Dense($0, {units}{'' if bias else ', bias=false'})",
        _dense,
        (pool.float, [*x.shape[:-1], units]),
        name=name,
    )
    if step is None:
        return
    step.inline = step.typed = False
    for value in owned:
        pool.arguments.append(Argument(value, True, layer=step))
    if pool.chance(0.5):
        pool.values += owned


def _dense(r, x, w, b=None):
    y = x @ w
    return y if b is None else y + b


MAKERS = [
    (3, smooth),
    (3, bent),
    (3, softmaxes),
    (2, normalised),
    (2, losses),
    (1.5, classes),
    (2, dense),
]
