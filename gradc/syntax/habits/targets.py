"""What a statement does not bind: calls, elements, members, names with hyphens."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gradc.diagnostics import Diagnostic, Help, Replacement
from gradc.source import Span
from gradc.syntax.characters import mask
from gradc.syntax.habits import fronted, openings, overwritten
from gradc.syntax.habits.enclosed import closing, parts
from gradc.syntax.habits.indices import is_bound
from gradc.syntax.habits.names import fresh
from gradc.syntax.refusal import Refusal


def declared_inside(r: Refusal) -> Diagnostic | None:
    """`x = input([3])`, `J = loss(w**2)`: a declaration as if it were a call."""
    match = re.compile(
        r"(?:^|[{;])\s*(\w+)\s*=\s*(input|param|const|loss|output|state)\s*(\(?)"
    ).search(r.line_text)
    if match is None or match[2] not in (r.word, r.previous):
        return None
    end = closing(r.line_text, match.start(3)) if match[3] else len(r.line_text)
    name, word, inside = match[1], match[2], r.line_text[match.end() : end].strip()
    if end is None or (not match[3] and not inside):
        return None
    text = f"{word} {name} = {inside}"
    if inside[:1] == "[" and (shape := closing(inside)) is not None:
        text = f"{word} {name}: {inside[: shape + 1]}"
        started = re.search(r"\b(zeros|ones)\b", inside[shape:])
        text += f" = {int(started[1] == 'ones')}" if started and word == "param" else ""
    if word == "loss" and len(parts(inside)) == 2:
        text = f"loss {name} = mse_loss({inside})"
    if not inside or inside[:1] in "\"'":
        text = f"{word} {name}"
    start = r.line_start + match.start(2)
    message = f"`{word}` is a keyword and cannot be a name"
    return r.at(start, start + len(word), "E0112", message, f"write `{text}`")


DIGITS_FIRST = re.compile(r"(\d+)([A-Za-z]\w*)")


def hyphened(r: Refusal) -> Diagnostic | None:
    """`my-name = 2`, `2nd = 3`."""
    digits = DIGITS_FIRST.fullmatch(r.word) if r.kind == "NUMBER" else None
    if digits and re.match(rf"\s*{r.word}\s*=(?!=)", r.line_text):
        help_ = f"write `{digits[2]}{digits[1]}`"
        return r.diagnostic("E0123", "a name begins with a letter", help_)
    match = re.match(
        r"\s*(?:(?:input|param|const|state|dim|loss|output)\s+)?(\w+(?:[-/]\w+)+)\s*[=:]",
        r.line_text,
    )
    if r.word not in ("-", "/") or match is None or (r.brackets and r.innermost != "{"):
        return None
    start, end = r.line_start + match.start(1), r.line_start + match.end(1)
    text, new = mask(r.source.text), re.sub("[-/]", "_", match[1])
    read = rf"(?<![\w.]){re.escape(match[1])}(?![\w(.])"
    places = [Span(r.source, *m.span()) for m in re.finditer(read, text)]
    lines = dict.fromkeys(p.line for p in places if p.start != start)
    told = f"write `{new}`{f', here and on line {_listed(lines)}' if lines else ''}"
    help_ = Help(told, [Replacement(p, new) for p in places])
    return r.at(start, end, "E0123", "a name is made of letters, digits and `_`", help_)


def _listed(lines: Iterable[int]) -> str:
    *first, last = map(str, lines)
    return f"{', '.join(first)} and {last}" if first else last


def _member(r: Refusal, name: str) -> tuple[str, ...]:
    """`self.W = param [3, 4]`: a parameter, and how it is read."""
    told = f"a parameter is declared, `param {name}`, and read as `{name}`"
    stated = re.match(r"\s*self\.\w+\s*=(?!=)\s*param\b\s*(.*)", r.line_text)
    if stated is None:
        return (told,)
    behind = stated[1].strip()
    behind = f": {behind}" if behind[:1] == "[" else f" {behind}" if behind else ""
    declared = f"param {name}{behind}"
    line = Span(r.source, r.line_start + r.indent, r.line_start + len(r.line_text))
    edits = [Replacement(line, declared)]
    edits += [
        Replacement(Span(r.source, *match.span()), name)
        for match in re.finditer(rf"(?<![\w.])self\.{name}\b", mask(r.source.text))
        if not line.start <= match.start() < line.end
    ]
    also = f", and `{name}` for `self.{name}`" if len(edits) > 1 else ""
    return (Help(f"write `{declared}`{also}", edits),)


def starred(r: Refusal) -> Diagnostic | None:
    """`first, *rest = split(x, 4)`."""
    if r.word != "*" or not re.match(r"\s*\w+\s*,[\w\s,*]*=(?!=)", r.line_text):
        return None
    if "=" in r.line_text[: r.place - r.line_start]:
        return None
    help_ = "as many names stand in front as there are values, `_` for what is not needed"
    return r.diagnostic("E0123", "`*` collects nothing", help_)


_LEARNED = ("grad", "requires_grad", "requires_grad_", "zero_grad", "detach_")
_PREFIXED = re.compile(r"\s*(?P<type>(?:\w+\.)+\w+)(?P<rest>(?:\s*\[[^\]]*\])?\s+\w.*)")


def nothing(r: Refusal) -> Diagnostic | None:
    """`f(x)` or `hidden.W = 3` as a statement."""
    if r.kind not in ("LPAR", "DOT", "LSQB") or "EQUAL" not in r.accepts:
        return None
    if not re.fullmatch(r"[ \t]*\w+", r.text[r.line_start : r.place].rstrip()):
        return None
    if r.kind == "LPAR":
        message = "a statement binds its value to a name"
        end = closing(r.line_text, r.place - r.line_start)
        call = r.line_text.strip() if end == len(r.line_text) - 1 else f"{r.previous}(…)"
        named = re.fullmatch(r"\s*as\s+(\w+)\s*", r.line_text[(end or 0) + 1 :])
        if named and end is not None:
            text = f"{named[1]} = {r.line_text[: end + 1].strip()}"
            return r.diagnostic("E0123", message, f"write `{text}`")
        if help_ := openings.of_call(r.previous, r.after_first):
            return r.at_first_word("E0123", f"`{r.previous}` is no statement", help_)
        return r.diagnostic("E0123", message, f"write `name = {call}`")
    typed = _PREFIXED.match(r.line_text)
    if typed and fronted.element_of(typed["type"]) is not None:
        help_ = openings.of_element(typed["type"], typed["rest"])
        start, end = r.line_start + typed.start("type"), r.line_start + typed.end("type")
        message = f"`{typed['type']}` is no word of the language"
        return r.at(start, end, "E0123", message, help_)
    message = "a statement binds a plain name"
    helps: tuple[str, ...] = (f"expected `=` after `{r.previous}`",)
    if r.kind == "LSQB":
        helps = (overwritten.assigned(r),)
    member = re.match(r"\.\s*(\w+)\s*(\(?)", r.text[r.place :])
    if member and member[2] and is_bound(r.text, r.previous):
        message = f"values have no methods: `.{member[1]}`"
        other = fresh(r.previous, r.source.text)
        helps = (f"values never change, another one is made: `{other} = …`",)
    if r.previous == "self" and member:
        helps = _member(r, member[1])
        if called := re.match(r"\s*self\.(\w+\s*=(?!=).*\()", r.line_text):
            text = r.line_text[called.start(1) :].strip()
            helps = (f"a name stands without `self.`: `{text}`",)
    elif member and member[1] in ("append", "push", "add", "extend") and r.innermost == "{":
        inside = re.search(r"\((.*)\)", r.line_text)
        value = inside[1] if inside else "h"
        helps = (f"a value of each step is collected: `output {r.previous} = {value}`",)
        empty = re.search(
            rf"^[ \t]*((?:output[ \t]+)?{r.previous}[ \t]*=[ \t]*\[[ \t]*\])[ \t]*\n",
            r.text,
            re.MULTILINE,
        )
        if empty:
            end = r.line_start + len(r.line_text.rstrip())
            line = f"output {r.previous} = {value}"
            edits = [
                Replacement(Span(r.source, *empty.span()), ""),
                Replacement(Span(r.source, r.line_start + r.indent, end), line),
            ]
            helps = (Help(f"{helps[0]}, and `{empty[1]}` is left out", edits),)
    elif member and member[1] == "backward":
        bound = re.search(rf"^[ \t]*{r.previous}[ \t]*=(?!=)[ \t]*([^\n#]+)", r.text, re.MULTILINE)
        value = bound[1].strip() if bound else "…"
        helps = (f"gradc writes `backward`: say `loss {r.previous} = {value}`",)
        if bound:
            helps = (f"{helps[0]}, and leave this line out",)
        if re.search(rf"^\s*loss\s+{r.previous}\b", r.text, re.MULTILINE):
            given = f"`backward` of the module gives the gradients of `{r.previous}`"
            helps = (f"leave the line out: {given}",)
    elif member and member[1] in _LEARNED:
        helps = (f"leave the line out: `backward` gives the gradient by `{r.previous}`",)
    elif member and member[1] in ("random", "manual_seed", "set_seed"):
        helps = ("leave the line out: the caller gives the generator of what is random",)
    elif member and member[1] == "add":
        layer = re.search(r"add\((\w+)\(([^()]*)\)\)", r.line_text)
        shown = f": `h = {layer[1]}(x, {layer[2]})`" if layer and layer[2] else ""
        helps = (f"a model is a row of statements, one for each layer{shown}",)
    elif member and r.previous in ("optimizer", "optim", "opt", "model", "np", "torch", "plt"):
        helps = ("a graph says the loss alone; what is done with its gradients is the caller's",)
    return r.diagnostic("E0123", message, *helps)
