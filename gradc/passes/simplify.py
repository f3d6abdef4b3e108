"""Simplify: Graph to Graph. Constants folded, identities dropped, equal nodes shared.

One sweep over the nodes in order, with a map from values to what replaces them. A node is rewritten
until it is as simple as it gets, and so are those that a rewrite adds, so one sweep is enough. The
identities themselves stand in `rewrites.py`, what is asked of loops in `slots.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from gradc.ir.builder import Builder
from gradc.ir.graph import Graph, graph_of
from gradc.ir.library import Library
from gradc.ir.node import Apply, Fragment, Node, Scan, Value, renamed_operands
from gradc.ir.origin import Origin
from gradc.passes.inline import moved_derivations, moved_outputs
from gradc.passes.powers import WAITING
from gradc.passes.rewriter import Rewriter, fold_scalars, is_folded
from gradc.passes.rewrites import REWRITES
from gradc.passes.trim import live_nodes

Rewrites: TypeAlias = Mapping[str, Callable[[Rewriter, Apply], Apply | Value | None]]
"""What is tried on the nodes of an operation, by its name."""

_REWRITES = 8  # of one node in a row; two are common, more than four were never seen


def simplify(
    graph: Graph,
    library: Library,
    simple: Iterable[Node] = (),
    *,
    is_last: bool = False,
    first: Rewrites | None = None,
) -> Graph:
    """The same outputs and gradients from fewer and simpler nodes.

    `simple` are those that an earlier sweep left: what is made of these alone is as simple now.
    `is_last` says that no derivative will be taken of what comes out any more, `first` what is
    tried before the identities; in loops it is not.
    """
    sweep = _Sweep(library, simple, is_last, first or {})
    sweep.run(graph)
    return sweep.result(graph)


def _simplify_body(body: Fragment, library: Library, is_last: bool) -> Fragment:
    """A loop's body, simplified as a graph of its own."""
    graph = simplify(graph_of(body), library, is_last=is_last)
    return Fragment(
        body.parameters, graph.nodes, tuple(o.value for o in graph.outputs), body.checks
    )


class _Sweep(Rewriter):
    """Rewrites the nodes once, in order."""

    def __init__(self, library: Library, simple: Iterable[Node], is_last: bool, first: Rewrites):
        self.library = library
        self.first = first
        self.is_last = is_last
        waiting = WAITING.union(first)
        self.simple = {n for n in simple if isinstance(n, Apply) and n.name not in waiting}
        self.settled: set[Value] = set()  # arguments, and what such nodes make of them
        self.builder = Builder(library, Origin(None, ""))
        self.producers: dict[Value, Apply] = {}
        self.kinds: set[str] = set()
        self.numbers: dict[Value, Any] = {}
        self.moved: dict[Value, Value] = {}
        self.seen: dict[Any, Apply] = {}
        self.boundary = 0

    def run(self, graph: Graph) -> None:
        """Visits every node in order: what it reads is in its simplest form by then."""
        self.arguments = set(graph.arguments.values()) | {s.value for s in graph.seeds}
        self.settled.update(self.arguments)
        for node in graph.nodes:
            self._visit(node)
        self.boundary = len(self.builder.nodes)
        for node in graph.adjoints:
            self._visit(node)

    def result(self, graph: Graph) -> Graph:
        """The graph of what is still alive after the sweep."""
        outputs = moved_outputs(graph.outputs, self.moved)
        gradients = moved_outputs(graph.gradients, self.moved)
        nodes = self.builder.nodes
        primal, adjoints = nodes[: self.boundary], nodes[self.boundary :]
        derivations = moved_derivations(graph.derivations, self.moved)
        # What a derivation tells is kept although the gradients may not need it any more;
        # `partition` drops it.
        told = [d.contribution for d in derivations]
        adjoints = list(live_nodes(adjoints, [*(g.value for g in gradients), *told]))
        needed = [v for n in adjoints for v in n.operands]
        updates = moved_outputs(graph.updates, self.moved)
        roots = [o.value for o in (*outputs, *gradients, *updates)]
        return graph.with_(
            nodes=live_nodes(primal, [*roots, *needed]),
            adjoints=tuple(adjoints),
            outputs=outputs,
            updates=updates,
            gradients=gradients,
            derivations=derivations,
        )

    def _visit(self, node: Node) -> None:
        if node in self.simple and self.settled.issuperset(node.operands):
            assert type(node) is Apply
            if self._added(node) is node:
                self.settled.update(node.results)
            return
        moved = self.moved
        for operand in node.operands:
            if operand in moved:
                node = renamed_operands(node, moved)
                break
        self.builder.origin, self.builder.span = node.origin, node.span
        self.builder.adjoint_of = node.adjoint_of
        if type(node) is Scan:
            node = self._slimmed(node)
        if node.results:
            self.settle(node)

    def _slimmed(self, scan: Scan) -> Scan:
        """A loop in its simplest form: what its body needs no more may not be carried any more."""
        while True:
            scan = scan.with_body(_simplify_body(scan.body, self.library, self.is_last))
            from gradc.passes.slots import slimmed

            found = slimmed(scan, self.is_zeros, self.library.operation("zeros"))
            if found is None:
                return scan
            scan = found.scan
            for old, new in found.moved.items():
                self._replace(old, new)
            for node in found.made:
                self.settle(node)

    def settle(self, node: Node) -> Value:
        """Adds a node in its simplest form, unless there is one like it; the value to use."""
        result = node.results[0]
        if type(node) is not Apply:
            self.builder.nodes.append(node)
            return result
        for _ in range(_REWRITES):
            replacement = self._rewrite(node)
            if replacement is None:
                break
            if isinstance(replacement, Value):
                self._replace(result, replacement)
                return replacement
            node = replacement
        return self._added(node).results[0]

    def _added(self, node: Apply) -> Apply:
        """Adds a node as it is, unless there is one like it, which takes its place."""
        traits = node.traits
        if not (traits.impure or traits.fresh):
            # What is made of nothing may be one number of two types.
            key = (node.op, node.operands or node.results[0].type, node.attrs)
            twin = self.seen.setdefault(key, node)
            if twin is not node:
                for old, new in zip(node.results, twin.results, strict=True):
                    self._replace(old, new)
                return twin
        self.builder.nodes.append(node)
        self.made(node)
        return node

    def _rewrite(self, node: Apply) -> Apply | Value | None:
        name, operands = node.name, node.operands
        if operands and operands[0] in self.numbers and is_folded(node):
            folded = fold_scalars(self, node)
            if folded is not None:
                return folded
        if name in self.first and (found := self.first[name](self, node)) is not None:
            return found
        return REWRITES[name](self, node) if name in REWRITES else None

    def _replace(self, old: Value, new: Value) -> None:
        """Another value stands for this one; a user's name survives the value it was given to."""
        self.moved[old] = new
        if old.named and not new.named and new not in self.arguments:
            new.name, new.named = old.name, True
