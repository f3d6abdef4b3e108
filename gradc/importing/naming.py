"""Names in one body: what the source calls things, made legal and distinct."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from gradc.importing.layer_kinds import free
from gradc.library.loader import standard_library
from gradc.syntax.keywords import KEYWORDS, instead_of

_PREDEFINED = frozenset(["inf", "nan", "pi", "e", "training"])


class Naming:
    """The names of a body, each given once."""

    def __init__(self, taken: Iterable[str] = ()):
        self._taken = {*KEYWORDS, *_PREDEFINED, *taken}

    def give(self, *wishes: str, is_called: bool = False) -> str:
        """A name like the first wish that can be one, not taken before.

        What is called is no function's namesake, which would be called in its place.
        """
        wish = next((n for n in map(legal, wishes) if n), "h")
        functions = standard_library().callable_names() if is_called else ()
        name = free(wish, self._taken.union(functions))
        self._taken.add(name)
        return name


def legal(wish: str) -> str:
    """What is left of a wish as a name of the language; nothing where that is none."""
    plain = unicodedata.normalize("NFKD", wish).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_")
    if name in KEYWORDS:
        return instead_of(name).rstrip("_")
    return name if name[:1].isalpha() else ""


def joined(parts: Sequence[str], before: str = "") -> str:
    """The name of a module within another; one that begins with a digit has a word before it."""
    name = "_".join(parts)
    return name if name[:1].isalpha() else f"{before}{name}"
