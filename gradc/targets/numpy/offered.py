"""The derivatives that `--also` adds: `jvp`, `hvp`, `jacobian`, `hessian`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradc.ir.graph import Graph
from gradc.ir.node import Value
from gradc.ir.plan import Plan
from gradc.ir.program import TANGENT, Offered
from gradc.targets.numpy.routines import Routines
from gradc.targets.python.entrance import Entrance
from gradc.targets.python.expression import Atom, Call, Expr, Items, text
from gradc.targets.python.headings import heading
from gradc.targets.python.identifiers import Names, identifier, string
from gradc.targets.python.layout import spaced, taken_apart, without_parentheses
from gradc.targets.python.shared import Shared
from gradc.targets.python.statements import statement
from gradc.targets.python.surroundings import surroundings_of
from gradc.targets.python.view import FunctionView
from gradc.targets.told.paragraphs import forward_lines

ARGUMENTS = {"jvp": "tangents", "hvp": "direction"}
"""What the functions call the directions that they are given."""

_MATRIX = "dict[str, dict[str, Any]]"


class Derivatives:
    """Writes the functions that a program offers."""

    def __init__(self, plan: Plan, routines: Routines, shared: Shared, entrance: Entrance):
        self.plan, self.routines, self.shared, self.entrance = plan, routines, shared, entrance
        self.graph: Graph = plan.program.graph

    def functions(self) -> list[FunctionView]:
        """The functions in their order."""
        return [self._function(offered) for offered in self.plan.program.offered]

    def _function(self, offered: Offered) -> FunctionView:
        block = self.plan.blocks[offered.name]
        known = self.named(offered)
        code = self.routines.lowering(offered.name, known, lambda v: bool(v.type.shape))
        body = forward_lines(code.run(), heading)
        around = surroundings_of(self.graph, block, whole=bool(self.graph.states))
        inputs = self.entrance.inputs
        lines = self.entrance.let_in(inputs, set(code.used_dims), around, block.nodes)
        lines += self.directions(offered, known)
        results = self.routines.handed_out(block, code)
        returned = statement("return ", self._returned(offered, results))
        lines = spaced(lines, body, without_parentheses(returned))
        return FunctionView(
            self._signature(offered, self.entrance.signature(inputs, around)),
            self._type(offered),
            self._doc(offered),
            tuple(lines),
            offered.name,
        )

    def _signature(self, offered: Offered, rest: str) -> str:
        """The arguments: parameters, directions, and behind the star what `forward` takes."""
        argument = ARGUMENTS.get(offered.kind)
        if argument is None:
            return rest
        kind = "dict[str, Any]" if offered.kind == "jvp" else self._gradients(offered)
        params = ["params: Params"] if self.graph.params else []
        others = [rest.removeprefix("params: Params").removeprefix(", ")]
        return ", ".join([*params, f"{argument}: {kind}", *filter(None, others)])

    def named(self, offered: Offered) -> dict[Value, str]:
        """What a function calls the graph's arguments, and the directions."""
        known = {v: self.shared.spelled[v] for v in self.graph.arguments.values()}
        space = Names(known.values(), self.shared.module)
        return known | {a.value: space.claim(TANGENT.format(a.name)) for a in offered.along}

    def directions(self, offered: Offered, known: Mapping[Value, str]) -> list[str]:
        """The statements that let the directions in."""
        argument = ARGUMENTS.get(offered.kind)
        if argument is None:
            return []
        values = self.graph.arguments
        moving = [Atom(f"{string(a.name)}: {known[values[a.name]]}") for a in offered.along]
        given: list[Expr] = [Atom(string(argument)), Atom(argument), Items(moving, "{}")]
        if offered.kind == "hvp":
            given += [Atom(string(a.name)) for a in offered.along]
        call = text(Call(Atom("_directions"), given))
        self.shared.helpers.add("_directions")
        return taken_apart([known[a.value] for a in offered.along], call)

    def _returned(self, offered: Offered, results: Sequence[Expr]) -> Expr:
        if offered.kind == "jvp":
            return Call(Atom("Outputs"), results)
        if offered.kind == "hvp":
            return _dictionary([r.name for r in offered.results], results)
        width = len(offered.by)
        parts = len(results) // max(width * len(offered.rows), 1)
        if parts > 1:  # numbers, rows and columns
            results = [Items(results[i : i + parts]) for i in range(0, len(results), parts)]
        rows = [
            _dictionary(offered.by, results[i * width : (i + 1) * width])
            for i in range(len(offered.rows))
        ]
        return _dictionary(offered.rows, rows)

    def _gradients(self, offered: Offered) -> str:
        return f"Gradients{offered.name.removeprefix(offered.kind)}"

    def _type(self, offered: Offered) -> str:
        if offered.kind == "jvp":
            return "Outputs"
        return self._gradients(offered) if offered.kind == "hvp" else _MATRIX

    def _doc(self, offered: Offered) -> str:
        loss = offered.name.removeprefix(f"{offered.kind}_")
        loss = self.graph.loss or "" if loss == offered.kind else loss
        match offered.kind:
            case "jvp":
                return "How the outputs move along tangents of any arguments; the rest stay."
            case "hvp":
                return f"The Hessian of {identifier(loss)} times a direction."
            case "jacobian":
                return "The derivative of each output by each name, of both their shapes."
        return (
            f"The Hessian of {identifier(loss)}: a block for each two names, of both their shapes."
        )


def _dictionary(names: Sequence[str], values: Sequence[Expr]) -> Expr:
    return Items(values, "{}", [string(name) for name in names])
