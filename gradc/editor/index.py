"""The index of a file: what stands at each position, and where each symbol is used."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from gradc.editor.declared import Declared, parts_of
from gradc.editor.scopes import Builtin, Meaning, Place, Scope, Symbol, resolved
from gradc.elaborate.bindings import PREDEFINED
from gradc.elaborate.initial import INITIALISERS
from gradc.elaborate.members import MEMBERS
from gradc.records import dataclass, field
from gradc.source import Span
from gradc.syntax import tree

_WORD = re.compile(r"\w+")
_OWNED = ("param", "state", "instance", "value")  # what an instance offers behind its dot


@dataclass(slots=True, eq=False)
class _Names:
    """What is met while a tree is walked."""

    declared: Declared
    is_operation: Callable[[str], bool]
    places: list[Place] = field(default_factory=list)

    def add(self, span: Span, meaning: Meaning | None, *, binds: bool = False) -> None:
        if meaning is not None:
            self.places.append(Place(span, meaning, binds))


@dataclass(eq=False)
class Index:
    """What stands where in a file."""

    declared: Declared
    places: list[Place]  # in the order of the text

    @classmethod
    def of(
        cls, module: tree.Module, declared: Declared, is_operation: Callable[[str], bool]
    ) -> Index:
        names = _Names(declared, is_operation)
        for statement in module.statements:
            _walk(names, statement, declared.file)
        return cls(declared, sorted(names.places, key=lambda p: (p.span.start, p.span.end)))

    @cached_property
    def _starts(self) -> list[int]:
        return [p.span.start for p in self.places]

    def at(self, offset: int) -> Place | None:
        """What stands at an offset, or ends there."""
        for place in self.places[max(0, bisect_right(self._starts, offset) - 2) :][:2][::-1]:
            if place.span.start <= offset <= place.span.end:
                return place
        return None

    def uses(self, symbol: Symbol) -> list[Place]:
        """Where a symbol stands in this file, its binding included."""
        key = symbol.key
        return [p for p in self.places if isinstance(p.meaning, Symbol) and p.meaning.key == key]

    def scope_at(self, offset: int) -> Scope:
        """The innermost scope around an offset."""
        around = [s for s in self.declared.inner if s.span.start <= offset <= s.span.end]
        return min(around, key=lambda s: s.span.end - s.span.start, default=self.declared.file)


def _walk(names: _Names, statement: tree.Statement, scope: Scope) -> None:
    """The places of a statement. Chains of operators may be long, so nothing recurs here."""
    pending: list[tuple[object, Scope]] = [(statement, scope)]
    while pending:
        node, scope = pending.pop()
        pending.extend(_meet(names, node, scope))


def _meet(names: _Names, node: object, scope: Scope) -> Iterable[tuple[object, Scope]]:
    """Adds the places of one node; comes back with the parts to look at, and in which scope."""
    match node:
        case tree.Name() | tree.Identifier():
            found = scope.find(node.name)
            binds = isinstance(found, Symbol) and found.span.start == node.span.start
            names.add(node.span, found or _predefined(node.name), binds=binds)
            return ()
        case tree.Call():
            return _call(names, node, scope)
        case tree.Member():
            names.add(node.name.span, member_of(node, scope))
            return [(node.base, scope)]
        case tree.WrtDecl():
            for path in node.paths:
                _path(names, path, scope)
            return ()
        case tree.ParamDecl():
            _initialiser(names, node.initialiser)
            drawn = node.initialiser.args if isinstance(node.initialiser, tree.Call) else ()
            return [(part, scope) for part in (node.name, node.type, drawn, node.value)]
        case tree.FnDef() | tree.VjpDef():
            inner = names.declared.functions.get(node, scope)
            _meet(names, node.name, names.declared.file)
            return [(part, inner) for part in parts_of(node) if part is not node.name]
        case tree.Scan():
            return _scan(names, node, scope)
        case tree.FromImport():
            _import(names, node, scope)
            return ()
        case tree.Import():
            return [(node.alias, scope)]
        case tree.TypeExpr():
            return [(node.sizes, scope)]
        case _:
            return [(part, scope) for part in parts_of(node)]


def _predefined(name: str) -> Meaning | None:
    return Builtin("constant", name) if name in PREDEFINED or name == "training" else None


def _call(names: _Names, call: tree.Call, scope: Scope) -> Iterable[tuple[object, Scope]]:
    callee = callee_of(call.callee, scope, names.is_operation)
    if isinstance(call.callee, tree.Name):
        names.add(call.callee.span, callee)
    else:
        yield call.callee, scope
    for argument in call.args:
        if argument.keyword is not None:
            names.add(argument.keyword.span, argument_of(callee, argument.keyword.name))
        yield argument.value, scope
    if call.instance is not None:
        yield call.instance, scope


def callee_of(
    callee: tree.Expr, scope: Scope, is_operation: Callable[[str], bool]
) -> Meaning | None:
    """What a call means: a function of that name comes before a value of it."""
    if isinstance(callee, tree.Member):
        return member_of(callee, scope)
    if not isinstance(callee, tree.Name):
        return None
    found = scope.find(callee.name)
    behind = resolved(found)
    if isinstance(behind, Builtin) or (behind is not None and behind.kind in ("fn", "layer")):
        return found
    return Builtin("operation", callee.name) if is_operation(callee.name) else found


def argument_of(callee: Meaning | None, keyword: str) -> Meaning | None:
    """What a keyword in a call stands for: an argument of the function, or a layer's parameter."""
    callee = resolved(callee)
    if isinstance(callee, Builtin):
        return Builtin("argument", keyword, callee.name)
    if callee is not None and callee.kind not in ("fn", "layer"):
        callee = layer_of(callee)
        if isinstance(callee, Builtin):
            return Builtin("argument", keyword, callee.name)
    return callee.inner.names.get(keyword) if callee and callee.inner else None


def layer_of(symbol: Symbol) -> Meaning | None:
    """The layer that a name is an instance of, or the one whose instance it calls again."""
    seen: set[Symbol] = set()
    while symbol.call is not None and symbol not in seen and symbol.scope is not None:
        seen.add(symbol)
        found = resolved(callee_of(symbol.call.callee, symbol.scope, lambda _: False))
        if isinstance(found, Builtin) or found is None or found.kind == "layer":
            return found
        symbol = found
    return None


def member_of(member: tree.Member, scope: Scope) -> Meaning | None:
    """What stands behind a dot."""
    base = member.base
    owner: Meaning | None = None
    if isinstance(base, tree.Name):
        owner = scope.find(base.name)
    elif isinstance(base, tree.Member):
        owner = member_of(base, scope)
    return _owned(owner, member.name.name)


def _owned(owner: Meaning | None, name: str) -> Meaning | None:
    owner = resolved(owner)
    if isinstance(owner, Builtin) and owner.of:
        return Builtin("member", name, f"{owner.of}.{owner.name}")
    if isinstance(owner, Symbol):
        if owner.kind == "file":
            return owner.inner.names.get(name) if owner.inner else None
        layer = layer_of(owner)
        if isinstance(layer, Builtin):
            return Builtin("member", name, layer.name)
        found = layer.inner.names.get(name) if layer and layer.inner else None
        if isinstance(found, Symbol) and found.kind in _OWNED:
            return found
    return Builtin("member", name) if name in MEMBERS else None


def _path(names: _Names, path: tree.Identifier, scope: Scope) -> None:
    """The parts of `hidden.W`."""
    owner: Meaning | None = None
    for number, word in enumerate(_WORD.finditer(path.span.text)):
        owner = _owned(owner, word.group()) if number else scope.find(word.group())
        start = path.span.start + word.start()
        names.add(Span(path.span.source, start, start + len(word.group())), owner)


def _initialiser(names: _Names, drawn: tree.Expr | None) -> None:
    name = drawn.callee if isinstance(drawn, tree.Call) else drawn
    if isinstance(name, tree.Name) and name.name in INITIALISERS:
        names.add(name.span, Builtin("initialiser", name.name))


def _scan(names: _Names, scan: tree.Scan, scope: Scope) -> Iterator[tuple[object, Scope]]:
    inner = names.declared.scans.get(scan, scope)
    for part in (scan.carried, scan.initial, scan.times):
        yield part, scope
    for over in scan.over:
        yield over.target, inner
        yield (over.sequence, over.axis), scope
    yield scan.body, inner


def _import(names: _Names, statement: tree.FromImport, scope: Scope) -> None:
    for theirs, ours in statement.names:
        found = scope.names.get(ours.name)
        if theirs.span.start != ours.span.start:
            names.add(ours.span, found, binds=True)
            found = found.target if isinstance(found, Symbol) else found
        names.add(theirs.span, found)
