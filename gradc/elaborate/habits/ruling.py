"""Rules of the user's own that go wrong: a cotangent of another shape, names of the body, heads."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradc.diagnostics import Help, Replacement, near_miss
from gradc.elaborate.bindings import ModuleScope
from gradc.elaborate.context import Context
from gradc.elaborate.order import bound_names, needed_statements, used_names
from gradc.ir.types import Type
from gradc.source import Span
from gradc.syntax import tree
from gradc.syntax.characters import mask
from gradc.syntax.habits.enclosed import wrapped
from gradc.syntax.habits.names import fresh


def of_other_shape(statement: tree.Statement, found: Type, wanted: Type) -> list[str]:
    """What is said of `dW = dy.T @ x`, where the cotangent is the transpose of what was meant."""
    if not isinstance(statement, tree.Assign) or len(statement.targets) > 1:
        return []
    if found.rank != 2 or found.shape[::-1] != wanted.shape:
        return []
    value = statement.value
    if isinstance(value, tree.Binary) and value.op == "@":
        text = f"{_turned(value.right)} @ {_turned(value.left)}"
    else:
        text = f"{wrapped(' '.join(value.span.text.split()))}.T"
    told = f"its transpose fits: `{statement.targets[0].name.name} = {text}`"
    return [Help(told, [Replacement(value.span, text)])]


def _turned(expr: tree.Expr) -> str:
    text = " ".join(expr.span.text.split())
    return text.removesuffix(".T") if text.endswith(".T") else f"{wrapped(text)}.T"


def of_no_function(context: Context, rule: tree.VjpDef, module: ModuleScope) -> Sequence[str]:
    """What is said of a rule for what no function of the file is: often an operation."""
    name = rule.name.name
    if context.library.find_callable(name, module.trusted) is None:
        return near_miss(name, module.functions)
    source = rule.span.source
    own = f"my_{name}"
    own = fresh(own, source.text) if own in source.text else own
    formals = ", ".join(p.name for p in rule.parameters)
    line = f"fn {own}({formals}) = {name}({formals})"
    told = f"`{name}` is of the library: give a function of the file the rule, `{line}`"
    told += f" and `vjp {own}({formals})`, and call `{own}`"
    start = source.line_starts[rule.span.line - 1]
    edits = [Replacement(Span(source, start, start), f"{line}\n")]
    text = mask(source.text)
    for match in re.finditer(rf"(?<![\w.]){name}(?=[ \t]*\()", text):
        at = Span(source, *match.span())
        if at.start == rule.name.span.start or not rule.span.start <= at.start < rule.span.end:
            edits.append(Replacement(at, own))
    return [Help(told, edits)]


def of_body(context: Context, name: str, span: Span) -> Help | None:
    """What is said of a name in a rule that the body of its function binds."""
    function = context.active[-1] if context.active else None
    rule = function.rule if function is not None else None
    if function is None or rule is None or rule.span.source is not span.source:
        return None
    if not rule.span.start <= span.start < rule.span.end or not rule.body:
        return None
    body = function.definition.body
    if name not in {n.name for s in body for n in bound_names(s)}:
        return None
    own = {n.name for s in rule.body for n in bound_names(s)}
    read = {n for n, _ in used_names(rule.body)} | {name}
    local = {n.name for s in body for n in bound_names(s)} - own
    needed = needed_statements(body, tuple(sorted(read & local)))
    if any(isinstance(s, tree.Return) for s in needed):
        return None
    if any({n.name for n in bound_names(s)} & own for s in needed):
        return None
    lines = [s.span.text.strip() for s in needed]
    shown = " and ".join(f"`{' '.join(line.split())}`" for line in lines)
    told = f"`{name}` belongs to the body of `{function.name}`: the rule says it again, {shown}"
    first = rule.body[0].span
    start = first.source.line_starts[first.line - 1]
    margin = first.source.text[start : first.start]
    if not margin.strip():
        text = "".join(f"{margin}{line}\n" for line in lines)
        return Help(told, [Replacement(Span(first.source, start, start), text)])
    text = "".join(f"\n    {line}" for line in (*lines, *(s.span.text for s in rule.body)))
    whole = Span(first.source, first.start, rule.body[-1].span.end)  # `{ dx = … }` on one line
    return Help(told, [Replacement(whole, f"{text}\n")])
