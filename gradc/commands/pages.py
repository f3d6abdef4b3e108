"""Pages of lessons: the options that say how one is written and where, and the writing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradc.commands.console import Console
from gradc.commands.options import Choice, Parser
from gradc.commands.output import check_imports, check_target, write_file

if TYPE_CHECKING:
    from gradc.lessons.pages.page import Block
    from gradc.lessons.run.subject import Subject


def add_format(parser: Parser, *formats: str) -> None:
    """How the page is written, and where it goes."""
    parser.add_argument(
        "--format",
        type=Choice(*formats),
        default=formats[0],
        metavar="|".join(formats),
        help=f"how the page is written (default: {formats[0]})",
    )
    parser.add_output("standard output")


def publish(text: str, subject: Subject, arguments: Any, console: Console) -> None:
    """Writes a page to where the call wants it."""
    if arguments.output in (None, "-"):
        console.write(text)
        return
    target = Path(arguments.output)
    check_target(target, arguments.files)
    check_imports(target, subject.compilation.imported)
    write_file(target, text)


def page_text(blocks: list[Block], form: str) -> str:
    from gradc.lessons.pages.page import rendered

    return rendered(blocks, form)
