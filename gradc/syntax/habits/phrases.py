"""Expressions of other languages: functions without names, tuples, words as operators."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradc.diagnostics import Diagnostic, Help, Replacement
from gradc.source import Span
from gradc.syntax.characters import without_comment
from gradc.syntax.expected import expected_words, found_words
from gradc.syntax.habits.enclosed import closing, parts
from gradc.syntax.habits.indices import is_bound, rows
from gradc.syntax.habits.shapes import ELEMENTS
from gradc.syntax.refusal import Refusal

_NAMES = r"\w+(?:\s*,\s*\w+)*"


def nameless(r: Refusal) -> Diagnostic | None:
    """`f = lambda x: 2 * x`, `f = x -> 2 * x`, `f = x => 2 * x`."""
    match = re.fullmatch(
        r"(\s*)(\w+)\s*=\s*(?P<word>lambda)\s+(?P<p>[^:]*):(?P<body>.+)", r.line_text
    ) or re.fullmatch(
        r"(\s*)(\w+)\s*=\s*\(?(?P<p>\w+(?:\s*,\s*\w+)*)\)?\s*(?P<word>->|=>)\s*(?P<body>.+)",
        r.line_text,
    )
    if match and match["word"] == "=>" and _are_bound(match["p"], r.source.text):
        in_brackets = re.match(r"\s*\w+\s*=\s*\(\s*[\w, ]+\)\s*=>", r.line_text)
        if not in_brackets and not re.search(rf"(?<![\w.]){match[2]}\(", r.source.text):
            return None  # `>=` is meant
    if match is None:
        if r.kind == "NAME" and r.previous == "lambda":
            start = r.before.rindex("lambda")
            help_ = "a function has a name: `fn f(x) = …`"
            return r.at(start, start + 6, "E0123", "there are no functions without a name", help_)
        return None
    start, end = match.span("word")
    text = f"fn {match[2]}({match['p'].strip()}) = {match['body'].strip()}"
    message = "a function is defined by `fn`"
    return r.at(r.line_start + start, r.line_start + end, "E0123", message, f"write `{text}`")


def _are_bound(names: str, text: str) -> bool:
    """Whether a file binds each of the names in a list."""
    bound = re.findall(r"^\s*(?:[a-z]+\s+)?(\w+)\s*(?:[:=~]|$)", text, re.MULTILINE)
    return {name.strip() for name in names.split(",")} <= set(bound)


def as_function(bound: str) -> str | None:
    """`f = (a) => a + 1`, `f = fn(a) -> a + 1`, as the function that it defines."""
    match = re.match(
        r"(\w+)\s*=\s*(?:fn|function|func|lambda)?\s*\(?(\w+(?:\s*,\s*\w+)*)\)?\s*(?:=>|->)\s*(.+)",
        bound,
    )
    return f"fn {match[1]}({match[2]}) = {match[3].strip()}" if match else None


def words(r: Refusal) -> Diagnostic | None:
    """`f"{a}"`: strings that are put together elsewhere."""
    if r.kind != "STRING" or not re.search(r"(?<!\w)[fFrRbBuU]{1,2}$", r.text[: r.place]):
        return None
    start = r.place - len(r.previous)
    help_ = "leave it out: `output` returns a value, and `gradc trace` shows every one"
    end = r.place + len(r.word)
    return r.at(start, end, "E0123", "there are no strings among values", help_)


def compared(r: Refusal) -> Diagnostic | None:
    """`b is 0`, `b in list`, `b equals 0`: words as operators."""
    if r.word == "in" and "INFIX" in r.accepts and "IN" not in r.accepts and r.text_behind:
        sequence = re.match(r"[\w.]+|\[[^\]]*\]", r.text_behind)
        listed = sequence and re.fullmatch(r"\[([\w., -]+)\]", sequence[0])
        if listed:
            each = " or ".join(f"{r.previous} == {item}" for item in parts(listed[1]))
            return r.diagnostic("E0123", "`in` is not an operator", f"write `{each}`")
        help_ = f"write `any({sequence[0] if sequence else 'x'} == {r.previous})`"
        return r.diagnostic("E0123", "`in` is not an operator", help_)
    if r.word == "is" and re.match(r"(?:not\s+)?(?:None|null|none)\b", r.text_behind):
        help_ = "every value is there: leave the question out"
        return r.diagnostic("E0123", "`is` is not an operator", help_)
    meant = {"is": "==", "equals": "==", "eq": "==", "xor": "!=", "mod": "%", "div": "//"}
    if "INFIX" not in r.accepts or r.kind != "NAME" or r.word.lower() not in {
        *meant, "and", "or", "not",
    }:  # fmt: skip
        return None
    sign = meant.get(r.word.lower(), r.word.lower())
    if r.word == "is" and re.match(r"is\s+not\b", r.text[r.place :]):
        sign = "!="
    return r.diagnostic("E0123", f"`{r.word}` is not an operator", f"write `{sign}`")


def subscripts(r: Refusal) -> Diagnostic | None:
    """`einsum(bi,i->b, x, w)`: the subscripts without quotation marks."""
    if r.word != ">" or r.innermost != "(":
        return None
    opening = r.brackets[-1]
    given = re.compile(r"\s*([A-Za-z]+(?:\s*,\s*[A-Za-z]+)*\s*->\s*[A-Za-z]*)").match(
        r.text, opening + 1
    )
    end = closing(r.text, opening)
    if given is None or end is None or not r.text[:opening].endswith("einsum"):
        return None
    start, stop = given.span(1)
    text = f'einsum("{given[1]}"{r.text[stop:end]})'
    return r.at(start, stop, "E0123", "the subscripts are a string", f"write `{text}`")


def cast(r: Refusal) -> Diagnostic | None:
    """`(float) k`: a conversion as in C."""
    typed = re.search(r"\(\s*(\w+)\s*\)\s*$", r.before)
    meant = ELEMENTS.get(typed[1]) if typed else None
    value = re.match(r"[\w.]+(?:\([^()]*\)|\[[^]]*\])?", r.text[r.place :])
    if typed is None or meant is None or value is None or r.kind not in ("NAME", "NUMBER"):
        return None
    kind = meant if meant[0] != "f" or typed[1] == "float32" else "f64"
    help_ = f'write `astype({value[0]}, "{kind}")`'
    message = "a type in parentheses converts nothing"
    return r.at(typed.start(), typed.end(), "E0123", message, help_)


def product(r: Refusal) -> tuple[str, ...]:
    """`x w + b`: the sign of a product is missing, unless another statement begins."""
    word = r.previous
    if not word.isidentifier() or re.match(r"(?:=(?!=)|:)", r.text_behind):
        return ()
    if re.search(rf"^[ \t]*fn[ \t]+{word}\b", r.source.text, re.MULTILINE):
        return (f"a call has parentheses: `{word}({r.word})`",)
    if r.text_behind[:1] == "(":
        return (f"a product is written with `*`: `{word} * {r.word}(…)`",)
    products = f"`{word} * {r.word}`", f"`{word} @ {r.word}`"
    declared = set(re.findall(r"^\s*(?:input|param)\s+(\w+)\s*:.*\[", r.text, re.MULTILINE))
    if {word, r.word} <= declared:
        return (f"write {products[1]}, or {products[0]} for the product of each two elements",)
    return (f"a product is {products[0]}, and of matrices {products[1]}",)


def after_dot(r: Refusal) -> Diagnostic | None:
    """`x.dtype`, `np.newaxis`: a keyword behind a dot; `x.shape.0`."""
    if r.previous != "." or r.kind == "NAME":
        return None
    base = re.search(r"([\w.]+)\.$", r.before)
    if base and r.kind == "NUMBER" and r.word.isdigit():
        help_ = f"write `{base[1]}[{r.word}]`"
        place = base.start(), r.place + len(r.word)
        return r.at(*place, "E0123", "an element is chosen in brackets", help_)
    helps = {
        "newaxis": "write `newaxis`",
        "dtype": f"element types are known at compile time: `astype({base[1] if base else 'x'},"
        ' "f32")` converts',
        "dim": "the number of axes is known at compile time: `x.shape` lists the sizes",
        "loss": "the loss is a value of the graph: name it alone",
        "none": "write `none`",
        "true": "write `true`",
        "false": "write `false`",
    }
    if r.word not in helps:
        return None
    if base and r.word in ("newaxis", "none", "true", "false"):
        start, end = base.start(), r.place + len(r.word)
        message = f"names stand without a prefix: `{r.text[start:end]}`"
        return r.at(start, end, "E0201", message, helps[r.word])
    if base and r.word == "dtype" and re.search(r"\bdtype\s*=\s*[\w.]+$", r.before):
        stated = re.search(rf"\b{base[1]}\s*:\s*(f32|f64|i32|i64|bool)", r.text)
        help_ = f'write `dtype="{stated[1] if stated else "f32"}"`'
        return r.diagnostic("E0112", f"`{r.word}` stands behind no dot", help_)
    return r.diagnostic("E0112", f"`{r.word}` stands behind no dot", helps[r.word])


_LATEX = {
    "frac": "`a / b`", "cdot": "`*`", "times": "`*`", "sqrt": "`sqrt(…)`", "left": "`(`",
    "top": "`.T`", "leq": "`<=`", "geq": "`>=`", "neq": "`!=`", "infty": "`inf`", "odot": "`*`",
    "partial": "no derivatives: they are derived", "nabla": "no derivatives: they are derived",
}  # fmt: skip
_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau"
    " upsilon phi chi psi omega"
).split()


def latex(r: Refusal) -> Diagnostic | None:
    r"""`\\sum x`, `\\frac{a}{b}`, `\\theta`."""
    match = re.match(r"\\([A-Za-z]+)", r.text[r.place :])
    solved = re.match(r"\\\s+(\w+)\s*$", r.line_text[r.place - r.line_start :])
    if r.word == "\\" and solved and r.previous.isidentifier():
        help_ = f"write `solve({r.previous}, {solved[1]})`"
        return r.diagnostic("E0107", "`\\` is not an operator", help_)
    if r.word != "\\" or match is None:
        return None
    name = match[1]
    meant = _LATEX.get(name)
    if meant is None:
        meant = f"`{name}`" if name.lower() in _GREEK else f"`{name}(…)`"
    end = r.place + len(match[0])
    return r.at(r.place, end, "E0107", f"`{match[0]}` means nothing here", f"write {meant}")


def transposed(r: Refusal) -> Diagnostic | None:
    """`x^T`."""
    match = re.match(r"\^\s*\{?(?:T|\\top|H)\}?(?!\w)", r.text[r.place :])
    if r.word != "^" or match is None:
        return None
    base = re.search(r"(\w+)\s*$", r.before)
    help_ = f"write `{base[1] if base else '(…)'}.T` for a transpose"
    return r.diagnostic("E0108", "`^` is not an operator", help_)


def unpacked(r: Refusal) -> Diagnostic | None:
    """`sum(*[a])`, `f(**options)`."""
    if r.word not in ("*", "**") or r.innermost != "(" or not r.needs_value:
        return None
    opening = r.brackets[-1]
    end, called = closing(r.text, opening), re.search(r"\w+$", r.text[:opening])
    if end is None or called is None:
        return None
    given = parts(r.text[opening + 1 : end])
    plain = [re.sub(r"^\*\*?\s*", "", part) for part in given]
    if len(plain) == 1 and (listed := re.fullmatch(r"\[(.*)\]", plain[0])):
        plain = [listed[1]]
    help_ = f"leave it out: `{called[0]}({', '.join(plain)})`"
    return r.diagnostic("E0123", f"`{r.word}` unpacks nothing", help_)


BEGINS = re.compile(r"[ \t]*(?:[-+*/@%]|(?:and|or)\b)")
"""What a line begins with that belongs to the one above."""


def continued(r: Refusal) -> str:
    """What is said of a line that begins with an operator: it belongs to the one above."""
    help_ = "a statement goes on over a line break inside parentheses"
    begins = not r.line_text[: r.place - r.line_start].strip()
    above = r.before.rpartition("\n")[2] if begins else ""
    rest = [above, r.line_text.strip()]
    for line in r.text[r.line_start :].split("\n")[1:]:
        if not BEGINS.match(line):
            break
        rest.append(without_comment(line).strip())
    whole = in_parentheses(rest)
    return f"{help_}: `{whole}`" if whole else help_


def in_parentheses(pieces: Sequence[str]) -> str | None:
    """A statement of several lines that binds a value, on one line."""
    bound = re.fullmatch(r"\s*((?:(?:loss|output|next)\s+)?\w+\s*=)(?!=)\s*(.+)", pieces[0])
    return f"{bound[1]} ({' '.join([bound[2].strip(), *pieces[1:]])})" if bound else None


def apart(r: Refusal) -> Diagnostic | None:
    """`dot(w x)`, `[N 3]`, `softmax x`: two values with nothing between them."""
    if r.word == "axis" and r.innermost == "(" and r.text_behind[:1] == "=":
        message, help_ = "a comma stands between arguments", f"write `{r.previous}, axis`"
        return r.diagnostic("E0123", message, help_)
    found = found_words(r.kind, r.word)
    if r.kind == "NAME" and (by := re.search(r"\bwrt\s+([\w.]+(?:,\s*[\w.]+)*)$", r.before)):
        help_ = f"a comma stands between names: `wrt {by[1]}, {r.word}`"
        return r.diagnostic("E0123", f"expected `,` or the end of the line, found {found}", help_)
    if r.kind not in ("NAME", "NUMBER") or "INFIX" not in r.accepts or r.word in ("as", "axis"):
        return None
    if not r.brackets and re.match(r"=(?!=)", r.text_behind) and "=" in r.line_text:
        left = r.line_text[: r.place - r.line_start]
        first, second = (part.strip() for part in (left, r.line_text[len(left) :]))
        message = f"expected an operator or the end of the line, found {found}"
        help_ = f"each statement stands on a line of its own: `{first}` and `{second}`"
        return r.diagnostic("E0123", message, help_)
    if r.innermost == "[" and (listed := rows(r)):
        message = f"expected {expected_words(r.accepts)}, found {found}"
        return r.diagnostic("E0123", message, f"write `{listed}`")
    number = re.search(r"(?<![\w.])(\d+\.?\d*|\.\d+)\s*$", r.before)
    if number and r.kind == "NAME" and r.innermost in ("", "(", "["):
        message = f"expected an operator, found {found}"
        help_ = f"a product is written with `*`: `{number[1]} * {r.word}`"
        return r.diagnostic("E0123", message, help_)
    may_call = r.previous.isidentifier() and len(r.previous) > 2 and r.previous.islower()
    may_call = may_call and not is_bound(r.text, r.previous)
    if r.innermost in ("(", "["):
        message = f"expected {expected_words(r.accepts)}, found {found}"
        if may_call:
            help_ = f"a call has parentheses: `{r.previous}({r.word})`"
            return r.diagnostic("E0123", message, help_, "a product is written with `*`")
        help_ = f"a comma or an operator stands between `{r.previous}` and `{r.word}`"
        return r.diagnostic("E0123", message, help_)
    word = r.previous
    if word.lower() in ("not", "and", "or"):
        help_ = f"the operator is `{word.lower()}`"
        return r.diagnostic("E0123", f"`{word}` is no operator", help_)
    if not (word.isidentifier() and len(word) > 2 and word.islower()):
        return None
    message = f"expected an operator or the end of the line, found {found}"
    if helps := _summed(r, word):
        return r.diagnostic("E0123", message, *helps)
    rest = r.line_text[r.place - r.line_start :].rstrip()
    if re.fullmatch(r"(?:[\w.]+|\s*(?:\*\*|[*/@])\s*)+", rest) and not rest.isidentifier():
        end = r.place + len(rest)
        place = Span(r.source, len(r.before) - len(word), end)
        text = f"{word}({rest})"
        told = Help(f"a call has parentheses: `{text}`", [Replacement(place, text)])
        return r.diagnostic("E0123", message, told)
    helps = (f"a call has parentheses: `{word}({r.word})`", "a product is written with `*`")
    return r.diagnostic("E0123", message, *helps)


def _summed(r: Refusal, word: str) -> tuple[str, ...]:
    """`sum_i w_i * x_i`: a sum over an index, said of whole arrays."""
    named = re.fullmatch(r"(sum|prod|mean|max|min)_([a-z])", word)
    start = r.place - r.line_start
    term = re.match(
        r"(?:[\w.]+(?:\([^()]*\))?|\([^()]*\)|\s*(?:\*\*|[*/@])\s*)+", r.line_text[start:]
    )
    if named is None or term is None:
        return ()
    whole = re.sub(rf"(?<=[^\W_])_{named[2]}\b", "", term[0].strip())
    text = f"{named[1]}({whole})"
    place = Span(r.source, r.text.rindex(word, 0, r.place), r.place + len(term[0].rstrip()))
    return (Help(f"operations work on whole arrays: `{text}`", [Replacement(place, text)]),)
