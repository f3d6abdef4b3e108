"""Functions of C that a source holds where it calls them, one for each element type."""

from __future__ import annotations

from collections.abc import Container, Iterable
from re import Match

from gradc.ir.types import FLOATS
from gradc.patterns import pattern
from gradc.targets.c import windows
from gradc.targets.c.identifiers import LIBM, TYPES
from gradc.targets.c.kernels import (
    BLAS,
    BLOCK,
    EACH,
    IS_TAKEN,
    LARGE,
    NUMBER_OF_CORES,
    PLAIN,
    TILED,
)
from gradc.targets.c.linear import LINEAR
from gradc.targets.c.ordering import ORDERING
from gradc.targets.c.orthogonal import ORTHOGONAL
from gradc.targets.c.polynomials import POLYNOMIALS
from gradc.targets.c.singular import SINGULAR
from gradc.targets.c.special import SPECIAL

_FLOAT = "float"
_WHOLE = "whole"

HELPERS: dict[str, dict[str, str]] = {
    **POLYNOMIALS,
    "sign": {
        _FLOAT: """
/* -1, 0 or 1; NaN of NaN. */
static T sign_D(T x) {
    return x > 0 ? 1 : x < 0 ? -1 : x == 0 ? 0 : x;
}""",
        _WHOLE: """
/* -1, 0 or 1. */
static T sign_D(T x) {
    return (x > 0) - (x < 0);
}""",
    },
    "floor_divided": {
        _FLOAT: """
/* The largest whole number that is at most x / y. */
static T floor_divided_D(T x, T y) {
    if (y == 0) return x / y;
    T rest = fmod_(x, y), whole = (x - rest) / y;
    if (rest != 0 && (y < 0) != (rest < 0)) whole -= 1;
    if (whole == 0) return copysign_(0, x / y);
    const T down = floor_(whole);
    return whole - down > (T)0.5 ? down + 1 : down;
}""",
        _WHOLE: """
/* The largest whole number that is at most x / y; 0 where y is 0. */
static T floor_divided_D(T x, T y) {
    if (y == 0) return 0;
    if (y == -1) return (T)(0 - (U)x);
    return x / y - (x % y != 0 && (x < 0) != (y < 0));
}""",
    },
    "remainder_of": {
        _FLOAT: """
/* What is left of x, with the sign of y. */
static T remainder_of_D(T x, T y) {
    const T rest = fmod_(x, y);
    if (rest == 0) return copysign_(0, y);
    return (y < 0) != (rest < 0) && y == y ? rest + y : rest;
}""",
        _WHOLE: """
/* What is left of x, with the sign of y; 0 where y is 0. */
static T remainder_of_D(T x, T y) {
    if (y == 0 || y == -1) return 0;
    const T rest = x % y;
    return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
}""",
    },
    "raised": {
        _WHOLE: """
/* x to the power of y, which is at least 0. */
static T raised_D(T x, T y) {
    U power = 1, square = (U)x;
    for (; y > 0; y >>= 1, square *= square) {
        if (y & 1) power *= square;
    }
    return (T)power;
}"""
    },
    "sinc": {
        _FLOAT: """
/* sin(pi x) / (pi x), and 1 at 0. */
static T sinc_D(T x) {
    const T y = (T)3.141592653589793 * (x == 0 ? (T)1e-20 : x);
    return sin_(y) / y;
}"""
    },
    "larger": {
        _FLOAT: """
/* The larger of two; NaN where one is. */
static T larger_D(T x, T y) {
    return x > y || x != x ? x : y;
}""",
        _WHOLE: """
/* The larger of two. */
static T larger_D(T x, T y) {
    return x > y ? x : y;
}""",
    },
    "smaller": {
        _FLOAT: """
/* The smaller of two; NaN where one is. */
static T smaller_D(T x, T y) {
    return x < y || x != x ? x : y;
}""",
        _WHOLE: """
/* The smaller of two. */
static T smaller_D(T x, T y) {
    return x < y ? x : y;
}""",
    },
    "between": {
        _FLOAT: """
/* x, but within two bounds; the upper one wins where they cross. */
static T between_D(T x, T low, T high) {
    const T y = x > low || x != x ? x : low;
    return y < high || y != y ? y : high;
}""",
        _WHOLE: """
/* x, but within two bounds; the upper one wins where they cross. */
static T between_D(T x, T low, T high) {
    const T y = x > low ? x : low;
    return y < high ? y : high;
}""",
    },
    **ORDERING,
    **SPECIAL,
    **LINEAR,
    **ORTHOGONAL,
    **SINGULAR,
    "matmul": {_FLOAT: PLAIN},
    "cores": {"any": NUMBER_OF_CORES},
    "matmul_block": {_FLOAT: BLOCK},
    "matmul_tiled": {_FLOAT: TILED},
    "matmul_each": {_FLOAT: EACH},
    "is_taken": {"any": IS_TAKEN},
    "matmul_blas": {_FLOAT: BLAS},
    "windows": {"any": windows.STRUCT},
    "gather": {_FLOAT: windows.GATHER},
    "spread": {_FLOAT: windows.SPREAD},
    "conv2d_output": {_FLOAT: windows.OUTPUT},
    "conv2d_input": {_FLOAT: windows.INPUT},
    "conv2d_weight": {_FLOAT: windows.WEIGHT},
}
"""The functions by their names, for an element type, for floats, for integers, or for all.

In a text, `T` is the element type, `U` the unsigned one, `_D` stands for its name, and what ends in
`_` is of libm. Of doubles, `EPSILON` is half the distance from 1 to the next one, `LEAST` the least
that has all digits. What a text calls stands further up.
"""

_WORD = pattern(r"\w+")
_PANEL = pattern(r",\s+panel \+ [^;]*\)(?=;)")
_BRACKET = pattern(r"[()]")
_UNSIGNED = {"i32": "uint32_t", "i64": "uint64_t", "bool": "uint8_t"}
_NUMBERS = {"EPSILON": "1.1102230246251565e-16", "LEAST": "2.2250738585072014e-308"}
_ALL_TYPES = [name for name, kinds in HELPERS.items() if "any" in kinds]
_NAMED = {f"{name}_{dtype}": (name, dtype) for name in HELPERS for dtype in TYPES}


def helper_lines(
    called: Iterable[tuple[str, str]], named: Container[str], *, has_blas: bool = False
) -> list[str]:
    """The functions that are called, each for its element type, in the order of the table; before
    each those that it calls. Large products may be left to a CBLAS.

    `named` are the words of what calls them: of a loop of one step the rest is not written.
    """
    order = list(HELPERS)
    texts: dict[tuple[str, str], str] = {}
    pending = [
        (name, dtype)
        for name, dtype in called
        if name in HELPERS and (name in _ALL_TYPES or f"{name}_{dtype}" in named)
    ]
    while pending:
        call = pending.pop()
        if call not in texts:
            texts[call] = _text(*call, has_blas=has_blas)
            words = [word.removeprefix("from_") for word in _WORD.findall(texts[call])]
            pending += [_NAMED[word] for word in words if word in _NAMED]
            pending += [(name, "i64") for name in _ALL_TYPES if name in words]
    lines: list[str] = []
    for call in sorted(texts, key=lambda c: (order.index(c[0]), c[1])):
        lines += [*texts[call].strip("\n").splitlines(), ""]
    return lines


def _chosen(name: str, dtype: str) -> str:
    kinds = HELPERS[name]
    return kinds.get(dtype) or kinds.get("any") or kinds[_FLOAT if dtype in FLOATS else _WHOLE]


def _text(name: str, dtype: str, *, has_blas: bool) -> str:
    words = {"T": TYPES[dtype], "U": _UNSIGNED.get(dtype, ""), **_NUMBERS}
    words["GEMM"] = "cblas_sgemm" if dtype == "f32" else "cblas_dgemm"
    text = _chosen(name, dtype)
    if has_blas:  # which takes no memory for parts of matrices
        text = text.replace(f"{LARGE[0]}_D", f"{LARGE[1]}_D")
        text = text.replace(", T *restrict panel", "")
        text = _PANEL.sub(")", text)
    for function in LIBM:
        words[f"{function}_"] = f"{function}f" if dtype == "f32" else function

    def spelled(match: Match[str]) -> str:
        word = match[0]
        return f"{word[:-2]}_{dtype}" if word.endswith("_D") else words.get(word, word)

    return _aligned(text, _WORD.sub(spelled, text))


def _aligned(text: str, spelled: str) -> str:
    """What goes on behind a bracket stands below it, where names before that have other lengths."""
    lines, opened = [], list[tuple[int, int]]()
    for before, after in zip(text.splitlines(), spelled.splitlines(), strict=True):
        indent = len(before) - len(before.lstrip())
        if opened and indent == opened[-1][0] + 1:
            after = " " * (opened[-1][1] + 1) + after.lstrip()
        pairs = (_BRACKET.finditer(line) for line in (before, after))
        for one, other in zip(*pairs, strict=True):
            if one[0] == "(":
                opened.append((one.start(), other.start()))
            elif opened:
                opened.pop()
        lines.append(after)
    return "\n".join(lines)
