"""What a place that the grammar does not allow means: from the parser's refusal to a diagnostic.

Each function below knows one mistake and returns None where it is another; the first that answers
is believed, so the order of `_KNOWN` matters.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gradc.diagnostics import Diagnostic, Label, near_miss
from gradc.source import Span
from gradc.syntax import recovery
from gradc.syntax.characters import mask
from gradc.syntax.expected import expected_words, found_words
from gradc.syntax.habits import (
    choices,
    defined,
    heads,
    openings,
    packages,
    phrases,
    shapes,
    signs,
    targets,
    tuples,
)
from gradc.syntax.keywords import KEYWORDS, instead_of
from gradc.syntax.refusal import Refusal

_PARTNER = {"(": ")", "[": "]", "{": "}", ")": "(", "]": "[", "}": "{"}


def explain(refusal: Refusal) -> tuple[Diagnostic, str]:
    """What is wrong, and the text to parse next to find further mistakes."""
    for mistake in _KNOWN:
        if diagnostic := mistake(refusal):
            break
    else:
        diagnostic = _something_else(refusal)
    return diagnostic, _rest(refusal, diagnostic)


def _rest(refusal: Refusal, diagnostic: Diagnostic) -> str:
    text, place = refusal.text, refusal.place
    assert diagnostic.span
    if diagnostic.code == "E0115" and refusal.kind == "RBRACE":
        return recovery.without(text, place, place + 1)
    if diagnostic.code == "E0114" and diagnostic.span.start < place:
        # The bracket was never closed: what stands on later lines are other statements.
        line_start = max(refusal.line_start, text.find("\n", diagnostic.span.start) + 1)
        return recovery.without_header(text, diagnostic.span.start, line_start)
    if text.startswith("/*", diagnostic.span.start) and (end := text.find("*/", place)) >= 0:
        return recovery.without(text, diagnostic.span.start, end + 2)
    rest = recovery.without_statement(text, place)
    if refusal.line_text.endswith(":"):
        return recovery.without_indented(rest, place, refusal.indent)
    if refusal.first_word in ("if", "else"):
        return recovery.without_branches(rest, _end_of(text, rest, place))
    if refusal.kind == "_NEWLINE" or refusal.word == "\\":
        # What the next line holds is the rest of this statement, not another mistake.
        opens = text[place:].lstrip()[:1] == "{"
        return (
            recovery.without_block(rest, place)
            if opens
            else recovery.without_continuation(rest, place)
        )
    return rest


def _end_of(text: str, rest: str, place: int) -> int:
    """Where what was blanked out from `place` on ends."""
    end = place
    while end < len(text) and (text[end] != rest[end] or text[end].isspace()):
        end += 1
    return end


# --- characters ------------------------------------------------------------------------------


def _caret(r: Refusal) -> Diagnostic | None:
    if r.word != "^":
        return None
    return r.diagnostic("E0108", "`^` is not an operator", "write `**` for a power")


def _string(r: Refusal) -> Diagnostic | None:
    if r.kind == "STRING" and r.text[r.place - 2 : r.place] in ('""', "''"):
        span = Span(r.source, r.place - 2, r.place + 1)
        message = "a string stands on one line, between single quotation marks"
        return Diagnostic("E0110", message, span)
    if r.token is not None or r.word not in "\"'":
        return None
    return r.diagnostic("E0110", "this string does not end", f"it ends with {r.word} on its line")


def _character(r: Refusal) -> Diagnostic | None:
    if r.token is not None and r.kind != "SEMICOLON":
        return None
    helps = {
        ";": "statements are separated by line ends",
        "!": "the operator is `not`, and `!=` compares",
        "&": "the operator is `and`",
        "|": "the operator is `or`",
        "?": "a choice is written `where(condition, a, b)`",
        "\\": "a statement goes on over a line break inside parentheses",
    }.get(r.word)
    shown = "a backtick" if r.word == "`" else f"`{r.word}`"
    return r.diagnostic("E0107", f"{shown} means nothing here", *([helps] if helps else []))


def _underscore(r: Refusal) -> Diagnostic | None:
    if r.kind != "DISCARD":
        return None
    if r.word == "_":
        return r.diagnostic("E0111", "`_` discards a result and cannot be read or declared")
    name = r.word.lstrip("_")
    helps = [f"names begin with a letter: `{name}`"] if name[:1].isalpha() else []
    return r.diagnostic("E0111", f"`{r.word}` begins with an underscore", *helps)


# --- brackets and blocks ---------------------------------------------------------------------


def _bracket(r: Refusal) -> Diagnostic | None:
    if r.kind in ("RPAR", "RSQB"):
        if r.innermost not in ("(", "["):
            return r.diagnostic("E0114", f"`{r.word}` closes nothing", "leave it out")
        if r.innermost != _PARTNER[r.word]:
            place = r.brackets[-1]
            label = Label(Span(r.source, place, place + 1), "opened here")
            message = f"`{r.innermost}` is closed by `{r.word}`"
            help_ = f"write `{_PARTNER[r.innermost]}`"
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
            help_ = f"its partner is `{_PARTNER[r.innermost]}`"
            return Diagnostic("E0114", message, span, "", labels, (help_,))
    return None


def _block(r: Refusal) -> Diagnostic | None:
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


# --- words -----------------------------------------------------------------------------------


def _stanza(r: Refusal) -> Diagnostic | None:
    is_op = r.kind == "OP" and "DIM" in r.accepts
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


def _keyword(r: Refusal) -> Diagnostic | None:
    place, word = r.place, r.word
    if word not in KEYWORDS:
        # `loss = 3`: the keyword was taken for the start of its statement.
        word = r.previous
        follows = r.kind in ("EQUAL", "COLON", "COMMA", "DOT") and "NAME" in r.accepts
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
    return Diagnostic("E0112", message, span, helps=(f"call it `{instead_of(word)}`",))


# --- statements ------------------------------------------------------------------------------


def _line_break(r: Refusal) -> Diagnostic | None:
    if r.kind != "_NEWLINE":
        return None
    after = f" after `{r.previous}`" if r.previous and not r.previous.isalnum() else ""
    if r.needs_value and "DIM" not in r.accepts and r.previous != ",":
        nothing_follows = not r.text[r.place :].strip()
        helps = [] if nothing_follows else ["use parentheses to go on in the next line"]
        return r.diagnostic("E0113", f"the line ends{after}, where a value is missing", *helps)
    expected = expected_words(r.accepts)
    message = f"the line ends{after} too early: expected {expected}"
    finished = (*openings.unfinished(r), *packages.unnamed(r.line_text.strip()))
    if r.previous == ".":
        finished = ("leave the `.` out, or say what stands behind it: `.T`, `.shape`",)
    return r.diagnostic("E0113", message, *finished)


def _equals(r: Refusal) -> Diagnostic | None:
    if r.kind == "EQUAL" and r.text[r.place - 1] == "=":
        bound = r.text_behind if r.first_word == r.before.rpartition("\n")[2].strip(" \t=") else ""
        shown = f": `{r.first_word} = {bound}`" if bound else ""
        return r.diagnostic("E0123", "`==` compares", f"a value is bound by one `=`{shown}")
    doubled = r.previous == "=" and (r.kind == "EQUAL" or r.word == "==")
    if doubled and r.needs_value:
        return r.diagnostic("E0123", "expected a value, found a second `=`", "write one `=`")
    if r.kind == "LBRACE" and r.previous == "=":
        if entries := tuples.entries(r):
            return r.diagnostic("E0123", "there are no dictionaries", entries)
        inside = re.match(r"\{([^{}\n=]+)\}", r.text[r.place :])
        help_ = "leave out the `=`, or the braces"
        if inside:
            help_ = f"parentheses go around a value: `({inside[1].strip()})`"
        return r.diagnostic("E0123", "a block cannot stand after `=`", help_)
    if r.word == "+" and r.needs_value:
        return r.diagnostic("E0123", "`+` needs a value on its left", "leave it out")
    if r.kind == "EQUAL" and "INFIX" in r.accepts:
        return r.diagnostic("E0123", "`=` cannot stand inside a value", "`==` compares")
    return None


def _second_statement(r: Refusal) -> Diagnostic | None:
    starts = r.kind in ("NAME", "NUMBER", "STRING") or r.word in KEYWORDS
    if "_NEWLINE" not in r.accepts or not starts or "INFIX" not in r.accepts:
        return None
    helps: tuple[str, ...] = ()
    if r.word == "if":
        helps = ("a choice is written `where(condition, a, b)`",)
    elif r.kind == "NAME":
        helps = near_miss(r.word, ("and", "or", "as", "axis"))
    return r.diagnostic(
        "E0123",
        f"expected an operator or the end of the line, found {found_words(r.kind, r.word)}",
        *(helps or ("one statement stands on a line, and a product is written with `*`",)),
    )


def _something_else(r: Refusal) -> Diagnostic:
    expected = expected_words(r.accepts)
    found = found_words(r.kind, r.word)
    helps: tuple[str, ...] = _FORMS.get(expected, _DECLARED.get(r.first_word, ()))
    if r.kind in ("INFIX", "MINUS") and expected.startswith("a statement"):
        helps = ("a statement goes on over a line break inside parentheses",)
    if "IMPORT" in r.accepts and r.kind == "NAME":
        helps = ('a file is named in quotation marks: `from "layers.graph" import Dense`',)
    return r.diagnostic("E0123", f"expected {expected}, found {found}", *helps)


# How a statement that begins with a word is written.
_DECLARED = {
    "input": ("an input is declared so: `input x: f32[B, 3]`, `input x = 2`",),
    "param": ("a parameter is declared so: `param W: [4, 3] ~ glorot_uniform`, `param b = 0`",),
    "const": ("a constant is declared so: `const eps = 1e-5`",),
    "state": ("a state is declared so: `state mean: [3] = 0`",),
    "dim": ("dimensions are declared so: `dim B, D = 64`",),
    "dtype": ("the element type of a file is stated so: `dtype f32`",),
    "wrt": ("what is differentiated by is named so: `wrt x, w`",),
}
# What to write, by what was expected: for the forms that are harder to guess.
_FORMS = {
    "`;`": ("the cotangents stand after a `;`: `vjp f(x) -> y; dy { … }`",),
}


_KNOWN: tuple[Callable[[Refusal], Diagnostic | None], ...] = (
    signs.documentation,
    signs.thousands,
    signs.comment,
    defined.unreturned,
    targets.declared_inside,
    openings.called_loss,
    defined.decorated,
    targets.hyphened,
    openings.foreign_word,
    defined.defined,
    openings.unnamed,
    signs.bars,
    phrases.nameless,
    phrases.comprehension,
    heads.called,
    heads.following,
    heads.loop,
    shapes.size,
    shapes.quoted,
    shapes.element,
    shapes.initialiser,
    shapes.shape,
    shapes.undeclared,
    signs.binding,
    signs.chained,
    signs.exponent,
    signs.transposed,
    signs.operator,
    signs.inverted,
    signs.percent,
    phrases.semicolon,
    signs.separator,
    tuples.unbound,
    phrases.words,
    choices.choice,
    tuples.several,
    phrases.compared,
    phrases.after_dot,
    phrases.indexed,
    phrases.unpacked,
    phrases.latex,
    phrases.transposed,
    _caret,
    _string,
    _underscore,
    _stanza,
    _bracket,
    _block,
    _equals,
    _character,
    _keyword,
    _line_break,
    packages.imported,
    targets.nothing,
    phrases.apart,
    _second_statement,
)
