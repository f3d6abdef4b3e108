"""Lower: the steps of a routine to statements of Python, with names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from gradc.ir.node import Apply, Value
from gradc.ir.plan import Block, Repetition, Statement
from gradc.ir.types import Type
from gradc.records import dataclass
from gradc.targets.assembly.lowering import BlockLowering
from gradc.targets.numpy.annotations import Annotations
from gradc.targets.numpy.arrays import NOTHING_HELD, Held
from gradc.targets.numpy.operations import (
    can_write,
    is_of_a_stack,
    spelled_out,
    with_attributes,
    with_floats,
    written_into,
)
from gradc.targets.numpy.plain import is_number
from gradc.targets.numpy.spelling import spelling_of
from gradc.targets.python import expression
from gradc.targets.python.expression import Atom, Call, Expr, opposite
from gradc.targets.python.formals import filler
from gradc.targets.python.layout import let_go
from gradc.targets.python.shared import Shared
from gradc.targets.python.templates import statement_template
from gradc.targets.told.lines import Line

_AUGMENTED = frozenset({"+", "-", "*", "/", "//", "%"})


@dataclass(frozen=True, slots=True)
class BlockNames:
    """What a loop over blocks calls how long they are, where one starts, and where it is."""

    step: str = "step"
    start: str = "start"
    block: str = "block"


_BLOCK_NAMES = BlockNames()
_DOUBLE, _BOOL = Type("f64"), Type("bool")


def _cut(block: Block) -> set[Value]:
    """Slices, and views of them."""
    found: set[Value] = set()
    for node in block.nodes:
        if node.name == "index" or (node.traits.view is not None and node.operands[0] in found):
            found.update(node.results)
    return found


class Lowering(BlockLowering):
    """Lowers one block. `used_dims` is what it refers to by name, known when it is done."""

    def __init__(
        self,
        block: Block,
        shared: Shared,
        names: Mapping[Value, str],
        *,
        typed: Callable[[Value], bool],
        annotations: Annotations,
        margin: int = 0,
        counters: Sequence[str] = (),
        blocks: BlockNames = _BLOCK_NAMES,
        in_blocks: bool = False,
        held: Held = NOTHING_HELD,
        is_plain: bool = False,
        is_fast: bool = False,
    ):
        super().__init__(block, shared, names, typed=typed, counters=counters, margin=margin)
        self.is_plain, self.is_fast = is_plain, is_fast
        self.annotations = annotations
        self.held = Counter(names.values())
        self.blocks = blocks
        self.in_blocks = in_blocks
        self.held_arrays = held
        self.in_arrays = frozenset(held.values)  # what is written into those of a workspace
        self.in_workspace = {names[v] for v in held.values}  # the names of what lives on
        self.results = frozenset(block.results)
        self.places: dict[Value, Expr] = {}  # in stacks, of what is read from there
        self.cut = _cut(block) if held.values else set()  # what may lie apart in memory
        self.floats: set[Value] = set()  # what may be a number of Python's
        self.sure: set[Value] = set()  # what surely is a float of Python's
        self.frees = any([s.frees for s in block.statements])
        self.bound: dict[str, Value] = {}  # which value each variable holds now, if it `frees` any

    def run(self) -> list[Line]:
        lines = []
        for planned in self.block.statements:
            if len(planned.nodes) > 1:
                self.nest(planned)
            if planned.repetition is None:
                lines.append(self._statement(planned))
            else:
                lines.append(self.loop(planned, planned.repetition))
            if not self.frees:
                continue
            for result in planned.node.results:
                self.bound[self.name(result)] = result
            if planned.frees and (freed := self._let_go(planned.frees)):
                lines.append(Line(planned, let_go(freed, self.margin)))
        return lines

    def name(self, value: Value) -> str:
        """The variable of a value, or the place in a stack that it is written to."""
        if value in self.expressions:
            return expression.text(self.expressions[value])
        return self.names[value]

    def is_number(self, value: Value) -> bool:
        return super().is_number(value) or value in self.annotations.numbers or value in self.floats

    def _let_go(self, values: Sequence[Value]) -> list[str]:
        held = self.in_workspace
        freed = dict.fromkeys(self.names[v] for v in values if v in self.names)
        freed = {n: None for n in freed if n not in held}
        return [n for n in freed if self.bound.get(n) in values]

    # --- statements ---

    def declared(self, name: str, expr: Expr, value: Value) -> str:
        """The target of a statement that gives a value its variable."""
        is_held = value in self.results or self.shares_name(value)
        return self.annotations.declared(name, expr, value.type, is_held=is_held)

    def shares_name(self, value: Value) -> bool:
        """Whether a variable holds other values too."""
        return self.held[self.names.get(value, "")] > 1

    def loop(self, statement: Statement, repetition: Repetition) -> Line:
        """The statements of a scan; `loops.py` knows how."""
        raise NotImplementedError

    def _statement(self, statement: Statement) -> Line:
        node, result = statement.node, statement.result
        into = statement.into if statement.into is not None else statement.over
        assert isinstance(node, Apply), "scans are run by `loop`, calls are inlined"
        if len(node.results) > 1:
            target = ", ".join([self.name(r) for r in node.results])
        else:
            target = self.name(result)
        # What is written into a stack has its type where the stack is made.
        typed = self.typed(result) and target[-1] != "]"
        comment = self.remark(node, is_typed=typed)
        spelling = spelling_of(node.op)
        if spelling.statements:
            return Line(statement, self._several(node, statement.into, comment))
        if into is None and spelling.operator in _AUGMENTED and self._adds_up(node, target):
            if self.is_fast and is_number(node):
                self._counts(node)
            return Line(statement, self._augmented(node, node.operands[0], comment))
        if into is not None and self.name(into) == target:
            augmented = self._augmented(node, into, self.remark(node, is_typed=False))
            return Line(statement, augmented)
        out = None if into is None else Atom(self.name(into))
        if self.in_workspace or self.in_blocks:
            lines = self._in_memory(node, out, target, comment)
            if lines is not None:
                return Line(statement, lines)
        place = self.places.get(result, out)
        expr = self._alone(node) if place is None else self._with_out(node, place)
        head = self.declared(target, expr, result)
        lines = self.written(f"{head} = ", expr, comment)
        bare = ""
        if len(lines) == 1:
            bare = f"{target}{lines[0][4 + len(head) :]}".removesuffix(f"  # {comment}")
        return Line(statement, lines, bare)

    def _in_memory(
        self, node: Apply, out: Atom | None, target: str, comment: str
    ) -> list[str] | None:
        """A call that writes into memory which outlives the function, or that a loop over blocks
        sees; None where there is no such. `out` is what the result is written over."""
        result = node.result
        is_over = out is not None and out.text in self.in_workspace
        is_new = out is None and result in self.in_arrays
        is_packed = False
        if is_over or is_new:
            is_packed = self.cut.isdisjoint(node.operands)
            is_packed = is_packed and (not self.in_blocks or is_of_a_stack(node))
        if is_over:
            assert out is not None
            self.in_workspace.add(target)
            if is_packed and is_of_a_stack(node):
                call = self._with_out(node, out, is_packed=True)
                return [*self.written("", call, comment), *self.written(f"{target} = ", out)]
        if is_new:
            call = self._with_out(node, Atom(target), is_packed=is_packed)
            return self.written("", call, comment)
        if self.in_blocks and result in self.expressions and can_write(node.op):
            call = self._with_out(node, self.expressions[result])
            return self.written("", call, comment)
        return None

    def _adds_up(self, node: Apply, target: str) -> bool:
        """Whether a number takes the place of its first operand: `J += …`."""
        if len(node.operands) != 2:
            return False
        first, other = node.operands
        return (
            self.names.get(first) == target
            and first not in self.expressions
            and first is not other
            and first.type is node.result.type
            and not first.type.shape
        )

    def _augmented(self, node: Apply, out: Value, comment: str) -> list[str]:
        """`z += b`, or a call with `out=` whose result needs no name."""
        operator = spelling_of(node.op).operator
        if operator in _AUGMENTED and len(node.operands) == 2:
            x, y = node.operands
            one, other = self._operands(node)
            if y is out and x is not out and operator in ("+", "*"):
                x, y, other = y, x, one
            if x is out and y is not out:
                if operator == "+" and (positive := opposite(other)) is not None:
                    operator, other = "-", positive  # to the last bit the same
                return self.written(f"{self.name(out)} {operator}= ", other, comment)
        return self.written("", self._with_out(node, Atom(self.name(out))), comment)

    def _several(self, node: Apply, into: Value | None, comment: str) -> list[str]:
        """A lowering of several statements; a copy of memory that dies is left out."""
        texts = spelling_of(node.op).statements
        operands = self.references(node.operands)
        found = filler(node, with_attributes(node, operands, self, *texts), self.dimension)
        for formal, result in zip(node.op.result_names, node.results, strict=True):
            found[formal] = Atom(self.name(result))
        lines: list[str] = []
        if into is not None:
            texts = texts[1:]
            if self.name(into) != self.name(node.result):
                lines += self.written(
                    f"{self.name(node.result)} = ", Atom(self.name(into)), comment
                )
        for text in texts:
            filled = statement_template(text)
            head = "" if filled.target is None else expression.text(filled.target(found))
            value = filled.value(found)
            first = not lines and into is None
            if filled.head == " = ":
                head = self.declared(head, value, node.result)
            lines += self.written(head + filled.head, value, comment if first else "")
        return lines

    # --- expressions ---

    def _operands(self, node: Apply) -> Sequence[Expr]:
        """The operands of a node that is written into an array."""
        operands = self.references(node.operands)
        return with_floats(node, operands) if self.is_fast else operands

    def expression(self, node: Apply) -> Expr:
        """A node where its value is used."""
        operands = self.references(node.operands)
        if self.is_fast and is_number(node):
            operands = [self._number(v, x) for v, x in zip(node.operands, operands, strict=True)]
            self._counts(node)
        elif node.result.type is _BOOL and not self.floats.isdisjoint(node.operands):
            self.floats.add(node.result)  # Python's floats are compared to what is Python's too
        return spelled_out(node, operands, self)

    def _counts(self, node: Apply) -> None:
        """Notes that a node makes a float of Python's, where all that it is made of are such."""
        self.floats.add(node.result)
        given = [v for v in node.operands if v.type.dtype != "bool" and not v.type.weak]
        if self.sure.issuperset(given):
            self.sure.add(node.result)

    def _alone(self, node: Apply) -> Expr:
        """A node as a statement of its own."""
        expr = self.expression(node)
        if self.is_plain or not self.is_fast or len(node.results) > 1:
            return expr
        return self._number(node.result, expr)

    def _number(self, value: Value, expr: Expr) -> Expr:
        """What NumPy makes of arrays as a float of Python's, if it is an f64: what is computed
        with it takes a third of the time then."""
        if value.type != _DOUBLE or value in self.floats or isinstance(expr, Atom):
            return expr
        self.floats.add(value)
        self.sure.add(value)
        return Call(Atom("float"), [expr])

    def _with_out(self, node: Apply, out: Expr, *, is_packed: bool = False) -> Expr:
        return written_into(node, self._operands(node), out, self, is_packed=is_packed)
