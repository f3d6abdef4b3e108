"""The textual form of a program: what `forward`, `backward` and `predict` make, node by node."""

from __future__ import annotations

from gradc.ir.program import Program
from gradc.ir.text import Printer


def print_program(program: Program) -> str:
    """The routines; what one returns and another takes goes by one name."""
    printer = Printer()
    parts = []
    for routine in program.routines:
        lines = [f"{routine.name}({', '.join(map(printer.typed, routine.arguments))}) {{"]
        lines += [printer.indented(printer.node(n)) for n in routine.nodes]
        lines += [printer.indented(f"return {printer.listed(routine.results)}".rstrip()), "}"]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)
