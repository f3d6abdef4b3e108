"""Cuts: what may be taken out of a graph's text, the largest pieces first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gradc.ir.types import Type
from gradc.records import dataclass, field_names, is_record
from gradc.source import Source, Span
from gradc.syntax import tree


@dataclass(frozen=True, slots=True)
class Edit:
    """Text put in place of a stretch of the source."""

    start: int
    end: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Cut:
    """Edits that belong together."""

    edits: tuple[Edit, ...]

    def made_in(self, text: str) -> str:
        """The text with the edits made."""
        for edit in sorted(self.edits, key=lambda e: -e.start):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return text


def cuts(module: tree.Module, types: Mapping[str, Type]) -> Iterator[Cut]:
    """What to try on a graph; `types` are those of its values, by name."""
    yield from _statements(module.statements)
    for statement in module.statements:
        if (given := _given(statement, types)) is not None:
            yield given
        if (written_out := _written_out(module, statement)) is not None:
            yield written_out
    for holder in _inside(module, (tree.FnDef, tree.VjpDef, tree.Scan)):
        yield from _statements(holder.body)
    yield from _comments(module.source)
    yield from _parts(module)
    yield from _numbers(module)


def _statements(statements: tuple[tree.Statement, ...]) -> Iterator[Cut]:
    """Runs of statements: half of them, a quarter of them, …, each alone; late ones first."""
    length = len(statements) // 2
    while length >= 1:
        for end in range(len(statements), 0, -length):
            chosen = statements[max(end - length, 0) : end]
            yield Cut(tuple(Edit(s.span.start, s.span.end) for s in chosen))
        length //= 2


def _comments(source: Source) -> Iterator[Cut]:
    """The lines that say nothing to the compiler."""
    lines = zip(source.line_starts, [*source.line_starts[1:], len(source.text)], strict=True)
    found = [Edit(a, b) for a, b in lines if source.text[a:b].lstrip().startswith("#")]
    if found:
        yield Cut(tuple(found))
    yield from (Cut((edit,)) for edit in found)


def _given(statement: tree.Statement, types: Mapping[str, Type]) -> Cut | None:
    """An input in place of a statement, so that what it is made of can go."""
    if not isinstance(statement, tree.Assign) or len(statement.targets) != 1 or statement.role:
        return None
    name = statement.targets[0].name.name
    kind = types.get(name)
    if kind is None or kind.weak:
        return None
    place = statement.span
    return Cut((Edit(place.start, place.end, f"input {name}: {kind}"),))


def _written_out(module: tree.Module, statement: tree.Statement) -> Cut | None:
    """What a statement defines, in place of its name where that is used."""
    if not isinstance(statement, tree.Assign) or len(statement.targets) != 1 or statement.role:
        return None
    name, place = statement.targets[0].name.name, statement.span
    text = f"({_text(statement.value.span)})"
    uses = [n for n in _inside(module, (tree.Name,)) if n.name == name]
    return Cut(
        (Edit(place.start, place.end), *(Edit(n.span.start, n.span.end, text) for n in uses))
    )


def _parts(module: tree.Module) -> Iterator[Cut]:
    """Each expression, with one of its own parts in its place; outer ones first."""
    for expr in _inside(module, (tree.Binary, tree.Unary, tree.Call, tree.Index, tree.Member)):
        for part in _children(expr):
            if isinstance(part, tree.Argument):
                part = part.value
            if (span := getattr(part, "span", None)) is not None and _is_value(part):
                for text in (_text(span), f"({_text(span)})"):
                    yield Cut((Edit(expr.span.start, expr.span.end, text),))
    for declared in _inside(module, (tree.InputDecl, tree.ParamDecl, tree.StateDecl)):
        if declared.value is not None:
            text = declared.span.source.text
            equals = text.rfind("=", declared.name.span.end, declared.value.span.start)
            if equals >= 0:
                yield Cut((Edit(equals, declared.value.span.end),))


def _numbers(module: tree.Module) -> Iterator[Cut]:
    """A number for each name, and smaller numbers, sizes among them."""
    for name in _inside(module, (tree.Name,)):
        yield Cut((Edit(name.span.start, name.span.end, "1.0"),))
    for number in _inside(module, (tree.Number,)):
        for smaller in (1, 2, 3):
            if isinstance(number.value, int) and number.value > smaller:
                yield Cut((Edit(number.span.start, number.span.end, str(smaller)),))


def _is_value(part: Any) -> bool:
    return isinstance(
        part,
        tree.Binary
        | tree.Unary
        | tree.Call
        | tree.Index
        | tree.Member
        | tree.Name
        | tree.Number
        | tree.ListExpr,
    )


def _text(span: Span) -> str:
    return span.source.text[span.start : span.end]


def _inside(node: Any, kinds: tuple[type, ...]) -> Iterator[Any]:
    """What of these kinds stands in a tree, outer ones first."""
    pending = [node]
    while pending:
        found = pending.pop(0)
        if isinstance(found, kinds):
            yield found
        pending += _children(found)


def _children(node: Any) -> list[Any]:
    values = [getattr(node, name) for name in field_names(node)] if is_record(node) else []
    items = [i for v in values for i in (v if isinstance(v, tuple | list) else (v,))]
    return [i for i in items if is_record(i) and not isinstance(i, Span | Source)]
