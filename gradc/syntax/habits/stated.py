"""Declarations whose parts other languages put together in another way."""

from __future__ import annotations

import re

from gradc.diagnostics import Diagnostic, Help, Replacement
from gradc.source import Span
from gradc.syntax.expected import expected_words, found_words
from gradc.syntax.habits.enclosed import parts
from gradc.syntax.habits.shapes import ELEMENTS
from gradc.syntax.keywords import KEYWORDS
from gradc.syntax.refusal import Refusal

_HEAD = re.compile(r"\s*(?P<word>input|param|const|state)\s+(?P<name>[^\W\d]\w*)")
_LEARNED = re.compile(r"(?:requires_grad|trainable|learnable|frozen|fixed)\b\s*(?:=\s*(\w+))?$")
_TYPE = re.compile(
    r"\s*(?::|\b(?:as|of|is|shape|size|with\s+shape)\b)?\s*(?P<sizes>\[[^\]]*\])"
    r"\s*[:,]?\s*(?P<type>\w*)\s*(?P<rest>(?:[=~].*)?)"
)
_SIZES = re.compile(r"\s*:?\s*(\w+(?:\s*(?:\bx\b|×|\bby\b)\s*\w+)+)\s*(?P<rest>(?:[=~].*)?)")


_QUALIFIED = re.compile(
    r"\s*(?P<said>[a-z_]\w*)\s+(?P<word>input|param|const|state|output|loss|dim)\s+(?P<rest>\S.*)"
)
_FIXED = ("frozen", "fixed", "static", "final", "immutable", "untrainable", "nontrainable")


def qualified(r: Refusal) -> Diagnostic | None:
    """`frozen param b = 0`, `trainable param w`, `mutable state s = 0`: a word before another."""
    found = _QUALIFIED.fullmatch(r.line_text.rstrip())
    if found is None or r.brackets or found["said"] != r.first_word or r.kind == "EQUAL":
        return None
    if r.place > r.line_start + found.start("word") or found["said"] in KEYWORDS:
        return None
    said, word, rest = found["said"], found["word"], found["rest"]
    told = f"{said} {word}"
    help_ = f"leave out `{said}`: write `{word} {rest}`"
    if word == "param" and said in _FIXED:
        word = "const" if re.match(r"\w+\s*=", rest) else "input"
        kept = rest if word == "const" else re.sub(r"\s*(?<![=<>!])[=~].*", "", rest)
        help_ = f"what is not learned is an `input` or a `const`: write `{word} {kept}`"
    start = r.line_start + found.start("said")
    end = r.line_start + found.end("word")
    return r.at(start, end, "E0123", f"a statement begins with one word, this with `{told}`", help_)


_ALL = r"\.(?:parameters|params|weights|variables|trainable_\w+)"


def of_instance(r: Refusal) -> Diagnostic | None:
    """`wrt critic.parameters()`, `update bn.mean = …`: an instance stands for what it owns."""
    asked = re.search(rf"\bwrt\s+(?:[\w.]+\s*,\s*)*((\w[\w.]*?){_ALL})$", r.before)
    if r.kind == "LPAR" and asked and not r.brackets and re.match(r"\(\s*\)", r.text[r.place :]):
        start, end = asked.start(1), r.text.index(")", r.place) + 1
        told = f"an instance stands for all its parameters: `wrt {asked[2]}`"
        help_ = Help(told, [Replacement(Span(r.source, start, end), asked[2])])
        return r.at(start, end, "E0123", f"`{asked[1]}()` is no name", help_)
    if (
        r.first_word == "update"
        and r.word == "."
        and re.match(r"\s*update\s+\w+$", r.before.rpartition("\n")[2])
    ):
        told = (
            "an instance updates its own state; the caller gives `forward` other values by `state=`"
        )
        return r.diagnostic("E0123", "a file updates its own states alone", told)
    return None


def tail(r: Refusal) -> Diagnostic | None:
    """`input x: [3] requires_grad`, `input x as [3]`, `input x: B x 3`, `input x: [3]: f32`."""
    head = _HEAD.match(r.line_text)
    column = r.place - r.line_start
    if head is None or r.brackets or column < head.end():
        return None
    word, name, behind = head["word"], head["name"], r.line_text[head.end() :]
    message = f"expected {expected_words(r.accepts)}, found {found_words(r.kind, r.word)}"
    if learned := _LEARNED.fullmatch(r.line_text[column:].strip()):
        said = learned[0].startswith(("requires", "trainable", "learnable"))
        is_learned = said and (learned[1] or "true").lower() == "true"
        help_ = f"leave out `{learned[0]}`: "
        if word == "input":
            asked = f"`wrt {name}` asks for the derivative"
            help_ += asked if is_learned else "no input is learned"
        else:
            kept = "what is not learned is an `input` or a `const`"
            help_ += "every `param` is learned" if is_learned else kept
        return r.diagnostic("E0123", message, help_)
    if bound := re.match(r"(.*?)\s*<-\s*(.+)", behind):
        sign = "~" if re.match(r"[a-z]\w*(?:\(.*\))?$", bound[2]) else "="
        help_ = f"write `{word} {name}{bound[1]} {sign} {bound[2]}`"
        return r.diagnostic("E0123", message, help_) if r.word == "<" else None
    if r.kind != "COMMA" and (typed := _TYPE.fullmatch(behind)):
        kind = ELEMENTS.get(typed["type"], typed["type"])
        if kind and kind not in ELEMENTS.values():
            return None
        text = f"{word} {name}: {kind}{typed['sizes']} {typed['rest']}".strip()
        told = " ".join(text.split()) != " ".join(r.line_text.split())
        return r.diagnostic("E0123", message, f"write `{text}`") if told else None
    if sizes := _SIZES.fullmatch(behind):
        listed = ", ".join(re.split(r"\s*(?:\bx\b|×|\bby\b)\s*", sizes[1]))
        text = f"{word} {name}: [{listed}] {sizes['rest']}".strip()
        return r.diagnostic("E0123", message, f"write `{text}`")
    return None


def undeclared_start(r: Refusal) -> Diagnostic | None:
    """`W: [4, 8] ~ zeros`, `w ~ normal(0.1)`: what starts so is a parameter."""
    line = r.line_text.strip()
    if r.kind != "TILDE" or r.brackets or not re.match(r"[^\W\d]\w*\s*(?::[^=~]*)?~", line):
        return None
    return r.diagnostic("E0123", "only a `param` has an initialiser", f"write `param {line}`")


_DIMENSION = re.compile(
    r"(?P<name>[^\W\d]\w*)\s*(?::\s*(?P<kind>\w*)\s*(?P<sizes>\[[^\]]*\])?)?\s*(?:=\s*(?P<size>.+))?"
)
_IS_ELEMENT = frozenset((*ELEMENTS, *ELEMENTS.values(), "u32", "u64", "uint", "size_t", "usize"))


def dimension(r: Refusal) -> Diagnostic | None:
    """`dim B: i64 = 32`, `dim B: int, D: int = 4`: a dimension is a number, and has no type."""
    if r.first_word != "dim" or r.kind != "COLON" or r.brackets:
        return None
    stated = [_DIMENSION.fullmatch(part) for part in parts(r.after_first)]
    declared: list[str] = []
    for part in stated:
        if part is None or part["kind"] not in (None, "", *_IS_ELEMENT):
            return None
        declared.append(f"{part['name']} = {part['size']}" if part["size"] else part["name"])
    help_ = f"a dimension has no element type: write `dim {', '.join(declared)}`"
    return r.diagnostic("E0123", f"expected {expected_words(r.accepts)}, found `:`", help_)


def as_parameter(name: str, value: str) -> str:
    """An entry of a dictionary as a parameter: `"W": zeros([4, 2])`, `"b": 0`."""
    if re.fullmatch(r"-?[\d.]+(?:e-?\d+)?|\[.*\]", value):
        return f"param {name} = {value}"
    filled = re.fullmatch(
        r"(?:\w+\.)*(zeros|ones|randn|normal)\(\s*[\[(]*([\w\s,]+?)[\])]*\s*\)", value
    )
    if filled is None:
        return ""
    start = {"zeros": "= 0", "ones": "= 1"}.get(filled[1], "~ normal(1)")
    return f"param {name}: [{', '.join(parts(filled[2]))}] {start}"
