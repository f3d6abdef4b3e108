"""The types of arrays and numbers, as a module declares them."""

from __future__ import annotations

from gradc.ir.types import Type
from gradc.targets.python import attributes
from gradc.targets.python.expression import text
from gradc.targets.python.fields import Kinds


def kind_of(kind: Type) -> str:
    """The type of a parameter or a result, for annotations."""
    if kind.shape:
        return f"npt.NDArray[{text(attributes.scalar_type(kind.dtype))}]"
    return "float" if kind.dtype == "f64" else text(attributes.scalar_type(kind.dtype))


def saved_kind_of(kind: Type) -> str:
    """The type of a saved value: what NumPy's annotations make of a finer one is often wrong."""
    return "Any"


def accepted_kind_of(kind: Type) -> str:
    """What an argument of a type may be."""
    if kind.shape:
        return "npt.ArrayLike"
    return {"i64": "int", "i32": "int", "bool": "bool"}.get(kind.dtype, "float")


KINDS = Kinds(kind_of, accepted_kind_of, kind_of, saved_kind_of)
