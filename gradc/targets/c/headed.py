"""The lines of nests, under the lines of the graph that they are of."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.targets.c.groups import Group
from gradc.targets.c.nesting import Text, closed
from gradc.targets.c.reading import Reader
from gradc.targets.c.runs import Run, spans
from gradc.targets.told.lines import Line


def shared_line(run: Run, texts: Sequence[Text], checks: list[str], reader: Reader) -> Line:
    """The nests of a run, within the loops that are the same for all."""
    domain = run.groups[0].domain
    assert domain is not None
    whole = Text(list(range(run.depth)), split=texts[0].split)
    for text in texts:
        whole.take(text)
    first, last = closed(whole, domain, reader)
    pairs = zip(run.groups, texts, strict=True)
    inner = [nest_line(group, text, run.depth, "", reader) for group, text in pairs]
    statement, deep = run.members[0].statement, whole.deep(0)
    if len(spans(run.members)) > 1:
        return Line(
            statement, indented([*checks, *first]), inner=inner, is_shared=True,
            is_of_rows=True, depth=deep, ends=indented(last),
        )  # fmt: skip
    pad = "    " * deep
    body = [pad + line for part in inner for line in part.lines]
    return Line(statement, [*indented([*checks, *first]), *body, *indented(last)])


def nest_line(group: Group, text: Text, outer: int, guard: str, reader: Reader) -> Line:
    """A nest without its outermost loops, which stand around others too."""
    nest = group.members[0].nest
    assert nest is not None
    first, last = closed(text, nest.domain, reader, outer)
    deep = text.deep(outer)
    within = [["    " * deep + line for line in lines] for lines in text.within]
    statement = group.members[0].statement
    if len(spans(group.members)) == 1:
        lines = [*first, *(line for lines in within for line in lines), *last]
        return Line(statement, indented(guarded(lines, guard)))
    if guard:
        first = [f"if ({guard} != NULL) {{", *indented(first)]
        last = [*indented(last), "}"]
    inner = [
        Line(m.statement, [f"    {line[4 * deep :]}" for line in lines])
        for m, lines in zip(group.members, within, strict=True)
    ]
    return Line(
        statement, indented(first), inner=inner, is_shared=True,
        depth=deep + bool(guard), ends=indented(last),
    )  # fmt: skip


def guarded(lines: list[str], guard: str) -> list[str]:
    """The lines, for what the caller wants alone."""
    return [f"if ({guard} != NULL) {{", *indented(lines), "}"] if guard else lines


def indented(lines: list[str]) -> list[str]:
    """The lines one level deeper."""
    return [f"    {line}" if line else "" for line in lines]
