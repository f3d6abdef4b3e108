"""The functions of a module, one by one: what writes them, and what they take."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set

from gradc.ir.graph import Graph
from gradc.ir.loop import all_nodes
from gradc.ir.node import Value
from gradc.ir.plan import Block, Plan, reads_of
from gradc.ir.sizes import Size, dimensions_of
from gradc.ir.types import Type
from gradc.passes.plan.variables import variables
from gradc.passes.plan.workspace import sized_by, workspace_of
from gradc.passes.target import Target
from gradc.passes.unchosen import unchosen
from gradc.records import replace
from gradc.targets.assembly import routines as assembly
from gradc.targets.numpy.annotations import annotations_of
from gradc.targets.numpy.arrays import NOTHING_HELD, Held, arrays_of, taken
from gradc.targets.numpy.declared import KINDS
from gradc.targets.numpy.long_rows import SCOPE, long_rows, unbuffered
from gradc.targets.numpy.loops import RoutineLowering
from gradc.targets.numpy.lower import BlockNames
from gradc.targets.numpy.operations import formula
from gradc.targets.python import attributes
from gradc.targets.python.document import WIDTH
from gradc.targets.python.expression import Atom, Attribute, Call, Expr
from gradc.targets.python.identifiers import Names
from gradc.targets.python.layout import taken_apart
from gradc.targets.python.shared import Shared
from gradc.targets.python.surroundings import Surroundings
from gradc.targets.python.view import Field, FunctionView

_DOUBLE = Type("f64")
_QUIET = 'np.errstate(all="ignore")  # of what is computed, but not chosen'


class Routines(assembly.Routines[RoutineLowering]):
    """Writes the routines of a plan, each with names of its own."""

    kinds = KINDS
    formula = staticmethod(formula)

    def __init__(self, plan: Plan, target: Target, shared: Shared, *, is_plain: bool):
        super().__init__(plan, target, shared)
        graph = self.graph
        self.offered = {o.name for o in plan.program.offered}  # these take no workspace
        self.is_fast = plan.program.level > 1
        self.is_plain = is_plain
        # Derivatives that are offered compute with NumPy's numbers, and `_params` serves them too.
        self.has_floats = self.is_fast and not self.offered and not is_plain
        if self.has_floats:
            given = [v for _, v in graph.given]
            given += [s.value for s in graph.seeds if graph.loss]
            shared.floats |= {v for v in given if v.type == _DOUBLE}
        self.unchosen = unchosen(graph)
        self.quiet = {
            part.at_once: bool(unchosen(part.whole))
            for part in plan.program.parts
            if part.whole is not None
        }
        self.arrays: dict[str, FunctionView | None] = {}  # what a workspace holds for each
        self.rows: dict[str, tuple[Size, ...]] = {}  # those that are long, by function

    def lowering(
        self, name: str, known: Mapping[Value, str], typed: Callable[[Value], bool]
    ) -> RoutineLowering:
        """What writes a function, its variables named; `known` are names that it was given."""
        block = self.blocks[name]
        space = Names(known.values(), self.shared.module)
        found = variables(block, self.target)
        is_fast = self.is_fast and name not in self.offered
        reads = reads_of(block) if is_fast else None
        names, counters = self.named(name, found, known, space, reads)
        part = self.parts.get(name)
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
        if is_fast:
            self.rows[name] = long_rows(block.nodes, self.shared.dims)
            code.used_dims.update(*map(dimensions_of, self.rows[name]))
        if name not in self.offered:
            self.arrays[name] = arrays_of(held, name, names, self.shared.dims)
        return code

    def surroundings(self, graph: Graph, routine: str, *, whole: bool) -> Surroundings:
        found = super().surroundings(graph, routine, whole=whole)
        return replace(found, workspace=self.is_fast)

    def taken(self, routine: str, code: RoutineLowering) -> list[str]:
        lines = taken(code.held_arrays, routine, code.names, self.shared.dims)
        rows = self.rows.get(routine)
        return [*lines, *unbuffered(rows, self.shared.dims)] if rows else lines

    def remember(self, code: RoutineLowering) -> None:
        if self.has_floats:
            self.shared.floats |= code.sure.intersection(self.program.saved)

    def output(self, value: Value, code: RoutineLowering) -> Expr:
        """f64 scalars go out as floats of Python's."""
        expr = code.reference(value)
        if code.is_plain or value in code.sure:
            return expr
        if value.type == _DOUBLE:
            return Call(Atom("float"), [expr])
        if value in code.annotations.numbers:
            return Call(attributes.scalar_type(value.type.dtype), [expr])
        return expr

    def handed_out(self, block: Block, code: RoutineLowering) -> list[Expr]:
        found = enumerate(super().handed_out(block, code))
        return [Call(Attribute(e, "copy"), []) if i in block.copied else e for i, e in found]

    def loss(self, given: str) -> str:
        return f"float({given})"

    def finished(self, function: FunctionView) -> FunctionView:
        """NumPy is kept from warning of what may go wrong where it is not chosen; what it is told
        within a function holds there alone."""
        block = self.blocks.get(function.name)
        if block is None or self.is_plain:
            return function
        is_quiet = self.quiet.get(function.name, self._makes_unchosen(block))
        if is_quiet or self.rows.get(function.name):
            return replace(function, decorator=_QUIET if is_quiet else SCOPE)
        return function

    def _makes_unchosen(self, block: Block) -> bool:
        """Whether what a block makes may go wrong where it is not chosen."""
        if not self.unchosen:
            return False
        return any(r in self.unchosen for n in all_nodes(block.nodes) for r in n.results)

    # --- what is saved ---

    def saved_dims(self, names: Sequence[str]) -> list[tuple[Field, Expr]]:
        """Each dimension is a field of its own."""
        called = [self.shared.dims[name] for name in names]
        return [(Field(name, "int", ""), Atom(name)) for name in called]

    def opened(self, read: Sequence[Value], dims: Set[str], saved_dims: Sequence[str]) -> list[str]:
        shared = self.shared
        wanted: set[Value | str] = {*read, *dims}
        every = [*self.program.saved, *saved_dims]
        needed = [v for v in every if v in wanted]
        names = [shared.dims[v] if isinstance(v, str) else shared.spelled[v] for v in needed]
        if len(needed) == len(every):
            return taken_apart(names, "saved")
        lines: list[str] = []
        on_line: list[str] = []
        for name in names:
            if on_line and len(_of_saved([*on_line, name])) > WIDTH:
                lines.append(_of_saved(on_line))
                on_line = []
            on_line.append(name)
        return [*lines, _of_saved(on_line)] if on_line else lines


def _of_saved(names: Sequence[str]) -> str:
    """`x, d = saved.x, saved.d`."""
    return f"    {', '.join(names)} = {', '.join([f'saved.{name}' for name in names])}"
