"""How shapes, axes, parts and margins are said: as short as what came before allows."""

from __future__ import annotations

from typing import Any

from gradc.importing.foreign import Operand, Step, Tensor
from gradc.importing.onnx.bound import Sizes
from gradc.importing.onnx.one_node import Node
from gradc.ir.sizes import divides, floor_divide


def product(sizes: Sizes) -> Any:
    """How many elements such sizes have."""
    total: Any = 1
    for size in sizes:
        total = total * size
    return total


def rebatched(n: Node, x: Tensor, wanted: list[Any]) -> list[Any]:
    """A shape that counts a batch of 1, with the batch in its place."""
    total, free = product(x.shape), n.batch
    if free is None or product(tuple(wanted)) == total or free not in x.shape:
        return wanted
    if -1 in wanted:
        there = wanted[0] == 1 and x.shape[0] == free
        return [free, *wanted[1:]] if there else wanted
    for place, size in enumerate(wanted):
        tried = [*wanted[:place], free * size, *wanted[place + 1 :]]
        if isinstance(size, int) and product(tuple(tried)) == total:
            return tried
    return wanted


def reshaped(n: Node, x: Tensor, wanted: list[Any]) -> Tensor:
    """`x` in another shape; a size that is left open is told where that is possible."""
    if tuple(wanted) == x.shape:
        return x
    if -1 in wanted:
        rest, whole = product(tuple(w for w in wanted if w != -1)), product(x.shape)
        if rest != 0 and divides(rest, whole):
            wanted = [floor_divide(whole, rest) if w == -1 else w for w in wanted]
    while x.maker and x.maker.op in ("reshape", "expand_dims", "squeeze"):
        source = x.maker.operands[0]  # what was reshaped on the way was for nothing
        assert isinstance(source, Tensor)
        x = source
    if tuple(wanted) == x.shape:
        return x
    if x.maker and (other := without_ones(n, x, tuple(wanted)) or _kept(n, x, tuple(wanted))):
        return other
    return n.apply("reshape", x, tuple(wanted))


_KEEPING = ("mean", "max", "min", "sum", "norm", "logsumexp", "prod", "var")


def without_ones(n: Node, x: Tensor, wanted: Sizes) -> Tensor | None:
    """A reduction that keeps its axes, of this shape without them; None where `x` is no such."""
    step = x.maker
    if step and step.op in ("index", "split"):
        return _picked(n, step, wanted) if step.op == "index" else _nth(n, step, x, wanted)
    if step is None or step.op == "expand_dims":
        source = step.operands[0] if step else None
        return source if isinstance(source, Tensor) and source.shape == wanted else None
    if step.op not in _KEEPING or not step.attrs.get("keepdims"):
        return None
    axes = step.attrs.get("axis")
    gone = axes if isinstance(axes, tuple) else (axes,)
    if tuple(s for i, s in enumerate(x.shape) if i not in gone) != wanted:
        return None
    attrs = {k: v for k, v in step.attrs.items() if k != "keepdims"}
    return n.apply(step.op, *step.operands, **attrs)


_ELEMENTWISE = ("add", "subtract", "multiply", "divide", "maximum", "minimum", "sqrt", "power")


def _kept(n: Node, x: Tensor, wanted: Sizes) -> Tensor | None:
    """What is made of reductions, of the shape that it has with their axes kept; else None."""
    step = x.maker
    if step is None or wanted == x.shape:
        return None
    if step.op in _ELEMENTWISE and not step.attrs:
        found: list[Operand] = []
        for operand in step.operands:
            if isinstance(operand, Tensor):
                same = operand.shape == x.shape
                kept = _kept(n, operand, wanted) if same else None
                if kept is None:
                    return None
                operand = kept
            found.append(operand)
        return n.apply(step.op, *found)
    if step.op not in _KEEPING or step.attrs.get("keepdims"):
        return None
    source, axes = step.operands[0], step.attrs.get("axis")
    gone = axes if isinstance(axes, tuple) else (axes,)
    if not isinstance(source, Tensor):
        return None
    kept_sizes = tuple(1 if i in gone else s for i, s in enumerate(source.shape))
    if kept_sizes != wanted:
        return None
    return n.apply(step.op, *step.operands, **step.attrs, keepdims=True)


def _nth(n: Node, step: Step, x: Tensor, wanted: Sizes) -> Tensor | None:
    """One of the parts of one element that an axis is split into, as that element."""
    source, parts = step.operands[:2]
    axis = step.attrs.get("axis", 0)
    if not isinstance(source, Tensor) or not isinstance(axis, int) or not isinstance(parts, int):
        return None
    if x.shape[axis] != 1 or x.shape[:axis] + x.shape[axis + 1 :] != wanted:
        return None
    return n.index(source, *[slice(None)] * axis, step.results.index(x))


def _picked(n: Node, step: Step, wanted: Sizes) -> Tensor | None:
    """A part of one element along an axis, as that element."""
    (source, entries) = step.operands[0], step.attrs["entries"]
    if not isinstance(source, Tensor) or not isinstance(entries, tuple) or "..." in entries:
        return None
    for axis, entry in enumerate(entries):
        size = source.shape[axis]
        if not isinstance(entry, slice) or not isinstance(size, int):
            return None
        start, stop, _ = entry.indices(size)
        if stop - start == 1 and step.result.shape[:axis] + step.result.shape[axis + 1 :] == wanted:
            return cut(n, source, [*entries[:axis], start, *entries[axis + 1 :]])
    return None


def transposed(n: Node, x: Tensor, axes: tuple[int, ...]) -> Tensor:
    """The axes in another order, said as a reader would."""
    if axes == tuple(range(x.rank)):
        return x
    moved = [i for i, a in enumerate(axes) if a != i]
    if len(moved) == 2 and x.rank > 2:
        return n.apply(
            "swapaxes",
            x,
            *(m - x.rank if m >= x.rank - 2 and moved[0] >= x.rank - 2 else m for m in moved),
        )
    return n.apply("transpose", x, axes=axes)


def moved_axis(n: Node, x: Tensor, source: int, destination: int) -> Tensor:
    """One axis at another place."""
    axes = [a for a in range(x.rank) if a != source]
    axes.insert(destination, source)
    return transposed(n, x, tuple(axes))


def spread(n: Node, x: Tensor, wanted: Sizes) -> Tensor:
    """`x` broadcast against sizes: 1 gives way on either side."""
    rank = max(x.rank, len(wanted))
    own: Sizes = (1,) * (rank - x.rank) + x.shape
    other: Sizes = (1,) * (rank - len(wanted)) + wanted
    sizes = tuple(o if w == 1 else w for o, w in zip(own, other, strict=True))
    return x if sizes == x.shape else n.apply("broadcast_to", x, sizes)


_ENDLESS = 10**9
"""What exporters write for an end that is none is at least that."""


def cut(n: Node, x: Tensor, entries: list[Operand]) -> Tensor:
    """The part that the entries name; all of it is `x` itself."""
    if all(e == slice(None) for e in entries):
        return x
    while len(entries) > 1 and entries[-1] == slice(None):
        entries.pop()
    if len(entries) > 2 and len(entries) == x.rank and all(e == slice(None) for e in entries[:-1]):
        entries = ["...", entries[-1]]
    return n.index(x, *entries)


def part(size: Any, start: Any, end: Any, step: int) -> slice:
    """A slice as NumPy has it, of an axis of this size: without bounds that bound nothing."""
    if isinstance(size, int) and isinstance(start, int) and isinstance(end, int):
        start, end, _ = slice(start, end, step).indices(size)
        if step > 0:
            last = None if end >= size else max(end, start)
            return slice(start or None, last, None if step == 1 else step)
        return slice(None if start >= size - 1 else start, None if end < 0 else end, step)
    if step < 0:
        first = None if isinstance(start, int) and (start == -1 or start >= _ENDLESS) else start
        return slice(first, None if isinstance(end, int) and end < -_ENDLESS else end, step)
    last = None if end == size or (isinstance(end, int) and end >= _ENDLESS) else end
    return slice(None if start == 0 else start, last, None if step == 1 else step)


def padded(
    n: Node, x: Tensor, before: list[int], after: list[int], mode: str = "constant", value: Any = 0
) -> Tensor:
    """`x` with margins; negative ones cut."""
    entries: list[Operand] = [
        part(s, max(-b, 0), s + min(a, 0), 1)
        for s, b, a in zip(x.shape, before, after, strict=True)
    ]
    x = cut(n, x, entries)
    margins = tuple((max(b, 0), max(a, 0)) for b, a in zip(before, after, strict=True))
    if not any(map(any, margins)):
        return x
    attrs: dict[str, Operand] = {} if mode == "constant" else {"mode": mode}
    if mode == "constant" and value:
        attrs["constant_values"] = value
    return n.apply("pad", x, margins, **attrs)
