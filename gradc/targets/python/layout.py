"""How the statements of a function are laid out on the page."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.graph import Param
from gradc.records import replace
from gradc.targets.python.document import WIDTH, Choice, Filled, enclosed, render
from gradc.targets.python.expression import Call, Expr, Items, text
from gradc.targets.python.identifiers import string
from gradc.targets.python.statements import statement
from gradc.targets.python.view import FunctionView


def returned_by_name(params: Sequence[Param], values: Sequence[Expr]) -> list[str]:
    """`return {"w": w, "b": b}` of what belongs to parameters, a line for each if it is long."""
    keys = [string(param.name) for param in params]
    return statement("return ", Items(values, "{}", keys))


def returned_with(first: Sequence[Expr], last: Call) -> list[str]:
    """`return Outputs(J), Saved(x, d)`, where the arguments of the last may stand below."""
    one = f"return {', '.join(map(text, (*first, last)))}"
    opening = f"{one[: len(one) - len(text(last))]}{text(Call(last.function, ()))[:-1]}"
    if len(one) + 4 > WIDTH >= len(opening) + 4 and last.args:
        return render(enclosed(opening, Filled([text(a) for a in last.args]), ")"), 4)
    return without_parentheses(statement("return ", Items([*first, last])))


def without_parentheses(lines: list[str]) -> list[str]:
    """`return a, b` rather than `return (a, b)`, where it is one line."""
    if len(lines) == 1 and lines[0].startswith("    return ("):
        return [f"    return {lines[0][len('    return (') : -1]}"]
    return lines


def taken_apart(names: Sequence[str], value: str, margin: int = 0) -> list[str]:
    """`x, d = saved`, as many names on a line as fit once it is moved right by the margin."""
    if not names:
        return []
    target = f"({names[0]},)" if len(names) == 1 else ", ".join(names)
    broken = enclosed("(", Filled(names), f") = {value}")
    lines = render(Choice((f"{target} = {value}", broken)), 4 + margin)
    return [line[margin:] for line in lines]


def assigned_together(targets: list[str], values: list[Expr], margin: int) -> list[str]:
    """`h, c = next_h, next_c`, as many on a line as fit once it is moved right by the margin."""
    if not targets:
        return []
    if len(targets) == 1:
        lines = statement(f"{targets[0]} = ", values[0], indent=4 + margin)
    else:
        words = [text(value) for value in values]
        broken = (enclosed("(", Filled(targets), ") = "), enclosed("(", Filled(words), ")"))
        one = f"{', '.join(targets)} = {', '.join(words)}"
        lines = render(Choice((one, broken)), 4 + margin)
    return [line[margin:] for line in lines]


def let_go(names: Sequence[str], margin: int) -> list[str]:
    """`del a, b`, as many names on a line as fit once it is moved right by the margin."""
    broken = enclosed("del (", Filled(names), ")")
    lines = render(Choice((f"del {', '.join(names)}", broken)), 4 + margin)
    return [line[margin:] for line in lines]


def returned_together(words: list[str], brackets: str) -> list[str]:
    """`return {a, b}`, or as many of them on a line as fit."""
    opening, closing = f"return {brackets[0]}", brackets[1]
    one = f"{opening}{', '.join(words)}{closing}"
    return render(Choice((one, enclosed(opening, Filled(words), closing))) if words else one, 4)


def fitted(function: FunctionView) -> FunctionView:
    """The function with its arguments on lines of their own, where they do not fit on one."""
    if len(f"def {function.name}({function.signature}) -> {function.returns}:") <= WIDTH:
        return function
    inner = f"    {function.signature}"
    if len(inner) > WIDTH:
        inner = "\n".join(f"    {argument}," for argument in function.signature.split(", "))
    return replace(function, signature=f"\n{inner}\n")


def spaced(door: list[str], body: list[str], returned: list[str]) -> list[str]:
    """Door, body and return with a blank line between them."""
    lines = list(door)
    for part in (body, returned):
        if part and lines and (lines[-1] != ""):
            lines.append("")
        lines += part
    return lines
