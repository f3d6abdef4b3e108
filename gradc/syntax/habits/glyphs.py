"""Characters that come from word processors and mathematics, and what was meant."""

from __future__ import annotations

import re
import unicodedata

from gradc.syntax.habits.enclosed import closing, unwrapped

_DERIVED = "no derivatives: they are derived from `loss J = …`"
_GROUPS = {
    "a blank": "\u00a0\u2009\u202f",
    "nothing": "\u200b\ufe0f",
    "`-`": "\u2212\u2010\u2011\u2013\u2014",
    "`*`, or `@` for a product of matrices": "\u00b7\u22c5",
    "`*`": "\u00d7\u2217\u2299\u2218\u2022\u22c6",
    "`/`": "\u00f7\u2215\u2044",
    "`outer(a, b)`": "\u2297",
    "`<=`": "\u2264",
    "`>=`": "\u2265",
    "`!=`": "\u2260",
    "`->`": "\u2192\u21d2",
    "`=`": "\u2190\u2254",
    "`~`": "\u223c",
    "`in`": "\u2208",
    "`and`": "\u2227",
    "`or`": "\u2228",
    "`not`": "\u00ac",
    '`"`': "\u201c\u201d\u201e\u00ab\u00bb",
    "`'`": "\u2018\u2019\u2032",
    "`...`": "\u2026",
    "`.T`": "\u22a4\u1d40",
    "`Δ`": "\u2206",
    "`inf`": "\u221e",
    "`sum(…)`": "\u2211",
    "`prod(…)`": "\u220f",
    "`sqrt(…)`": "\u221a",
    "`norm(…)`": "\u2016",
    "`1 / 2`": "\u00bd",
    "`1 / 4`": "\u00bc",
    "`3 / 4`": "\u00be",
    "`[]`": "\u2205",
    "`l`": "\u2113",
    "`abs(a - b) < 1e-6`": "\u2248",
    "`* pi / 180`": "\u00b0",
    _DERIVED: "\u2202\u2207",
}
_MEANT = {sign: meant for meant, signs in _GROUPS.items() for sign in signs}
_WIDE = 0xFEE0  # from a character to that of the full width of a Chinese one
BRACKETS = {"\uff08": "\uff09", "\uff3b": "\uff3d", "\uff5b": "\uff5d"}
"""Brackets of full width, and those that close what they open."""
BARS = "\u2016"
"""What a norm stands between."""
_ROOT = "\u221a"
PAIRED = {"\u201c": "\u201d", "\u2018": "\u2019", "\u201e": "\u201c", "\u00ab": "\u00bb"}
"""Quotation marks, and those that close what they open."""
_RAISED = str.maketrans(
    "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207a\u207b\u207f\u02e3",
    "0123456789+-nx",
)
_LOWERED = str.maketrans(
    "\u2080\u2081\u2082\u2083\u2084\u2085\u2086\u2087\u2088\u2089\u209c\u2099\u1d62\u2c7c\u2096\u2093",
    "0123456789tnijkx",
)


_MARKS = {"\u0302": "hat", "\u0304": "bar", "\u0305": "bar", "\u0303": "tilde", "\u0307": "dot"}
"""What mathematics puts over letters."""


def instead_of(run: str, behind: str = "") -> tuple[str, ...]:
    """What to write instead of characters that begin with an unfit one.

    `behind` is the rest of the line, of which a sign of mathematics takes a part.
    """
    c = run[0]
    if "\uff01" <= c <= "\uff5e":
        pair = f" and `{chr(ord(BRACKETS[c]) - _WIDE)}`" if c in BRACKETS else ""
        return (f"write `{chr(ord(c) - _WIDE)}`{pair}",)
    if c in _MEANT:
        return (f"write {_MEANT[c].replace('(…)', f'({_taken(c, behind)})')}",)
    for table, sign in ((_RAISED, "**"), (_LOWERED, "_")):
        written = ""
        for following in run:
            if ord(following) not in table:
                break
            written += following.translate(table)
        if written:
            return (f"write `{sign}{written}`",)
    parts = unicodedata.normalize("NFD", c)
    base, marks = parts[0], parts[1:]
    if marked := _MARKS.get(base):
        return (f"write `_{marked}`",)
    if base.isascii() and not behind[:1].isalpha() and marks in _MARKS:
        return (f"write `{base}_{_MARKS[marks]}`",)
    if c.isalnum():
        return ("names are made of ASCII and Greek letters, digits and `_`",)
    return ()


def _taken(c: str, behind: str) -> str:
    """What a sum, a product, a root or a norm is of; `…` where that cannot be told."""
    if c == BARS:
        inside, _, further = behind.partition(BARS)
        return inside.strip() if len(further) < len(behind) - len(inside) else "…"
    text = behind.strip()
    end = closing(text) if text[:1] in ("(", "[") else None
    if end is not None:
        return unwrapped(text[: end + 1])
    # A root is of what stands next, a sum of all the product.
    found = re.match(r"[\w.]+" if c == _ROOT else r"[\w.\s*/@]+", text)
    return found[0].strip() if found else "…"
