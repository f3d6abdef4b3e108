"""The point at which a graph is run: values given, examples, starting values, random ones."""

from __future__ import annotations

import inspect
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np

from gradc.diagnostics import near_miss
from gradc.ir.graph import Graph, Input, Param
from gradc.ir.node import Value
from gradc.ir.positions import Position, positions_of
from gradc.ir.sizes import Poly, alone, substitute
from gradc.ir.solving import given_by, solved_for
from gradc.ir.types import DTYPES, Type
from gradc.records import dataclass, replace
from gradc.verification.admitted import admitted
from gradc.verification.allowed import allowed_sizes, constant_told, with_axes

_SIZE = 4  # of a free dimension that nothing settles
_NAMES = 6  # that a help lists
_LABELS = 3  # integers are drawn below this where no use says more


class ArgumentError(Exception):
    """A value that is given does not fit the graph."""

    def __init__(self, message: str, helps: Sequence[str] = ()):
        self.message, self.helps = message, tuple(helps)
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Arguments:
    """Numbers for the inputs, parameters and states.

    `drawn` names the inputs, and the parameters of an expression, that nobody gave.
    """

    dims: Mapping[str, int]
    values: Mapping[Value, Any]
    seed: int = 0
    drawn: tuple[str, ...] = ()

    def moved(self, value: Value, number: Any) -> Arguments:
        """The same with another number for one of them."""
        return replace(self, values={**self.values, value: number})


def arguments_of(
    graph: Graph, text: str, given: Mapping[str, Any], seed: int, training: bool
) -> Arguments:
    """The arguments of a graph whose module is `text`."""
    fixed = {name: _fitting(graph, name, value) for name, value in given.items()}
    for given_by_file in (i for i in graph.inputs if i.example is not None):
        dtype = DTYPES[given_by_file.value.type.dtype]
        fixed.setdefault(given_by_file.name, np.asarray(given_by_file.example, dtype))
    dims = _sizes(graph, fixed, frozenset(given))
    starting = _starting_values(graph, text, dims, seed)
    labels = positions_of(graph.nodes, parts=True)
    rng = np.random.default_rng([seed, 1])
    values: dict[Value, Any] = {}
    drawn: list[str] = []
    for entry in _entries(graph):
        shape = _shape(entry.value.type, dims)
        implied = isinstance(entry, Param) and entry.is_implied
        if entry.name in fixed:
            number = np.broadcast_to(fixed[entry.name], shape)
        elif entry.name in starting and not implied:
            number = np.asarray(starting[entry.name])
        elif isinstance(entry, Param) and not implied:
            number = np.broadcast_to(_state(entry), shape)
        else:
            drawn.append(entry.name)
            number = np.asarray(_draw(entry, shape, labels.get(entry.value), dims, rng))
        values[entry.value] = _in_double(number)
    if graph.training is not None:
        values[graph.training] = np.bool_(training)
    return Arguments(dims, values, seed, tuple(drawn))


def load_arrays(stream: BinaryIO, limit: int) -> dict[str, Any]:
    """The arrays of an .npz file, up to so many bytes. Raises ValueError with what is wrong."""
    refusal = "it is no .npz file of numbers"
    try:
        archive = np.load(stream, allow_pickle=False)
        if not isinstance(archive, np.lib.npyio.NpzFile):
            refusal = "it holds one array without a name; `np.savez` gives it one"
            raise ValueError
        with archive:
            assert archive.zip is not None
            if sum(entry.file_size for entry in archive.zip.infolist()) > limit:
                refusal = f"its arrays hold more than {limit:,} bytes; `--max-bytes` allows more"
                raise ValueError
            return {name: archive[name] for name in archive.files}
    except (OSError, EOFError, ValueError, zipfile.BadZipFile):
        raise ValueError(refusal) from None


def _instead(graph: Graph, name: str, known: Sequence[str], value: object) -> list[str]:
    """What may be given, where something else by a name cannot be."""
    if constant := constant_told(graph, name, value):
        return constant
    if near := near_miss(name, known):
        return list(near)
    if not known:
        return []
    *first, last = [f"`{n}`" for n in known[:_NAMES]]
    if len(known) > _NAMES:
        first, last = [*first, last], "others"
    may = f"{', '.join(first)} and {last}" if first else last
    made = [n for n in graph.nodes if any(r.named and r.name == name for r in n.results)]
    if made and made[0].span is not None:
        return [f"`{name}` is computed on line {made[0].span.line}; what is given is {may}"]
    return [f"there are {may}" if len(known) > 1 else f"there is {may}"]


def _fitting(graph: Graph, name: str, value: Any) -> Any:
    """A value that the caller gives, in the element type of its name."""
    known = {entry.name: entry for entry in _entries(graph)}
    if name not in known:
        raise ArgumentError(
            f"the graph has no input or parameter `{name}`",
            _instead(graph, name, list(known), value),
        )
    try:
        return admitted(name, known[name].value.type, value)
    except ValueError as failure:
        raise ArgumentError(str(failure)) from None


def _sizes(graph: Graph, fixed: Mapping[str, Any], given: frozenset[str]) -> dict[str, int]:
    """The sizes of the dimensions: those that the values have, and a small one for the rest."""
    dims = {d.name: d.size for d in graph.dims if isinstance(d.size, int)}
    owners: dict[str, str] = {}
    solving = graph.solving
    present = [entry for entry in _entries(graph) if entry.name in fixed]
    for entry in sorted(present, key=lambda e: e.name not in given):
        shape, declared = np.shape(fixed[entry.name]), entry.value.type.shape
        if not shape and entry.name not in given:
            continue  # one number, for every place
        if len(shape) != len(declared):
            raise ArgumentError(
                f"`{entry.name}` is {entry.value.type}; this has shape {list(shape)}",
                with_axes(fixed[entry.name], declared),
            )
        for size, found in zip(declared, shape, strict=True):
            name = given_by(size, solving)
            if name is not None and name not in dims:
                dims[name] = found if alone(size) else solved_for(size, found)
                owners[name] = entry.name
    rng = np.random.default_rng(0)
    dims = allowed_sizes(graph, dims, lambda more: int(rng.integers(_SIZE, _SIZE + more + 1)))
    for entry in present:
        shape = np.shape(fixed[entry.name])
        expected = _shape(entry.value.type, dims)
        if shape and shape != expected:
            kind = entry.value.type
            here = "" if kind.shape == tuple(expected) else f", here {list(expected)}"
            raise ArgumentError(f"`{entry.name}` is {kind}{here}; this has shape {list(shape)}")
    return dims


def _entries(graph: Graph) -> list[Input | Param]:
    """What has a value before anything is computed."""
    return [*graph.params, *graph.inputs, *graph.states]


def _shape(declared: Type, dims: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(_known(size, dims) for size in declared.shape)


def _known(size: Any, dims: Mapping[str, int]) -> int:
    known = substitute(size, dict(dims))
    if isinstance(known, Poly):
        raise ArgumentError(f"the size {size} is not known")
    return known


def _starting_values(
    graph: Graph, text: str, dims: Mapping[str, int], seed: int
) -> Mapping[str, Any]:
    """What `init_params` of the module gives, so that a lesson starts where training does."""
    if not graph.params:
        return {}
    scope: dict[str, Any] = {"__name__": "_gradc_lesson"}
    exec(compile(text, "module", "exec"), scope)
    init = scope["init_params"]
    keywords = list(inspect.signature(init).parameters)[1:]
    sizes = {k: dims[k] if k in dims else dims[k.rstrip("_")] for k in keywords}
    found: Mapping[str, Any] = init(seed, **sizes)
    return found


def _state(state: Param) -> Any:
    """What a state is before the first call."""
    init = state.initialiser
    if init.kind == "value":
        return np.asarray(init.data)
    known = {"zeros": 0.0, "ones": 1.0, "constant": init.args[0] if init.args else 0.0}
    if init.kind not in known:
        raise ArgumentError(f"the state `{state.name}` starts with random numbers; give it a value")
    return np.asarray(known[init.kind])


def _draw(
    entry: Input | Param,
    shape: Sequence[int],
    labels: Iterable[Position] | None,
    dims: Mapping[str, int],
    rng: np.random.Generator,
) -> Any:
    declared = entry.value.type
    if declared.is_float:
        return rng.standard_normal(shape)
    if declared.dtype == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    below = min((_known(p.size, dims) for p in labels), default=_LABELS) if labels else _LABELS
    return rng.integers(0, max(below, 1), shape)


def _in_double(array: Any) -> Any:
    return array.astype(np.float64)[()] if array.dtype.kind == "f" else array[()]
