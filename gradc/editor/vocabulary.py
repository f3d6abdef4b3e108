"""The words of the language by what they are, for colours; new ones are found by themselves."""

from __future__ import annotations

from gradc.elaborate.bindings import PREDEFINED
from gradc.elaborate.initial import INITIALISERS
from gradc.ir.types import DTYPES
from gradc.library.catalogue import public_stanzas
from gradc.library.loader import standard_library
from gradc.library.synonyms import ALIASES
from gradc.records import dataclass
from gradc.syntax.keywords import KEYWORDS

DEFINING = ("fn", "layer", "op", "vjp")
IMPORTING = ("import", "from", "as")
FLOWING = ("scan", "over", "times", "unshared", "next", "update", "return")
HEADING = ("in", "axis")  # keywords in the head of a scan, names everywhere else
CONNECTING = ("and", "or", "not")
LITERAL = ("true", "false", "none", "newaxis")
TYPES = tuple(DTYPES)
DRAWN = tuple(INITIALISERS)
CONSTANTS = (*PREDEFINED, "training")

_NAMED = {*DEFINING, *IMPORTING, *FLOWING, *CONNECTING, *LITERAL}
DECLARING = tuple(sorted(KEYWORDS - _NAMED))


@dataclass(frozen=True, slots=True)
class Callables:
    """What the library has to call, other spellings included."""

    operations: tuple[str, ...]
    layers: tuple[str, ...]


def callables() -> Callables:
    stanzas = public_stanzas(standard_library())
    layers = [s.name for s in stanzas if s.role == "layer"]
    operations = [s.name for s in stanzas if s.role != "layer"]
    return Callables(tuple(sorted({*operations, *ALIASES})), tuple(sorted(layers)))
