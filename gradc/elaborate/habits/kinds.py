"""Arguments of another kind than their parameter: what was meant, where that can be told."""

from __future__ import annotations

from gradc.patterns import pattern
from gradc.syntax.habits.shapes import ELEMENTS

_INTEGERS = (
    "int", "axis", "axes", "ints", "size", "sizes", "sections", "pair", "triple", "outputs",
    "padding", "line",
)  # fmt: skip
_LISTED = (
    "axes", "ints", "sizes", "sections", "pair", "triple", "outputs", "padding", "line", "pairs",
    "contraction",
)  # fmt: skip
_NUMBERS = (*_INTEGERS, "number", "bound", "value", "contraction")
_AXES = {
    "first": "0", "batch": "0", "last": "-1", "features": "-1", "classes": "-1",
}  # fmt: skip
_ROWS = ("row", "rows", "column", "columns", "col", "cols")  # pandas' and R's mean opposite axes
_DTYPES = {name.lower(): dtype for name, dtype in ELEMENTS.items()} | {"float": "f64"}
_NUMERAL = pattern(r"-?\d+(\.\d+)?(e-?\d+)?")


def meant(kind: str, bound: object) -> tuple[str, ...]:
    """The help for an argument that is not of the kind of its parameter."""
    if kind == "axis" and isinstance(bound, tuple) and len(bound) > 1 and type(bound[0]) is int:
        return (f"it is one axis, such as `{bound[0]}`",)
    if kind == "pairs" and isinstance(bound, tuple) and len(bound) == 2 and _listed(kind, bound):
        pair = _listed(kind, bound)[1:-1]
        return (f"write `[{pair}]`, or `[[0, 0], {pair}]`",)
    if kind in ("axis", "axes") and isinstance(bound, str) and bound.lower() in _ROWS:
        return ("an axis is a number: 0 runs down the rows, and leaves one value for each column; "
                "1 runs along a row, and leaves one for each row",)  # fmt: skip
    text = _meant(kind, bound)
    return (f"write `{text}`",) if text else ()


def _meant(kind: str, bound: object) -> str:
    if isinstance(bound, str):
        return _unquoted(kind, bound.strip().lower())
    if kind == "flag":
        return "true" if bound == 1 else "false" if bound in (None, 0) else ""
    if kind == "string" and bound is None:
        return '"none"'
    if isinstance(bound, bool) or bound is None:
        return ""
    if isinstance(bound, tuple):
        return _listed(kind, bound)
    if kind == "pairs" and isinstance(bound, int):
        return f"[[{bound}, {bound}]]"
    if kind == "ints" and isinstance(bound, int):
        return f"[{bound}]"
    whole = isinstance(bound, float) and bound.is_integer()
    return str(int(bound)) if whole and kind in _INTEGERS else ""  # type: ignore[call-overload]


def _unquoted(kind: str, word: str) -> str:
    if kind == "dtype":
        return f'"{_DTYPES[word]}"' if word in _DTYPES else ""
    if kind == "flag":
        return word if word in ("true", "false") else ""
    if kind in ("axis", "axes") and word in _AXES:
        return _AXES[word]
    if kind in ("padding", "line") and word in ("same", "valid"):
        return f'"{word}"'
    if kind not in _NUMBERS or not _NUMERAL.fullmatch(word):
        return ""
    if kind in _INTEGERS:
        return str(int(float(word))) if float(word).is_integer() else ""
    return word


def _listed(kind: str, items: tuple[object, ...]) -> str:
    numbers = [i for i in items if isinstance(i, int | float) and not isinstance(i, bool)]
    if not numbers or len(numbers) != len(items):
        return ""
    whole = all(float(n).is_integer() for n in numbers)
    if kind == "pairs" and whole and len(items) == 2:
        return f"[{list(map(int, numbers))}]"
    if kind not in _LISTED and len(set(items)) == 1 and kind != "string":
        return str(int(numbers[0]) if whole and kind in _INTEGERS else numbers[0])
    return str(list(map(int, numbers))) if whole and kind in _LISTED else ""
