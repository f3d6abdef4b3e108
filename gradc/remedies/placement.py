"""Where a draft may stand: in place of a stretch around the mistake, or as a line of its own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from gradc.diagnostics import Diagnostic, Replacement
from gradc.patterns import pattern
from gradc.remedies.drafts import Draft
from gradc.source import Source, Span
from gradc.syntax.characters import mask, without_comment
from gradc.syntax.habits.enclosed import closing
from gradc.syntax.keywords import KEYWORDS

_TOKEN = pattern(r"\w+(?:\.\d+)?|\"[^\"]*\"|->|\*\*|//|[<>=!:]=|[^\w\s]")
_AT_THE_TOP = pattern(r"(?:dim|dtype|from|import)[ \t]")
_NAME = pattern(r"\b[^\W\d]\w*\b")
_CALLED = pattern(r"\b(?!(?:zip|range|enumerate)\b)[^\W\d]\w*(?=\()")
_BOUND = pattern(
    r"(?m)^[ \t]*(?:(?:param|input|const|state|loss|output)[ \t]+)?(\w+)[ \t]*(?:[:=~,]|$)"
)
_SET = pattern(r"(?m)(?:^|\bnext\b)[ \t]*(\w+)[ \t]*=(?!=)")
_TYPE = pattern(r"(?:f32|f64|i32|i64|bool)(?:\[.*\])?|\[.*\]")
_LINE_OF_ITS_OWN = pattern(r"(?:loss|output|param|input|const|state)\b")
_STATEMENT = pattern(
    r"(?:dim|dtype|from|import|loss|output|param|input|const|state|scan|fn|layer|next|update|return)"
    r"[ \t]|\w+(?:, \w+)* = "
)
_DECLARED = pattern(r"(?:(?:param|input|const|state)\s+)?(\w+)\s*:")
_WORDS = frozenset((*KEYWORDS, "as", "axis", "in", "over", "times", "reverse"))
_PARTNER = {"(": ")", "[": "]", "{": "}"}
_MANY = 60  # tokens of a line: of a longer one only the nearest are looked at


def places(
    draft: Draft, told: str, diagnostic: Diagnostic, source: Source
) -> Iterator[Replacement]:
    """Replacements by a draft, the least change first. `told` is what the help says before it."""
    further = [*diagnostic.labels, *(place for note in diagnostic.notes for place in note.places)]
    spans = [diagnostic.span, *(label.span for label in further)]
    anchors = [s for s in spans if s is not None and s.source.text == source.text]
    if not anchors:
        return
    first = _statement(source, anchors[0])
    named = pattern(r"dim[ \t]+(\w+)").match(draft.text)
    if named and (stated := _declaration(source, named[1])) is not None:
        yield Replacement(_statement(source, stated), draft.text)
    if _AT_THE_TOP.match(draft.text):
        yield Replacement(before_all(source), f"{draft.text}\n")
        if draft.here:
            return
    if _TYPE.fullmatch(draft.text):
        names = [m[1] for m in pattern(r"`(\w+)`").finditer(told)]
        names += pattern(r"\b[^\W\d]\w*").findall(first.text)
        for name in dict.fromkeys(names):
            yield from _as_type(source, name, draft.text)
    near = [*_quoted(first, told), anchors[0]]
    declared = _DECLARED.match(draft.text)
    if declared and (at := _declaration(source, declared[1])) is not None:
        near.append(at)
    indent = " " * (first.start - source.line_starts[first.line - 1])
    text = draft.text.replace("\n", f"\n{indent}")
    is_statement = bool(_STATEMENT.match(text))
    begins = is_statement or text.partition(" ")[0] in KEYWORDS
    found: list[tuple[int, int, Span]] = []
    for anchor in (*near, *anchors[1:]):
        far = 0 if anchor in near else 3
        for changes, span in _stretches(source, anchor, text):
            keeps = not is_statement and _keeps(span, anchor, text)
            if not draft.start:  # what fits is another form of what stands there
                keeps = _same_values(span, text)
            if keeps or (begins and _is_statement(source, span) and not _swallows(span, draft)):
                found.append((changes + far, span.end - span.start, span))
    seen = set()
    for _, _, span in sorted(found, key=lambda f: f[:2]):
        if (span.start, span.end) not in seen:
            seen.add((span.start, span.end))
            yield Replacement(span, text)
    if _LINE_OF_ITS_OWN.match(text):
        yield Replacement(Span(source, first.start, first.start), f"{text}\n{indent}")
        yield Replacement(Span(source, first.end, first.end), f"\n{indent}{text}")


def _keeps(span: Span, anchor: Span, text: str) -> bool:
    """Whether a text in place of a stretch around a mistake leaves no value of the file out."""
    source = span.source.text
    start, end = anchor.start, anchor.end
    if (path := pattern(r"[\w.]+$").search(source[:start])) is not None:
        start = path.start()
    if source[end : end + 1] == "(":
        end = (closing(source, end) or end) + 1
    bound = frozenset(_BOUND.findall(source))
    lost = set(_NAME.findall(span.text)) - set(_NAME.findall(text))
    lost -= set(_NAME.findall(source[start:end]))
    calls = set() if anchor.text == "for" else lost.intersection(_CALLED.findall(span.text))
    calls -= {_called_whole(span, anchor)}
    return not calls and not bound & lost


def _called_whole(span: Span, anchor: Span) -> str:
    """The function that a stretch is a call of, where the mistake is one of its arguments."""
    head = pattern(r"\w+\(").match(span.text)
    source = span.source.text
    if head is None or closing(source, span.start + head.end() - 1) != span.end - 1:
        return ""
    between = mask(source)[span.start + head.end() : anchor.start]
    inner = between.count("(") - between.count(")")
    return head[0][:-1] if span.start < anchor.start < span.end and not inner else ""


def _swallows(span: Span, draft: Draft) -> bool:
    """Whether a statement in place of a stretch leaves steps or lines of a body out."""
    if span.text.startswith("scan") and not draft.text.startswith("scan"):
        return True
    _, _, body = span.text.partition("\n")
    said = {*_NAME.findall(draft.text), *(draft.below or ())}
    values = {m[1] for m in _SET.finditer(body)} | set(_CALLED.findall(body))
    return not values <= said


def _same_values(span: Span, text: str) -> bool:
    """Whether a text is of the same values of the file as a stretch."""
    bound = set(_BOUND.findall(span.source.text))
    return bound.intersection(_NAME.findall(span.text)) == bound.intersection(_NAME.findall(text))


def _quoted(statement: Span, told: str) -> Iterator[Span]:
    """The stretches of a statement that a help quotes."""
    for quoted in pattern(r"`([^`]+)`").findall(told):
        start = statement.text.find(quoted)
        if start >= 0:
            at = statement.start + start
            yield Span(statement.source, at, at + len(quoted))


def _as_type(source: Source, name: str, text: str) -> Iterator[Replacement]:
    """The declaration of a name, with another type."""
    at = _declaration(source, name)
    if at is None:
        return
    stated = pattern(r"(?m)[ \t]*:[ \t]*(\w*[ \t]*(?:\[[^\]\n]*\])?)(?=[ \t]*(?:[~=#,]|$))")
    match = stated.match(source.text, at.end)
    if match is None:
        yield Replacement(Span(source, at.end, at.end), f": {text}")
    else:
        start, end = match.span(1)
        shape = match[1].find("[")
        end = start + (shape if shape >= 0 and "[" not in text else len(match[1].rstrip()))
        yield Replacement(Span(source, start, end), text)


def _is_statement(source: Source, span: Span) -> bool:
    """Whether a stretch may be all of a statement."""
    before = source.text[: span.start].rstrip(" \t")[-1:]
    behind = source.text[span.end :].lstrip(" \t")[:1]
    is_head = span.text.startswith("scan")  # the head is told without the body
    return before in ("", "\n", "{") and (is_head or behind in ("", "\n", "#", "}"))


def _statement(source: Source, span: Span) -> Span:
    """The lines of a place, without their indent and a comment behind them."""
    start = source.line_starts[span.line - 1]
    last = max(span.end - 1, span.start)
    end = source.text.find("\n", last)
    lines = source.text[start : end if end >= 0 else len(source.text)]
    before, _, final = lines.rpartition("\n")
    final = without_comment(final).rstrip()
    whole = f"{before}\n{final}" if before else final
    return Span(source, start + len(whole) - len(whole.lstrip()), start + len(whole))


def _stretches(source: Source, anchor: Span, text: str) -> Iterator[tuple[int, Span]]:
    """Stretches of tokens that hold a place, with how many tokens another text changes there."""
    whole = _statement(source, anchor)
    tokens = [(whole.start + m.start(), whole.start + m.end()) for m in _TOKEN.finditer(whole.text)]
    near = [t for t in tokens if t[1] > anchor.start and t[0] < max(anchor.end, anchor.start + 1)]
    if anchor.text in (")", "]", "}") and near and tokens[0] != near[0]:
        near = [tokens[tokens.index(near[0]) - 1]]  # something is missing in front of it
    if not near:
        near = tokens[-1:]
    if not tokens:
        return
    low, high = tokens.index(near[0]), tokens.index(near[-1])
    written = Counter(m[0] for m in _TOKEN.finditer(text))
    exact = Span(source, anchor.start, anchor.end)
    yield _changes(exact, written), exact
    for first in range(low, max(low - _MANY, -1), -1):
        for last in range(high, min(high + _MANY, len(tokens))):
            span = Span(source, tokens[first][0], tokens[last][1])
            between = whole.text[: span.start - whole.start], whole.text[span.end - whole.start :]
            if _is_balanced(span.text) and _is_between(*between, span.text, text):
                yield _changes(span, written), span
    yield _changes(whole, written), whole
    block = _block(source, whole)
    if block.end > whole.end:
        yield _changes(block, written), block


def _is_between(before: str, behind: str, replaced: str, text: str) -> bool:
    """Whether a text does not run into the values beside it, as what it replaces does not."""
    ended = pattern(r"(\w+|[\])\"])\s*$").search(before)
    first = pattern(r"\w+|\"").match(text)
    if ended and first and ended[1] not in _WORDS and first[0] not in _WORDS:
        return False
    if pattern(r"\w\s*$").search(before) and text[:1] == "(" != replaced[:1]:
        return False  # that makes a call of the name
    if behind[:1] == "(" and pattern(r"[])\"]$").search(text):
        return False  # and that a call of the value
    if behind[:1] in tuple("([.") and _STATEMENT.match(text):
        return False  # the end of the statement is left of an operand
    begun = pattern(r"\s*(\w+|\")").match(behind)
    return not (begun and begun[1] not in _WORDS and pattern(r"[\w\])\"]$").search(text))


def _is_balanced(text: str) -> bool:
    """Whether each bracket has its partner."""
    opened = ""
    for sign in pattern(r"[][(){}]").findall(mask(text)):
        if sign in "([{":
            opened += _PARTNER[sign]
        elif opened[-1:] == sign:
            opened = opened[:-1]
        else:
            return False
    return not opened


def _block(source: Source, first: Span) -> Span:
    """The lines that belong to one: those within its braces, else those with more indent."""
    text, end = source.text, first.end
    indent = first.start - source.line_starts[first.line - 1]
    for match in pattern(r"\n(?:([ \t]*)(\S[^\n]*))?").finditer(text, first.end):
        inside = match[2] and len(match[1]) > indent
        goes_on = match[2] and pattern(r"\}|end\b|else\b|elif\b|elseif\b|until\b").match(match[2])
        before = text[first.start : match.start()]
        closes = match[2] and match[2][0] == "}" and before.count("{") <= before.count("}")
        if match[2] and not inside and (not goes_on or closes):
            break  # `closes`: the brace is of a body around the lines
        if match[2]:
            end = match.end()
    return Span(source, first.start, end)


def _changes(span: Span, written: Counter[str]) -> int:
    there = Counter(m[0] for m in _TOKEN.finditer(span.text))
    for brackets in ("([", ")]"):  # a list in parentheses is one in brackets
        first, second = brackets
        moved = min(there[first], written[second])
        there[first] -= moved
        there[second] += moved
    return (there - written).total() + (written - there).total()


def _declaration(source: Source, name: str) -> Span | None:
    """Where a name is declared."""
    line = rf"(?m)^[ \t]*(?:param|input|const|state)\s+({re.escape(name)})\b"
    found = pattern(line).search(source.text)
    return Span(source, *found.span(1)) if found else None


def before_all(source: Source) -> Span:
    """Before the first statement."""
    first = pattern(r"(?m)^[ \t]*(?=[^\s#])").search(source.text)
    start = first.start() if first else 0
    return Span(source, start, start)


def further(draft: Draft, first: Replacement, diagnostic: Diagnostic) -> Iterator[Replacement]:
    """What is written beside the first replacement: at the mistake, and in the lines below."""
    source = first.span.source
    if draft.here and diagnostic.span is not None:
        yield Replacement(Span(source, diagnostic.span.start, diagnostic.span.end), draft.here)
    if draft.called is not None:
        name, given = draft.called
        for match in pattern(rf"(?<![\w.]){re.escape(name)}\(").finditer(mask(source.text)):
            end = closing(source.text, match.end() - 1)
            apart = match.end() <= first.span.start or first.span.end <= match.start()
            if end is not None and apart:
                yield Replacement(Span(source, end, end), f", {given}")
    if draft.below is not None:
        old, new = draft.below
        end = source.text.find("\n", first.span.end)
        if end >= 0:
            read = pattern(rf"(?<![\w.]){re.escape(old)}(?!\w|\s*=(?!=)|\s*:)")
            for match in read.finditer(mask(source.text), end):
                yield Replacement(Span(source, *match.span()), new)
