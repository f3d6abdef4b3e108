"""The source that makes a module of Python's of a graph in C, put together from plan and doors."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from gradc import resources
from gradc.ir.plan import Plan
from gradc.ir.positions import positions_of
from gradc.ir.program import Part
from gradc.records import dataclass
from gradc.targets.c.extension.adaptors import (
    derivative_lines,
    forward_lines,
    part_lines,
    predict_lines,
)
from gradc.targets.c.extension.tables import Tables, literal
from gradc.targets.c.identifiers import comment
from gradc.targets.c.interface import Field, Interface, cotangents, stem_of
from gradc.targets.c.module import gradients_of
from gradc.targets.c.offered import Derivative, derivative_of
from gradc.targets.render import render

_AROUND = ("state", "training", "rng")
"""What functions take beside parameters and inputs, in the order of the slots."""


@dataclass(frozen=True, slots=True)
class View:
    """What the template sees."""

    title: str
    name: str  # of the header
    source: str
    module: str
    stem: str
    init: str
    counts: list[str]
    call: list[str]
    results: list[str]
    tables: list[str]
    adaptors: list[str]
    python: list[str]
    functions: list[str]
    has_loss: bool
    predicts: bool
    derives: bool
    draws: bool
    draws_unless: str


@dataclass(frozen=True, slots=True)
class Python:
    """What a module is in Python: a text that it runs when it is imported, and the plan of that."""

    text: str
    plan: Plan


def extension_text(plan: Plan, python: Python, called: str, source: str) -> str:
    """The source of a module. `called` is the name that it is imported by."""
    return render("c/extension.c.jinja", _Writer(plan, python, called, source).view())


def init_name(called: str) -> str:
    """The function that Python looks for in a module of a name."""
    if called.isascii():
        return f"PyInit_{called.replace('-', '_')}"
    return f"PyInitU_{called.encode('punycode').decode().replace('-', '_')}"


class _Writer:
    def __init__(self, plan: Plan, python: Python, called: str, source: str):
        self.plan, self.program, self.graph = plan, plan.program, plan.program.graph
        self.called, self.source = called, source
        self.interface = Interface(stem_of(called), self.graph)
        self.stem = self.interface.stem
        self.python = python
        found = [n for n in ast.parse(python.text).body if isinstance(n, ast.FunctionDef)]
        self.functions = {f.name: f for f in found}
        self.tables = Tables(self.interface.dims)
        self.inputs = _keywords(self.functions["forward"])[: len(self.graph.inputs)]
        for word in (*self.inputs, *_AROUND):
            self.tables.word(word)
        self.predicts = "predict" in plan.blocks
        self.derivatives = [
            derivative_of(self.interface, o, plan.blocks[o.name].results)
            for o in self.program.offered
        ]
        self.offered: list[str] = []
        self.rows: list[str] = []  # of the functions that are offered

    def view(self) -> View:
        interface, tables = self.interface, self.tables
        self._given()
        self._offer("forward", "go_forward")
        self._entry("forward_entry", "forward")
        outputs = list(zip(self.graph.outputs, interface.outputs.fields, strict=True))
        self._table("outputs", [(o.name, f) for o, f in outputs], interface.outputs.type)
        updates = [
            (s.name, f) for s, f in zip(self.graph.states, interface.state.fields, strict=True)
        ]
        self._table("next_states", updates, interface.state.type)
        adaptors = forward_lines(interface)
        for number, part in enumerate(self.program.parts):
            adaptors += self._part(number, part)
        predicted = [(o.name, f) for o, f in outputs if o.name in self.program.predicted]
        if self.predicts:
            self._table("predicted", predicted, interface.outputs.type)
            self._offer("predict", "foretell")
            self._entry("predict_entry", "predict")
            adaptors += predict_lines(interface)
        for number, derivative in enumerate(self.derivatives):
            adaptors += self._derivative(number, derivative)
        counts = self._counts(len(predicted))
        lines = [*tables.word_lines("words", tables.words), "",
                 *tables.word_lines("doors", self.offered)]  # fmt: skip
        return View(
            title=comment(self.called),
            name=self.called,
            source=comment(self.source),
            module=self.called,
            stem=self.stem,
            init=init_name(self.called),
            counts=counts,
            call=self._call(),
            results=self._results(),
            tables=[*tables.lines, "", *lines, "", *tables.size_lines(), "", *self._refused()],
            adaptors=adaptors,
            python=[literal(line) for line in self._python().splitlines(keepends=True)],
            functions=self.rows,
            has_loss=any(part.whole is not None for part in self.program.parts),
            predicts=self.predicts,
            derives=bool(self.derivatives),
            draws=interface.draws,
            draws_unless="0" if self._always_draws() else "!call->training",
        )

    # --- tables ---

    def _given(self) -> None:
        interface = self.interface
        rows: list[tuple[str, Field, str]] = []
        graph = self.graph
        for struct, names in (
            (interface.params, [p.name for p in graph.params]),
            (interface.inputs, [i.name for i in graph.inputs]),
            (interface.state, [s.name for s in graph.states]),
        ):
            pairs = zip(names, struct.fields, strict=True)
            rows += [(n, f, f"offsetof(Call, {struct.name}.{f.name})") for n, f in pairs]
        self.tables.members("given", rows)
        own = set(self.tables.sizes)
        late = [n for n, (_, f, _) in enumerate(rows) if own & set(f.value.type.shape)]
        self.late = len(late)
        self.tables.numbers("late", late)

    def _offer(self, name: str, doing: str, part: str = "NULL") -> int:
        """A function of Python's, and the place of its door."""
        self.offered.append(name)
        door = len(self.offered) - 1
        self.rows.append(f"{{{door}, {doing}, {part}}},")
        return door

    def _table(self, name: str, rows: Sequence[tuple[str, Field]], struct: str) -> None:
        found = [(word, f, f"offsetof({struct}, {f.name})") for word, f in rows]
        self.tables.members(name, found)

    def _entry(self, name: str, function: str, along: str = "NULL", moving: int = 0) -> None:
        slots = [self.tables.words[word] for word in _keywords(self.functions[function])]
        self.tables.numbers(f"{name}_slots", slots)
        rows = self._choices(function)
        self.tables.lines += [f"static const Choice {name}_choices[] = {{", *rows, "    {0}};"]
        door = self.offered.index(function)
        words = [door, len(slots), f"{name}_slots", len(rows), f"{name}_choices", moving, along]
        line = f"{{{', '.join(map(str, words))}}}"
        self.tables.lines.append(f"static const Entry {name} = {line};")

    def _choices(self, function: str) -> list[str]:
        """The inputs that a function looks at as positions, as the door does."""
        blocks = self.python.plan.blocks
        alone = {"predict", *(o.name for o in self.program.offered)}
        names = [function] if function in alone else ["forward"]
        if function not in alone:
            names += [part.backward for part in self.python.plan.program.parts]
        found = positions_of([node for name in names for node in blocks[name].nodes])
        rows = []
        for number, given in enumerate(self.python.plan.program.graph.inputs):
            for position in found.get(given.value, ()):
                member, size = len(self.graph.params) + number, self.tables.size(position.size)
                rows.append(f"    {{{member}, {int(position.is_label)}, {size}}},")
        return rows

    def _part(self, number: int, part: Part) -> list[str]:
        """The tables of what is differentiated, and how its functions are called."""
        tables, graph = self.tables, part.graph
        door = self._offer(part.backward, "go_back", f"&part{number}")
        struct = gradients_of(self.interface, part)
        names = [g.name for g in graph.gradients]
        self._table(f"gradients{number}", [*zip(names, struct.fields, strict=True)], struct.type)
        keywords = _keywords(self.functions[part.backward])
        tables.numbers(f"seeds{number}", [tables.word(k) for k in keywords])
        if graph.loss:
            (seed,) = graph.seeds
            row = (seed.name, Field("", seed.value), "0")
            tables.members(f"cotangents{number}", [row])
        else:
            seeds = cotangents(self.interface, graph)
            self._table(
                f"cotangents{number}", [*zip(keywords, seeds.fields, strict=True)], seeds.type
            )
        whole = "NULL"
        if part.whole is not None:
            self._offer(part.at_once, "go_both", f"&part{number}")
            self._entry(f"whole{number}", part.at_once)
            whole = f"&whole{number}"
        adaptors = part_lines(self.interface, number, part, struct)
        both = f"both{number}" if part.whole is not None else "NULL"
        return [
            *adaptors,
            f"static const Part part{number} = {{",
            f"    {door}, {int(bool(graph.loss))},",
            f"    {len(keywords)}, seeds{number}, cotangents{number},",
            f"    {len(struct.fields)}, gradients{number}, {whole}, back{number}, {both},",
            "};",
            "",
        ]

    def _derivative(self, number: int, derivative: Derivative) -> list[str]:
        """The tables of a derivative of another form, and how it is called."""
        offered, tables, name = derivative.offered, self.tables, f"derivative{number}"
        self._offer(offered.name, "derive", f"&{name}")
        along, filled = derivative.along, derivative.filled
        named = zip([a.name for a in offered.along], along.fields, strict=True)
        self._table(f"along{number}", [*named], along.type)
        rows, by = offered.rows, offered.by
        parts = len(filled.fields) // max(len(rows) * len(by), 1)
        words = [r.name for r in offered.results]
        if rows:  # what stands in a row is called as its column is
            words = [column for _ in rows for column in by for _ in range(parts)]
        self._table(f"derived{number}", [*zip(words, filled.fields, strict=True)], filled.type)
        self._entry(f"entry{number}", offered.name, f"along{number}", len(along.fields))
        tables.numbers(f"rows{number}", [tables.word(row) for row in rows])
        is_outputs, count = int(offered.kind == "jvp"), len(filled.fields)
        return [
            *derivative_lines(self.interface, number, derivative),
            f"static const Derivative {name} = {{",
            f"    &entry{number}, {is_outputs}, {count}, derived{number},",
            f"    {len(rows)}, rows{number}, {len(by)}, {parts if rows else 1}, derive{number},",
            "};",
            "",
        ]

    def _counts(self, predicted: int) -> list[str]:
        filled = [len(p.graph.gradients) for p in self.program.parts]
        filled += [len(d.filled.fields) for d in self.derivatives]
        counts = {
            "DIMS": len(self.interface.dims),
            "PARAMS": len(self.graph.params),
            "INPUTS": len(self.graph.inputs),
            "STATES": len(self.graph.states),
            "GIVEN": len(self.graph.params) + len(self.graph.inputs) + len(self.graph.states),
            "OUTPUTS": len(self.graph.outputs),
            "PREDICTED": predicted,
            "MOST": max(filled, default=0),
            "MOVING": max([len(d.along.fields) for d in self.derivatives], default=0),
            "LATE": self.late,
            "SLOTS": len(self.graph.inputs) + len(_AROUND),
            "WORDS": len(self.tables.words),
            "DOORS": len(self.offered),
        }
        return ["enum {", *(f"    {name} = {count}," for name, count in counts.items()), "};"]

    def _call(self) -> list[str]:
        interface = self.interface
        structs = [s for s in (interface.params, interface.inputs, interface.state) if s.fields]
        lines = ["int64_t dims[DIMS + 1];", *(f"{s.type} {s.name};" for s in structs)]
        lines += [f"{self.stem}_rng rng;"] if interface.draws else []
        return [*lines, "int has_state, training;"]

    def _results(self) -> list[str]:
        interface = self.interface
        structs = [interface.outputs, interface.state]
        for part in self.program.parts:
            structs.append(gradients_of(interface, part))
            structs += [] if part.graph.loss else [cotangents(interface, part.graph)]
        structs += [struct for d in self.derivatives for struct in d.declared]
        types = [s.type for s in structs if s.fields]
        return [*(f"{kind} member{n};" for n, kind in enumerate(types)), "double number;"]

    def _refused(self) -> list[str]:
        """What the functions in C do not look at, and doors do."""
        lines = ["static int is_refused(const Call *call) {"]
        for check in self.graph.checks:
            if check.relation != "differs":
                continue
            left, right = self.tables.expression(check.left), self.tables.expression(check.right)
            lines.append(f"    if (call->training && {right} == {left}) return 1;")
        return [*lines, "    (void)call;", "    return 0;", "}"]

    # --- Python ---

    def _python(self) -> str:
        if not self.interface.draws:
            return self.python.text
        text = resources.text("targets/c/extension/generator.py")
        return f"{self.python.text}\n\n{text[text.index('def _lent') :]}"

    def _always_draws(self) -> bool:
        drawing = [n.traits for n in self.graph.nodes if n.traits.impure]
        return not all(t.in_training for t in drawing)


def _keywords(function: ast.FunctionDef) -> list[str]:
    return [a.arg for a in function.args.kwonlyargs]
