"""Heads of derivative rules in the manner of other systems: `vjp f(x, dy) {`, `vjp f {`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradc.diagnostics import Diagnostic, Help, Replacement
from gradc.source import Span
from gradc.syntax.expected import expected_words, found_words
from gradc.syntax.habits.enclosed import closing, parts
from gradc.syntax.refusal import Refusal

_HEAD = re.compile(
    r"\s*vjp\s+(?P<name>\w+)\s*(?P<given>\([^(){}=]*\))?\s*"
    r"(?:->\s*(?P<results>\w+(?:\s*,\s*\w+)*)\s*)?"
    r";?\s*(?:(?P<cotangents>\w+(?:\s*,\s*\w+)*)\s*)?(?P<opening>[{=:])\s*"
)


def vjp(r: Refusal) -> Diagnostic | None:
    """A head that names no results or no cotangents."""
    head = _HEAD.match(r.line_text) if r.first_word == "vjp" else None
    if head is None or not r.line_start <= r.place < r.line_start + head.end():
        return None
    name = head["name"]
    given = [p for p in parts((head["given"] or "()")[1:-1]) if p]
    formals, count = _function(name, r.source.text)
    formals = formals or given
    further = given[len(formals) :] if given[: len(formals)] == formals else []
    results, cotangents = (parts(head[k]) if head[k] else [] for k in ("results", "cotangents"))
    count = len(results) or count
    if not cotangents and len(further) in (count, 2 * count):
        cotangents = further[-count:]
        results = results or further[:-count]
    results = results or _fresh(count, "y", formals, cotangents)
    cotangents = cotangents or [f"d{result}" for result in results]
    text = f"vjp {name}({', '.join(formals)}) -> {', '.join(results)}; {', '.join(cotangents)} {{"
    start, end = r.line_start + r.indent, r.line_start + head.end()
    if head["opening"] != "{":
        value = r.line_text[head.end() :].strip()
        if head["opening"] == ":" or len(formals) != 1 or not value:
            value = "…"
        text, end = f"{text} d{formals[0] if formals else 'x'} = {value} }}", r.line_start
        end += len(r.line_text.rstrip())
    text = text if "…" in text else text.strip()
    told = "the results of the function and their cotangents have names"
    help_ = Help(f"{told}: `{text}`", [Replacement(Span(r.source, start, end), text)])
    message = f"expected {expected_words(r.accepts)}, found {found_words(r.kind, r.word)}"
    return r.diagnostic("E0123", message, help_ if "…" not in text else str(help_))


def _function(name: str, text: str) -> tuple[list[str], int]:
    """The parameters of a function of the file, and how many results it has."""
    found = re.search(rf"^[ \t]*fn[ \t]+{name}[ \t]*(?=\()", text, re.MULTILINE)
    end = closing(text, found.end()) if found else None
    if found is None or end is None:
        return [], 1
    formals = [re.split(r"[:=]", p)[0].strip() for p in parts(text[found.end() + 1 : end]) if p]
    returned = re.compile(r"\s*\{[^{}]*\breturn\b([^{}\n]*)").match(text, end + 1)
    return formals, len(parts(returned[1])) if returned else 1


def _fresh(count: int, name: str, *taken: Sequence[str]) -> list[str]:
    names = [name] if count == 1 else [f"{name}{i + 1}" for i in range(count)]
    return [n if all(n not in t for t in taken) else f"{n}_" for n in names]
