"""What lowers a block to statements: what it keeps, and how it spells what all targets do alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gradc.ir.node import Apply, Value
from gradc.ir.plan import Block, Statement
from gradc.targets.python.expression import Atom, Expr
from gradc.targets.python.shared import Shared
from gradc.targets.python.special import is_python_number
from gradc.targets.python.statements import statement
from gradc.targets.told.lines import Line

_GUARDS = frozenset({"guard", "guard_in_doubt"})
_GUARDED = "0 where it does not count"


class BlockLowering:
    """Lowers one block. `used_dims` is what it refers to by name, known when it is done."""

    is_plain = False
    is_fast = False

    def __init__(
        self,
        block: Block,
        shared: Shared,
        names: Mapping[Value, str],
        *,
        typed: Callable[[Value], bool],
        counters: Sequence[str] = (),
        margin: int = 0,
    ):
        """Lines will be moved to the right by the `margin`; `typed` says whose type stands beside
        it; `counters` count steps, by how deep a loop stands."""
        self.block, self.shared, self.names = block, shared, names
        self.typed, self.counters, self.margin = typed, counters, margin
        self.expressions: dict[Value, Expr] = {}  # of what has no name
        self.atoms = _Atoms(names)
        self.used_dims: set[str] = set()
        self.has_guards = not _GUARDS.isdisjoint([n.name for n in block.nodes])
        self.guarded: set[Value] = set()  # made by a statement that holds a guard

    def run(self) -> list[Line]:
        """The statements of the block."""
        raise NotImplementedError

    def expression(self, node: Apply) -> Expr:
        """A node where its value is used."""
        raise NotImplementedError

    def name(self, value: Value) -> str:
        """The variable of a value."""
        return self.names[value]

    def reference(self, value: Value) -> Expr:
        """A value where it is used: its expression where that is nested, else its variable."""
        return self.expressions[value] if value in self.expressions else self.atoms[value]

    def references(self, values: Sequence[Value]) -> list[Expr]:
        """Values where they are used."""
        nested, atoms = self.expressions, self.atoms
        return [nested[v] if v in nested else atoms[v] for v in values]

    def dimension(self, name: str) -> str:
        """What a dimension is called here; notes that the routine needs it."""
        self.used_dims.add(name)
        return self.shared.dims[name]

    def constant_array(self, node: Apply) -> Expr:
        return self.shared.constant_array(node)

    def helper(self, name: str) -> None:
        self.shared.helpers.add(name)

    def is_number(self, value: Value) -> bool:
        return is_python_number(value.type)

    def nest(self, planned: Statement) -> None:
        """Writes what stands within a statement, so that it can be referred to."""
        for node in planned.inner:
            assert isinstance(node, Apply), "nothing else is nested"
            if self.has_guards:
                self._guards(node)
            self.expressions[node.results[0]] = self.expression(node)

    def written(self, head: str, expr: Expr, comment: str = "") -> list[str]:
        """The lines of a statement, wrapped so that they fit once they are moved to the right."""
        lines = statement(head, expr, comment, 4 + self.margin, kept=_GUARDED in comment)
        return [line[self.margin :] for line in lines] if self.margin else lines

    def remark(self, node: Apply, *, is_typed: bool) -> str:
        """What stands beside the statement of a node: its type, and whether it holds a guard."""
        told = str(node.results[0].type) if is_typed else ""
        if not self.has_guards or not self._guards(node):
            return told
        return f"{told}, {_GUARDED}" if told else _GUARDED

    def _guards(self, node: Apply) -> bool:
        """Whether the statement holds a guard, its own or a nested one."""
        if node.name in _GUARDS:
            self.guarded.add(node.result)
        elif not self.guarded:
            return False
        elif any(v in self.guarded and v in self.expressions for v in node.operands):
            self.guarded.add(node.results[0])
        return node.results[0] in self.guarded


class _Atoms(dict[Value, Atom]):
    """The variables of values, made where they are first read."""

    def __init__(self, names: Mapping[Value, str]):
        self.names = names

    def __missing__(self, value: Value) -> Atom:
        atom = self[value] = Atom(self.names[value])
        return atom
