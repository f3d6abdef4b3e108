"""Signs that bind a name again, `+=` and `++`, and those that pass a value on, `|>`."""

from __future__ import annotations

import re

from gradc.diagnostics import Diagnostic, Help, Replacement
from gradc.source import Span
from gradc.syntax.characters import mask
from gradc.syntax.habits.enclosed import wrapped
from gradc.syntax.habits.names import (
    fresh,
    in_one,
    is_state,
    next_of_carried,
    next_of_state,
    read_behind,
)
from gradc.syntax.refusal import Refusal


def assigned(r: Refusal, sign: str, start: int) -> Diagnostic:
    carried = re.fullmatch(r"(?:.*\{)?\s*(next|update)\s+(\w+)\s*", r.line_text[:start])
    if carried:
        text = f"{carried[1]} {carried[2]} = {carried[2]} {sign[:-1]} "
        rest = r.line_text[start + len(sign) :].partition("}")[0].strip()
        place = r.line_start + start
        message = f"`{sign}` is not an operator: every name is bound once"
        return r.at(place, place + len(sign), "E0123", message, f"write `{text}{rest}`")
    left, right = r.line_text[:start], r.line_text[start + len(sign) :].strip()
    if r.innermost == "{":
        left, right = left.rpartition("{")[2], right.partition("}")[0].strip()
        opening = r.text[r.text.rfind("\n", 0, r.brackets[-1]) + 1 : r.brackets[-1]]
        heads = re.match(r"\s*scan\s+([\w\s,]+?)\s*=", opening)
        if heads and left.strip() in re.split(r"\s*,\s*", heads[1]):
            name = left.strip()
            operand = right if sign == "+=" else wrapped(right)
            help_ = f"write `next {name} = {name} {sign[:-1]} {operand}`"
            place = r.line_start + start
            message = f"`{sign}` is not an operator: every name is bound once"
            return r.at(place, place + len(sign), "E0123", message, help_)
    name, value = left.strip(), right
    place = r.line_start + start
    message = f"`{sign}` is not an operator: every name is bound once"
    help_ = "bind the new value to another name"
    if name.isidentifier() and value:
        adds = sign == "+=" or (sign == "-=" and not re.search(r"[-+]", value))
        operand = value if adds else wrapped(value)
        help_ = _anew(r, name, f"{name} {sign[:-1]} {operand}")
        first = re.search(rf"^[ \t]*loss[ \t]+{name}[ \t]*=([^#\n]+)", r.source.text, re.MULTILINE)
        if first:
            before = first[1].strip() if sign == "+=" else wrapped(first[1].strip())
            help_ = in_one(r, first, f"loss {name} = {before} {sign[:-1]} {operand}")
        if re.search(rf"^[ \t]*param[ \t]+{name}\b", r.source.text, re.MULTILINE):
            updated = f"the caller updates `{name}`, by the gradient that `backward` returns"
            return r.at(place, place + len(sign), "E0123", message, updated, help_)
    return r.at(place, place + len(sign), "E0123", message, help_)


_LOOP = re.compile(
    r"[ \t]*scan[ \t]+(\w+(?:,[ \t]*\w+)*)[ \t]*=[ \t]*([^{\n]*?)(?=[ \t]+(?:over|times)\b)"
)


def _line_of(text: str, place: int) -> int:
    return text.rfind("\n", 0, place) + 1


def _anew(r: Refusal, name: str, value: str) -> str:
    """What is said of a name that is bound again: another one has the new value."""
    new = fresh(name, r.source.text)
    if r.innermost == "{" and (loop := _LOOP.match(r.text, _line_of(r.text, r.brackets[-1]))):
        bound = rf"(?m)^[ \t]*(?:[a-z]+[ \t]+)?{name}\b[^=\n]*=(?!=)"
        if re.search(bound, r.source.text[: loop.start()]):
            return _carried(r, loop, name, new, value)
    if is_state(name, r.source.text[: r.place]):
        end = r.text.find("\n", r.place)
        below = mask(r.text[end:]).partition("}")[0] if r.brackets else mask(r.text[end:])
        if not re.search(rf"\bupdate[ \t]+{name}\b", below):
            is_read = end >= 0 and re.search(rf"(?<![\w.]){name}\b", below)
            return next_of_state(name, value, new if is_read else "")
    bound = f"bind the new value to another name: `{new} = {value}`"
    return f"{bound}; below it write `{new}` for `{name}`"


def _carried(r: Refusal, loop: re.Match[str], name: str, own: str, value: str) -> Help:
    """A value from outside of a loop that its body counts up: the loop carries it."""
    told = next_of_carried(loop[1], loop[2], name, own, value)
    stop = len(r.line_text.partition("}")[0].rstrip())
    line = Span(r.source, r.line_start + r.indent, r.line_start + stop)
    read = re.compile(rf"(?<![\w.]){name}\b")
    value = read.sub(own, value)
    edits = [Replacement(line, f"next {own} = {value}")]
    for place, text in ((loop.end(1), own), (loop.end(2), name)):
        edits.append(Replacement(Span(r.source, place, place), f", {text}"))
    text = mask(r.text)
    end = text.find("}", line.end)
    below = [m.span() for m in read.finditer(text, line.end, len(text) if end < 0 else end)]
    edits += [Replacement(Span(r.source, *span), f"next {own}") for span in below]
    edits += read_behind(r.source, name, own, end + 1 or len(text))
    return Help(told, edits)


def counted(r: Refusal, sign: str, place: int) -> Diagnostic | None:
    if sign in ("++", "--"):
        before = re.fullmatch(r"(?:.*\W)?(\w+)\s*", r.line_text[: place - r.line_start])
        behind = re.match(r"\s*(\w*)", r.text[place + 2 :])
        name = before[1] if before else behind[1] if behind else ""
        message = f"`{sign}` is not an operator: every name is bound once"
        if not name.isidentifier():
            return r.at(place, place + 2, "E0123", message)
        help_ = _anew(r, name, f"{name} {sign[0]} 1")
        if before and before[1] != before[0].strip():
            help_ = f"write `{name} {sign[0]} 1`"
        return r.at(place, place + 2, "E0123", message, help_)
    helps = (_piped(r.line_text),) if sign == "|>" else ()
    return r.at(place, place + 2, "E0123", f"`{sign}` is not an operator", *helps)


def _piped(line: str) -> str:
    """`z = x |> relu |> sum`, as the calls that it stands for."""
    head = re.match(r"(?:.*?[^=<>!]=(?!=)|\s*return\b)?\s*", line)
    value, *steps = line[head.end() if head else 0 :].split("|>")
    value = value.strip()
    for step in steps:
        called = re.fullmatch(r"\s*([\w.]+)\s*(?:\((.*)\))?\s*", step)
        if called is None:
            return "a call is written `f(x)`"
        value = f"{called[1]}({', '.join(filter(None, (value, called[2])))})"
    return f"write `{value}`"
