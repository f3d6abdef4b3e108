"""Where a verb's results, messages and diagnostics go."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TextIO

from gradc.commands.failure import UsageError
from gradc.commands.options import option
from gradc.commands.settings import Settings
from gradc.commands.streams import report_usage, tell, write_text
from gradc.diagnostics import Diagnostic
from gradc.records import dataclass, field
from gradc.report.kinds import by_kind

if TYPE_CHECKING:
    from gradc.report.text import Paint


@dataclass()
class Console:
    """Results go to standard output, messages and diagnostics to standard error."""

    colour: str = "auto"
    output_format: str = "text"
    warnings_are_errors: bool = False
    found: list[tuple[Diagnostic, str]] = field(default_factory=list)

    @classmethod
    def of(cls, arguments: Any, settings: Settings) -> Console:
        return cls(
            option(arguments, "color", settings.color),
            option(arguments, "output_format", settings.output_format),
        )

    # --- results ---

    def write(self, text: str) -> None:
        """A result, as UTF-8 with LF whatever the terminal or the system is used to."""
        write_text(sys.stdout, text)

    def paint(self, stream: TextIO | None = None) -> Paint:
        """Colours for standard output, or for another stream."""
        from gradc.report.text import Paint

        return Paint(wants_colour(self.colour, stream or sys.stdout))

    # --- messages ---

    def say(self, message: str) -> None:
        """A line for the person who waits; left out where a program reads."""
        if self.output_format == "text":
            tell(message + "\n")

    def report(self, diagnostics: Iterable[Diagnostic], file: str) -> None:
        """Diagnostics of a file. As text they are printed at once, as data by `finish`."""
        found = list(diagnostics)
        separator = "\n" if self.found else ""
        for kind in by_kind(found) if self.output_format == "text" else ():
            from gradc.report.text import render

            text = render(
                kind,
                colour=wants_colour(self.colour, sys.stderr),
                width=_width(sys.stderr),
                file=file,
            )
            tell(separator + text)
            separator = "\n"
        self.found += [(diagnostic, file) for diagnostic in found]

    def refuse(self, failure: UsageError, file: str) -> None:
        """A call that is wrong, or a file that is not read or written: as data where all is."""
        if self.output_format == "text":
            report_usage(failure)
        else:
            told = Diagnostic("E0501", failure.message, None, helps=tuple(failure.helps))
            self.found.append((told, file))

    def finish(self) -> None:
        """The count, or the whole report as data."""
        if self.output_format == "text":
            if self.found:
                from gradc.report.text import summary

                count = summary(d for d, _ in self.found)
                if self.warnings_are_errors and any(not d.is_error for d, _ in self.found):
                    count += " (`-W error`: a warning counts as an error)"
                self.say(f"\n{count}")
            return
        from gradc.report.data import render_github, render_json, render_sarif

        renderer = {
            "json": render_json,
            "github": render_github,
            "sarif": render_sarif,
        }[self.output_format]
        tell(renderer(self.found))


def wants_colour(choice: str, stream: TextIO) -> bool:
    """Whether a stream gets colours: the option decides, then the environment, then the stream."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return os.environ.get("TERM") != "dumb" and stream.isatty()


def _width(stream: TextIO) -> int:
    from gradc.report.text import WIDTH

    try:
        return max(os.get_terminal_size(stream.fileno()).columns, 40) if stream.isatty() else WIDTH
    except (OSError, ValueError, AttributeError):
        return WIDTH
