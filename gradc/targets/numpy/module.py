"""From a program to the view of a module: names first, then each function's lines."""

from __future__ import annotations

from collections.abc import Iterable

from gradc.ir.graph import Graph, Param
from gradc.ir.node import Value
from gradc.ir.plan import Plan, rows_counted
from gradc.ir.program import Part
from gradc.passes.target import Target
from gradc.records import replace
from gradc.targets.numpy.also import functions_of
from gradc.targets.numpy.arrays import taken
from gradc.targets.numpy.at_once import at_once
from gradc.targets.numpy.backward import Backward
from gradc.targets.numpy.copied import source_of, with_needed
from gradc.targets.numpy.handed import handed_out, output
from gradc.targets.numpy.offered import ARGUMENTS, Derivatives
from gradc.targets.numpy.operations import Aside
from gradc.targets.numpy.plain import is_plain
from gradc.targets.numpy.routines import Routines
from gradc.targets.python import attributes
from gradc.targets.python.declared import (
    accepted_kind_of,
    constant_lines,
    element_types,
    kind_of,
    saved_kind_of,
)
from gradc.targets.python.door import Door
from gradc.targets.python.entrance import Entrance
from gradc.targets.python.expression import Atom, Call, Expr, Items, text
from gradc.targets.python.fields import fields_of, gradients_name, gradients_type, typed_dict
from gradc.targets.python.headings import heading
from gradc.targets.python.identifiers import Names, comment, identifier, string
from gradc.targets.python.initial import init_params, starting_value
from gradc.targets.python.layout import fitted, spaced, without_parentheses
from gradc.targets.python.literal import graph_lines
from gradc.targets.python.shared import Shared
from gradc.targets.python.statements import statement
from gradc.targets.python.surroundings import admit_state
from gradc.targets.python.view import Field, FunctionView, ModuleView, texts_of
from gradc.targets.target import Described
from gradc.targets.told.derivation import Formulas
from gradc.targets.told.describe import describe
from gradc.targets.told.lines import plain_lines
from gradc.targets.told.paragraphs import forward_lines, whole_lines

_DOC = 90  # the longest docstring
_MODULE_NAMES = (
    "np Params Gradients Outputs Prediction Saved init_params forward backward value_and_grad"
    " predict _params _array _scalar _bool _i32 _i64 _f32 _f64 State NamedTuple TypedDict Any npt"
).split()


def view_of(plan: Plan, described: Described, target: Target) -> ModuleView:
    """The view of the module that a plan becomes."""
    return Writer(plan, described, target).view()


class Writer:
    """Writes what the template sees of a module."""

    def __init__(
        self, plan: Plan, described: Described, target: Target, *, every_seed: bool = False
    ):
        """`every_seed` says that cotangents are looked at which nothing reads."""
        self.every_seed = every_seed
        self.plan, self.program = plan, plan.program
        self.described, self.target = described, target
        self.blocks = plan.blocks
        self.graph = plan.program.graph
        self.is_fast = plan.program.level > 1
        self.is_plain = is_plain(plan) and not described.also
        fast = ("Workspace", "workspace", "math", "_names") if self.is_fast else ()
        several = [
            f"{name}{part.suffix}"
            for part in plan.program.parts
            for name in ("Gradients", "backward", "value_and_grad")
        ]
        offered = [o.name for o in plan.program.offered]
        offered += [ARGUMENTS[o.kind] for o in plan.program.offered if o.kind in ARGUMENTS]
        names = Names([*_MODULE_NAMES, *several, *fast, *described.also, "unpack", *offered])
        self.shared = Shared(names)
        self.routines = Routines(plan, target, self.shared, is_plain=self.is_plain)
        for name, value in self.graph.arguments_in_order:
            self.shared.spelled[value] = names.claim(name)
        if self.graph.training is not None:
            self.shared.spelled[self.graph.training] = "training"
        self.around = self.routines.surroundings(self.graph, "forward", whole=True)
        if self.around.draws:
            self.shared.helpers.add("_generator")
        for seed in self.graph.seeds:
            self.shared.spelled[seed.value] = names.claim(f"d{seed.name}")
        for name in (*[d.name for d in self.graph.dims], *rows_counted(self.blocks.values())):
            self.shared.dims[name] = names.claim(name)
        self.fields = Names()
        self.entrance = Entrance(
            self.graph, self.shared, accepted_kind_of,
            is_plain=self.is_plain, is_fast=self.is_fast, has_floats=self.routines.has_floats,
        )  # fmt: skip
        self.output_fields = {o.name: self.fields.claim(o.name) for o in self.graph.outputs}

    def view(self) -> ModuleView:
        program, shared = self.program, self.shared
        self.forward_code = self.routines.lowering("forward", shared.spelled, lambda v: True)
        body = self.forward_code.run()
        for value in program.saved:
            shared.spelled[value] = self.forward_code.name(value)
        if self.routines.has_floats:
            shared.floats |= self.forward_code.sure.intersection(program.saved)
        self.backwards = [
            Backward(self.plan, part, self.routines, shared, is_plain=self.is_plain)
            for part in program.parts
        ]
        self.saved_dims = self._saved_dims()
        predict = self._predict()
        forward = self._forward(forward_lines(body, heading))
        self.aside = Aside(shared.dims.__getitem__, shared.constant_array, is_plain=self.is_plain)
        backwards = [b.function(self.saved_dims, self.aside) for b in self.backwards]
        wholes = [self._value_and_grad(part) for part in program.parts if self.graph.loss]
        init = init_params(self.graph, self.forward_code, shared.dims)
        offered = Derivatives(self.plan, self.routines, shared, self.entrance).functions()
        also = [*functions_of(self.described.also, program, shared.dims), *offered]
        if self.is_plain:
            shared.helpers.add("_float")
        scalars = {value.type.dtype for value in self._given() if not value.type.shape}
        if self._narrows():
            shared.helpers.add("_narrowed")
        admit_params = tuple(self.entrance.admit_params())
        view = ModuleView(
            doc=tuple(describe(self.graph, self.described, comment)),
            constants=() if self.is_plain else self._constants(),
            params_type=tuple(typed_dict("Params", self.graph.params, kind_of)),
            gradients_type=tuple([x for p in program.parts for x in gradients_type(p, kind_of)]),
            state_type=self._state_type(),
            outputs=self._outputs(o.name for o in self.graph.outputs),
            prediction=self._outputs(program.predicted),
            saved=self._saved_fields(),
            init_params=init and fitted("init_params", init),
            forward=self.routines.quieted("forward", fitted("forward", forward)),
            backward=tuple([self.routines.quieted(b.name, fitted(b.name, b)) for b in backwards]),
            value_and_grad=tuple([fitted(w.name, w) for w in wholes]),
            predict=predict and self.routines.quieted("predict", fitted("predict", predict)),
            also=tuple(fitted(f.name, f) for f in also),
            admit_params=admit_params,
            admit_state=tuple(self._admit_state()),
            narrows=self._narrows(),
            needs_math=False,
            is_plain=self.is_plain,
            has_scalars=bool(scalars),
            has_singles="f32" in scalars,
            has_doubles="f64" in scalars,
            arrays=tuple([found for found in self.routines.arrays.values() if found is not None]),
            workspace=source_of("Workspace") if self.is_fast else "",
            helpers=tuple(source_of(h) for h in with_needed(shared.helpers)),
            graph=tuple(
                graph_lines(self.graph, self.described, shared.spelled, self.output_fields)
            ),
        )
        needs_math = self.is_fast and any("math." in text for text in texts_of(view))
        return replace(view, needs_math=needs_math)

    def _constants(self) -> tuple[str, ...]:
        return (*element_types(self._given()), *constant_lines(self.shared))

    def _given(self) -> list[Value]:
        """All that a caller hands over and that is looked at."""
        every = self.every_seed
        found = [b.graph.seeds if every else b.read_seeds for b in self.backwards]
        seeds = [seed.value for seeds in found for seed in seeds]
        return [*self.graph.arguments.values(), *seeds]

    def _narrows(self) -> bool:
        """Whether some argument is of a narrower type than Python's floats."""
        return any(value.type.dtype == "f32" for value in self._given())

    def _state_type(self) -> tuple[str, ...]:
        states = self.graph.states
        return tuple(typed_dict("State", states, kind_of)) if states else ()

    def _results(self, *names: str) -> str:
        """The type of what a function returns, the next state behind it."""
        return f"tuple[{', '.join([*names, *(['State'] if self.graph.states else [])])}]"

    def _outputs(self, names: Iterable[str]) -> tuple[Field, ...]:
        types = {o.name: o.value.type for o in self.graph.outputs}
        return tuple(fields_of([(self.output_fields[n], types[n]) for n in names], kind_of))

    def _saved_fields(self) -> tuple[Field, ...]:
        spelled = self.shared.spelled
        fields = fields_of([(spelled[v], v.type) for v in self.program.saved], saved_kind_of)
        return (*fields, *(Field(self.shared.dims[d], "int", "") for d in self.saved_dims))

    # --- functions ---

    def _forward(self, body: list[str]) -> FunctionView:
        used = self.forward_code.used_dims | set(self.saved_dims)
        around = self.around
        nodes = (*self.blocks["forward"].nodes, *(n for b in self.backwards for n in b.block.nodes))
        lines = self.entrance.let_in(self.entrance.inputs, used, around, nodes)
        code = self.forward_code
        lines += taken(code.held_arrays, "forward", code.names, self.shared.dims)
        outputs = handed_out(self.blocks["forward"], self.forward_code)[: len(self.graph.outputs)]
        saved: list[Expr] = [Atom(self.shared.spelled[v]) for v in self.program.saved]
        saved += [Atom(self.shared.dims[d]) for d in self.saved_dims]
        parts: list[Expr] = [Call(Atom("Outputs"), outputs), Call(Atom("Saved"), saved)]
        if self.graph.states:
            parts.append(self._next_state())
        result = Items(parts)
        returned = without_parentheses(statement("return ", result))
        doc = f"The outputs, and {self._what_is_saved()} of this call."
        if self.graph.states:
            doc = (
                f"The outputs, {self._what_is_saved()} of this call, and the state of the next one."
            )
        signature = self.entrance.signature(self.entrance.inputs, around)
        returns = self._results("Outputs", "Saved")
        return FunctionView(signature, returns, doc, tuple(spaced(lines, body, returned)))

    def _what_is_saved(self) -> str:
        first, *others = [f"`{b.part.backward}`" for b in self.backwards]
        if not others:
            return f"what {first} needs"
        named = f"what {', '.join([first, *others[:-1]])} and {others[-1]} need"
        return named if len(named) < _DOC // 2 else "what the functions that go backward need"

    def _next_state(self) -> Expr:
        items = [
            Atom(f"{string(u.name)}: {text(output(u.value, self.forward_code))}")
            for u in self.graph.updates
        ]
        return Items(items, "{}")

    def _admit_state(self) -> list[str]:
        door = Door(self.shared.dims, lambda n: False)
        spelled = {s.name: self.shared.spelled[s.value] for s in self.graph.states}
        starting = [self._starting(s) for s in self.graph.states]
        return admit_state(self.graph, starting, door, spelled.__getitem__)

    def _starting(self, state: Param) -> Expr:
        """What a state starts as: a number is NumPy's, as it comes through the door."""
        value = starting_value(state, self.forward_code)
        if self.is_plain or state.value.type.shape or state.value.type.dtype != "f64":
            return value
        return Call(attributes.scalar_type("f64"), [value])

    def _saved_dims(self) -> list[str]:
        """The dimensions that the saved arrays do not tell all who need them."""
        untold = set().union(*(b.untold_dims for b in self.backwards))
        return [d.name for d in self.graph.dims if d.name in untold]

    def _value_and_grad(self, part: Part) -> FunctionView:
        loss = str(part.graph.loss)
        also = (
            ", its gradient, and the state of the next call."
            if self.graph.states
            else " and its gradient."
        )
        doc = f"{identifier(loss)}{also}"
        signature = self.entrance.signature(self.entrance.inputs, self.around)
        returns = self._results("float", gradients_name(part))
        if part.whole is not None:
            lines = self._at_once(part, part.told or part.whole)
            function = FunctionView(signature, returns, doc, tuple(lines), part.at_once)
            return self.routines.quieted(part.at_once, function)
        params = [Atom("params")] if self.graph.params else []
        given = [(a.variable, Atom(a.variable)) for a in self.entrance.inputs]
        field = self.output_fields[loss]
        given += [(name, Atom(name)) for name in self.around.keywords()]
        state = ", state" if self.graph.states else ""
        call = Call(Atom("forward"), params, given)
        lines = statement(f"outputs, saved{state} = ", call)
        lines.append(f"    return float(outputs.{field}), {part.backward}(saved){state}")
        return FunctionView(signature, returns, doc, tuple(lines), part.at_once)

    def _at_once(self, part: Part, whole: Graph) -> list[str]:
        block = self.blocks[part.at_once]
        known = {v: self.shared.spelled[v] for v in self.graph.arguments.values()}
        code = self.routines.lowering(part.at_once, known, lambda v: bool(v.type.shape))
        formulas = Formulas(
            whole, block, code.names, self.aside.spell, self.shared.dims.__getitem__
        )
        body = whole_lines(code.run(), whole, formulas, heading)
        around = self.routines.surroundings(whole, part.at_once, whole=True)
        door = self.entrance.let_in(self.entrance.inputs, set(code.used_dims), around, block.nodes)
        door += taken(code.held_arrays, part.at_once, code.names, self.shared.dims)
        return at_once(whole, door, body, handed_out(block, code))

    def _predict(self) -> FunctionView | None:
        block = self.blocks.get("predict")
        if block is None:
            return None
        arguments = self.graph.arguments.values()
        known = {v: self.shared.spelled[v] for v in arguments}
        code = self.routines.lowering("predict", known, lambda v: False)
        body = plain_lines(code.run())
        inputs = [a for a in self.entrance.inputs if a.name in self.program.predict_inputs]
        around = self.routines.surroundings(self.graph, "predict", whole=False)
        lines = self.entrance.let_in(inputs, set(code.used_dims), around, block.nodes)
        lines += taken(code.held_arrays, "predict", code.names, self.shared.dims)
        returned = statement(
            "return ", Call(Atom("Prediction"), handed_out(self.blocks["predict"], code))
        )
        left = [i.name for i in self.graph.inputs if i.name not in self.program.predict_inputs]
        doc = f"The outputs that need no {' and no '.join(identifier(n) for n in left)}."
        if not left or len(doc) > _DOC:
            doc = "The outputs that do not need all inputs."
        signature = self.entrance.signature(inputs, around)
        return FunctionView(signature, "Prediction", doc, (*lines, *body, *returned))
