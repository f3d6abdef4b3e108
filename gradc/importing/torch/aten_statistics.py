"""ATen's orders, quantiles, and differences along axes."""

from __future__ import annotations

from typing import Any

from gradc.importing.foreign import Tensor, Unsupported
from gradc.importing.torch.aten import Arguments, TorchMaking, near_end, says, told, whole
from gradc.importing.torch.aten_shapes import at, flat, reshaped


@says("median", "kthvalue")
def order_statistic(m: TorchMaking, a: Arguments) -> Any:
    """The k-th smallest; of an even number torch takes the lower middle one."""
    x = a.tensor("self")
    whole = "dim" not in a
    if whole:
        x = flat(m, x)
    axis = (0 if whole else a["dim"]) % max(x.rank, 1)
    size = x.shape[axis]
    if not isinstance(size, int):
        raise Unsupported(f"`{a.name}` along an axis of free size", "`torch.quantile` does it")
    k = a["k"] - 1 if a.name == "kthvalue" else (size - 1) // 2
    last = near_end(axis, x.rank)
    found = [at(m, m.apply(op, x, axis=last), axis, k) for op in ("sort", "argsort")]
    if whole:
        return found[0]
    if a.get("keepdim"):
        found = [m.apply("expand_dims", f, axis=axis) for f in found]
    return tuple(found)


@says("quantile")
def quantile(m: TorchMaking, a: Arguments) -> Tensor:
    return m.apply(
        "quantile", a.tensor("self"), a["q"], **_along(a),
        **told(method=(a["interpolation"], "linear")),
    )  # fmt: skip


def _along(a: Arguments) -> dict[str, Any]:
    """An axis, or all elements, and `keepdims`."""
    axis = a["dim"]
    axis = axis if axis is None else near_end(axis, a.tensor("self").rank)
    return told(axis=(axis, None), keepdims=(bool(a["keepdim"]), False))


@says("msort")
def msort(m: TorchMaking, a: Arguments) -> Tensor:
    return m.apply("sort", a.tensor("self"), axis=0)


@says("aminmax")
def aminmax(m: TorchMaking, a: Arguments) -> tuple[Tensor, Tensor]:
    x, attrs = a.tensor("self"), _along(a)
    return m.apply("min", x, **attrs), m.apply("max", x, **attrs)


@says("count_nonzero")
def count_nonzero(m: TorchMaking, a: Arguments) -> Tensor:
    x, axes = a.tensor("self"), a["dim"]
    there = x if x.dtype == "bool" else m.apply("not_equal", x, 0)
    counted = m.apply("astype", there, "i64")
    axes = tuple(axes) if isinstance(axes, list | tuple) else axes
    return m.apply("sum", counted, **told(axis=(axes, None)))


@says("trapezoid", "trapz")
def trapezoid(m: TorchMaking, a: Arguments) -> Tensor:
    y, axis = a.tensor("y"), near_end(a["dim"], a.tensor("y").rank)
    if a.get("x") is not None:
        return m.apply("trapezoid", y, a["x"], **told(axis=(axis, -1)))
    return m.apply("trapezoid", y, **told(dx=(a["dx"], 1), axis=(axis, -1)))


@says("diff")
def diff(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("self")
    ends = told(prepend=(a.get("prepend"), None), append=(a.get("append"), None))
    axis = near_end(a["dim"], x.rank)
    return m.apply("diff", x, **told(n=(a["n"], 1), axis=(axis, -1)), **ends)


@says("gradient")
def gradient(m: TorchMaking, a: Arguments) -> Any:
    x = a.tensor("self")
    axes = a.get("dim")
    axes = list(range(x.rank)) if axes is None else [axes] if isinstance(axes, int) else list(axes)
    spacing = a.get("spacing")
    each = list(spacing) if isinstance(spacing, list | tuple) else [spacing] * len(axes)
    order = told(edge_order=(a["edge_order"], 1))
    found = []
    for axis, space in zip(axes, each, strict=True):
        between = [] if space is None or space == 1 else [space]
        found.append(m.apply("gradient", x, *between, axis=axis % x.rank, **order))
    return tuple(found)


@says("searchsorted", "bucketize")
def searchsorted(m: TorchMaking, a: Arguments) -> Tensor:
    places, values = (
        (a["boundaries"], a["self"]) if a.name == "bucketize" else (a["sorted_sequence"], a["self"])
    )
    if not isinstance(places, Tensor) or places.rank != 1:
        raise Unsupported(f"`{a.name}` in several rows", "loop over the rows")
    if a.get("sorter") is not None:
        raise Unsupported(f"`{a.name}` with an order of its own", "sort the row before")
    side = "right" if a["right"] or a.get("side") == "right" else "left"
    return m.apply("searchsorted", places, values, **told(side=(side, "left")))


@says("isin")
def isin(m: TorchMaking, a: Arguments) -> Tensor:
    x = a.tensor("elements")
    among = flat(m, a.tensor("test_elements"))
    there = m.apply("equal", m.apply("index", x, entries=("...", None)), among)
    found = m.apply("any", there, axis=-1)
    return m.apply("logical_not", found) if a["invert"] else found


@says("renorm")
def renorm(m: TorchMaking, a: Arguments) -> Tensor:
    x, axis = a.tensor("self"), a["dim"]
    others = tuple(i for i in range(x.rank) if i != axis % x.rank)
    size = m.apply("norm", _rows(m, x, axis % x.rank), **told(ord=(whole(a["p"]), 2)), axis=-1)
    shape = [1 if i in others else s for i, s in enumerate(x.shape)]
    size = m.apply("reshape", size, tuple(shape))
    most = a["maxnorm"]
    scale = m.apply("divide", most, m.apply("add", size, 1e-7))
    return m.apply("multiply", x, m.apply("where", m.apply("greater", size, most), scale, 1.0))


def _rows(m: TorchMaking, x: Tensor, axis: int) -> Tensor:
    """What stands at each place of an axis, as a row."""
    first = x if axis == 0 else m.apply("moveaxis", x, axis, 0)
    return reshaped(m, first, (first.shape[0], -1))
