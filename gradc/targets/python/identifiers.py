"""The four ways by which text of a user's reaches the output: identifier, string, comment, number.

Nothing else does, and what inspects the finished module reads it once more.
"""

from __future__ import annotations

import keyword
import math
from collections.abc import Iterable

from gradc.patterns import pattern

# Python's own names (those of 3.10, so that the output is the same on every version), and those
# that the module uses for itself.
_BUILTINS = frozenset(
    """abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr classmethod
    compile complex copyright credits delattr dict dir divmod enumerate eval exec exit filter float
    format frozenset getattr globals hasattr hash help hex id input int isinstance issubclass iter
    len license list locals map max memoryview min next object oct open ord pow print property quit
    range repr reversed round set setattr slice sorted staticmethod str sum super tuple type vars
    zip""".split()
)
_MODULE = frozenset(
    """np npt Any NamedTuple TypedDict ValueError TypeError Params Gradients Outputs
    Saved Prediction State init_params forward backward value_and_grad predict params saved rng
    state training workspace outputs gradients""".split()
)
_KEYWORDS = frozenset(keyword.kwlist) | {"match", "case", "type", "_"}

RESERVED = _BUILTINS | _MODULE | _KEYWORDS

_CONTROL = pattern(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def identifier(name: str) -> str:
    """A Python identifier for a name of a graph; dots become `_`, taken names get a `_` behind."""
    made = name.replace(".", "_")
    if not made.isidentifier():
        made = "".join(c if c == "_" or c.isalnum() else "_" for c in made) or "_"
        made = made if made.isidentifier() else f"v_{made}"
    return f"{made}_" if made in RESERVED else made


def string(text: str) -> str:
    """A Python string literal."""
    escaped = "".join(c if c.isprintable() and c not in '"\\' else _escaped(c) for c in text)
    return f'"{escaped}"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    code = ord(character)
    return (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )


def comment(text: str) -> str:
    """Text that is safe behind a `#` and in a docstring: one line, no quotes that could end it."""
    flat = (text if text.isprintable() else _CONTROL.sub(" ", text)).strip()
    # `coding:` in the first two lines would choose the file's encoding; there is none there, but
    # a docstring may be moved.
    return flat.replace("\\", "/").replace('"""', "'''")


def number(value: object) -> str:
    """A Python literal of a number; inf and nan are NumPy's."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return int.__repr__(value)
    assert isinstance(value, float)
    if math.isnan(value):
        return "np.nan"
    if math.isinf(value):
        return "np.inf" if value > 0 else "-np.inf"
    return float.__repr__(value)


_SPELLING = pattern(r"[0-9_]*\.?[0-9_]*(?:[eE][+-]?[0-9_]+)?")


def spelled(value: object, text: str) -> str:
    """The user's own spelling of a number where it is Python's too, else the canonical one."""
    if text and text != repr(value) and _SPELLING.fullmatch(text):
        try:
            if float(text.replace("_", "")) == value and not text.startswith("_"):
                return text
        except ValueError:
            pass
    return number(value)


class Names:
    """Hands out identifiers, each once."""

    def __init__(self, taken: Iterable[str] = (), module: Names | None = None):
        """`module` are the names of the module around a function: none of them is hidden."""
        self.taken = set(taken)
        self.own: frozenset[str] = module.own if module else frozenset(self.taken)
        self.module = module
        self.inner: set[str] = set()  # given out within functions
        self._next: dict[str, int] = {}  # all numbers below are taken: no name is ever given back

    def claim(self, name: str) -> str:
        """An identifier for a name; numbered only where another name has it already.

        What the module itself has taken gets a `_` behind.
        """
        made = identifier(name)
        made = f"{made}_" if made in self.own else made
        if self._is_taken(made):
            number = self._next.get(made, 2)
            while self._is_taken(f"{made}_{number}"):
                number += 1
            self._next[made] = number + 1
            made = f"{made}_{number}"
        self.taken.add(made)
        if self.module is not None:
            self.module.inner.add(made)
        return made

    def is_taken(self, name: str) -> bool:
        """Whether the identifier for a name would be numbered."""
        return self._is_taken(identifier(name))

    def _is_taken(self, name: str) -> bool:
        if name in self.taken or name in self.inner:
            return True
        return self.module is not None and name in self.module.taken
