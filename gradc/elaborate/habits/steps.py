"""Steps of loops in the manner of other systems: what they return, and what they carry."""

from __future__ import annotations

from gradc.diagnostics import DiagnosticError, Help, Label, Replacement, error
from gradc.elaborate.order import used_names
from gradc.ir.sizes import shape_text
from gradc.ir.types import Type
from gradc.source import Span
from gradc.syntax import tree
from gradc.syntax.habits.enclosed import unwrapped

COLLECTED = "each step carries the same shape; `output` in the body collects each step"


def refuse_counting(over: tree.ScanOver, scan: tree.Scan) -> None:
    """Raises for `over i in range(5)`, where no step reads `i`."""
    call = over.sequence
    if not isinstance(call, tree.Call) or call.callee.span.text != "range":
        return
    from_zero = len(call.args) == 2 and call.args[0].span.text == "0"
    if len(call.args) != 1 and not from_zero:
        return
    if len(scan.over) > 1 or any(name == over.target.name for name, _ in used_names(scan.body)):
        return
    message = "there is no function or operation `range`"
    count = call.args[-1].value.span.text
    help_ = f"write `times {count}` for `over {over.target.name} in {call.span.text}`"
    raise error("E0203", message, call.callee.span, helps=[help_])


def misplaced(statement: tree.Statement, scan: tree.Scan) -> list[str]:
    """What is said of a statement that cannot stand in the body of a scan."""
    if isinstance(statement, tree.Return):
        return [following(statement, scan)]
    if isinstance(statement, tree.ParamDecl | tree.InputDecl | tree.StateDecl | tree.ConstDecl):
        first, taken = scan.span.lines, statement.span.lines
        above = Span(first.source, first.start, first.start)
        text = f"{' '.join(statement.span.text.split())}\n"
        return [
            Help("declare it above the loop", [Replacement(above, text), Replacement(taken, "")])
        ]
    if isinstance(statement, tree.Update):
        return [f"the body says what the next step starts from: `next {scan.carried[0].name} = …`"]
    if isinstance(statement, tree.Assign) and statement.role == "loss":
        kept = ", ".join(f"`{n.name}`" for n in scan.carried)
        return [f"a loss stands below the loop, made of {kept} or of what `output` collects"]
    return []


def following(statement: tree.Return, scan: tree.Scan) -> str:
    """What a `return` in the body of a scan is there."""
    names = [n.name for n in scan.carried]
    values = [v.span.text for v in statement.values]
    if len(values) != len(names):
        return f"`next {names[0]} = …` says what the next step starts from, `output` collects"
    lines = [f"`next {n} = {v}`" for n, v in zip(names, values, strict=True)]
    return f"the next step starts from what the body says: {' and '.join(lines)}"


def _other_start(scan: tree.Scan, name: tree.Identifier, first: Type, after: Type) -> str:
    """What is said of a scan that should start from what its steps make."""
    at = next(i for i, carried in enumerate(scan.carried) if carried.name == name.name)
    texts = [e.span.text for e in scan.initial]
    dtype = f'"{after.dtype}"' if after.dtype != first.dtype else ""
    if first.shape == after.shape:
        texts[at] = f"astype({unwrapped(texts[at])}, {dtype})"
        told = "each step carries the same element type:"
    else:
        texts[at] = f"zeros({shape_text(after.shape)}{f', dtype={dtype}' if dtype else ''})"
        told = "each step carries the same shape, so start from one:"
    names = ", ".join(carried.name for carried in scan.carried)
    return f"{told} `scan {names} = {', '.join(texts)}`"


def other_shape(
    scan: tree.Scan, name: tree.Identifier, first: Type, after: Type
) -> DiagnosticError:
    """What is carried has another shape after a step."""
    marked = [
        (target, statement.value)
        for statement in scan.body
        if isinstance(statement, tree.Assign) and statement.role == "next"
        for target in statement.targets
        if target.name.name == name.name
    ]
    helps = [_other_start(scan, name, first, after)]
    grows = any(target.name.name == n for target, v in marked for n, _ in used_names(v))
    if grows or after.rank > first.rank or not after.rank:
        helps = [COLLECTED]
    message = f"`{name.name}` starts as {first}, and is {after} after one step"
    labels = [Label(target.span, str(after)) for target, _ in marked]
    return error("E0306", message, name.span, str(first), labels, helps)
