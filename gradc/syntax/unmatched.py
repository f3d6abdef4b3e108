"""Brackets and blocks that lack their partner, or have the wrong one."""

from __future__ import annotations

import re

from gradc.diagnostics import Diagnostic, Help, Label, Replacement
from gradc.source import Span
from gradc.syntax import recovery
from gradc.syntax.expected import found_words
from gradc.syntax.refusal import Refusal

_PARTNER = {"(": ")", "[": "]", "{": "}", ")": "(", "]": "[", "}": "{"}


def bracket(r: Refusal) -> Diagnostic | None:
    if r.kind in ("RPAR", "RSQB"):
        if r.innermost not in ("(", "["):
            return r.diagnostic("E0114", f"`{r.word}` closes nothing", "leave it out")
        if r.innermost != _PARTNER[r.word]:
            place = r.brackets[-1]
            label = Label(Span(r.source, place, place + 1), "opened here")
            message = f"`{r.innermost}` is closed by `{r.word}`"
            help_: str = f"write `{_PARTNER[r.innermost]}`"
            outer = r.text[r.brackets[-2]] if len(r.brackets) > 1 else ""
            behind = re.compile(r"[)\]]\s*[)\]]").match(r.text, r.place)
            if (
                behind
                and (pair := _PARTNER[r.innermost] + _PARTNER.get(outer, "")) == behind[0][::-1]
            ):
                exact = Span(r.source, r.place, behind.end())  # exchanged, and none is missing
                help_ = Help(f"write `{pair}`", [Replacement(exact, pair)])
            return r.diagnostic("E0114", message, help_, labels=(label,))
        return None
    if r.innermost in ("(", "["):
        place = r.brackets[-1]
        on_later_line = r.text.find("\n", place) < r.line_start
        if r.kind == "$END" or (on_later_line and not recovery.closes(r.text, place)):
            span = Span(r.source, place, place + 1)
            message = f"`{r.innermost}` is never closed"
            found = found_words(r.kind, r.word)
            label = Label(r.span, f"{found} cannot stand inside it")
            labels = () if r.kind == "$END" else (label,)
            last = r.source.text[: r.place if r.kind == "$END" else r.line_start].rstrip()
            line = last.count("\n") + 1
            help_ = f"its partner is `{_PARTNER[r.innermost]}`, missing in line {line}"
            return Diagnostic("E0114", message, span, "", labels, (help_,))
    return None


def block(r: Refusal) -> Diagnostic | None:
    if r.kind == "$END" and r.innermost == "{":
        place = r.brackets[-1]
        span = Span(r.source, place, place + 1)
        return Diagnostic("E0115", "this block is never closed", span, helps=("its end is `}`",))
    if r.kind == "RBRACE" and not r.brackets:
        return r.diagnostic("E0115", "this `}` closes nothing")
    if r.kind == "_NEWLINE" and "LBRACE" in r.accepts and r.text[r.place :].lstrip()[:1] == "{":
        return r.diagnostic(
            "E0113",
            "a line break cannot stand before `{`",
            "put the `{` at the end of this line",
        )
    return None
