"""Symbols: what the names of a file stand for, the scopes they are seen in, and their places."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TypeAlias

from gradc.records import dataclass, field
from gradc.source import Span
from gradc.syntax import tree

# What a function sees of its file. The names of values stay outside.
_SHARED = ("dim", "const", "fn", "layer", "file", "alias")


@dataclass(slots=True, eq=False)
class Symbol:
    """A name that a file binds.

    `kind` is a declaration's keyword, or `value`, `argument`, `carried`, `element`, `instance`,
    `file` (an import), `alias` (a name imported under another one).
    """

    name: str
    kind: str
    span: Span  # the name where it is bound
    statement: tree.Statement | None = None
    doc: str = ""
    scope: Scope | None = None  # it is bound in
    inner: Scope | None = None  # of a function, a layer or a file
    call: tree.Call | None = None  # of the layer that it may be an instance of
    target: Meaning | None = None  # of an alias
    follows: Symbol | None = None  # the argument `x` that the rule's `dx` is named after

    @property
    def key(self) -> tuple[str, int]:
        """What makes it the same in two readings of a file."""
        return os.path.normpath(self.span.source.name), self.span.start


@dataclass(frozen=True, slots=True)
class Builtin:
    """What gradc brings along. `kind` is `operation`, `layer`, `keyword`, `constant`, `member`…"""

    kind: str
    name: str
    of: str = ""  # the operation that an argument is of


Meaning: TypeAlias = Symbol | Builtin


@dataclass(slots=True, eq=False)
class Scope:
    """The names bound in one stretch of a file: all of it, a function, a rule, a scan's body."""

    kind: str
    span: Span
    parent: Scope | None = None
    names: dict[str, Meaning] = field(default_factory=dict)

    def find(self, name: str) -> Meaning | None:
        """What a name stands for here."""
        for scope, seen in self.chain():
            if (meaning := scope.names.get(name)) is not None and seen(meaning):
                return meaning
        return None

    def visible(self) -> Iterator[tuple[str, Meaning]]:
        """All that is seen here, the innermost first."""
        for scope, seen in self.chain():
            yield from ((n, m) for n, m in scope.names.items() if seen(m))

    def chain(self) -> Iterator[tuple[Scope, Callable[[Meaning], bool]]]:
        """This scope and those around it, each with what of it is seen from here."""
        scope: Scope | None = self
        seen: Callable[[Meaning], bool] = _all
        while scope is not None:
            yield scope, seen
            if scope.kind in ("fn", "layer", "rule"):
                seen = _is_shared
            scope = scope.parent


def _all(_: Meaning) -> bool:
    return True


def _is_shared(meaning: Meaning) -> bool:
    return isinstance(meaning, Builtin) or meaning.kind in _SHARED


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands, and whether it is bound there."""

    span: Span
    meaning: Meaning
    binds: bool = False


def resolved(meaning: Meaning | None) -> Meaning | None:
    """What stands behind an alias."""
    while isinstance(meaning, Symbol) and meaning.kind == "alias":
        meaning = meaning.target
    return meaning
