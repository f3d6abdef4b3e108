"""Nests as lines: the loops, and what stands before, in and after them."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.sizes import Size, product
from gradc.records import dataclass, field
from gradc.targets.c.expression import MULTIPLY, POSTFIX
from gradc.targets.c.groups import loop_name
from gradc.targets.c.identifiers import words_of
from gradc.targets.c.reading import Reader
from gradc.targets.c.split import MANY, PARTS, Parted, Split
from gradc.targets.c.totals import STRIP

_WIDTH = 80  # columns of a pragma
_SEVERAL = 2  # arrays that are written, of which compilers hardly see that none is another
_SHORT = 8  # steps of a loop that are not worth one


@dataclass(slots=True)
class Text:
    """A nest: lines before it, those at each depth before and after its inner loops, and within."""

    order: list[int]  # of the axes, from the outermost loop on
    before: dict[int, list[str]] = field(default_factory=dict)
    within: list[list[str]] = field(default_factory=list)  # of each statement
    after: dict[int, list[str]] = field(default_factory=dict)
    totals: int = 0
    stored: int = 0  # how many arrays are written
    apart: bool = (
        True  # whether positions along the innermost loop wait for each other in sums only
    )
    sums: dict[str, list[str]] = field(default_factory=dict)  # those, by what they are made with

    strips: list[tuple[str, str]] = field(default_factory=list)  # what begins and ends one
    split: Split | None = None  # how the outermost loops are shared out
    parted: Parted = field(default_factory=Parted)
    words: set[str] = field(default_factory=set)  # names that nests within loops of this one use

    def lead(self, depth: int, line: str) -> None:
        self.before.setdefault(depth, []).append(line)

    def reduce(self, op: str, total: str, depth: int) -> None:
        """A total of the innermost loop. What is made within that loop is none of its totals."""
        if depth < len(self.order):
            self.sums.setdefault(op, []).append(total)

    def follow(self, depth: int, line: str) -> None:
        self.after.setdefault(depth, []).append(line)

    def take(self, other: Text) -> None:
        """What another one has around the loops of this one is around them too."""
        for depth in range(len(self.order)):
            self.before.setdefault(depth, []).extend(other.before.get(depth, ()))
            self.after.setdefault(depth, []).extend(other.after.get(depth, ()))
        self.parted.take(other.parted)
        self.words |= other.used()

    def used(self) -> set[str]:
        """The names that stand within the loops."""
        lines = [line for own in (self.before, self.after) for d in own if d for line in own[d]]
        return self.words | words_of([*lines, *(line for own in self.within for line in own)])

    @property
    def in_parts(self) -> bool:
        return self.split is not None and self.split.in_parts

    def deep(self, outer: int) -> int:
        """How many loops are opened, but for the outer ones."""
        own = len(self.order) + bool(self.strips)
        if not outer and self.split is not None and self.split.in_parts:
            return own - len(self.split.axes) + 2
        return own - outer


def header(axis: int, size: Size, reader: Reader) -> str:
    """The head of a loop along an axis."""
    name = loop_name(axis)
    return f"for (int64_t {name} = 0; {name} < {reader.size(size).text}; {name}++) {{"


def nested(
    domain: Sequence[Size],
    order: Sequence[int],
    body: Sequence[str],
    reader: Reader,
    *,
    is_copy: bool = False,
) -> list[str]:
    """Loops around lines; a copy may be shared out among cores."""
    lines: list[str] = []
    count = product([domain[axis] for axis in order])
    if is_copy and order and not (isinstance(count, int) and count <= MANY):
        lines += _pragma(["parallel for", *_if_many(count, reader)])
    for depth, axis in enumerate(order):
        lines.append("    " * depth + header(axis, domain[axis], reader))
    lines += ["    " * len(order) + line for line in body]
    lines += ["    " * depth + "}" for depth in reversed(range(len(order)))]
    return lines


class _Opened:
    """Lines before and behind what stands within loops."""

    def __init__(self) -> None:
        self.first: list[str] = []
        self.last: list[str] = []
        self.pad = ""

    def lead(self, lines: Sequence[str]) -> None:
        self.first += [self.pad + line for line in lines]

    def follow(self, lines: Sequence[str]) -> None:
        self.last[:0] = [self.pad + line for line in lines]

    def open(self, head: str) -> None:
        self.lead([head])
        self.follow(["}"])
        self.pad += "    "


def closed(
    text: Text, domain: Sequence[Size], reader: Reader, outer: int = 0
) -> tuple[list[str], list[str]]:
    """What stands before the statements of a nest, and what behind them; without those of its loops
    that stand around others too."""
    opened, depth = _Opened(), outer
    opened.lead(text.before.get(outer, ()))
    opened.follow(text.after.get(outer, ()))
    if not outer and text.split is not None and text.split.in_parts:
        _open_parts(text, text.split, domain, reader, opened)
        depth = len(text.split.axes)
        opened.lead(text.before.get(depth, ()))
        opened.follow(text.after.get(depth, ()))
    for axis in text.order[depth:]:
        name, first, end = loop_name(axis), "0", reader.size(domain[axis]).text
        if text.strips and depth == len(text.order) - 1:
            first, end = _open_strips(first, end, text, opened)
        opened.lead(_pragmas(text, depth, domain, reader))
        opened.open(f"for (int64_t {name} = {first}; {name} < {end}; {name}++) {{")
        depth += 1
        opened.lead(text.before.get(depth, ()))
        opened.follow(text.after.get(depth, ()))
    return opened.first, opened.last


def _open_parts(
    text: Text, split: Split, domain: Sequence[Size], reader: Reader, opened: _Opened
) -> None:
    """The loop over parts, and the one over the steps of a part, which may be those of several
    loops."""
    parts = split.parts
    if not isinstance(split.elements, int):
        many = reader.size(split.elements).text
        opened.lead([f"const int64_t {parts} = {many} > {MANY} ? {PARTS} : 1;"])
    opened.lead(text.parted.begins)
    if text.parted.joins:
        joins = [f"    {line}" for line in text.parted.joins]
        head = f"for (int64_t part = 1; part < {parts}; part++) {{"
        opened.follow([*text.parted.joined, head, *joins, "}"])
    several = "" if parts.isdigit() else f" if ({parts} > 1)"
    opened.lead([f"#pragma omp parallel for{several}"])
    opened.open(f"for (int64_t part = 0; part < {parts}; part++) {{")
    opened.lead(text.parted.inside)
    opened.follow(text.parted.leaves)
    count = reader.size(split.count).within(MULTIPLY)
    opened.lead([f"const int64_t end = {count}*(part + 1)/{parts};"])
    name = loop_name(split.axes[0]) if len(split.axes) == 1 else "step"
    first, end = f"{count}*part/{parts}", "end"
    if len(text.order) == 1:
        if text.strips:
            first, end = _open_strips(first, end, text, opened)
        opened.lead(_pragmas(text, 0, domain, reader))
    opened.open(f"for (int64_t {name} = {first}; {name} < {end}; {name}++) {{")
    if name == "step":
        used = text.used()
        found = [w for w in _unwalked(split.axes, domain, reader) if w.partition(" ")[0] in used]
        opened.lead([f"const int64_t {', '.join(found)};"] if found else [])


def _open_strips(first: str, end: str, text: Text, opened: _Opened) -> tuple[str, str]:
    """The loop over strips of the innermost one; where this one begins and ends then."""
    opened.open(f"for (int64_t strip = {first}; strip < {end}; strip += {STRIP}) {{")
    opened.lead([f"const int64_t last = {end} - strip < {STRIP} ? {end} : strip + {STRIP};"])
    opened.lead([begins for begins, _ in text.strips])
    opened.follow([ends for _, ends in text.strips])
    return "strip", "last"


def _unwalked(axes: Sequence[int], domain: Sequence[Size], reader: Reader) -> list[str]:
    """The variables of loops that are walked as one."""
    found = []
    for number, axis in enumerate(axes):
        inner = product([domain[a] for a in axes[number + 1 :]])
        text = "step"
        if inner != 1:
            text += f"/{reader.size(inner).within(POSTFIX)}"
        if number:
            text += f"%{reader.size(domain[axis]).within(POSTFIX)}"
        found.append(f"{loop_name(axis)} = {text}")
    return found


def _pragmas(text: Text, depth: int, domain: Sequence[Size], reader: Reader) -> list[str]:
    """What tells compilers that elements may be done side by side, or on several cores."""
    innermost, size = depth == len(text.order) - 1, domain[text.order[depth]]
    is_simd = innermost and text.apart and not (isinstance(size, int) and size < _SHORT)
    words = ["simd"] if is_simd and (text.sums or text.stored >= _SEVERAL) else []
    sums = text.sums if words else {}
    if depth == 0 and text.split is not None and not text.split.in_parts:
        many = _if_many(text.split.elements, reader)
        words = ["parallel for", *_walked(text, text.split), *words, *many]
    if not words:
        return []
    return _pragma([*words, *(f"reduction({o}: {', '.join(t)})" for o, t in sums.items())])


def _if_many(count: Size, reader: Reader) -> list[str]:
    """What says that cores share a loop only where there is enough to do."""
    if isinstance(count, int):
        return []
    return [f"if (parallel: {reader.size(count).text} > {MANY})"]


def _pragma(words: Sequence[str]) -> list[str]:
    lines = [f"#pragma omp {words[0]}"]
    for word in words[1:]:
        if len(lines[-1]) + len(word) > _WIDTH:
            lines[-1] += " \\"
            lines.append("   ")
        lines[-1] += f" {word}"
    return lines


def _walked(text: Text, split: Split) -> list[str]:
    """What says that several loops are walked as one, where nothing stands between them."""
    depths = range(1, len(split.axes))
    if not depths or any(text.before.get(d) or text.after.get(d) for d in depths):
        return []
    return [f"collapse({len(split.axes)})"]
