"""From a program to the view of a module in Python: names first, then its parts in their order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Generic

from gradc.ir.graph import Param
from gradc.ir.node import Node, Value
from gradc.ir.plan import Plan
from gradc.ir.program import Part, Program
from gradc.ir.types import Type
from gradc.targets.assembly.backward import Backward
from gradc.targets.assembly.routines import Code, Routines
from gradc.targets.python.declared import constant_lines, element_types
from gradc.targets.python.door import Argument, Door
from gradc.targets.python.entrance import Entrance
from gradc.targets.python.expression import Atom, Call, Expr, Items, text
from gradc.targets.python.fields import fields_of, gradients_name, gradients_type, typed_dict
from gradc.targets.python.headings import heading
from gradc.targets.python.identifiers import Names, comment, identifier, string
from gradc.targets.python.initial import init_params, starting_value
from gradc.targets.python.layout import fitted, returned_with, spaced, without_parentheses
from gradc.targets.python.literal import graph_lines
from gradc.targets.python.statements import statement
from gradc.targets.python.surroundings import Surroundings, admit_state
from gradc.targets.python.view import ClassView, Field, FunctionView, ModuleView
from gradc.targets.target import Described
from gradc.targets.told.describe import describe
from gradc.targets.told.lines import plain_lines
from gradc.targets.told.paragraphs import forward_lines

_DOC = 90  # the longest docstring
_ALL = "tuple[Any, ...]"
_NAMES = (
    "np Params Gradients Outputs Prediction Saved State NamedTuple TypedDict Any init_params"
    " forward backward value_and_grad predict _params _array _scalar _bool _i32 _i64 _f32 _f64"
).split()


def names_of(program: Program, own: Iterable[str]) -> Names:
    """The names of a module, none of them the user's yet; `own` are those of its target."""
    several = [
        f"{name}{part.suffix}"
        for part in program.parts
        for name in ("Gradients", "backward", "value_and_grad")
    ]
    return Names([*_NAMES, *several, *_seeds_of(program).values(), *own])


def _seeds_of(program: Program) -> dict[Value, str]:
    """What the cotangents are called that `backward` takes: `dJ`, whatever the user calls so."""
    names = Names()
    return {seed.value: names.claim(f"d{seed.name}") for seed in program.graph.seeds}


class Assembly(Generic[Code]):
    """Puts a module together. A target says which parts of its own there are."""

    def __init__(
        self,
        plan: Plan,
        described: Described,
        routines: Routines[Code],
        *,
        every_seed: bool = False,
        rows: Iterable[str] = (),
    ):
        """`every_seed` says that cotangents are looked at which nothing reads; `rows` are the
        dimensions that count the rows of blocks."""
        self.every_seed, self.described = every_seed, described
        self.plan, self.program, self.blocks = plan, plan.program, plan.blocks
        self.routines, self.shared = routines, routines.shared
        self.graph, self.kinds = plan.program.graph, routines.kinds
        names = self.shared.module
        for name, value in self.graph.arguments_in_order:
            self.shared.spelled[value] = names.claim(name)
        if self.graph.training is not None:
            self.shared.spelled[self.graph.training] = "training"
        self.around = routines.surroundings(self.graph, "forward", whole=True)
        if self.around.draws:
            self.shared.helpers.add("_generator")
        self.shared.spelled |= _seeds_of(self.program)
        for name in (*[d.name for d in self.graph.dims], *rows):
            self.shared.dims[name] = names.claim(name)
        self.entrance = Entrance(
            self.graph, self.shared, self.kinds.accepted, is_plain=routines.is_plain,
            is_fast=routines.is_fast, has_floats=routines.has_floats,
        )  # fmt: skip
        fields = Names()
        self.output_fields = {o.name: fields.claim(o.name) for o in self.graph.outputs}

    # --- what a target has to say ---

    def imports(self) -> Sequence[str]:
        """The lines that import."""
        raise NotImplementedError

    def helpers(self) -> Sequence[str]:
        """The functions that are copied into the module."""
        raise NotImplementedError

    # --- what it may say ---

    def classes(self) -> Sequence[str]:
        """The texts of its own classes."""
        return ()

    def named(self) -> list[ClassView]:
        """What functions return, and what is handed from one to another."""
        found = [ClassView("Outputs", self._outputs(o.name for o in self.graph.outputs))]
        if self.program.predicted:
            found.append(ClassView("Prediction", self._outputs(self.program.predicted)))
        return [*found, ClassView("Saved", tuple(self.saved_fields()))]

    def others(self) -> list[FunctionView]:
        """The functions that only it, or only some modules, offer."""
        return []

    def at_once(self, part: Part) -> list[str] | None:
        """The body of a `value_and_grad` of its own; None where it calls the two others."""
        return None

    def forward_doc(self) -> str:
        """What `forward` returns."""
        what = self._what_is_saved()
        if self.graph.states:
            return f"The outputs, {what} of this call, and the state of the next one."
        return f"The outputs, and {what} of this call."

    # --- what all say alike ---

    def view(self) -> ModuleView:
        """The view of the module."""
        functions = self._functions()
        return ModuleView(
            doc=tuple(describe(self.graph, self.described, comment)),
            imports=tuple(self.imports()),
            constants=() if self.routines.is_plain else self._constants(),
            types=tuple(self._types()),
            named=tuple(self.named()),
            classes=tuple(self.classes()),
            functions=tuple([self.routines.finished(fitted(f)) for f in functions]),
            helpers=tuple(self.helpers()),
            graph=tuple(
                graph_lines(self.graph, self.described, self.shared.spelled, self.output_fields)
            ),
        )

    def given(self) -> list[Value]:
        """All that a caller hands over and that is looked at."""
        every = self.every_seed
        found = [b.graph.seeds if every else b.read_seeds for b in self.backwards]
        seeds = [seed.value for seeds in found for seed in seeds]
        return [*self.graph.arguments.values(), *seeds]

    def saved_fields(self) -> list[Field]:
        """The fields of `Saved`."""
        saved = [(self.shared.spelled[v], v.type) for v in self.program.saved]
        dims = [field for field, _ in self.routines.saved_dims(self.saved_dims)]
        return [*fields_of(saved, self.kinds.saved), *dims]

    def _constants(self) -> tuple[str, ...]:
        return (*element_types(self.given()), *constant_lines(self.shared))

    def _types(self) -> list[str]:
        kinds = self.kinds
        found = typed_dict("Params", self.graph.params, kinds.parameter)
        for part in self.program.parts:
            found += gradients_type(part, kinds)
        states = self.graph.states
        return found + (typed_dict("State", states, kinds.result) if states else [])

    def _outputs(self, names: Iterable[str]) -> tuple[Field, ...]:
        types = {o.name: o.value.type for o in self.graph.outputs}
        return tuple(
            fields_of([(self.output_fields[n], types[n]) for n in names], self.kinds.result)
        )

    def _results(self, *names: str) -> str:
        """The type of what a function returns, the next state behind it."""
        return f"tuple[{', '.join([*names, *(['State'] if self.graph.states else [])])}]"

    # --- functions ---

    def _functions(self) -> list[FunctionView]:
        """The functions in their order. They are lowered in another: names are given on the way."""
        program, shared = self.program, self.shared
        self.code = self.routines.lowering("forward", shared.spelled, lambda v: True)
        body = self.code.run()
        for value in program.saved:
            shared.spelled[value] = self.code.name(value)
        self.routines.remember(self.code)
        self.backwards = [Backward(part, self.routines) for part in program.parts]
        untold = set().union(*(b.untold_dims for b in self.backwards))
        self.saved_dims = [d.name for d in self.graph.dims if d.name in untold]
        predict = self._predict()
        forward = self._forward(forward_lines(body, heading))
        backwards = [b.function(self.saved_dims) for b in self.backwards]
        wholes = [self._value_and_grad(part) for part in program.parts if self.graph.loss]
        init = init_params(self.graph, self.code, shared.dims, self.routines.starting)
        found = [init, forward, *backwards, *wholes, predict, *self.others(), *self._admitting()]
        return [f for f in found if f is not None]

    def _admitting(self) -> list[FunctionView]:
        """What lets parameters and the state in."""
        found = []
        if lines := self.entrance.admit_params():
            found.append(FunctionView("params: Params", _ALL, "", tuple(lines), "_params"))
        if lines := self._admit_state():
            found.append(FunctionView("state: State | None", _ALL, "", tuple(lines), "_state"))
        return found

    def _forward(self, body: list[str]) -> FunctionView:
        code, routines = self.code, self.routines
        used = code.used_dims | set(self.saved_dims)
        lines = self.entrance.let_in(self.entrance.inputs, used, self.around, self.placing)
        lines += routines.taken("forward", code)
        outputs = routines.handed_out(self.blocks["forward"], code)[: len(self.graph.outputs)]
        saved: list[Expr] = [Atom(self.shared.spelled[v]) for v in self.program.saved]
        saved += [expr for _, expr in routines.saved_dims(self.saved_dims)]
        given, kept = Call(Atom("Outputs"), outputs), Call(Atom("Saved"), saved)
        returned = returned_with([given], kept)
        if self.graph.states:
            parts = Items([given, kept, self._next_state()])
            returned = without_parentheses(statement("return ", parts))
        signature = self.entrance.signature(self.entrance.inputs, self.around)
        returns = self._results("Outputs", "Saved")
        lines = spaced(lines, body, returned)
        return FunctionView(signature, returns, self.forward_doc(), tuple(lines), "forward")

    @property
    def placing(self) -> tuple[Node, ...]:
        """The nodes that may use inputs as positions."""
        backward = [n for b in self.backwards for n in b.block.nodes]
        return (*self.blocks["forward"].nodes, *backward)

    def _what_is_saved(self) -> str:
        first, *others = [f"`{b.part.backward}`" for b in self.backwards]
        if not others:
            return f"what {first} needs"
        named = f"what {', '.join([first, *others[:-1]])} and {others[-1]} need"
        return named if len(named) < _DOC // 2 else "what the functions that go backward need"

    def _next_state(self) -> Expr:
        items = [
            Atom(f"{string(u.name)}: {text(self.routines.output(u.value, self.code))}")
            for u in self.graph.updates
        ]
        return Items(items, "{}")

    def _admit_state(self) -> list[str]:
        door = Door(self.shared.dims, lambda n: False)
        spelled = {s.name: self.shared.spelled[s.value] for s in self.graph.states}
        starting = [self.starting_state(s) for s in self.graph.states]
        return admit_state(self.graph, starting, door, spelled.__getitem__)

    def starting_state(self, state: Param) -> Expr:
        """What a state starts as."""
        return self.routines.starting(starting_value(state, self.code))

    def _value_and_grad(self, part: Part) -> FunctionView:
        loss = str(part.graph.loss)
        doc = f"{identifier(loss)} and its gradient."
        if self.graph.states:
            doc = f"{identifier(loss)}, its gradient, and the state of the next call."
        signature = self.entrance.signature(self.entrance.inputs, self.around)
        returns = self._results(self.kinds.result(Type("f64")), gradients_name(part))
        lines = self.at_once(part)
        if lines is None:
            lines = self._one_by_one(part, loss)
        return FunctionView(signature, returns, doc, tuple(lines), part.at_once)

    def _one_by_one(self, part: Part, loss: str) -> list[str]:
        """The body of a `value_and_grad` that calls `forward` and `backward`."""
        params = [Atom("params")] if self.graph.params else []
        given = [(a.variable, Atom(a.variable)) for a in self.entrance.inputs]
        given += [(name, Atom(name)) for name in self.around.keywords()]
        state = ", state" if self.graph.states else ""
        lines = statement(f"outputs, saved{state} = ", Call(Atom("forward"), params, given))
        value = self.routines.loss(f"outputs.{self.output_fields[loss]}")
        return [*lines, f"    return {value}, {part.backward}(saved){state}"]

    def _predict(self) -> FunctionView | None:
        block = self.blocks.get("predict")
        if block is None:
            return None
        known = {v: self.shared.spelled[v] for v in self.graph.arguments.values()}
        code = self.routines.lowering("predict", known, lambda v: False)
        body = plain_lines(code.run())
        inputs, around = self.around_predict()
        lines = self.entrance.let_in(inputs, set(code.used_dims), around, block.nodes)
        lines += self.routines.taken("predict", code)
        results = self.routines.handed_out(block, code)
        returned = statement("return ", Call(Atom("Prediction"), results))
        left = [i.name for i in self.graph.inputs if i.name not in self.program.predict_inputs]
        doc = f"The outputs that need no {' and no '.join(identifier(n) for n in left)}."
        if not left or len(doc) > _DOC:
            doc = "The outputs that do not need all inputs."
        signature = self.entrance.signature(inputs, around)
        return FunctionView(signature, "Prediction", doc, (*lines, *body, *returned), "predict")

    def around_predict(self) -> tuple[list[Argument], Surroundings]:
        """The inputs of `predict`, and what it takes beside them."""
        inputs = [a for a in self.entrance.inputs if a.name in self.program.predict_inputs]
        return inputs, self.routines.surroundings(self.graph, "predict", whole=False)
