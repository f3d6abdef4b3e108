"""How one logical line is laid out: its blanks, and its line breaks inside brackets.

A line that fits stays on one line. Otherwise brackets are opened: each item on a line of its own,
four blanks in. A list or call that is already opened so stays open where what is around it is, and
so does what holds a comment; all else depends on widths alone, which is why laying out twice
changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradc.records import dataclass, field
from gradc.syntax.operators import BINDING
from gradc.syntax.tokens import Piece

WIDTH = 100
INDENT = "    "
_DEFINITIONS = ("fn", "layer", "op", "example")


@dataclass(slots=True)
class Item:
    """What stands between two commas of a bracket."""

    nodes: list[Piece | Bracket] = field(default_factory=list)
    above: list[str] = field(default_factory=list)  # comments on lines of their own
    after: list[str] = field(default_factory=list)  # comments behind it
    below: list[str] = field(default_factory=list)  # comments under it, so far

    def append(self, node: Piece | Bracket) -> None:
        # Comments under the first part of an item stand in its midst after all.
        self.above += self.below
        self.below = []
        self.nodes.append(node)


@dataclass(slots=True)
class Bracket:
    """`role` is `call`, `definition`, `group` (parentheses around a value), `list` or `index`."""

    opening: Piece
    role: str
    items: list[Item]
    open_: bool = False  # must be opened
    below: list[str] = field(default_factory=list)  # comments before the closing bracket
    flat: str = ""

    @property
    def closing(self) -> str:
        return ")" if self.opening.text == "(" else "]"

    @property
    def gap(self) -> bool:
        return self.opening.gap


Nodes = list[Piece | Bracket]


def lay_out(pieces: Sequence[Piece], indent: str) -> list[str]:
    """The lines of a logical line, given as its tokens and what stands inside its brackets."""
    nodes = _nested(pieces)
    trailing_commas = pieces[0].text != "vjp"  # whose lists of names take none
    return _Layout(trailing_commas).line(nodes, indent)


def flat_text(pieces: Sequence[Piece]) -> str:
    """A logical line without line breaks."""
    return _flat(_nested(pieces))


# --- blanks ----------------------------------------------------------------------------------


def _gap(previous: Piece | None, piece: Piece, role: str) -> bool:
    """Whether a blank stands between two tokens inside a bracket of a role."""
    if previous is None or previous.text in ("(", "[", "."):
        return False
    sign = piece.text if piece.kind == "sign" else ""
    before = previous.text if previous.kind == "sign" else ""
    if sign in (")", "]", ",", ";", "."):
        return False
    if sign == ":":
        return before == ","
    if before == ":":
        return role not in ("index", "list")
    if "=" in (sign, before) and role == "call":
        return False
    if "**" in (sign, before) or previous.kind == "unary":
        return False
    return not (sign in ("(", "[") and previous.ends_operand)


def _role(opening: Piece, before: Sequence[Piece]) -> str:
    previous = before[-1] if before else None
    attached = previous is not None and previous.ends_operand
    if opening.text == "[":
        return "index" if attached else "list"
    if not attached:
        return "group"
    start = 1 if before[0].text == "internal" else 0
    is_definition = len(before) == start + 2 and before[start].text in _DEFINITIONS
    return "definition" if is_definition else "call"


# --- structure -------------------------------------------------------------------------------


def _nested(pieces: Sequence[Piece]) -> Nodes:
    """The tokens with brackets as nodes, comments attached, trailing commas dropped."""
    root: Nodes = []
    stack: list[Bracket] = []
    seen: list[Piece] = []  # tokens without comments and line breaks
    broken = False  # a line break stands just before this token
    for piece in pieces:
        top = stack[-1] if stack else None
        if piece.kind == "newline":
            if top and seen[-1] is top.opening and top.role in ("call", "list", "definition"):
                top.open_ = True
            broken = True
            continue
        if piece.kind == "comment":
            assert top
            _attach(top, piece.text.rstrip(), own_line=broken, first=seen[-1] is top.opening)
            for bracket in stack:
                bracket.open_ = True
            continue
        broken = False
        piece.gap = _gap(seen[-1] if seen else None, piece, top.role if top else "")
        if piece.kind == "sign" and piece.text in ("(", "["):
            stack.append(Bracket(piece, _role(piece, seen), [Item()]))
        elif piece.kind == "sign" and piece.text in (")", "]"):
            bracket = stack.pop()
            _close(bracket)
            (stack[-1].items[-1] if stack else root).append(bracket)
        elif piece.text == "," and piece.kind == "sign" and top:
            top.items.append(Item(above=top.items[-1].below))
        else:
            (top.items[-1] if top else root).append(piece)
        seen.append(piece)
    return root


def _attach(bracket: Bracket, comment: str, own_line: bool, first: bool) -> None:
    item = bracket.items[-1]
    if item.nodes:
        (item.below if own_line else item.after).append(comment)
    elif own_line or first:
        item.above.append(comment)
    else:
        bracket.items[-2].after.append(comment)


def _close(bracket: Bracket) -> None:
    last = bracket.items[-1]
    bracket.below = last.below
    if not last.nodes:
        bracket.below = bracket.items.pop().above
    for item in bracket.items:
        item.above += item.after[:-1]
        del item.after[:-1]
    inner = ", ".join(_flat(item.nodes) for item in bracket.items)
    bracket.flat = f"{bracket.opening.text}{inner}{bracket.closing}"


def _text(node: Piece | Bracket) -> str:
    return node.flat if isinstance(node, Bracket) else node.text


def _flat(nodes: Sequence[Piece | Bracket]) -> str:
    parts: list[str] = []
    for node in nodes:
        if node.gap and parts:
            parts.append(" ")
        parts.append(_text(node))
    return "".join(parts)


# --- line breaks -----------------------------------------------------------------------------


@dataclass(slots=True)
class _Layout:
    trailing_commas: bool

    def line(self, nodes: Nodes, indent: str, after: int = 0) -> list[str]:
        """A row of tokens and brackets; `after` is the width of what follows on its last line."""
        lines: list[str] = []
        current = indent
        last = max((i for i, node in enumerate(nodes) if isinstance(node, Bracket)), default=-1)
        for i, node in enumerate(nodes):
            if node.gap and i:
                current += " "
            if not isinstance(node, Bracket):
                current += node.text
                continue
            is_empty = not node.items and not node.below
            if is_empty or not self.must_open(nodes, i, last, len(current) + after):
                current += node.flat
                continue
            lines.append(current + node.opening.text)
            lines += self.inside(node, indent + INDENT)
            current = indent + node.closing
        return [*lines, current]

    def must_open(self, nodes: Nodes, i: int, last: int, column: int) -> bool:
        node = nodes[i]
        assert isinstance(node, Bracket)
        room = WIDTH - column
        if node.open_ or len(node.flat) > room:
            return True
        # It fits itself. The last bracket is opened where the rest of the line does not.
        if i < last:
            return False
        return len(node.flat) + len(_flat(nodes[i + 1 :])) > room

    def inside(self, bracket: Bracket, indent: str) -> list[str]:
        lines: list[str] = []
        for number, item in enumerate(bracket.items, 1):
            is_last = number == len(bracket.items)
            may_trail = self.trailing_commas and bracket.role not in ("group", "index")
            comma = "" if is_last and not may_trail else ","
            lines += [indent + comment for comment in item.above]
            laid_out = self.item(item.nodes, indent, len(comma))
            laid_out[-1] += comma + "".join(f"  {comment}" for comment in item.after)
            lines += laid_out
        return lines + [indent + comment for comment in bracket.below]

    def item(self, nodes: Nodes, indent: str, after: int) -> list[str]:
        """One item: where it is too wide, its loosest operators begin new lines."""
        if len(indent) + len(_flat(nodes)) + after <= WIDTH:
            return self.line(nodes, indent, after)
        places = _loosest_operators(nodes)
        lines: list[str] = []
        for start, end in zip([0, *places], [*places, len(nodes)], strict=True):
            lines += self.line(nodes[start:end], indent, after if end == len(nodes) else 0)
        return lines


def _loosest_operators(nodes: Nodes) -> list[int]:
    strengths = {
        i: BINDING[node.text]
        for i, node in enumerate(nodes)
        if isinstance(node, Piece) and node.kind in ("sign", "keyword") and node.text in BINDING
    }
    loosest = min(strengths.values(), default=0)
    return [i for i, strength in strengths.items() if strength == loosest]
