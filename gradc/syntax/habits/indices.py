"""Indices, ranges and rows of numbers, as other languages write them."""

from __future__ import annotations

import re

from gradc.diagnostics import Diagnostic, Help, Replacement
from gradc.patterns import pattern
from gradc.source import Source, Span
from gradc.syntax.characters import mask
from gradc.syntax.habits.enclosed import closing, parts
from gradc.syntax.habits.respelt import respelt
from gradc.syntax.refusal import Refusal

_LISTED = 10  # numbers that a help writes one by one


def indexed(r: Refusal) -> Diagnostic | None:
    """`x(1:2)`, `x{1}`, `x[1..2]`, `x.[0]`, `relu.(x)`: other brackets around an index."""
    if r.kind == "COLON" and r.innermost == "(":
        start = r.brackets[-1]
        end, base = closing(r.text, start), re.search(r"(\w+)\s*$", r.text[:start])
        if end is None or base is None:
            return None
        given = re.search(r"[(,]\s*(\w+)\s*$", r.before)
        behind = re.match(r":\s*(?=[^\s,)])", r.text[r.place :])
        defined = re.search(rf"(?m)^[ \t]*(?:fn|layer)[ \t]+{base[1]}\b", r.source.text)
        is_word = given and (len(given[1]) > 1 or defined) and not is_bound(r.text, given[1])
        if given and behind and is_word:
            value = re.match(r"[^,()]*", r.text[r.place + behind.end() :])
            place = Span(r.source, given.start(1), r.place + behind.end())
            shown = f"{given[1]}={value[0].strip() if value else ''}"
            told = Help(f"write `{shown}`", [Replacement(place, f"{given[1]}=")])
            return r.diagnostic("E0123", "a named argument has `=`, not `:`", told)
        index = from_one(r.text[start + 1 : end])
        help_ = f"an index stands in brackets and begins at 0: `{base[1]}[{index}]`"
        return r.diagnostic("E0123", "expected `,` or `)`, found `:`", help_)
    if r.kind == "LBRACE" and "LBRACE" not in r.accepts and {"INFIX", "AS"} & r.accepts:
        inside = re.match(r"\{([^{}\n]*)\}", r.text[r.place :])
        if inside is None:
            return None
        help_ = f"an index stands in brackets: `{r.previous}[{inside[1].strip()}]`"
        return r.diagnostic("E0123", "expected the end of the line, found `{`", help_)
    if (
        r.kind == "NUMBER"
        and r.word[:1] == "."
        and r.text[r.place - 1] == "."
        and r.innermost == "["
    ):
        return r.diagnostic("E0123", "`..` is no slice", "a slice is written with `:`, as in `1:3`")
    return _behind_dot(r) if r.previous == "." and r.kind in ("LSQB", "LPAR") else None


def is_bound(text: str, name: str) -> bool:
    """Whether a line of a text seems to bind a name: `input x: [3]`, `dim B, T`, `h, c = f(x)`."""
    line = rf"(?m)^[ \t]*(?:\w+[ \t]+)?(?:\w+,[ \t]*)*{name}[ \t]*(?:[:=~,]|$)"
    return re.search(line, text) is not None


def _behind_dot(r: Refusal) -> Diagnostic:
    """`relu.(x)`, `x.[0]`: a call or an index with a dot in front."""
    base = re.search(r"(\w+)\s*\.$", r.before)
    end = closing(r.text, r.place)
    if base is None or end is None:
        help_ = "leave out the `.`"
        return r.diagnostic("E0123", f"expected a name, found `{r.word}`", help_)
    start, end = base.start(), end + 1
    value = re.match(r"[^=]*=(?!=)\s*|\s*return\b\s*", r.line_text)
    if value and _without_dots(rest := r.text[end : r.line_start + len(r.line_text)]) != rest:
        start, end = r.line_start + value.end(), r.line_start + len(r.line_text.rstrip())
    text = " ".join(_without_dots(r.text[start:end]).split())
    message = "an index stands without a `.`"
    if r.kind == "LPAR":
        message = "a call takes whole arrays, without a `.`"
    help_ = Help(f"write `{text}`", [Replacement(Span(r.source, start, end), text)])
    return r.diagnostic("E0123", message, help_)


def _without_dots(text: str) -> str:
    """What stands in brackets, with calls and operators as they are written here."""
    return respelt(re.sub(r"(?<=\w)\.(?=[(\[])", "", text))


def from_one(index: str) -> str:
    """An index of a language that counts from 1, whose slices hold their end: `2:end` is `1:`.

    One that holds a 0 counts from 0, but for `end`.
    """
    first = 0 if _ZERO.search(index) else 1
    return ", ".join(_slot(slot, first) for slot in parts(index))


_ZERO = pattern(r"(?<![\w.])0(?![\w.])")


def of_ends(source: Source) -> Help | None:
    """What is said of slices that name their `end`: all of them as they are written here.

    Where one of them begins at 0, all of them count from there.
    """
    masked, shown, edits = mask(source.text), list[str](), list[Replacement]()
    found = list[tuple[re.Match[str], str]]()
    for opening in re.finditer(r"(?<=[\w\])])\[", masked):
        stop = closing(masked, opening.start())
        inside = "" if stop is None else masked[opening.end() : stop]
        if re.search(r"\bend\b", inside):
            found.append((opening, inside))
    first = 0 if any(_ZERO.search(inside) for _, inside in found) else 1
    for opening, inside in found:
        start, new = opening.end(), ", ".join(_slot(slot, first) for slot in parts(inside))
        if re.search(r"\bend\b", new):
            continue
        edits.append(Replacement(Span(source, start, start + len(inside)), new))
        base = re.search(r"[\w.]*$", masked[: opening.start()])
        shown.append(f"`{base[0] if base else ''}[{new}]`")
    if not any(":" in text for text in shown):
        return None
    told = "a slice runs to its end where nothing stands behind the colon, positions begin at 0"
    return Help(f"{told}: {', '.join(dict.fromkeys(shown))}", edits)


def _slot(slot: str, first: int) -> str:
    bounds = [b.strip() for b in slot.split(":")]
    if len(bounds) == 1:
        return _behind_last(slot, 1) if slot.startswith("end") else _lower(slot, first)
    start, *step, stop = bounds
    if step == ["-1"] and start == "end" and stop == str(first):
        return "::-1"
    start, stop = _lower(start, first), _behind_last(stop, 0)
    start = _behind_last(start, 1) if start.startswith("end") else start
    return ":".join(["" if start == "0" else start, stop, *step])


def _lower(position: str, first: int) -> str:
    return str(int(position) - first) if position.isdigit() else position


def _behind_last(position: str, least: int) -> str:
    """`end - 2`, counted from behind, where `end` itself is `least`."""
    found = re.fullmatch(r"end(?:\s*-\s*(\d+))?", position)
    if found is None:
        return position
    back = least + int(found[1] or 0)
    return f"-{back}" if back else ""


def ranged(r: Refusal) -> Diagnostic | None:
    """`k = 1:10`, `k = 0:0.1:1`: numbers in a row."""
    found = re.fullmatch(
        r"\s*(?:const\s+)?\w+\s*=\s*(?P<a>-?[\w.]+)\s*:\s*(?P<b>-?[\w.]+)(?:\s*:\s*(?P<c>-?[\w.]+))?[\s;]*",
        r.line_text,
    )
    if r.kind != "COLON" or r.brackets or found is None:
        return None
    first, step, last = found["a"], found["b"] if found["c"] else "1", found["c"] or found["b"]
    try:
        a, d, b = float(first), float(step), float(last)
        count = int((b - a) / d + 1e-9) + 1
    except (ValueError, ZeroDivisionError):
        text = f"arange({first}, {last} + 1{f', {step}' if found['c'] else ''})"
    else:
        text = f"arange({count})" if d == 1 else f"{step} * arange({count})"
        text = text if not a else f"{first} + {text}"
        if step == "1" and first.lstrip("-").isdigit():
            text = f"arange({first}, {int(a) + count})" if a else text
        if r.first_word == "const" and count <= _LISTED:
            text = str([int(n) if n.is_integer() else n for n in (a + d * i for i in range(count))])
    return r.diagnostic("E0123", "`:` makes no range here", f"write `{text}`")


def rows(r: Refusal) -> str | None:
    """`[1 2; 3 4]`, as it is written here."""
    inside = re.match(r"\[([-\w.;,\s]*)\]", r.text[r.brackets[-1] :])
    if inside is None:
        return None
    rows = [re.split(r"[\s,]+", row.strip(" ,")) for row in inside[1].split(";") if row.strip()]
    shown = [f"[{', '.join(row)}]" for row in rows]
    return shown[0] if len(shown) == 1 else f"[{', '.join(shown)}]"


def _rows_of(listed: str) -> str | None:
    """`[cos(t), 0; 0, 1]`: rows of as many expressions each."""
    rows = [parts(row) for row in parts(listed[1:-1], ";") if row.strip()]
    if len(rows) < 2 or {len(row) for row in rows} != {max(len(rows[0]), 2)}:
        return None
    return f"[{', '.join('[' + ', '.join(row) + ']' for row in rows)}]"


def semicolon(r: Refusal) -> Diagnostic | None:
    """`[3; 4]`, `[1, 2; 3, 4]`, `f(a; b)`: rows, or what a comma separates."""
    if r.word != ";" or r.innermost not in ("(", "["):
        return None
    opening = r.brackets[-1]
    alone = re.match(r"\s*[,\]]", r.text[r.place + 1 :]) and r.previous in ("[", ",")
    if r.innermost == "[" and alone and re.search(r"\w$", r.text[:opening]):
        edit = Replacement(r.span, ":")
        return r.diagnostic("E0107", "`;` means nothing here", Help("write `:`", [edit]))
    end, called = closing(r.text, opening), re.search(r"\w*$", r.text[:opening])
    inside = " ".join(r.text[opening : end + 1].split()) if end is not None else ""
    commas = re.sub(r"\s*;", ",", inside)
    is_type = r.innermost == "[" and re.search(
        r"(?::\s*\w*|->\s*\w*)$", r.text[r.line_start : opening]
    )
    listed = rows(r) or _rows_of(inside)
    if listed and not is_type and "[" in listed[1:] and r.innermost == "[":
        return r.diagnostic(
            "E0107", "`;` means nothing here", f"a matrix is a list of its rows: write `{listed}`"
        )
    text = commas if is_type or r.innermost == "(" else listed or commas
    if called and r.innermost == "(":
        text = f"{called[0]}{text}"
    shown = f": write `{text}`" if inside else ""
    help_ = f"a comma stands between {'sizes' if is_type else 'values'}{shown}"
    return r.diagnostic("E0107", "`;` means nothing here", help_)
