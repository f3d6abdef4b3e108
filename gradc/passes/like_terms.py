"""Like terms: sums of products, in which what is alike is put together.

`p * q - p * q * s` is `p * q * (1 - s)`, and what then stands there twice is there two times. It is
done in derivatives that a graph takes, where the product rule writes one product in several ways;
what the author of a graph wrote is computed as it is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache

from gradc.ir.graph import Graph
from gradc.ir.node import Apply, Value
from gradc.passes.facts import Facts, facts_of
from gradc.passes.rewriter import Rewriter
from gradc.passes.separable import factors_of, in_derivative, number_of
from gradc.passes.simplify import Rewrites
from gradc.records import dataclass, replace

SUMS = ("add", "subtract")

_TERMS = 8  # of a sum, at most


@dataclass(frozen=True, slots=True)
class Term:
    """A number times a product, whose factors are `factors`: `made` is there without the number."""

    number: float
    made: Value | None
    factors: tuple[Value, ...]


def like_terms(graph: Graph, concerns: Callable[[Apply], bool] = in_derivative) -> Rewrites:
    """What puts like terms together, in the nodes that it concerns."""

    @cache
    def facts() -> Facts:  # asked for where there are derivatives
        return facts_of(graph)

    @cache
    def parts() -> set[Value]:
        return _parts(graph)

    def gathered(r: Rewriter, node: Apply) -> Value | None:
        if not concerns(node) or not node.result.type.is_float or node.result in parts():
            return None
        terms = _terms(r, node, 1.0)
        if not 1 < len(terms) <= _TERMS:
            return None
        # What is 0 because it was left out meets no infinity on any way.
        if not all(facts()[f].finite for t in terms for f in t.factors):
            return None
        found = _gathered(r, terms)
        common = _common(found)
        if len(found) == len(terms) and common == 1:
            return None
        total = _sum(r, [replace(t, number=t.number / common) for t in found])
        if common != 1:
            if node.result.named and not total.named:
                total.name = f"{node.result.name}.{total.name.rpartition('.')[2]}"
            total = r.emit("multiply", (r.constant(_whole(common)), total))
        return total if total.type == node.result.type else None

    return dict.fromkeys(SUMS, gathered)


def _parts(graph: Graph) -> set[Value]:
    """The unnamed values that are read by sums alone: these have their terms."""
    found = {v for n in graph.nodes if n.name in SUMS for v in n.operands if not v.named}
    found -= {v for n in graph.nodes if n.name not in SUMS for v in n.operands}
    return found - {o.value for o in (*graph.outputs, *graph.updates)}


def _terms(r: Rewriter, node: Apply, sign: float) -> list[Term]:
    """The terms of a sum, those of unnamed sums within it as well."""
    found = []
    signs = (sign, -sign if node.name == "subtract" else sign)
    for value, own in zip(node.operands, signs, strict=True):
        maker = None if value.named else r.producers.get(value)
        if maker is not None and maker.name in SUMS:
            found += _terms(r, maker, own)
        else:
            found.append(_term(r, value, own))
    return found


def _term(r: Rewriter, value: Value, sign: float) -> Term:
    """A product with its number in front."""
    maker = None if value.named else r.producers.get(value)
    if maker is not None and maker.name == "negative":
        return _term(r, maker.operands[0], -sign)
    if maker is not None and maker.name == "multiply":
        for front, rest in (maker.operands, maker.operands[::-1]):
            if (found := number_of(r, front)) is not None and rest.type == value.type:
                return _term(r, rest, sign * found)
    number, factors = factors_of(r, value)
    return Term(sign * number, value if number == 1 else None, factors)


def _gathered(r: Rewriter, terms: list[Term]) -> list[Term]:
    """The terms, put together two by two as far as that goes."""
    for together in (_alike, _with_one_more):
        for i, one in enumerate(terms):
            for j, other in enumerate(terms):
                if i == j or (both := together(r, one, other)) is None:
                    continue
                rest = [both if k == min(i, j) else t for k, t in enumerate(terms)]
                del rest[max(i, j)]
                if both.number == 0 and len(rest) > 1:
                    rest.remove(both)
                return _gathered(r, rest)
    return terms


def _alike(_: Rewriter, one: Term, other: Term) -> Term | None:
    """Two terms with the same factors as one."""
    if Counter(one.factors) != Counter(other.factors):
        return None
    kept = other if one.made is None else one
    return Term(one.number + other.number, kept.made, kept.factors)


def _with_one_more(r: Rewriter, one: Term, other: Term) -> Term | None:
    """Two terms as one, where they are alike but for a factor of the other that is no sum."""
    more = Counter(other.factors) - Counter(one.factors)
    if not one.factors or Counter(one.factors) - Counter(other.factors) or more.total() != 1:
        return None
    (factor,) = more
    maker = r.producers.get(factor)
    if maker is not None and maker.name in SUMS:
        return None
    ratio = other.number / one.number
    if abs(ratio) != 1:
        factor = r.emit("multiply", (r.constant(_whole(abs(ratio))), factor))
    left = _beside_one(r, "subtract" if ratio < 0 else "add", factor)
    return Term(one.number, None, (*one.factors, left))


def _beside_one(r: Rewriter, name: str, factor: Value) -> Value:
    """`1 - s` or `1 + s`, as it is there already or else as one would write it."""
    for one in (1, 1.0):
        r.builder.constant(one, "1")  # an integer, or of the type of floats as a seed is
        number = r.settle(r.builder.nodes.pop())
        made = len(r.builder.nodes)
        found = r.emit(name, (number, factor))
        if len(r.builder.nodes) == made:
            return found
    return r.emit(name, (r.constant(1), factor))


def _whole(number: float) -> float:
    return int(number) if number.is_integer() else number


def _common(terms: Sequence[Term]) -> float:
    """The number that each term is taken times or less, where there are several."""
    first, *others = [abs(term.number) for term in terms]
    return first if others and all(n == first for n in others) else 1.0


def _sum(r: Rewriter, terms: Sequence[Term]) -> Value:
    """The terms as one value."""
    found: Value | None = None
    for term in sorted(terms, key=lambda t: t.number < 0):
        made = term.made
        if made is None:
            made = term.factors[0]
            for other in term.factors[1:]:
                made = r.emit("multiply", (made, other))
        number = term.number if found is None else abs(term.number)
        if number != 1:
            made = r.emit("multiply", (r.constant(_whole(number)), made))
        if found is None:
            found = made
        else:
            found = r.emit("subtract" if term.number < 0 else "add", (found, made))
    assert found is not None, "there are terms"
    return found
