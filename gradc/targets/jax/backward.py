"""What goes backward from one loss: `backward`, or `backward_J` where there are several losses."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.graph import Output
from gradc.ir.plan import Plan
from gradc.ir.program import Part
from gradc.ir.sizes import alone, dimensions_of
from gradc.targets.jax.declared import accepted_kind_of
from gradc.targets.jax.operations import Aside
from gradc.targets.jax.routines import Routines
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

    def __init__(self, plan: Plan, part: Part, routines: Routines, shared: Shared):
        self.part, self.shared, self.program = part, shared, plan.program
        self.graph, self.block = part.graph, plan.blocks[part.backward]
        self.read = {v for n in self.block.nodes for v in n.operands} | set(self.block.results)
        self.saved = [v for v in plan.program.saved if v in self.read]
        seeds = [seed.value for seed in self.graph.seeds]
        known = {v: shared.spelled[v] for v in (*self.saved, *seeds)}
        self.code = routines.lowering(part.backward, known, lambda v: bool(v.type.shape))
        self.body = self.code.run()

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
            lines += admit_seed(self.graph, seed, shared, "jnp")
        results = [self.code.reference(value) for value in self.block.results]
        items = zip(self.graph.gradients, results, strict=True)
        returned = returned_together([f"{string(g.name)}: {text(e)}" for g, e in items], "{}")
        dimension = shared.dims.__getitem__
        formulas = Formulas(self.graph, self.block, self.code.names, aside.spell, dimension)
        body = backward_lines(self.body, self.graph, formulas, heading)
        type_name = gradients_name(self.part)
        signature, doc = of_backward(self.graph, shared, type_name, accepted_kind_of)
        signature = signature.replace(": float = 1.0", ": ArrayLike = 1.0")
        lines = spaced(lines, body, returned)
        return FunctionView(signature, type_name, doc, tuple(lines), self.part.backward)

    def _taken_apart(self, saved_dims: Sequence[str]) -> list[str]:
        """What it reads of `saved`."""
        shared = self.shared
        names = [shared.spelled[v] for v in self.saved]
        if len(self.saved) == len(self.program.saved) and not saved_dims:
            lines = taken_apart(names, "saved")
        else:
            lines = [f"    {name} = saved.{name}" for name in names]
        if any(d in self.dims for d in saved_dims):
            lines += taken_apart([shared.dims[d] for d in saved_dims], "saved.dims")
        return lines
