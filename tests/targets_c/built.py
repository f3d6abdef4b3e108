"""The C of a graph, built as a shared library and called with arrays of NumPy."""

import ctypes
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gradc.compiler import Compilation
from gradc.ir.node import Value
from gradc.ir.program import Offered
from gradc.ir.sizes import known
from gradc.ir.types import DTYPES
from gradc.targets.c.identifiers import identifier
from gradc.targets.c.interface import Interface, Struct, cotangents, stem_of
from gradc.targets.c.offered import derivative_of
from gradc.verification.emitted import Point

FLAGS = ("-std=c99", "-Wall", "-Wextra", "-Wshadow", "-pedantic", "-Werror")
CANARY = 0xA5


def build(
    compilations: Sequence[Compilation],
    folder: Path,
    *flags: str,
    compiler: str = "cc",
    linked: Sequence[str] = (),
) -> Path:
    """A shared library of compilations, whose sources differ in their names."""
    sources = []
    for compilation in compilations:
        stem = Path(compilation.source.name).stem
        for suffix, text in compilation.files.items():
            (folder / f"{stem}{suffix}").write_text(text, encoding="utf-8")
        sources.append(f"{stem}.c")
    library = folder / "built.so"
    words = [
        compiler,
        *FLAGS,
        *(flags or ("-O1",)),
        "-fPIC",
        "-shared",
        *sources,
        "-o",
        library.name,
    ]
    words += [*linked, "-lm"]
    done = subprocess.run(
        words, check=False, cwd=folder, capture_output=True, text=True, timeout=1800
    )
    assert done.returncode == 0, done.stderr
    return library


class Failed(Exception):
    """A function returned the code of an error."""


class Built:
    """The functions of a graph in C."""

    def __init__(self, compilation: Compilation, library: Path):
        self.graph = compilation.program.graph
        self.program = compilation.program
        self.stem = stem_of(Path(compilation.source.name).stem)
        self.interface = Interface(self.stem, self.graph)
        self.library = ctypes.CDLL(str(library))

    def backward(self, part: Any, point: Point, weight: float) -> tuple[list[Any], list[Any]]:
        """What `forward` and then `backward` give: outputs, and gradients."""
        memory, workspace = self.workspace(point.dims)
        first = self._first(point)
        outputs = self._struct(self.interface.outputs, None, point.dims)
        self._call("forward", *first, *self._carried(), outputs, workspace)
        graph, gradients = part.graph, self._gradients(part)
        filled = self._struct(gradients, None, point.dims)
        seed: Any = ctypes.c_double(weight)
        if graph.loss is None:
            struct = cotangents(self.interface, graph)
            seed = self._struct(struct, list(point.cotangents.values()), point.dims)
        self._call(part.backward, *first, seed, filled, workspace)
        self._unhurt(memory)
        return self._read(self.interface.outputs, outputs), self._read(gradients, filled)

    def value_and_grad(
        self, part: Any, point: Point, unwanted: Sequence[str] = ()
    ) -> tuple[float, list[Any]]:
        """The loss and the gradients, where they are wanted."""
        memory, workspace = self.workspace(point.dims)
        gradients = self._gradients(part)
        filled, loss = self._struct(gradients, None, point.dims), ctypes.c_double()
        for name in unwanted:
            setattr(filled, name, None)
        self._call(
            part.at_once,
            *self._first(point),
            *self._carried(),
            ctypes.byref(loss),
            filled,
            workspace,
        )
        self._unhurt(memory)
        return loss.value, self._read(gradients, filled)

    def predict(self, point: Point) -> dict[str, Any]:
        """The outputs that `predict` fills in."""
        memory, workspace = self.workspace(point.dims)
        outputs = self._struct(self.interface.outputs, None, point.dims)
        carried = self._carried(hands_on=False)
        self._call("predict", *self._first(point), *carried, outputs, workspace)
        self._unhurt(memory)
        found = self._read(self.interface.outputs, outputs)
        named = zip(self.graph.outputs, found, strict=True)
        return {o.name: v for o, v in named if o.name in self.program.predicted}

    def derivative(self, offered: Offered, point: Point, along: Mapping[str, Any]) -> list[Any]:
        """What a function of `--also` fills in; what is not `along` does not move."""
        memory, workspace = self.workspace(point.dims)
        derivative = derivative_of(self.interface, offered, [r.value for r in offered.results])
        names = [a.name for a in offered.along]
        taken = self._struct(derivative.along, [along.get(n) for n in names], point.dims)
        filled = self._struct(derivative.filled, None, point.dims)
        carried = self._carried(hands_on=False)
        self._call(offered.name, *self._first(point), *carried, taken, filled, workspace)
        self._unhurt(memory)
        return self._read(derivative.filled, filled)

    def _unhurt(self, memory: Any) -> None:
        assert (memory[:64] == CANARY).all(), "written in front of the workspace"
        assert (memory[-64:] == CANARY).all(), "written behind the workspace"

    def workspace(self, dims: Mapping[str, int]) -> tuple[Any, Any]:
        """Memory with canaries around it."""
        size = self.library[f"{self.stem}_workspace_bytes"]
        size.restype = ctypes.c_size_t
        count = size(self._dims(dims)) if self.interface.dims else size()
        raw = np.full(count + 192, CANARY, np.uint8)
        shift = -raw.ctypes.data % 64
        memory = raw[shift : shift + count + 128]
        memory[64 : 64 + count] = 0xFF  # no number, whatever reads it before it is written
        self.raw = raw
        return memory, ctypes.c_void_p(memory.ctypes.data + 64)

    def error(self, code: int) -> str:
        function = self.library[f"{self.stem}_error"]
        function.restype = ctypes.c_char_p
        return bytes(function(code)).decode()

    def _call(self, name: str, *arguments: Any) -> None:
        given = [a for a in arguments if a is not None]
        given = [ctypes.byref(a) if isinstance(a, ctypes.Structure) else a for a in given]
        code = self.library[f"{self.stem}_{identifier(name)}"](*given)
        if code:
            raise Failed(self.error(code))

    def _first(self, point: Point) -> list[Any]:
        dims = point.dims
        found = [self._dims(dims)] if self.interface.dims else []
        params, inputs = list(point.params.values()), list(point.inputs.values())
        found.append(self._struct(self.interface.params, params, dims))
        return [*found, self._struct(self.interface.inputs, inputs, dims)]

    def _carried(self, *, hands_on: bool = True) -> list[Any]:
        """The starting states, no place for the next ones, and training."""
        nothing = ctypes.c_void_p(None)
        found: list[Any] = [nothing, *[nothing] * hands_on] if self.graph.states else []
        found += [ctypes.c_int(1)] if self.graph.training is not None else []
        return [*found, *([self._generator()] if self.interface.draws else [])]

    def _generator(self) -> Any:
        """A generator of seed 0."""
        self.rng = ctypes.create_string_buffer(64)
        self.library[f"{self.stem}_rng_seed"](self.rng, ctypes.c_uint64(0))
        return self.rng

    def _dims(self, dims: Mapping[str, int]) -> Any:
        kind = type(
            "Dims",
            (ctypes.Structure,),
            {"_fields_": [(d, ctypes.c_int64) for d in self.interface.dims]},
        )
        return ctypes.byref(kind(*[dims[d] for d in self.interface.dims]))

    def _gradients(self, part: Any) -> Struct:
        named = [
            (n, g.value, "") for n, g in zip(part.graph.wrt, part.graph.gradients, strict=True)
        ]
        return self.interface.struct("gradients", named, filled=True)

    def _struct(self, struct: Struct, given: Sequence[Any] | None, dims: Mapping[str, int]) -> Any:
        """A struct with values, or with arrays to be filled."""
        if not struct.fields:
            return None
        members = [(f.name, _kind(f.value)) for f in struct.fields]
        made = type("Struct", (ctypes.Structure,), {"_fields_": members})()
        made.kept = []
        for number, member in enumerate(struct.fields):
            dtype = DTYPES[member.value.type.dtype]
            if member.value.type.shape and (given is None or given[number] is not None):
                shape = [known(s, dims) for s in member.value.type.shape]
                array = (
                    np.empty(shape, dtype)
                    if given is None
                    else np.ascontiguousarray(given[number], dtype)
                )
                made.kept.append(array)
                setattr(made, member.name, array.ctypes.data)
            elif given is not None and given[number] is not None:
                setattr(made, member.name, np.asarray(given[number], dtype).item())
        return made

    def _read(self, struct: Struct, made: Any) -> list[Any]:
        if made is None:
            return []
        arrays = iter(made.kept)
        return [
            next(arrays) if f.value.type.shape else getattr(made, f.name) for f in struct.fields
        ]


def _kind(value: Value) -> Any:
    if value.type.shape:
        return ctypes.c_void_p
    return np.ctypeslib.as_ctypes_type(np.dtype(DTYPES[value.type.dtype]))
