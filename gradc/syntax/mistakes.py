"""What a place that the grammar does not allow means: from the parser's refusal to a diagnostic.

Each function below knows one mistake and returns None where it is another; the first that answers
is believed, so the order of `_KNOWN` matters.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gradc.diagnostics import Diagnostic, Help, Replacement, near_miss
from gradc.records import replace
from gradc.source import Span
from gradc.syntax import misplaced, recovery, unmatched
from gradc.syntax.expected import expected_words, found_words
from gradc.syntax.habits import (
    apiece,
    choices,
    classes,
    comprehensions,
    defined,
    definitions,
    following,
    fronted,
    heads,
    indices,
    openings,
    packages,
    phrases,
    primes,
    shapes,
    signs,
    stated,
    targets,
    tuples,
    unfinished,
    vjps,
)
from gradc.syntax.habits.names import free_name
from gradc.syntax.keywords import KEYWORDS
from gradc.syntax.refusal import Refusal


def explain(refusal: Refusal) -> tuple[Diagnostic, str]:
    """What is wrong, and the text to parse next to find further mistakes."""
    for mistake in _KNOWN:
        if diagnostic := mistake(refusal):
            break
    else:
        diagnostic = _something_else(refusal)
    helps = tuple(definitions.with_values(h, refusal.source.text) for h in diagnostic.helps)
    if helps != diagnostic.helps:
        diagnostic = replace(diagnostic, helps=helps)
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
    if primes.NO_NAME in diagnostic.message:
        # The other places of the name are no other mistakes.
        return primes.uses_of(diagnostic.span.text).sub(lambda m: m[0].replace("'", "_"), text)
    if diagnostic.code == "E0110" and (quoted := _DOCSTRING.match(text, diagnostic.span.start)):
        return recovery.without(text, quoted.start(), quoted.end())
    rest = recovery.without_statement(text, place)
    if digits := targets.DIGITS_FIRST.fullmatch(diagnostic.span.text):
        # What reads the name is no other mistake.
        return re.sub(rf"(?<!\w){digits[0]}\b", f"{digits[2]}{digits[1]}", rest)
    if refusal.line_text.endswith(":"):
        return recovery.without_indented(rest, place, refusal.indent)
    if refusal.first_word in _ENDED:
        rest = recovery.without_ended(rest, place, refusal.indent)
    if refusal.first_word in ("if", "else"):
        return recovery.without_branches(rest, _end_of(text, rest, place))
    if refusal.first_word == "do" and refusal.kind == "LBRACE":
        end = _end_of(text, rest, place)
        return recovery.without(rest, end, f"{rest}\n".index("\n", end))
    if named := re.match(r"\s*type\s+(\w+)", refusal.line_text):
        # Where the type is named, it is no other mistake.
        return re.sub(rf":\s*{named[1]}\b", lambda m: " " * len(m[0]), rest)
    if not text[refusal.line_start : place].strip() and phrases.BEGINS.match(text, place):
        return recovery.without_lines(rest, place, phrases.BEGINS)
    if refusal.kind == "_NEWLINE" or refusal.word == "\\":
        # What the next line holds is the rest of this statement, not another mistake.
        opens = text[place:].lstrip()[:1] == "{"
        return (
            recovery.without_block(rest, place)
            if opens
            else recovery.without_continuation(rest, place)
        )
    return rest


_DOCSTRING = re.compile(r"[rbu]?(\"{3}|'{3})[\s\S]*?\1")
_ENDED = ("function", "for", "while", "if", "parfor", "begin", "let", "switch", "do")


def _end_of(text: str, rest: str, place: int) -> int:
    """Where what was blanked out from `place` on ends."""
    end = place
    while end < len(text) and (text[end] != rest[end] or text[end].isspace()):
        end += 1
    return end


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
    finished = (*unfinished.unfinished(r), *packages.unnamed(r.line_text.strip()))
    if r.previous == ".":
        finished = ("leave the `.` out, or say what stands behind it: `.T`, `.shape`",)
    return r.diagnostic("E0113", message, *finished)


def _equals(r: Refusal) -> Diagnostic | None:
    if r.kind == "EQUAL" and r.text[r.place - 1] == "=":
        bound = r.text_behind if r.first_word == r.before.rpartition("\n")[2].strip(" \t=") else ""
        shown = f": `{r.first_word} = {bound}`" if bound else ""
        return r.diagnostic("E0123", "`==` compares", f"a value is bound by one `=`{shown}")
    if r.kind == "EQUAL" and r.line_text.lstrip()[:1] == "=" and r.text_behind:
        value = re.sub(r"\b[A-Z]+(?=\()", lambda m: m[0].lower(), r.text_behind)
        help_ = f"write `{free_name(r.text)} = {value}`"
        return r.diagnostic("E0123", "a statement begins with the name that it binds", help_)
    doubled = r.previous == "=" and (r.kind == "EQUAL" or r.word == "==")
    if doubled and r.needs_value:
        return r.diagnostic("E0123", "expected a value, found a second `=`", "write one `=`")
    if r.kind == "LBRACE" and r.previous == "=":
        if entries := tuples.entries(r):
            return r.diagnostic("E0123", "there are no dictionaries", entries)
        if told := comprehensions.of_entries(r):
            return told
        if re.match(r"\{[^{}\n]*\bfor\b", r.text[r.place :]):
            help_ = "each value has a name of its own"
            return r.diagnostic("E0123", "there are no comprehensions, and no dictionaries", help_)
        if listed := tuples.in_braces(r):
            return r.diagnostic("E0123", "braces hold no value", listed)
        help_ = "leave out the `=`, or the braces"
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
    if r.word in ("return", "next", "output", "loss", "param", "input", "scan"):
        behind = f"{r.word} {r.text_behind.partition('}')[0].strip()}"
        line = r.before.rpartition("\n")[2]
        margin = " " * (len(line) - len(line.lstrip()) + 4 * (line.count("{") > line.count("}")))
        edit = Replacement(Span(r.source, len(r.before), r.place), f"\n{margin}")
        helps = (Help(f"a statement begins on a line of its own: `{behind}`", [edit]),)
    elif r.word == "by" and r.first_word == "loss":
        helps = (f"what it is differentiated by stands behind `wrt`: `wrt {r.text_behind}`",)
    elif r.word == "if":
        helps = ("a choice is written `where(condition, a, b)`",)
    elif r.word == "where" and (bound := re.match(r"(.*?=(?!=)\s*)(.*)", r.line_text)):
        value = bound[2][: r.place - r.line_start - bound.end(1)].strip()
        shown = f"where({r.text_behind}, {value}, 0)"
        if whole := re.fullmatch(r"(sum|mean)\(([^()]*)\)", value):
            shown = f"{whole[1]}(where({r.text_behind}, {whole[2]}, 0))"
        helps = (f"a choice is a call: `{bound[1].lstrip()}{shown}`",)
    elif r.kind == "NAME":
        helps = near_miss(r.word, ("and", "or", "as", "axis")) or phrases.product(r)
    return r.diagnostic(
        "E0123",
        f"expected an operator or the end of the line, found {found_words(r.kind, r.word)}",
        *(helps or ("one statement stands on a line, and a product is written with `*`",)),
    )


def _something_else(r: Refusal) -> Diagnostic:
    expected = expected_words(r.accepts)
    found = found_words(r.kind, r.word)
    helps: tuple[str, ...] = _DECLARED.get(r.first_word, ())
    if r.kind in ("INFIX", "MINUS") and expected.startswith("a statement"):
        helps = (phrases.continued(r),)
    if begun := re.match(r"\s*state\s+(\w+\s*(?::[^=~]*)?)~", r.line_text):
        zero = "false" if re.search(r":\s*bool\b", begun[1]) else "0"
        helps = (f"a state starts from a number: `state {begun[1].strip()} = {zero}`",)
    if by := re.fullmatch(r"\s*loss\s+(\w+)\s+wrt\s+([\w., ]+?)\s*=(?!=)\s*(.+)", r.line_text):
        helps = (f"write `loss {by[1]} = {by[3].strip()} wrt {by[2]}`",)
    if r.innermost == "[" and r.word == ":" and "[" in r.line_text[: r.place - r.line_start]:
        helps = ("a slice is `start:stop:step`",)
    named = re.fullmatch(r"\s*(?:loss\b.*\s)?wrt\s*[\[(]?([\s\w.,\"']+?)[\])]?\s*", r.line_text)
    if named and (names := re.findall(r"[\w.]+", named[1])):
        helps = (f"write `wrt {', '.join(names)}`",)
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
_KNOWN: tuple[Callable[[Refusal], Diagnostic | None], ...] = (
    signs.doubled,
    signs.documentation,
    signs.thousands,
    signs.comment,
    defined.unreturned,
    targets.declared_inside,
    openings.called_loss,
    defined.decorated,
    targets.hyphened,
    classes.of_class,
    classes.method,
    stated.qualified,
    stated.of_instance,
    openings.foreign_word,
    heads.ranged,
    defined.defined,
    openings.unnamed,
    signs.bars,
    phrases.nameless,
    phrases.subscripts,
    signs.percent,
    signs.missing,
    comprehensions.comprehension,
    vjps.vjp,
    vjps.jvp,
    heads.unsaid,
    heads.called,
    following.following,
    heads.loop,
    shapes.nested,
    fronted.typed_first,
    stated.undeclared_start,
    stated.dimension,
    shapes.size,
    shapes.quoted,
    shapes.element,
    shapes.initialiser,
    shapes.shape,
    shapes.undeclared,
    signs.binding,
    signs.chained,
    signs.exponent,
    primes.primed,
    primes.transposed,
    apiece.within,
    signs.operator,
    signs.inverted,
    indices.semicolon,
    stated.tail,
    signs.separator,
    tuples.unbound,
    phrases.words,
    choices.choice,
    tuples.several,
    phrases.compared,
    phrases.after_dot,
    indices.ranged,
    phrases.cast,
    indices.indexed,
    phrases.unpacked,
    phrases.latex,
    phrases.transposed,
    misplaced.caret,
    misplaced.string,
    misplaced.underscore,
    misplaced.stanza,
    unmatched.bracket,
    unmatched.block,
    _equals,
    misplaced.character,
    misplaced.keyword,
    _line_break,
    packages.imported,
    apiece.counted_out,
    targets.starred,
    targets.nothing,
    apiece.several,
    phrases.apart,
    _second_statement,
)
