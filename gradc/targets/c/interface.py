"""The interface: structs by the names of the graph, and the functions that take them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gradc.ir.graph import Graph
from gradc.ir.node import Value
from gradc.ir.sizes import shape_text
from gradc.records import dataclass, field
from gradc.targets.c.identifiers import TAKEN, TYPES, Names, beginning, comment


@dataclass(frozen=True, slots=True)
class Field:
    """A member of a struct."""

    name: str
    value: Value
    doc: str = ""
    kind: str = ""  # where it is not the element type's

    def declared(self, *, const: bool) -> str:
        """Its line: arrays by pointer, scalars by value."""
        kind = self.kind or TYPES[self.value.type.dtype]
        if not self.value.type.shape:
            return f"    {kind} {self.name};"
        return f"    {'const ' * const}{kind} *{self.name};"


@dataclass(slots=True)
class Struct:
    """A struct of the header, `net_params`; nothing where it would be empty."""

    type: str
    name: str  # of the argument
    fields: list[Field]
    filled: bool = False  # by the function that takes it
    lines: list[str] = field(init=False)

    def __post_init__(self) -> None:
        rows = [(f.declared(const=not self.filled), _told(f)) for f in self.fields]
        width = max([len(line) for line, _ in rows], default=0)
        body = [f"{line:<{width}}{f'  /* {told} */' if told else ''}" for line, told in rows]
        body = [line.rstrip() for line in body]
        self.lines = ["typedef struct {", *body, f"}} {self.type};"] if self.fields else []

    @property
    def argument(self) -> str:
        """How a function takes it."""
        return f"{'' if self.filled else 'const '}{self.type} *{self.name}"

    def of(self, values: Sequence[Value]) -> Struct:
        """The struct with other values in its fields."""
        pairs = zip(self.fields, values, strict=True)
        moved = [Field(f.name, v, f.doc, f.kind) for f, v in pairs]
        return Struct(self.type, self.name, moved, self.filled)

    def place(self, value: Value) -> str:
        """The member of a value."""
        (found,) = [f.name for f in self.fields if f.value is value]
        return f"{self.name}->{found}"


def _told(member: Field) -> str:
    kind = member.value.type
    shape = f"{kind.dtype}{shape_text(kind.shape)}" if kind.shape else ""
    return comment("  ".join(part for part in (shape, *member.doc.splitlines()[:1]) if part))


def fields(named: Iterable[tuple[str, Value, str]]) -> list[Field]:
    """Members by the names of the graph."""
    names = Names(reserved=TAKEN)
    return [Field(names.claim(name), value, doc) for name, value, doc in named]


@dataclass(slots=True)
class Interface:
    """The structs of a graph, by the names of the arguments that functions take them as."""

    stem: str
    graph: Graph
    params: Struct = field(init=False)
    inputs: Struct = field(init=False)
    outputs: Struct = field(init=False)
    state: Struct = field(init=False)
    dims: list[str] = field(init=False)
    dim_fields: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        graph = self.graph
        self.params = self.struct("params", [(p.name, p.value, p.doc) for p in graph.params])
        self.inputs = self.struct("inputs", [(i.name, i.value, i.doc) for i in graph.inputs])
        outputs = [(o.name, o.value, o.doc) for o in graph.outputs]
        self.outputs = self.struct("outputs", outputs, filled=True)
        states = [(s.name, s.value, s.doc) for s in graph.states]
        self.state = self.struct("state", states, filled=True)
        names = Names(reserved=TAKEN)
        self.dims = [d.name for d in graph.dims if d.size is None]
        self.dim_fields = {name: names.claim(name) for name in self.dims}

    def struct(
        self, name: str, named: Sequence[tuple[str, Value, str]], *, filled: bool = False
    ) -> Struct:
        return Struct(f"{self.stem}_{name}", name, fields(named), filled)

    @property
    def draws(self) -> bool:
        """Whether random numbers are drawn."""
        return any(n.traits.impure for n in self.graph.nodes)

    @property
    def dims_lines(self) -> list[str]:
        """The struct of the free dimensions."""
        if not self.dims:
            return []
        names = ", ".join(self.dim_fields[d] for d in self.dims)
        return [f"typedef struct {{ int64_t {names}; }} {self.stem}_dims;"]


def cotangents(interface: Interface, graph: Graph) -> Struct:
    """What goes backward where there is no loss: a cotangent for each output that has one."""
    outputs = [o for o in graph.outputs if o.value.type.is_float]
    pairs = zip(outputs, graph.seeds, strict=True)
    return interface.struct("cotangents", [(o.name, s.value, "") for o, s in pairs])


def stem_of(name: str) -> str:
    """What a graph's functions and types begin with."""
    return beginning(name.rpartition("/")[2].partition(".")[0] or "net")
