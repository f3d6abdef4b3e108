"""What goes backward from one loss: `backward`, or `backward_J` where there are several losses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic

from gradc.ir.graph import Output
from gradc.ir.program import Part
from gradc.ir.sizes import alone, dimensions_of
from gradc.targets.assembly.routines import Code, Routines
from gradc.targets.python.expression import text
from gradc.targets.python.fields import gradients_name
from gradc.targets.python.headings import heading
from gradc.targets.python.identifiers import string
from gradc.targets.python.layout import returned_together, spaced
from gradc.targets.python.seeds import admit_seed, of_backward
from gradc.targets.python.told_dims import dims_told
from gradc.targets.python.view import FunctionView
from gradc.targets.told.paragraphs import lines_of_part


class Backward(Generic[Code]):
    """Writes the function. It is lowered when this is made, so its names are those of its turn."""

    def __init__(self, part: Part, routines: Routines[Code]):
        self.part, self.routines, self.shared = part, routines, routines.shared
        self.graph, self.block = part.graph, routines.blocks[part.backward]
        self.read = {v for n in self.block.nodes for v in n.operands} | set(self.block.results)
        self.saved = [v for v in routines.program.saved if v in self.read]
        seeds = [seed.value for seed in self.graph.seeds]
        known = {v: self.shared.spelled[v] for v in (*self.saved, *seeds)}
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

    def function(self, saved_dims: Sequence[str]) -> FunctionView:
        """The function; `saved_dims` are the dimensions that `Saved` holds."""
        shared, routines, name = self.shared, self.routines, self.part.backward
        lines = routines.opened(self.saved, self.dims, saved_dims)
        lines += dims_told(self.saved, self.dims - set(saved_dims), shared)
        for seed in self.read_seeds:
            lines += admit_seed(
                self.graph, seed, shared, routines.numpy, is_plain=routines.is_plain
            )
        results = routines.handed_out(self.block, self.code)
        items = zip(self.graph.gradients, results, strict=True)
        returned = returned_together([f"{string(g.name)}: {text(e)}" for g, e in items], "{}")
        lines += routines.taken(name, self.code)
        told = self.part.told_backward or self.graph
        formulas = routines.formulas(told, name, self.code)
        body = lines_of_part(self.body, self.part, formulas, heading)
        type_name = gradients_name(self.part)
        signature, doc = of_backward(
            self.graph, shared, type_name, routines.kinds.accepted, has_workspace=routines.is_fast
        )
        return FunctionView(signature, type_name, doc, tuple(spaced(lines, body, returned)), name)
