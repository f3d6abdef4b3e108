"""What goes backward from one loss: `backward`, or `backward_J` where there are several losses."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.graph import Output
from gradc.ir.node import Value
from gradc.ir.plan import Plan
from gradc.ir.program import Part
from gradc.ir.sizes import alone, dimensions_of
from gradc.targets.numpy.arrays import taken
from gradc.targets.numpy.handed import handed_out
from gradc.targets.numpy.operations import Aside
from gradc.targets.numpy.routines import Routines
from gradc.targets.python.declared import accepted_kind_of
from gradc.targets.python.document import WIDTH
from gradc.targets.python.expression import text
from gradc.targets.python.fields import gradients_name
from gradc.targets.python.headings import heading
from gradc.targets.python.identifiers import string
from gradc.targets.python.layout import returned_together, spaced, taken_apart
from gradc.targets.python.seeds import admit_seed, of_backward
from gradc.targets.python.shared import Shared
from gradc.targets.python.told_dims import dims_told
from gradc.targets.python.view import FunctionView
from gradc.targets.told.derivation import Formulas
from gradc.targets.told.paragraphs import backward_lines


class Backward:
    """Writes the function. It is lowered when this is made, so its names are those of its turn."""

    def __init__(
        self, plan: Plan, part: Part, routines: Routines, shared: Shared, *, is_plain: bool
    ):
        self.plan, self.part, self.shared = plan, part, shared
        self.is_plain, self.is_fast = is_plain, plan.program.level > 1
        self.graph, self.block = part.graph, plan.blocks[part.backward]
        self.read = {v for n in self.block.nodes for v in n.operands} | set(self.block.results)
        self.saved = [v for v in plan.program.saved if v in self.read]
        known = {v: shared.spelled[v] for v in (*self.saved, *self._seeds())}
        self.code = routines.lowering(part.backward, known, lambda v: bool(v.type.shape))
        self.body = self.code.run()
        self.gradients = handed_out(self.block, self.code)

    def _seeds(self) -> list[Value]:
        return [seed.value for seed in self.graph.seeds]

    @property
    def read_seeds(self) -> list[Output]:
        """The cotangents that it looks at."""
        return [seed for seed in self.graph.seeds if seed.value in self.read]

    @property
    def dims(self) -> set[str]:
        """The dimensions that it names."""
        used = set(self.code.used_dims)
        if not self.graph.loss:
            sizes = [size for seed in self.read_seeds for size in seed.value.type.shape]
            used.update(*map(dimensions_of, sizes))
        return used

    @property
    def untold_dims(self) -> set[str]:
        """Those that nothing which it is handed tells."""
        return self.dims - {alone(s) or "" for v in self.saved for s in v.type.shape}

    def function(self, saved_dims: Sequence[str], aside: Aside) -> FunctionView:
        """The function; `saved_dims` are the dimensions that `Saved` holds."""
        shared = self.shared
        lines = self._taken_apart(saved_dims)
        lines += dims_told(self.saved, self.dims - set(saved_dims), shared)
        for seed in self.read_seeds:
            lines += admit_seed(self.graph, seed, shared, "np", is_plain=self.is_plain)
        items = zip(self.graph.gradients, self.gradients, strict=True)
        returned = returned_together([f"{string(g.name)}: {text(e)}" for g, e in items], "{}")
        code = self.code
        lines += taken(code.held_arrays, self.part.backward, code.names, shared.dims)
        dimension = shared.dims.__getitem__
        formulas = Formulas(self.graph, self.block, code.names, aside.spell, dimension)
        body = backward_lines(self.body, self.graph, formulas, heading)
        type_name = gradients_name(self.part)
        signature, doc = of_backward(
            self.graph, shared, type_name, accepted_kind_of, has_workspace=self.is_fast
        )
        lines = spaced(lines, body, returned)
        return FunctionView(signature, type_name, doc, tuple(lines), self.part.backward)

    def _taken_apart(self, saved_dims: Sequence[str]) -> list[str]:
        """What it reads of `saved`."""
        shared = self.shared
        read: set[Value | str] = {*self.saved, *self.dims}
        every = [*self.plan.program.saved, *saved_dims]
        needed = [v for v in every if v in read]
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
