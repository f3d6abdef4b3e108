"""A last look at a finished module: parsed, and walked with a list of what it may hold.

What is not on the list was not meant to be there, so it is a bug of gradc, and refused before
anything is written: other imports, calls of anything but the functions that the library names,
methods of arrays, and a few builtins; a name that is used before it is bound.

A syntax tree is many times as large as its text, so the text is parsed a piece at a time, and what
`glance.py` is sure of not at all.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from functools import cache

from gradc.records import dataclass
from gradc.targets.python.glance import Glance
from gradc.targets.python.pieces import Entangled, Piece, defined, names, pieces, whole
from gradc.targets.target import Refused

_ALLOWED: frozenset[type[ast.AST]] = frozenset(
    {
        ast.Module, ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Delete,
        ast.If, ast.For, ast.Pass, ast.Raise, ast.Try, ast.ExceptHandler, ast.Name, ast.Constant,
        ast.Attribute, ast.Call, ast.keyword, ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp,
        ast.IfExp, ast.Subscript, ast.Slice, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.JoinedStr,
        ast.FormattedValue, ast.ListComp, ast.comprehension, ast.FunctionDef, ast.ClassDef,
        ast.arguments, ast.arg,
    }
)  # fmt: skip
_BUILTINS = frozenset(
    """float int bool str abs set isinstance len range slice reversed max min all any zip sorted
    enumerate tuple list dict hasattr type ValueError TypeError IndexError None True
    False""".split()
)
# What a node may be made of, but for contexts and operators, which hold nothing.
_PARTS = {
    kind: tuple(f for f in kind._fields if f not in ("ctx", "op", "ops")) for kind in _ALLOWED
}


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a module may hold."""

    imports: frozenset[str]  # whole statements
    decorators: frozenset[str]
    methods: frozenset[str]
    modules: frozenset[str]  # what is imported under a name: `np`
    names: frozenset[str]  # what it may name of those: `np.exp`
    copied: frozenset[str]  # functions and classes that stand in it word for word
    source: Callable[[str], str]  # the text of one of those
    late: frozenset[str] = frozenset()  # what functions may name that is bound behind them


def inspect_module(text: str, may: Allowed) -> None:
    """Raises Refused where a module holds more than it may."""
    try:
        inspection = _Inspection(may)
        parts = pieces(text, may.copied, inspection.passed, inspection.fields)
        inspection.module(names(text), parts)
    except (Entangled, Refused):
        pass  # what is wrong and in which line is said of the module as a whole
    else:
        return
    try:
        defined_names, piece = whole(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as failure:
        raise Refused(f"the module does not parse: {failure}") from failure
    _Inspection(may).module(defined_names, [piece])


@cache
def _copied(source: Callable[[str], str], name: str) -> str:
    return ast.dump(ast.parse(source(name)).body[0])


class _Inspection:
    def __init__(self, may: Allowed):
        self.may = may
        self.functions: set[str] = set(_BUILTINS)
        self.bound: set[str] = set(_BUILTINS)
        self.inside: set[str] = set()  # what is bound in the last function
        self.glance = Glance(self._may_call, self._may_name)

    def module(self, names: set[str], parts: Iterable[Piece]) -> None:
        """A module that defines functions and classes of these names."""
        self.functions |= names
        self.bound |= names
        found: set[str] = set()
        has_docstring = False
        for piece in parts:
            if piece.is_inside:
                self._block(piece.statements, self.inside)
                continue
            if has_docstring and self._is_copy(piece):
                found.add(piece.name)
                continue
            statements = piece.statements
            if not statements:  # comments
                continue
            has_docstring = has_docstring or isinstance(statements[0], ast.Expr)
            if not has_docstring:
                raise Refused("the module has no docstring")
            found |= defined(statements)
            for statement in statements:
                self._top(statement)
        if found != names:
            raise Entangled

    def passed(self, text: str, place: int) -> int:
        """Goes on over lines of the last function that a glance is sure of."""
        return self.glance.passed(text, place, self.inside)

    def fields(self, text: str, place: int) -> int:
        """Goes on over lines of a class that a glance is sure of."""
        return self.glance.fields(text, place, self.bound)

    def _top(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            if ast.unparse(statement) not in self.may.imports:
                raise Refused(f"line {statement.lineno}: an import that gradc does not write")
            names = {alias.asname or alias.name for alias in statement.names}
            self.bound |= names
            self.functions |= names
        elif isinstance(statement, ast.FunctionDef):
            self._function(statement)
        elif isinstance(statement, ast.ClassDef) and statement.name in self.may.copied:
            self._word_for_word(statement)
        else:
            self._statement(statement, self.bound)

    def _function(self, function: ast.FunctionDef) -> None:
        if function.name in self.may.copied:
            self._word_for_word(function)
            return
        for decorator in function.decorator_list:
            if ast.unparse(decorator) not in self.may.decorators:
                raise Refused(f"line {function.lineno}: a decorator that gradc does not write")
        arguments = function.args
        formals = [*arguments.args, *arguments.kwonlyargs]
        for annotation in (*(a.annotation for a in formals), function.returns):
            if annotation is not None:
                self._walk(annotation, self.bound)
        self.inside = {*self.bound, *self.may.late, *(a.arg for a in formals)}
        self._block(function.body, self.inside)

    def _is_copy(self, piece: Piece) -> bool:
        """Whether a piece is the very text of what is copied: what that parses as is known."""
        name = piece.name
        return name in self.may.copied and piece.text.rstrip() == self.may.source(name).rstrip()

    def _word_for_word(self, copied: ast.FunctionDef | ast.ClassDef) -> None:
        if ast.dump(copied) != _copied(self.may.source, copied.name):
            raise Refused(f"line {copied.lineno}: `{copied.name}` is not gradc's own")

    def _block(self, statements: Iterable[ast.stmt], bound: set[str]) -> None:
        for statement in statements:
            self._statement(statement, bound)

    def _statement(self, statement: ast.stmt, bound: set[str]) -> None:
        """One statement and what it holds; what it binds is bound for those after it."""
        if isinstance(statement, ast.FunctionDef):
            self._local(statement, bound)
            return
        if isinstance(statement, ast.For):
            self._walk(statement.iter, bound)
            bound |= {n.id for n in ast.walk(statement.target) if isinstance(n, ast.Name)}
        elif isinstance(statement, ast.If):
            self._walk(statement.test, bound)
        elif not isinstance(statement, ast.Try):
            self._walk(statement, bound)
            return
        blocks: list[ast.stmt] = [*statement.body, *statement.orelse]
        if isinstance(statement, ast.Try):
            blocks += [s for h in statement.handlers for s in h.body]
        self._block(blocks, bound)

    def _local(self, function: ast.FunctionDef, bound: set[str]) -> None:
        """A function within another, which sees what stands around it."""
        formals = function.args.args
        for annotation in (*(a.annotation for a in formals), function.returns):
            if annotation is not None:
                self._walk(annotation, bound)
        self._block(function.body, {*bound, *(a.arg for a in formals)})
        bound.add(function.name)

    def _walk(self, part: ast.AST, bound: set[str]) -> None:
        """A part of the module without blocks of its own that could bind names in between."""
        stores: list[str] = []
        pending: list[ast.AST] = [part]
        local: set[str] = set()
        while pending:
            node = pending.pop()
            kind = type(node)
            if kind is ast.Name:
                if type(node.ctx) is ast.Load:  # type: ignore[attr-defined]
                    name = node.id  # type: ignore[attr-defined]
                    if name not in bound and name not in local:
                        raise Refused(f"line {node.lineno}: `{name}` is used before it is bound")  # type: ignore[attr-defined]
                else:
                    stores.append(node.id)  # type: ignore[attr-defined]
                continue
            parts = _PARTS.get(kind)
            if parts is None:
                raise Refused(f"line {getattr(node, 'lineno', 0)}: {kind.__name__}")
            if kind is ast.Attribute:
                self._attribute(node)  # type: ignore[arg-type]
            elif kind is ast.Call:
                self._call(node)  # type: ignore[arg-type]
            elif kind is ast.For or kind is ast.ListComp:
                local |= _looped(node)  # type: ignore[arg-type]
            elif kind is ast.ClassDef:
                self._class(node)  # type: ignore[arg-type]
            for name in parts:
                child = getattr(node, name)
                if type(child) is list:
                    pending += [c for c in child if isinstance(c, ast.AST)]
                elif isinstance(child, ast.AST):
                    pending.append(child)
        bound.update(stores)

    def _class(self, node: ast.ClassDef) -> None:
        decorators = {ast.unparse(d) for d in node.decorator_list}
        bases = [ast.unparse(b) for b in node.bases]
        if bases != ["NamedTuple"] or not decorators <= self.may.decorators:
            raise Refused(f"line {node.lineno}: a class that gradc does not write")

    def _attribute(self, node: ast.Attribute) -> None:
        name = node.attr
        if _is_private(name):
            raise Refused(f"line {node.lineno}: the private attribute `{name}`")
        path = _dotted(node)
        if self._is_foreign(path) and path not in self.may.names:
            raise Refused(f"line {node.lineno}: `{path}`, which the library does not name")

    def _may_name(self, path: str) -> bool:
        """Whether `_attribute` has nothing against a path and what leads there."""
        first, *parts = path.split(".")
        paths = [".".join((first, *parts[: i + 1])) for i in range(len(parts))]
        known = [p in self.may.names for p in paths if self._is_foreign(p)]
        return all(known) and not any(_is_private(part) for part in parts)

    def _is_foreign(self, path: str) -> bool:
        """Whether a path leads into a module that is imported."""
        return path.partition(".")[0] in self.may.modules and "." in path

    def _call(self, node: ast.Call) -> None:
        function = node.func
        if isinstance(function, ast.Name):
            allowed = self._is_callable(function.id)
        else:
            allowed = isinstance(function, ast.Attribute) and self._is_callable(_dotted(function))
        if not allowed:
            raise Refused(f"line {node.lineno}: a call of `{ast.unparse(function)}`")

    def _is_callable(self, path: str) -> bool:
        """Whether a path is that of a function or of a method."""
        _, dot, method = path.rpartition(".")
        if not dot:
            return path in self.functions
        return self._is_foreign(path) or method in self.may.methods

    def _may_call(self, path: str) -> bool:
        return self._is_callable(path) and self._may_name(path)


def _is_private(name: str) -> bool:
    return name.startswith("_") and name not in ("__annotations__", "__name__")


def _looped(node: ast.For | ast.ListComp) -> set[str]:
    """The names that a loop binds."""
    within = [node] if isinstance(node, ast.For) else node.generators
    return {n.id for w in within for n in ast.walk(w.target) if isinstance(n, ast.Name)}


def _dotted(node: ast.Attribute) -> str:
    parts = [node.attr]
    base = node.value
    while isinstance(base, ast.Attribute):
        parts.append(base.attr)
        base = base.value
    parts.append(base.id if isinstance(base, ast.Name) else "")
    return ".".join(reversed(parts))
