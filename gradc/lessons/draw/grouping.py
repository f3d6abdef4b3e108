"""From the nodes of a graph to boxes and groups.

A box is a statement: of the file, or of a function or layer that it calls, which is a group. With
`operations` it is a single node.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import TypeGuard

from gradc.ir.graph import Graph
from gradc.ir.node import Apply, Node, Scan, Value, applies
from gradc.lessons.draw import labels
from gradc.lessons.draw.loops import body_of, handed_on, loop_group
from gradc.lessons.draw.picture import Box, Flow, Group

Path = tuple[str, ...]


class Grouping:
    """The tree of boxes of a graph."""

    def __init__(
        self,
        graph: Graph,
        *,
        operations: bool = False,
        layers: bool = True,
        loops: bool = False,
    ):
        self.graph, self.operations, self.layers, self.loops = graph, operations, layers, loops
        self.constants = {
            n.result: _constant(n) for n in graph.nodes if isinstance(n, Apply) and n.traits.literal
        }
        self.nodes = [n for n in graph.nodes if not n.traits.literal]
        self.shown = {r for n in self.nodes for r in n.results}
        self.shown.update(v for _, v in graph.arguments_in_order)
        self.frames = self._frames()
        self.ends = {o.value: o for o in graph.outputs}
        self.handed_on: set[Value] = set()  # by a step of a loop, whose body this is
        self.used: dict[Value, list[Node]] = {}
        for node in self.nodes:
            for v in node.operands:
                self.used.setdefault(v, []).append(node)

    def tree(self) -> Group:
        """Everything, in the order of the file."""
        root = Group("")
        self._place_arguments(self._grow(root))
        if self.layers:
            _wrap_layers(root)
        return root

    def _grow(self, root: Group) -> dict[Path, Group]:
        """Puts the statements in their groups, and says where these are."""
        placed: dict[Path, Group] = {(): root}
        opened: list[tuple[Path, Group]] = [((), root)]
        for path, nodes in self._units():
            while opened[-1][0] != path[: len(opened[-1][0])]:
                opened.pop()
            while opened[-1][0] != path:
                here = path[: len(opened[-1][0]) + 1]
                group = Group(self._frame_title(nodes[0], here), hint=here[-1], name=here[-1])
                opened[-1][1].members.append(group)
                opened.append((here, group))
                placed.setdefault(here, group)
            opened[-1][1].members += self._members(nodes, path)
        return placed

    def _members(self, nodes: list[Node], path: Path) -> Iterator[Box | Group]:
        """The box of a statement, or with `loops` the frame of a loop."""
        last = nodes[-1]
        if not (self.loops and isinstance(last, Scan)):
            yield self._box(nodes, path)
            return
        numbers = {n.result: labels.number(n.attrs[0]) for n in nodes if _is_number(n)}
        before = [n for n in nodes[:-1] if n.results[0] not in numbers]
        if before:
            yield self._box(before, path)
        nodes_within = body_of(last)
        body = Grouping(
            self.graph.with_(nodes=nodes_within, outputs=()),
            operations=self.operations,
            loops=self.loops,
        )
        body.shown |= self.shown | set(last.parameters)
        body.handed_on = handed_on(last)
        inside = Group("")
        body._grow(inside)
        title = self._title([last], path)
        shown = self.shown - set(numbers)
        yield loop_group(last, title, inside.members, shown, self.constants | numbers)

    # --- which nodes stand in which group ---

    def _frames(self) -> Mapping[int, list[str]]:
        """The prefixes of each statement that others start with: what it calls has statements."""
        prefixes: dict[int, dict[str, None]] = {}
        for node in self.nodes:
            prefixes.setdefault(id(node.origin.span), {}).setdefault(node.origin.prefix)
        return {
            span: [p for p in sorted(names, key=len) if p and _has_inner(p, names)]
            for span, names in prefixes.items()
            if len(names) > 1
        }

    def _path(self, node: Node) -> Path:
        prefix = node.origin.prefix
        return tuple(
            p
            for p in self.frames.get(id(node.origin.span), ())
            if prefix == p or prefix.startswith(f"{p}.")
        )

    def _units(self) -> Iterator[tuple[Path, list[Node]]]:
        """The nodes of each box: neighbours that serve the same statement."""
        if self.operations:
            for node in self.nodes:
                yield self._path(node), [node]
            return
        for _, group in groupby(self.nodes, key=_place):
            nodes = list(group)
            yield self._path(nodes[0]), nodes

    def _frame_title(self, node: Node, path: Path) -> str:
        if len(path) == 1 and node.origin.span is not None:
            return labels.statement_text(node.origin.span)
        return path[-1].removeprefix(f"{path[-2]}.") if len(path) > 1 else path[-1]

    # --- boxes ---

    def _box(self, nodes: list[Node], path: Path) -> Box:
        made = {r for n in nodes for r in n.results}
        takes = dict.fromkeys(
            v for n in nodes for v in n.operands if v not in made and v in self.shown
        )
        last = nodes[-1]
        box = Box(self._kind(made), self._title(nodes, path), takes=list(takes))
        if last.origin.span is not None:
            box.hint = labels.statement_text(last.origin.span)
        own = {id(n) for n in nodes}
        for node in nodes:
            for result in node.results:
                leaves = any(id(user) not in own for user in self.used.get(result, ()))
                is_end = result in self.ends or result in self.handed_on
                if leaves or is_end or (result.named and result not in self.used):
                    box.flows.append(self._flow(result, path))
        return box

    def _kind(self, made: set[Value]) -> str:
        for value in made:
            if value in self.ends:
                return "loss" if self.ends[value].name == self.graph.loss else "output"
        return "op"

    def _title(self, nodes: list[Node], path: Path) -> str:
        last = nodes[-1]
        if self.operations or last.name == "array":
            return labels.operation_title(last, self.constants)
        span = last.origin.span
        whole = not path and span is not None
        if whole and any(n.result.named for n in nodes):
            assert span is not None
            return labels.right_side(labels.statement_text(span))
        for node in reversed(nodes):
            if text := labels.line_of(node):
                return text
        if last.span is not None:
            return " ".join(last.span.text.split())
        return ", ".join(labels.operation_title(n, self.constants) for n in nodes)

    def _flow(self, value: Value, path: Path) -> Flow:
        name = value.name
        around = [p for p in path if p != name]
        if not value.named and around:
            name = name.removeprefix(f"{around[-1]}.")
        if not value.named and self.operations:
            name = ""
        return Flow(value, name, hint=f"{value.name}: {value.type}")

    # --- inputs and parameters ---

    def _place_arguments(self, placed: Mapping[Path, Group]) -> None:
        """Inputs stand outside; the parameters of a layer stand in its group."""
        graph = self.graph
        kinds = {i.value: ("input", i.doc) for i in graph.inputs}
        kinds |= {p.value: ("param", p.doc) for p in graph.params}
        kinds |= {s.value: ("state", s.doc) for s in graph.states}
        members: dict[int, list[Box | Group]] = {}
        owners: dict[int, Group] = {}
        for name, value in graph.arguments_in_order:
            kind, doc = kinds.get(value, ("input", ""))
            users = self.used.get(value, [])
            if value is graph.training and not users:
                continue
            path: Path = ()
            if self.layers and kind != "input" and users and "." in name:
                paths = [self._path(n) for n in users]
                path = tuple(p[0] for p in zip(*paths, strict=False) if len(set(p)) == 1)
            group = placed[path]
            last = name
            if path and name.startswith(f"{path[-1]}."):
                last = name[len(path[-1]) + 1 :]
            hint = f"{kind} {name}: {value.type}" + (f"\n{doc}" if doc else "")
            box = Box(kind, last, hint, flows=[Flow(value, last, hint=hint)])
            members.setdefault(id(group), []).append(box)
            owners[id(group)] = group
        for key, boxes in members.items():
            owners[key].members[:0] = boxes


def _wrap_layers(root: Group) -> None:
    """A box that alone uses the parameters of its layer becomes a group with them."""
    users: dict[Value, list[Box]] = {}
    for box in root.boxes():
        for value in box.takes:
            users.setdefault(value, []).append(box)
    owned: dict[int, list[Box]] = {}
    for leaf in root.members:
        if isinstance(leaf, Box) and leaf.kind in ("param", "state") and "." in leaf.title:
            takers = users.get(leaf.flows[0].value, [])
            if len(takers) == 1 and takers[0] in root.members:
                owned.setdefault(id(takers[0]), []).append(leaf)
    hidden = {id(leaf) for leaves in owned.values() for leaf in leaves}
    members: list[Box | Group] = []
    for member in root.members:
        if id(member) in owned and isinstance(member, Box):
            title = labels.shortened(member.hint or member.title, 60)
            name = member.flows[0].name if member.flows else ""
            members.append(Group(title, [*owned[id(member)], member], member.hint, name))
        elif id(member) not in hidden:
            members.append(member)
    root.members = members


def _place(node: Node) -> tuple[int, str]:
    """The statement that a node serves, and what in it."""
    return id(node.origin.span), node.origin.prefix


def _has_inner(prefix: str, names: Mapping[str, None]) -> bool:
    return any(name.startswith(f"{prefix}.") for name in names)


def _is_number(node: Node) -> TypeGuard[Apply]:
    """Whether a node is a number that is written down."""
    return applies(node, "array") and not node.result.type.shape


def _constant(node: Apply) -> str:
    value = node.attrs[1] if node.name == "constant" else node.attrs[0]
    return str(value)
