"""The header and the source of a graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gradc.ir.node import Value
from gradc.ir.plan import Plan
from gradc.ir.program import Part
from gradc.ir.sizes import dimensions_of
from gradc.records import dataclass, replace
from gradc.targets.c.generator import STRUCT, generator_lines
from gradc.targets.c.groups import LOOPS
from gradc.targets.c.headings import heading
from gradc.targets.c.helpers import helper_lines
from gradc.targets.c.identifiers import LIBM, Names, comment, identifier, suffix, words_of
from gradc.targets.c.interface import Interface, Struct, cotangents
from gradc.targets.c.offered import Derivative, derivative_of
from gradc.targets.c.places import place_lines
from gradc.targets.c.rolled import DEFINED, WORD, rolled
from gradc.targets.c.routines import Given, Handed, Routines, Written
from gradc.targets.target import Described
from gradc.targets.told.derivation import Formulas
from gradc.targets.told.describe import describe
from gradc.targets.told.lines import Line, plain_lines
from gradc.targets.told.paragraphs import forward_lines, lines_of_part, whole_lines
from gradc.targets.told.words import spell

Named = Mapping[Value, str]
Layout = Callable[[Sequence[Line], Named, Sequence[str]], list[str]]


@dataclass(frozen=True, slots=True)
class Lines:
    """A piece of a text."""

    lines: list[str]


@dataclass(frozen=True, slots=True)
class View:
    """What the templates see."""

    name: str
    guard: str
    doc: list[str]
    structs: list[Lines]
    declarations: list[str]
    includes: list[str]
    functions: list[Lines]


def view_of(plan: Plan, described: Described, stem: str, *, has_blas: bool) -> View:
    """A header and a source whose names begin with a stem."""
    graph = plan.program.graph
    interface = Interface(stem, graph)
    routines = Routines(plan, interface, has_blas)
    structs, written = functions_of(plan, interface, routines)
    functions = [rolled(routines.lines(w, prefix=f"{stem}_")) for w in written]
    named = words_of([line for lines in functions for line in lines])
    constants = [lines for name, lines in routines.constants.items() if name in named]
    places = place_lines(interface, routines.workspace)
    parts = [
        *constants,
        _chunk(helper_lines(routines.helpers, named, has_blas=has_blas)),
        _generator(interface, routines),
        places,
        *functions,
        _errors(stem, routines),
    ]
    declared = [*_declarations(interface, routines, written)]
    doc = describe(graph, described, comment)
    if has_blas:
        doc += ["", *_LINKED]
    used = words_of([line for lines in parts for line in lines])
    if any(line.lstrip().startswith("#pragma omp") for lines in parts for line in lines):
        parts.insert(0, _PRAGMAS)
    if WORD in used:
        parts.insert(0, DEFINED)
    includes = [file for file, names in _INCLUDES.items() if used & names]
    shown = [Lines(struct) for struct in structs if struct]
    functions_shown = [Lines(part) for part in parts if part]
    guard = f"{stem.upper()}_H"
    return View(described.called, guard, doc, shown, declared, includes, functions_shown)


def functions_of(
    plan: Plan, interface: Interface, routines: Routines
) -> tuple[list[list[str]], list[Written]]:
    """The structs of a header, and the functions, whose places in the workspace are taken then."""
    stem = interface.stem
    written: list[Written] = []
    structs = [interface.dims_lines, interface.params.lines, interface.inputs.lines]
    rng = [*STRUCT, f"}} {stem}_rng;"] if interface.draws else []
    structs += [interface.state.lines, rng, interface.outputs.lines]
    written.append(_forward(plan, interface, routines))
    for part in plan.program.parts:
        gradients = gradients_of(interface, part)
        structs.append(gradients.lines)
        seeds, seed_struct = _seeds(interface, part)
        structs += [seed_struct.lines] if seed_struct is not None else []
        written.append(_backward(plan, interface, routines, part, gradients, seeds, seed_struct))
        if part.whole is not None:
            written.append(_at_once(plan, interface, routines, part, gradients))
    if "predict" in plan.blocks:
        written.append(_predict(plan, interface, routines))
    for offered in plan.program.offered:
        results = plan.blocks[offered.name].results
        derivative = derivative_of(interface, offered, results)
        structs += [struct.lines for struct in derivative.declared]
        written.append(_offered(interface, routines, derivative))
    return structs, written


_PRAGMAS = [
    "/* `omp simd`: sums may be added up side by side, which -fopenmp-simd makes use of;",
    "   `omp parallel`: on several cores, with -fopenmp. */",
    "#ifdef __GNUC__",
    '#pragma GCC diagnostic ignored "-Wunknown-pragmas"',
    "#endif",
]
_LINKED = [
    "Large products of matrices are left to the system's CBLAS. Link with it, as with",
    "    -lopenblas -lm",
]
_INCLUDES = {
    "math.h": LIBM | {f"{name}f" for name in LIBM} | {"NAN", "INFINITY"},
    "string.h": {"memset", "memcpy"},
    "cblas.h": {"cblas_sgemm", "cblas_dgemm"},
}


def _generator(interface: Interface, routines: Routines) -> list[str]:
    if not interface.draws:
        return []
    drawn = {call for call in routines.helpers if call[0] in ("uniform", "normal")}
    return generator_lines(interface.stem, drawn)


def _chunk(lines: list[str]) -> list[str]:
    return lines[:-1] if lines and not lines[-1] else lines


def _given(interface: Interface) -> list[Given]:
    graph = interface.graph
    given = [Given(p.value, interface.params.place(p.value)) for p in graph.params]
    return given + [Given(i.value, interface.inputs.place(i.value)) for i in graph.inputs]


def _carried(interface: Interface, routines: Routines) -> list[Given]:
    """The states, which start as the graph says where the caller has none, and `training`."""
    graph, struct = interface.graph, interface.state
    given = [
        Given(s.value, f"state != NULL ? {struct.place(s.value)} : {routines.start(s)}")
        for s in graph.states
    ]
    return given + ([Given(graph.training, "training")] if graph.training is not None else [])


def _updated(interface: Interface, updates: Sequence[Value]) -> list[Handed]:
    """The states of the next call, where the caller wants them."""
    found = []
    for member, value in zip(interface.state.fields, updates, strict=True):
        target = f"next_state->{member.name}"
        both = f"next_state != NULL && {target}"
        found.append(Handed(value, target, both if value.type.shape else "next_state"))
    return found


def arguments_of(
    interface: Interface, *, is_backward: bool = False, hands_on: bool = True
) -> list[Struct | str]:
    dims = [f"const {interface.stem}_dims *dims"] if interface.dims else []
    first: list[Struct | str] = [*dims, interface.params, interface.inputs]
    if is_backward:
        return first
    if (state := interface.state).fields:
        first += [f"const {state.type} *state", *[f"{state.type} *next_state"] * hands_on]
    first += ["int training"] if interface.graph.training is not None else []
    return [*first, *([f"{interface.stem}_rng *rng"] if interface.draws else [])]


def _filled(interface: Interface) -> dict[str, Handed]:
    """The outputs, by their names."""
    pairs = zip(interface.graph.outputs, interface.outputs.fields, strict=True)
    return {
        o.name: Handed(
            o.value, target := f"outputs->{f.name}", target if o.value.type.shape else ""
        )
        for o, f in pairs
    }


def _forward(plan: Plan, interface: Interface, routines: Routines) -> Written:
    graph = plan.program.graph
    handed = _filled(interface).values()
    return routines.write(
        "forward",
        [*arguments_of(interface), interface.outputs, "void *workspace"],
        [*_given(interface), *_carried(interface, routines)],
        [*handed, *_updated(interface, [u.value for u in graph.updates])],
        lambda lines, names, counters: forward_lines(lines, heading),
        keeps=plan.program.saved,
    )


def _predict(plan: Plan, interface: Interface, routines: Routines) -> Written:
    """What needs but some of the inputs: the others are not looked at, nor their dimensions."""
    graph, places = plan.program.graph, _filled(interface)
    # Loops that were made short leave other values than the graph has.
    results = zip(plan.program.predicted, plan.blocks["predict"].results, strict=True)
    given = [i.value for i in graph.inputs if i.name in plan.program.predict_inputs]
    sizes = [s for v in (*(p.value for p in graph.params), *given) for s in v.type.shape]
    return routines.write(
        "predict",
        [*arguments_of(interface, hands_on=False), interface.outputs, "void *workspace"],
        [*_given(interface), *_carried(interface, routines)],
        [replace(places[name], value=value) for name, value in results],
        lambda lines, names, counters: plain_lines(lines),
        sized_by={d for size in sizes for d in dimensions_of(size)},
    )


def gradients_of(interface: Interface, part: Part) -> Struct:
    graph = part.graph
    return interface.struct(
        f"gradients{_suffix(part)}",
        [(name, g.value, "") for name, g in zip(graph.wrt, graph.gradients, strict=True)],
        filled=True,
    )


def _suffix(part: Part) -> str:
    """What tells the struct of one loss from those of others."""
    return suffix(part.graph.loss or "") if part.suffix else ""


def _seeds(interface: Interface, part: Part) -> tuple[list[Given], Struct | None]:
    """The cotangents that come in: a number for a loss, else a struct."""
    graph = part.graph
    if graph.loss:
        return [
            Given(s.value, identifier(f"d{graph.loss}"), s.value.type.dtype != "f64")
            for s in graph.seeds
        ], None
    struct = cotangents(interface, graph)
    return [Given(s.value, struct.place(s.value)) for s in graph.seeds], struct


def _handed(struct: Struct) -> list[Handed]:
    found = []
    for member in struct.fields:
        target = f"{struct.name}->{member.name}"
        found.append(Handed(member.value, target, target if member.value.type.shape else ""))
    return found


def _named(struct: Struct) -> Struct:
    """The struct as the argument that every function calls the same."""
    return Struct(struct.type, "gradients", struct.fields, filled=True)


def _backward(
    plan: Plan,
    interface: Interface,
    routines: Routines,
    part: Part,
    gradients: Struct,
    seeds: list[Given],
    seed_struct: Struct | None,
) -> Written:
    def layout(lines: Sequence[Line], names: Named, counters: Sequence[str]) -> list[str]:
        block = plan.blocks[part.backward]
        formulas = Formulas(part.told_backward or part.graph, block, names, spell, str, counters)
        return lines_of_part(lines, part, formulas, heading)

    seed: Struct | str = seed_struct or f"double {identifier(f'd{part.graph.loss}')}"
    return routines.write(
        part.backward,
        [*arguments_of(interface, is_backward=True), seed, _named(gradients), "void *workspace"],
        [*_given(interface), *seeds],
        _handed(_named(gradients)),
        layout,
        read=plan.program.saved,
    )


def _at_once(
    plan: Plan, interface: Interface, routines: Routines, part: Part, gradients: Struct
) -> Written:
    whole = part.whole
    assert whole is not None

    def layout(lines: Sequence[Line], names: Named, counters: Sequence[str]) -> list[str]:
        formulas = Formulas(whole, plan.blocks[part.at_once], names, spell, str, counters)
        return whole_lines(lines, whole, formulas, heading)

    # Loops that were made short leave other values than the graph has.
    loss, *others = plan.blocks[part.at_once].results
    count = len(gradients.fields)
    moved = _named(gradients.of(others[:count]))
    name = Names([*LOOPS, "total"]).claim(whole.loss or "")
    return routines.write(
        part.at_once,
        [*arguments_of(interface), f"double *{name}", moved, "void *workspace"],
        [*_given(interface), *_carried(interface, routines)],
        [Handed(loss, f"*{name}", name), *_handed(moved), *_updated(interface, others[count:])],
        layout,
        named={loss: f"{name}_value"},
    )


def _offered(interface: Interface, routines: Routines, derivative: Derivative) -> Written:
    """A derivative of another form. What is left out of directions does not move."""
    along, filled = derivative.along, derivative.filled
    moving = [Given(f.value, f"{along.name}->{f.name}", is_optional=True) for f in along.fields]
    return routines.write(
        derivative.offered.name,
        [*arguments_of(interface, hands_on=False), along, filled, "void *workspace"],
        [*_given(interface), *_carried(interface, routines), *moving],
        _handed(filled),
        lambda lines, names, counters: forward_lines(lines, heading),
    )


def _errors(stem: str, routines: Routines) -> list[str]:
    lines = [f"const char *{stem}_error(int code) {{"]
    for text, code in routines.codes.items():
        lines.append(f'    if (code == {code}) return "{comment(text)}";')
    return [*lines, '    return code == 0 ? "fine" : "no code of an error";', "}"]


def _declarations(
    interface: Interface, routines: Routines, written: Sequence[Written]
) -> list[str]:
    stem = interface.stem
    lines: list[str] = []
    if interface.dims:
        lines.append(f"size_t {stem}_workspace_bytes(const {stem}_dims *dims);")
    else:
        lines.append(f"#define {stem.upper()}_WORKSPACE_BYTES {routines.offsets()[-1]}")
        lines.append(f"size_t {stem}_workspace_bytes(void);")
    if interface.draws:
        lines.append(f"void {stem}_rng_seed({stem}_rng *rng, uint64_t seed);")
    for one in written:
        signature = routines.signature(one, f"{stem}_")
        lines += [*signature[:-1], f"{signature[-1]};"]
    return [*lines, f"const char *{stem}_error(int code);"]
