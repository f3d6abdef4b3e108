"""The textual form of a program: what `forward`, `backward` and `predict` do, step by step."""

from __future__ import annotations

from collections.abc import Iterable

from gradc.ir.graph import Value
from gradc.ir.program import Program, Routine, Step
from gradc.ir.text import _Printer as Printer


def print_program(program: Program) -> str:
    """The routines, and the values that go from one to the other.

    `into %z` says that a result takes over the memory of an operand, `frees %z` that the memory
    of a value is let go, and `nested` that a step is written within the statement that uses it.
    """
    printer = Printer()
    routines = [("forward", program.forward), ("backward", program.backward)]
    if program.predict is not None:
        routines.append(("predict", program.predict))
    parts = [_routine(name, routine, printer) for name, routine in routines]
    parts.insert(1, f"saved {_names(program.saved, printer)}".rstrip() + "\n")
    return "\n".join(parts)


def _routine(name: str, routine: Routine, printer: Printer) -> str:
    lines = [f"{name}({_names(routine.arguments, printer)}) {{"]
    lines += [f"    {_step(step, printer)}" for step in routine.steps]
    lines += [f"    return {_names(routine.results, printer)}".rstrip(), "}"]
    return "\n".join(lines) + "\n"


def _step(step: Step, printer: Printer) -> str:
    notes = []
    if step.out is not None:
        notes.append(f"into {printer.name(step.out)}")
    if step.frees:
        notes.append(f"frees {_names(step.frees, printer)}")
    if step.nested:
        notes.append("nested")
    text = printer.node(step.node)
    return f"{text}  # {'; '.join(notes)}" if notes else text


def _names(values: Iterable[Value], printer: Printer) -> str:
    return ", ".join(map(printer.name, values))
