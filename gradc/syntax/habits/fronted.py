"""Declarations whose types stand in front of their names, as in C."""

from __future__ import annotations

import re

from gradc.diagnostics import Diagnostic
from gradc.syntax.characters import mask
from gradc.syntax.habits.enclosed import parts
from gradc.syntax.habits.respelt import respelt
from gradc.syntax.habits.shapes import ELEMENTS, beside
from gradc.syntax.refusal import Refusal

_TYPED_FIRST = re.compile(
    r"\s*(?P<word>input|param|state|const)(?:\s+|(?=\[))"
    r"(?P<type>(?:\w+\.)*[A-Za-z]\w*)?\s*(?P<sizes>\[[^\]]*\])?\s*"
    r"(?<=[\s\]])(?P<name>[^\W\d]\w*)\s*(?P<rest>(?:[\[=~:,]|$).*)"
)
_STATED = re.compile(r":\s*(?P<element>[A-Za-z]\w*)?\s*(?P<sizes>\[[^\]]*\])?\s*(?P<rest>.*)")
_IN_BRACKETS = re.compile(r"(?:\[[^\]]*\]\s*)+")
_SIZES_LAST = re.compile(r":\s*\w*(\[[^\]]*\])\s*$")
_ARRAYS = ("tensor", "array", "matrix", "vector", "scalar", "ndarray", "number", "real")


def element_of(name: str) -> str | None:
    """What `np.float32`, `double`, `Tensor` is here: an element type, or nothing for the file's.

    None where it is no type anywhere.
    """
    last = name.rpartition(".")[2]
    known = last.lower()
    if known in ("float", "double") or known in _ARRAYS:
        return ""
    meant = ELEMENTS.get(last, ELEMENTS.get(known, last))
    return meant if meant in ELEMENTS.values() else None


def typed_first(r: Refusal) -> Diagnostic | None:
    """`const int n = 4`, `input float[B, 3] x`, `input f32 x: [4, 3]`, `param [3] w`."""
    found = _TYPED_FIRST.match(r.line_text)
    if found is None or not found.end("word") <= r.place - r.line_start <= found.start("name"):
        return None
    if found["type"] and _is_read(found["type"], r.source.text):
        return None  # a name
    help_ = behind_names(r.line_text)
    if help_ is None:
        return None
    start = r.line_start + found.start("type" if found["type"] else "sizes")
    end = r.line_start + found.end("sizes" if found["sizes"] else "type")
    return r.at(start, end, "E0123", "a type stands behind its name and a `:`", help_)


def _is_read(name: str, text: str) -> bool:
    """Whether a statement of a file reads a name that may be that of a type."""
    read = rf"(?m)^(?![ \t]*(?:input|param|state|const)\b).*(?<![\w.]){re.escape(name)}\b(?!\()"
    return name not in ELEMENTS.values() and re.search(read, mask(text)) is not None


def behind_names(line: str) -> str | None:
    """What is said of one declaration, or of several, whose type stands in front."""
    found = _TYPED_FIRST.match(respelt(line))
    if found is None:
        return None
    word, kind = found["word"], f"{found['type'] or ''}{found['sizes'] or ''}"
    items = parts(f"{found['name']} {found['rest']}")
    if len(items) == 1:
        text = behind_name(line)
        if text and word == "const" and "=" not in text:  # what has no value is given
            text = text.replace("const", "input", 1)
        return text and f"write `{text}`"
    sizes = _SIZES_LAST.search(items[-1])
    own = [behind_name(f"{word} {i}") or behind_name(f"{word} {kind} {i}") for i in items]
    told = [text.removeprefix(f"{word} ") for text in own if text]
    if len(told) < len(items):
        return None
    if sizes and not any("[" in text for text in told[:-1]):  # meant of each
        told[:-1] = [f"{text}{'' if ':' in text else ': '}{sizes[1]}" for text in told[:-1]]
    return beside(word, ", ".join(told))


def behind_name(line: str) -> str | None:
    """A declaration with its type behind its name; None where it stands there already."""
    found = _TYPED_FIRST.match(respelt(line))
    if found is None or not (found["type"] or found["sizes"]):
        return None
    meant = element_of(found["type"]) if found["type"] else ""
    if meant is None:
        return None
    sizes, rest = found["sizes"] or "", found["rest"]
    if (stated := _STATED.match(rest)) is not None:
        if stated["element"]:
            meant = element_of(stated["element"])
            if meant is None:
                return None
        sizes, rest = stated["sizes"] or sizes, stated["rest"]
    if not sizes and (listed := _IN_BRACKETS.match(rest)):
        sizes = f"[{', '.join(re.findall(r'[^][ ][^][]*', listed[0]))}]"
        rest = rest[listed.end() :]
    if found["word"] == "const" and rest[:1] == "=" and not sizes:
        meant = ""
    kind = f": {meant}{sizes}" if meant or sizes else ""
    return f"{found['word']} {found['name']}{kind} {rest}".rstrip()
