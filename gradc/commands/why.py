"""Says why a gradient is zero, blocked, huge or no number: the first node where it happens.

A name is a parameter's, an input's, or any value's of the file; without one all gradients are
looked at.
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
        raise error("E0503", f"{name} has no loss, so nothing has a gradient", None, helps=helps)
    from gradc.lessons.pages.page import Block, Heading, Lines

    blocks: list[Block] = []
    for asked in arguments.names or subject.graph.wrt:
        reason = _reason(name, subject, asked, arguments)
        blocks.append(Heading(reason.head))
        if reason.rows:
            blocks.append(Lines(reason.rows))
    publish(page_text(blocks, arguments.format), subject, arguments, console)
    return 0


def _reason(file: str, subject: Subject, name: str, arguments: Any) -> Reason:
    from gradc.lessons.pages.why import blocked, find_value, known_names, reason_at

    value = find_value(subject.graph, name)
    if value is None:
        names = known_names(subject.graph)
        raise UsageError(f"{file} has no value `{name}`", near_miss(name, names))
    loss = subject.loss
    assert loss is not None
    reason = blocked(subject.graph, loss, value)
    if reason is not None:
        return reason
    found = run_of(subject, arguments)
    if value not in found.derivatives:
        subject = subject.by(value)
        found = run_of(subject, arguments)
    return reason_at(found, value)
