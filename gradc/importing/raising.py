"""Raising: what patterns of steps are, in one operation each."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradc.diagnostics import DiagnosticError
from gradc.importing.foreign import Model, Operand, Step, Tensor
from gradc.importing.matching import Bindings, expression_of, matches
from gradc.importing.tidied import needed
from gradc.importing.typer import Typer
from gradc.ir.sizes import Size, dimension
from gradc.ir.types import Type
from gradc.syntax import tree

_D = "(x - mean(x, axis=a, keepdims=true))"
_POWERS = ("{}**2", "{0} * {0}", "square({})")

RULES: list[tuple[str, str]] = [
    # Gaussian error linear units, exact and by tanh.
    ("0.5 * x * (1 + erf(0.7071067811865476 * x))", "gelu(x)"),
    *(
        (f"0.5 * x * (1 + tanh({inside}))", 'gelu(x, approximate="tanh")')
        for inside in (
            "0.7978845608028654 * (x + 0.044715 * x**3)",
            "0.7978845608028654 * (x + 0.044715 * (x * x * x))",
            "0.7978845608028654 * (x + 0.044715 * (x * x**2))",
            "0.7978845608028654 * x * (1 + 0.044715 * x * x)",
        )
    ),
    # Other activations.
    ("x * sigmoid(x)", "silu(x)"),
    ("x / (1 + exp(-x))", "silu(x)"),
    ("1 / (1 + exp(-x))", "sigmoid(x)"),
    ("x * tanh(softplus(x))", "mish(x)"),
    ("log(1 + exp(x))", "softplus(x)"),
    ("x * relu6(x + 3) / 6", "hardswish(x)"),
    ("relu6(x + 3) / 6", "hardsigmoid(x)"),
    ("x * hardsigmoid(x)", "hardswish(x)"),
    # Means, softmax and norms written out.
    ("number * sum(x, axis=a, keepdims=true)", "mean(x, axis=a, keepdims=true)"),
    ("number * sum(x, axis=a)", "mean(x, axis=a)"),
    (
        "exp(x - max(x, axis=a, keepdims=true)) / "
        "sum(exp(x - max(x, axis=a, keepdims=true)), axis=a, keepdims=true)",
        "softmax(x, axis=a)",
    ),
    ("log(softmax(x, axis=a))", "log_softmax(x, axis=a)"),
    ("log(softmax(x))", "log_softmax(x)"),
    *(
        (whole.format(d=_D, v=f"mean({power.format(_D)}, axis=a, keepdims=true)"),
         "layer_norm(x, axis=a, eps=number)")
        for power in _POWERS
        for whole in (
            "{d} / sqrt({v} + number)", "{d} * rsqrt({v} + number)",
            "{d} * (1 / sqrt({v} + number))", "{d} * reciprocal(sqrt({v} + number))",
        )
    ),
    (f"{_D} / sqrt(var(x, axis=a, keepdims=true) + number)", "layer_norm(x, axis=a, eps=number)"),
    # (As Flax writes it: the variance by the mean of the squares.)
    *(
        (f"maximum(0, mean({power.format('x')}, axis=a, keepdims=true) - {square})",
         "var(x, axis=a, keepdims=true)")
        for power in _POWERS
        for square in [power.format("mean(x, axis=a, keepdims=true)")]
    ),
    (f"{_D} * (reciprocal(sqrt(var(x, axis=a, keepdims=true) + number)) * W) + B",
     "layer_norm(x, axis=a, weight=W, bias=B, eps=number)"),
    # (As TensorFlow writes it: the factor of x, and the one of its mean.)
    *(
        (f"x * ({root} * W) + (-mean(x, axis=a, keepdims=true) * ({root} * W) + B)",
         "layer_norm(x, axis=a, weight=W, bias=B, eps=number)")
        for power in _POWERS
        for one in ("1 / sqrt({} + number)", "rsqrt({} + number)", "reciprocal(sqrt({} + number))")
        for root in [f"({one.format(f'mean({power.format(_D)}, axis=a, keepdims=true)')})"]
    ),
    ("layer_norm(x, axis=a, eps=n) * W + B", "layer_norm(x, axis=a, weight=W, bias=B, eps=n)"),
    ("layer_norm(x, axis=a) * W + B", "layer_norm(x, axis=a, weight=W, bias=B)"),
    ("layer_norm(x, eps=n) * W + B", "layer_norm(x, weight=W, bias=B, eps=n)"),
    ("layer_norm(x) * W + B", "layer_norm(x, weight=W, bias=B)"),
    *(
        (whole.format(v=f"mean({power.format('x')}, axis=a, keepdims=true)"),
         "rms_norm(x, axis=a, weight=W, eps=number)")
        for power in _POWERS
        for whole in (
            "W * (x / sqrt({v} + number))", "W * (x * rsqrt({v} + number))",
            "W * (x * (1 / sqrt({v} + number)))", "W * (x * reciprocal(sqrt({v} + number)))",
        )
    ),
    # Products with rows of 0 and one 1 read a table.
    ("one_hot(i, n) @ t", "take(t, i, axis=0)"),
    ("astype(one_hot(i, n), d) @ t", "take(t, i, axis=0)"),
    # Attention.
    *(
        (f"softmax({masked.format(scores)}) @ v", f"scaled_dot_product_attention(q, k, v{told})")
        for masked, told in (
            ("{}", ""), ("{} + m", ", mask=m"), ("where(m, {}, hidden)", ", seen=m, low=hidden"),
            ("where(m, hidden, {})", ", unseen=m, low=hidden"),
        )
        for scores in (
            "number * (q @ k.mT)", "(number * q) @ k.mT", "(number * q) @ (number2 * k.mT)",
            "(number * q) @ (number2 * k).mT",
        )
    ),
    # A layer's product and its bias.
    ("x @ W + B", "linear(x, W, B)"),
]  # fmt: skip

_DEFAULTS: dict[str, Any] = {"axis": -1, "eps": {"layer_norm": 1e-5, "rms_norm": 1e-6}}


def raised(model: Model) -> None:
    """Puts one operation for each pattern that is found, as often as there is one."""
    typer = Typer()
    for name in model.dims:
        typer.declare(name, dimension(name))
    rules = _by_root()
    for step in model.steps:
        while _raise(step, rules, typer):
            pass
        if step.op == "scaled_dot_product_attention":
            step.attrs = causal(step).attrs
    model.steps = needed(model, model.steps)


def _by_root() -> dict[str, list[tuple[tree.Expr, tree.Call]]]:
    """The rules by the operation at the root of their patterns."""
    found: dict[str, list[tuple[tree.Expr, tree.Call]]] = {}
    for left, right in RULES:
        pattern, result = expression_of(left), expression_of(right)
        assert isinstance(result, tree.Call)
        if isinstance(pattern, tree.Call):
            assert isinstance(pattern.callee, tree.Name)
            roots = [pattern.callee.name]
        else:
            assert isinstance(pattern, tree.Binary)
            roots = {"*": ["multiply", "divide"], "+": ["add"], "/": ["divide"], "@": ["matmul"]}[
                pattern.op
            ]
        for root in roots:
            found.setdefault(root, []).append((pattern, result))
    return found


def _raise(step: Step, rules: Any, typer: Typer) -> bool:
    if len(step.results) != 1:
        return False
    for pattern, result in rules.get(step.op, ()):
        for bound in matches(pattern, step.result, {}):
            made = _made(result, bound, step)
            if made is not None and _has_type(made, step.result.type, typer):
                step.op, step.operands, step.attrs = made.op, made.operands, made.attrs
                return True
    return False


def _made(result: tree.Call, bound: Bindings, step: Step) -> Step | None:
    assert isinstance(result.callee, tree.Name)
    op = result.callee.name
    operands = tuple(_value(a.value, bound) for a in result.args if a.keyword is None)
    attrs = {a.keyword.name: _value(a.value, bound) for a in result.args if a.keyword is not None}
    finish: Callable[..., Step | None] = _FINISHED.get(op, _as_it_is)
    return finish(op, operands, attrs, bound, step)


def _value(expr: tree.Expr, bound: Bindings) -> Any:
    if isinstance(expr, tree.Name):
        return bound[expr.name]
    assert isinstance(expr, tree.Number | tree.String | tree.Keyword)
    return expr.value


def _as_it_is(
    op: str, operands: tuple[Operand, ...], attrs: dict[str, Any], bound: Bindings, step: Step
) -> Step | None:
    x = operands[0]
    if not isinstance(x, Tensor):
        return None
    if "axis" in attrs and op != "take":
        axes = attrs["axis"] if isinstance(attrs["axis"], tuple) else (attrs["axis"],)
        if axes in ((-1,), (x.rank - 1,)) and op != "var":  # whose axes are all, by default
            del attrs["axis"]
    usual = _DEFAULTS["eps"].get(op)
    if usual is not None and math.isclose(attrs.get("eps", 0), usual, rel_tol=1e-5):
        del attrs["eps"]
    return Step(op, operands, attrs)


def _mean(
    op: str, operands: tuple[Operand, ...], attrs: dict[str, Any], bound: Bindings, step: Step
) -> Step | None:
    """A sum over as many elements as it is divided by."""
    (x,) = operands
    if not isinstance(x, Tensor):
        return None
    axes = attrs["axis"] if isinstance(attrs["axis"], tuple) else (attrs["axis"],)
    count = math.prod(size for axis in axes if isinstance(size := x.shape[axis], int))
    known = all(isinstance(x.shape[axis], int) for axis in axes)
    fits = known and count and math.isclose(bound["number"], 1 / count, rel_tol=1e-6)
    return Step(op, operands, attrs) if fits else None


def _linear(
    op: str, operands: tuple[Operand, ...], attrs: dict[str, Any], bound: Bindings, step: Step
) -> Step | None:
    _, w, b = operands
    fits = isinstance(w, Tensor) and isinstance(b, Tensor) and (w.rank, b.rank) == (2, 1)
    return Step(op, operands, attrs) if fits else None


def _attention(
    op: str, operands: tuple[Operand, ...], attrs: dict[str, Any], bound: Bindings, step: Step
) -> Step | None:
    q = operands[0]
    if not isinstance(q, Tensor) or not isinstance(q.shape[-1], int):
        return None
    scale = bound["number"] * bound.get("number2", 1)
    low = attrs.pop("low", None)
    seen, unseen = attrs.pop("seen", None), attrs.pop("unseen", None)
    if low is not None and not (isinstance(low, float) and low < -1e8):
        return None
    mask = seen if seen is not None else _turned(unseen) if unseen is not None else None
    if low is not None:
        if mask is None or (low > -math.inf and not mask.is_known):
            return None  # a row that is hidden as a whole would be another
        attrs["mask"] = mask
    if not math.isclose(scale, q.shape[-1] ** -0.5, rel_tol=1e-5):
        attrs["scale"] = scale
    return causal(Step(op, operands, attrs))


def _turned(mask: Any) -> Tensor | None:
    """What is true where a mask is not, if that is there already."""
    if not isinstance(mask, Tensor):
        return None
    if mask.is_known and mask.data is not None:
        return Tensor(mask.name, mask.type, "known", ~mask.data)
    if mask.maker is not None and mask.maker.op == "logical_not":
        inner = mask.maker.operands[0]
        return inner if isinstance(inner, Tensor) else None
    return None


def causal(step: Step) -> Step:
    """Attention whose mask hides what comes later says so."""
    mask = step.attrs.get("mask")
    q, k = step.operands[:2]
    if not isinstance(q, Tensor) or not isinstance(k, Tensor) or not isinstance(mask, Tensor):
        return step
    if not mask.is_known or not causal_mask(mask, q.shape[-2], k.shape[-2]):
        return step
    attrs: dict[str, Operand] = {n: a for n, a in step.attrs.items() if n != "mask"}
    return Step(step.op, step.operands, {**attrs, "causal": True})


def causal_mask(mask: Tensor, queries: Size, keys: Size) -> bool:
    """Whether a known mask hides what comes later, for as many queries as keys."""
    data = mask.data
    assert data is not None
    if data.dtype != bool:
        if not (np.isneginf(data) | (data == 0)).all():
            return False
        data = data == 0
    if data.ndim < 2 or math.prod(data.shape[:-2]) != 1 or queries != keys:
        return False
    count = data.shape[-1]
    return (queries, keys) == data.shape[-2:] and bool((data == np.tri(count)).all())


_FINISHED: dict[str, Callable[..., Step | None]] = {
    "linear": _linear,
    "mean": _mean,
    "scaled_dot_product_attention": _attention,
}


def _has_type(step: Step, wanted: Type, typer: Typer) -> bool:
    """Whether a step gives what it is put in the place of."""
    try:
        types, _ = typer.types(step)
    except DiagnosticError:
        return False
    return types == (wanted,)
