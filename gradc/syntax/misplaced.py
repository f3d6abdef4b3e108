"""Characters and words that stand where they mean nothing."""

from __future__ import annotations

import re

from gradc.diagnostics import Diagnostic, Help, Replacement
from gradc.source import Span
from gradc.syntax.characters import mask, without_comment
from gradc.syntax.habits import phrases
from gradc.syntax.habits.connectives import logical
from gradc.syntax.habits.enclosed import closing, operand_at_end, parts, unwrapped, wrapped
from gradc.syntax.keywords import KEYWORDS, instead_of
from gradc.syntax.refusal import Refusal


def caret(r: Refusal) -> Diagnostic | None:
    if r.word != "^":
        return None
    if (sizes := _of_reals(r)) is not None:
        return sizes
    base = re.search(r"[A-Z]\w*$", r.before)
    inverse = re.match(r"\^\s*(?:\(\s*-\s*1\s*\)|-\s*1\b)", r.text[r.place :])
    if base and inverse:
        end = r.place + inverse.end()
        text = f"inv({base[0]})"
        told = f"write `{text}` for the inverse of a matrix, and `{base[0]}**-1` for numbers"
        return r.at(base.start(), end, "E0108", "`^` is not an operator", told)
    return r.diagnostic("E0108", "`^` is not an operator", "write `**` for a power")


_REALS = re.compile(r"\b(?:input|param|const|state)\s+\w+\s*:\s*(?P<set>[Rℝ])$")
_SIZES = re.compile(r"\^\s*[({]?(?P<sizes>[\w ×x*,]+?)[)}]?(?=\s*(?:$|[=~#]))")
_BETWEEN = re.compile(r"\s*(?:[×*,]|(?<=[\w ])x(?= |\d)| )\s*")


def _of_reals(r: Refusal) -> Diagnostic | None:
    """`x: R^5`, `W: R^(3x4)`: the sizes of a type."""
    reals = _REALS.search(r.before)
    sized = _SIZES.match(r.line_text, r.place - r.line_start)
    if reals is None or sized is None:
        return None
    sizes = f"[{', '.join(_BETWEEN.split(sized['sizes'].strip()))}]"
    place = Span(r.source, reals.start("set"), r.line_start + sized.end())
    help_ = Help(f"write `{sizes}`", [Replacement(place, sizes)])
    message = "a type is a list of sizes in brackets"
    return r.at(place.start, place.end, "E0108", message, help_)


def string(r: Refusal) -> Diagnostic | None:
    if r.kind == "STRING" and r.text[r.place - 2 : r.place] in ('""', "''"):
        span = Span(r.source, r.place - 2, r.place + 1)
        message = "a string stands on one line, between single quotation marks"
        return Diagnostic("E0110", message, span)
    if r.token is not None or r.word not in "\"'":
        return None
    return r.diagnostic("E0110", "this string does not end", _ended(r))


def _ended(r: Refusal) -> str:
    """Where a string ends that begins at the place."""
    head, mark = r.line_text[: r.place - r.line_start].strip(), r.word
    taken = re.match(r"([\w./-]+?)\s+(import|as)\s+(.+)", r.text_behind)
    if head in ("from", "import") and taken:
        name = taken[1] if taken[1] == "nn" else f"{mark}{taken[1]}{mark}"
        return f"write `{head} {name} {taken[2]} {taken[3]}`"
    if r.innermost == "(" and (word := re.match(r"(\w+)\s*[,)]", r.text_behind)):
        return f"write `{mark}{word[1]}{mark}`"
    return f"it ends with {mark} on its line"


def character(r: Refusal) -> Diagnostic | None:
    if r.token is not None and r.kind != "SEMICOLON":
        return None
    divided = re.match(r"\\\s*(\w+)", r.text[r.place :])
    if r.word == "\\" and divided and (left := re.search(r"\w+$", r.before)):
        text = f"solve({left[0]}, {divided[1]})"
        place = Span(r.source, left.start(), r.place + divided.end())
        help_ = Help(f"write `{text}`", [Replacement(place, text)])
        return r.diagnostic("E0107", "`\\` means nothing here", help_)
    helps = {
        ";": "statements are separated by line ends",
        "?": "a choice is written `where(condition, a, b)`",
        "\\": "a statement goes on over a line break inside parentheses",
    }.get(r.word)
    if r.word == "\\" and not r.text_behind and (whole := _gone_on(r)):
        helps = f"{helps}: `{whole}`"
    if r.word in "&|" or (r.word == "!" and r.needs_value):
        helps = logical(r, r.place - r.line_start)
    elif r.word == "!":
        compared = {"=": "!=", ">": "<=", "<": ">="}.get(r.text_behind[:1])
        base = unwrapped(operand_at_end(r.line_text[: r.place - r.line_start])) or "…"
        factorial = f"a factorial is `exp(lgamma({base} + 1))`"
        helps = f"write `{compared}`" if compared else factorial
    shown = "a backtick" if r.word == "`" else f"`{r.word}`"
    return r.diagnostic("E0107", f"{shown} means nothing here", *([helps] if helps else []))


def _gone_on(r: Refusal) -> str | None:
    """The statement that goes on behind `\\` at the end of its line, on one line."""
    pieces = []
    for line in r.text[r.line_start :].split("\n"):
        piece = without_comment(line).strip()
        pieces.append(piece.removesuffix("\\").strip())
        if not piece.endswith("\\"):
            break
    return phrases.in_parentheses(pieces)


def underscore(r: Refusal) -> Diagnostic | None:
    if r.kind != "DISCARD":
        return None
    if r.word == "_":
        return r.diagnostic("E0111", "`_` discards a result and cannot be read or declared")
    name = r.word.lstrip("_")
    helps = [f"names begin with a letter: `{name}`"] if name[:1].isalpha() else []
    return r.diagnostic("E0111", f"`{r.word}` begins with an underscore", *helps)


def stanza(r: Refusal) -> Diagnostic | None:
    is_named = re.match(r"op\s*=", r.text[r.place :])  # a name, as it is meant
    is_op = r.kind == "OP" and "DIM" in r.accepts and not is_named
    line = mask(r.text[r.line_start : r.place]).split()
    is_example = line == ["example"] and r.kind == "NAME"
    if not is_op and not is_example:
        return None
    if r.start == "library":
        return r.diagnostic("E0122", "operations and examples stand outside blocks")
    return r.diagnostic(
        "E0122",
        "operations are defined in gradc's library, not in a graph",
        "a function is written `fn f(x) = …`, its own derivative `vjp f(x) -> y; dy { … }`",
    )


def keyword(r: Refusal) -> Diagnostic | None:
    place, word = r.place, r.word
    if word not in KEYWORDS:
        # `loss = 3`: the keyword was taken for the start of its statement.
        word = r.previous
        awaits = "NAME" in r.accepts or word == "import"
        follows = r.kind in ("EQUAL", "COLON", "COMMA", "DOT") and awaits
        # `sum(loss)`: taken for the name of an argument, which may be a keyword.
        given = r.innermost == "(" and r.accepts == {"EQUAL"}
        if word not in KEYWORDS or not (follows or given):
            return None
        place = r.before.rfind(word)
    elif "NAME" not in r.accepts:
        return None
    span = Span(r.source, place, place + len(word))
    message = f"`{word}` is a keyword and cannot be a name"
    named = re.search(r"^\s*loss\s+(\w+)", r.text, re.MULTILINE) if word == "loss" else None
    if named and r.needs_value:
        help_ = f"the loss goes by its name: write `{named[1]}`"
        return Diagnostic("E0112", message, span, helps=(help_,))
    if word == "vjp" and (asked := _pulled_back(r, span)):
        return Diagnostic("E0112", message, span, helps=(asked,))
    return Diagnostic("E0112", message, span, helps=(f"call it `{instead_of(word)}`",))


def _pulled_back(r: Refusal, span: Span) -> str | None:
    """`vjp(y, w, v)`: the gradient of what the cotangent is multiplied by."""
    opening = re.compile(r"\s*\(").match(r.text, span.end)
    end = closing(r.text, opening.end() - 1) if opening else None
    given = parts(r.text[opening.end() : end]) if opening and end is not None else []
    if opening is None or end is None or not all(given):
        return None
    if len(given) != 3:
        return "a cotangent `v` of `y` pulled back to `x` is `grad(sum(y * v), x)`"
    of, by, cotangent = given
    text = f"grad(sum({wrapped(of)} * {wrapped(cotangent)}), {by})"
    told = f"the gradient of the value times the cotangent: `{text}`"
    return Help(told, [Replacement(Span(r.source, span.start, end + 1), text)])
