"""From a program to the view of a module: what NumPy's has besides, or in its own way."""

from __future__ import annotations

from gradc.ir.graph import Param
from gradc.ir.plan import Plan, rows_counted
from gradc.ir.program import Part
from gradc.passes.target import Target
from gradc.records import dataclass, replace
from gradc.targets.assembly.module import Assembly, names_of
from gradc.targets.numpy.copied import source_of, with_needed
from gradc.targets.numpy.loops import RoutineLowering
from gradc.targets.numpy.plain import is_plain
from gradc.targets.numpy.routines import Routines
from gradc.targets.python import attributes
from gradc.targets.python.expression import Call, Expr
from gradc.targets.python.headings import heading
from gradc.targets.python.shared import Shared
from gradc.targets.python.view import FunctionView, ModuleView, texts_of
from gradc.targets.render import render
from gradc.targets.target import Described
from gradc.targets.told.paragraphs import whole_lines


@dataclass(frozen=True, slots=True)
class _DoorsView:
    """What the template sees of the functions that look at arguments."""

    narrows: bool  # some argument is of a narrower type than Python's floats
    has_scalars: bool  # some argument is a scalar
    has_singles: bool  # of type f32
    has_doubles: bool  # of type f64


def view_of(plan: Plan, described: Described, target: Target) -> ModuleView:
    """The view of the module that a plan becomes."""
    return Writer(plan, described, target).view()


class Writer(Assembly[RoutineLowering]):
    """Writes what the template sees of a module."""

    routines: Routines

    def __init__(
        self, plan: Plan, described: Described, target: Target, *, every_seed: bool = False
    ):
        """`every_seed` says that cotangents are looked at which nothing reads."""
        offered = [o.name for o in plan.program.offered]
        if offered:
            from gradc.targets.numpy.offered import ARGUMENTS  # noqa: PLC0415 - few ask for it

            offered += [ARGUMENTS[o.kind] for o in plan.program.offered if o.kind in ARGUMENTS]
        fast = ("Workspace", "workspace", "math", "_names") if plan.program.level > 1 else ()
        own = ["npt", *fast, *described.also, "unpack", *offered]
        is_bare = is_plain(plan) and not described.also
        shared = Shared(names_of(plan.program, own))
        routines = Routines(plan, target, shared, is_plain=is_bare)
        rows = rows_counted(plan.blocks.values())
        super().__init__(plan, described, routines, every_seed=every_seed, rows=rows)

    def view(self) -> ModuleView:
        view = super().view()
        if self.routines.is_fast and any("math." in text for text in texts_of(view)):
            view = replace(view, imports=("import math", *view.imports))
        return view

    def imports(self) -> list[str]:
        """`math` is imported where a module turns out to need it."""
        arrays = ["", "import numpy as np", "import numpy.typing as npt"]
        typing = ["from typing import Any, NamedTuple, TypedDict"]
        return typing if self.routines.is_plain else [*typing, *arrays]

    def classes(self) -> list[str]:
        return [source_of("Workspace")] if self.routines.is_fast else []

    def others(self) -> list[FunctionView]:
        found: list[FunctionView] = []
        if self.described.also:
            from gradc.targets.numpy.also import functions_of  # noqa: PLC0415 - few ask for it

            found += functions_of(self.described.also, self.program, self.shared.dims)
        if self.program.offered:
            from gradc.targets.numpy.offered import Derivatives  # noqa: PLC0415 - few ask for it

            derivatives = Derivatives(self.plan, self.routines, self.shared, self.entrance)
            found += derivatives.functions()
        return found + [made for made in self.routines.arrays.values() if made is not None]

    def helpers(self) -> list[str]:
        if self.routines.is_plain:
            return self.copied({*self.shared.helpers, "_float"})
        narrows = any(value.type.dtype == "f32" for value in self.given())
        scalars = {value.type.dtype for value in self.given() if not value.type.shape}
        view = _DoorsView(narrows, bool(scalars), "f32" in scalars, "f64" in scalars)
        if narrows:
            self.shared.helpers.add("_narrowed")
        doors = render("numpy/doors.py.jinja", view)
        return [doors.rstrip("\n"), *self.copied(self.shared.helpers)]

    def copied(self, names: set[str]) -> list[str]:
        """The texts of helpers, and of those that they call."""
        return [source_of(name) for name in with_needed(names)]

    def starting_state(self, state: Param) -> Expr:
        """A number is NumPy's, as it comes through the door."""
        value = super().starting_state(state)
        if self.routines.is_plain or state.value.type.shape or state.value.type.dtype != "f64":
            return value
        return Call(attributes.scalar_type("f64"), [value])

    def at_once(self, part: Part) -> list[str] | None:
        if part.whole is None:
            return None
        whole, block = part.told or part.whole, self.blocks[part.at_once]
        known = {v: self.shared.spelled[v] for v in self.graph.arguments.values()}
        code = self.routines.lowering(part.at_once, known, lambda v: bool(v.type.shape))
        formulas = self.routines.formulas(whole, part.at_once, code)
        body = whole_lines(code.run(), whole, formulas, heading)
        around = self.routines.surroundings(whole, part.at_once, whole=True)
        door = self.entrance.let_in(self.entrance.inputs, set(code.used_dims), around, block.nodes)
        door += self.routines.taken(part.at_once, code)
        from gradc.targets.numpy.at_once import at_once  # noqa: PLC0415 - few ask for it

        return at_once(whole, door, body, self.routines.handed_out(block, code))
