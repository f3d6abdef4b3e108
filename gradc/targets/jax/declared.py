"""The types of arrays, as a module declares them."""

from __future__ import annotations

from gradc.ir.types import Type
from gradc.targets.python.fields import Kinds


def kind_of(kind: Type) -> str:
    """The type of a result, for annotations: a scalar is an array of no axes."""
    return "jax.Array"


def accepted_kind_of(kind: Type) -> str:
    """What an argument of a type may be."""
    return "ArrayLike"


KINDS = Kinds(accepted_kind_of, accepted_kind_of, kind_of, kind_of)
