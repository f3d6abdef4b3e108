"""The NumPy spelling of an operation: the `numpy` clause of its stanza, and what follows."""

from __future__ import annotations

from functools import cache

from gradc.ir.operation import Operation
from gradc.targets.python.joining import functions_in
from gradc.targets.python.spelling import Spelling, read_spelling


@cache
def spelling_of(op: Operation) -> Spelling:
    """The spelling of an operation; an empty one where its stanza has none."""
    return read_spelling(op.spellings.get("numpy", ()))


def evaluates(op: Operation) -> bool:
    """Whether the spelling alone says what the operation makes of numbers."""
    spelling = spelling_of(op)
    words = bool(spelling.text or spelling.ufunc or spelling.operator)
    return words and not spelling.function and len(op.result_names) == 1


def named_functions(op: Operation) -> frozenset[str]:
    """The functions of NumPy and `math` that clauses name, with the modules on the way."""
    texts = (*op.spellings.get("numpy", ()), *op.spellings.get("python", ()))
    return functions_in(texts, ("np", "math"))
