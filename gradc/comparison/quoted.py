"""What two nodes are written as, where that differs, and where it stands in both files."""

from __future__ import annotations

from collections.abc import Iterator

from gradc.diagnostics import Diagnostic
from gradc.ir.node import Node, Value, applies
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
    within: str = ""  # what it is a number of

    def is_like(self, other: Quoted) -> bool:
        """Whether it would be told in the same words of the same line."""
        lines = [[s and s.line for s in (q.before, q.after)] for q in (self, other)]
        return (self.old, self.new, lines[0]) == (other.old, other.new, lines[1])

    def turned(self) -> Quoted:
        """The same with the files in each other's place."""
        return Quoted(self.new, self.old, self.after, self.before)

    def told(self) -> str:
        """What changed, in words."""
        if not self.old:
            return f"gets `{self.new}`"
        within = f" in `{self.within}`" if self.within else ""
        return f"`{self.new}` was `{self.old}`{within}" if self.new else f"loses `{self.old}`"


def part_of(value: Value, total: Node, maker: Node | None) -> Quoted | None:
    """A part of a sum or a product, as it is written there, as what the first file alone has.

    None where it is written elsewhere: as an argument of the function that adds it up.
    """
    whole = total.span
    if value.named or maker is None:
        if total.origin.calling is not None:
            return None
        return Quoted(value.shown, "", whole or total.origin.span, None)
    own = maker.span
    if own is None or whole is None or own.source is not whole.source:
        return None
    if not whole.start <= own.start <= own.end <= whole.end:
        return None
    return Quoted(brief(line_of(own)), "", own, None)


def quoted(old: Node, new: Node) -> Quoted | None:
    """What the user wrote for two nodes; None where it is the same: then its operands differ.

    The innermost text that differs is told: of a body, or else of the call that led into it. A
    number is told by its value, since a name may stand for it.
    """
    texts = [list(_texts(node)) for node in (old, new)]
    if applies(old, "constant") and applies(new, "constant"):
        before, after = (spans[-1] if spans else None for spans in texts)
        within = "" if after is None else brief(line_of(after))
        return Quoted(_number(old.attrs[0]), _number(new.attrs[0]), before, after, within)
    for one, other in zip(*texts, strict=False):
        a, b = brief(line_of(one)), brief(line_of(other))
        if a != b:
            return Quoted(a, b, one, other)
    return None


def _texts(node: Node) -> Iterator[Span]:
    """The texts that a node is of, from the innermost of the user's outwards."""
    span = node.origin.span if node.name == "scan" else node.span
    if span is not None and not span.source.is_library:
        yield span
    shown = node.shown(Diagnostic("", "", span)).span
    if shown is not None and shown is not span and not shown.source.is_library:
        yield shown
    if node.origin.span is not None:
        yield node.origin.span


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


def _number(value: object) -> str:
    return repr(value).lower()
