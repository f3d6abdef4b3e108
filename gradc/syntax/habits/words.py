"""First words of statements, as other languages have them."""

from __future__ import annotations

import re

from gradc.diagnostics import Diagnostic, near_miss
from gradc.syntax.keywords import KEYWORDS, instead_of
from gradc.syntax.refusal import Refusal

_MEANT = {
    "input": "inputs in placeholder arg argument args given feature features data inp inpt",
    "param": "parameter parameters params parm weight weights variable trainable learnable prm",
    "const": "constant constants static final readonly define",
    "dim": "dims dimension dimensions size sizes",
    "output": "outputs out outp result results returns ret yield print println display show puts",
    "loss": "losses cost objective minimize minimise min criterion goal",
    "wrt": "with_respect_to gradient gradients grad differentiate by",
    "fn": "def func function fun proc sub",
    "layer": "class module struct model network",
    "state": "buffer register stateful",
    "import": "using include require",
    "": "let var val auto set my local mut",
}
_WORDS = {word: keyword for keyword, words in _MEANT.items() for word in words.split()}
_ELEMENTS = {
    "float": "", "double": "", "real": "", "number": "", "tensor": "", "array": "", "matrix": "",
    "vector": "", "scalar": "", "ndarray": "", "float64": "f64", "float32": "f32", "f32": "f32",
    "f64": "f64", "int": "i64", "integer": "i64", "int64": "i64", "long": "i64", "i64": "i64",
    "int32": "i32", "i32": "i32", "bool": "bool", "boolean": "bool",
}  # fmt: skip
_REPEATS = ("for", "while", "loop", "repeat", "foreach", "do", "until")
_CHOICE = "a choice is written `where(condition, a, b)`"
_LOOP = "a step is repeated by `scan h = h0 times 12 { next h = … }`"


def foreign_word(r: Refusal) -> Diagnostic | None:
    """`let k = 2`, `weight w: [3]`, `minimize J`, `float x`: a word, and then what is no `=`."""
    word = r.first_word
    if not word or word in KEYWORDS or r.kind in ("EQUAL", "COLON", "COMMA", "DOT", ""):
        return None
    if r.before.rpartition("\n")[2].strip() != word or not _goes_on(r):
        return None
    helps = _helps(word, r.after_first, r.line_text)
    if not helps:
        return None
    message = f"`{word}` is no word of the language"
    return r.at_first_word("E0123", message, *helps)


def _goes_on(r: Refusal) -> bool:
    """Whether what stands behind the first word is the rest of such a statement."""
    if r.kind == "LPAR":
        return r.first_word.lower() in ("print", "println", "if", "while", "for", "display")
    return r.kind in ("NAME", "NUMBER", "STRING", "MINUS", "NOT", "LSQB") or r.word in KEYWORDS


def _helps(word: str, rest: str, line: str) -> tuple[str, ...]:
    low = word.lower()
    if low in ("if", "switch", "match", "case", "else", "elif", "when", "unless"):
        return (_CHOICE,)
    if low in _REPEATS:
        walked = re.match(r"\(?\s*(\w+)\s+in\s+(\w+)\b(?!\()", rest)
        if walked:
            return (f"a loop is written `scan h = h0 over {walked[1]} in {walked[2]} {{ … }}`",)
        return (_LOOP,)
    if low in _ELEMENTS:
        return (f"write `{_of_element(_ELEMENTS[low], rest)}`",)
    if low == "lambda":
        return ("a function is written `fn f(x) = …`",)
    if low == "maximize" or low == "maximise":
        return (f"a loss is minimised: write `loss J = -{rest}`",)
    keyword = low if low in KEYWORDS else _WORDS.get(low)
    if keyword is None:
        near = near_miss(word, KEYWORDS)
        return near or ()
    if keyword in ("fn", "layer"):
        return _of_definition(keyword, rest)
    if keyword == "import":
        return ("leave the line out: operations need no import",)
    return (f"write `{_statement(keyword, rest)}`",)


def _statement(keyword: str, rest: str) -> str:
    if not keyword:
        return rest
    if keyword in ("output", "loss"):
        inner = rest[1:-1].strip() if rest[:1] == "(" and rest[-1:] == ")" else rest
        if re.fullmatch(r"\w+(\s*,\s*\w+)*", inner) or re.match(r"\w+\s*(:[^=]*)?=(?!=)", inner):
            return f"{keyword} {inner}"
        return f"{keyword} {'J' if keyword == 'loss' else 'y'} = {inner}"
    if keyword == "wrt":
        return f"wrt {rest}"
    return f"{keyword} {rest}"


def _of_element(element: str, rest: str) -> str:
    """`float x = 2`, `int n`: a value that is bound, or else one that the caller gives."""
    name, equals, value = rest.partition("=")
    name = name.strip()
    if equals:
        plain, _, _ = name.partition(":")
        return f"{plain.strip()} = {value.strip()}"
    if ":" in name:
        return f"input {name}"
    return f"input {name}: {element}" if element and element != "f64" else f"input {name}"


def _of_definition(keyword: str, rest: str) -> tuple[str, ...]:
    """`def f(x): return 2 * x`, `class Model:`."""
    header = re.match(r"(\w+)\s*(\((?:[^()]|\([^()]*\))*\))?\s*(?:->[^:{=]*)?", rest)
    if header is None:
        return (f"the word is `{keyword}`",)
    body = rest[header.end() :].lstrip(":= \t")
    body = re.sub(r"^return\b\s*", "", body)
    if keyword == "fn" and body and body[:1] != "{":
        return (f"the word is `fn`: write `fn {header[1]}{header[2] or '()'} = {body}`",)
    if keyword == "layer" and rest.rstrip()[-1:] == ":":
        return (
            "a layer is written `layer L(x) { … return y }`, and a model is a row of statements",
        )
    opening = f"{keyword} {header[1]}{header[2] or '(x)'} {{"
    return (f"the word is `{keyword}`: write `{opening}`, and `}}` at its end",)


def called_loss(r: Refusal) -> Diagnostic | None:
    """`loss = …`, `loss: J`, `output = y`: the keyword taken for a name."""
    word = r.first_word
    if word not in ("loss", "output", "input", "param") or r.kind not in ("EQUAL", "COLON"):
        return None
    if r.before.rpartition("\n")[2].strip() != word:
        return None
    rest = r.after_first.lstrip(":= \t")
    name = {"loss": "J", "output": "y", "input": "x", "param": "w"}[word]
    if r.kind == "EQUAL":
        only = word == "output" and re.fullmatch(r"\w+", rest)
        text = f"{word} {rest}" if only else f"{word} {name} = {rest}"
    else:
        text = f"{word} {rest}"
    message = f"`{word}` is a keyword and cannot be a name"
    help_ = f"write `{text}`"
    return r.at_first_word("E0112", message, help_, f"as a name, call it `{instead_of(word)}`")


def defined(r: Refusal) -> Diagnostic | None:
    """`fn f(x):`, `fn f(x) return …`, `f(x) = …`, `scan … times 3:`."""
    head = re.match(r"\s*(fn|layer)\s+\w+\s*\(", r.before.rpartition("\n")[2])
    scans = r.first_word == "scan" and not r.brackets
    if r.kind == "COLON" and r.innermost != "(" and (head or scans):
        body = re.sub(r"^return\b\s*", "", r.text_behind)
        opening = f"{r.line_text[: r.place - r.line_start].strip()}"
        if body and head and head[1] == "fn":
            return r.diagnostic("E0123", "`:` begins no body", f"write `{opening} = {body}`")
        help_ = f"write `{opening} {{`, and `}}` at its end"
        return r.diagnostic("E0123", "`:` begins no body", help_)
    if r.word == "return" and head and r.previous == ")":
        opening = r.line_text[: r.place - r.line_start].strip()
        return r.diagnostic(
            "E0123", "`return` stands in a block", f"write `{opening} = {r.text_behind}`"
        )
    if r.kind == "LPAR" and "EQUAL" in r.accepts and not r.brackets:
        match = re.match(r"(\s*)(\w+\s*\([^()]*\))\s*=(?!=)\s*(.*)", r.line_text)
        if match and r.line_text[: r.place - r.line_start].strip() == r.first_word:
            start = r.line_start + match.start(2)
            return r.at(
                start,
                r.line_start + match.end(2),
                "E0123",
                "a function is defined by `fn`",
                f"write `fn {match[2]} = {match[3].strip()}`",
            )
    return None
