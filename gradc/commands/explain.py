"""Derives the gradients step by step: local derivatives, the chain rule with its numbers, bumps.

Each derivative comes from the one to its right. A formula of one variable without inputs, such as
`param w = 3` and `loss J = w**2`, is shown as a table of bumps instead.
"""

from __future__ import annotations

import math
from typing import Any

from gradc.commands.console import Console
from gradc.commands.failure import UsageError
from gradc.commands.options import Choice, Parser
from gradc.commands.pages import add_format, page_text, publish
from gradc.commands.runs import add_partial, add_point_options, run_of, subject_of
from gradc.commands.units import each_file
from gradc.diagnostics import error


def configure(parser: Parser) -> None:
    parser.add_files(several=False)
    parser.add_argument(
        "--epsilon",
        action="append",
        default=[],
        metavar="NUMBER",
        help="the size of the bumps (default: 0.001); several make a longer table of bumps",
    )
    parser.add_argument(
        "--order",
        type=Choice("backward", "forward"),
        default="backward",
        metavar="backward|forward",
        help="from the loss to the parameters (default), or from left to right",
    )
    parser.add_argument(
        "--paths",
        action="store_true",
        help="list every path from the names of `--wrt` to the loss, and what it contributes",
    )
    add_partial(parser)
    add_point_options(parser)
    add_format(parser, "text", "markdown", "latex")


def run(arguments: Any, console: Console) -> int:
    epsilons = [_epsilon(part) for text in arguments.epsilon for part in text.split(",")]
    return each_file(
        arguments.files, console, lambda name: _explain(name, epsilons, arguments, console)
    )


def _epsilon(text: str) -> float:
    try:
        size = float(text)
    except ValueError:
        size = math.nan
    if not math.isfinite(size) or size == 0:
        raise UsageError(f"`--epsilon {text}` is no step", ["write `--epsilon 0.001`"])
    return size


def _explain(name: str, epsilons: list[float], arguments: Any, console: Console) -> int:
    subject = subject_of(name, arguments)
    if subject.loss is None:
        helps = ("say what is to be differentiated: `loss J = …`",)
        message = f"{name} has no loss, so there is nothing to explain"
        raise error("E0503", message, subject.graph.outputs[-1].span, helps=helps)
    from gradc.lessons.pages.explain import explain_page
    from gradc.lessons.pages.paths import paths_page

    found = run_of(subject, arguments)
    blocks = (
        paths_page(found) if arguments.paths else explain_page(found, epsilons, arguments.order)
    )
    publish(page_text(blocks, arguments.format), subject, arguments, console)
    return 0
