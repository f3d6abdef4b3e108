"""The scopes of a file, with the names that its statements bind in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from gradc.editor.scopes import Builtin, Meaning, Scope, Symbol
from gradc.elaborate.order import instance_names
from gradc.records import dataclass, field
from gradc.source import Span
from gradc.syntax import tree

Opened = Callable[[tree.String | tree.Name], Scope | None]
"""The scope of an imported file; None where there is none."""

Definition = tree.FnDef | tree.VjpDef


@dataclass(slots=True)
class Declared:
    """The scope of a file, and those of its functions, rules and scans."""

    file: Scope
    functions: dict[Definition, Scope] = field(default_factory=dict)
    scans: dict[tree.Scan, Scope] = field(default_factory=dict)

    @property
    def inner(self) -> Iterator[Scope]:
        yield from self.functions.values()
        yield from self.scans.values()


def declare(module: tree.Module, opened: Opened) -> Declared:
    """The scopes of a file."""
    whole = Span(module.source, 0, len(module.source.text))
    found = Declared(Scope("file", whole))
    _declare_all(found, module.statements, found.file, opened)
    for statement in module.statements:
        if isinstance(statement, tree.FnDef):
            _function(found, statement)
    for statement in module.statements:
        if isinstance(statement, tree.VjpDef):
            _rule(found, statement)
    return found


def _declare_all(
    found: Declared,
    statements: Iterable[tree.Statement],
    scope: Scope,
    opened: Opened | None = None,
) -> None:
    for statement in statements:
        match statement:
            case tree.DimDecl():
                for name, _ in statement.items:
                    _bind(scope, name, "dim", statement)
            case tree.InputDecl():
                _bind(scope, statement.name, "input", statement)
            case tree.ParamDecl():
                _bind(scope, statement.name, "param", statement)
            case tree.ConstDecl():
                _bind(scope, statement.name, "const", statement)
            case tree.StateDecl():
                _bind(scope, statement.name, "state", statement)
            case tree.Assign():
                _assigned(scope, statement)
            case tree.Update() | tree.Return() | tree.Mark():
                _instances(scope, statement)
            case tree.Scan():
                _scan(found, statement, scope)
            case tree.FnDef():
                _bind(scope, statement.name, statement.role, statement)
            case tree.Import() if opened:
                symbol = _bind(scope, statement.alias, "file", statement)
                symbol.inner = opened(statement.path)
            case tree.FromImport() if opened:
                _imported(scope, statement, opened(statement.path))
            case _:
                pass


def _bind(
    scope: Scope, name: tree.Identifier, kind: str, statement: tree.Statement | None
) -> Symbol:
    """A new symbol. Of a name that is bound twice the first counts."""
    doc = getattr(statement, "doc", "")
    symbol = Symbol(name.name, kind, name.span, statement, doc, scope)
    if name.name != "_":
        scope.names.setdefault(name.name, symbol)
    return symbol


def _assigned(scope: Scope, statement: tree.Assign) -> None:
    if statement.role != "next":
        for target in statement.targets:
            symbol = _bind(scope, target.name, "value", statement)
            if len(statement.targets) == 1 and isinstance(statement.value, tree.Call):
                symbol.call = statement.value
    _instances(scope, statement)


def _instances(scope: Scope, statement: tree.Statement) -> None:
    """The names after `as`."""
    for call in calls_of(statement):
        if call.instance is not None:
            _bind(scope, call.instance, "instance", statement).call = call


def calls_of(statement: tree.Statement) -> list[tree.Call]:
    """The calls that an instance may be named in."""
    values = statement.values if isinstance(statement, tree.Return) else ()
    found: list[tree.Call] = []
    for expr in (getattr(statement, "value", None), *values):
        if instance_names(expr):
            pending = [expr]
            while pending:
                item = pending.pop()
                if isinstance(item, tree.Call):
                    found.append(item)
                pending.extend(parts_of(item))
    return found


def parts_of(node: object) -> Iterator[object]:
    """What a piece of tree is made of."""
    if isinstance(node, tuple):
        yield from node
        return
    for name in getattr(type(node), "__dataclass_fields__", ()):
        if name not in ("span", "op_span", "depth", "doc"):
            yield getattr(node, name)


def _imported(scope: Scope, statement: tree.FromImport, other: Scope | None) -> None:
    for theirs, ours in statement.names:
        meaning: Meaning | None = other.names.get(theirs.name) if other else None
        if theirs.span.start == ours.span.start and meaning is not None:
            scope.names.setdefault(ours.name, meaning)
        else:
            _bind(scope, ours, "alias", statement).target = meaning


def _scan(found: Declared, statement: tree.Scan, scope: Scope) -> None:
    """The names of a body. Some of them are known outside as well."""
    inner = Scope("scan", _body_span(statement), scope)
    found.scans[statement] = inner
    for carried in statement.carried:
        inner.names[carried.name] = _bind(scope, carried, "carried", statement)
    for over in statement.over:
        _bind(inner, over.target, "element", statement)
    _declare_all(found, statement.body, inner)
    for name, symbol in inner.names.items():
        if isinstance(symbol, Symbol) and (symbol.call or _is_output(symbol)):
            scope.names.setdefault(name, symbol)
    marks = [s for s in statement.body if isinstance(s, tree.Mark)]
    for name in [n.name for mark in marks for n in mark.names]:
        if name in inner.names:
            scope.names.setdefault(name, inner.names[name])


def _is_output(symbol: Symbol) -> bool:
    return isinstance(symbol.statement, tree.Assign) and symbol.statement.role == "output"


def _body_span(scan: tree.Scan) -> Span:
    """From the last part of the head on: what the scan walks along is outside."""
    heads: Sequence[tree.Expr] = (*scan.initial, *(o.axis or o.sequence for o in scan.over))
    start = max(e.span.end for e in (*heads, *([scan.times] if scan.times else [])))
    return Span(scan.span.source, start, scan.span.end)


def _function(found: Declared, definition: tree.FnDef) -> None:
    """Parameters, the dimensions that patterns of theirs bind, and the body's names."""
    scope = Scope(definition.role, definition.span, found.file)
    found.functions[definition] = scope
    own = found.file.names.get(definition.name.name)
    if isinstance(own, Symbol) and own.statement is definition:
        own.inner = scope
    for parameter in definition.parameters:
        _bind(scope, parameter.name, "argument", definition).doc = ""
    for parameter in definition.parameters:
        for size in (parameter.type.sizes if parameter.type else None) or ():
            if isinstance(size, tree.Name) and scope.find(size.name) is None:
                name = tree.Identifier(size.span, size.name)
                _bind(scope, name, "dim", definition).doc = ""
    _declare_all(found, definition.body, scope)


def _rule(found: Declared, rule: tree.VjpDef) -> None:
    """A rule's arguments are those of its function, whatever order the two stand in."""
    scope = Scope("rule", rule.span, found.file)
    found.functions[rule] = scope
    function = found.file.names.get(rule.name.name)
    formals = function.inner.names if isinstance(function, Symbol) and function.inner else {}
    for name in rule.parameters:
        scope.names[name.name] = formals.get(name.name) or _bind(scope, name, "argument", rule)
    for name in (*rule.results, *rule.cotangents):
        _bind(scope, name, "value", rule)
    _declare_all(found, rule.body, scope)
    for name in rule.parameters:
        argument, cotangent = scope.names[name.name], scope.names.get(f"d{name.name}")
        if isinstance(argument, Symbol) and isinstance(cotangent, Symbol):
            cotangent.follows = argument


def builtin_scope(layers: Iterable[str], functions: Iterable[str], source: Span) -> Scope:
    """What `from nn import …` finds."""
    names: dict[str, Meaning] = {name: Builtin("operation", name) for name in functions}
    names |= {name: Builtin("layer", name) for name in layers}
    return Scope("file", source, None, names)
