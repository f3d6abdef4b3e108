"""Nests as lines: the loops, and what stands before, in and after them."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.sizes import Size, product
from gradc.records import dataclass, field
from gradc.targets.c.groups import loop_name
from gradc.targets.c.reading import Reader

_WIDTH = 80  # columns of a pragma
_MANY = 65_536  # elements that are worth several cores
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

    wholes: dict[str, list[str]] = field(default_factory=dict)  # those of all loops
    is_split: bool = False  # whether positions along the outermost loop wait for no other ones

    def lead(self, depth: int, line: str) -> None:
        self.before.setdefault(depth, []).append(line)

    def reduce(self, op: str, total: str, depth: int) -> None:
        """A total of the innermost loop. What is made within that loop is none of its totals."""
        if depth < len(self.order):
            self.sums.setdefault(op, []).append(total)

    def follow(self, depth: int, line: str) -> None:
        self.after.setdefault(depth, []).append(line)


def header(axis: int, size: Size, reader: Reader) -> str:
    """The head of a loop along an axis."""
    name = loop_name(axis)
    return f"for (int64_t {name} = 0; {name} < {reader.size(size).text}; {name}++) {{"


def nested(
    domain: Sequence[Size], order: Sequence[int], body: Sequence[str], reader: Reader
) -> list[str]:
    """Loops around lines."""
    lines: list[str] = []
    for depth, axis in enumerate(order):
        lines.append("    " * depth + header(axis, domain[axis], reader))
    lines += ["    " * len(order) + line for line in body]
    lines += ["    " * depth + "}" for depth in reversed(range(len(order)))]
    return lines


def closed(
    text: Text, domain: Sequence[Size], reader: Reader, outer: int = 0
) -> tuple[list[str], list[str]]:
    """What stands before the statements of a nest, and what behind them; without those of its loops
    that stand around others too."""
    first, last = list(text.before.get(outer, ())), list(text.after.get(outer, ()))
    for depth, axis in enumerate(text.order[outer:]):
        pad = "    " * depth
        first += [pad + line for line in _pragmas(text, outer + depth, domain, reader)]
        first.append(pad + header(axis, domain[axis], reader))
        first += [f"    {pad}{line}" for line in text.before.get(outer + depth + 1, ())]
        last = [
            *(f"    {pad}{line}" for line in text.after.get(outer + depth + 1, ())),
            pad + "}",
            *last,
        ]
    return first, last


def _pragmas(text: Text, depth: int, domain: Sequence[Size], reader: Reader) -> list[str]:
    """What tells compilers that elements may be done side by side, or on several cores."""
    innermost, size = depth == len(text.order) - 1, domain[text.order[depth]]
    is_simd = innermost and text.apart and not (isinstance(size, int) and size < _SHORT)
    words = ["simd"] if is_simd and (text.sums or text.stored >= _SEVERAL) else []
    sums = text.sums if words else {}
    if depth == 0 and text.is_split:
        count = product([domain[a] for a in text.order])
        if not isinstance(count, int):
            words = ["parallel for", *words, f"if (parallel: {reader.size(count).text} > {_MANY})"]
            sums = text.wholes
        elif count > _MANY:
            words, sums = ["parallel for", *words], text.wholes
    if not words:
        return []
    words += [f"reduction({op}: {', '.join(totals)})" for op, totals in sums.items()]
    lines = [f"#pragma omp {words[0]}"]
    for word in words[1:]:
        if len(lines[-1]) + len(word) > _WIDTH:
            lines[-1] += " \\"
            lines.append("   ")
        lines[-1] += f" {word}"
    return lines
