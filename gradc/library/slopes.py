"""`gradient`: the slopes of a function that is known at points, along each of its axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gradc.diagnostics import plural
from gradc.ir.node import Value
from gradc.ir.types import TypeMismatch
from gradc.library.axes import axes_of

Build = Callable[..., Any]


_MEANT = "`gradient` is of samples along axes; the derivative by a value is `grad({0}, {{1}})`"


def slopes(build: Build, f: Value, spacing: Sequence[Any], axis: Any, edge_order: int) -> Any:
    """The slopes along each axis; `spacing` is of all, or of each."""
    axes = axes_of(axis, f.type.rank)
    if edge_order not in (1, 2):
        message = f"the order at the edges is 1 or 2, this is {edge_order}"
        raise TypeMismatch(message, (0,), "E0305", attribute="edge_order")
    if len(spacing) not in (0, 1, len(axes)) or not axes:
        message = (
            f"{plural(len(spacing), 'spacing')} for {plural(len(axes), 'axis', 'axes')} of {f.type}"
        )
        by = spacing[0] if spacing and not f.type.rank else None
        helps = [_MEANT.format("{0}")] if isinstance(by, Value) and by.named else []
        raise TypeMismatch(message, (0,), "E0303", helps)
    if len(spacing) == 1 < len(axes) and isinstance(spacing[0], Value) and spacing[0].type.rank:
        message = f"positions along one axis do not space {len(axes)}"
        helps = [_MEANT.format("sum({0})")] if spacing[0].named else []
        raise TypeMismatch(message, (0, 1), "E0303", helps)
    each = spacing if len(spacing) == len(axes) else (*spacing, 1)[:1] * len(axes)
    pairs = zip(axes, each, strict=True)
    found = tuple(_Axis(build, f, a, step).slopes(edge_order) for a, step in pairs)
    return found if len(found) > 1 else found[0]


Place = int | tuple[int | None, int | None, None]
_BEFORE, _AT, _AFTER = (None, -2, None), (1, -1, None), (2, None, None)


class _Axis:
    """What is computed along one axis: slopes of lines, and of what lies between two of them."""

    def __init__(self, build: Build, f: Value, axis: int, spacing: Any):
        self._build, self._f, self._axis, self._spacing = build, f, axis, spacing
        self._positions: Any = None
        if isinstance(spacing, Value) and spacing.type.rank:
            size = f.type.shape[axis]
            if spacing.type.shape != (size,):
                message = f"{size} positions are needed along axis {axis}, this is {spacing.type}"
                raise TypeMismatch(message, (0, 1))
            shape = (*[1] * axis, size, *[1] * (f.type.rank - 1 - axis))
            self._positions = build("reshape", [spacing], shape=shape)

    def slopes(self, edge_order: int) -> Any:
        """The slopes, where there are points enough."""
        build, shape, axis = self._build, self._f.type.shape, self._axis
        size, needed = shape[axis], edge_order + 1
        if isinstance(size, int) and size < needed:
            message = f"slopes need {plural(needed, 'point')} along axis {axis} of {self._f.type}"
            raise TypeMismatch(message, (0,), "E0306")
        y = build("index_adjoint", [self._inner()], entries=self._entries(_AT), shape=shape)
        for at, own, beside in ((0, (0, 1), (1, 2)), (-1, (-2, -1), (-3, -2))):
            edge = self._edge(edge_order, own, beside)
            y = build("index_add", [y, edge], entries=self._entries(at))
        return y

    def _inner(self) -> Any:
        build = self._build
        if self._positions is None:
            rise, width = self._step(self._f, _BEFORE, _AFTER), self._spacing
            twice = 2 * width if isinstance(width, int | float) else build("multiply", [2, width])
            return build("divide", [rise, twice])
        # The slope of a parabola between two lines: that of the nearer one counts more.
        before, after = self._width(_BEFORE, _AT), self._width(_AT, _AFTER)
        left = build("multiply", [after, self._line(_BEFORE, _AT)])
        right = build("multiply", [before, self._line(_AT, _AFTER)])
        return build("divide", [build("add", [left, right]), build("add", [before, after])])

    def _edge(self, order: int, at: tuple[int, int], beside: tuple[int, int]) -> Any:
        """The slope at an end: of the line there, or of the parabola through three points."""
        build, own = self._build, self._line(*at)
        if order == 1:
            return own
        bend = build("subtract", [own, self._line(*beside)])
        share: Any = 0.5
        if self._positions is not None:
            width = self._width(*at)
            share = build("divide", [width, build("add", [width, self._width(*beside)])])
        return build("add", [own, build("multiply", [bend, share])])

    def _line(self, low: Place, high: Place) -> Any:
        """The slope of the line between two places."""
        rise, width = self._step(self._f, low, high), self._width(low, high)
        is_one = isinstance(width, int | float) and width == 1
        return rise if is_one else self._build("divide", [rise, width])

    def _width(self, low: Place, high: Place) -> Any:
        if self._positions is None:
            return self._spacing
        return self._step(self._positions, low, high)

    def _step(self, x: Any, low: Place, high: Place) -> Any:
        """What `x` is more at one place than at another."""
        values = [self._build("index", [x], entries=self._entries(p)) for p in (high, low)]
        return self._build("subtract", values)

    def _entries(self, place: Place) -> tuple[Any, ...]:
        return (*[(None, None, None)] * self._axis, place)
