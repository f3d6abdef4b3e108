"""Group: which nodes are made in one go. Nesting is fusion: a node is written within its user."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.aliases import Aliases
from gradc.ir.cost import nominal_bytes
from gradc.ir.node import Apply, Node, Scan, Value
from gradc.ir.sizes import Poly
from gradc.passes.target import Target

_NESTING = 4  # how deep operations are nested in one statement
_WIDTH = 9  # how many operations one statement holds
_LARGE = 1 << 20  # bytes of an array that is not taken for a moment where speed matters


def grouped(
    nodes: Sequence[Node],
    results: Sequence[Value],
    aliases: Aliases,
    target: Target,
    *,
    literals_only: bool = False,
    is_fast: bool = False,
    rows: Poly | None = None,
) -> list[tuple[Node, ...]]:
    """The groups in order; the last node of each is what it leaves.

    Numbers, sizes and constants are written where they are used, so they can stand in several
    groups; so can a view that is as short as a name. In a loop over blocks, where `rows` counts the
    elements of one, arrays of so many are made one by one, each in memory that is in cache. Where
    it `is_fast`, products of matrices and large arrays are made in memory that is there.
    """
    grouping = _Grouping(nodes, results, aliases, target, rows, is_fast=is_fast)
    if not literals_only:
        grouping.nest()
    return grouping.groups()


class _Grouping:
    def __init__(
        self,
        nodes: Sequence[Node],
        results: Sequence[Value],
        aliases: Aliases,
        target: Target,
        rows: Poly | None,
        *,
        is_fast: bool,
    ):
        self.rows, self.is_fast = rows, is_fast
        self.nodes, self.results, self.aliases, self.target = nodes, set(results), aliases, target
        self.users: dict[Value, list[Node]] = {}
        users = self.users
        for node in nodes:
            for value in node.operands:
                if value in users:
                    users[value].append(node)
                else:
                    users[value] = [node]
        self.nested: dict[Value, Node] = {}
        for node in nodes:
            traits = node.traits
            is_literal = traits.literal or traits.static
            if (is_literal or self._is_of_literal(node)) and node.results[0] not in self.results:
                self.nested[node.results[0]] = node

    def _is_of_literal(self, node: Node) -> bool:
        """Whether it makes a number of some element type."""
        if len(node.operands) != 1 or not node.traits.elementwise:
            return False
        maker = self.nested.get(node.operands[0])
        return maker is not None and maker.traits.literal

    def nest(self) -> None:
        """Unnamed values used once, in the same paragraph, are written within that statement."""
        depth: dict[Value, int] = {}
        width: dict[Value, int] = {}
        for node in self.nodes:
            result = node.results[0]
            if result.named or result in self.nested or not self._can_nest(node):
                continue
            deep = wide = 1
            if not depth.keys().isdisjoint(node.operands):
                deep += max([depth.get(v, 0) for v in node.operands])
                wide += sum([width.get(v, 0) for v in node.operands])
            if deep <= _NESTING and wide <= _WIDTH:
                self.nested[result] = node
                depth[result], width[result] = deep, wide

    def groups(self) -> list[tuple[Node, ...]]:
        return [self._group(n) for n in self.nodes if n.results[0] not in self.nested]

    def _group(self, root: Node) -> tuple[Node, ...]:
        """The node, behind those that are written within it."""
        if self.nested.keys().isdisjoint(root.operands):
            return (root,)
        found: dict[Node, None] = {}
        self._gather(root, found)
        return tuple(found)

    def _gather(self, node: Node, found: dict[Node, None]) -> None:
        """Adds a node behind what is written within it, which is never deep."""
        for value in node.operands:
            if value in self.nested and (inner := self.nested[value]) not in found:
                self._gather(inner, found)
        found[node] = None

    def _can_nest(self, node: Node) -> bool:
        value, target = node.results[0], self.target
        if value in self.results or len(node.results) > 1:
            return False
        users = self.users.get(value)
        if users is None:
            return False
        if len(users) > 1:
            return self._is_repeated(node, users)
        user = users[0]
        if type(node) is not Apply or not target.is_expression(node.op):
            return False
        if self.rows is not None and self.rows in value.type.shape and target.writes(node.op):
            return False
        if node.traits.impure:
            return False  # draws happen in their order
        if type(user) is Scan:
            # `dJ_dU = np.zeros(…)` before the loop that adds to it.
            return not node.operands and any([s.initial is value for s in user.carried])
        if type(user) is not Apply or not target.is_expression(user.op):
            return False
        # What one derivative has of another, and nothing else, is made where it is read.
        if user.origin.span is not node.origin.span and not (
            _is_in_derivative(node) and _is_in_derivative(user)
        ):
            return False
        if not target.joins(node, [user]):
            return False
        if not value.type.shape:
            return True
        if (
            self.is_fast
            and target.writes(node.op)
            and (node.traits.heavy or self._is_written_over(value, node, user))
        ):
            return False
        # A product that is a matrix is a line of its own where the next operation can overwrite it,
        # and so is an operation that can overwrite what it reads.
        overwrites = target.overwrites(user.op)
        is_large = value.type.rank > 1 or self.is_fast
        if node.traits.heavy and is_large and overwrites and user.results[0].type == value.type:
            # …unless that overwrites another operand: `dJ_dW += x.T @ dJ_dz`.
            return any([v is not value and self._dies_in(v, user) for v in user.operands])
        return not any([self._dies_in(v, node) for v in node.operands])

    def _is_written_over(self, value: Value, node: Apply, user: Apply) -> bool:
        """Whether a large array is made element by element, and the next operation's is that: so
        both are made in memory that is there, and none is taken for what is between them."""
        return (
            node.traits.elementwise
            and value.type == user.result.type
            and nominal_bytes(value) >= _LARGE
            and any([user.operands[i] is value for i in self.target.overwrites(user.op)])
        )

    def _is_repeated(self, node: Node, users: Sequence[Node]) -> bool:
        """Whether a view is written in each of its users: `h.T` of a matrix that has a name."""
        applied = [u for u in users if isinstance(u, Apply)]
        return (
            isinstance(node, Apply)
            and node.traits.view is not None
            and node.operands[0] not in self.nested
            and len(applied) == len(users)
            and self.target.joins(node, applied)
        )

    def _dies_in(self, value: Value, node: Apply) -> bool:
        """Whether a value of the same type with a line of its own is read nowhere else.

        What is written within this node reads it before: `d - (y * d).sum()`.
        """
        return (
            self.aliases.owns(value)
            and value.type == node.result.type
            and bool(self.target.overwrites(node.op))
            and all([self._is_within(user, node) for user in self.users[value]])
            and value not in self.results
            and value not in self.nested
        )

    def _is_within(self, node: Node, outer: Node) -> bool:
        """Whether it is that node, or is written within it."""
        while node is not outer:
            if node.results[0] not in self.nested:
                return False
            node = self.users[node.results[0]][0]
        return True


def _is_in_derivative(node: Node) -> bool:
    """Whether it is of a derivative that the graph takes."""
    return node.origin.is_derived and not node.adjoint_of
