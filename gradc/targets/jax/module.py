"""From a program to the view of a module: names first, then each function's lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gradc.ir.loop import all_nodes
from gradc.ir.node import Scan, Value
from gradc.ir.plan import Plan
from gradc.ir.program import Part
from gradc.ir.sizes import alone
from gradc.passes.target import Target
from gradc.records import replace
from gradc.targets.jax.backward import Backward
from gradc.targets.jax.copied import HELPERS
from gradc.targets.jax.declared import accepted_kind_of, kind_of
from gradc.targets.jax.lower import Lowering
from gradc.targets.jax.operations import Aside
from gradc.targets.jax.routines import Routines
from gradc.targets.jax.view import JaxView
from gradc.targets.python.declared import constant_lines, element_types
from gradc.targets.python.door import Door
from gradc.targets.python.entrance import Entrance
from gradc.targets.python.expression import Atom, Call, Expr, Items, text
from gradc.targets.python.fields import fields_of, gradients_name, typed_dict
from gradc.targets.python.headings import heading
from gradc.targets.python.identifiers import Names, comment, identifier, string
from gradc.targets.python.initial import init_params, starting_value
from gradc.targets.python.layout import fitted, spaced, without_parentheses
from gradc.targets.python.literal import graph_lines
from gradc.targets.python.shared import Shared
from gradc.targets.python.statements import statement
from gradc.targets.python.surroundings import Surroundings, admit_state, surroundings_of
from gradc.targets.python.view import Field, FunctionView
from gradc.targets.target import Described
from gradc.targets.told.describe import describe
from gradc.targets.told.lines import plain_lines
from gradc.targets.told.paragraphs import forward_lines

_DOC = 90  # the longest docstring
_KEY = "int | jax.Array | None = None"
_MODULE_NAMES = (
    "np jax jnp Params Gradients Outputs Prediction Saved Dims init_params forward backward"
    " value_and_grad predict placement _params _array _scalar _bool _i32 _i64 _f32 _f64 State"
    " NamedTuple TypedDict Any ArrayLike Mesh NamedSharding PartitionSpec"
).split()


def view_of(plan: Plan, described: Described, target: Target) -> JaxView:
    """The view of the module that a plan becomes."""
    return _Module(plan, described, target).view()


class _Module:
    def __init__(self, plan: Plan, described: Described, target: Target):
        self.plan, self.program, self.described = plan, plan.program, described
        self.graph = plan.program.graph
        several = [
            f"{name}{part.suffix}"
            for part in plan.program.parts
            for name in ("Gradients", "backward", "value_and_grad")
        ]
        names = Names([*_MODULE_NAMES, *several])
        self.shared = Shared(names)
        self.routines = Routines(plan, target, self.shared)
        for name, value in self.graph.arguments_in_order:
            self.shared.spelled[value] = names.claim(name)
        if self.graph.training is not None:
            self.shared.spelled[self.graph.training] = "training"
        self.around = self._surroundings("forward", whole=True)
        for seed in self.graph.seeds:
            self.shared.spelled[seed.value] = names.claim(f"d{seed.name}")
        for dim in self.graph.dims:
            self.shared.dims[dim.name] = names.claim(dim.name)
        fields = Names()
        self.entrance = Entrance(self.graph, self.shared, accepted_kind_of)
        self.output_fields = {o.name: fields.claim(o.name) for o in self.graph.outputs}

    def view(self) -> JaxView:
        program, shared, graph = self.program, self.shared, self.graph
        self.code = self.routines.lowering("forward", shared.spelled, lambda v: True)
        body = self.code.run()
        for value in program.saved:
            shared.spelled[value] = self.code.name(value)
        backwards = [Backward(self.plan, part, self.routines, shared) for part in program.parts]
        untold = set().union(*(b.untold_dims for b in backwards))
        self.saved_dims = [d.name for d in graph.dims if d.name in untold]
        aside = Aside(shared.dims.__getitem__, shared.constant_array)
        functions = [
            self._init_params(),
            self._forward(forward_lines(body, heading), backwards),
            *[b.function(self.saved_dims, aside) for b in backwards],
            *[self._value_and_grad(part) for part in program.parts if graph.loss],
            self._predict(),
            self._placement(),
        ]
        given = [*graph.arguments.values(), *[s.value for b in backwards for s in b.read_seeds]]
        shared.helpers |= {"_array" if v.type.shape else "_scalar" for v in given}
        return JaxView(
            doc=tuple(describe(graph, self.described, comment)),
            constants=(*element_types(given), *constant_lines(shared)),
            params_type=tuple(typed_dict("Params", graph.params, accepted_kind_of)),
            gradients_type=tuple([x for p in program.parts for x in _gradients_type(p)]),
            state_type=tuple(typed_dict("State", graph.states, kind_of)) if graph.states else (),
            outputs=self._outputs(o.name for o in graph.outputs),
            prediction=self._outputs(program.predicted),
            saved=tuple(fields_of([(shared.spelled[v], v.type) for v in program.saved], kind_of)),
            dims=tuple(shared.dims[d] for d in self.saved_dims),
            functions=tuple(fitted(f.name, f) for f in functions if f is not None),
            admit_params=tuple(self.entrance.admit_params()),
            admit_state=tuple(self._admit_state()),
            helpers=tuple(HELPERS.source_of(h) for h in HELPERS.with_needed(shared.helpers)),
            graph=tuple(graph_lines(graph, self.described, shared.spelled, self.output_fields)),
        )

    def _surroundings(self, routine: str, *, whole: bool) -> Surroundings:
        """What a function takes beside parameters and inputs."""
        found = surroundings_of(self.graph, self.plan.blocks[routine], whole=whole)
        if found.draws:
            self.shared.helpers.add("_generator")
        return replace(found, generator=_KEY)

    def _outputs(self, names: Iterable[str]) -> tuple[Field, ...]:
        types = {o.name: o.value.type for o in self.graph.outputs}
        return tuple(fields_of([(self.output_fields[n], types[n]) for n in names], kind_of))

    def _results(self, *names: str) -> str:
        """The type of what a function returns, the next state behind it."""
        return f"tuple[{', '.join([*names, *(['State'] if self.graph.states else [])])}]"

    def _init_params(self) -> FunctionView | None:
        return init_params(self.graph, self.code, self.shared.dims, _as_array)

    def _forward(self, body: list[str], backwards: Sequence[Backward]) -> FunctionView:
        code, around, blocks = self.code, self.around, self.plan.blocks
        used = code.used_dims | set(self.saved_dims)
        nodes = (*blocks["forward"].nodes, *(n for b in backwards for n in b.block.nodes))
        lines = self.entrance.let_in(self.entrance.inputs, used, around, nodes)
        outputs = _results_of(blocks["forward"].results[: len(self.graph.outputs)], code)
        saved: list[Expr] = [Atom(self.shared.spelled[v]) for v in self.program.saved]
        if self.saved_dims:
            saved.append(Call(Atom("Dims"), [Atom(self.shared.dims[d]) for d in self.saved_dims]))
        parts: list[Expr] = [Call(Atom("Outputs"), outputs), Call(Atom("Saved"), saved)]
        doc = "The outputs, and what it takes to go backward from this call."
        if self.graph.states:
            parts.append(self._next_state())
            doc = f"{doc[:-1]}, and the state of the next one."
        returned = without_parentheses(statement("return ", Items(parts)))
        signature = self.entrance.signature(self.entrance.inputs, around)
        returns = self._results("Outputs", "Saved")
        return FunctionView(
            signature, returns, doc, tuple(spaced(lines, body, returned)), "forward"
        )

    def _next_state(self) -> Expr:
        items = [
            Atom(f"{string(u.name)}: {text(self.code.reference(u.value))}")
            for u in self.graph.updates
        ]
        return Items(items, "{}")

    def _admit_state(self) -> list[str]:
        door = Door(self.shared.dims, lambda n: False)
        spelled = {s.name: self.shared.spelled[s.value] for s in self.graph.states}
        starting = [_as_array(starting_value(s, self.code)) for s in self.graph.states]
        return admit_state(self.graph, starting, door, spelled.__getitem__)

    def _value_and_grad(self, part: Part) -> FunctionView:
        loss = str(part.graph.loss)
        doc = f"{identifier(loss)} and its gradient."
        if self.graph.states:
            doc = f"{identifier(loss)}, its gradient, and the state of the next call."
        params = [Atom("params")] if self.graph.params else []
        given = [(a.variable, Atom(a.variable)) for a in self.entrance.inputs]
        given += [(name, Atom(name)) for name in self.around.keywords()]
        state = ", state" if self.graph.states else ""
        lines = statement(f"outputs, saved{state} = ", Call(Atom("forward"), params, given))
        field = self.output_fields[loss]
        lines.append(f"    return outputs.{field}, {part.backward}(saved){state}")
        signature = self.entrance.signature(self.entrance.inputs, self.around)
        returns = self._results("jax.Array", gradients_name(part))
        return FunctionView(signature, returns, doc, tuple(lines), part.at_once)

    def _predict(self) -> FunctionView | None:
        block = self.plan.blocks.get("predict")
        if block is None:
            return None
        known = {v: self.shared.spelled[v] for v in self.graph.arguments.values()}
        code = self.routines.lowering("predict", known, lambda v: False)
        body = plain_lines(code.run())
        inputs = [a for a in self.entrance.inputs if a.name in self.program.predict_inputs]
        around = self._surroundings("predict", whole=False)
        lines = self.entrance.let_in(inputs, set(code.used_dims), around, block.nodes)
        returned = statement("return ", Call(Atom("Prediction"), _results_of(block.results, code)))
        left = [i.name for i in self.graph.inputs if i.name not in self.program.predict_inputs]
        doc = f"The outputs that need no {' and no '.join(identifier(n) for n in left)}."
        if not left or len(doc) > _DOC:
            doc = "The outputs that do not need all inputs."
        signature = self.entrance.signature(inputs, around)
        return FunctionView(signature, "Prediction", doc, (*lines, *body, *returned), "predict")

    def _placement(self) -> FunctionView:
        """Where arguments go; the batch is the first free dimension that no scan walks along."""
        self.shared.helpers.add("_placed")
        scans = [n for n in all_nodes(self.graph.nodes) if isinstance(n, Scan)]
        walked = {alone(scan.count) for scan in scans}
        free = [d.name for d in self.graph.dims if d.size is None and d.name not in walked]
        batch = string(free[0]) if free else "None"
        doc = "Where each parameter and input goes: the batch over `data`, parameters over `model`."
        lines = ("    return _placed(mesh, batch, __graph__)",)
        signature = f"mesh: Mesh, batch: str | None = {batch}"
        return FunctionView(signature, "dict[str, NamedSharding]", doc, lines, "placement")


def _gradients_type(part: Part) -> list[str]:
    return typed_dict(gradients_name(part), part.graph.gradients, kind_of)


def _as_array(expr: Expr) -> Expr:
    return Call(Atom("jnp.asarray"), [expr])


def _results_of(values: Iterable[Value], code: Lowering) -> list[Expr]:
    return [code.reference(value) for value in values]
