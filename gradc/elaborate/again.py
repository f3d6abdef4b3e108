"""Names that are bound again: what is said of them, and where each value's own name goes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from gradc.diagnostics import Help, Replacement
from gradc.patterns import pattern
from gradc.source import Span
from gradc.syntax import tree
from gradc.syntax.habits.enclosed import wrapped
from gradc.syntax.habits.names import fresh, next_of_state

_TOLD = "every name is bound exactly once; give the new value its own name"


def own_name(statement: tree.Statement, second: tree.Identifier, taken: set[str]) -> str:
    """Another name for what a statement binds again, `taken` from then on; empty for none."""
    if not isinstance(statement, tree.Assign) or statement.role == "loss":
        return ""
    if len(statement.targets) > 1:
        return ""
    number = 2
    while f"{second.name}{number}" in taken:
        number += 1
    taken.add(f"{second.name}{number}")
    return f"{second.name}{number}"


def bound_again(
    first: tree.Statement,
    statement: tree.Statement,
    second: tree.Identifier,
    own: str,
    read: Iterable[Span],
    third: tree.Identifier | None,
) -> list[str]:
    """What is said of a statement that binds what `first` binds; the rest as for `renamed`."""
    name = second.name
    if isinstance(first, tree.StateDecl) and isinstance(statement, tree.Assign):
        return [_updated(statement, second, own, [*read], third)]
    if isinstance(statement, _DECLARED) and type(statement) is type(first):
        other = " ".join(statement.span.text.split())
        heads = ["".join(s.span.text.partition("=")[0].split()) for s in (first, statement)]
        shapes = [pattern(r"\[[^\]]*\]").findall(head) for head in heads]
        if shapes[0] == shapes[1] or not all(shapes):
            return ["leave one of the two declarations out"]
        new = fresh(name, statement.span.source.text)
        text = pattern(rf"\b{name}\b").sub(new, other, count=1)
        edit = Replacement(Span(second.span.source, second.span.start, second.span.end), new)
        return [Help(f"another one has a name of its own: `{text}`", [edit])]
    if isinstance(statement, _IMPORTS) and isinstance(first, _IMPORTS):
        return ["leave one of the two imports out"]
    if first is statement and isinstance(statement, tree.Scan):
        return [_collected(statement, second)]
    if isinstance(statement, tree.Assign) and (call := _instance(statement, second)):
        return _called_again(call, second, own)
    helps = [_one_loss(first, statement) or renamed(statement, second, own, read, third)]
    if isinstance(first, tree.ParamDecl):
        given = "the gradient that `backward` returns"
        helps.insert(0, f"the caller updates `{name}`, by {given}")
    return helps


def _collected(scan: tree.Scan, second: tree.Identifier) -> str:
    """`output h = next h` in the loop that carries `h`: another name for what is collected."""
    name, told = second.name, "what a scan carries is collected by a name of its own"
    said = [
        s for s in scan.body
        if isinstance(s, tree.Assign) and s.role == "output" and s.targets[0].name is second
    ]  # fmt: skip
    if not said:
        return f"{told}: `output {name}s = {name}`"
    text = f"output {name}s = {' '.join(said[0].value.span.text.split())}"
    whole = Span(second.span.source, said[0].span.start, said[0].value.span.end)
    below = f"behind the loop `{name}s` is all of them, and `{name}` the last one"
    return Help(f"{told}: `{text}`; {below}", [Replacement(whole, text)])


def _updated(
    statement: tree.Assign,
    second: tree.Identifier,
    own: str,
    read: Sequence[Span],
    third: tree.Identifier | None,
) -> str:
    """A statement that binds a state again: an update of it."""
    name, value = second.name, statement.value.span
    source, text = value.source, " ".join(value.text.split())
    updated = pattern(rf"(?m)^[ \t]*update[ \t]+{name}\b").search(source.text, value.end)
    if third is not None or (own and updated):
        return renamed(statement, second, own, read, third)
    if not own:
        made = f"of which the state's next value is made: `update {name} = …`"
        return f"give it a name of its own, {made}"
    if not read and not statement.role:
        exact = Span(source, statement.span.start, value.end)
        edit = Replacement(exact, f"update {name} = {value.text}")
        return Help(next_of_state(name, text, ""), [edit])
    at = second.span.start - statement.span.start
    whole = " ".join(statement.span.text.split())
    bound = f"{whole[:at]}{own}" if statement.role else own
    told = next_of_state(name, text, own).replace(f"`{own} = ", f"`{bound} = ", 1)
    start = source.line_starts[statement.span.line - 1]
    margin = " " * (statement.span.start - start)
    edits = [Replacement(Span(s.source, s.start, s.end), own) for s in (second.span, *read)]
    end = Span(source, value.end, value.end)
    return Help(told, [*edits, Replacement(end, f"\n{margin}update {name} = {own}")])


def _instance(statement: tree.Assign, name: tree.Identifier) -> tree.Call | None:
    """The call that a statement gives this name to, by `as`."""
    pending: list[tree.Expr] = [statement.value]
    while pending:
        expr = pending.pop()
        if isinstance(expr, tree.Call):
            if expr.instance is name:
                return expr
            pending += [expr.callee, *(a.value for a in expr.args)]
        elif isinstance(expr, tree.Binary):
            pending += [expr.left, expr.right]
        elif isinstance(expr, tree.Unary):
            pending.append(expr.operand)
        elif isinstance(expr, tree.Member | tree.Index):
            pending.append(expr.base)
        elif isinstance(expr, tree.ListExpr):
            pending += expr.items
    return None


def _called_again(call: tree.Call, name: tree.Identifier, own: str) -> list[str]:
    """`Dense(b, 8) as enc` where another call is `enc`: the same parameters, or others."""
    arrays: list[str] = []
    for argument in call.args:
        if argument.keyword is not None or isinstance(argument.value, _KNOWN):
            break
        arrays.append(" ".join(argument.span.text.split()))
    text = f"{name.name}({', '.join(arrays)})"
    place = Span(call.span.source, call.span.start, max(call.span.end, name.span.end))
    shared = f"to share its parameters call the instance: `{text}`"
    helps: list[str] = [Help(shared, [Replacement(place, text)])]
    if own:
        exact = Span(name.span.source, name.span.start, name.span.end)
        told = f"for parameters of its own write `as {own}`"
        helps.append(Help(told, [Replacement(exact, own)]))
    return helps


_KNOWN = (tree.Number, tree.String, tree.Keyword, tree.ListExpr)
_DECLARED = (tree.ParamDecl, tree.InputDecl, tree.ConstDecl, tree.DimDecl)
_IMPORTS = (tree.FromImport, tree.Import)


def _one_loss(first: tree.Statement, second: tree.Statement) -> str | None:
    """Two terms of a loss, each said to be all of it: their sum."""
    if not isinstance(first, tree.Assign) or not isinstance(second, tree.Assign):
        return None
    if first.role != "loss" or second.role != "loss" or len(first.targets) > 1:
        return None
    target, source = first.targets[0], first.span.source
    start = source.text.rfind("\n", 0, second.span.start) + 1
    end = source.text.find("\n", second.span.end) + 1 or len(source.text)
    whole, further = first.value.span.text, second.value.span.text
    both = re.sub(rf"(?<![\w.]){target.name.name}\b", lambda _: wrapped(whole), further)
    if both == further:
        both = f"{whole} + {further}"
    text = " ".join(f"loss {target.span.text} = {both}".split())
    edits = [
        Replacement(Span(source, first.value.span.start, first.value.span.end), both),
        Replacement(Span(source, start, end), ""),
    ]
    return Help(f"every name is bound exactly once; one loss of both is `{text}`", edits)


def renamed(
    statement: tree.Statement,
    second: tree.Identifier,
    own: str,
    read: Iterable[Span],
    third: tree.Identifier | None,
) -> str:
    """A statement that binds a name again, with a name of its own, which is `read` below.

    `third` is where the name is bound once more: what is below that reads another value.
    """
    if not own:
        return _TOLD
    at, text = second.span.start - statement.span.start, statement.span.text
    new = " ".join(f"{text[:at]}{own}{text[at + len(second.name) :]}".split())
    until = "" if third is None else f", as far as line {third.span.line}"
    places = {span.start: span for span in (second.span, *read)}
    edits = [Replacement(Span(s.source, s.start, s.end), own) for s in places.values()]
    return Help(f"{_TOLD}: `{new}`; below it write `{own}` for `{second.name}`{until}", edits)
