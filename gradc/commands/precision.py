"""`gradc verify --precision`: the digits that f32 keeps of gradients and outputs.

Points near which formulas cancel are told for information: data may never come near them.
"""

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
    from gradc.ir.graph import Graph
    from gradc.report.text import Paint
    from gradc.source import Span
    from gradc.verification.digits import Blamed, Kept

DIGITS = 3
"""So many are asked for where `--digits` does not say."""


def judge_precision(name: str, given: dict[str, Any], arguments: Any, console: Console) -> int:
    """Prints the digits of each gradient and output of a graph; 1 where one has too few."""
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
        if arguments.points > 1:
            known = {_told(kept.blamed) for kept in found}
            console.write(_near(_kept_near(joint, arguments.seed, given, least), known))
        code = max(code, int(any(kept.digits < least for kept in found)))
    return code


def _kept_near(joint: Graph, seed: int, given: dict[str, Any], least: int) -> list[Kept]:
    """What is kept near where formulas cancel; nothing where no such point is one of the graph."""
    from gradc.verification.digits import kept_digits
    from gradc.verification.interpret import CannotInterpretError

    try:
        return kept_digits(joint, seed, given, 0, least)
    except CannotInterpretError:
        return []


def _near(found: list[Kept], known: set[str]) -> str:
    """The statements that lose digits where arguments are small, alike, large, or far apart."""
    told: dict[str, Kept] = {}
    for kept in found:
        text = _told(kept.blamed)
        if text and text not in known:
            worst = told.get(text)
            told[text] = kept if worst is None or kept.digits < worst.digits else worst
    if not told:
        return ""
    lines = ["where arguments are small, alike, large, or far apart:"]
    for text, kept in told.items():
        lines.append(f"  {_name(kept)} keeps {kept.digits:.1f} digits, {text}")
    return "\n".join(lines) + "\n"


def _page(head: str, found: list[Kept], least: int, paint: Paint) -> str:
    rows = [("parameter", "type", "digits", "")]
    rows += [(_name(k), k.type, f"{k.digits:.1f}", _told(k.blamed)) for k in found]
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    lines = [paint(head, "bold")]
    for number, (name, kind, digits, told) in enumerate(rows):
        number_text = f"{digits:>{widths[2]}}"
        if number:
            is_right = found[number - 1].digits >= least
            number_text = paint(number_text, "good" if is_right else "error")
        cells = f"  {name:<{widths[0]}}  {kind:<{widths[1]}}  {number_text}"
        lines.append(f"{cells}  {told}".rstrip())
    for kind, kept in (
        ("gradients", [k for k in found if not k.is_output]),
        ("outputs", [k for k in found if k.is_output]),
    ):
        few = sum(k.digits < least for k in kept)
        remark = f"{few} of {len(kept)} {kind} keep{'s' * (few == 1)} fewer than {least} digits"
        if few:
            lines.append(paint(remark, "error"))
        elif kept:
            lines.append(paint(f"all {kind} keep {least} digits or more", "good"))
    return "\n".join(lines) + "\n"


def _name(kept: Kept) -> str:
    return f"output {kept.name}" if kept.is_output else kept.name


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
