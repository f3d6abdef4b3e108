"""Functions that call those of a header, all alike: what a call is handed, a struct for results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradc.ir.program import Part
from gradc.targets.c.identifiers import identifier
from gradc.targets.c.interface import Interface, Struct, cotangents
from gradc.targets.c.module import arguments_of
from gradc.targets.c.offered import Derivative


def forward_lines(interface: Interface) -> list[str]:
    """What calls `forward`, and says how large a workspace has to be."""
    first = arguments_of(interface)
    return [
        "static size_t bytes_of(const Call *call) {",
        "    (void)call;",
        f"    return {interface.stem}_workspace_bytes({_dims(interface)});",
        "}",
        "",
        "static int run_forwards(Call *call, Results *results, Results *next, void *workspace) {",
        "    (void)call, (void)next;",
        _called(interface, "forward", first, "(void *)results", "workspace"),
        "}",
        "",
    ]


def predict_lines(interface: Interface) -> list[str]:
    """What calls `predict`."""
    first = arguments_of(interface, hands_on=False)
    return [
        "static int foresee(Call *call, Results *results, void *workspace) {",
        "    (void)call;",
        _called(interface, "predict", first, "(void *)results", "workspace"),
        "}",
        "",
    ]


def part_lines(interface: Interface, number: int, part: Part, struct: Struct) -> list[str]:
    """What calls `backward` and `value_and_grad`; `struct` is that of the gradients."""
    gradients = ["gradients"] if struct.fields else []
    seeds = ["seed"] if part.graph.loss else []
    if not part.graph.loss and cotangents(interface, part.graph).fields:
        seeds = ["cotangents"]
    first = arguments_of(interface, is_backward=True)
    lines = [
        f"static int back{number}(const Call *call, double seed, const void *cotangents,",
        "                 void *gradients, void *workspace) {",
        "    (void)call, (void)seed, (void)cotangents, (void)gradients;",
        _called(interface, part.backward, first, *seeds, *gradients, "workspace"),
        "}",
        "",
    ]
    if part.whole is None:
        return lines
    first = arguments_of(interface)
    return [
        *lines,
        f"static int both{number}(Call *call, double *loss, void *gradients, void *next,",
        "                 void *workspace) {",
        "    (void)call, (void)gradients, (void)next;",
        _called(interface, part.at_once, first, "loss", *gradients, "workspace"),
        "}",
        "",
    ]


def derivative_lines(interface: Interface, number: int, derivative: Derivative) -> list[str]:
    """What calls a derivative of another form."""
    taken = [s.name for s in (derivative.along, derivative.filled) if s.fields]
    words = {"along": derivative.along.name, "results": derivative.filled.name}
    given = [word for word, name in words.items() if name in taken]
    first = arguments_of(interface, hands_on=False)
    return [
        f"static int derive{number}(Call *call, const void *along, void *results,",
        "                   void *workspace) {",
        "    (void)call, (void)along, (void)results;",
        _called(interface, derivative.offered.name, first, *given, "workspace"),
        "}",
        "",
    ]


def _called(interface: Interface, name: str, first: Sequence[Struct | str], *rest: str) -> str:
    given = [text for argument in first for text in _passed(interface, argument)]
    return f"    return {interface.stem}_{identifier(name)}({', '.join([*given, *rest])});"


def _passed(interface: Interface, argument: Struct | str) -> Iterator[str]:
    """What stands for an argument of a function of the header, if it has it."""
    if isinstance(argument, Struct):
        if argument.fields:
            yield f"&call->{argument.name}"
        return
    yield {
        "dims": _dims(interface),
        "state": "call->has_state ? &call->state : NULL",
        "next_state": "(void *)next",
        "training": "call->training",
        "rng": "&call->rng",
    }[argument.rpartition(" ")[2].lstrip("*")]


def _dims(interface: Interface) -> str:
    return f"(const {interface.stem}_dims *)call->dims" if interface.dims else ""
