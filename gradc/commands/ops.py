"""Lists the operations by the library's files, or shows the page of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradc.commands.console import Console
from gradc.commands.failure import UsageError
from gradc.commands.options import Parser
from gradc.diagnostics import near_miss

if TYPE_CHECKING:
    from gradc.library.loader import StandardLibrary


def configure(parser: Parser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="an operation, function or layer")


def run(arguments: Any, console: Console) -> int:
    from gradc.library.catalogue import catalogue, page, public_stanzas
    from gradc.library.loader import standard_library

    library = standard_library()
    if arguments.name is None:
        console.write(catalogue(library))
        return 0
    text = page(library, arguments.name)
    if text is None:
        names = {stanza.name for stanza in public_stanzas(library)}
        helps = _meant(library, arguments.name) or near_miss(arguments.name, names)
        helps = helps or ["`gradc ops` lists all"]
        raise UsageError(f"there is no operation `{arguments.name}`", helps)
    console.write(text)
    return 0


def _meant(library: StandardLibrary, name: str) -> list[str]:
    """What is written here instead of a name that other systems have."""
    for remedy in (*library.habits.exactly(name), *library.habits.loosely(name)):
        if remedy.expression and remedy.formals is not None:
            return [f"here it is `{remedy.sketched()}`"]
    return []
