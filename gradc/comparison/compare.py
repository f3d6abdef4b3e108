"""Compare: two Versions to a Comparison. What goes in and out, values, gradients and costs."""

from __future__ import annotations

from collections.abc import Iterator

from gradc.comparison.change import Change, Comparison, Figure
from gradc.comparison.identity import Identities
from gradc.comparison.interface import interface
from gradc.comparison.pairing import Matching
from gradc.comparison.quoted import brief, line_of
from gradc.comparison.side import Side, Statement
from gradc.comparison.terms import gradients
from gradc.compiler import Compilation, Options, compile_source
from gradc.ir.cost import Cost, bytes_of, costs_of, total
from gradc.ir.graph import Graph
from gradc.ir.node import Value
from gradc.ir.sizes import size_text
from gradc.passes.memory.choose import sizes_of
from gradc.passes.memory.peak import peak
from gradc.records import dataclass
from gradc.source import Source, Span


@dataclass(frozen=True, slots=True)
class Version:
    """A compiled graph, and its joint graph before it was improved.

    How contributions are put together depends on their order, and with it on that of the file.
    """

    compilation: Compilation
    joint: Graph


def version(source: Source, options: Options | None = None) -> Version:
    """A source, compiled to be compared. Raises DiagnosticError."""
    joints: list[Graph] = []

    def observe(stage: str, graph: Graph) -> None:
        if stage == "inline":
            joints.append(graph)

    compilation = compile_source(source, options, observe=observe)
    return Version(compilation, joints[-1])


def compare(old: Version, new: Version) -> Comparison:
    """What is another one in `new`; names of statements and the order of the file do not count."""
    identities = Identities()
    matching = Matching(identities, _side(identities, old.joint), _side(identities, new.joint))
    for name, value in old.joint.arguments.items():
        if name in new.joint.arguments:
            matching.pair(value, new.joint.arguments[name])
    outputs = {o.name: o.value for o in (*new.joint.outputs, *new.joint.updates)}
    for given in (*old.joint.outputs, *old.joint.updates):
        if given.name in outputs:
            matching.pair(given.value, outputs[given.name])
    statements = matching.changed()
    changes = [
        *interface(old.joint, new.joint),
        *(change for statement in statements for change in _values(statement, matching)),
        *gradients(old.joint, new.joint, identities, matching),
        *_saved(old.compilation, new.compilation, identities, matching),
    ]
    figures = []
    if changes:  # else they are of the order alone
        figures = [f for f in _figures(old.compilation, new.compilation) if f.old != f.new]
    return Comparison(tuple(changes), tuple(figures))


def _side(identities: Identities, graph: Graph) -> Side:
    numbers = {
        value: identities.number("argument", name, str(value.type))
        for name, value in graph.arguments.items()
    }
    identities.start(graph.nodes)
    identities.add(graph.nodes, numbers)
    return Side(graph.nodes, numbers)


def _values(statement: Statement, matching: Matching) -> Iterator[Change]:
    """What is told of one statement: each text of it that is another one."""
    old, new, name = statement.old, statement.new, statement.name
    places = (statement.before, statement.after)
    if new is None:
        yield Change("value", name, "gone", f"is gone: `{_written(old, matching)}`", *places)
    elif old is None:
        yield Change("value", name, "new", f"is new: `{_written(new, matching)}`", *places)
    else:
        renamed = old.named and new.named and old.name != new.name
        called = f" (it was called {old.shown})" * renamed
        for text in statement.texts:
            message = f"{text.told()}{called}"
            yield Change("value", name, "changed", message, text.before, text.after)
        if not statement.texts:
            message = f"changes with what it is made of{called}"
            yield Change("value", name, "changed", message, *places, follows=True)


def _written(value: Value | None, matching: Matching) -> str:
    """The expression of a statement that only one file has."""
    for side in (matching.new, matching.old):
        node = side.made.get(value) if value is not None else None
        if node is not None and node.origin.span is not None:
            return brief(line_of(node.origin.span))
    return "" if value is None else value.shown


# --- what is saved, and what it costs ---


def _saved(
    old: Compilation, new: Compilation, identities: Identities, matching: Matching
) -> Iterator[Change]:
    """The arrays that `forward` keeps for `backward`, and no longer, or in another size."""
    before, after = (_kept(c, identities) for c in (old, new))
    for number in list(before):
        if number in after:
            del before[number], after[number]
    there = {old.shown: new.shown for old, new in matching.there.items()}
    left = {value.shown: value for value in after.values()}
    for value in before.values():
        mate = left.pop(there.get(value.shown, value.shown), None)
        if mate is None:
            message = f"is no longer saved: {_held(value)}"
            yield Change("saved", value.shown, "gone", message, _place(old, value), None)
        elif mate.type != value.type:
            message = f"is {_held(mate)}, and was {_held(value)}"
            places = _place(old, value), _place(new, mate)
            yield Change("saved", mate.shown, "changed", message, *places)
    for value in left.values():
        message = f"is saved now: {_held(value)}"
        yield Change("saved", value.shown, "new", message, None, _place(new, value))


def _kept(compilation: Compilation, identities: Identities) -> dict[int, Value]:
    """What is saved but for arguments, by its number in `forward`."""
    (forward, *_) = compilation.program.routines
    side = _side(identities, compilation.joint.with_(nodes=forward.nodes))
    return {side.numbers[v]: v for v in _made(compilation)}


def _made(compilation: Compilation) -> list[Value]:
    """What is saved, but for arguments, which are there anyway."""
    given = set(compilation.joint.arguments.values())
    return [v for v in compilation.program.saved if v not in given]


def _held(value: Value) -> str:
    return f"{value.type}, {size_text(bytes_of(value))} bytes"


def _place(compilation: Compilation, value: Value) -> Span | None:
    (forward, *_) = compilation.program.routines
    return next((n.origin.span for n in forward.nodes if value in n.results), None)


def _figures(old: Compilation, new: Compilation) -> Iterator[Figure]:
    """What the routines cost, and the memory that they need."""
    before, after = (costs_of(c.joint, c.program) for c in (old, new))
    for name in dict.fromkeys([*before, *after]):
        one, other = before.get(name, Cost(0, 0)), after.get(name, Cost(0, 0))
        yield Figure(f"of {name}", "FLOPs", one.flops, other.flops)
    for name in dict.fromkeys([*before, *after]):
        one, other = before.get(name, Cost(0, 0)), after.get(name, Cost(0, 0))
        yield Figure(f"read and written by {name}", "bytes", one.bytes, other.bytes)
    yield Figure("saved", "bytes", *[total(_made(c)) for c in (old, new)])
    held = [total([p.value for p in c.joint.params]) for c in (old, new)]
    yield Figure("of parameters", "bytes", *held)
    sizes = [sizes_of(c.graph) for c in (old, new)]
    if not any(is_open for _, is_open in sizes):
        peaks = [peak(c.plan, d, c.target) for c, (d, _) in zip((old, new), sizes, strict=True)]
        yield Figure("at the peak", "bytes", *peaks)
