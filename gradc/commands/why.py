"""Says why a gradient is zero, blocked, huge or no number: the first node where it happens.

Where the loss, or a value that is asked for, is no number itself, that is said too. A name is a
parameter's, an input's, or any value's of the file; without one all gradients are looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradc.commands.console import Console
from gradc.commands.failure import UsageError
from gradc.commands.options import Parser
from gradc.commands.pages import add_format, page_text, publish
from gradc.commands.runs import add_point_options, run_of, subject_of
from gradc.commands.units import each_file
from gradc.diagnostics import error, near_miss

if TYPE_CHECKING:
    from gradc.ir.node import Value
    from gradc.lessons.pages.why import Reason
    from gradc.lessons.run.subject import Subject


def configure(parser: Parser) -> None:
    parser.add_files(several=False)
    parser.add_argument("names", nargs="*", metavar="NAME", help="whose gradient")
    add_point_options(parser)
    add_format(parser, "text", "markdown", "latex")


def run(arguments: Any, console: Console) -> int:
    return each_file(arguments.files, console, lambda name: _why(name, arguments, console))


def _why(name: str, arguments: Any, console: Console) -> int:
    subject = subject_of(name, arguments)
    if subject.loss is None:
        helps = ("say what is to be differentiated: `loss J = …`",)
        message = f"{name} has no loss, so nothing has a gradient"
        raise error("E0503", message, subject.graph.outputs[-1].span, helps=helps)
    from gradc.lessons.pages.page import Block, Heading, Lines, Paragraph
    from gradc.lessons.pages.trace import NO_DERIVATIVES

    reasons = [
        _reason(name, subject, asked, arguments) for asked in arguments.names or subject.graph.wrt
    ]
    told = [reason.rows for reason in reasons]
    reasons += [r for r in _of_values(name, subject, arguments) if r.rows not in told]
    blocks: list[Block] = [] if reasons else [Paragraph(NO_DERIVATIVES)]
    for reason in reasons:
        blocks.append(Heading(reason.head))
        if reason.rows:
            blocks.append(Lines(reason.rows))
    publish(page_text(blocks, arguments.format), subject, arguments, console)
    return 0


def _value(file: str, subject: Subject, name: str) -> Value:
    from gradc.lessons.pages.why import find_value, known_names

    value = find_value(subject.graph, name)
    if value is None:
        names = known_names(subject.graph)
        raise UsageError(f"{file} has no value `{name}`", near_miss(name, names))
    return value


def _of_values(file: str, subject: Subject, arguments: Any) -> list[Reason]:
    """Why the loss, and the values that are asked for, are no numbers, where they are none."""
    from gradc.lessons.pages.why import value_reason

    asked = [_value(file, subject, name) for name in arguments.names]
    found = run_of(subject, arguments)
    assert found.subject.loss is not None
    reasons = [value_reason(found, v) for v in dict.fromkeys([found.subject.loss, *asked])]
    return [reason for reason in reasons if reason is not None]


def _reason(file: str, subject: Subject, name: str, arguments: Any) -> Reason:
    from gradc.lessons.pages.why import blocked, passed_by, reason_at

    value = _value(file, subject, name)
    loss = subject.loss
    assert loss is not None
    reason = blocked(subject.graph, loss, value)
    if reason is not None:
        return reason
    found = run_of(subject, arguments)
    if value not in found.derivatives:
        subject = subject.by(value)
        found = run_of(subject, arguments)
    if value not in found.derivatives:
        return passed_by(found, value)
    return reason_at(found, value)
