"""Signs of other languages: operators, comments, ends of statements, quotation marks."""

from __future__ import annotations

import re

from gradc.diagnostics import Diagnostic, Help, Replacement
from gradc.source import Span
from gradc.syntax.expected import expected_words
from gradc.syntax.habits.connectives import logical
from gradc.syntax.habits.enclosed import parts
from gradc.syntax.habits.phrases import as_function
from gradc.syntax.habits.rebound import assigned, counted
from gradc.syntax.habits.respelt import respelt
from gradc.syntax.habits.shapes import beside
from gradc.syntax.keywords import KEYWORDS
from gradc.syntax.numerals import grouped
from gradc.syntax.refusal import Refusal

_COMMENT = "a comment begins with `#`"

# What stands around the place where the parser stopped, and what is written instead. The first
# that covers the place counts.
_SIGNS = (
    (":=", "="), ("%*%", "@"), ("%/%", "//"), ("%%", "%"),
    ("!==", "!="), ("===", "=="), ("=!", "!="), ("<>", "!="), ("~=", "!="), ("/=", "!="),
    ("=>", ">="), ("=<", "<="), ("&&", "and"), ("||", "or"), (".**", "**"), (".^", "**"),
    (".*", "*"), ("./", "/"), (".+", "+"), (".-", "-"), ("**=", ""), ("//=", ""), ("+=", ""),
    ("@@", "@"), ("-=", ""), ("*=", ""), ("@=", ""), ("++", ""), ("--", ""), ("<<", ""), (">>", ""),
    ("|>", ""),
)  # fmt: skip


def comment(r: Refusal) -> Diagnostic | None:
    """`// …`, `/* … */`, `-- …`, `% …`: comments of other languages."""
    line, column = r.line_text, r.place - r.line_start
    for match in re.finditer(r"//|/\*|--(?= )|<!--|^\s*%|^\s*\*", line):
        sign = match.group().strip()
        start = match.end() - len(sign)
        at_start = not line[:start].strip()
        apart = sign == "--" and r.word == "-" and start > 0 and line[start - 1] == " "
        at_start = at_start or apart or (r.word == sign == "//" and "INFIX" not in r.accepts)
        words = (
            (r.word in KEYWORDS or r.kind in ("NAME", "STRING", "NUMBER"))
            and start < column
            and sign in ("//", "--")
        )
        if (start <= column <= match.end() and (at_start or sign == "/*")) or words:
            return _no_comment(r, start, sign)
    behind = re.search(r"(?:^|\s)(%+)\s*([A-Za-z]\w*\b(?!\s*\().*)$", line)
    if behind and (column == behind.start(1) or _is_prose(r, behind[2], column - behind.start(2))):
        return _no_comment(r, behind.start(1), behind[1])
    return None


def _no_comment(r: Refusal, start: int, sign: str) -> Diagnostic:
    place = r.line_start + start
    end = r.text.find("*/", place) if sign == "/*" else -1
    first = r.text.count("\n", 0, place) + 1
    last = first + r.text.count("\n", place, max(place, end))
    to = "and" if last == first + 1 else "to"
    help_ = _COMMENT
    if last > first:
        help_ = f"each line of the comment begins with `#`: lines {first} {to} {last}"
    return r.at(place, place + len(sign), "E0123", f"`{sign}` is no comment", help_)


def _is_prose(r: Refusal, text: str, stopped: int) -> bool:
    """Whether words stand in a row, of which the file binds not all; the parser stopped there."""
    if not stopped:
        return r.word in KEYWORDS
    row = re.match(r"\w+(?:[ \t]+\w+)+", text)
    if row is None or not 0 < stopped <= row.end():
        return False
    bound = re.findall(r"^\s*(?:[a-z]+\s+)?(\w+)\s*[:=~]", r.source.text, re.MULTILINE)
    return not set(row[0].split()) <= set(bound)


def documentation(r: Refusal) -> Diagnostic | None:
    """A docstring of Python's."""
    if not re.match(r'\s*[rbu]?("""|\'\'\')', r.line_text) or r.place > r.line_start + len(
        r.line_text
    ) - len(r.line_text.lstrip()):
        return None
    start = r.line_start + len(r.line_text) - len(r.line_text.lstrip())
    help_ = "documentation stands above what it is about, in lines that begin with `## `"
    return r.at(start, start + 3, "E0110", "a string is no statement", help_)


def operator(r: Refusal) -> Diagnostic | None:
    """`&&`, `<>`, `.*` and the like."""
    column, line = r.place - r.line_start, r.line_text
    for sign, meant in _SIGNS:
        start = line.find(sign, max(0, column - len(sign)), column + len(sign) + 1)
        if start < 0 or not start <= column <= start + len(sign):
            continue
        if not meant and sign not in ("++", "--", "<<", ">>", "|>"):
            return assigned(r, sign, start)
        place = r.line_start + start
        if not meant:
            return counted(r, sign, place)
        bound = re.match(r"\s*(\w+)\s*$", line[:start])
        if bound and sign in ("===", "=>") and not r.brackets:
            continue  # a statement that binds
        code = {"&&": "E0107", "||": "E0107", ".^": "E0108", ".**": "E0123"}.get(sign, "E0123")
        message = f"`{sign}` is not an operator"
        help_ = logical(r, start) if meant in ("and", "or") else f"write `{meant}`"
        return r.at(place, place + len(sign), code, message, help_)
    return None


_BINARY = ("**", "*", "/", "//", "@", "%", "+", "-")


def doubled(r: Refusal) -> Diagnostic | None:
    """`x::f32[3]`: a type behind two colons; in brackets they are a slice's."""
    if r.kind != "COLON" or r.previous != ":" or r.text[r.place - 1] != ":":
        return None
    behind = re.match(r":[ \t]*([a-z]\w*(?:\[[^][\n]*\])?|\[[^][\n]*\])", r.text[r.place :])
    before = re.search(r"(?:^|[\s(,])(\w+)[ \t]*:$", r.before)
    if behind is None or before is None:
        return None
    start, end = r.place - 1, r.place + 1
    whole = Span(r.source, start, r.place + behind.start(1))
    help_ = Help(f"write one `:`: `{before[1]}: {behind[1]}`", [Replacement(whole, ": ")])
    return r.at(start, end, "E0123", "one `:` stands before a type, not two", help_)


def missing(r: Refusal) -> Diagnostic | None:
    """`mean(d**)`, `f(a,, b)`: a value that is left out."""
    if not r.needs_value:
        return None
    if r.kind == "COMMA" and r.previous == ",":
        message = f"expected {expected_words(r.accepts)}, found `,`"
        return r.diagnostic("E0123", message, "leave one `,` out")
    if r.kind in ("RPAR", "RSQB", "COMMA") and r.previous in _BINARY:
        help_ = "leave it out, or write a value behind it"
        base = re.search(r"(\w+)\s*\*\*$", r.before)
        if r.previous == "**":
            help_ = f"write a number behind it: `{base[1] if base else '(…)'}**2`"
        return r.diagnostic("E0123", f"a value is missing behind `{r.previous}`", help_)
    return None


def chained(r: Refusal) -> Diagnostic | None:
    """`p = q = 2`."""
    match = re.match(r"\s*(\w+)\s*=\s*(\w+)\s*=(?!=)\s*([^#=<>][^#=]*)$", r.line_text)
    if match is None or r.kind != "EQUAL" or "INFIX" not in r.accepts:
        return None
    first, second, value = (part.strip() for part in match.groups())
    help_ = f"one name a line: `{first} = {value}` and `{second} = {first}`"
    return r.diagnostic("E0123", "`=` cannot stand inside a value", help_, "`==` compares")


def exponent(r: Refusal) -> Diagnostic | None:
    """`1e^-3`."""
    number = re.search(r"(?<![\w.])[\d.]+[eE]$", r.before)
    behind = re.match(r"\^\s*([-+]?\d+)", r.text[r.place :])
    if number is None or behind is None:
        return None
    help_ = f"write `{number[0]}{behind[1]}`"
    return r.diagnostic("E0108", "`^` is not an operator", help_)


def binding(r: Refusal) -> Diagnostic | None:
    """`k := 2`, `k <- 2`, `k == 2`, `k === 2`."""
    match = re.match(r"(\s*)(\w+)\s*(:=|<-|===|=>)\s*(.*)", r.line_text)
    if match is None or match[2] != r.first_word or (r.brackets and r.innermost != "{"):
        return None
    start, end = match.span(3)
    if not start <= r.place - r.line_start <= end:
        return None
    message = f"`{match[3]}` binds nothing"
    bound = respelt(match[4].strip())
    help_ = f"a value is bound by one `=`: `{match[2]} = {bound}`"
    if function := as_function(f"{match[2]} = {bound}"):
        help_ = f"a function is defined by `fn`: `{function}`"
    if formals := re.match(r"function\s*(\([^()]*\))\s*(.*)", bound):
        body = re.sub(r"^\{\s*(?:return\b)?\s*\(?(.*?)\)?\s*;?\s*\}$", r"\1", formals[2])
        help_ = f"a function is defined by `fn`: `fn {match[2]}{formals[1]} = {body}`"
    return r.at(r.line_start + start, r.line_start + end, "E0123", message, help_)


def bars(r: Refusal) -> Diagnostic | None:
    """`|w|` and `||w||`."""
    if r.word != "|" or not r.needs_value:
        return None
    match = re.compile(r"(\|\|?)([^|]+)\1").match(r.text, r.place)
    if match is None or "\n" in match.group():
        return None
    function = "abs" if match[1] == "|" else "norm"
    text = f"{function}({match[2].strip()})"
    end = r.place + len(match.group())
    told = f"write `{text}`"
    square = rf"\b{re.escape(match[2].strip())}\s*:\s*\w*\[\s*(\w+)\s*,\s*\1\s*\]"
    if match[1] == "|" and re.search(square, r.source.text):
        inside = f"det({match[2].strip()})"
        edit = Replacement(Span(r.source, r.place, end), inside)
        told = Help(f"the determinant is `{inside}`, and magnitudes are `{text}`", [edit])
    return r.at(r.place, end, "E0107", f"`{match[1]}` means nothing here", told)


def percent(r: Refusal) -> Diagnostic | None:
    """`50%`."""
    number = re.search(r"(?<![\w.])(\d+(?:\.\d+)?)\s*%\s*$", r.text[r.line_start : r.place])
    if number is None or not (r.needs_value or r.kind == "_NEWLINE"):
        return None
    place = r.line_start + number.end(1) + r.text[r.line_start + number.end(1) :].index("%")
    help_ = f"write `{float(number[1]) / 100:g}`; `%` is the remainder"
    return r.at(place, place + 1, "E0123", "`%` is not per cent", help_)


def inverted(r: Refusal) -> Diagnostic | None:
    """`~mask`, and `!mask`."""
    if r.kind == "TILDE" and r.needs_value:
        declared = re.match(r"\s*(param\s+\w+[^=~]*?)\s*=\s*(~.*)", r.line_text)
        if declared and r.previous == "=" and not r.brackets:
            help_ = f"leave `=` out: `{declared[1]} {declared[2].strip()}`"
            return r.diagnostic("E0123", "an initialiser stands behind a `~` alone", help_)
        return r.diagnostic("E0123", "`~` is not an operator", logical(r, r.place - r.line_start))
    return None


def thousands(r: Refusal) -> Diagnostic | None:
    """`1,000`: a comma between digits."""
    if r.innermost in ("(", "[") or "," in r.line_text.partition("=")[0]:
        return None
    if number := grouped(r.line_text, r.place - r.line_start):
        comma, helps = number
        place = r.line_start + comma
        return r.at(place, place + 1, "E0123", "a number has no `,`", *helps)
    return None


def _lines(line: str) -> str | None:
    """`a, b = 1, 2` and `a = 1, b = 2`: the statements that stand on lines of their own."""
    listed = [re.fullmatch(r"(\w+)\s*=(?!=)\s*(.+)", part) for part in parts(line.strip(" }"))]
    pairs = [(m[1], m[2]) for m in listed if m]
    if len(pairs) != len(listed):
        left, equals, right = line.strip(" }").partition("=")
        names, values = parts(left), parts(right)
        if not equals or len(names) != len(values) or not all(n.isidentifier() for n in names):
            return None
        pairs = list(zip(names, values, strict=True))
    return " and ".join(f"`{name} = {value}`" for name, value in pairs)


def separator(r: Refusal) -> Diagnostic | None:
    """`;` and `,` where a statement has ended."""
    if r.kind not in ("SEMICOLON", "COMMA") or "_NEWLINE" not in r.accepts:
        return None
    behind = r.text_behind
    if r.brackets and r.innermost != "{":
        return None
    if not behind or behind[:1] == "}":
        if r.kind == "COMMA":
            return r.diagnostic("E0123", "a statement ends without a `,`", "leave it out")
        return r.diagnostic(
            "E0107", "`;` means nothing here", "leave it out: statements are separated by line ends"
        )
    if r.kind == "SEMICOLON":
        first = r.line_text[: r.place - r.line_start].strip()
        return r.diagnostic(
            "E0107",
            "`;` means nothing here",
            f"statements are separated by line ends: `{respelt(first)}`"
            f" and `{respelt(behind.partition(';')[0])}`",
        )
    message = f"expected {expected_words(r.accepts)}, found `,`"
    if r.previous.isdigit() and behind[:1].isdigit():
        digits = re.match(r"\d+", behind)
        number = f"{r.previous}.{digits[0] if digits else ''}"
        return r.diagnostic("E0123", message, f"decimals stand behind a point: `{number}`")
    word = r.first_word
    if learned := re.match(r"(?:requires_grad|trainable)\s*=\s*(\w+)", behind):
        help_ = f"leave out `, {learned[0]}`: every `param` is learned"
        if learned[1].lower() != "true":
            help_ = f"leave out `, {learned[0]}`: what is not learned is an `input` or a `const`"
        return r.diagnostic("E0123", message, help_)
    if re.match(r"(dtype|name|shape|device)\s*=", behind):
        help_ = "leave it out: the element type stands before the shape, `f32[3]`"
        return r.diagnostic("E0123", message, help_)
    if several := re.fullmatch(r"\s*(fn\s+\w+\s*\(.*?\))\s*=\s*(.+)", r.line_text):
        text = f"{several[1]} {{ return {several[2]} }}"
        return r.diagnostic("E0123", message, f"several results stand in a body: `{text}`")
    if word in ("input", "param", "const", "state"):
        apart = beside(word, r.after_first)
        return r.diagnostic("E0123", message, apart) if apart else None
    if lines := _lines(r.line_text.partition("{")[2] if r.brackets else r.line_text):
        return r.diagnostic("E0123", message, f"one name and one value a line: {lines}")
    return None
