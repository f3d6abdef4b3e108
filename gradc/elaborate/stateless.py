"""Updates of what is no state: the declaration that is missing, or that says another thing."""

from __future__ import annotations

from gradc.diagnostics import DiagnosticError, Help, Replacement, error, near_miss
from gradc.elaborate.bindings import Instance, Poison, Scope, is_number
from gradc.elaborate.context import Context, Poisoned
from gradc.elaborate.evaluate import evaluate
from gradc.elaborate.order import subtrees, used_names
from gradc.ir.node import Value
from gradc.ir.sizes import shape_text
from gradc.ir.types import Type
from gradc.patterns import pattern
from gradc.source import Span
from gradc.syntax import tree

_DECLARED = "what the next call starts from is declared by `{0}`"


def no_state(context: Context, statement: tree.Update, scope: Scope) -> DiagnosticError:
    """What is wrong with an update of a parameter, an input, a value, or of nothing."""
    name, span = statement.name.name, statement.name.span
    value = " ".join(statement.value.span.text.split())
    bound = scope.values.get(name) if scope.top else None
    if any(p.name == name for _, p in context.found.params) and scope.top:
        told = "leave the line out: the caller makes the step, by what `backward` returns"
        helps: list[str] = [
            Help(told, [Replacement(statement.span.lines, "")]),
            f"the next value may go out as well: `output {name}_next = {value}`",
        ]
        return error("E0201", f"`{name}` is a parameter, and no state", span, helps=helps)
    if isinstance(bound, Poison):
        raise Poisoned  # of a declaration that failed
    if bound is not None:
        given = any(i.name == name for _, i in context.found.inputs)
        message = f"`{name}` is {'an input' if given else 'a value'}, and no state"
        helps = [_instead(context, name, bound, span)]
        if not given and all(n != name for n, _ in used_names(statement.value)):
            helps = ["every name is bound once: the new value has another name"]
        return error("E0201", message, span, helps=helps)
    near = near_miss(name, [s.name for _, s in context.found.states])
    helps_ = near or (_DECLARED.format(_state(context, name, _kind(context, statement, scope))),)
    return error("E0201", f"no state is called `{name}`", span, helps=helps_)


def _state(context: Context, name: str, kind: Type, start: str = "0") -> str:
    """The declaration of a state of this type."""
    usual = kind.dtype == context.dtype_in(Scope(context.module))
    stated = f"{'' if usual else kind.dtype}{shape_text(kind.shape) if kind.rank else ''}"
    return f"state {name}{f': {stated}' if stated else ''} = {start}"


def _instead(context: Context, name: str, bound: object, span: Span) -> str:
    """The declaration of a state in the place of the line that binds the name otherwise."""
    start = "0"
    if is_number(bound):
        kind = Type("i64" if isinstance(bound, int) else context.dtype_in(Scope(context.module)))
        start = str(getattr(bound, "text", "") or bound)
    elif isinstance(bound, Instance) and isinstance(bound.value, Value):
        kind = bound.value.type
    else:
        kind = bound.type if isinstance(bound, Value) else Type("f64")
    text = _state(context, name, kind, start)
    line = pattern(rf"(?m)^[ \t]*((?:input[ \t]+)?{name}[ \t]*[:=][^#\n]*?)[ \t]*(?:#.*)?$")
    found = line.search(span.source.text)
    if found is None:
        return _DECLARED.format(text)
    place = Span(span.source, *found.span(1))
    told = f"instead of line {place.line} declare `{text}`: each call starts from it"
    return Help(told, [Replacement(place, text)])


def _kind(context: Context, statement: tree.Update, scope: Scope) -> Type:
    """The type of a state, as far as what its update adds tells: that of its largest part."""
    kinds: list[Type] = []
    for part in subtrees(statement.value):
        read = [n for n, _ in used_names(part)] if isinstance(part, tree.Call | tree.Name) else []
        if not read or statement.name.name in read:
            continue
        try:
            with context.apart():
                found = evaluate(context, part, scope)
        except (DiagnosticError, Poisoned):
            continue
        if isinstance(found, Value):
            kinds.append(found.type)
            if isinstance(part, tree.Call):
                break  # what it is given has other types
    return max(kinds, key=lambda kind: kind.rank, default=Type(context.dtype_in(scope)))
