"""The activation that a layer is given, as a statement behind that of the layer."""

from __future__ import annotations

from gradc.diagnostics import Help, Replacement
from gradc.elaborate.bindings import Scope
from gradc.elaborate.context import Context
from gradc.elaborate.habits.own import callable_of
from gradc.elaborate.habits.remedy import Written, is_whole
from gradc.elaborate.habits.rewriting import instead_of
from gradc.patterns import pattern
from gradc.source import Span
from gradc.syntax.habits.names import fresh

_IDLE = ("linear", "none", "None", "identity")
_BOUND = pattern(
    r"(?m)^[ \t]*(?P<target>(?:(?:next|output|loss)[ \t]+)?(?P<name>\w+))[ \t]*=[ \t]*\Z"
)


def followed(context: Context, call: str, activation: str, span: Span, scope: Scope) -> Help | None:
    """`h = Dense(x, 8, activation="relu")` as two statements; `call` is that of the layer alone."""
    text, word = span.source.text, activation.strip("\"'").rpartition(".")[2]
    bound = _BOUND.search(text, text.rfind("\n", 0, span.start) + 1, span.start)
    if bound is None or not is_whole(span) or not word.isidentifier() or word in _IDLE:
        return None
    made = fresh(bound["name"], text)
    applied = f"{word}({made})"
    if callable_of(context, word, scope) is None:
        advice = instead_of(context, word, [Written(None, made)], scope)
        if advice is None or not advice.text:
            return None
        applied = advice.text
    lines = f"{made} = {call}", f"{bound['target']} = {applied}"
    begin = bound.start("target")
    margin = " " * (begin - text.rfind("\n", 0, begin) - 1)
    edit = Replacement(Span(span.source, begin, span.end), f"\n{margin}".join(lines))
    told = "an activation is a statement of its own"
    return Help(f"{told}: write `{lines[0]}` and `{lines[1]}`", [edit])
