"""What two files say, where that differs, and where it stands in both."""

from __future__ import annotations

from gradc.records import dataclass
from gradc.source import Span

_LONGEST = 60  # characters of a text that is quoted


@dataclass(frozen=True, slots=True)
class Quoted:
    """A text of each file, and its place; the text is empty where one file has no such thing."""

    old: str
    new: str
    before: Span | None
    after: Span | None
    within: str = ""  # what it is a name or a number of

    def told(self) -> str:
        """What changed, in words."""
        if not self.old:
            return f"gets `{self.new}`"
        within = f" in `{self.within}`" if self.within else ""
        return f"`{self.new}` was `{self.old}`{within}" if self.new else f"loses `{self.old}`"


def line_of(span: Span) -> str:
    """A text on one line, without comments; of a loop the head, of a statement what it binds to."""
    lines = [line.split("#")[0] for line in span.text.splitlines()]
    text = " ".join(" ".join(lines).split())
    if text.startswith("scan "):
        return text.partition("{")[0].rstrip()
    left, equals, right = text.partition(" = ")
    return right if equals and "(" not in left else text


def brief(text: str) -> str:
    """A text as it is quoted: of a long one the beginning."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
