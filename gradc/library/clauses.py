"""The clauses of a stanza: traits, and the data that targets read. The vocabulary is closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gradc.ir.operation import Formal
from gradc.ir.traits import FlopsRule, Traits
from gradc.library import flops, ranges
from gradc.syntax import tree


class StanzaError(Exception):
    """A stanza of the library says something that makes no sense: a bug of gradc."""


FLAGS = (
    "elementwise",
    "along",
    "adds",
    "analytic",
    "literal",
    "static",
    "fresh",
    "heavy",
    "light",
    "none",
    "positive",
    "doubts",
    "quiet",
)
"""Traits that a stanza has or has not."""

SPELLINGS = ("numpy", "jax", "python", "sympy", "js", "c", "onnx")
"""What a stanza says to a target, or to another program, in its own words."""

WORDS = ("short", "spoken")
"""What a result is called after, and what comments say where a spelling is several statements."""


def clauses_of(definition: tree.OpDef) -> dict[str, tuple[str, ...]]:
    """The clauses by their first word. Raises StanzaError where one is unknown or stands twice."""
    found: dict[str, tuple[str, ...]] = {}
    for clause in definition.clauses:
        name = definition.name.name
        if clause.word not in (*FLAGS, *_VALUED, *SPELLINGS, *WORDS):
            raise StanzaError(f"{name}: no clause is called `{clause.word}`")
        if clause.word in found:
            raise StanzaError(f"{name}: `{clause.word}` stands twice")
        if bool(clause.items) == (clause.word in FLAGS) and clause.word != "impure":
            raise StanzaError(f"{name}: `{clause.word}` does not say that")
        found[clause.word] = clause.items
    return found


def spellings_of(clauses: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The clauses that targets read."""
    return {word: items for word, items in clauses.items() if word in (*SPELLINGS, "spoken")}


def traits_of(
    name: str, formals: Sequence[Formal], clauses: Mapping[str, tuple[str, ...]]
) -> Traits:
    """The traits that a stanza's clauses state. Raises StanzaError."""
    operands = [f.name for f in formals if f.is_operand]
    stated: dict[str, Any] = {flag: True for flag in FLAGS if flag in clauses}
    if "elementwise" in clauses:
        # Each element is read before the result's is written.
        stated["overwrites"] = frozenset(range(len(operands)))
    for word, read in _VALUED.items():
        if word in clauses:
            try:
                stated |= read(clauses[word], operands)
            except (ValueError, KeyError) as failure:
                raise StanzaError(f"{name}: `{word}` does not say that") from failure
    return Traits(**stated)


def _view(items: Sequence[str], operands: list[str]) -> dict[str, Any]:
    operand, *rest = items
    if rest not in ([], ["readonly"]):
        raise ValueError(items)
    return {"view": operands.index(operand), "readonly": bool(rest)}


def _overwrites(items: Sequence[str], operands: list[str]) -> dict[str, Any]:
    return {"overwrites": frozenset(operands.index(item) for item in items)}


def _selects(items: Sequence[str], operands: list[str]) -> dict[str, Any]:
    return {"selects": frozenset(operands.index(item) for item in items)}


def _impure(items: Sequence[str], operands: list[str]) -> dict[str, Any]:
    if tuple(items) not in ((), ("training",)):
        raise ValueError(items)
    return {"impure": True, "in_training": bool(items)}


def _kink(items: Sequence[str], operands: list[str]) -> dict[str, Any]:
    (text,) = items
    return {"kink": text}


def _flops(items: Sequence[str], operands: list[str]) -> dict[str, Any]:
    (item,) = items
    rule: FlopsRule = flops.each(int(item)) if item.isdigit() else flops.FUNCTIONS[item]
    return {"flops": rule}


def _range(items: Sequence[str], operands: list[str]) -> dict[str, Any]:
    return {"range": ranges.FUNCTIONS[" ".join(items)]}


_VALUED: dict[str, Callable[[Sequence[str], list[str]], dict[str, Any]]] = {
    "view": _view,
    "overwrites": _overwrites,
    "selects": _selects,
    "impure": _impure,
    "kink": _kink,
    "flops": _flops,
    "range": _range,
}
"""Traits that say more than yes."""
