"""Systems of equations and decompositions: a function of the source for each matrix of a batch.

They are done in double precision, as NumPy does them, whatever the element type is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gradc.ir.node import Apply
from gradc.ir.sizes import Size, minimum
from gradc.targets.c.calling import Calling
from gradc.targets.c.groups import identity

_WIDE = "f64"
_SINGULAR = "a matrix is singular"
_INDEFINITE = "a matrix is not positive definite"
_ENDLESS = "the decomposition of a matrix does not converge"

Lines = Callable[[Calling, Apply], list[str]]
Count = Callable[[Size, Size], Size]
"""Of how many numbers there is room, for a matrix of so many rows and columns."""


def _called(
    function: str, message: str = "", room: Count | None = None, *, is_square: bool = True
) -> Lines:
    """A function of copies of its operands, which it may overwrite, that leaves its results where
    they belong. Where there is a message it says whether all went well."""

    def lines(calling: Calling, node: Apply) -> list[str]:
        *batch, rows, columns = node.operands[0].type.shape
        at = identity(batch)
        before: list[str] = []
        after: list[str] = []
        given = [calling.size(rows)] if is_square else [calling.size(s) for s in (rows, columns)]
        for operand in node.operands:
            matrix = calling.room("matrix", _WIDE, rows, columns)
            before += calling.filled(matrix, _WIDE, operand, at, 2)
            given.append(matrix.name)
        for result in node.results:
            target, ends = calling.target(result, at, _WIDE)
            given.append(calling.pointer(target))
            after += ends
        if room is not None:
            given.append(calling.room("room", _WIDE, room(rows, columns)).name)
        return calling.each(batch, [*before, _checked(calling, function, given, message), *after])

    return lines


def _checked(calling: Calling, function: str, given: Sequence[str], message: str = "") -> str:
    """The call, and what is returned where it fails."""
    call = f"{calling.function(function, _WIDE)}({', '.join(given)})"
    return f"if (!{call}) return {calling.fails(message)};" if message else f"{call};"


def _solve(calling: Calling, node: Apply) -> list[str]:
    """The result begins as the right side."""
    a, b = node.operands
    size, rank = a.type.shape[-1], min(b.type.rank, 2)
    batch = node.result.type.shape[: node.result.type.rank - rank]
    at = identity(batch)
    matrix = calling.room("matrix", _WIDE, size, size)
    target, ends = calling.target(node.result, at, _WIDE)
    lines = calling.filled(matrix, _WIDE, a, at, 2) + calling.filled(target, _WIDE, b, at, rank)
    sizes = [calling.size(size), calling.size(b.type.shape[-1] if rank == 2 else 1)]
    given = [*sizes, matrix.name, calling.pointer(target)]
    return calling.each(batch, [*lines, _checked(calling, "solved", given, _SINGULAR), *ends])


def _cholesky(calling: Calling, node: Apply) -> list[str]:
    """The result begins as a copy."""
    (x,) = node.operands
    *batch, size, _ = x.type.shape
    at = identity(batch)
    target, ends = calling.target(node.result, at, _WIDE)
    given = [calling.size(size), calling.pointer(target)]
    lines = calling.filled(target, _WIDE, x, at, 2)
    return calling.each(batch, [*lines, _checked(calling, "cholesky", given, _INDEFINITE), *ends])


def _determinant(calling: Calling, node: Apply) -> list[str]:
    """A number for each matrix, before which there may be a sign."""
    (x,) = node.operands
    *batch, size, _ = x.type.shape
    at = identity(batch)
    matrix = calling.room("matrix", _WIDE, size, size)
    given, after = [calling.size(size), matrix.name], list[str]()
    *signs, number = node.results
    for sign in signs:
        target, ends = calling.target(sign, at, _WIDE)
        given.append(calling.pointer(target))
        after += ends
    call = f"{calling.function(node.name, _WIDE)}({', '.join(given)})"
    line = calling.left(number, at, calling.converted(call, _WIDE, number.type.dtype))
    return calling.each(batch, [*calling.filled(matrix, _WIDE, x, at, 2), line, *after])


def _svd_room(rows: Size, columns: Size) -> Size:
    least = minimum(rows, columns)
    return 3 * rows * columns + 2 * least * least + least


def _pinv_room(rows: Size, columns: Size) -> Size:
    least = minimum(rows, columns)
    return _svd_room(rows, columns) + (rows + columns + 1) * least


def _cofactors_room(rows: Size, columns: Size) -> Size:
    return _svd_room(rows, columns) + 2 * rows * columns + 2 * rows


DECOMPOSITIONS: dict[str, Lines] = {
    "solve": _solve,
    "inv": _called("inverse", _SINGULAR),
    "inverse": _called("inverse_or_nan"),
    "det": _determinant,
    "slogdet": _determinant,
    "cholesky": _cholesky,
    "eigh": _called("eigh", _ENDLESS, lambda rows, columns: rows),
    "svd": _called("svd", _ENDLESS, _svd_room, is_square=False),
    "qr": _called("qr", is_square=False),
    "pinv": _called("pinv", _ENDLESS, _pinv_room, is_square=False),
    "cofactors": _called("cofactors", room=_cofactors_room),
    "expm": _called("expm", room=lambda rows, columns: 7 * rows * columns),
    "expm_slope": _called("expm_slope", room=lambda rows, columns: 36 * rows * columns),
}
"""The operations by their names."""
