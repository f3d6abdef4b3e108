"""The calls that the library's own examples describe, as graphs with arguments.

Floats are parameters, so that they carry derivatives; integers and bools are inputs.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np

from gradc.compiler import Compilation, Options, compile_source
from gradc.diagnostics import DiagnosticError
from gradc.elaborate import elaborate
from gradc.ir.graph import Graph
from gradc.ir.traits import Traits
from gradc.ir.types import DTYPES
from gradc.library.loader import StandardLibrary, standard_library
from gradc.library.stanza import literal
from gradc.passes.derive import Deriver
from gradc.passes.stabilise import stabilise
from gradc.source import Source
from gradc.syntax import tree
from gradc.syntax.parser import parse
from tests.together import together

LIBRARY = StandardLibrary(standard_library().texts, exposed=True)
"""The standard library, but graphs may call what is internal."""

OPS = tuple(LIBRARY.names("op"))
FUNCTIONS = tuple(LIBRARY.names("fn"))


@dataclass(frozen=True)
class Operand:
    """An array of an example: its sizes, element type ("" for the file's) and range."""

    name: str
    sizes: tuple[Any, ...]
    dtype: str = ""
    low: float = -2.0
    high: float = 2.0

    @property
    def carries(self) -> bool:
        """Whether it has a derivative."""
        return self.dtype in ("", "f32", "f64")

    def declare(self) -> str:
        sizes = ", ".join(map(str, self.sizes))
        return f"{'param' if self.carries else 'input'} {self.name}: {self.dtype}[{sizes}]"

    def draw(self, rng: np.random.Generator, dtype: str, dims: Mapping[str, int]) -> Any:
        shape = tuple(dims.get(s, s) for s in self.sizes)
        kind = DTYPES[self.dtype or dtype]
        if kind == "bool":
            return (rng.random(shape) < 0.5)[()]
        if kind.startswith("int"):
            return rng.integers(int(self.low), int(self.high) + 1, shape).astype(kind)[()]
        return rng.uniform(self.low, self.high, shape).astype(kind)[()]


@dataclass(frozen=True)
class Case:
    """An example of an operation or function: a graph of one call."""

    name: str
    number: int
    operands: tuple[Operand, ...]
    call: str  # of the operation, over the names of the operands
    known: Mapping[str, Any] = field(default_factory=dict)  # compile-time arguments
    order: tuple[str, ...] = ()  # of the arguments
    grouped: str = ""  # the one that takes a list of operands
    dtype: str = "f64"
    dims: Mapping[str, int] = field(default_factory=dict)
    library: StandardLibrary = field(default=LIBRARY, repr=False)
    wanted: int | None = None  # the result that goes out; all of them where None

    @property
    def label(self) -> str:
        return f"{self.name}-{self.number}"

    @property
    def results(self) -> int:
        return _results(self)

    @property
    def source(self) -> str:
        return self._source(self.results)

    def _source(self, results: int) -> str:
        lines = [f"dtype {self.dtype}"]
        lines += [f"dim {d}" for d in self.dims]
        lines += [o.declare() for o in self.operands]
        names = ", ".join(f"out{i}" for i in range(results))
        role = "output " if self.wanted is None else ""
        lines.append(f"{role}{names} = {self.call}")
        if self.wanted is not None:
            lines.append(f"output out{self.wanted}")
        return "\n".join([*lines, ""])

    @property
    def graph(self) -> Graph:
        """As it is written, but for stable forms: what is asked of it needs no module."""
        return _graph(self.source, self.library)

    def compile(self, level: int = 1) -> Compilation:
        return _compile(self.source, level, self.library)

    def draw(self, seed: int = 0) -> dict[str, Any]:
        """The arrays by name."""
        rng = np.random.default_rng([zlib.crc32(self.name.encode()), self.number, seed])
        return {
            o.name: prepared(self.name, o.draw(rng, self.dtype, self.dims)) for o in self.operands
        }

    def group(self, arrays: Mapping[str, Any]) -> list[Any]:
        """The arrays of the argument that takes a list."""
        return [arrays[o.name] for o in self.operands if o.name.startswith(self.grouped)]

    def arguments(self, arrays: Mapping[str, Any]) -> dict[str, Any]:
        """What a reference function of the same name is called with, in the example's order."""
        grouped = self.group(arrays)
        return {
            name: grouped if name == self.grouped else {**self.known, **arrays}[name]
            for name in self.order
        }

    def in_single(self) -> Case:
        return replace(self, dtype="f32")

    def each_result(self) -> list[Case]:
        """The same for each of its results alone, where there are several."""
        return [replace(self, wanted=i) for i in range(self.results) if self.results > 1]

    def with_leading(self, size: int | str) -> Case:
        """The same with another leading size in every operand that has the first one's."""
        first = next((o.sizes[0] for o in self.operands if o.sizes and o.sizes[0] != 1), None)
        operands = tuple(
            replace(o, sizes=(size, *o.sizes[1:])) if o.sizes and o.sizes[0] == first else o
            for o in self.operands
        )
        dims = {size: int(first or 1)} if isinstance(size, str) else {}
        return replace(self, operands=operands, dims=dims)


def prepared(name: str, array: Any) -> Any:
    """The array, made to lie in the domain of operations on matrices."""
    if _traits(name).positive:
        return array @ np.swapaxes(array, -1, -2) + np.eye(array.shape[-1])
    return array


@cache
def _traits(name: str) -> Traits:
    op = LIBRARY.find_operation(name)
    return op.traits if op is not None and name in OPS else Traits()


@cache
def _compile(source: str, level: int, library: StandardLibrary) -> Compilation:
    return compile_source(Source("case.graph", source), Options(level=level), library)


@cache
def _graph(source: str, library: StandardLibrary) -> Graph:
    graph, _ = elaborate(parse(Source("case.graph", source)), library, derivatives=Deriver(library))
    return stabilise(graph, library)


@cache
def _count(name: str, source: str) -> int:
    try:
        _graph(source, LIBRARY)
    except DiagnosticError as failure:
        for d in failure.diagnostics:
            if d.message.startswith("one target for"):
                return int(d.message.split()[3])
        raise
    return 1


def _results(case: Case) -> int:
    """An operation always has as many; those of a function go with what it is called with."""
    if case.name in OPS:
        return len(LIBRARY.operation(case.name).result_names)
    return _count(case.name, replace(case, dtype="f64", wanted=None)._source(1))


def cases_of(name: str) -> list[Case]:
    return [_case(name, i, example) for i, example in enumerate(LIBRARY.examples(name))]


def _case(name: str, number: int, example: tree.ExampleDef) -> Case:
    operands: list[Operand] = []
    known: dict[str, Any] = {}
    arguments: list[str] = []
    grouped = ""
    kinds = _kinds(name)
    rest = any(a.name.name for a in example.args if kinds.get(a.name.name) == "rest")
    for argument in example.args:
        label = argument.name.name
        if argument.value is None:
            operand = _operand(argument)
            operands.append(operand)
            arguments.append(operand.name if rest and not grouped else f"{label}={operand.name}")
            continue
        value = literal(argument.value)
        if kinds.get(label) in ("values", "rest"):
            grouped = label
            names = [f"{label}{i}" for i in range(len(value))]
            operands += [Operand(n, sizes) for n, sizes in zip(names, value, strict=True)]
            listed = ", ".join(names)
            arguments.append(f"{label}=[{listed}]" if kinds[label] == "values" else listed)
        else:
            known[label] = value
            text = argument.value.span.text
            arguments.append(text if rest and not grouped else f"{label}={text}")
    call = f"{name}({', '.join(arguments)})"
    order = tuple(a.name.name for a in example.args)
    return Case(name, number, tuple(operands), call, known, order, grouped)


def _kinds(name: str) -> dict[str, str]:
    if name in OPS:
        return {f.name: f.kind for f in LIBRARY.operation(name).formals}
    parameters = LIBRARY.stanzas["fn", name][0].parse().parameters  # type: ignore[attr-defined]
    return {p.name.name: p.kind.name for p in parameters if p.kind}


def _operand(argument: tree.ExampleArgument) -> Operand:
    stated = argument.type
    assert stated is not None
    sizes: Sequence[Any] = [literal(s) for s in stated.sizes or ()]  # type: ignore[arg-type]
    low = -2.0 if argument.low is None else float(literal(argument.low))
    high = 2.0 if argument.high is None else float(literal(argument.high))
    return Operand(argument.name.name, tuple(sizes), stated.dtype or "", low, high)


_IDS = Operand("i", (5,), "i64", -4, 3)
_OTHERS = Operand("j", (2, 1), "i64", -3, 2)
BY_THE_SYNTAX = {
    "pick_at": [
        Case("pick_at", 0, (Operand("x", (4, 3)), _IDS, _OTHERS), "x[i, j]"),
        Case("pick_at", 1, (Operand("x", (2, 4, 3)), _IDS, _OTHERS), "x[:, i, j] ** 2"),
    ],
    "add_at": [
        Case("add_at", 0, (Operand("x", (4, 3)), _IDS, _OTHERS), "x[i, j] ** 3"),
        Case("add_at", 1, (Operand("x", (2, 4, 3)), _IDS, _OTHERS), "x[:, i, j] ** 3"),
    ],
    "index": [
        Case("index", 0, (Operand("x", (4, 3)),), "x[1:, ::-1]"),
        Case("index", 1, (Operand("x", (5, 2)),), "x[::2, newaxis, 1]"),
    ],
    "index_adjoint": [Case("index_adjoint", 0, (Operand("x", (5, 2)),), "x[1:] ** 3")],
    "index_add": [Case("index_add", 0, (Operand("x", (5, 2)),), "x[1:] * x[:-1] + x[0] * x[2]")],
}
"""Examples of operations that no call makes. Adjoints stand in the gradient of what is written, so
the second derivative differentiates them."""

ALL_CASES = [c for n in (*OPS, *FUNCTIONS) for c in cases_of(n)]


def by_operation(cases: Sequence[Case] = ALL_CASES, every: int = 1, first: int = 0) -> Any:
    """Gives a test the cases, a test for each operation; `make test` takes one of `every`."""
    names = {"by": lambda case: case.name, "ids": lambda case: case.label}
    return together("case", cases, **names, every=every, first=first)
