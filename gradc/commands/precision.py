"""`gradc verify --precision`: the digits that f32 keeps of each gradient, and what loses them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradc.commands.console import Console
from gradc.commands.failure import UsageError
from gradc.commands.options import option
from gradc.commands.units import compile_file, shown_name
from gradc.diagnostics import Diagnostic
from gradc.report.snippet import harmless
from gradc.syntax.habits.enclosed import unwrapped

if TYPE_CHECKING:
    from gradc.report.text import Paint
    from gradc.source import Span
    from gradc.verification.digits import Blamed, Kept

DIGITS = 3
"""So many are asked for where `--digits` does not say."""


def judge_precision(name: str, given: dict[str, Any], arguments: Any, console: Console) -> int:
    """Prints the digits of each gradient of a graph; 1 where one has too few."""
    from gradc.verification.digits import kept_digits
    from gradc.verification.interpret import CannotInterpretError
    from gradc.verification.prove import each_loss
    from gradc.verification.sample import SampleError

    compilation, _ = compile_file(name, arguments)
    least = option(arguments, "digits", DIGITS)
    code = 0
    for loss, joint in each_loss(compilation.joint):
        title = shown_name(name) if loss is None else f"{shown_name(name)}, {loss}"
        if not joint.gradients:
            console.write(f"{harmless(title)}: nothing to differentiate by\n")
            continue
        try:
            found = kept_digits(joint, arguments.seed, given, arguments.points, least)
        except SampleError as failure:
            raise UsageError(f"`--set`: {failure}", failure.helps) from None
        except CannotInterpretError as failure:
            console.say(f"error: {harmless(title)} cannot be run in f32 and f64: {failure}")
            code = 1
            continue
        points = f"{arguments.points} point{'s' * (arguments.points != 1)}"
        head = f"{harmless(title)}: {points}, seed {arguments.seed}, f32 against f64"
        console.write(_page(head, found, least, console.paint()))
        code = max(code, int(any(kept.digits < least for kept in found)))
    return code


def _page(head: str, found: list[Kept], least: int, paint: Paint) -> str:
    rows = [("parameter", "type", "digits", "")]
    rows += [(k.name, k.type, f"{k.digits:.1f}", _told(k.blamed)) for k in found]
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    lines = [paint(head, "bold")]
    for number, (name, kind, digits, told) in enumerate(rows):
        number_text = f"{digits:>{widths[2]}}"
        if number:
            is_right = found[number - 1].digits >= least
            number_text = paint(number_text, "good" if is_right else "error")
        cells = f"  {name:<{widths[0]}}  {kind:<{widths[1]}}  {number_text}"
        lines.append(f"{cells}  {told}".rstrip())
    few = sum(kept.digits < least for kept in found)
    if few:
        remark = f"{few} of {len(found)} gradients keep{'s' * (few == 1)} fewer than {least} digits"
        lines.append(paint(remark, "error"))
    else:
        lines.append(paint(f"all gradients keep {least} digits or more", "good"))
    return "\n".join(lines) + "\n"


def _told(blamed: Blamed | None) -> str:
    """Where the digits are lost, in the user's words."""
    if blamed is None:
        return ""
    span = _place(blamed)
    at = f" ({harmless(span.source.name)}:{span.line})" if span is not None else ""
    text = "" if span is None else unwrapped(" ".join(harmless(span.text).split()))
    what = f"the derivative of `{text}`" if blamed.backwards else f"`{text}`"
    step = "" if blamed.step is None else f", at step {blamed.step}"
    return f"lost first by {what}{at}{step}"


def _place(blamed: Blamed) -> Span | None:
    """The expression, in the user's file."""
    node = blamed.node
    if node.span is not None and not node.span.source.is_library:
        return node.span
    return node.shown(Diagnostic("", "", node.span)).span or node.origin.span
