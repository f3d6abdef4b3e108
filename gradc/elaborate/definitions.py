"""What can be wrong with a function, a layer or a rule before it is ever called."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gradc.diagnostics import Diagnostic, Help, Label, Replacement, error, plural
from gradc.elaborate.members import MEMBERS, RECEIVERS
from gradc.elaborate.order import (
    binders,
    bound_names,
    instance_names,
    order_statements,
    used_names,
)
from gradc.syntax import tree
from gradc.syntax.habits.names import fresh


def definition_errors(
    definition: tree.FnDef, is_function: Callable[[str], bool]
) -> Iterator[Diagnostic]:
    """What is wrong with the body of a function or layer, whatever it is called with."""
    if objects := _objects(definition):
        yield objects
        return
    *statements, last = definition.body
    returned = [last]
    if not isinstance(last, tree.Return):
        statements.append(last)
        returned = []
        if not any(isinstance(s, tree.Return) for s in statements):
            message = f"`{definition.name.name}` has no `return` at its end"
            helps = _last_line(definition, last)
            yield from error("E0208", message, definition.name.span, helps=helps).diagnostics
    for statement in statements:
        yield from _misplaced(statement, definition.role == "layer")
    if definition.role == "layer":
        yield from _members(statements)
    yield from _names([p.name for p in definition.parameters], statements, is_function, returned)


def _objects(definition: tree.FnDef) -> Diagnostic | None:
    """What is said of a parameter that stands for an object or a dictionary."""
    first = definition.parameters[0].name.name if definition.parameters else ""
    text = definition.span.text
    if first not in RECEIVERS and '["' not in text and "['" not in text:
        return None
    from gradc.elaborate.habits.receivers import entries, received_object

    return received_object(definition) or entries(definition)


_OUTSIDE = {
    "output": "leave `output` out: `return` gives what the function makes to whoever calls it",
    "loss": "leave `loss` out: it stands in the file, for what a call returns",
    "next": "leave `next` out: it stands in the body of a `scan`",
    "wrt": "it stands in the file, outside of every function",
}


def _last_line(definition: tree.FnDef, last: tree.Statement) -> list[str]:
    """The `return` that is missing: of what stands last, or of what a parameter is there for."""
    if isinstance(last, tree.ParamDecl) and definition.parameters:
        sizes = last.type.sizes if last.type is not None else None
        sign = "@" if sizes and len(sizes) == 2 else "*"
        made = f"{definition.parameters[0].name.name} {sign} {last.name.name}"
        return [f"its last line says what is made of the parameter: `return {made}`"]
    bound = [n.name for n in bound_names(last)]
    return [f"its last line is `return {', '.join(bound)}`"] if bound else []


def _misplaced(statement: tree.Statement, in_layer: bool) -> Iterator[Diagnostic]:
    owned = isinstance(statement, tree.ParamDecl | tree.StateDecl | tree.Update)
    if isinstance(statement, tree.Return):
        message = "`return` is the last statement of a function"
        helps = ["put it last, or leave out what stands behind it"]
        yield from error("E0208", message, statement.span, helps=helps).diagnostics
    elif owned and not in_layer:
        message, helps = "a function owns no parameters or state", ["make the function a `layer`"]
        if isinstance(statement, tree.Update):
            stated = f"declares `state {statement.name.name}` itself"
            helps = [f"make the function a `layer` that {stated}, and call it by a name"]
        yield from error("E0208", message, statement.span, helps=helps).diagnostics
    elif isinstance(statement, tree.Assign) and statement.role:
        message = f"`{statement.role}` cannot stand in a function"
        helps = [_OUTSIDE[statement.role]]
        yield from error("E0208", message, statement.span, helps=helps).diagnostics
    elif not owned and not isinstance(statement, tree.Assign | tree.ConstDecl | tree.Scan):
        message = "this statement cannot stand in a function"
        helps = ["it stands in the file, outside of every function"]
        if isinstance(statement, tree.InputDecl):
            helps = ["what a function is given stands in its parentheses"]
        elif isinstance(statement, tree.Mark):
            helps = [_OUTSIDE[statement.role]]
        yield from error("E0208", message, statement.span, helps=helps).diagnostics


def _members(statements: list[tree.Statement]) -> Iterator[Diagnostic]:
    """Parameters, and instances of layers, that would hide a member of every value."""
    for statement in statements:
        names: list[tree.Identifier] = []
        if isinstance(statement, tree.ParamDecl | tree.StateDecl):
            names = [statement.name]
        elif isinstance(statement, tree.Assign):
            names = instance_names(statement.value)
        for name in names:
            if name.name in MEMBERS:
                message = f"`{name.name}` is no name for a parameter"
                helps = [f"every value has a `.{name.name}`"]
                yield from error("E0214", message, name.span, helps=helps).diagnostics


def _names(
    parameters: list[tree.Identifier],
    statements: list[tree.Statement],
    is_function: Callable[[str], bool],
    returned: list[tree.Statement],
) -> Iterator[Diagnostic]:
    """Names that are bound twice, and cycles; what is `returned` reads them as well."""
    found: list[Diagnostic] = [*_twice(parameters)]
    if found:
        yield from found
        return
    given = (
        tree.DimDecl(parameters[0].span, tuple((p, None) for p in parameters))
        if (parameters)
        else None
    )
    binders([*([given] if given else ()), *statements, *returned], found)
    if not found:
        _, failure = order_statements(statements, binders(statements), is_function)
        found.extend(failure.diagnostics if failure else ())
    yield from found


def _own_names(rule: tree.VjpDef) -> Help:
    """The results of a rule and their cotangents by names that no argument has."""
    given = {p.name for p in rule.parameters}
    numbered = ["y"] if len(rule.results) == 1 else [f"y{i + 1}" for i in range(len(rule.results))]
    results = [f"{n}_out" if n in given else n for n in numbered]
    cotangents = [f"d{name}" for name in results]
    listed = ", ".join(p.name for p in rule.parameters)
    text = f"vjp {rule.name.name}({listed}) -> {', '.join(results)}; {', '.join(cotangents)}"
    spans = [n.span for n in (*rule.results, *rule.cotangents)]
    edits = [Replacement(s, t) for s, t in zip(spans, (*results, *cotangents), strict=True)]
    own = dict(zip((n.name for n in rule.cotangents), cotangents, strict=True))
    read = [(s, own[n]) for n, s in used_names(rule.body) if n in own and n not in given]
    edits += [Replacement(span, text) for span, text in read]
    return Help(f"results and cotangents have names of their own: `{text}`", edits)


def _twice(parameters: list[tree.Identifier], advice: Help | None = None) -> Iterator[Diagnostic]:
    """Parameters of one name; `advice` is what is said instead of another name for the second."""
    first: dict[str, tree.Identifier] = {}
    for parameter in parameters:
        name = parameter.name
        if name in first:
            labels = [Label(first[name].span, "first bound here")]
            own = fresh(name, parameter.span.source.text)
            edit = Replacement(parameter.span, own)
            helps = [advice or Help(f"each has a name of its own: `{own}`", [edit])]
            message = f"`{name}` is bound twice"
            failure = error("E0202", message, parameter.span, labels=labels, helps=helps)
            yield from failure.diagnostics
        first.setdefault(name, parameter)


def rule_errors(rule: tree.VjpDef, function: tree.FnDef) -> Iterator[Diagnostic]:
    """What is wrong with a derivative rule, whatever its function is called with."""
    name = rule.name.name
    parameters = [p.name.name for p in function.parameters]
    given = [p.name for p in rule.parameters]
    last = function.body[-1]
    results = len(last.values) if isinstance(last, tree.Return) else len(rule.results)
    problem = ""
    if function.role == "layer":
        problem = f"`{name}` is a layer; only functions have a rule of their own"
    elif given != parameters:
        problem = f"the rule's arguments are {_listed(given)}, the function's {_listed(parameters)}"
    elif len(rule.results) != results:
        problem = f"the rule names {plural(len(rule.results), 'result')}, `{name}` has {results}"
    elif len(rule.results) != len(rule.cotangents):
        problem = "each result has one cotangent"
    if problem:
        labels = [Label(function.name.span, "defined here")]
        helps = []
        if function.role == "layer":
            called = f"{name[:1].lower()}{name[1:]}_of"
            told = f"put what needs the rule into a function, `fn {called}(…)`"
            helps = [f"{told}, which `{name}` calls"]
        if given != parameters and function.role != "layer":
            head = f"`vjp {name}({', '.join(parameters)})`"
            helps = [f"{head} names them as the function does, and its body reads these names"]
        elif function.role != "layer" and len(rule.results) != results:
            own = [n.name for n in rule.results][:results]
            own += [f"{own[0] if own else 'y'}{i}" for i in range(len(own) + 1, results + 1)]
            listed = f"{', '.join(own)}; {', '.join(f'd{n}' for n in own)}"
            helps = [f"each result has a name and a cotangent: `-> {listed} {{`"]
        yield from error("E0402", problem, rule.name.span, labels=labels, helps=helps).diagnostics
        return
    for statement in rule.body:
        plain = isinstance(statement, tree.Assign) and not statement.role
        if not plain and not isinstance(statement, tree.ConstDecl | tree.Scan):
            message = "this statement cannot stand in a rule"
            helps = [_said(statement, parameters)]
            yield from error("E0208", message, statement.span, helps=helps).diagnostics
    names = [*rule.parameters, *rule.results, *rule.cotangents]
    found: list[Diagnostic] = [*_twice(names, _own_names(rule))]
    if found:
        yield from found[:1]
        return
    binders([tree.DimDecl(rule.span, tuple((n, None) for n in names)), *rule.body], found)
    yield from found


def _said(statement: tree.Statement, parameters: list[str]) -> str:
    """What stands in a rule instead of a statement that cannot: cotangents, each by its name."""
    told = "a rule says the cotangent of each argument by its name"
    values = statement.values if isinstance(statement, tree.Return) else ()
    if len(values) != len(parameters):
        return f"{told}: `d{parameters[0]} = …`" if parameters else told
    lines = [f"`d{p} = {v.span.text}`" for p, v in zip(parameters, values, strict=True)]
    return f"{told}: {' and '.join(lines)}"


def _listed(names: list[str]) -> str:
    return f"({', '.join(names)})"
