"""The context: what all of elaboration shares, handed to every function of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from gradc.budget import Budget
from gradc.diagnostics import Diagnostic, DiagnosticError
from gradc.elaborate.bindings import Attribute, Bound, Catalogue, Function, ModuleScope, Scope
from gradc.elaborate.found import Found
from gradc.elaborate.unshared import Unshared, slice_of
from gradc.ir.builder import Builder, join_names
from gradc.ir.derived import Derivatives
from gradc.ir.node import Node, RuledFunction, Value
from gradc.ir.origin import Calling, Origin
from gradc.records import dataclass, field
from gradc.source import Source, Span
from gradc.syntax import tree

if TYPE_CHECKING:
    from gradc.elaborate.looped import Looped

Evaluator: TypeAlias = "Callable[[Context, Any, Scope], Bound]"
"""Evaluates one kind of expression."""

Runner: TypeAlias = "Callable[[Context, Any, Scope], None]"
"""Runs one kind of statement of a body."""


class Poisoned(Exception):
    """An expression uses a name whose statement failed; the failure was reported there."""


class Opener(Protocol):
    """Finds imported files."""

    def open(self, path: str, importer: Source, span: Span) -> Source: ...


@dataclass(slots=True)
class Attempt:
    """Whether something failed, of which the diagnostics are kept elsewhere."""

    failed: bool = False


class _Meanwhile:
    """The builder's nodes have this origin until the block ends."""

    __slots__ = ("builder", "origin", "outer")

    def __init__(self, builder: Builder, origin: Origin):
        self.builder, self.origin = builder, origin

    def __enter__(self) -> None:
        self.outer, self.builder.origin = self.builder.origin, self.origin

    def __exit__(self, *failure: object) -> None:
        self.builder.origin = self.outer


@dataclass(slots=True, eq=False)
class Context:
    """One file being elaborated against a library: what is known, what was found, where nodes go.

    Expressions nest in statements and statements in expressions (the body of a function that is
    called). The two tables are how the files of this package reach each other without a circle.
    """

    library: Catalogue
    module: ModuleScope
    evaluators: Mapping[type, Evaluator]
    runners: Mapping[type, Runner]
    imports: Opener | None = None
    fixed: Mapping[str, int] = field(default_factory=dict)  # dimensions set from outside
    budget: Budget = field(default_factory=Budget)
    derivatives: Derivatives | None = None
    builder: Builder = field(init=False)
    around: list[Builder] = field(default_factory=list)  # of what stands around a loop's body
    found: Found = field(default_factory=Found)
    inside: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """The names that bodies bind: whose they are, and how they get out."""
    values: frozenset[str] = frozenset()  # the names that the file itself gives to values
    position: int = 0  # where the statement of the file stands that is being run
    loaded: dict[Source, ModuleScope] = field(default_factory=dict)
    loading: list[Source] = field(default_factory=list)
    active: list[Function] = field(default_factory=list)  # being expanded, innermost last
    looped: list[Looped] = field(default_factory=list)  # scans being elaborated, innermost last
    handed: dict[int, Bound] = field(default_factory=dict)
    """What the arguments of the outermost call are, by the `id` of their expressions."""
    calls: dict[tuple[object, ...], RuledFunction] = field(
        default_factory=dict
    )  # by argument types
    numbers: dict[Value, Any] = field(default_factory=dict)  # that arrays are known to hold
    orders: dict[tree.FnDef, list[int]] = field(default_factory=dict)  # of the statements of bodies
    held: dict[tree.FnDef, frozenset[str]] = field(default_factory=dict)
    """The names that functions differentiate something by."""

    def __post_init__(self) -> None:
        self.builder = self._builder()

    def _builder(self) -> Builder:
        return Builder(self.library, Origin(None, ""), self.budget)

    @property
    def unshared(self) -> list[Unshared]:
        """The unshared scans being elaborated, innermost last."""
        return [loop.unshared for loop in self.looped if loop.unshared is not None]

    def seen(self, parameter: Value, span: Span) -> Value:
        """What the body being elaborated sees of a parameter: its own slice, where it has one."""
        return slice_of(self.unshared, parameter, self.found.steps.get(parameter, 0), span)

    def dtype_in(self, scope: Scope) -> str:
        """What a type without an element type means."""
        return scope.module.dtype or self.module.dtype or "f64"

    def in_file(self, text: str, scope: Scope) -> str:
        """Advice with the element type of the file: that of its values, where they have but one."""
        values = (v.type for v in scope.values.values() if isinstance(v, Value))
        floats = {type_.dtype for type_ in values if type_.is_float}
        dtype = floats.pop() if len(floats) == 1 else self.dtype_in(scope)
        return text.replace('"file"', f'"{dtype}"')

    def like_others(self, scope: Scope) -> str:
        """The element type that a declaration states to be as the others; none where it is so."""
        dtype = self.in_file('"file"', scope).strip('"')
        return "" if dtype == self.dtype_in(scope) else dtype

    def place(self, span: Span) -> Span:
        """The statement of the user's that is being run, or else what is at hand."""
        return self.builder.origin.span or span

    def emit(
        self,
        name: str,
        operands: Sequence[Value],
        attrs: tuple[Attribute, ...] = (),
        result: str = "",
    ) -> Value:
        """The result of a new node of the operation of this name. Raises TypeMismatch."""
        value = self.builder.emit(self.library.operation(name), operands, attrs, result)
        if name == "array":
            self.numbers[value] = attrs[0]
        return value

    def serving(self, span: Span | None, prefix: str) -> _Meanwhile:
        """Nodes made meanwhile serve the statement at this place, and are named after it."""
        return _Meanwhile(self.builder, Origin(span, prefix))

    def named(self, name: str) -> _Meanwhile:
        """Values made meanwhile are named after this part of the statement."""
        outer = self.builder.origin
        return _Meanwhile(self.builder, outer.named(join_names(outer.prefix, name)))

    def titled(self, title: str, call: Span) -> _Meanwhile:
        """Nodes made meanwhile are of a call, unless the whole statement is that call."""
        outer = self.builder.origin
        titles = outer.titles
        if outer.span is None or titles or not _is_all_of(call.text, outer.span.text):
            titles = (*titles, title)
        origin = Origin(outer.span, outer.prefix, titles, outer.within, outer.calling)
        return _Meanwhile(self.builder, origin)

    def within(self, owner: str, statement: Span) -> _Meanwhile:
        """Nodes made meanwhile are of a statement of a layer, or of a function of the user's."""
        outer = self.builder.origin
        title = f"{owner}: {' '.join(statement.text.split())}"
        origin = Origin(outer.span, outer.prefix, outer.titles, title, outer.calling)
        return _Meanwhile(self.builder, origin)

    @contextmanager
    def called(self, calling: Calling) -> Iterator[None]:
        """Nodes made meanwhile are of this call, and what fails is told where it was written."""
        outer = self.builder.origin
        self.builder.origin = Origin(outer.span, outer.prefix, outer.titles, outer.within, calling)
        try:
            yield
        except DiagnosticError as failure:
            if failure.told_of is calling:
                failure.told_of = outer.calling
                raise
            found = map(calling.shown, failure.diagnostics)
            raise DiagnosticError(found, told_of=outer.calling) from None
        finally:
            self.builder.origin = outer

    @contextmanager
    def apart(self, *, in_loop: bool = False) -> Iterator[Builder]:
        """A builder of its own for a fragment; the body of a loop reads what stands around it."""
        outer, around = self.builder, self.around
        self.builder = self._builder()
        self.around = [*around, outer] if in_loop else []
        try:
            yield self.builder
        finally:
            self.builder, self.around = outer, around

    def reachable(self) -> list[Node]:
        """The nodes that make what can be read here, those around loops first."""
        return [node for b in (*self.around, self.builder) for node in b.nodes]

    def exchange(self, node: Node) -> None:
        """Puts a node in the place of the one with the same results."""
        for builder in (*self.around, self.builder):
            for i, there in enumerate(builder.nodes):
                if there.results[0] is node.results[0]:
                    builder.nodes[i] = node
                    return

    @contextmanager
    def kept(self) -> Iterator[Attempt]:
        """What fails meanwhile is kept with the other diagnostics."""
        attempt = Attempt()
        try:
            yield attempt
        except DiagnosticError as failure:
            attempt.failed = True
            self.note(failure)
        except Poisoned:
            attempt.failed = True

    def note(self, failure: DiagnosticError) -> None:
        """Keeps what is wrong with the other diagnostics, once where two calls come to it."""
        told = {_place(d) for d in self.found.diagnostics}
        self.found.diagnostics += [d for d in failure.diagnostics if _place(d) not in told]


def _place(found: Diagnostic) -> tuple[object, ...]:
    span = found.span
    at = None if span is None else (span.source, span.start, span.end)
    return found.code, found.message, at


def _is_all_of(call: str, statement: str) -> bool:
    """Whether a statement is a call and a name for it: `h = Layer(x)`, `next h = Layer(h) as a`."""
    value = statement.partition("=")[2].partition("#")[0].strip()
    return value.startswith(call) and not value.removeprefix(call).removeprefix(" as ").strip(_NAME)


_NAME = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
