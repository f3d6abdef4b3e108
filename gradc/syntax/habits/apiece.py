"""What stands apart here: values bound within others, several bound on a line, numbers left out."""

from __future__ import annotations

import re

from gradc.diagnostics import Diagnostic, Help, Replacement
from gradc.source import Span
from gradc.syntax.expected import expected_words, found_words
from gradc.syntax.habits.enclosed import closing, parts
from gradc.syntax.habits.names import free_name
from gradc.syntax.refusal import Refusal

_MOST = 20  # numbers that are written out
_BOUND = re.compile(r"(\w+)\s*=(?!=)\s*(.+)")
_FROM_TO = re.compile(
    r"\s*(?:param|input|state|const)\s+\w+\s*(?::\s*\w*\s*\[[^\]]*\])?\s*=\s*"
    r"(?P<a>-?\d+)\s*:\s*(?P<b>-?\d+)\s*(?:#.*)?$"
)
_LEFT_OUT = re.compile(r"\[((?:\s*-?[\d.]+\s*,)+)\s*(?:\.\.\.|…)\s*,\s*(-?[\d.]+)\s*\]")


def within(r: Refusal) -> Diagnostic | None:
    """`sum((z := w * x) ** 2)`: a name that is bound inside a value."""
    bound = re.compile(r"(\w+)\s*:=\s*").search(r.line_text)
    if bound is None or r.innermost != "(":
        return None
    opening, start = r.brackets[-1], r.line_start + bound.start()
    end = closing(r.text, opening)
    if end is None or not opening < start < r.line_start + bound.end() <= end:
        return None
    value = r.text[r.line_start + bound.end() : end]
    given = parts(value)[0]
    stop = r.line_start + bound.end() + value.index(given) + len(given)
    if r.text[opening + 1 : start].strip() or stop != end or r.text[opening - 1].isalnum():
        place = Span(r.source, start, stop)
    else:
        place = Span(r.source, opening, end + 1)
    indent = r.line_text[: len(r.line_text) - len(r.line_text.lstrip())]
    line = Span(r.source, r.line_start, r.line_start)
    text = f"{bound[1]} = {given}"
    told = f"a name is bound on a line of its own: `{text}`, and `{bound[1]}` here"
    edits = [Replacement(line, f"{indent}{text}\n"), Replacement(place, bound[1])]
    sign = start + r.line_text[bound.start() :].index(":=")
    return r.at(sign, sign + 2, "E0123", "`:=` is not an operator", Help(told, edits))


def several(r: Refusal) -> Diagnostic | None:
    """`loss J = a, K = b`, `output z, z ** 2`: each on a line of its own."""
    word, line = r.first_word, r.line_text.partition("#")[0]
    if word not in ("loss", "output") or r.brackets or r.kind == "_NEWLINE":
        return None
    items = parts(line.strip()[len(word) :])
    if len(items) < 2 or not all(items) or "wrt" in line.split():
        return None
    lines, taken = [f"{word} {i}" for i in items if i.isidentifier()], list[str]()
    for item in (i for i in items if not i.isidentifier()):
        name = free_name(r.text, *(n for n in ("y", "z", "u", "v", "out") if n not in taken))
        taken.append(name)
        lines.append(f"{word} {item}" if _BOUND.fullmatch(item) else f"{word} {name} = {item}")
    if word == "loss" and any(not _BOUND.fullmatch(i) for i in items):
        return None
    exact = Span(r.source, r.line_start, r.line_start + len(line.rstrip()))
    shown = " and ".join(f"`{text}`" for text in lines)
    told = f"each stands on a line of its own, with its name: {shown}"
    message = f"expected {expected_words(r.accepts)}, found {found_words(r.kind, r.word)}"
    return r.diagnostic("E0123", message, Help(told, [Replacement(exact, "\n".join(lines))]))


def counted_out(r: Refusal) -> Diagnostic | None:
    """`param w: [5] = 1:5`, `[1, ..., 5]`: numbers in a row that are not all written."""
    if r.kind == "COLON" and (found := _FROM_TO.match(r.line_text)):
        first, last, step = int(found["a"]), int(found["b"]), 1
        place = Span(r.source, r.line_start + found.start("a"), r.line_start + found.end("b"))
    elif r.word in ("...", "…") and r.innermost == "[":
        listed = _LEFT_OUT.match(r.text, r.brackets[-1])
        numbers = [n for n in parts(listed[1]) if n] if listed else []
        if listed is None or not all(n.lstrip("-").isdigit() for n in (*numbers, listed[2])):
            return None
        first, last = int(numbers[0]), int(listed[2])
        step = int(numbers[1]) - first if len(numbers) > 1 else 1
        place = Span(r.source, *listed.span())
    else:
        return None
    count = (last - first) // step + 1 if step else 0
    message = f"expected {expected_words(r.accepts)}, found {found_words(r.kind, r.word)}"
    if not 1 < count <= _MOST:
        return r.diagnostic("E0123", message, "every number of a list is written out")
    text = str([first + step * i for i in range(count)])
    told = f"every number of a list is written out: `{text}`"
    return r.diagnostic("E0123", message, Help(told, [Replacement(place, text)]))
