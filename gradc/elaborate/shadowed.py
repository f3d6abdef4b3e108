"""Shadowed: names that stand for two things.

Those that a body binds, and that are another thing where they are read outside of it; and what is
declared by the name of the flag that is given to everything that acts otherwise in training.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from gradc.diagnostics import DiagnosticError, Help, Label, Replacement, error
from gradc.elaborate.context import Context
from gradc.elaborate.order import bound_names, used_names
from gradc.syntax import tree

_Body: TypeAlias = "tree.Scan | tree.FnDef"

_TOLD = {
    "e": "is Euler's number here",
    "pi": "is the number 3.14159… here",
    "inf": "is infinity here",
    "nan": "is no number here",
    "training": "is the flag that the caller gives here",
}


def shadowed(
    statements: Sequence[tree.Statement], given: Iterable[tree.Identifier] = ()
) -> Iterator[DiagnosticError]:
    """W914 for names that the body of a scan binds, where lines below read another value by them.

    So for what is predefined and the body of a function binds. `given` is what the head of a body
    binds.
    """
    if not any([isinstance(s, tree.Scan | tree.FnDef) for s in statements]):
        return
    bound = {n.name: n for n in given}  # so far, at this level
    inner: dict[str, tuple[tree.Identifier, _Body]] = {}
    for statement in statements:
        if inner:
            read = dict(reversed([*used_names(statement)]))
            for name in [n for n in inner if n in read and _is_another(n, inner[n][1], bound)]:
                identifier, owner = inner.pop(name)
                meant = f"is what line {bound[name].span.line} binds here" if name in bound else ""
                whose = "a scan" if isinstance(owner, tree.Scan) else f"`{owner.name.name}`"
                line = identifier.span.line
                message = (
                    f"`{name}` {meant or _TOLD[name]}; the `{name}` of line {line} belongs to "
                    f"the body of {whose}"
                )
                label = Label(identifier.span, "this is another one")
                yield error("W914", message, read[name], "", [label], _helps(name, owner, line))
        own = bound_names(statement)
        for identifier in own:
            inner.pop(identifier.name, None)
            if not isinstance(statement, tree.FnDef | tree.Import | tree.FromImport):
                bound.setdefault(identifier.name, identifier)
        if isinstance(statement, tree.Scan | tree.FnDef):
            out = {n.name for n in own}
            for identifier in _kept_inside(statement):
                if identifier.name not in out:
                    inner.setdefault(identifier.name, (identifier, statement))
            yield from shadowed(statement.body, _head(statement))


def _head(statement: _Body) -> Iterator[tree.Identifier]:
    """The names that the head of a body binds in it."""
    if isinstance(statement, tree.FnDef):
        yield from (p.name for p in statement.parameters)
    else:
        yield from (*statement.carried, *(o.target for o in statement.over))


def _is_another(name: str, owner: _Body, bound: dict[str, tree.Identifier]) -> bool:
    """Whether a name that a body binds stands for something else outside of it."""
    return name in _TOLD or (isinstance(owner, tree.Scan) and name in bound)


def _kept_inside(statement: _Body) -> Iterator[tree.Identifier]:
    """The names that a body binds by plain statements: they stay in it."""
    for inner in statement.body:
        if isinstance(inner, tree.Assign) and not inner.role:
            yield from (t.name for t in inner.targets if t.name.name != "_")


def _helps(name: str, owner: _Body, line: int) -> list[str]:
    if isinstance(owner, tree.Scan):
        out = f"`output {name}` in the body collects its value of each step"
        if name not in _TOLD:
            out = f"`output {name}s = {name}` in the body collects its value of each step"
    else:
        out = f"`return` gives it to whoever calls `{owner.name.name}`"
    other = f"another name on line {line} tells the two apart"
    return [out, other]


def given_twice(
    context: Context, statements: Sequence[tree.Statement]
) -> Iterator[DiagnosticError]:
    """E0202 for what is declared as `training`, where something reads the flag of that name."""
    if context.found.training is None:
        return
    for statement in statements:
        if not isinstance(statement, tree.InputDecl | tree.ParamDecl | tree.StateDecl):
            continue
        if statement.name.name != "training":
            continue
        message = "`training` is given by the caller already"
        text = "something here, such as `dropout`, reads it"
        helps = ["what is something else has another name: `training_rate`"]
        declared = statement.type
        is_flag = declared and declared.dtype == "bool" and not declared.sizes
        if is_flag and isinstance(statement, tree.InputDecl):
            told = "leave the line out: it is false unless the caller says otherwise"
            helps = [Help(told, [Replacement(statement.span.lines, "")])]
        yield error("E0202", message, statement.name.span, text, helps=helps)
