"""Functions and layers as other languages define them."""

from __future__ import annotations

import re

from gradc.diagnostics import Diagnostic, Help, Replacement
from gradc.source import Span
from gradc.syntax.habits.enclosed import parts
from gradc.syntax.habits.fronted import element_of
from gradc.syntax.habits.respelt import respelt
from gradc.syntax.refusal import Refusal

_BEGIN_VALUES = ("NUMBER", "LPAR", "MINUS", "LSQB", "STRING", "NOT")


def unreturned(r: Refusal) -> Diagnostic | None:
    """A body whose last line is a value."""
    if r.innermost != "{":
        return None
    opening = r.text.rfind("\n", 0, r.brackets[-1]) + 1
    if not re.match(r"\s*(fn|layer)\b", r.text[opening:]):
        return None
    left = r.line_text[: r.place - r.line_start].rpartition("{")[2].strip()
    if r.kind in _BEGIN_VALUES and not left and "DIM" in r.accepts:
        value = r.line_text[r.place - r.line_start :].partition("}")[0].strip()
        if re.search(r"[^=<>!]=(?!=)", re.sub(r"\([^()]*\)", "", value)):
            return None
    elif r.kind in ("_NEWLINE", "RBRACE") and left.isidentifier():
        value = left
    elif r.kind in ("INFIX", "MINUS", "LPAR", "DOT", "LSQB") and left.isidentifier():
        rest = r.text[r.place :].partition("}")[0].strip()
        if "\n" in rest or re.search(r"[^=<>!]=(?!=)", re.sub(r"\([^()]*\)", "", rest)):
            return None
        value = r.line_text[: r.place - r.line_start].rpartition("{")[2].lstrip() + rest
    else:
        return None
    begins = r.kind in _BEGIN_VALUES and not left
    message = f"expected a statement, found {f'`{r.word}`' if begins else 'a value'}"
    help_ = f"a body ends with its result: `return {respelt(value)}`"
    return r.diagnostic("E0123", message, help_)


def decorated(r: Refusal) -> Diagnostic | None:
    """`@jit`."""
    if r.word != "@" or r.line_text[: r.place - r.line_start].strip():
        return None
    message = "there are no decorators"
    if not re.match(r"@\s*(?:\w+\.)*custom_(?:vjp|jvp|gradient)\b", r.line_text.strip()):
        return r.diagnostic("E0123", message, "leave the line out")
    head = re.compile(r"\s*(?:fn|def)\s+(\w+)\s*\(([^()]*)\)")
    below = head.match(r.text, r.line_start + len(r.line_text))
    name, given = below.groups() if below else ("f", "x")
    formals = [re.split(r"[:=]", part)[0].strip() for part in parts(given)]
    cotangents = " and ".join(f"`d{formal} = …`" for formal in formals)
    rule = f"vjp {name}({', '.join(formals)}) -> y; dy {{ … }}"
    told = f"leave the line out; a rule stands behind the function: `{rule}`"
    return r.diagnostic("E0123", message, f"{told}, with {cotangents} in it")


def _head(r: Refusal) -> Diagnostic | None:
    """`fn (a) = …`, `fn f[a] = …`, `fn f(a b) = …`, `fn f(*a) = …`, `fn f(a) = return a`."""
    line = respelt(r.line_text.strip())
    typed = re.match(r"fn\s+((?:\w+\.)*\w+)\s+(\w+\s*\(.*)", line)
    if typed and element_of(typed[1]) is not None:
        message = "the type of a result is found by itself"
        return r.diagnostic("E0123", message, f"write `fn {typed[2]}`")
    if nameless := re.match(r"fn\s*(\([^()]*\)\s*=.*)", line):
        return r.diagnostic("E0123", "a function has a name", f"write `fn f{nameless[1]}`")
    if bracketed := re.match(r"fn\s+(\w+)\s*\[([\w\s,]*)\](.*)", line):
        help_ = f"write `fn {bracketed[1]}({bracketed[2]}){bracketed[3]}`"
        return r.diagnostic("E0123", "parameters stand in parentheses", help_)
    returned = re.match(r"(fn\s+\w+\s*\([^()]*\)\s*=)\s*return\b\s*(.+)", line)
    if returned and r.word == "return":
        help_ = f"write `{returned[1]} {returned[2]}`"
        return r.diagnostic("E0123", "`return` stands in a block", help_)
    spaced = re.match(r"(fn\s+\w+\s*\()(\w+(?:[\s,]+\w+)+)(\).*)", line)
    if spaced and r.innermost == "(" and r.kind == "NAME":
        formals = ", ".join(re.split(r"[\s,]+", spaced[2]))
        help_ = f"write `{spaced[1]}{formals}{spaced[3]}`"
        return r.diagnostic("E0123", "a comma stands between parameters", help_)
    if re.match(r"(fn|layer)\s+\w+\s*\(", line) and r.word in ("*", "**") and r.innermost == "(":
        help_ = "each parameter has a name of its own; a list of values may be one of them"
        return r.diagnostic("E0123", f"`{r.word}` collects nothing", help_)
    return None


def _typed_formal(r: Refusal) -> Diagnostic | None:
    """`fn f(float t)`, `fn f(f32[3] t)`: a parameter with its type in front."""
    typed = re.search(r"[(,]\s*((?:\w+\.)*\w+)\s*$", r.before)
    element = element_of(typed[1]) if typed else None
    if typed is None or element is None:
        return None
    message, start = "a type stands behind a `:`", typed.start(1)
    sized = re.compile(r"(\[[^\]]*\])\s*(\w+)").match(r.text, r.place)
    if sized and r.kind == "LSQB":
        text = f"{sized[2]}: {element}{sized[1]}"
        help_ = Help(f"write `{text}`", [Replacement(Span(r.source, start, sized.end()), text)])
        return r.at(start, sized.end(1), "E0123", message, help_)
    if r.kind != "NAME":
        return None
    told = f"leave it out: `{r.word}`, or `{r.word}: [N]` where it has a shape"
    return r.at(start, typed.end(1), "E0123", message, told)


def defined(r: Refusal) -> Diagnostic | None:
    """`fn f(x):`, `fn f(x) return …`, `f(x) = …`, `scan … times 3:`."""
    head = re.match(r"\s*(fn|layer)\s+\w+\s*\(", r.before.rpartition("\n")[2])
    if head and r.innermost == "(" and (formal := _typed_formal(r)):
        return formal
    if r.first_word == "fn" and (found := _head(r)):
        return found
    scans = r.first_word == "scan" and not r.brackets
    if r.kind == "COLON" and r.innermost != "(" and (head or scans):
        body = re.sub(r"^return\b\s*", "", r.text_behind)
        typed = re.match(r"(\w*\[[^\]]*\]|\w+)\s*(=|\{)", body)
        if head and typed:
            start = r.text.index(typed[1], r.place)
            return r.diagnostic("E0123", "`:` states no result", _of_result(r, typed[1], start))
        opening = f"{r.line_text[: r.place - r.line_start].strip()}"
        if body and head and head[1] == "fn":
            return r.diagnostic("E0123", "`:` begins no body", f"write `{opening} = {body}`")
        help_ = f"write `{opening} {{`, and `}}` at its end"
        return r.diagnostic("E0123", "`:` begins no body", help_)
    if head and head[1] == "fn" and r.previous == "->" and r.kind in ("NUMBER", "MINUS", "LPAR"):
        opening = r.line_text[: r.place - r.line_start].strip().removesuffix("->").strip()
        value = r.line_text[r.place - r.line_start :].strip()
        return r.diagnostic("E0123", "`->` begins no body", f"write `{opening} = {value}`")
    arrow = re.match(r"(\s*fn\s+\w+\s*\([^()]*\))\s*->\s*(\w+\s*\S.*)", r.line_text)
    if head and arrow and r.kind in ("INFIX", "MINUS", "LPAR", "DOT") and "{" not in arrow[2]:
        start = r.line_start + r.line_text.index("->")
        help_ = f"write `{arrow[1].strip()} = {arrow[2]}`"
        return r.at(start, start + 2, "E0123", "`->` begins no body", help_)
    typed = re.match(
        r"\s*fn\s+\w+\s*\(.*\)\s*=\s*(\w*\[[^\]]*\]|\w+)\s*$", r.before.rpartition("\n")[2]
    )
    if r.kind == "LBRACE" and typed:
        start = r.line_start + typed.start(1)
        return r.diagnostic("E0123", "`=` states no result", _of_result(r, typed[1], start))
    arrow = re.match(r"\s*(fn\s+\w+\s*\([^()]*\))\s*=>\s*(.*)", r.line_text)
    if arrow and r.line_text[r.place - r.line_start - 1 :][:2] == "=>":
        help_ = f"write `{arrow[1]} = {arrow[2]}`"
        return r.at(r.place - 1, r.place + 1, "E0123", "`=>` begins no body", help_)
    bare = re.match(r"\s*fn\s+(\w+)\s+(\w+(?:\s*,\s*\w+|\s+\w+)*)\s*=\s*(.*)", r.line_text)
    if bare and r.kind == "NAME" and r.previous == bare[1]:
        formals = ", ".join(re.split(r"[\s,]+", bare[2]))
        help_ = f"write `fn {bare[1]}({formals}) = {bare[3]}`"
        return r.diagnostic("E0123", "parameters stand in parentheses", help_)
    if r.word == "return" and head and r.previous == ")":
        opening = r.line_text[: r.place - r.line_start].strip()
        return r.diagnostic(
            "E0123", "`return` stands in a block", f"write `{opening} = {r.text_behind}`"
        )
    if r.word == "fn" and r.previous == "=" and not r.brackets:
        bound = re.match(
            r"\s*(\w+)\s*=\s*fn\s*(\([^()]*\))\s*(?:=>|->|=|:|(?=\{))\s*(.*)", r.line_text
        )
        if bound and bound[3]:
            sign = "" if bound[3].startswith("{") else "= "
            help_ = f"write `fn {bound[1]}{bound[2]} {sign}{bound[3].strip()}`"
            return r.diagnostic("E0123", "a function has its name behind `fn`", help_)
    if r.kind == "LPAR" and "EQUAL" in r.accepts and not r.brackets:
        match = re.match(r"(\s*)(\w+\s*\([^()]*\))\s*:?=(?!=)\s*(.*)", r.line_text)
        if match and r.line_text[: r.place - r.line_start].strip() == r.first_word:
            start = r.line_start + match.start(2)
            return r.at(
                start,
                r.line_start + match.end(2),
                "E0123",
                "a function is defined by `fn`",
                f"write `fn {match[2]} = {match[3].strip()}`",
            )
    bare = re.match(r"\s*((?:fn|layer)\s+\w+)\s*$", r.line_text[: r.place - r.line_start])
    if bare and r.kind in ("LBRACE", "EQUAL", "COLON"):
        formals = "x" if bare[1].startswith("layer") else ""
        behind = r.text_behind if r.kind == "EQUAL" else ""
        text = f"{bare[1]}({formals}) {f'= {behind}' if behind else '{'}"
        message = f"expected `(`, found `{r.word}`"
        return r.diagnostic("E0123", message, f"parameters stand in parentheses: `{text}`")
    return None


def _of_result(r: Refusal, text: str, start: int) -> Help:
    """What is said of the type of a result that stands behind `:` or `=`."""
    sign = len(r.text[:start].rstrip(" \t:="))
    place = Span(r.source, sign, start + len(text))
    told = f"the type of a result stands behind `->`: `-> {text}`"
    return Help(told, [Replacement(place, f" -> {text}")])
