"""Statements that end with their line too early, and how they go on."""

from __future__ import annotations

import re

from gradc.diagnostics import Help, Replacement
from gradc.source import Span
from gradc.syntax.refusal import Refusal


def unfinished(r: Refusal) -> tuple[str, ...]:
    """What goes on behind `fn f(x)`, `loss`, `output`, `const x: [4]` at the end of a line."""
    line = r.line_text.strip()
    if r.first_word in ("fn", "layer") and "LBRACE" in r.accepts:
        below = re.match(r"\n([ \t]+)(?:return\b\s*)?(.*)", r.text[r.place :])
        if r.first_word == "fn" and below and "return" in below[0]:
            return (f"write `{line} = {below[2]}`",)
        return (f"write `{line} {{`, and `}}` at the end of its body",)
    if r.first_word == "scan" and "LBRACE" in r.accepts:
        return (_in_braces(r, line),)
    if line in ("loss", "output"):
        bound = re.findall(
            r"^(?:param|input|const)?[ \t]*(\w+)[ \t]*(?::.*)?=(?!=)", r.before, re.MULTILINE
        )
        name = bound[-1] if bound else "J" if line == "loss" else "y"
        averaged = f", or `loss J = mean({name})`" if bound and line == "loss" else ""
        return (f"write `{line} {name}`{averaged}",)
    if updated := re.fullmatch(r"update\s+(\w+)", line):
        states = re.findall(r"^[ \t]*state[ \t]+(\w+)", r.source.text, re.MULTILINE)
        alike = [s for s in states if s in re.split(r"_|(?<=\w)(?=\d)", updated[1])] or states
        name = alike[0] if alike else "h"
        new = updated[1] if updated[1] not in states else "…"
        return (f"write `update {name} = {new}`",)
    if given := re.fullmatch(r"const\s+(\w+\s*(?::\s*(\w*)\s*(\[.*\])?)?)", line):
        return _of_constant(given[1], given[2] or "", given[3] or "", r.source.text)
    return ()


def _in_braces(r: Refusal, line: str) -> str:
    """The body of a loop that is told by its indentation."""
    indent = " " * r.indent
    below = re.compile(rf"(?:\n{indent}[ \t]+\S.*|\n[ \t]*(?=\n))*").match(r.text, r.place)
    told = f"write `{line} {{`, and `}}` at the end of its body"
    if below is None or not below[0].strip():
        return told
    end = below.start() + len(below[0].rstrip())
    edits = [
        Replacement(Span(r.source, r.line_start, r.line_start + len(r.line_text)),
                    f"{indent}{line} {{"),
        Replacement(Span(r.source, end, end), f"\n{indent}}}"),
    ]  # fmt: skip
    return Help(told, edits)


def _of_constant(declared: str, element: str, sizes: str, text: str) -> tuple[str, ...]:
    """What is said of a constant without a value; with free sizes it can only be an input."""
    given = f"what each call gives is an input: `input {declared}`"
    fixed = set(re.findall(r"(\w+)\s*=", text))
    if free := [name for name in re.findall(r"[^\W\d]\w*", sizes) if name not in fixed]:
        verb = "is" if len(set(free)) == 1 else "are"
        names = " and ".join(f"`{name}`" for name in dict.fromkeys(free))
        return (given, f"a constant has a value, and its sizes are fixed: {names} {verb} not")
    value = {"bool": "true", "i32": "1", "i64": "1"}.get(element, "1" if sizes else "1e-5")
    return (f"a constant has its value: `const {declared} = {value}`", given)
