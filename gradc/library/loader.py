"""The standard library, read a stanza at a time.

Files are only searched for the heads of stanzas at first; a stanza is parsed when its name is
first used, so a start costs what the graph uses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from gradc import resources
from gradc.elaborate.bindings import Function, ModuleScope, NamedFunction, parameter_names
from gradc.elaborate.language import new_context
from gradc.ir.node import RuledFunction, Rules, Value
from gradc.ir.operation import Operation
from gradc.ir.supposed import supposed
from gradc.ir.types import Type
from gradc.library.stanza import operation_from
from gradc.library.synonyms import ALIASES
from gradc.patterns import pattern
from gradc.records import dataclass
from gradc.source import Source
from gradc.syntax import tree
from gradc.syntax.parser import parse

if TYPE_CHECKING:
    from gradc.elaborate.habits.table import Habits

_HEAD = pattern(r"\n(internal )?(op|fn|layer|vjp|example)[ \t]+(\w+)")


@dataclass(frozen=True, slots=True)
class Stanza:
    """One stanza and the file it stands in: from its head to the `following` one's."""

    role: str
    name: str
    file: str
    whole: str  # the text of the file, behind a line break
    head: re.Match[str]
    following: re.Match[str] | None

    @property
    def internal(self) -> bool:
        """Whether it is for bodies and rules of the library alone."""
        return self.head[1] is not None

    @property
    def text(self) -> str:
        """Its text with the documentation above it."""
        whole, head = self.whole, self.head
        end = len(whole) if self.following is None else _with_doc(whole, self.following.start() + 1)
        documented = whole[_with_doc(whole, head.start() + 1) : head.start() + 1]
        return documented + whole[head.start(2) : end]

    def parse(self) -> tree.Statement:
        source = Source(f"<{self.file}>", self.text)
        return parse(source, start="library").statements[0]


class WhenUsed(dict[str, Function]):
    """Functions by name, each made when it is first looked up."""

    def __init__(self, names: Iterable[str], make: Callable[[str], Function]):
        self._names = dict.fromkeys(names)
        self._make = make

    def __missing__(self, name: str) -> Function:
        if name not in self._names:
            raise KeyError(name)
        self[name] = function = self._make(name)
        return function

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self._names else default

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)


class StandardLibrary:
    """Operations, functions and layers by name (and alias)."""

    def __init__(self, texts: Mapping[str, str], *, exposed: bool = False):
        """`texts` are the library's files by name; in an `exposed` one nothing is internal."""
        self.texts = texts
        self.exposed = exposed
        self._operations: dict[str, Operation | None] = {}
        self._functions: dict[str, Function | None] = {}
        self._callables: dict[tuple[str, bool], Operation | Function | None] = {}
        self._rules: dict[Operation, Rules] = {}
        self._calls: dict[Any, RuledFunction] = {}
        self.module = ModuleScope("gradc", trusted=True)
        self.context = new_context(self, self.module)  # in which its rules are elaborated

    @cached_property
    def stanzas(self) -> dict[tuple[str, str], list[Stanza]]:
        """Every stanza by role and name, in the order of the files."""
        found: dict[tuple[str, str], list[Stanza]] = {}
        for file, text in self.texts.items():
            for stanza in _split(file, text):
                found.setdefault((stanza.role, stanza.name), []).append(stanza)
        return found

    def names(self, role: str) -> list[str]:
        """The names of all stanzas of a role, in the order of the files."""
        return [name for r, name in self.stanzas if r == role]

    def operation(self, name: str) -> Operation:
        op = self._operations.get(name) or self.find_operation(name)
        if op is None:
            raise KeyError(name)
        return op

    def rules(self, op: Operation) -> Rules:
        return self._rules[op]

    def find_operation(self, name: str) -> Operation | None:
        if name not in self._operations:
            stanzas = self.stanzas.get(("op", ALIASES.get(name, name)))
            self._operations[name] = None
            if stanzas:
                definition = stanzas[0].parse()
                assert isinstance(definition, tree.OpDef)
                op = self._operations.get(definition.name.name)
                if op is None:
                    op, rule = operation_from(definition, self.context)
                    self._rules[op] = rule
                self._operations[name] = self._operations[definition.name.name] = op
        return self._operations[name]

    def find_function(self, name: str) -> Function | None:
        if name not in self._functions:
            canonical = ALIASES.get(name, name)
            stanzas = self.stanzas.get(("fn", canonical))
            self._functions[name] = None
            if stanzas:
                definition = stanzas[0].parse()
                assert isinstance(definition, tree.FnDef)
                function = self._functions.get(canonical) or Function(definition, self.module)
                if rule := self.stanzas.get(("vjp", canonical)):
                    parsed = rule[0].parse()
                    assert isinstance(parsed, tree.VjpDef)
                    function.rule = parsed
                self._functions[name] = self._functions[canonical] = function
        return self._functions[name]

    def function_call(
        self, name: str, types: Mapping[str, Type], known: Mapping[str, Any]
    ) -> RuledFunction | None:
        """A call of a function that has a rule, for operands of these types; None without one."""
        function = self.find_function(name)
        if function is None or function.rule is None:
            return None
        key = (name, tuple(types.items()), tuple(known.items()), supposed())
        if key not in self._calls:
            given = {n: Value(n, t) for n, t in types.items()} | dict(known)
            from gradc.elaborate.ruled import call_of

            self._calls[key] = call_of(self.context, function, function.rule, given)
        return self._calls[key]

    def find_callable(self, name: str, trusted: bool) -> Operation | Function | None:
        """The operation or function that a call means; `trusted` calls stand in the library."""
        key = (name, trusted or self.exposed)
        if key not in self._callables:
            hidden = not key[1] and self.is_internal(name)
            found = None if hidden else self.find_operation(name) or self.find_function(name)
            self._callables[key] = found
        return self._callables[key]

    def is_internal(self, name: str) -> bool:
        """Whether only bodies and rules of the library may call it."""
        found = self.stanzas.get(("op", name)) or self.stanzas.get(("fn", name))
        return found is not None and found[0].internal

    def named_function(self, name: str) -> NamedFunction | None:
        for functions, builds in _named():
            if (run := functions.get(name)) is not None:
                if not builds:
                    return NamedFunction(run, _annotated(run, "Type"))
                positions = _annotated(run, "Value")
                return NamedFunction(run, frozenset(i - 1 for i in positions), builds=True)
        return None

    def layer_module(self, name: str) -> ModuleScope | None:
        if name != "nn":
            return None
        return self._layers

    @cached_property
    def _layers(self) -> ModuleScope:
        names = [n for n in self.names("fn") if not self.is_internal(n)]
        module = ModuleScope("nn", trusted=True)

        def make(name: str) -> Function:
            found = self.find_function(name)
            if found is None:
                definition = self.stanzas[("layer", name)][0].parse()
                assert isinstance(definition, tree.FnDef)
                found = Function(definition, module)
            return found

        module.functions = WhenUsed((*self.names("layer"), *names), make)
        return module

    def callable_names(self) -> list[str]:
        names = (*self.names("op"), *self.names("fn"), *ALIASES)
        return [n for n in names if self.exposed or not self.is_internal(n)]

    @cached_property
    def habits(self) -> Habits:
        """What other systems call things, read when a graph holds what is unknown."""
        from gradc.elaborate.habits.table import Habits

        return Habits([resources.text(f"library/foreign/{f}.txt") for f in FOREIGN])

    def examples(self, name: str) -> list[tree.ExampleDef]:
        """The calls that the derived tests make of an operation or function."""
        parsed = [s.parse() for s in self.stanzas.get(("example", name), [])]
        return [e for e in parsed if isinstance(e, tree.ExampleDef)]


def _named() -> Iterator[tuple[Mapping[str, Callable[..., Any]], bool]]:
    """Functions written in Python, and whether they make nodes.

    What few bodies call is imported where one does.
    """
    from gradc.library import lists

    yield lists.FUNCTIONS, False
    from gradc.library import nodes

    yield nodes.FUNCTIONS, True
    from gradc.library import linear, resizing, samples, sliding

    for module in (linear, samples, sliding, resizing):
        yield module.FUNCTIONS, False


def _annotated(function: Callable[..., Any], kind: str) -> frozenset[int]:
    """The positions of the parameters that a function states to be of this kind."""
    kinds = function.__annotations__
    return frozenset(
        [i for i, name in enumerate(parameter_names(function)) if kinds.get(name) == kind]
    )


def _split(file: str, text: str) -> Iterator[Stanza]:
    text = f"\n{text}"  # the end of a line is found in less time than the beginning of one
    for head, following in pairwise([*_HEAD.finditer(text), None]):
        assert head is not None
        yield Stanza(head[2], head[3], file, text, head, following)


def _with_doc(text: str, start: int) -> int:
    """Where the documentation above a stanza begins."""
    while start > 0:
        above = text.rfind("\n", 0, start - 1) + 1
        if not text.startswith("##", above):
            break
        start = above
    return start


FILES = (
    "core", "elementwise", "trigonometry", "special", "choice", "reductions", "statistics", "scans",
    "movement", "picking", "sampled", "linalg", "decompositions", "windows", "activations",
    "normalisation", "losses", "random", "layers",
)  # fmt: skip
"""The library's files, in the order of the catalogue."""


FOREIGN = ("words", "operations", "models", "tongues")
"""The files of the table of foreign names."""


@cache
def standard_library() -> StandardLibrary:
    """The library that ships with gradc."""
    return StandardLibrary({f: resources.text(f"library/{f}.graph") for f in FILES})
