"""What an extension knows of arguments and results, as tables of C."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gradc.ir.sizes import Size, alone
from gradc.records import dataclass, field
from gradc.targets.c.interface import Field
from gradc.targets.c.sizes import size_expr

KINDS = {"f64": "d", "f32": "f", "i64": "l", "i32": "i", "bool": "?"}
"""The element types as formats of buffers have them."""


@dataclass(slots=True)
class Tables:
    """Words and sizes, each once, and the tables that refer to them."""

    dims: Sequence[str]  # those that are free
    words: dict[str, int] = field(default_factory=dict)
    shapes: dict[tuple[int, ...], str] = field(default_factory=dict)
    sizes: dict[Size, int] = field(default_factory=dict)  # that are no dimension alone
    lines: list[str] = field(default_factory=list)

    def word(self, text: str) -> int:
        """The place of a word."""
        return self.words.setdefault(text, len(self.words))

    def members(self, name: str, of: Iterable[tuple[str, Field, str]]) -> None:
        """A table of members: their names in the graph, and where they stand in a struct."""
        rows = [self._member(word, member, at) for word, member, at in of]
        self.lines += ["", f"static const Member {name}[] = {{", *rows, "    {0}};"]

    def _member(self, word: str, member: Field, at: str) -> str:
        kind = member.value.type
        shape = self._shape(kind.shape) if kind.shape else "NULL"
        letter = KINDS[kind.dtype]
        return f"    {{{self.word(word)}, '{letter}', {len(kind.shape)}, {shape}, {at}}},"

    def _shape(self, shape: Sequence[Size]) -> str:
        codes = tuple([self.size(s) for s in shape])
        if codes not in self.shapes:
            self.shapes[codes] = name = f"shape{len(self.shapes)}"
            self.lines.append(f"static const int64_t {name}[] = {{{', '.join(map(str, codes))}}};")
        return self.shapes[codes]

    def size(self, size: Size) -> int:
        """A size as tables have it: a number, or -1 - n for the size n of a call."""
        if isinstance(size, int):
            return size
        if (name := alone(size)) in self.dims:
            return -1 - self.dims.index(str(name))
        return -1 - self.sizes.setdefault(size, len(self.dims) + len(self.sizes))

    def numbers(self, name: str, numbers: Sequence[int]) -> None:
        """A table of numbers."""
        shown = ", ".join(map(str, [*numbers, -1]))
        self.lines.append(f"static const int {name}[] = {{{shown}}};")

    def expression(self, size: Size) -> str:
        """A size in C."""
        places = {d: f"call->dims[{n}]" for n, d in enumerate(self.dims)}
        return size_expr(size, places.__getitem__).text

    def size_lines(self) -> list[str]:
        """The function that gives sizes which are no dimension alone."""
        lines = ["static int64_t size_of(const Call *call, int number) {"]
        for size, number in self.sizes.items():
            lines.append(f"    if (number == {number}) return {self.expression(size)};")
        return [*lines, "    (void)call;", "    return number;", "}"]

    def word_lines(self, name: str, words: Iterable[str]) -> list[str]:
        """A table of words."""
        rows = [f"    {literal(word)}," for word in words]
        return [f"static const char *const {name}[] = {{", *rows, "    NULL,", "};"]


def literal(text: str) -> str:
    """A string of C."""
    escaped = "".join(_ESCAPED.get(b) or (chr(b) if 32 <= b < 127 else f"\\{b:03o}")
                      for b in text.encode())  # fmt: skip
    return f'"{escaped}"'


_ESCAPED: Mapping[int, str] = {
    ord('"'): '\\"',
    ord("\\"): "\\\\",
    ord("\n"): "\\n",
    ord("?"): "\\?",
}
