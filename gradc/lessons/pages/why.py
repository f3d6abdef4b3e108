"""Why a derivative is what it is: blocked, zero, huge or no number, and the first node to blame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from gradc.ir.graph import Graph
from gradc.ir.node import Node, Value
from gradc.lessons.run.subject import Part, Run
from gradc.lessons.words import numbers, paper
from gradc.lessons.words.derivatives import expression_of
from gradc.records import dataclass

HUGE, TINY = 1e6, 1e-6


@dataclass(frozen=True, slots=True)
class Reason:
    """What the derivative is, and why. `kind` is one word; `rows` are labelled sentences."""

    kind: str
    head: str
    rows: tuple[tuple[str, str], ...] = ()


def find_value(graph: Graph, name: str) -> Value | None:
    """An argument, or a value of the file, by its name."""
    found = graph.arguments.get(name)
    if found is not None:
        return found
    made = [r for n in graph.nodes for r in n.results if r.named and r.name == name]
    return made[-1] if made else None


def known_names(graph: Graph) -> list[str]:
    """The names that one may ask about."""
    made = [r.name for n in graph.nodes for r in n.results if r.named]
    return list(dict.fromkeys([*graph.arguments, *made]))


# --- what no number changes ---


def blocked(graph: Graph, loss: Value, value: Value) -> Reason | None:
    """Why there is no derivative whatever the numbers are; None where there is one."""
    left = f"d{graph.loss}/d{value.name}"
    if not value.type.is_float:
        head = f"{left} does not exist: {value.name} is {value.type}"
        return Reason("integer", head, (("why", "integers and bools carry no derivative"),))
    reached = _reached(graph.nodes, value)
    if value is not loss and loss not in reached:
        return _no_path(graph, value, reached, left)
    varied = {value}
    walls: list[tuple[Node, Value]] = []
    needed = _needed(graph.nodes, loss)
    for node in graph.nodes:
        if node not in needed:
            continue
        wanted = [i for i, v in enumerate(node.operands) if v in varied]
        results = [r for r in node.results if r.type.is_float]
        if any(node.carries[i] for i in wanted) and results:
            varied.update(results)
        elif wanted:
            walls.append((node, node.operands[wanted[0]]))
    if loss in varied:
        return None
    rows: list[tuple[str, str]] = []
    for node, operand in walls:
        rows += [("where", place(node)), ("why", _wall(graph, node, operand))]
    return Reason("blocked", f"{left} is 0 whatever the numbers are: the way is blocked", (*rows,))


def _wall(graph: Graph, node: Node, operand: Value) -> str:
    name = node.name
    if name == "stop_gradient":
        return f"`stop_gradient` is there to pass no derivative back to {_shown(graph, operand)}"
    if not node.result.type.is_float:
        return f"`{name}` makes {node.result.type}, and integers and bools carry no derivative"
    return f"`{name}` has no derivative by {_shown(graph, operand)}"


def _no_path(graph: Graph, value: Value, reached: set[Value], left: str) -> Reason:
    loss = graph.loss
    head = f"{left} is 0 whatever the numbers are: no path leads from {value.name} to {loss}"
    readers = [n for n in graph.nodes if value in n.operands]
    if not readers:
        return Reason("no path", head, (("why", f"nothing reads {value.name}"),))
    read = {v for n in graph.nodes for v in n.operands}
    ends = [n for n in graph.nodes if any(r in reached and r not in read for r in n.results)]
    rows = tuple(("ends at", f"{place(n)}; {loss} does not read it") for n in ends)
    return Reason("no path", head, rows)


def _reached(nodes: Iterable[Node], value: Value) -> set[Value]:
    reached = {value}
    for node in nodes:
        if not reached.isdisjoint(node.operands):
            reached.update(node.results)
    return reached


def _needed(nodes: Sequence[Node], value: Value) -> set[Node]:
    wanted, needed = {value}, set()
    for node in reversed(nodes):
        if not wanted.isdisjoint(node.results):
            needed.add(node)
            wanted.update(node.operands)
    return needed


# --- what the numbers do ---


def reason_at(run: Run, value: Value) -> Reason:
    """Why the derivative is what it is at these numbers."""
    derivative = np.asarray(run.derivatives[value])
    left = f"d{run.graph.loss}/d{value.name}"
    on_the_way = _reached(run.graph.nodes, value)
    parts = [p for p in run.parts if p.value in on_the_way]
    if not np.all(np.isfinite(derivative)):
        what = "nan" if np.any(np.isnan(derivative)) else "inf"
        count = int(np.sum(~np.isfinite(derivative)))
        many = f" in {count} of {derivative.size} places" if derivative.ndim else ""
        return Reason("not a number", f"{left} is {what}{many}", tuple(_first_not_finite(run)))
    size = _size(derivative)
    if size == 0.0:
        return Reason("zero", f"{left} is 0 at these numbers", tuple(_zeros(run, parts, value)))
    shown = numbers.array(derivative)
    if size > HUGE:
        rows = _steepest(run, parts, largest=True)
        return Reason("huge", f"{left} is huge: {shown}", tuple(rows))
    if size < TINY:
        rows = _steepest(run, parts, largest=False)
        return Reason("tiny", f"{left} is tiny: {shown}", tuple(rows))
    zeros = int(derivative.size - np.count_nonzero(derivative))
    if zeros:
        head = f"{left} is 0 in {zeros} of {derivative.size} places, else in order: {shown}"
        return Reason("partly zero", head, tuple(_partly(run, parts)))
    return Reason("fine", f"{left} is in order: {shown}")


def value_reason(run: Run, value: Value) -> Reason | None:
    """Where a value itself is no number, why; None where it is one."""
    if _finite(run.values[value]):
        return None
    array = np.asarray(run.values[value])
    count = int(np.sum(~np.isfinite(array)))
    many = f" in {count} of {array.size} places" if array.ndim else ""
    rows = _first_forwards(run, value) or _given(run)
    return Reason("no number", f"{run.name_of(value)} is {_worst(run, value)}{many}", tuple(rows))


def passed_by(run: Run, value: Value) -> Reason:
    """A value that the stable form of a formula does not go through."""
    head = f"d{run.graph.loss}/d{value.name} is not taken at these numbers"
    formulas = [n for n in run.subject.compilation.written.nodes if value in n.operands]
    rows = tuple(("where", f"{place(n)}: its stable form passes {value.name} by") for n in formulas)
    return Reason("passed by", head, rows)


def _first_forwards(run: Run, end: Value) -> list[tuple[str, str]]:
    """The first node on the way to a value that gives what is no finite number.

    Infinities that the file states are numbers: of those only what comes of them is wrong.
    """
    needed = _needed(run.graph.nodes, end)
    nodes = [n for n in run.graph.nodes if n in needed and n.operands]
    for is_good in (_finite, _is_number):
        for node in nodes:
            bad = [r for r in node.results if not is_good(run.values[r])]
            if bad and all(is_good(run.values[v]) for v in node.operands):
                shown = _shown(run.graph, bad[0], "its result")
                why = f"{_operands(run, node)}, so {shown} is {_worst(run, bad[0])}"
                return [("where", f"forwards, {place(node)}"), ("why", why)]
    return []


def _first_not_finite(run: Run) -> list[tuple[str, str]]:
    """The first node forwards that gives what is no number, else the first one backwards."""
    loss = run.subject.loss
    assert loss is not None
    if rows := _first_forwards(run, loss):
        return rows
    for part in run.parts:
        if not _finite(part.amount) and _finite(run.derivatives.get(part.node.result, 0.0)):
            return [
                ("where", f"backwards, {place(part.node)}"),
                ("why", f"the derivative of `{part.node.name}` has no value where"
                        f" {_operands(run, part.node)}"),
            ]  # fmt: skip
    return _given(run)


def _given(run: Run) -> list[tuple[str, str]]:
    """The arguments that are no finite numbers themselves."""
    given = [n for n, v in run.graph.arguments_in_order if not _finite(run.values[v])]
    return [("why", f"{', '.join(given)} is no finite number")] if given else []


def _zeros(run: Run, parts: Sequence[Part], value: Value) -> list[tuple[str, str]]:
    """The nodes where a derivative that is not 0 becomes 0 on the way back."""
    rows: list[tuple[str, str]] = []
    for part in parts:
        onward = run.derivatives.get(part.node.results[0])
        if onward is None or not np.any(onward) or np.any(part.amount):
            continue
        rows += [("where", place(part.node)), ("why", _zero(run, part))]
    if rows:
        return rows
    own = [p for p in parts if p.value is value and np.any(p.amount)]
    amounts = " + ".join(numbers.array(p.amount) for p in own).replace("+ -", "- ")
    return [("why", f"its contributions cancel: {amounts} = 0")] if own else []


def _zero(run: Run, part: Part) -> str:
    node, value = part.node, part.value
    if node.traits.kink:
        at = f"; {_shown(run.graph, value)} = {numbers.array(run.values[value])}"
        return node.traits.kink + at
    others = [v for i, v in enumerate(node.operands) if i != part.operand]
    if node.name in ("multiply", "matmul", "divide"):
        for other in others:
            if not np.any(run.values[other]):
                return f"it is multiplied by {_shown(run.graph, other)}, which is 0"
    return f"the derivative of `{node.name}` is 0 where {_operands(run, node)}"


def _partly(run: Run, parts: Sequence[Part]) -> list[tuple[str, str]]:
    """Kinks that stop a part of an array."""
    rows = []
    for part in parts:
        if not part.node.traits.kink:
            continue
        amount = np.asarray(part.amount)
        onward = np.asarray(run.derivatives[part.node.results[0]])
        if amount.shape != onward.shape:
            continue
        stopped = int(np.sum((amount == 0) & (onward != 0)))
        if stopped:
            rows.append(("where", f"{place(part.node)}: stops {stopped} of {amount.size}"))
    return rows


def _steepest(run: Run, parts: Sequence[Part], largest: bool) -> list[tuple[str, str]]:
    """The node that makes the derivative grow, or shrink, most."""
    ratios = []
    for part in parts:
        before = _size(run.derivatives.get(part.node.results[0], 0.0))
        after = _size(part.amount)
        if before > 0 and after > 0:
            ratios.append((after / before, part))
    if not ratios:
        return []
    ratio, part = (max if largest else min)(ratios, key=lambda pair: pair[0])
    return [
        ("where", place(part.node)),
        ("why", f"`{part.node.name}` multiplies by up to {numbers.short(ratio)} where"
                f" {_operands(run, part.node)}"),
    ]  # fmt: skip


# --- words ---


def place(node: Node) -> str:
    """`h = relu(z)`, line 7: the statement that a node serves."""
    span = node.origin.span or node.span
    if span is None:
        return f"`{node.name}`"
    text = " ".join(" ".join(line.split("#")[0] for line in span.text.splitlines()).split())
    if text.isidentifier():
        text = span.source.line_text(span.line).split("#")[0].strip()
    text = text if len(text) <= 70 else f"{text[:69]}…"
    return f"`{text}`, line {span.line}"


def _operands(run: Run, node: Node) -> str:
    """`z = -2 and x = 3`: what goes into a node, but for the numbers of the file."""
    constants = {r for n in run.graph.nodes if n.name == "constant" for r in n.results}
    shown = dict.fromkeys(
        f"{_shown(run.graph, v)} = {numbers.array(run.values[v])}"
        for v in node.operands
        if v not in constants
    )
    return " and ".join(shown) or f"`{node.name}` is taken"


def _shown(graph: Graph, value: Value, otherwise: str = "its operand") -> str:
    """A value's name, or the formula that it is."""
    if value.named:
        return value.name
    found = expression_of(graph, value)
    return otherwise if found is None else paper.text(found)


def _finite(x: Any) -> bool:
    array = np.asarray(x)
    return array.dtype.kind != "f" or bool(np.all(np.isfinite(array)))


def _is_number(x: Any) -> bool:
    array = np.asarray(x)
    return array.dtype.kind != "f" or not np.any(np.isnan(array))


def _worst(run: Run, value: Value) -> str:
    """What is wrong with an array: nan, where it holds one."""
    array = np.asarray(run.values[value])
    if not _is_number(array):
        return "nan"
    return numbers.number(np.ravel(array[~np.isfinite(array)])[0])


def _size(x: Any) -> float:
    return float(np.max(np.abs(x), initial=0.0))
