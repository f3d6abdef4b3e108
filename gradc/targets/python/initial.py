"""`init_params`: each parameter's starting value as an expression."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gradc.ir.graph import Graph, Param
from gradc.ir.sizes import Size, dimensions_of, maximum, product
from gradc.ir.types import Type
from gradc.targets.python import attributes
from gradc.targets.python.expression import Atom, Attribute, Binary, Call, Expr, Items
from gradc.targets.python.identifiers import number
from gradc.targets.python.layout import returned_by_name
from gradc.targets.python.special import Context
from gradc.targets.python.view import FunctionView

# kind -> (numerator, which fans) of the variance, and the distribution
_SCALED: dict[str, tuple[int, str, str]] = {
    "glorot_uniform": (6, "both", "uniform"),
    "glorot_normal": (2, "both", "normal"),
    "he_uniform": (6, "in", "uniform"),
    "he_normal": (2, "in", "normal"),
    "lecun_normal": (1, "in", "normal"),
}


def init_params(
    graph: Graph,
    context: Context,
    dims: Mapping[str, str],
    handed_out: Callable[[Expr], Expr] = lambda expr: expr,
) -> FunctionView | None:
    """The function that draws the starting values; `dims` says what dimensions are called.

    `handed_out` is what becomes of each as it is returned.
    """
    if not graph.params:
        return None
    draw = [] if context.is_plain else ["    rng = np.random.default_rng(rng)"]
    starting = [handed_out(starting_value(p, context)) for p in graph.params]
    lines = [*draw, *returned_by_name(graph.params, starting)]
    open_dims = {n for p in graph.params for s in p.value.type.shape for n in dimensions_of(s)}
    free = [f"{dims[d.name]}: int" for d in graph.dims if d.name in open_dims]
    kind = "Any" if context.is_plain else "int | np.random.Generator"
    signature = ", ".join([f"rng: {kind} = 0", *(["*", *free] if free else [])])
    doc = "Starting values, drawn in the order of the graph from a seed or a Generator."
    return FunctionView(signature, "Params", doc, tuple(lines), "init_params")


def starting_value(param: Param, context: Context) -> Expr:
    """The expression of a parameter's starting value."""
    kind, init = param.value.type, param.initialiser
    if context.is_plain:
        value = {"zeros": 0.0, "ones": 1.0}.get(init.kind, *init.args[:1] or (init.data,))
        return attributes.scalar_text(float(value), kind)
    if init.kind == "value":
        return _literal(init.data, kind, context)
    if init.kind in ("zeros", "ones", "constant"):
        value = {"zeros": 0, "ones": 1}.get(init.kind, *init.args[:1] or (0,))
        return _filled(value, kind, context)
    rank = len(kind.shape) if init.slice_rank is None else init.slice_rank
    slice_shape = kind.shape[len(kind.shape) - rank :]
    if init.kind == "eye":
        return _identity(kind, slice_shape, context)
    if init.kind == "orthogonal":
        context.helper("_orthogonal")
        stacked = [Atom(str(len(kind.shape) - rank))] if rank < len(kind.shape) else []
        drawn: Expr = Call(
            Atom("_orthogonal"), [Atom("rng"), _shape(kind.shape, context), *stacked]
        )
    else:
        drawn = _draw(init.kind, init.args, kind, slice_shape, context)
    return _converted(drawn, kind)


def _identity(kind: Type, shape: Sequence[Size], context: Context) -> Expr:
    sizes = [attributes.size(s, context.dimension) for s in shape]
    if shape[0] == shape[1]:
        sizes = sizes[:1]
    one = Call(Atom("np.eye"), sizes, _dtype_keyword(kind))
    if len(shape) == len(kind.shape):
        return one
    wide = Call(Atom("np.broadcast_to"), [one, _shape(kind.shape, context)])
    return Call(Attribute(wide, "copy"), [])


def _draw(
    name: str, args: Sequence[float], kind: Type, slice_shape: Sequence[Size], context: Context
) -> Expr:
    shape = [_shape(kind.shape, context)] if kind.shape else []
    if name == "uniform":
        return _rng("uniform", [Atom(number(args[0])), Atom(number(args[1])), *shape])
    if name == "normal":
        return _rng("normal", [Atom("0"), Atom(number(args[0])), *shape])
    numerator, fans, distribution = _SCALED[name]
    fan_in, fan_out = fans_of(slice_shape)
    fan = maximum(fan_in + fan_out if fans == "both" else fan_in, 1)
    scale = Call(
        Atom("np.sqrt"),
        [Binary("/", Atom(str(numerator)), attributes.size(fan, context.dimension))],
    )
    if distribution == "uniform":
        return Binary("*", scale, _rng("uniform", [Atom("-1"), Atom("1"), *shape]))
    return _rng("normal", [Atom("0"), scale, *shape])


def fans_of(shape: Sequence[Size]) -> tuple[Size, Size]:
    """[in, out] of two axes, [out, in, window…] of more."""
    if len(shape) == 2:
        return shape[0], shape[1]
    window = product(shape[2:])
    return shape[1] * window, shape[0] * window


def _rng(method: str, args: Sequence[Expr]) -> Expr:
    return Call(Attribute(Atom("rng"), method), args)


def _converted(drawn: Expr, kind: Type) -> Expr:
    if not kind.shape:
        return Call(Atom("float") if kind.dtype == "f64" else attributes.dtype(kind.dtype), [drawn])
    if kind.dtype == "f64":
        return drawn
    return Call(Attribute(drawn, "astype"), [attributes.dtype(kind.dtype)])


def _shape(shape: Sequence[Size], context: Context) -> Expr:
    sizes = [attributes.size(s, context.dimension) for s in shape]
    return sizes[0] if len(sizes) == 1 else Items(sizes)


def _dtype_keyword(kind: Type) -> list[tuple[str, Expr]]:
    return [] if kind.dtype == "f64" else [("dtype", attributes.dtype(kind.dtype))]


def _filled(value: Any, kind: Type, context: Context) -> Expr:
    if not kind.shape:
        return scalar(value, kind)
    shape = _shape(kind.shape, context)
    dtype = [] if kind.dtype == "f64" else [attributes.dtype(kind.dtype)]
    if value == 0 and math.copysign(1, value) > 0:
        return Call(Atom("np.zeros"), [shape, *dtype])
    if value == 1:
        return Call(Atom("np.ones"), [shape, *dtype])
    return Call(
        Atom("np.full"), [shape, attributes.scalar_text(value, kind), attributes.dtype(kind.dtype)]
    )


def scalar(value: Any, kind: Type) -> Expr:
    """A scalar as `init_params` gives it: f64 as a Python float, others as NumPy's."""
    text = attributes.scalar_text(value, kind)
    return text if kind.dtype == "f64" else Call(attributes.dtype(kind.dtype), [text])


def _literal(data: Any, kind: Type, context: Context) -> Expr:
    if not isinstance(data, tuple):
        return _filled(data, kind, context)
    array = Call(Atom("np.array"), [attributes.nested(data, kind), attributes.dtype(kind.dtype)])
    if _depth(data) == len(kind.shape) and _sizes(data) == kind.shape:
        return array
    wide = Call(Atom("np.broadcast_to"), [array, _shape(kind.shape, context)])
    return Call(Attribute(wide, "copy"), [])


def _depth(data: Any) -> int:
    return 1 + _depth(data[0]) if isinstance(data, tuple) and data else int(isinstance(data, tuple))


def _sizes(data: Any) -> tuple[int, ...]:
    if not isinstance(data, tuple):
        return ()
    return (len(data), *(_sizes(data[0]) if data else ()))
