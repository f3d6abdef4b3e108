"""Losses that only count, such as an accuracy: what to write for one that can be learned by."""

from __future__ import annotations

import re

from gradc import once
from gradc.diagnostics import Help, Replacement
from gradc.patterns import pattern
from gradc.source import Span

_ABOVE = pattern(r"\(*\s*(.+?)\s*>=?\s*([\d.]+)\s*\)*")
_REDUCED = pattern(
    r"(?:(?<![\w.])1(?:\.0?)?\s*-\s*)?\b(?:mean|sum)"
    r"\((?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*\)"
)
_OPERAND = r"[\w.]+(?:\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))?|\([^()]*\)"


def measured(left: str, right: str, text: str) -> tuple[str, str, str]:
    """The loss in place of how often two values are equal, and what it is given.

    `text` binds the names in them.
    """
    for guess, labels in ((left, right), (right, left)):
        name, given = _called(_bound(guess, text))
        if name == "argmax":
            return "cross_entropy", given, labels
        above = _ABOVE.fullmatch(_bound(guess, text))
        if above and float(above[2]) == 0:
            return "binary_cross_entropy_with_logits", above[1], labels
        likely = above[1] if above else given if name == "round" else ""
        if likely:
            made, given = _called(_bound(likely, text))
            if made == "sigmoid":
                return "binary_cross_entropy_with_logits", given, labels
            return "binary_cross_entropy", likely, labels
    return "mse_loss", left, right


def _called(text: str) -> tuple[str, str]:
    """The function that a text calls, and what that is given first; nothing of another text."""
    found = once.argument_in(text)
    if found is None:
        return "", ""
    return text.partition("(")[0].strip(), text[found[0] : found[1]]


_LONGEST = 100  # characters of a value that a help repeats


def instead(span: Span, *, is_array: bool = False) -> str:
    """The help for a loss that counts what is made at a place; empty where it counts otherwise.

    With `is_array` the loss is all that is counted, of which the mean is to be kept.
    """
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
        loss, given, labels = measured(pair[1], pair[2], text)
        place = span.start
    else:
        loss, given, labels = measured(made, pair[1] or pair[2], text)
        place = pair.start()
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
        counted = f"mean({counted})" if is_array else counted
        kept = f"{'error_rate' if differs != bool(turned) else 'accuracy'} = {counted}"
    before, line, edits = "", "", list[Replacement]()
    stands = [m.start() for m in re.finditer(re.escape(given), text)]
    if once.seems_once(given):  # one of them is made, in the count that is kept
        named = [once.kept(Span(span.source, p, p + len(given)), "logits") for p in stands]
        if len(named) != 1 or named[0] is None:
            return ""
        first, given = named[0], named[0].name
        inside = start <= stands[0] < end
        before = f"`{first.line}`, " if inside else f"`{first.line}`, `{first.statement}`, "
        kept = kept.replace(first.line.partition(" = ")[2], given) if inside else kept
        line = f"{first.line}\n" if inside else ""
        edits = [] if inside else [first.before, first.inside]
    said = f"loss {whole[2] if whole[1] else 'J'} = {loss}({given}, {labels})"
    also = f"output {kept}"
    help_ = f"{before}{'and ' * bool(before)}write `{said}`; `{also}` keeps the count"
    if not before:
        return help_
    stop = start + len(text[start:end].partition("#")[0].rstrip())
    begin = start + len(text[start:end]) - len(text[start:end].lstrip())
    edits.append(Replacement(Span(span.source, begin, stop), f"{line}{said}\n{also}"))
    return Help(help_, edits)


def _counted(formula: str, place: int) -> str:
    """The mean or the sum around a place of a formula, without the sign that makes a loss of it."""
    for found in _REDUCED.finditer(formula):
        if found.start() <= place < found.end():
            return found[0]
    return formula


def _bound(name: str, text: str) -> str:
    """What a name is bound to, where that is said in a line; else as it is."""
    found = re.search(rf"^\s*{re.escape(name)}\s*=\s*([^=\n#][^\n#]*)", text, re.MULTILINE)
    return found[1].strip() if name.isidentifier() and found else name
