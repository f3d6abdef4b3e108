"""The ways by which text of a user's reaches C: identifier, comment, number."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence, Set

from gradc.patterns import pattern
from gradc.targets.python import identifiers as python

_KEYWORDS = """
auto break case char const continue default do double else enum extern float for goto if inline
int long register restrict return short signed sizeof static struct switch typedef union unsigned
void volatile while _Bool _Complex _Imaginary asm typeof main NULL NAN INFINITY HUGE_VAL size_t
ptrdiff_t int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t intptr_t uintptr_t
errno EOF true false bool linux unix I M_PI M_E memset memcpy memmove memcmp strlen printf malloc
free
"""
_MATH = """
acos asin atan atan2 ceil cos cosh exp fabs floor fmod frexp ldexp log log10 modf pow sin sinh
sqrt tan tanh acosh asinh atanh cbrt copysign erf erfc exp2 expm1 fdim fma fmax fmin hypot ilogb
lgamma llrint llround log1p log2 logb lrint lround nan nearbyint nextafter nexttoward remainder
remquo rint round scalbln scalbn tgamma trunc isfinite isinf isnan isnormal signbit
fpclassify isgreater isless isunordered abs labs llabs div
"""
_BESIDES = "j0 j1 jn y0 y1 yn gamma signgam"  # what libraries have that are more than C
_OWN = """
dims params inputs outputs cotangents gradients state next_state training rng workspace at
"""

LIBM = frozenset((*_MATH.split(), *_BESIDES.split())) - frozenset(
    "abs labs llabs div isfinite isinf isnan signbit".split()
)
"""The functions of <math.h> that have a twin for float, with an `f` behind."""
_FLOATS = frozenset(f"{name}{ending}" for name in _MATH.split() for ending in "fl")
TAKEN = frozenset((*_KEYWORDS.split(), *_MATH.split(), "ROLLED")) | _FLOATS
"""What C has taken, or a macro, so that members are not called so either."""
RESERVED = frozenset((*TAKEN, *_BESIDES.split(), *_OWN.split()))
"""What else a variable is not called: functions besides, and arguments of our own."""

TYPES = {"f32": "float", "f64": "double", "i32": "int32_t", "i64": "int64_t", "bool": "uint8_t"}
"""The element types in C."""


def identifier(name: str, taken: Set[str] = RESERVED) -> str:
    """A C identifier for a name of a graph; dots become `_`, taken names get a `_` behind."""
    made = beginning(name)
    return f"{made}_" if made in taken else made


def beginning(name: str) -> str:
    """What identifiers begin with that more follows on, so that nothing is taken."""
    made = suffix(name)[1:] or "_"
    # What begins with `_` is the compiler's.
    return f"v{made}" if made[0] == "_" or made[0].isdigit() else made


def suffix(name: str) -> str:
    """What stands behind a name of ours: `_J`. Greek letters are called as in `lambda`."""
    return "_" + "".join(
        c if c.isascii() and (c == "_" or c.isalnum()) else _GREEK.get(c, "_") for c in name
    )


def comment(text: str) -> str:
    """Text that is safe in a comment: one line that goes on nowhere, and ends no comment."""
    flat = python.comment(text)
    return flat.replace("??", "? ?").replace("*/", "* /").replace("/*", "/ *")


def number(value: bool | int | float, dtype: str) -> str:
    """A C constant of an element type."""
    if dtype in ("f32", "f64"):
        suffix = "f" if dtype == "f32" else ""
        value = float(value)
        if math.isnan(value):
            return "NAN"
        if math.isinf(value):
            return "INFINITY" if value > 0 else "-INFINITY"
        return f"{value!r}{suffix}"
    value = int(value)
    if value == -(2**63):
        return "INT64_MIN"
    if -(2**31) < value < 2**31:
        return str(value)
    return f"INT64_C({value})" if value >= 0 else f"-INT64_C({-value})"


_LETTERS = """
alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma sigma
tau upsilon phi chi psi omega
""".split()
_GREEK = {chr(ord("α") + n): name for n, name in enumerate(_LETTERS)}
_GREEK |= {c.upper(): name.capitalize() for c, name in _GREEK.items()}
_WORD = pattern(r"(?<!->)\b[A-Za-z_]\w*")


def words_of(lines: Sequence[str]) -> set[str]:
    """The names that code uses, those of members, comments and pragmas left out."""
    code = [line.partition("//")[0] for line in lines]
    code = [line for line in code if not line.lstrip().startswith(("#pragma", "reduction("))]
    return {m[0] for line in code for m in _WORD.finditer(line)}


class Names:
    """Hands out identifiers, each once."""

    def __init__(self, taken: Iterable[str] = (), reserved: Set[str] = RESERVED):
        self.taken, self.reserved = set(taken), reserved

    def claim(self, name: str) -> str:
        """An identifier for a name; numbered only where another name has it already."""
        made = stem = identifier(name, self.reserved)
        count = 2
        while made in self.taken:
            made, count = f"{stem}_{count}", count + 1
        self.taken.add(made)
        return made

    def is_taken(self, name: str) -> bool:
        """Whether the identifier for a name would be numbered."""
        return identifier(name, self.reserved) in self.taken
