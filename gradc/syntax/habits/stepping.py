"""Names that a loop does not bind: a step counted, or chosen, by an index."""

from __future__ import annotations

from gradc.diagnostics import Help, Replacement
from gradc.patterns import pattern
from gradc.source import Span
from gradc.syntax.habits.enclosed import wrapped

_WALKED = pattern(
    r"\b(?:over |, )(?P<target>\w+) in (?P<all>(?P<base>[\w.]+)"
    r"\[(?P<before>(?:\s*:\s*,)*)\s*(?P<index>\w+)\s*(?:,\s*(?::|\.\.\.)\s*)*\])"
)
_REPEATED = pattern(r"(?m)^[ \t]*scan\b[^\n{]*\b(?P<all>times (?P<count>[^\n{]+?)) *\{")
_COUNTERS = ("i", "j", "k", "n", "t", "s", "it", "iter", "idx", "index", "step", "iteration")


def chosen(span: Span) -> Help | None:
    """`over x_t in x[:, t]`, where `span` is that of `t`: the axis that the steps lie along."""
    source = span.source
    begin = source.text.rfind("\n", 0, span.start) + 1
    if not source.text[begin : span.start].lstrip().startswith("scan "):
        return None
    for match in _WALKED.finditer(source.text, begin):
        if match.start("index") > span.start:
            break
        if match.start("index") != span.start:
            continue
        axis = match["before"].count(",")
        text = f"{match['base']} axis {axis}" if axis else match["base"]
        told = f"the loop takes each element along an axis: `over {match['target']} in {text}`"
        return Help(told, [Replacement(Span(source, *match.span("all")), text)])
    return None


def difference(stop: str, first: str) -> str:
    """How many numbers there are from one as far as another, which is none of them."""
    if stop.isdigit() and first.isdigit():
        return str(max(int(stop) - int(first), 0))
    if first == "1" and stop.endswith(" + 1"):
        return stop.removesuffix(" + 1")
    return stop if first == "0" else f"{stop} - {wrapped(first)}"


_OVER = pattern(
    r"(?m)^[ \t]*scan\b[^\n{]*\bover\b"
    r"(?P<walked>[^\n{]*?(?P<target>\w+) in (?P<base>[\w.]+))[ \t]*\{"
)
_AT = pattern(r"(?P<base>[\w.]+)\[(?P<index>\w+)\]")


def beside(name: str, span: Span) -> Help | None:
    """`y[t]` in the body of `scan … over x_t in x`: walked along as well, or a counter."""
    if name not in _COUNTERS:
        return None
    source = span.source
    loops = list(_OVER.finditer(source.text, 0, span.start))
    if not loops or "}" in source.text[loops[-1].end() : span.start]:
        return None
    loop = loops[-1]
    at = next((m for m in _AT.finditer(source.text) if m.start("index") == span.start), None)
    end = Span(source, loop.end("walked"), loop.end("walked"))
    counter = f"{name} in arange({loop['base']}.shape[0])"
    element = f"{at['base']}_{name}" if at else ""
    if at is None or pattern(rf"\b{element}\b").search(source.text) or "." in element:
        told = f"a counter is walked along too: `over {loop['walked'].strip()}, {counter}`"
        return Help(told, [Replacement(end, f", {counter}")])
    more = f"{element} in {at['base']}"
    told = f"walk along it too: `over {loop['walked'].strip()}, {more}`, and `{element}` here"
    place = Span(source, *at.span())
    return Help(
        f"{told}; a counter is `{counter}`",
        [Replacement(end, f", {more}"), Replacement(place, element)],
    )


def counting(name: str, span: Span) -> Help | None:
    """`i` in the body of `scan u = v times 5`: the loop that counts by that name."""
    if name not in _COUNTERS:
        return None
    source = span.source
    loops = list(_REPEATED.finditer(source.text, 0, span.start))
    if not loops or "}" in source.text[loops[-1].end() : span.start]:
        return None
    text = f"over {name} in arange({loops[-1]['count']})"
    told = f"`times` counts without a name: write `{text}`"
    return Help(told, [Replacement(Span(source, *loops[-1].span("all")), text)])
