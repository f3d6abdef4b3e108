"""Modules: what functions of a file see, and the scopes of imported files."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.diagnostics import (
    Diagnostic,
    DiagnosticError,
    Help,
    Label,
    Replacement,
    error,
    near_miss,
)
from gradc.elaborate.bindings import POISON, Function, ModuleScope
from gradc.elaborate.context import Context
from gradc.elaborate.declarations import declare_constants
from gradc.elaborate.names import is_function
from gradc.elaborate.order import binders, bound_names
from gradc.patterns import pattern
from gradc.records import replace
from gradc.source import Source, Span
from gradc.syntax import tree
from gradc.syntax.characters import mask
from gradc.syntax.parser import parse


def declare_module(
    context: Context,
    module: tree.Module,
    scope: ModuleScope,
    *,
    main: bool,
) -> None:
    """What stands in a file for functions to see."""
    context.loading.append(module.source)
    with context.kept():
        scope.dtype = _declared_dtype(module)
    if not main:
        binders(module.statements, context.found.diagnostics)
    _declare_imports(context, module, scope)
    _declare_functions(context, module.statements, scope)
    declare_constants(context, module.statements, scope, main=main)


def _declared_dtype(module: tree.Module) -> str | None:
    """What a file's `dtype` statement says."""
    found = [s for s in module.statements if isinstance(s, tree.DtypeDecl)]
    if len(found) > 1:
        labels, helps = [Label(found[0].span, "said here")], ["leave one of the two lines out"]
        raise error("E0202", "a file says its `dtype` once", found[1].span, "", labels, helps)
    if found and found[0].dtype not in ("f32", "f64"):
        raise error("E0305", "`dtype` is f32 or f64", found[0].span)
    return found[0].dtype if found else None


# --- imports ---


def _declare_imports(context: Context, module: tree.Module, scope: ModuleScope) -> None:
    """The `import` and `from` statements of a file."""
    for statement in module.statements:
        if not isinstance(statement, tree.Import | tree.FromImport):
            continue
        with context.kept() as attempt:
            if isinstance(statement, tree.Import):
                other = _file(context, statement.path, module.source)
                scope.modules[statement.alias.name] = other
            else:
                _import_names(context, statement, module.source, scope)
        if attempt.failed:
            for name in bound_names(statement):
                scope.constants.setdefault(name.name, POISON)


def _import_names(
    context: Context, statement: tree.FromImport, importer: Source, scope: ModuleScope
) -> None:
    path = statement.path
    if isinstance(path, tree.Name):
        found = context.library.layer_module(path.name)
        if found is None:
            prefix = context.library.habits.exactly(f"{path.name}.")
            taken = statement.span.text.partition("import")[2].strip()
            from gradc.syntax.habits.packages import IDLE, is_package

            idle = (is_package(path.name) or prefix) and any(
                _is_said(context, theirs.name) for theirs, _ in statement.names
            )
            whole = f'`from "{path.name}.graph" import {taken}`'
            helps = [IDLE if idle else f"a file is named in quotation marks: {whole}"]
            helps.append("`nn` holds the layers: `from nn import Dense`")
            message = f"the standard library has no `{path.name}`"
            raise error("E0216", message, path.span, helps=helps)
        other = found
    else:
        try:
            other = _file(context, path, importer)
        except DiagnosticError as failure:
            if context.library.layer_module(path.value) is None:
                raise
            taken = ", ".join(name.name for name, _ in statement.names)
            layers = f"the layers are no file: `from {path.value} import {taken}`"
            told = (replace(d, helps=(layers,)) for d in failure.diagnostics)
            raise DiagnosticError(told) from None
    for theirs, ours in statement.names:
        if theirs.name in other.functions:
            scope.functions.setdefault(ours.name, other.functions[theirs.name])
        elif theirs.name in other.constants:
            scope.constants.setdefault(ours.name, other.constants[theirs.name])
        else:
            scope.constants.setdefault(ours.name, POISON)
            context.note(_not_there(context, theirs, other))


def _is_said(context: Context, name: str) -> bool:
    """Whether a name that others import is an operation here, or is told what it is."""
    from gradc.elaborate.habits.own import like

    habits = context.library.habits
    told = habits.exactly(name) or habits.loosely(name) or habits.exactly(f"{name}.")
    return like(context, name) is not None or bool(told)


def _not_there(context: Context, name: tree.Identifier, other: ModuleScope) -> DiagnosticError:
    helps = near_miss(name.name, [*other.functions, *other.constants])
    if other.trusted and context.library.find_callable(name.name, trusted=False):
        helps = (f"every file has the operation `{name.name}`",)
    elif other.trusted:
        foreign = context.library.habits.exactly(name.name)
        names = [r.expression.partition("(")[0] for r in foreign]
        from gradc.elaborate.habits.own import like

        same = like(context, name.name)
        if same is not None:
            names.append(same)
        cased = [n for n in other.functions if n.lower() == name.name.lower()]
        own = [n for n in (*names, *cased) if (f := other.functions.get(n)) and f.is_layer]
        operations = [n for n in names if like(context, n) == n]
        if operations:
            helps = (f"every file has the operation `{operations[0]}`",)
        if own:
            steps = [r.sentence for r in foreign if own[0].endswith("Cell") and r.formals is None]
            helps = (_called(f"`{other.name}` calls it `{own[0]}`", name, own[0]), *steps)
    if name.name in ("Sequential", "Chain", "ModuleList", "Module"):
        helps = ("leave it out: a model is a row of statements, one for each layer",)
    message = f"`{other.name}` has nothing called `{name.name}`"
    if (line := other.values.get(name.name)) is not None:
        message = f"`{name.name}` is a value of `{other.name}`, on line {line}"
        helps = ("a file gives its functions, layers, constants and fixed dimensions to others",)
    return error("E0201", message, name.span, helps=helps)


def _called(told: str, name: tree.Identifier, own: str) -> str:
    """A help that gives an imported name its own here, and in the calls of it."""
    source, place = name.span.source, name.span
    line = source.text[source.line_starts[place.line - 1] : place.start]
    if not line.lstrip().startswith("from"):
        return told
    called = pattern(rf"(?<![\w.]){name.name}(?=\()").finditer(mask(source.text))
    edits = [Replacement(Span(source, *m.span()), own) for m in called]
    return Help(told, [Replacement(Span(source, place.start, place.end), own), *edits])


def _file(context: Context, path: tree.String, importer: Source) -> ModuleScope:
    """The scope of another file, which is read the first time that it is asked for."""
    if context.imports is None:
        raise error("E0216", "nothing can be imported here", path.span)
    source = context.imports.open(path.value, importer, path.span)
    loading = context.loading
    if source in loading:
        names = [s.name for s in loading[loading.index(source) :]] + [source.name]
        raise error("E0204", f"files import each other: {' → '.join(names)}", path.span)
    if source not in context.loaded:
        context.budget.read(source, mask(source.text))
        try:
            module = parse(source)
        except DiagnosticError as failure:
            here = Label(path.span, "imported here")
            raise DiagnosticError(_with_label(d, here) for d in failure.diagnostics) from None
        scope = ModuleScope(source.name)
        for statement in module.statements:
            scope.values |= {n.name: n.span.line for n in bound_names(statement)}
        declare_module(context, module, scope, main=False)
        loading.pop()
        context.loaded[source] = scope
    return context.loaded[source]


def _with_label(found: Diagnostic, label: Label) -> Diagnostic:
    return replace(found, labels=(*found.labels, label))


# --- functions ---


def _declare_functions(
    context: Context, statements: Sequence[tree.Statement], module: ModuleScope
) -> None:
    """The functions and layers of a file, and the rules that belong to them."""
    functions = [s for s in statements if isinstance(s, tree.FnDef)]
    for definition in functions:
        module.functions.setdefault(definition.name.name, Function(definition, module))
    for definition in functions:
        from gradc.elaborate.definitions import definition_errors

        wrong = list(definition_errors(definition, lambda n: is_function(context, n, module)))
        module.functions[definition.name.name].broken |= bool(wrong)
        context.found.diagnostics.extend(wrong)
    for statement in statements:
        if isinstance(statement, tree.VjpDef):
            with context.kept():
                _attach(context, statement, module)


def _attach(context: Context, rule: tree.VjpDef, module: ModuleScope) -> None:
    """Gives a function the rule that is written for it."""
    from gradc.elaborate.definitions import rule_errors

    name = rule.name
    function = module.functions.get(name.name)
    if function is None or function.module is not module:
        from gradc.elaborate.habits.ruling import of_no_function

        helps = of_no_function(context, rule, module)
        message = f"there is no function `{name.name}` in this file"
        raise error("E0402", message, name.span, helps=helps)
    if function.rule is not None:
        first = Label(function.rule.name.span, "the first one")
        message = f"`{function.name}` has a rule already"
        raise error("E0402", message, name.span, labels=[first])
    function.rule = rule
    wrong = list(rule_errors(rule, function.definition))
    if wrong:
        function.broken = True
        raise DiagnosticError(wrong)
