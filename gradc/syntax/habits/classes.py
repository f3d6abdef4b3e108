"""Layers as other languages write them: classes, with methods."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradc.diagnostics import Diagnostic
from gradc.syntax.habits.enclosed import parts
from gradc.syntax.keywords import KEYWORDS
from gradc.syntax.refusal import Refusal

_INSIDE = r"(?P<inside>(?:[^()]|\([^()]*\))*)"
_OPENS = re.compile(
    r"(?:class|struct|module|model|network)[ \t]+(?P<name>[^\W\d]\w*)[ \t]*"
    rf"(?:\({_INSIDE}\)|(?P<base><[ \t]*[\w.:]+|extends[ \t]+[\w.]+))?[ \t]*[:{{]"
)
_DEFINES = r"\b(?:def|fn|func|function|fun)[ \t]+"
_FORWARD = re.compile(rf"{_DEFINES}(?:forward|call|__call__)[ \t]*\({_INSIDE}\)")
_MAKES = re.compile(rf"{_DEFINES}(?:__init__|setup|build|init)[ \t]*\({_INSIDE}\)")
_SAID_BEFORE = ("self", "this", "cls", "training", "train")


def of_class(r: Refusal) -> Diagnostic | None:
    """`class Net(nn.Module):`, `struct Net {`: what it extends, where arguments stand here."""
    head = _OPENS.match(r.line_text.strip())
    if head is None or r.before.rpartition("\n")[2].strip() != r.first_word:
        return None
    body, inside = _body(r), head["inside"] or ""
    forward, has_base = _FORWARD.search(body), head["base"] is not None
    if forward is None and inside and _are_formals(inside):
        formals = list(_formals(inside))
    else:
        has_base = has_base or bool(inside)
        formals = list(_formals(forward["inside"])) if forward else _called_with(head["name"], r)
    if makes := _MAKES.search(body):
        formals += [f for f in _formals(makes["inside"]) if f not in formals]
    opening = f"write `layer {head['name']}({_ordered(formals or ['x'])}) {{`"
    ending = ", and `}` at its end" if r.line_text.rstrip().endswith(":") else ""
    why = ": a layer has no base class, its parentheses hold what it is called with"
    help_ = f"{opening}{ending}{why if has_base else ''}"
    return r.at_first_word("E0123", f"`{r.first_word}` is no word of the language", help_)


def method(r: Refusal) -> Diagnostic | None:
    """`def __init__(self):`, `def forward(self, x):` in the body of a layer."""
    if r.innermost != "{" or not r.text.startswith("layer", _line(r.text, r.brackets[-1])):
        return None
    stated = r.line_text.strip()
    if _MAKES.match(stated):
        help_ = "leave the line out: a layer declares its parameters where it computes"
    elif _FORWARD.match(stated):
        help_ = "leave the line out: the body of a layer is what it does when it is called"
    else:
        return None
    return r.at_first_word("E0123", "a layer has no methods", help_)


def _line(text: str, place: int) -> int:
    start = text.rfind("\n", 0, place) + 1
    return start + len(text[start:]) - len(text[start:].lstrip(" \t"))


def _body(r: Refusal) -> str:
    """The lines below a head that are indented deeper, or stand in its braces."""
    first, *below = r.text[r.line_start :].split("\n")
    indent, inside = len(first) - len(first.lstrip()), [first]
    for line in below:
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        inside.append(line)
    return "\n".join(inside)


def _are_formals(inside: str) -> bool:
    """Whether parentheses hold names of arguments: small letters, and no `object`."""
    return all(re.fullmatch(r"[a-zα-ω]\w*(\s*[=:].*)?", p) for p in parts(inside)) and not (
        re.fullmatch(r"\s*(?:object|metaclass\s*=.*)", inside)
    )


def _formals(inside: str) -> Iterator[str]:
    """The parameters of a method without their types, and without `self`."""
    for part in parts(inside):
        stated, equals, default = part.partition("=")
        name = stated.partition(":")[0].strip()
        if name.isidentifier() and name not in _SAID_BEFORE and name not in KEYWORDS:
            default = {"None": "none", "True": "true", "False": "false"}.get(
                default.strip(), default.strip()
            )
            yield f"{name}={default}" if equals else name


def _called_with(name: str, r: Refusal) -> list[str]:
    """The names that calls give, of a layer or of `net = Net()`."""
    text = r.text[: r.line_start] + r.text[r.place :].partition("\n")[2]
    made = re.search(rf"^[ \t]*(\w+)[ \t]*=[ \t]*{name}\([^()]*\)[ \t]*$", text, re.MULTILINE)
    called = re.search(rf"(?<![\w.]){made[1]}\(([^()]*)\)", text) if made else None
    calls = re.findall(rf"(?<![\w.]){name}\(([^()]*)\)", text)
    given = parts(called[1] if called else calls[0] if calls else "")
    return [
        g if g.isidentifier() and g not in KEYWORDS else f"x{i or ''}"
        for i, g in enumerate(given)
        if g
    ]


def _ordered(formals: list[str]) -> str:
    """What has no default stands first."""
    return ", ".join(sorted(dict.fromkeys(formals), key=lambda f: "=" in f))
