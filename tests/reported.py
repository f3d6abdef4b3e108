"""Diagnostics that tests make, and what is shown of one."""

from gradc.diagnostics import Diagnostic
from gradc.report.kinds import Kind
from gradc.report.text import render
from gradc.source import Source, Span


class Text:
    """A source, and spans found by what stands there."""

    def __init__(self, text: str, name: str = "net.graph"):
        self.source = Source(name, text)

    def at(self, words: str, nth: int = 0) -> Span:
        start = -1
        for _ in range(nth + 1):
            start = self.source.text.index(words, start + 1)
        return Span(self.source, start, start + len(words))


def shown(diagnostic: Diagnostic, **options: object) -> str:
    return render(Kind(diagnostic), **options)  # type: ignore[arg-type]


def lines(count: int) -> Text:
    return Text("".join(f"v{i} = x\n" for i in range(count)))


def dead(text: Text, count: int) -> list[Diagnostic]:
    return [Diagnostic("W901", f"nothing needs `v{i}`", text.at(f"v{i} ")) for i in range(count)]
