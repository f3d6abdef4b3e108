"""The chain rule of each statement, as a formula over the names of the page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from enum import Enum
from typing import TypeAlias

from gradc.ir.graph import Derivation, Graph
from gradc.ir.loop import ELEMENT, all_nodes
from gradc.ir.node import Apply, Node, Scan, Value, applies
from gradc.ir.plan import Block, all_statements
from gradc.ir.sizes import Size, shape_text
from gradc.passes.differentiate import RULE
from gradc.source import Span
from gradc.targets.python import expression
from gradc.targets.python.expression import Atom, Binary, Expr, opposite
from gradc.targets.python.formals import filler
from gradc.targets.python.templates import template
from gradc.targets.told.presence import Moment, Presence, stacks, stand_ins

_LONGEST = 64  # a longer formula says less than the code below it
_WITHIN = 88  # one that has to say what a name would, were it still there
_DEEPEST = 6  # operations within operations
_IN_RULE = f".{RULE}."
_SHAPING = frozenset({"broadcast_to", "reshape"})  # what changes nothing but the shape

Spell: TypeAlias = "Callable[[Apply, Sequence[Expr]], Expr | None]"
"""A node as an expression over its operands; None where it is none in the target."""


class Formulas:
    """Writes a contribution as a formula over the names of the page: `dJ/dz * (1 - h * h)`."""

    def __init__(
        self,
        graph: Graph,
        block: Block,
        names: Mapping[Value, str],
        spell: Spell,
        dimension: Callable[[str], str],
        counters: Sequence[str] = (),
    ):
        """`counters` are what counts the steps of loops, by how deep they stand, where elements of
        sequences have no names of their own there."""
        self.graph, self.names, self.spell, self.dimension = graph, names, spell, dimension
        adjoints = list(all_nodes(graph.adjoints))
        statements = list(all_statements(block))
        self.producers: dict[Value, Node] = {r: n for n in adjoints for r in n.results}
        fixed = [n for n in graph.nodes if not (n.operands or n.traits.impure)]
        self.producers.update([(n.results[0], n) for n in fixed])
        self.makers = {r: n for n in all_nodes(graph.nodes) for r in n.results}
        self.presence = Presence(block, names)
        self.producers.update(self.presence.makers)
        self.stated = {r for s in statements for r in s.node.results}
        self.seeds = {s.value for s in graph.seeds}
        self.primal = {*self.makers, *graph.arguments.values()}
        self.contributions = {d.contribution for d in graph.derivations}
        self.stand_ins, self.stacks = stand_ins(block, names), stacks(block, names)
        self.steps = dict(_steps(block, counters))
        self.in_loops = {*self.stand_ins, *self.stacks, *self.steps}
        self.shown = _Shown(self._displayed)
        # How the names of cotangents begin, in code and on the page, and the seed of all.
        self.cotangent, self.slanted = f"d{graph.loss}_d", f"d{graph.loss}/d"
        self.seed = f"d{graph.loss}"
        if graph.loss is not None and not graph.seeds:  # `value_and_grad` has a 1 in its place
            self.seed = "1"
            self.seeds = {r for n in graph.adjoints if n.origin.span is None for r in n.results}
            self.shown.update(dict.fromkeys(self.seeds, self.seed))
        self.local = _made_of(self.primal, adjoints, self.contributions | self.seeds)
        self.depth = 0
        self.axes = _Axes.STATED
        self.here: Moment | None = None  # where the formula is read
        self.is_longer = False  # by what is not there under its name
        self.own = ""  # the name of that
        self.span: Span | None = None  # and the statement that it is of
        self.left = ""  # what the formula being written defines
        self.defined: set[str] = set()  # that, and its variable

    def reference(self, value: Value) -> Expr:
        if value in self.stand_ins:
            value = self._around(value)
        node = self.producers.get(value)
        shown = self.shown[value]
        is_there = self._is_there(value)
        if not is_there:
            node, self.is_longer = node or self.makers.get(value), True
            if node is None or value in self.seeds:
                raise _TooLong
        elif node is None or self._stops(value, node, shown):
            if _IN_RULE in shown:  # a part of a rule that has no name on the page
                raise _TooLong
            return Atom(shown)
        is_longer, self.is_longer = self.is_longer, False
        try:
            return self._made(node)
        except _TooLong:
            if self.is_longer and is_there and value in self.names:
                return Atom(shown)  # while what it is made of is not there any more
            raise
        finally:
            self.is_longer |= is_longer

    def _made(self, node: Node) -> Expr:
        """A value by the node that makes it."""
        if type(node) is not Apply or node.traits.impure:
            raise _TooLong
        if applies(node, "astype"):  # a number is that in every type
            (number,) = node.operands
            if number in self.seeds or applies(self.producers.get(number), "constant"):
                return self.reference(number)
        if node.name in _SHAPING and not self.axes.matter_to(node):
            return self.reference(node.operands[0])  # the shape stands behind the formula
        axes = self.axes
        self.depth += 1
        self.axes = self._axes_within(node)
        try:
            if self.depth > _DEEPEST:
                raise _TooLong
            operands = [self.reference(v) for v in node.operands]
            if "spoken" in node.op.spellings:
                (spoken,) = node.op.spellings["spoken"]
                return _without_ones(template(spoken)(filler(node, operands, self.dimension)))
            expr = self.spell(node, operands)
            if expr is None:
                raise _TooLong
            return self._shortened(expr)
        finally:
            self.depth -= 1
            self.axes = axes

    def _axes_within(self, node: Apply) -> _Axes:
        """What the axes of operands are to a node."""
        if node.name == "matmul":
            return _Axes.STATED
        if node.name == "transpose" and self.axes is _Axes.STATED and self.depth > 1:
            return _Axes.STATED
        if not node.traits.elementwise:
            return _Axes.COUNTED
        return self.axes if self.axes is _Axes.COUNTED else _Axes.MET

    def _around(self, value: Value) -> Value:
        """What stands for a value that has no name where it is read."""
        while (outer := self.stand_ins.get(value)) is not None:
            value = outer
        return value

    def _is_there(self, value: Value) -> bool:
        """Whether a value can be read under its name where the formula is."""
        here = self.here
        if here is None or value in self.seeds or value in self.steps:
            return True
        if value in self.names:
            is_defined = value.named and self.shown[value] in self.defined
            return self.presence.has(value, here, defined=is_defined)
        # What has no variable is told by another formula, or by what makes it.
        name = value.name.replace(".", "_")
        return value in self.producers and not self.presence.is_held(name, here)

    def _stops(self, value: Value, node: Node, shown: str) -> bool:
        """Whether a value goes by its name in a formula, rather than by what makes it."""
        if value in self.seeds or (type(node) is Scan and value in self.names):
            return True
        if not (value.named or value in self.stated) or value in self.local:
            return False
        here = node.origin.span is self.span
        if here and shown in self.defined and (not value.named or value.name == self.own):
            # What overwrites a derivative in its variable is told by that.
            return self.depth > 0 and shown != self.left and _IN_RULE not in value.name
        return self.depth > 0 or not here

    def _shortened(self, expr: Expr) -> Expr:
        """Without the factor dJ, which only scales all of backward."""
        if type(expr) is not Binary or expr.op not in ("*", "/") or self.graph.loss is None:
            return expr
        left, right = expr.left, expr.right
        is_seed = type(left) is Atom and left.text == self.seed
        if expr.op == "/":
            return Binary("/", Atom("1"), right) if is_seed else expr
        if is_seed:
            return right
        if type(right) is Atom:
            return left if right.text == self.seed else expr
        if type(right) is Binary and _is_one_over(right):
            return Binary("/", left, right.right)
        return expr

    def _displayed(self, value: Value) -> str:
        """A value as the page calls it: `dJ/dz` for the cotangent of z."""
        if value in self.in_loops:
            value = self._around(value)
            value = self.stacks.get(value, value)
            if (step := self.steps.get(value)) is not None:
                whole, at = step
                return f"{self.shown[whole]}[{at}]"
        shown = self.names.get(value, value.name)
        if self.graph.loss is None or value in self.primal:
            return shown
        begins = self.cotangent
        if value.name.startswith(begins) and value in self.producers:
            same = value.named and shown == value.name.replace(".", "_")
            if same or value not in self.stated:
                shown = value.name
        return f"{self.slanted}{shown[len(begins) :]}" if shown.startswith(begins) else shown

    def formula(self, derivation: Derivation, here: Moment | None = None) -> str:
        """`dJ/dW = x.T @ dJ/dz   [D, B] @ [B, H]`, or nothing where that would be too long.

        What is no more there, or not yet, where it is read is told by what it is made of.
        """
        loss, self.here, self.is_longer = self.graph.loss, here, False
        name, contribution = derivation.value.name, derivation.contribution
        variable = self.names.get(contribution)
        if "next_" not in (variable or name):
            name = name.removeprefix("next_")
        if contribution in self.steps and name.endswith(ELEMENT):
            name = f"{name.removesuffix(ELEMENT)}[{self.steps[contribution][1]}]"
        left = f"{self.slanted}{name}" if loss else f"d_{name}"
        shown = self.shown[contribution]
        self.own, self.span, self.left = contribution.name, derivation.origin.span, left
        self.defined = {left, variable or left, shown}
        maker = node = self.producers.get(contribution)
        while node is not None and node.name in _SHAPING and node.origin.span is self.span:
            shaped = node.operands[0]
            self.defined.add(self.shown[shaped])
            node = self.producers.get(shaped)
        # The cotangent may come from the next statement unchanged.
        is_passed_on = maker is not None and maker.origin.span is not self.span
        sign = "+=" if derivation.partial else "="
        try:
            if contribution in self.seeds:
                right = "1" if loss else shown
            elif is_passed_on and contribution.named and self._is_there(contribution):
                right = shown
            else:
                told = self.reference(contribution)
                if derivation.partial and (positive := opposite(told)) is not None:
                    sign, told = "-=", positive
                elif sign == "=" and type(told) is Binary and _is_scale_of(told, left):
                    sign, told = "*=", told.left
                right = expression.text(told)
        except _TooLong:
            return ""
        longest = _WITHIN if self.is_longer else _LONGEST
        if right == left or len(right) > longest or _IN_RULE in right:
            return ""
        if loss and right == f"-{self.seed}":
            right = "-1"
        if right.startswith(f"{left} + "):
            sign, right = "+=", right.removeprefix(f"{left} + ")
        if applies(maker, "matmul") and not is_passed_on:
            a, b = maker.operands
            return (
                f"{left} {sign} {right}   {shape_text(a.type.shape)} @ {shape_text(b.type.shape)}"
            )
        shape = contribution.type.shape
        return f"{left} {sign} {right}{f'   {shape_text(shape)}' if shape else ''}"


def _steps(block: Block, counters: Sequence[str]) -> Iterator[tuple[Value, tuple[Value, str]]]:
    """What is read and written where it stands in a sequence: the sequence, and where."""
    for repetition in [s.repetition for s in block.statements if counters and s.repetition]:
        index, *deeper = counters
        rows = repetition.scan.rows is not None
        for slot in () if rows else repetition.inlined:
            at = f"{index} + {slot.start}" if slot.start else index
            yield slot.parameter, (slot.whole, f"{':, ' * slot.axis}{at}")
        for made in () if rows else repetition.placed:
            yield made.value, (made.stack, f"{':, ' * made.axis}{index}")
        yield from _steps(repetition.body, counters if rows else deeper)


def _made_of(
    primal: Collection[Value], nodes: Iterable[Node], cotangents: Set[Value]
) -> set[Value]:
    """What nodes make of primal values alone: local derivatives, and no cotangents."""
    known = set(primal)
    for node in nodes:
        if known.issuperset(node.operands) and cotangents.isdisjoint(node.results):
            known.update(node.results)
    return known.difference(primal)


class _Axes(Enum):
    """What axes are to what is computed with an array."""

    STATED = 0  # rows of several axes are those of one matrix, as the shapes behind a rule say
    MET = 1  # by those of other arrays, from the last one on
    COUNTED = 2  # it goes along them

    def matter_to(self, node: Apply) -> bool:
        """Whether another formula would be read without the shape that a node gives."""
        before, after = node.operands[0].type.shape, node.result.type.shape
        if self is _Axes.COUNTED:
            return before != after
        if self is _Axes.STATED or not before or node.name == "broadcast_to":
            return False
        return _without_leading(before) != _without_leading(after)


def _without_leading(shape: Sequence[Size]) -> Sequence[Size]:
    """A shape without the axes of 1 before all others."""
    first = next((i for i, size in enumerate(shape) if size != 1), len(shape))
    return shape[first:]


def _without_ones(expr: Expr) -> Expr:
    """`x - y` rather than `x - 1 * y`."""
    if not isinstance(expr, Binary):
        return expr
    if expr.op == "*" and isinstance(expr.left, Atom) and expr.left.text == "1":
        return expr.right
    return Binary(expr.op, expr.left, _without_ones(expr.right))


def _is_scale_of(expr: Binary, name: str) -> bool:
    """Whether a product scales what a name stands for so far: a sum over all."""
    return expr.op == "*" and isinstance(expr.right, Atom) and expr.right.text == name


def _is_one_over(expr: Binary) -> bool:
    return expr.op == "/" and isinstance(expr.left, Atom) and expr.left.text == "1"


class _Shown(dict[Value, str]):
    """What values are called on the page, worked out where one is first asked for."""

    def __init__(self, displayed: Callable[[Value], str]):
        self.displayed = displayed

    def __missing__(self, value: Value) -> str:
        shown = self[value] = self.displayed(value)
        return shown


class _TooLong(Exception):
    pass
