"""List and shape functions of windows that slide: convolutions and pooling.

As those of `lists.py` they take knowns, and the types of values, and return knowns.
"""

from __future__ import annotations

from typing import Any

from gradc.diagnostics import do, plural
from gradc.ir.sizes import Poly, Size, divides, floor_divide, product
from gradc.ir.types import Check, Checked, Type, TypeMismatch
from gradc.library.axes import Shape, near_divisor
from gradc.library.lists import functions_of
from gradc.library.shapes.windows import Pads, Pair, as_pads, as_pair, pool_pads, reaching


def both(value: Any) -> tuple[int, int]:
    """An integer or a list of two, as two."""
    return as_pair(value)


def padding_in_line(padding: Any) -> Any:
    """Padding along one axis, as padding of an image of one row."""
    if isinstance(padding, str):
        return padding
    return ((0, 0), as_pair(padding))


def last_margins(x: Type, around: Pads) -> tuple[Pair, ...]:
    """Margins of the last two axes, as `pad` takes them."""
    return (*[(0, 0)] * (x.rank - 2), *around)


def pooling_margins(
    padding: Any, size: Any, stride: Any, ceil_mode: bool, include: bool
) -> tuple[Pads, Pads]:
    """The margins that a pool adds, and what of them counts in a mean."""
    size, stride = as_pair(size), as_pair(stride)
    pads = pool_pads(padding, size, stride, (1, 1))
    around = reaching(pads, size, stride, (1, 1)) if ceil_mode else pads
    return around, (pads if include else ((0, 0), (0, 0)))


def sizes_with(x: Type, margins: Pads) -> Shape:
    """The sizes of the last two axes with margins around them."""
    return tuple(lo + n + hi for n, (lo, hi) in zip(x.shape[-2:], margins, strict=True))


def margins_left(around: Pads, inner: Pads) -> tuple[Pair, ...]:
    """What margins add where inner ones are there already."""
    pairs = zip(around, inner, strict=True)
    return tuple((lo - low, hi - high) for (lo, hi), (low, high) in pairs)


# --- three axes ------------------------------------------------------------------------------


def triple(value: Any) -> tuple[Any, Any, Any]:
    """An integer or a list of three, as three."""
    if not isinstance(value, tuple):
        return (value, value, value)
    if len(value) != 3:
        raise TypeMismatch(f"three numbers are needed here, not {len(value)}", (0,), "E0305")
    return value


def across(value: Any) -> Pair:
    """What is said of the last two of three axes."""
    return triple(value)[1:]


def in_depth(value: Any) -> Pair:
    """What is said of the first of three axes; the others lie in one, and are left alone."""
    return (triple(value)[0], 1)


def padding_across(padding: Any) -> Any:
    """Padding of the last two of three axes."""
    return padding if isinstance(padding, str) else across(padding)


def padding_in_depth(padding: Any) -> Any:
    """Padding of the first of three axes; the others lie in one, and get none."""
    return padding if isinstance(padding, str) else (triple(padding)[0], 0)


def images_in_line(x: Type) -> Shape:
    """The shape with the last two axes as one."""
    if x.rank < 3:
        raise TypeMismatch(f"pooling needs three axes, {x} has {x.rank}", (0,), "E0303")
    return (*x.shape[:-2], product(x.shape[-2:]))


def images_again(x: Type, like: Type) -> Shape:
    """The shape with the last axis as the last two of another array."""
    return (*x.shape[:-1], *like.shape[-2:])


# --- windows that share an axis out ----------------------------------------------------------


def adapted_sizes(x: Type, sizes: Any, count: int) -> Shape:
    """How many windows share out each of the last axes."""
    given = sizes if isinstance(sizes, tuple) else (sizes,) * count
    if len(given) != count:
        message = f"{plural(len(given), 'size')} for the last {plural(count, 'axis', 'axes')}"
        raise TypeMismatch(message, (0,), "E0305", attribute="sizes")
    if x.rank < count:
        raise TypeMismatch(
            f"pooling needs {plural(count, 'axis', 'axes')}, {x} has {x.rank}", (0,), "E0303"
        )
    found = tuple(
        n if o is None else o for o, n in zip(given, x.shape[x.rank - count :], strict=True)
    )
    if any(isinstance(o, int) and o < 1 for o in found):
        message = f"an axis is shared out in at least 1, not in {list(found)}"
        raise TypeMismatch(message, (0,), "E0306", attribute="sizes")
    return found


def shares_out(x: Type, counts: Shape) -> bool:
    """Whether windows share the last axes out evenly."""
    return all(divides(o, n) for o, n in zip(counts, x.shape[-len(counts) :], strict=True))


def shared_sizes(x: Type, counts: Shape) -> Shape:
    """The shape with each of the last axes as windows and what is in them."""
    last = zip(counts, x.shape[-len(counts) :], strict=True)
    parts = (part for o, n in last for part in (o, floor_divide(n, o)))
    return (*x.shape[: -len(counts)], *parts)


def longest_share(n: Size, count: Size) -> Size:
    """At most how many elements a window has that shares them out."""
    if isinstance(n, int) and isinstance(count, int):
        return max(-(-(i + 1) * n // count) - i * n // count for i in range(count))
    return floor_divide(n + count - 1, count) + 1


# --- convolutions ----------------------------------------------------------------------------


def transposed_sizes(
    x: Type, w: Type, stride: Any, padding: Any, extra: Any, dilation: Any, groups: int
) -> tuple[Shape, Pads, Pads]:
    """The shape of a transposed convolution, the padding that it undoes, and what is 0 beyond."""
    if x.rank != 4 or w.rank != 4:
        raise TypeMismatch(f"[N, C, H, W] and [C, O, h, w] are needed, not {x} and {w}", (0,))
    stride, dilation, extra = as_pair(stride), as_pair(dilation), as_pair(extra)
    sizes, margins, beyond = [], [], []
    pads = as_pads(padding, w.shape[2:], stride, dilation)
    for n, k, step, gap, more, (lo, hi) in zip(
        x.shape[2:], w.shape[2:], stride, dilation, extra, pads, strict=True
    ):
        if not 0 <= more < max(step, gap):
            message = f"an output padding of {more} is not below the stride or the dilation"
            helps = (f"it is at most `{max(step, gap) - 1}` here",)
            raise TypeMismatch(message, (0,), "E0306", helps, attribute="extra")
        rest = 0
        if more >= step:  # a window more would fit: what is added is taken off the padding
            more, hi, rest = 0, max(hi - more, 0), max(more - hi, 0)
        sizes.append((n - 1) * step - lo - hi + gap * (k - 1) + more + 1)
        margins.append((lo, hi))
        beyond.append((0, rest))
    shape = (x.shape[0], w.shape[1] * groups, *sizes)
    return shape, (margins[0], margins[1]), (beyond[0], beyond[1])


def are_lines(x: Type, w: Type) -> bool:
    """True; raises TypeMismatch where an array has not the axes of a convolution in one."""
    for place, kind in enumerate((x, w)):
        if kind.rank != 3:
            message = f"[N, C, L] and weights of three axes are needed, not {x} and {w}"
            raise TypeMismatch(message, (place,), "E0303")
    return True


def depth_windows(
    x: Type, w: Type, stride: Any, padding: Any, dilation: Any
) -> tuple[Pair, int, int, int]:
    """The margins, size, stride and dilation of windows along the first of three axes."""
    for place, kind in enumerate((x, w)):
        if kind.rank != 5:
            message = f"[N, C, D, H, W] and [O, C, d, h, w] are needed, not {x} and {w}"
            raise TypeMismatch(message, (place,), "E0303")
    size = w.shape[2]
    if not isinstance(size, int):
        raise TypeMismatch(f"the depth of windows is known, this is {w}", (1,), "E0306")
    step, gap = triple(stride)[0], triple(dilation)[0]
    margins, _ = as_pads(padding_in_depth(padding), (size, 1), (step, 1), (gap, 1))
    return margins, size, step, gap


def depth_as_channels(windows: Type) -> Shape:
    """The sizes of images of which each has all that its windows see in depth."""
    n, c, h, w, outs, size = windows.shape
    return (n * outs, c * size, h, w)


def depth_in_weights(w: Type) -> Shape:
    """The sizes of weights for such images."""
    return (w.shape[0], w.shape[1] * w.shape[2], *w.shape[3:])


def depth_again(y: Type, windows: Type) -> Shape:
    """The sizes of such images, one behind the other."""
    return (windows.shape[0], windows.shape[4], *y.shape[1:])


def share_of(channels: Size, groups: Size) -> Checked:
    """The channels of each group."""
    message = f"{plural(channels, 'channel')} {do(channels)} not make {plural(groups, 'group')}"
    checks: tuple[Check, ...] = ()
    helps: tuple[str, ...] = ()
    fits = isinstance(groups, Poly) or groups >= 1
    if isinstance(channels, int) and isinstance(groups, int):
        fits = fits and channels % groups == 0
        helps = (f"`{near_divisor(channels, groups)}` divides it",) if channels else ()
    if not fits:
        raise TypeMismatch(message, (0,), "E0306", helps, attribute="groups")
    if not divides(groups, channels):
        checks = (Check("divides", groups, channels, message),)
    return Checked(floor_divide(channels, groups), checks)


FUNCTIONS = functions_of(dict(globals()))
