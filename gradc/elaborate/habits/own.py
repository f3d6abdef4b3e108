"""What of gradc's own a name calls, and the calls of it that a remedy writes."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.diagnostics import DiagnosticError, Help, Label, Replacement
from gradc.elaborate.bindings import Function, Scope
from gradc.elaborate.context import Context
from gradc.elaborate.habits.remedy import Written
from gradc.elaborate.habits.table import folded
from gradc.ir.operation import Operation
from gradc.patterns import pattern
from gradc.records import replace
from gradc.source import Span
from gradc.syntax import tree
from gradc.syntax.habits.enclosed import unwrapped


def like(context: Context, name: str) -> str | None:
    """The operation, function or layer of the library that has this name in another case."""
    layers = context.library.layer_module("nn")
    operations = context.library.callable_names()
    names: list[str] = [*operations, *(layers.functions if layers else ())]
    if name in names:
        return name
    wanted = folded(name)
    return next((n for n in operations if folded(n) == wanted), None)


def call_of(context: Context, name: str, arguments: Sequence[Written], scope: Scope) -> str:
    """A call of gradc's own, with the arguments by the names that they have here."""
    habits = context.library.habits
    names = parameters_of(context, name, scope)
    parts: list[tuple[str | None, str]] = []
    for argument in arguments:
        keyword = argument.keyword
        if keyword is not None and keyword not in names:
            if habits.is_idle(keyword) and habits.renamed(keyword, names) is None:
                continue
            keyword = habits.renamed(keyword, names) or keyword
        parts.append((keyword, unwrapped(argument.text)))
    return f"{name}({', '.join(f'{k}={t}' if k else t for k, t in parts)})"


def own_call(context: Context, name: str, arguments: Sequence[Written], scope: Scope) -> str:
    """The same without what has no parameter here; an element type is converted to."""
    habits = context.library.habits
    names = parameters_of(context, name, scope)
    foreign = [
        a
        for a in arguments
        if a.keyword not in (None, *names) and habits.renamed(a.keyword or "", names) is None
    ]
    text = call_of(context, name, [a for a in arguments if a not in foreign], scope)
    dtypes = [a.text for a in foreign if a.keyword == "dtype" and a.text != "none"]
    return f"astype({text}, {dtypes[0]})" if dtypes else text


def parameters_of(context: Context, name: str, scope: Scope) -> list[str]:
    """The names of the parameters of what a name calls."""
    layers = context.library.layer_module("nn")
    match callable_of(context, name, scope) or (layers and layers.functions.get(name)):
        case Operation() as op:
            return [f.name for f in op.formals]
        case Function() as function:
            return [p.name.name for p in function.definition.parameters]
        case _:
            return []


def required_of(context: Context, name: str, scope: Scope) -> int:
    """How many parameters of a layer have no default; 0 of what is no layer."""
    layers = context.library.layer_module("nn")
    found = callable_of(context, name, scope) or (layers and layers.functions.get(name))
    if not isinstance(found, Function) or not found.is_layer:
        return 0
    return sum(p.default is None for p in found.definition.parameters)


def takes_word(context: Context, name: str, parameter: str, scope: Scope) -> bool:
    """Whether a parameter takes a string: one of several modes."""
    layers = context.library.layer_module("nn")
    match callable_of(context, name, scope) or (layers and layers.functions.get(name)):
        case Operation() as op:
            return any(f.name == parameter and f.kind in ("string", "dtype") for f in op.formals)
        case Function() as function:
            formals = [p for p in function.definition.parameters if p.name.name == parameter]
            return any(isinstance(p.default, tree.String) for p in formals)
        case _:
            return False


def takes_axes(context: Context, name: str, scope: Scope) -> bool:
    """Whether the second parameter is one axis or a list of them, called `axis`."""
    match callable_of(context, name, scope):
        case Operation() as op:
            return any(f.name == "axis" and f.kind == "axes" for f in op.formals[1:2])
        case Function() as function:
            formals = function.definition.parameters[1:2]
            stated = [p.kind.name for p in formals if p.name.name == "axis" and p.kind]
            return stated == ["axes"]
        case _:
            return False


def of_the_file(name: str, scope: Scope) -> bool:
    """Whether a name calls a function or a layer that the user wrote."""
    function = scope.module.functions.get(name)
    return function is not None and not function.module.trusted


def callable_of(context: Context, name: str, scope: Scope) -> object:
    found: object = scope.module.functions.get(name)
    found = found or context.library.find_callable(name, scope.module.trusted)
    return found or scope.values.get(name, scope.module.constants.get(name))


def more_than_taken(
    function: Function, call: tree.Call, failure: DiagnosticError
) -> DiagnosticError:
    """A call with more arguments than a function of the file has parameters: it may lack one."""
    first, *others = failure.diagnostics
    definition = function.definition
    names = [p.name.name for p in definition.parameters]
    further = [a.value for a in call.args if a.keyword is None][len(names) :]
    if function.module.trusted or " takes " not in first.message or not further:
        return failure
    label = Label(definition.name.span, "defined here")
    helps = list(first.helps)
    if (within := _in_a_list(definition, call, names)) is not None:
        shown = replace(first, labels=(*first.labels, label), helps=(within,))
        return DiagnosticError([shown, *others])
    more = [v.name for v in further if isinstance(v, tree.Name) and v.name not in names]
    if names and len(more) == len(further):
        last = definition.parameters[-1].span
        listed = ", ".join([*(p.span.text for p in definition.parameters), *more])
        head = f"{definition.role} {definition.name.name}({listed})"
        edit = Replacement(Span(last.source, last.end, last.end), f", {', '.join(more)}")
        helps.append(Help(f"or line {last.line} says that it takes more: `{head}`", [edit]))
    told = replace(first, labels=(*first.labels, label), helps=tuple(helps))
    return DiagnosticError([told, *others])


def _in_a_list(definition: tree.FnDef, call: tree.Call, names: Sequence[str]) -> Help | None:
    """`mlp(x, W1, W2)` of `fn mlp(x, ws) = … ws[0] … ws[1]`: the rest stands in a list."""
    by_place = [a.value for a in call.args if a.keyword is None]
    last = names[-1] if names else ""
    body = " ".join(s.span.text for s in definition.body)
    positions = (
        {int(n) for n in pattern(rf"\b{last}\[(\d{{1,2}})\]").findall(body)} if last else set()
    )
    rest = by_place[len(names) - 1 :]
    if positions != set(range(len(rest))) or len(by_place) < len(call.args):
        return None
    text = f"[{', '.join(' '.join(v.span.text.split()) for v in rest)}]"
    place = Span(call.span.source, rest[0].span.start, rest[-1].span.end)
    given = [*(" ".join(v.span.text.split()) for v in by_place[: len(names) - 1]), text]
    told = f"`{last}` is read by position: `{definition.name.name}({', '.join(given)})`"
    return Help(told, [Replacement(place, text)])
