"""From a program to the view of a module: what JAX's has besides, or in its own way."""

from __future__ import annotations

from gradc.ir.loop import all_nodes
from gradc.ir.node import Scan
from gradc.ir.plan import Plan
from gradc.ir.sizes import alone
from gradc.passes.target import Target
from gradc.targets.assembly.module import Assembly, names_of
from gradc.targets.jax.copied import HELPERS
from gradc.targets.jax.lower import Lowering
from gradc.targets.jax.routines import Routines
from gradc.targets.python.identifiers import string
from gradc.targets.python.shared import Shared
from gradc.targets.python.view import ClassView, Field, FunctionView, ModuleView
from gradc.targets.target import Described

_NAMES = "jax jnp Dims placement ArrayLike Mesh NamedSharding PartitionSpec".split()
_IMPORTS = (
    "from typing import Any, NamedTuple, TypedDict",
    "",
    "import jax",
    "import jax.numpy as jnp",
    "import numpy as np",
    "from jax.sharding import Mesh, NamedSharding, PartitionSpec",
    "from jax.typing import ArrayLike",
)


def view_of(plan: Plan, described: Described, target: Target) -> ModuleView:
    """The view of the module that a plan becomes."""
    routines = Routines(plan, target, Shared(names_of(plan.program, _NAMES)))
    return _Module(plan, described, routines).view()


class _Module(Assembly[Lowering]):
    def imports(self) -> tuple[str, ...]:
        return _IMPORTS

    def named(self) -> list[ClassView]:
        """Dimensions are a class of their own, which JAX does not trace."""
        *others, saved = super().named()
        dims = tuple([Field(self.shared.dims[d], "int", "") for d in self.saved_dims])
        own = [ClassView("Dims", dims, "jax.tree_util.register_static")] if dims else []
        return [*others, *own, saved]

    def forward_doc(self) -> str:
        doc = "The outputs, and what it takes to go backward from this call"
        return f"{doc}, and the state of the next one." if self.graph.states else f"{doc}."

    def others(self) -> list[FunctionView]:
        """Where arguments go; the batch is the first free dimension that no scan walks along."""
        scans = [n for n in all_nodes(self.graph.nodes) if isinstance(n, Scan)]
        walked = {alone(scan.count) for scan in scans}
        free = [d.name for d in self.graph.dims if d.size is None and d.name not in walked]
        batch = string(free[0]) if free else "None"
        doc = "Where each parameter and input goes: the batch over `data`, parameters over `model`."
        lines = ("    return _placed(mesh, batch, __graph__)",)
        signature = f"mesh: Mesh, batch: str | None = {batch}"
        return [FunctionView(signature, "dict[str, NamedSharding]", doc, lines, "placement")]

    def helpers(self) -> list[str]:
        doors = {"_array" if value.type.shape else "_scalar" for value in self.given()}
        found = HELPERS.with_needed({*self.shared.helpers, *doors, "_placed"})
        return [HELPERS.source_of(name) for name in found]
