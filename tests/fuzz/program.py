"""A random graph as data: its text is written from it, and its reference is run on it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gradc.ir.sizes import Size, size_text

DTYPES = {"f32": np.float32, "f64": np.float64, "i64": np.int64, "i32": np.int32, "bool": np.bool_}
FLOATS = ("f32", "f64")


@dataclass(slots=True, eq=False)
class Value:
    """A value of the graph. `exact` says that every order of computing it gives the same bits."""

    name: str
    dtype: str
    shape: tuple[Size, ...]
    array: Any  # its value, in double precision
    exact: bool = False

    @property
    def is_float(self) -> bool:
        return self.dtype in FLOATS

    @property
    def type(self) -> str:
        sizes = ", ".join(size_text(s) for s in self.shape)
        return f"{self.dtype}[{sizes}]"


@dataclass(slots=True, eq=False)
class Argument:
    """An input, a parameter or a state.

    `layer` is the step whose layer owns it; then it is not declared. A state has an `update`, what
    it is at the next call.
    """

    value: Value
    is_param: bool
    starting: str = ""  # what follows the type in the declaration
    layer: Step | None = None
    update: Value | None = None


@dataclass(slots=True, eq=False)
class Step:
    """One statement. In `text`, `$0` stands for the first operand."""

    op: str
    operands: tuple[Value, ...]
    text: str
    reference: Callable[..., Any]
    results: tuple[Value, ...] = ()
    inline: bool = False  # written inside the statement that uses it, where only one does
    typed: bool = False
    needs: tuple[str, ...] = ()  # the user's functions that it calls
    kinked: bool = False  # differences do not tell the derivative here
    sharer: Step | None = None  # the step whose layer instance this calls again


@dataclass(slots=True, eq=False)
class Program:
    """A whole graph with its arguments' values and what is asked of it."""

    seed: int
    dims: dict[str, tuple[str, int]]  # name -> (definition, or "" where free; its size)
    dtype: str | None
    arguments: list[Argument]
    steps: list[Step]
    outputs: list[Value]
    loss: Value | None
    wrt: list[str] | None
    functions: dict[str, str] = field(default_factory=dict)
    imports_nn: bool = False

    def with_(self, **changes: Any) -> Program:
        return replace(self, **changes)

    @property
    def params(self) -> list[Argument]:
        return [a for a in self.arguments if a.is_param]

    @property
    def inputs(self) -> list[Argument]:
        return [a for a in self.arguments if not a.is_param and a.update is None]

    @property
    def states(self) -> list[Argument]:
        return [a for a in self.arguments if a.update is not None]

    @property
    def compared(self) -> list[Value]:
        """What comes out of `forward`: outputs, the loss, and the states of the next call."""
        updates = [a.update for a in self.states if a.update is not None]
        return list(dict.fromkeys([*self.returned, *updates]))

    @property
    def returned(self) -> list[Value]:
        """Outputs and the loss."""
        found = [*self.outputs, *([self.loss] if self.loss else [])]
        return list(dict.fromkeys(found))

    @property
    def differentiated(self) -> list[Argument]:
        """What `backward` gives gradients of."""
        if self.wrt is None:
            return self.params
        by_name = {a.value.name: a for a in self.arguments}
        return [by_name[name] for name in self.wrt]

    @property
    def is_single(self) -> bool:
        """Whether some of it is in single precision."""
        made = [v for s in self.steps for v in s.results]
        return any(v.dtype == "f32" for v in (*made, *(a.value for a in self.arguments)))

    @property
    def is_kinked(self) -> bool:
        return any(s.kinked for s in self.steps)

    def evaluated(self, reference: Any, arrays: dict[Value, Any]) -> dict[Value, Any]:
        """Adds the results of the steps, computed by a reference, to the arguments' arrays."""
        return run(reference, self.steps, arrays)

    def pruned(self) -> Program:
        """Without the steps, arguments, functions and dimensions that nothing returned needs."""
        needed = set(self.compared)
        owners = {a.value: a.layer for a in self.arguments if a.layer is not None}
        steps: list[Step] = []
        for step in reversed(self.steps):
            if not needed.isdisjoint(step.results):
                needed.update(step.operands)
                # A shared layer, and a parameter of one, need the statement that makes the layer.
                if step.sharer is not None:
                    needed.update(step.sharer.results)
                for operand in step.operands:
                    if operand in owners:
                        needed.update(owners[operand].results)
                steps.append(step)
        steps.reverse()
        kept = set(steps)
        arguments = [
            a
            for a in self.arguments
            if (a.value in needed or a.update if a.layer is None else a.layer in kept)
        ]
        names = {a.value.name for a in arguments}
        called = {n for s in steps for n in s.needs}
        text = " ".join(
            [*(size_text(s) for a in arguments for s in a.value.shape), *(s.text for s in steps)]
        )
        used = set(re.findall(r"\w+", text))
        for name, (definition, _) in reversed(self.dims.items()):
            if name in used:
                used |= set(re.findall(r"\w+", definition))
        return self.with_(
            steps=steps,
            arguments=arguments,
            functions={n: t for n, t in self.functions.items() if n in called},
            dims={n: d for n, d in self.dims.items() if n in used},
            wrt=None if self.wrt is None else [n for n in self.wrt if n in names],
        )

    def text(self) -> str:
        """The graph as a `.graph` file."""
        rng = random.Random(self.seed)
        lines = [f"## A random graph, seed {self.seed}.", ""]
        if self.imports_nn and any(a.layer for a in self.arguments):
            lines.append("from nn import Dense, LayerNorm, Embedding")
        if self.dtype:
            lines.append(f"dtype {self.dtype}")
        body = [f"dim {n}" + (f" = {d}" if d else "") for n, (d, _) in self.dims.items()]
        for argument in self.arguments:
            if argument.layer is None:
                kind = "param" if argument.is_param else "input"
                kind = kind if argument.update is None else "state"
                value = argument.value
                body.append(f"{kind} {value.name}: {value.type}{argument.starting}")
        body += self.functions.values()
        body += self._statements()
        body += [f"update {a.value.name} = {a.update.name}" for a in self.states if a.update]
        if self.wrt is not None:
            body.append("wrt " + ", ".join(self.wrt))
        rng.shuffle(body)
        return "\n".join([*lines, *body]) + "\n"

    def _statements(self) -> list[str]:
        uses: dict[Value, int] = {}
        for step in self.steps:
            for position, operand in enumerate(step.operands):
                times = len(re.findall(rf"\${position}\b", step.text))
                uses[operand] = uses.get(operand, 0) + times
        returned, compared = set(self.returned), set(self.compared)
        written: dict[Value, str] = {}
        depth: dict[Value, int] = {}
        lines = []
        for step in self.steps:
            text = filled(step.text, [written.get(v, v.name) for v in step.operands])
            deep = 1 + max([depth.get(v, 0) for v in step.operands], default=0)
            first = step.results[0]
            hidden = step.inline and uses.get(first) == 1 and deep < 9 and first not in compared
            if hidden and len(step.results) == 1:
                written[first], depth[first] = f"({text})", deep
                continue
            targets = ", ".join(
                f"{v.name}: {v.type}" if step.typed else v.name for v in step.results
            )
            lines.append(self._statement(targets, text, step, returned))
        again = [v.name for v in self.outputs if self._is_declared_apart(v)]
        if again:
            lines.append(f"output {', '.join(again)}")
        return lines

    def _statement(self, targets: str, text: str, step: Step, returned: set[Value]) -> str:
        first = step.results[0]
        if len(step.results) == 1 and first in returned:
            if first is self.loss:
                return f"loss {targets} = {text}"
            if not self._is_declared_apart(first):
                return f"output {targets} = {text}"
        return f"{targets} = {text}"

    def _is_declared_apart(self, value: Value) -> bool:
        """Whether an output is declared by a statement of its own."""
        step = next((s for s in self.steps if value in s.results), None)
        return value is not self.loss and (
            step is None or len(step.results) > 1 or step.typed or len(value.name) % 2 == 0
        )


def filled(text: str, operands: list[str]) -> str:
    return re.sub(r"\$(\d+)", lambda m: operands[int(m[1])], text)


def run(reference: Any, steps: Iterable[Step], arrays: dict[Value, Any]) -> dict[Value, Any]:
    """Adds the results of the steps, computed by a reference, to `arrays`."""
    for step in steps:
        found = step.reference(reference, *(arrays[v] for v in step.operands))
        found = found if len(step.results) > 1 else (found,)
        arrays.update(zip(step.results, found, strict=True))
    return arrays
