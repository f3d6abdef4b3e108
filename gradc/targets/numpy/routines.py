"""The functions of a module, one by one: what writes them, and what they take."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gradc.ir.graph import Graph
from gradc.ir.loop import all_nodes
from gradc.ir.node import Value
from gradc.ir.plan import Plan, depth, reads_of
from gradc.ir.types import Type
from gradc.passes.plan.variables import variables
from gradc.passes.plan.workspace import sized_by, workspace_of
from gradc.passes.target import Target
from gradc.passes.unchosen import unchosen
from gradc.records import replace
from gradc.targets.numpy.annotations import annotations_of
from gradc.targets.numpy.arrays import NOTHING_HELD, Held, arrays_of
from gradc.targets.numpy.loops import RoutineLowering
from gradc.targets.numpy.lower import BlockNames
from gradc.targets.python.identifiers import Names
from gradc.targets.python.shared import Shared
from gradc.targets.python.surroundings import Surroundings, surroundings_of
from gradc.targets.python.view import FunctionView
from gradc.targets.told.naming import Naming, cotangent_of, views_of


class Routines:
    """Writes the routines of a plan, each with names of its own."""

    def __init__(self, plan: Plan, target: Target, shared: Shared, *, is_plain: bool):
        self.program, self.blocks, self.target, self.shared = (
            plan.program,
            plan.blocks,
            target,
            shared,
        )
        graph = plan.program.graph
        self.offered = {o.name for o in plan.program.offered}  # these take no workspace
        self.is_fast = plan.program.level > 1
        self.is_plain = is_plain
        # Derivatives that are offered compute with NumPy's numbers, and `_params` serves them too.
        self.has_floats = self.is_fast and not self.offered and not is_plain
        if self.has_floats:
            given = [v for _, v in graph.given]
            given += [s.value for s in graph.seeds if graph.loss]
            shared.floats |= {v for v in given if v.type == Type("f64")}
        self.unchosen = unchosen(graph)
        self.quiet = {
            part.at_once: bool(unchosen(part.whole))
            for part in plan.program.parts
            if part.whole is not None
        }
        self.parts = {name: p for p in plan.program.parts for name in (p.backward, p.at_once)}
        self.arrays: dict[str, FunctionView | None] = {}  # what a workspace holds for each
        users = [r.name for n in all_nodes(graph.nodes) for r in n.results if r.named]
        users += graph.arguments
        self.naming = Naming(
            cotangent_of(graph),
            tuple(f"d{name}_d" for name in sorted(graph.differentiated, key=len, reverse=True)),
            frozenset(name.replace(".", "_") for name in users),
        )

    def lowering(
        self, name: str, known: Mapping[Value, str], typed: Callable[[Value], bool]
    ) -> RoutineLowering:
        """What writes a function, its variables named; `known` are names that it was given."""
        block = self.blocks[name]
        space = Names(known.values(), self.shared.module)
        found = variables(block, self.target)
        is_fast = self.is_fast and name not in self.offered
        reads = reads_of(block) if is_fast else None
        part = self.parts.get(name)
        naming = self.naming
        if part is not None:
            naming = replace(naming, cotangent=cotangent_of(part.graph))
        names, counters = naming.named(found, known, space, depth(block), views_of(block), reads)
        is_backward = part is not None and part.backward == name
        given = part.graph.seeds if part and is_backward else self.program.graph.inputs
        told = annotations_of([g.value for g in given], known)
        held = NOTHING_HELD
        if is_fast:
            (theirs,) = [r.given for r in self.program.routines if r.name == name]
            workspace = workspace_of(block, theirs, found, self.target)
            if name == "predict":  # which need not know all dimensions
                workspace = sized_by(workspace, block.arguments)
            held = Held(workspace)
        blocks = BlockNames(*map(space.claim, ("step", "start", "block")))
        code = RoutineLowering(
            block, self.shared, names, typed=typed, annotations=told, counters=counters,
            blocks=blocks, held=held, is_plain=self.is_plain,
            is_fast=is_fast,
        )  # fmt: skip
        if self.has_floats:
            code.floats |= self.shared.floats
            code.sure |= self.shared.floats
        code.used_dims |= held.dims()
        if name not in self.offered:
            self.arrays[name] = arrays_of(held, name, names, self.shared.dims)
        return code

    def surroundings(self, graph: Graph, routine: str, *, whole: bool) -> Surroundings:
        """What a function takes beside parameters and inputs."""
        found = surroundings_of(graph, self.blocks[routine], whole=whole)
        return replace(found, workspace=self.is_fast)

    def quieted(self, name: str, function: FunctionView) -> FunctionView:
        """The function, told whether what it computes may go wrong where it is not chosen."""
        made = {r for n in all_nodes(self.blocks[name].nodes) for r in n.results}
        is_quiet = not made.isdisjoint(self.unchosen)
        is_quiet = self.quiet.get(name, is_quiet)
        return replace(function, is_quiet=is_quiet and not self.is_plain)
