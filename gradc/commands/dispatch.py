"""From the words of a call to the verb that answers it."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gradc.commands import VERBS
from gradc.commands.failure import UsageError
from gradc.commands.streams import report_usage, write_text

if TYPE_CHECKING:
    from gradc.commands.options import Parser

# Options that every verb has may stand before the verb too.
_BEFORE_VERB = ("--color", "--output-format")


def dispatch(words: list[str]) -> int:
    """Runs a call and returns its exit code."""
    try:
        return _run(words)
    except UsageError as failure:
        report_usage(failure)
        return 2


def _run(words: list[str]) -> int:
    before: list[str] = []
    while words and words[0].partition("=")[0] in _BEFORE_VERB:
        count = 1 if "=" in words[0] else 2
        before += words[:count]
        words = words[count:]
    if not words:
        report_usage(UsageError("which command?", ["`gradc --help` lists the commands"]))
        return 2
    verb, *rest = words
    if verb in ("--help", "-h", "help"):
        named = [word for word in rest if not word.startswith("-")]
        if not named:
            write_text(sys.stdout, overview())
            return 0
        verb, rest = named[0], ["--help"]
    if verb in ("--version", "-V"):
        raise UsageError(f"`{verb}` stands alone")
    if verb not in VERBS:
        raise _unknown(verb)
    module = import_module(f"gradc.commands.{verb}")
    parser = parser_of(verb)
    arguments = parser.parse([*before, *rest])
    if arguments is None:
        return 0
    code: int = run_verb(module, arguments)
    return code


def run_verb(module: Any, arguments: Any) -> int:
    """Runs a verb and ends its report, also where a file could not be read half-way."""
    from gradc.commands.console import Console
    from gradc.commands.settings import settings_for
    from gradc.commands.units import BadOption, check_options

    files = getattr(arguments, "files", None) or []
    settings = settings_for(files[0] if files else "-")
    console = Console.of(arguments, settings)
    try:
        if hasattr(arguments, "dims"):
            check_options(arguments)  # once, rather than for every file
        code: int = module.run(arguments, console)
    except BadOption as failure:
        console.report([failure.diagnostic], "")
        code = 2
    except UsageError as failure:
        console.refuse(failure, "")
        code = 2
    console.finish()
    return code


def parser_of(verb: str) -> Parser:
    """The parser of a verb's arguments."""
    from gradc.commands.options import Parser

    module = import_module(f"gradc.commands.{verb}")
    parser = Parser(verb, VERBS[verb], (module.__doc__ or "").strip())
    module.configure(parser)
    parser.of_verb = parser_of
    parser.add_console_options()
    return parser


def _unknown(verb: str) -> UsageError:
    if verb.startswith("-"):
        return UsageError(
            f"`{verb.partition('=')[0]}` is no option of gradc itself",
            ["options follow the command: `gradc compile net.graph -O2`"],
        )
    if verb.endswith(".graph"):
        return UsageError(f"`{verb}` is no command", [f"did you mean `gradc compile {verb}`?"])
    from gradc.diagnostics import near_miss

    helps = near_miss(verb, VERBS) or ("`gradc --help` lists the commands",)
    return UsageError(f"`{verb}` is no command", helps)


def overview() -> str:
    """What `gradc --help` prints."""
    width = max(map(len, VERBS))
    commands = "".join(f"  {verb:<{width}}  {line}\n" for verb, line in VERBS.items())
    return (
        "gradc compiles a graph description into NumPy code for its values and derivatives.\n\n"
        "usage: gradc COMMAND [arguments]\n"
        "       gradc --version\n\n"
        f"commands:\n{commands}\n"
        "`gradc COMMAND --help` lists the arguments of a command. A file called `-` is standard\n"
        "input, `-e TEXT` a graph in the call, and a folder stands for the graphs below it. The\n"
        "exit code is 0 where all is well, 1 where a graph is wrong or a check failed, 2 where\n"
        "the call is wrong or a file cannot be read or written, 70 for a bug of gradc, 130 after\n"
        "Ctrl-C.\n"
    )
