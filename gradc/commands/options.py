"""argparse, with near misses for options and values, and the options that verbs share."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn

from gradc.amounts import amount
from gradc.commands import VERBS
from gradc.commands.failure import UsageError
from gradc.commands.further import check_lists
from gradc.commands.streams import write_text
from gradc.limits import MAX_BYTES, MAX_NODES
from gradc.patterns import pattern

EXPRESSION = "<expression>"
"""What stands for the name of a file where the graph is a text of the call."""


class Choice:
    """One of some words; `values` is read by the completions too."""

    def __init__(self, *values: str):
        self.values = values

    def __call__(self, text: str) -> str:
        from gradc.diagnostics import near_miss

        if text in self.values:
            return text

        hint = "; ".join(near_miss(text, self.values)) or f"choose {_either(self.values)}"
        raise argparse.ArgumentTypeError(f"`{text}` is not possible; {hint}")


class Count:
    """A number, 1 or more."""

    def __call__(self, text: str) -> int:
        if _COUNT.fullmatch(text) and (count := int(text)) > 0:
            return count
        raise argparse.ArgumentTypeError(f"`{text:.80}` is no number, 1 or more")


class Whole:
    """An integer, which may be negative."""

    def __call__(self, text: str) -> int:
        try:
            return int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"`{text:.80}` is no whole number") from None


class Amount:
    """An amount of memory, in bytes."""

    def __call__(self, text: str) -> int:
        try:
            return amount(text)
        except ValueError as failure:
            raise argparse.ArgumentTypeError(
                f"`{text:.80}`: {failure}; write `2GB`, `512MiB`, or a number of bytes"
            ) from None


class Once(argparse.Action):
    """Keeps the value of an option that is given at most once: no other would win in silence."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        assert isinstance(parser, Parser)
        if option_string is not None and self.dest in parser.given:
            raise UsageError(
                f"`{option_string}` is given twice",
                [f"a run takes one: leave one out; `{parser.prog} --help` lists the arguments"],
            )
        parser.given.add(self.dest)
        setattr(namespace, self.dest, values)


_COUNT = pattern(r"[0-9]{1,18}|[0-9]{1,3}(_[0-9]{3}){1,5}")


def _either(values: Sequence[str]) -> str:
    return ", ".join(values[:-1]) + f" or {values[-1]}" if len(values) > 1 else values[0]


class _Help(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str):
        super().__init__(prog, max_help_position=32, width=92)


class Parser(argparse.ArgumentParser):
    """The arguments of one verb."""

    def __init__(self, verb: str, summary: str, description: str):
        super().__init__(
            prog=f"gradc {verb}",
            description=description or summary,
            formatter_class=_Help,
            allow_abbrev=False,
        )
        self.verb = verb
        self.of_verb: Callable[[str], Parser] | None = None  # the parsers of all verbs
        self.given: set[str] = set()  # options of one value that the call has so far
        # Also for positional arguments, which argparse stores by the same class.
        self.register("action", None, Once)
        self.register("action", "store", Once)

    def error(self, message: str) -> NoReturn:
        """Called by argparse where a call is wrong."""
        message = message.removeprefix("argument ")
        if message.startswith("the following arguments are required: "):
            message = f"{message.partition(': ')[2]} is missing"
        raise UsageError(message, [f"`{self.prog} --help` lists the arguments"])

    def parse(self, words: Sequence[str]) -> argparse.Namespace | None:
        """The arguments, options and files in any order; None where help was asked for."""
        files: list[str] = []
        if "--" in words:  # argparse's own treatment of it differs between versions of Python
            cut = list(words).index("--")
            words, files = words[:cut], list(words[cut + 1 :])
        if "--help" in words or "-h" in words:
            write_text(sys.stdout, self.format_help())
            return None
        words = [*words, *(f"./{name}" if name.startswith("-") else name for name in files)]
        check_lists(words, self._actions)
        self.given.clear()
        self.usage = ""  # else argparse lays it out for its errors, which are told otherwise
        arguments, extras = self.parse_known_intermixed_args(list(words))
        if extras:
            raise self._unexpected(extras[0])
        if hasattr(arguments, "files"):
            self._settle_files(arguments)
        return arguments

    def _settle_files(self, arguments: argparse.Namespace) -> None:
        """An expression stands where a file would."""
        named = arguments.files
        files = named if isinstance(named, list) else [named] if named is not None else []
        if arguments.expression is None:
            if not files:
                self.error("FILE is missing")
        elif "names" in arguments:  # of values, which follow the file
            arguments.names = [*files, *arguments.names]
        elif files:
            raise UsageError(
                f"`-e` is a graph, and so is {files[0]}", ["give an expression or files"]
            )
        arguments.files = files if arguments.expression is None else [EXPRESSION]

    def _unexpected(self, word: str) -> UsageError:

        from gradc.commands.unheard import meant_option

        lists = f"`{self.prog} --help` lists the arguments"
        if not word.startswith("-"):
            return UsageError(f"`{word}` is one argument too many", [lists])
        option = word.partition("=")[0]
        known = [name for action in self._actions for name in action.option_strings]
        helps = meant_option(option, known, lists, self._verbs_with(option))
        return UsageError(f"`gradc {self.verb}` has no option `{option}`", helps)

    def _verbs_with(self, option: str) -> Iterator[str]:
        if (parser_of := self.of_verb) is not None:
            for verb in VERBS:
                if any(option in action.option_strings for action in parser_of(verb)._actions):
                    yield verb

    # --- arguments that several verbs share ---

    def add_files(self, *, several: bool = True) -> None:
        """The graphs to read."""
        self.add_argument(
            "files",
            nargs="*" if several else "?",
            metavar="FILE",
            help="a graph; `-` is standard input"
            + ("; a folder stands for the graphs below it" if several else ""),
        )
        self.add_argument(
            "-e",
            "--expression",
            metavar="TEXT",
            help="a graph in place of a file: `;` separates statements, what nothing declares is a"
            " parameter, the last statement is the loss",
        )
        self.add_limits()

    def add_limits(self) -> None:
        """What the call may cost."""
        self.add_argument(
            "--max-bytes",
            type=Count(),
            metavar="NUMBER",
            help=f"read no more of a file (default: {MAX_BYTES:_})",
        )
        self.add_argument(
            "--max-nodes",
            type=Count(),
            metavar="NUMBER",
            help=f"expand the graph into no more nodes (default: {MAX_NODES:_})",
        )

    def add_output(self, default: str) -> None:
        self.add_argument(
            "-o",
            "--output",
            metavar="FILE",
            help=f"where the result goes; `-` is standard output (default: {default})",
        )

    def add_graph_options(self) -> None:
        """What is said of a graph, however it is compiled."""
        self.add_argument(
            "--wrt",
            action="append",
            metavar="NAMES",
            help="differentiate by these (`w,hidden.W`) instead of by all parameters",
        )
        self.add_argument(
            "-D",
            "--dim",
            dest="dims",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="fix a dimension; may be given several times",
        )
        self.add_argument(
            "--root",
            metavar="FOLDER",
            help="the folder that imports are confined to (default: the graph's own)",
        )

    def add_compile_options(self) -> None:
        """What changes the result of a compilation."""
        self.add_plan_options()
        self.add_argument(
            "--also",
            action="append",
            metavar="NAMES",
            help="functions that the module offers too: pack (and unpack), jvp, hvp, jacobian,"
            " hessian, summary",
        )
        self.add_argument(
            "--sparse",
            action="store_true",
            help="jacobian and hessian give the numbers of each block that may not be 0, their rows"
            " and their columns, found with few products; all sizes have to be fixed",
        )
        self.add_graph_options()

    def add_plan_options(self) -> None:
        """How values and gradients are computed."""
        self.add_argument(
            "-O",
            dest="level",
            type=Choice("0", "1", "2"),
            metavar="LEVEL",
            help="0: as derived, 1: readable and improved (default), 2: fast",
        )
        self.add_argument(
            "--checkpoint",
            type=Whole(),
            metavar="STEPS",
            help="save a scan's state every so many steps, and run the steps between again",
        )
        self.add_memory_option()
        self.add_argument(
            "--unroll",
            action="store_true",
            help="write each step of a scan of a fixed count out",
        )

    def add_memory_option(self) -> None:
        self.add_argument(
            "--max-memory",
            type=Amount(),
            metavar="SIZE",
            help="what `value_and_grad` may hold (`2GB`, `512MiB`) at the sizes that `-D` and"
            " examples give: what does not fit is run again rather than saved; at -O2 blocks get"
            " shorter first",
        )

    def add_blas_option(self) -> None:
        self.add_argument(
            "--blas",
            type=Choice("cblas"),
            metavar="cblas",
            help="in C, large products of matrices are left to the system's CBLAS rather than to"
            " a kernel of the source's own",
        )

    def add_warning_options(self) -> None:
        self.add_argument(
            "-W",
            "--warnings",
            type=Choice("error", "default"),
            metavar="error|default",
            help="`error`: a warning makes the exit code 1",
        )

    def add_console_options(self) -> None:
        """What every verb has."""
        self.add_argument(
            "--color",
            type=Choice("auto", "always", "never"),
            metavar="auto|always|never",
            help="colours: on a terminal (default), always or never",
        )
        self.add_argument(
            "--output-format",
            dest="output_format",
            type=Choice("text", "json", "github", "sarif"),
            metavar="text|json|github|sarif",
            help="how diagnostics are printed on standard error (default: text)",
        )


def option(arguments: Any, name: str, default: Any) -> Any:
    """An option's value, or the default where the call does not give it."""
    value = getattr(arguments, name, None)
    return default if value is None else value
