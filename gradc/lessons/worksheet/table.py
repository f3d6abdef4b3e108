"""A graph as a table that the page reads: numbers, words and names of operations, never code.

What the page tells is computed here. Where it knows all operations of a graph it can compute too,
so that the numbers that are given can be changed.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from gradc.ir.node import Apply, Node, Value
from gradc.ir.operation import Operation
from gradc.lessons.run.bump import bump_loss
from gradc.lessons.run.steps import Step, steps_of
from gradc.lessons.run.subject import Run
from gradc.lessons.words import paper
from gradc.lessons.words.derivatives import chain_rule, local_derivative
from gradc.lessons.worksheet.javascript import attributes_read, javascript
from gradc.verification.interpret import Interpreter

LARGEST = 64
"""Numbers in an array that can still be filled in by hand."""


EPSILON = 0.001
"""The bump of the hints."""


class UnsupportedError(Exception):
    """The graph is no worksheet."""

    def __init__(self, message: str, helps: Sequence[str] = ()):
        self.helps = tuple(helps)
        super().__init__(message)


class Table:
    """The graph's named values by number, and its steps.

    `live` says whether the page knows all operations; then steps are lists of operations on slots.
    """

    def __init__(self, run: Run):
        self.run = run
        self.graph = run.graph
        self.steps = steps_of(run.subject)
        self.interpreter = Interpreter(run.arguments.dims)
        self.slots: dict[Value, int] = {}
        self.live = all(isinstance(n, Apply) and javascript(n.op) for n in self._nodes())
        made = [t for step in self.steps for t in step.targets]
        used = {v for step in self.steps for v in step.sources}
        self.given = [v for _, v in self.graph.arguments_in_order if v in used]
        self.named = [*self.given, *made]
        self._check()
        for value in self.named:
            self._slot(value)

    def data(self) -> dict[str, Any]:
        """What the page reads, as JSON has it."""
        loss = self.run.subject.loss
        assert loss is not None
        steps = [self._step(step) for step in self.steps]
        data = {
            "loss": self.slots[loss],
            "epsilon": EPSILON,
            "values": [self._value(v) for v in self.named],
            "steps": steps,
            "slots": len(self.slots),
            "live": self.live,
            "several": sorted(self.run.several),
        }
        return data | {"key": hashlib.sha256(json.dumps(data).encode()).hexdigest()[:16]}

    def has_slope(self, value: Value) -> bool:
        """Whether the derivative of the loss by a value is to be filled in."""
        return value in self.run.derivatives and value is not self.run.subject.loss

    def operations(self) -> list[Operation]:
        """What the page has to compute with, forwards and backwards."""
        return [n.op for n in self._nodes() if isinstance(n, Apply)] if self.live else []

    def _nodes(self) -> list[Node]:
        return [n for s in self.steps for n in (*s.graph.nodes, *s.graph.adjoints)]

    # --- what can be a worksheet ---

    def _check(self) -> None:
        run = self.run
        if run.subject.loss is None:
            raise UnsupportedError(
                "the graph has no loss to differentiate", ["mark it: `loss J = …`"]
            )
        for value in self.named:
            size = int(np.size(run.values[value]))
            if size > LARGEST:
                shape = " × ".join(map(str, np.shape(run.values[value])))
                raise UnsupportedError(
                    f"`{run.name_of(value)}` has {size} numbers ({shape}), more than one fills in"
                    f" by hand ({LARGEST})",
                    ["give the graph a smaller input: `--set 'x=[[1, 2]]'`, `-D H=2`"],
                )
            if not np.all(np.isfinite(np.asarray(run.values[value], np.float64))):
                raise UnsupportedError(f"`{run.name_of(value)}` is no finite number here")

    # --- as data ---

    def _slot(self, value: Value) -> int:
        return self.slots.setdefault(value, len(self.slots))

    def _value(self, value: Value) -> dict[str, Any]:
        kinds = {i.value: "input" for i in self.graph.inputs}
        kinds |= {p.value: "param" for p in self.graph.params}
        array = np.asarray(self.run.values[value])
        return {
            "name": self.run.name_of(value),
            "kind": kinds.get(value, "step"),
            "shape": list(array.shape),
            "data": [_plain(x) for x in array.ravel()],
            "whole": not value.type.is_float,
            "slope": self.has_slope(value),
            **({} if self.live or not self.has_slope(value) else self._told(value)),
        }

    def _told(self, value: Value) -> dict[str, Any]:
        """The derivative by a value, and the loss after a bump of each of its numbers."""
        places = np.ndindex(np.shape(self.run.values[value]))
        return {
            "derivative": [_plain(x) for x in np.ravel(self.run.derivatives[value])],
            "bumped": [_plain(bump_loss(self.run, value, EPSILON, p).after) for p in places],
        }

    def _step(self, step: Step) -> dict[str, Any]:
        graph, loss = step.graph, str(self.graph.loss)
        alone = len(step.targets) == 1 and not step.target.type.shape
        names = {i.name: i.value for i in graph.inputs}
        told = {
            "targets": [self._slot(t) for t in step.targets],
            "sources": [self._slot(v) for v in step.sources],
            "text": step.formula or step.text,
            "symbolic": {
                str(self._slot(v)): self._symbolic(step, v, loss, alone)
                for v in step.sources
                if self.has_slope(v)
            },
        }
        if not self.live:
            local = step.local(self.run) if alone else {}
            numbers = {v: x for v, x in local.items() if not v.type.shape}
            return told | {"local": {str(self._slot(v)): _plain(x) for v, x in numbers.items()}}
        places = {o.name: i for i, o in enumerate(graph.outputs)}
        return told | {
            "forward": self._steps(graph.nodes),
            "results": [self._slot(o.value) for o in graph.outputs],
            "seeds": [[places[s.name], self._slot(s.value)] for s in graph.seeds],
            "backward": self._steps(graph.adjoints),
            "slopes": [[self._slot(names[g.name]), self._slot(g.value)] for g in graph.gradients],
        }

    def _symbolic(self, step: Step, source: Value, loss: str, alone: bool) -> str:
        """`da/dw = 3`, or the chain rule as a formula of arrays."""
        if alone and not source.type.shape:
            found, of = local_derivative(step, source, self.run.subject.library), step.name
        else:
            found, of = chain_rule(step, source, self.run), loss
        left = self.run.quotient(of, source.name)
        return "" if found is None else f"{left} = {paper.text(found)}"

    def _steps(self, nodes: Sequence[Node]) -> list[dict[str, Any]]:
        return [self._node(n) for n in nodes if isinstance(n, Apply)]

    def _node(self, node: Apply) -> dict[str, Any]:
        places = node.op.attribute_index
        return {
            "op": node.name,
            "in": [self._slot(v) for v in node.operands],
            "out": self._slot(node.result),
            "attributes": {
                name: self._attribute(node.attrs[places[name]]) for name in attributes_read(node.op)
            },
        }

    def _attribute(self, value: Any) -> Any:
        """Sizes as integers, arrays and tuples as lists."""
        if isinstance(value, tuple):
            return [self._attribute(v) for v in value]
        if isinstance(value, np.ndarray):
            return [_plain(x) for x in value.ravel()]
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, bool | float):
            return _plain(value)
        if value is Ellipsis:
            return "..."
        return self.interpreter.size(value)


def _plain(x: Any) -> float | int | str:
    """A number as JSON has it; what is not finite as a word."""
    number = float(x)
    if not math.isfinite(number):
        return "nan" if math.isnan(number) else ("inf" if number > 0 else "-inf")
    return int(number) if number == int(number) and abs(number) < 2**53 else number


def order_of(table: Table, values: Iterable[Value]) -> tuple[list[Value], list[Value]]:
    """The values in the order forwards, and those with a derivative in the order backwards."""
    there = set(values)
    made = [t for step in table.steps for t in step.targets if t in there]
    slopes = [v for v in reversed(table.named) if table.has_slope(v) and v in there]
    # A parameter comes after the value that it makes, as the chain rule goes.
    first = {v: i for i, s in reversed(list(enumerate(table.steps))) for v in s.sources}
    place = {t: i for i, s in enumerate(table.steps) for t in s.targets}
    last = len(table.steps)
    slopes.sort(key=lambda v: -place[v] if v in place else 0.5 - first.get(v, last))
    return made, slopes
