"""Losses that only count, such as an accuracy: what to write for one that can be learned by."""

from __future__ import annotations

import re

from gradc.patterns import pattern
from gradc.source import Span

_CALLED = pattern(r"(argmax|round|sigmoid)\(([^,]*(?:\([^()]*\))?[^,]*)(?:,.*)?\)")
_ABOVE = pattern(r"\(*\s*(.+?)\s*>=?\s*([\d.]+)\s*\)*")
_REDUCED = pattern(
    r"(?:(?<![\w.])1(?:\.0?)?\s*-\s*)?\b(?:mean|sum)"
    r"\((?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*\)"
)
_OPERAND = r"[\w.]+(?:\([^()]*\))?|\([^()]*\)"


def measured(left: str, right: str, text: str) -> str:
    """The loss in place of how often two values are equal; `text` binds the names in them."""
    for guess, labels in ((left, right), (right, left)):
        called = _CALLED.fullmatch(_bound(guess, text))
        if called and called[1] == "argmax":
            return f"cross_entropy({called[2]}, {labels})"
        above = _ABOVE.fullmatch(_bound(guess, text))
        if above and float(above[2]) == 0:
            return f"binary_cross_entropy_with_logits({above[1]}, {labels})"
        likely = above[1] if above else called[2] if called and called[1] == "round" else ""
        if likely:
            made = _CALLED.fullmatch(_bound(likely, text))
            if made and made[1] == "sigmoid":
                return f"binary_cross_entropy_with_logits({made[2]}, {labels})"
            return f"binary_cross_entropy({likely}, {labels})"
    return f"mse_loss({left}, {right})"


_LONGEST = 100  # characters of a value that a help repeats


def instead(span: Span) -> str:
    """The help for a loss that counts what is made at a place; empty where it counts otherwise."""
    text, made = span.source.text, span.text
    if len(made) > _LONGEST:
        return ""
    line = span.source.line_text(span.line).partition("#")[0].strip()
    bound = re.match(r"(\w+)\s*=\s*(?!=)", line)
    name = re.escape(bound[1] if bound and line.endswith(f"= {made}") else made)
    pair = re.search(
        rf"(?<![\w.]){name}\s*[=!]=\s*({_OPERAND})|({_OPERAND})\s*[=!]=\s*{name}", text
    )
    if pair is None:
        pair = re.fullmatch(rf"({_OPERAND})\s*[=!]=\s*({_OPERAND})", made)
        if pair is None:
            return ""
        loss, place = measured(pair[1], pair[2], text), span.start
    else:
        loss, place = measured(made, pair[1] or pair[2], text), pair.start()
    start = text.rfind("\n", 0, place) + 1
    end = f"{text}\n".index("\n", start)
    counting = text[start:end].partition("#")[0].strip()
    whole = re.fullmatch(r"(loss\s+)?(\w+)\s*=\s*(.+)", counting)
    if whole is None or len(whole[3]) > _LONGEST:
        return ""
    kept = whole[2]
    if whole[1]:
        counted = _counted(whole[3], place - start - text[start:end].index(whole[3]))
        turned = re.search(r"(?<![\w.])1(?:\.0?)?\s*-", counted)
        differs = "!=" in text[place:end]
        kept = f"{'error_rate' if differs != bool(turned) else 'accuracy'} = {counted}"
    return f"write `loss {whole[2] if whole[1] else 'J'} = {loss}`; `output {kept}` keeps the count"


def _counted(formula: str, place: int) -> str:
    """The mean or the sum around a place of a formula, without the sign that makes a loss of it."""
    for found in _REDUCED.finditer(formula):
        if found.start() <= place < found.end():
            return found[0]
    return formula


def _bound(name: str, text: str) -> str:
    """What a name is bound to, where that is said in a line; else as it is."""
    found = re.search(rf"^\s*{name}\s*=\s*([^=\n#][^\n#]*)", text, re.MULTILINE)
    return found[1].strip() if name.isidentifier() and found else name
