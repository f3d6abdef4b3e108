"""The functions of a module, one by one: what targets say alike, and what each in its own way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import partial
from typing import Generic, TypeVar

from gradc.ir.graph import Graph
from gradc.ir.loop import all_nodes
from gradc.ir.node import Apply, Value
from gradc.ir.plan import Block, Plan, depth
from gradc.passes.plan.variables import Variable
from gradc.passes.target import Target
from gradc.records import replace
from gradc.targets.assembly.aside import Aside
from gradc.targets.assembly.lowering import BlockLowering
from gradc.targets.python.expression import Expr
from gradc.targets.python.fields import Kinds
from gradc.targets.python.identifiers import Names
from gradc.targets.python.shared import Shared
from gradc.targets.python.surroundings import Surroundings, surroundings_of
from gradc.targets.python.view import Field, FunctionView
from gradc.targets.told.derivation import Formulas
from gradc.targets.told.naming import cotangent_of, naming_of, views_of

Code = TypeVar("Code", bound=BlockLowering)


class Routines(Generic[Code]):
    """Writes the routines of a plan, each with names of its own.

    A target has to say how a block is lowered, what is saved of dimensions, and how that is read;
    what it says in its own way besides are the methods and attributes below that have an answer.
    """

    numpy = "np"  # what a module calls what makes arrays
    kinds: Kinds
    reads_elements = True  # of sequences, and writes them, where they stand: `W[t]`
    is_plain = False  # it computes with Python's floats, and needs no NumPy
    is_fast = False  # doors look at arguments themselves, and a workspace is offered
    has_floats = False  # f64 numbers are Python's floats

    def __init__(self, plan: Plan, target: Target, shared: Shared):
        self.program, self.blocks, self.target, self.shared = (
            plan.program,
            plan.blocks,
            target,
            shared,
        )
        self.graph = plan.program.graph
        self.parts = {name: p for p in plan.program.parts for name in (p.backward, p.at_once)}
        users = [r.name for n in all_nodes(self.graph.nodes) for r in n.results if r.named]
        self.naming = naming_of(self.graph, [*users, *self.graph.arguments])

    # --- what a target has to say ---

    def lowering(
        self, name: str, known: Mapping[Value, str], typed: Callable[[Value], bool]
    ) -> Code:
        """What writes a function, its variables named; `known` are names that it was given."""
        raise NotImplementedError

    def formula(self, node: Apply, operands: Sequence[Expr], context: Aside) -> Expr | None:
        """A node as an expression; None where it takes several statements."""
        raise NotImplementedError

    def saved_dims(self, names: Sequence[str]) -> list[tuple[Field, Expr]]:
        """The fields that hold dimensions in `Saved`, and what `forward` puts there."""
        raise NotImplementedError

    def opened(self, read: Sequence[Value], dims: Set[str], saved_dims: Sequence[str]) -> list[str]:
        """The statements that read values and dimensions of `saved`, which holds `saved_dims`."""
        raise NotImplementedError

    # --- what it may say ---

    def surroundings(self, graph: Graph, routine: str, *, whole: bool) -> Surroundings:
        """What a function takes beside parameters and inputs."""
        return surroundings_of(graph, self.blocks[routine], whole=whole)

    def taken(self, routine: str, code: Code) -> list[str]:
        """The statements with which a function takes memory that outlives it."""
        return []

    def remember(self, code: Code) -> None:
        """Notes what is known of values that `forward`, whose code this is, has saved."""

    def output(self, value: Value, code: Code) -> Expr:
        """A value as it is returned."""
        return code.reference(value)

    def handed_out(self, block: Block, code: Code) -> list[Expr]:
        """The results of a routine as they are returned."""
        return [self.output(value, code) for value in block.results]

    def starting(self, value: Expr) -> Expr:
        """A starting value of a parameter as `init_params` returns it."""
        return value

    def loss(self, given: str) -> str:
        """A loss among the outputs as `value_and_grad` returns it."""
        return given

    def finished(self, function: FunctionView) -> FunctionView:
        """The function with what stands above it."""
        return function

    # --- what all say alike ---

    def named(
        self,
        name: str,
        found: Iterable[Variable],
        known: Mapping[Value, str],
        space: Names,
        reads: Mapping[Value, int] | None = None,
    ) -> tuple[dict[Value, str], list[str]]:
        """The names of a routine's variables, and what counts the steps of its loops."""
        part, naming, block = self.parts.get(name), self.naming, self.blocks[name]
        if part is not None:
            naming = replace(naming, cotangent=cotangent_of(part.graph))
        return naming.named(found, known, space, depth(block), views_of(block), reads)

    def formulas(self, graph: Graph, routine: str, code: Code) -> Formulas:
        """What writes the formulas beside the code of a routine."""
        dimension = self.shared.dims.__getitem__
        aside = Aside(dimension, self.shared.constant_array, is_plain=self.is_plain)
        return Formulas(
            graph,
            self.blocks[routine],
            code.names,
            partial(self.formula, context=aside),
            dimension,
            code.counters if self.reads_elements else (),
        )
