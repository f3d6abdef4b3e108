"""What a module declares before its functions: its constants, and the types of arrays."""

from __future__ import annotations

from gradc.ir.types import Type


def kind_of(kind: Type) -> str:
    """The type of a result, for annotations: a scalar is an array of no axes."""
    return "jax.Array"


def accepted_kind_of(kind: Type) -> str:
    """What an argument of a type may be."""
    return "ArrayLike"
