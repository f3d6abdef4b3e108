"""Compare: two Versions to a Comparison. What goes in and out, values, gradients and costs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from gradc.comparison.aligned import Edit, edits, names_bound, names_read
from gradc.comparison.change import Change, Comparison, Figure
from gradc.comparison.identity import Identities
from gradc.comparison.interface import interface
from gradc.comparison.pairing import Matching
from gradc.comparison.recognised import numbers_of, recognised
from gradc.comparison.renamed import NONE, Renaming
from gradc.comparison.side import Side, Statement
from gradc.comparison.terms import gradients
from gradc.comparison.touched import Touched, sources_of
from gradc.compiler import Compilation, Options, compile_source
from gradc.ir.cost import Cost, bytes_of, costs_of, total
from gradc.ir.graph import Graph
from gradc.ir.node import Value
from gradc.ir.sizes import size_text
from gradc.passes.memory.choose import sizes_of
from gradc.passes.memory.peak import peak
from gradc.records import dataclass
from gradc.source import Source, Span
from gradc.syntax import tree
from gradc.syntax.parser import parse


@dataclass(frozen=True, slots=True)
class Version:
    """A compiled graph, its joint graph before it was improved, and what the user wrote.

    How contributions are put together depends on their order, and with it on that of the file. The
    first of the modules is the file itself; the others are what it imports.
    """

    compilation: Compilation
    joint: Graph
    modules: tuple[tree.Module, ...]

    @property
    def dtype(self) -> str:
        """The element type that the file states."""
        stated = [s.dtype for s in self.modules[0].statements if isinstance(s, tree.DtypeDecl)]
        return stated[0] if stated else "f64"


def version(source: Source, options: Options | None = None) -> Version:
    """A source, compiled to be compared. Raises DiagnosticError."""
    joints: list[Graph] = []

    def observe(stage: str, graph: Graph) -> None:
        if stage == "inline":
            joints.append(graph)

    compilation = compile_source(source, options, observe=observe)
    sources = [s for s in sources_of(compilation.written.nodes) if s is not source]
    return Version(compilation, joints[-1], tuple(map(parse, (source, *sources))))


def compare(old: Version, new: Version) -> Comparison:
    """What is another one in `new`; names of statements and the order of the file do not count."""
    renaming = recognised(old.joint, new.joint, (old.dtype, new.dtype))
    before, after = renaming.graph(old.joint), new.joint
    identities = Identities()
    sides = (
        Side(old.joint.nodes, numbers_of(identities, old.joint, renaming), renaming),
        Side(after.nodes, numbers_of(identities, after, NONE)),
    )
    matching = Matching(identities, *sides)
    for name, value in before.arguments.items():
        if name in after.arguments:
            matching.pair(value, after.arguments[name])
    outputs = {o.name: o.value for o in (*after.outputs, *after.updates)}
    for given in (*before.outputs, *before.updates):
        if given.name in outputs:
            matching.pair(given.value, outputs[given.name])
    statements = matching.changed()
    bound = [names_bound(v.modules[0]) for v in (old, new)]
    names = {**_namesakes(sides, bound), **renaming.names}
    written = edits(old.modules, new.modules, names)
    taken = list(gradients(before, after, identities, matching))
    changes = [
        *interface(before, after, renaming),
        *_values(written, statements, sides, old, new),
        *_passed(written, taken),
        *taken,
        *_saved(old.compilation, new.compilation, identities, matching),
    ]
    figures = []
    if changes:  # else they are of the order alone
        found = _figures(old.compilation, new.compilation)
        figures = [f for f in found if renaming.size(f.old) != f.new]
    return Comparison(tuple(changes), tuple(figures))


def _namesakes(sides: tuple[Side, Side], bound: Sequence[Collection[str]]) -> dict[str, str]:
    """What statements are called now that make what they made."""
    old, new = sides
    there = {new.numbers[v]: v.name for v in new.named() if v.name not in bound[0]}
    return {
        v.name: there[old.numbers[v]]
        for v in old.named()
        if v.name not in bound[1] and old.numbers[v] in there
    }


def _values(
    written: Sequence[Edit],
    statements: Sequence[Statement],
    sides: tuple[Side, Side],
    old: Version,
    new: Version,
) -> Iterator[Change]:
    """What was edited and is another value, and what only follows."""
    touched = Touched(*sides), Touched(*sides[::-1])
    read = names_read(old.modules) | names_read(new.modules)
    told = set()
    for edit in written:
        if edit.kind == "value" and _counts(edit, touched, read):
            told |= {edit.name, edit.was}
            places = edit.text.before or edit.before, edit.text.after or edit.after
            yield Change("value", edit.name, edit.what, edit.told(), *places)
    bound = [names_bound(v.modules[0]) for v in (old, new)]
    for statement in statements:
        name, places = statement.name, (statement.before, statement.after)
        if name in told:
            continue
        if statement.old is not None and statement.new is not None:
            message = "changes with what it is made of"
            yield Change("value", name, "changed", message, *places, follows=True)
        elif statement.new is None and name in bound[1]:
            yield Change("value", name, "gone", "is not used now", *places)
        elif statement.old is None and name in bound[0]:
            yield Change("value", name, "new", "is used now", *places)


def _counts(edit: Edit, touched: tuple[Touched, Touched], read: Collection[str]) -> bool:
    """Whether an edit changes what is computed.

    A number that is part of what reads it makes no value of its own.
    """
    pairs = [(t, s) for t, s in zip(touched, (edit.before, edit.after), strict=True) if s]
    if any([side.holds(span) for side, span in pairs]):
        return True
    is_folded = not any([side.knows(span) for side, span in pairs])
    is_read = edit.name.rpartition(".")[2] in read
    return is_folded and is_read and any(side.anything for side in touched)


def _passed(written: Sequence[Edit], taken: Sequence[Change]) -> Iterator[Change]:
    """Where derivatives pass no more, or again, and rules that say something else."""
    if not taken:
        return
    for edit in written:
        if edit.kind != "value":
            places = edit.text.before or edit.before, edit.text.after or edit.after
            yield Change("gradient", edit.name, edit.what, edit.told(), *places)


# --- what is saved, and what it costs ---


def _saved(
    old: Compilation, new: Compilation, identities: Identities, matching: Matching
) -> Iterator[Change]:
    """The arrays that `forward` keeps for `backward`, and no longer, or in another size."""
    renaming = matching.old.renaming
    before, after = _kept(old, identities, renaming), _kept(new, identities, NONE)
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
        elif mate.type != renaming.type(value.type):
            message = f"is {_held(mate)}, and was {_held(value)}"
            places = _place(old, value), _place(new, mate)
            yield Change("saved", mate.shown, "changed", message, *places)
    for value in left.values():
        message = f"is saved now: {_held(value)}"
        yield Change("saved", value.shown, "new", message, None, _place(new, value))


def _kept(compilation: Compilation, identities: Identities, renaming: Renaming) -> dict[int, Value]:
    """What is saved but for arguments, by its number in `forward`."""
    (forward, *_) = compilation.program.routines
    numbers = numbers_of(identities, compilation.joint.with_(nodes=forward.nodes), renaming)
    return {numbers[v]: v for v in _made(compilation)}


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
