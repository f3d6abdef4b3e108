"""The chain rules over the code of a module, as they are written down."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from gradc.ir.graph import Graph
from gradc.ir.loop import all_nodes
from gradc.targets.told.paragraphs import source_line

_COTANGENT = re.compile(r"\bd\w*/d\w+(?:\.\w+)*|\bd_\w+(?:\.\w+)*")
_ROW = re.compile(
    r"#.*?   (?P<left>(?:d\w*/d|d_)[\w.]+(?:\[[^=]*\])*) (?P<sign>[-+*]?=) "
    r"(?P<right>.*?)(?:   \[.*)?$"
)
_METHODS = frozenset({"T", "mT"})


@dataclass(frozen=True, slots=True)
class Row:
    """A rule as it is written down: `left sign right`, in the words of Python."""

    text: str
    left: str
    sign: str
    right: str


@dataclass(slots=True)
class Paragraph:
    """Rules over lines `start` to `end`, the end not included."""

    function: str
    start: int
    end: int
    rows: list[Row]


def rows(text: str) -> Iterator[tuple[int, Row]]:
    """The rules that stand in comments, and their lines."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#") and (row := _ROW.search(line)) is not None:
            left, sign, right = row["left"], row["sign"], row["right"]
            yield number, Row(f"{left} {sign} {right}", _python(left), sign, _python(right))


def _python(formula: str) -> str:
    """A formula with variables for what it calls `dJ/dz`."""

    def variable(match: re.Match[str]) -> str:
        parts, after = match[0].split("."), formula[match.end() :]
        end = len(parts)
        if after.startswith("(") and end > 1:
            end -= 1
        while end > 1 and parts[end - 1] in _METHODS:
            end -= 1
        name = "_".join(parts[:end]).replace("/", "_")
        return ".".join([name, *parts[end:]])

    return _COTANGENT.sub(variable, formula)


def paragraphs(text: str, function: str, graph: Graph) -> Iterator[Paragraph]:
    """The rules of a function. Those of a line of the graph are told of all its statements, those
    under the title of a call of the ones up to the next title."""
    (found,) = [
        n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef) and n.name == function
    ]
    assert found.end_lineno is not None
    lines = text.splitlines()
    nodes = all_nodes((*graph.nodes, *graph.adjoints))
    spans = [n.origin.span for n in nodes if n.origin.span]
    sources = {_bare(source_line(s.text, margin)) for s in spans for margin in (0, 4, 8, 12)}
    heads = [  # line, indent, whether it is of a whole line of the graph
        (i, len(line) - len(line.lstrip()), _is_of(line.strip()[2:], sources))
        for i, line in enumerate(lines[: found.end_lineno], 1)
        if i > found.lineno and re.match(r" *# \S", line)
    ]
    told = dict(rows(text))
    bodies = [(n.lineno, n.end_lineno or 0) for n in ast.walk(found) if isinstance(n, ast.For)]
    for k, (at, indent, is_whole) in enumerate(heads):
        following = heads[k + 1][0] if k + 1 < len(heads) else found.end_lineno + 1
        mine = [told[i] for i in range(at, following) if i in told]
        ends = [found.end_lineno + 1]
        ends += [end + 1 for start, end in bodies if start < at <= end]
        for there, deep, whole in heads[k + 1 :]:
            if deep <= indent and (whole or not is_whole):
                ends.append(there)
                break
        if mine:
            yield Paragraph(function, at, min(ends), mine)


def _bare(source: str) -> str:
    for role in ("output ", "loss "):
        source = source.removeprefix(role)
    return source


def _is_of(comment: str, sources: set[str]) -> bool:
    comment = _bare(comment)
    return any(comment == s or comment.startswith(f"{s}   ") for s in sources)
