"""Primes: `W'` for a transpose, `x' = …` for a name, `1'000`."""

from __future__ import annotations

import re

from gradc.diagnostics import Diagnostic, Help, Replacement
from gradc.source import Span
from gradc.syntax.habits.names import fresh
from gradc.syntax.refusal import Refusal

NO_NAME = "names are letters, digits and `_`"
_WORDS = r"(?:(?:input|param|const|state|output|loss|next|dim|fn)\s+)?"
_OPERAND = re.compile(r"\s*((?:[\w.]+(?:\([^()\n]*\)|\[[^\[\]\n]*\])?|\([^()\n]*\))(?:\.T\b)?)")


def primed(r: Refusal) -> Diagnostic | None:
    """`x' = w * x`: a prime in a name that the file binds. It is told where it is bound."""
    read = re.match(r"'+", r.text[r.place :]) if r.text[r.place : r.place + 1] == "'" else None
    before = re.search(r"[A-Za-z_]\w*$", r.text[: r.place])
    if read is None or before is None:
        return None
    name = before[0] + read[0]
    text = r.source.text
    bound = _binds(name).search(text)
    if bound is None:
        return None
    plain = f"{before[0]}_{'prime' if len(read[0]) == 1 else 'second'}"
    plain = fresh(plain, text) if re.search(rf"\b{plain}\b", text) else plain
    uses = [Span(r.source, m.start(), m.end()) for m in uses_of(name).finditer(text)]
    more = ", here and where it is read" if len(uses) > 1 else ""
    help_ = Help(f"write `{plain}`{more}", [Replacement(use, plain) for use in uses])
    start, end = bound.span("name")
    return r.at(start, end, "E0110", f"`{name}` is no name: {NO_NAME}", help_)


def _binds(name: str) -> re.Pattern[str]:
    """A statement that binds a name, among others."""
    others = r"(?:[\w']+\s*,\s*)*"
    behind = rf"(?=\s*(?:=(?!=)|[:~(]|,\s*{others}[\w']+\s*=(?!=)))"
    return re.compile(rf"^[ \t]*{_WORDS}{others}(?P<name>{name}){behind}", re.MULTILINE)


def uses_of(name: str) -> re.Pattern[str]:
    """Where a name with primes stands."""
    return re.compile(rf"(?<![\w.']){name}(?![\w'])")


def transposed(r: Refusal) -> Diagnostic | None:
    """`W'` for a transpose."""
    if r.word[:1] != "'" and r.text[r.place : r.place + 1] != "'":
        return None
    match = re.search(r"(\w+)$", r.text[: r.place])
    if match is None and r.text[r.place - 1] not in ")]":
        return None
    behind = r.text[r.place :]
    if match and match[1] in ("f", "r", "b") and re.match(r"'[^'\n]*'", behind):
        help_ = "a string stands without a letter in front of it, and holds no values"
        return r.at(match.start(), r.place, "E0110", f"`{match[1]}` begins no string", help_)
    number = re.match(r"'(\d{3}(?:'\d{3})*)\b", behind)
    if match and match[1].isdigit() and number:
        help_ = f"write `{match[1]}{number[1].replace(chr(39), '')}`"
        return r.at(r.place, r.place + 1, "E0110", "a number has no `'`", help_)
    return r.at(r.place, r.place + 1, "E0110", "`'` does not transpose", _meant(r, match))


def _meant(r: Refusal, match: re.Match[str] | None) -> str:
    """What is written for a transpose, in the product that it stands in."""
    base = match[1] if match else "(…)"
    sizes = sizes_of(base, r.source.text)
    times = re.match(r"'\s*\*(?!\*)", r.text[r.place :])
    factor = _OPERAND.match(r.text, r.place + times.end()) if times else None
    if len(sizes) == 1:
        if times is None:
            return f"`{base}` has one axis: leave it out"
        product = f" is `{base} @ {factor[1]}`" if factor else " is written `@`"
        return f"`{base}` has one axis, and a product of two{product}"
    if match and times:
        product = f": `{base}.T @ {factor[1]}`" if factor else ""
        return f"write `{base}.T`; a product of matrices is `@`{product}"
    left = (
        re.search(r"(?<![\w.])(\w+)\s*\*\s*$", r.text[r.line_start : match.start()])
        if match
        else None
    )
    if match and left:
        first = sizes_of(left[1], r.source.text)
        if len(first) == 2 == len(sizes) and first[1] == sizes[1]:
            text = f"{left[1]} @ {base}.T"
            place = Span(r.source, r.line_start + left.start(), r.place + 1)
            return Help(f"a product of matrices is `@`: `{text}`", [Replacement(place, text)])
    return f"write `{base}.T`"


def sizes_of(name: str, text: str) -> list[str]:
    """The sizes that a name is declared with; none where it is not, or is a scalar."""
    found = re.search(rf"^\s*\w+\s+{name}\s*:\s*\w*\[([^\[\]\n]+)\]", text, re.MULTILINE)
    return [size.strip() for size in found[1].split(",")] if found else []
