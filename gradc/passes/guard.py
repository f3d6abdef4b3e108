"""Guard: a cotangent that is exactly 0 contributes exactly 0, whatever the local derivative is.

Derivative rules multiply a cotangent by a local derivative, or divide it by something. Where the
cotangent may be 0 because something was left out or not chosen, and the factor cannot be proven
finite, the product is put between `where(cotangent == 0, 0, …)`. So it is where the factor itself
is such a 0, the mask of `relu` say, and the cotangent cannot be proven finite.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.builder import Builder
from gradc.ir.fact import LEFT_OUT, MASKED, Fact
from gradc.ir.node import Apply, Call, Fragment, Node, Value, renamed_operands
from gradc.passes.facts import Facts
from gradc.passes.inline import inline_fragment


class Guards:
    """Follows the cotangents through what rules make of them.

    Of a chain of products the last one is guarded, since each element goes its own way until then.
    `facts` tells of the values; without it nothing is guarded.
    """

    def __init__(self, builder: Builder, facts: Facts | None, *, is_straight: bool):
        """`is_straight` says that there are no loops, whose facts hold for a while alone."""
        self._builder = builder
        self._is_idle = facts is None
        self._facts = Facts() if facts is None else facts
        self._note = self._facts.defer if is_straight else self._facts.add
        self._linear: set[Value] = set()
        self._roots: dict[Value, Value] = {}  # what a value is 0 with, where that is another one
        self._pending: dict[Value, Value] = {}  # what is not guarded yet, and the 0 to ask for
        self._guarded: dict[Value, Value] = {}
        self._seen = 0  # how many of the builder's nodes have been looked at

    def seed(self, value: Value, fact: Fact) -> None:
        """Says that a value is a cotangent."""
        if not self._is_idle:
            self._linear.add(value)
            self._facts.state(value, fact)

    def splice(self, fragment: Fragment, arguments: Sequence[Value]) -> list[Value | None]:
        """The results of a rule for these arguments, guarded."""
        if self._is_idle:
            return list(self._builder.splice(fragment, arguments))
        if self._seen != len(self._builder.nodes):
            self.watch()
        if any([type(n) is Call for n in fragment.nodes]):
            fragment = inline_fragment(fragment)
        found = self._builder.splice(fragment, arguments)
        moved = self.watch(in_rule=True)
        if moved:
            found = tuple([v and moved.get(v, v) for v in found])
        if not self._pending or self._pending.keys().isdisjoint(found):
            return list(found)
        return [v and self._settled(v) for v in found]

    def splice_alone(
        self, fragment: Fragment, arguments: Sequence[Value], fact: Fact
    ) -> list[Value | None]:
        """The results of a rule for these arguments as they are; they are cotangents too."""
        self.watch()
        found = list(self._builder.splice(fragment, arguments))
        self._seen = len(self._builder.nodes)
        for value in found:
            if value is not None:
                self.seed(value, fact)
        return found

    def watch(self, *, in_rule: bool = False) -> dict[Value, Value]:
        """Looks at the builder's newest nodes; what stands for values that were replaced."""
        builder = self._builder
        if self._is_idle or self._seen == len(builder.nodes):
            return {}
        fresh, builder.nodes[self._seen :] = builder.nodes[self._seen :], []
        self._seen = len(builder.nodes)
        moved: dict[Value, Value] = {}
        linear, pending = self._linear, self._pending
        for node in fresh:
            if moved:
                node = renamed_operands(node, moved)
            if linear.isdisjoint(node.operands):
                self._append(node)
            elif (factors := self._factors(node)) is None:
                if in_rule and node.traits.adds:
                    self._forgive_masks(node.operands)
                if pending and not pending.keys().isdisjoint(node.operands):
                    node = renamed_operands(node, {v: self._settled(v) for v in node.operands})
                self._append(node)
                linear.update(node.results)
            elif (masked := self._masked(node, *factors)) is not None:
                moved[node.results[0]] = masked
            else:
                self._append(node)
                self._follow(node, *factors)
        return moved

    def _factors(self, node: Node) -> tuple[Value, Sequence[Value]] | None:
        """The cotangent and the other operands of a node that keeps elements apart."""
        if not node.traits.elementwise:
            return None
        linear = self._linear
        met = [v for v in node.operands if v in linear]
        if len(met) > 1:
            return None
        return met[0], [v for v in node.operands if v is not met[0]]

    def _forgive_masks(self, summed: Sequence[Value]) -> None:
        """Leaves products alone that a rule adds up over a row, where only a mask makes zeros.

        What goes wrong in such a row does so in all of it, and a sum of inputs is no mask.
        """
        for value in summed:
            zero = self._pending.get(value)
            if zero is not None and self._facts[zero].left_out == MASKED:
                del self._pending[value]

    def _append(self, node: Node) -> None:
        self._builder.nodes.append(node)
        self._seen += 1
        self._note(node)

    def _masked(self, node: Node, cotangent: Value, others: Sequence[Value]) -> Value | None:
        """What stands for a product with a mask, where the cotangent may be infinite."""
        if node.name != "multiply" or type(node) is not Apply:
            return None
        (mask,) = others
        if mask.type.dtype != "bool" or self._facts[cotangent].finite:
            return None
        builder = self._builder
        zero = builder.constant(0)
        self._append(builder.nodes.pop())
        found = builder.emit(builder.library.operation("where"), [mask, cotangent, zero])
        chosen = builder.nodes.pop()
        self._append(chosen)
        self._follow(chosen, cotangent, [])
        return found

    def _follow(self, node: Node, cotangent: Value, others: Sequence[Value]) -> None:
        """Notes that a node's result is a cotangent too, and what it is 0 with."""
        (result,) = node.results
        self._linear.add(result)
        name = node.name if type(node) is Apply else ""
        root = self._roots.get(cotangent, cotangent)
        if name == "negative":
            self._roots[result] = root
        pending = self._pending.get(cotangent)
        if pending is None and others and name == "multiply":
            pending = self._zero_of_product(cotangent, others[0], root)
        elif pending is None and others and name == "divide":
            k = self._facts[others[0]]
            unsafe = (k.nan or k.has_zero) and self._facts[cotangent].left_out
            pending = root if unsafe else None
        if pending is not None:
            self._pending[result] = pending

    def _zero_of_product(self, cotangent: Value, factor: Value, root: Value) -> Value | None:
        """Which of the two has zeros that the other one might not respect."""
        facts = self._facts
        if facts.is_tame(factor):
            return None
        k = facts[factor]
        if not k.finite and facts[cotangent].left_out:
            return root
        return factor if k.left_out == LEFT_OUT and not facts[cotangent].finite else None

    def _settled(self, value: Value) -> Value:
        """The value, but 0 where what it is a product with is."""
        zero = self._pending.get(value)
        if zero is None:
            return value
        found = self._guarded.get(value)
        if found is None:
            builder = self._builder
            found = builder.emit(builder.library.operation("guard"), [value, zero])
            self._append(builder.nodes.pop())
            self._linear.add(found)
            self._guarded[value] = found
        return found
