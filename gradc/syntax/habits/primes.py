"""Primes: `W'` for a transpose, `x' = …` for a name, `1'000`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradc.diagnostics import Diagnostic, Help, Replacement
from gradc.source import Span
from gradc.syntax.habits.enclosed import closing
from gradc.syntax.habits.names import fresh
from gradc.syntax.habits.transposes import chains, declared_sizes, rewritten
from gradc.syntax.refusal import Refusal

NO_NAME = "names are letters, digits and `_`"
_WORDS = r"(?:(?:input|param|const|state|output|loss|next|dim|fn)\s+)?"
_BINDING = re.compile(r"\s*(?:\w+[ \t]+)?\w+(?:\s*,\s*\w+)*\s*(?::[^=]*)?=(?!=)\s*")


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
    if match and (derived := _derivative(r, match[1], behind)) is not None:
        told = "there are no primes: a derivative is a value"
        return r.at(match.start(), r.place + 1, "E0110", told, derived)
    return r.at(r.place, r.place + 1, "E0110", "`'` does not transpose", _meant(r, match))


def _derivative(r: Refusal, name: str, behind: str) -> str | None:
    """`sigmoid'(z)`, `u' + u`: a derivative, where nothing around it is a product of matrices."""
    if called := re.match(r"'+\s*\(", behind):
        end = closing(behind, called.end() - 1)
        inside = behind[called.end() : end] if end is not None else ""
        of, by = f"{name}({inside})", inside.strip()
        if not by.isidentifier():
            return f"its argument has a name, such as `z`, and it is `grad(sum({name}(z)), z)`"
    else:
        given = re.search(r"(?m)^[ \t]*input[ \t]+(\w+)", r.source.text)
        before = r.text[r.line_start : r.place - len(name)].rstrip()
        is_factor = re.match(r"'\s*[*@.\])]", behind) or before[-1:] in ("*", "@")
        if given is None or is_factor or sizes_of(name, r.source.text):
            return None
        of, by = name, given[1]
        if not re.search(rf"(?m)^[ \t]*{re.escape(name)}[ \t]*=[^=\n]*\b{by}\b", r.source.text):
            return None
    return f"write `grad(sum({of}), {by})`, or `grad({of}, {by})` where that is a scalar"


def _meant(r: Refusal, match: re.Match[str] | None) -> str:
    """What is written for a transpose, in the formula that it stands in."""
    text, end = r.source.text, r.text.find("\n", r.place) % (len(r.text) + 1)
    line = r.text[r.line_start : end].partition("#")[0]  # of strings there are none: `'` opens one
    bound = _BINDING.match(line)
    start = r.line_start + (bound.end() if bound else 0)
    value = line[start - r.line_start :].rstrip()
    for first, last in chains(value):
        if first <= r.place - start < last and value.count("'") == value[first:last].count("'"):
            start, value = start + first, value[first:last]
            break
    made, other = (rewritten(value, text, plain=plain) for plain in (False, True))
    if value.count("'") == 1 and made.text == value.replace("'", ""):
        what = "has one axis" if made.vectors else "is a scalar"
        return f"`{(*made.vectors, made.text)[0]}` {what}: leave it out"
    place = Span(r.source, start, start + len(value))
    told = f"write `{made.text}`"
    if made.unknown and other.text != made.text:
        return f"{told}, or `{other.text}` where {_one_axis(made.unknown)}"
    reasons = ["`*` is element by element"] if "*" in value and "@" in made.text else []
    reasons += [_one_axis(made.vectors)] if made.vectors else []
    told += f": {', and '.join(reasons)}" if reasons else ""
    return Help(told, [Replacement(place, made.text)])


def _one_axis(names: Sequence[str]) -> str:
    listed = " and ".join(f"`{name}`" for name in names)
    return f"{listed} {'has' if len(names) == 1 else 'have'} one axis"


def sizes_of(name: str, text: str) -> list[str]:
    """The sizes that a name is declared with; none where it is not, or is a scalar."""
    return declared_sizes(name, text) or []
