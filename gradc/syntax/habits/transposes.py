"""Formulas with `'` for a transpose, as MATLAB writes them: its products are of matrices."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gradc.patterns import pattern
from gradc.records import dataclass
from gradc.syntax.habits.enclosed import closing

_PLAIN = pattern(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_TIMES = pattern(r"\s*(\.?\*|@)(?!\*)\s*")
_DECLARED = r"(?m)^[ \t]*(?:input|param|const|state)[ \t]+{}\b(?:[ \t]*:[ \t]*\w*\[([^\[\]\n]+)\])?"
_DEPTH = 5  # of names that are bound to others


@dataclass(frozen=True, slots=True)
class Factor:
    """A part of a product. `sizes` are those that are declared, `rank` None where it is unknown."""

    text: str
    is_primed: bool
    rank: int | None
    sizes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A formula anew. `vectors` have one axis and a `'`; of `unknown` it is not known."""

    text: str
    rank: int | None
    vectors: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def declared_sizes(name: str, text: str) -> list[str] | None:
    """The sizes that a name is declared with; None where it is not declared."""
    found = re.search(_DECLARED.format(re.escape(name)), text)
    if found is None:
        return None
    return [size.strip() for size in found[1].split(",")] if found[1] else []


def rewritten(formula: str, text: str, *, plain: bool = False, depth: int = 0) -> Written:
    """A formula with `.T` for `'`, and products of arrays by `@`; `text` binds its names.

    What has one axis stays as it is, and so does what may have one where that is `plain`.
    """
    out = ""
    ranks: list[int | None] = []
    vectors: list[str] = []
    unknown: list[str] = []
    place = 0
    while place < len(formula):
        factors, signs, end = _chain(formula, place, text, plain, depth, vectors, unknown)
        if not factors:
            out += formula[place]
            place += 1
            continue
        made, rank = _product(factors, signs, plain)
        out += made
        if not out.removesuffix(made).rstrip().endswith("**"):
            ranks.append(rank)
        place = end
    known = [r for r in ranks if r is not None]
    whole = max(known, default=0) if len(known) == len(ranks) else None
    return Written(out, whole, tuple(dict.fromkeys(vectors)), tuple(dict.fromkeys(unknown)))


def chains(formula: str) -> Iterator[tuple[int, int]]:
    """The stretches of the products of a formula that stand in no brackets."""
    place = 0
    while place < len(formula):
        factors, _, end = _chain(formula, place, "", True, _DEPTH, [], [])
        if factors:
            yield place, end
        place = max(end, place + 1)


def _chain(
    formula: str,
    place: int,
    text: str,
    plain: bool,
    depth: int,
    vectors: list[str],
    unknown: list[str],
) -> tuple[list[Factor], list[str], int]:
    """The factors of a product that begins at a place, the signs between them, and its end."""
    factors: list[Factor] = []
    signs: list[str] = []
    while (end := _operand(formula, place)) is not None:
        factor = _factor(formula[place:end], text, plain, depth, vectors, unknown)
        primes = pattern(r"'?").match(formula, end)
        end += len(primes[0]) if primes else 0
        if primes and primes[0]:
            factor = Factor(factor.text, True, factor.rank, factor.sizes)
            {1: vectors, None: unknown}.get(factor.rank, []).append(factor.text)
        factors.append(factor)
        place = end
        times = _TIMES.match(formula, place)
        if times is None or _operand(formula, times.end()) is None:
            break
        signs.append(times[0] if times[1] == ".*" else times[1])
        place = times.end()
    return factors, signs, place


def _operand(formula: str, place: int) -> int | None:
    """Where a name, a call, an index or a bracket ends that begins at a place."""
    plain = _PLAIN.match(formula, place)
    end = plain.end() if plain else place
    while end < len(formula) and formula[end] in "([":
        close = closing(formula, end)
        if close is None:
            return None
        end = close + 1
    if end == place:
        return None
    transposed = pattern(r"\.m?T\b").match(formula, end)
    return transposed.end() if transposed else end


def _factor(
    word: str, text: str, plain: bool, depth: int, vectors: list[str], unknown: list[str]
) -> Factor:
    if word[:1].isdigit():
        return Factor(word, False, 0)
    if word.isidentifier():
        sizes = declared_sizes(word, text)
        if sizes is not None:
            return Factor(word, False, len(sizes), tuple(sizes))
        bound = re.search(rf"(?m)^[ \t]*{word}[ \t]*=(?!=)[ \t]*(.+)$", text)
        if bound is None or depth >= _DEPTH:
            return Factor(word, False, None)
        value = bound[1].partition("#")[0]
        return Factor(word, False, rewritten(value, text, depth=depth + 1).rank)
    opening = word.find("(")
    if opening < 0 or closing(word, opening) != len(word) - 1:
        return Factor(word, False, None)
    inner = rewritten(word[opening + 1 : -1], text, plain=plain, depth=depth)
    vectors += inner.vectors
    unknown += inner.unknown
    rank = inner.rank if not opening else 0 if word[:opening] in ("sum", "mean") else None
    return Factor(f"{word[: opening + 1]}{inner.text})", False, rank)


def _product(
    factors: Sequence[Factor], signs: Sequence[str], plain: bool
) -> tuple[str, int | None]:
    texts = [f.text + (".T" if _is_turned(f, plain) else "") for f in factors]
    is_matrix = any(f.is_primed for f in factors)
    out, rank = texts[0], factors[0].rank
    for i, sign in enumerate(signs):
        left, right = factors[i], factors[i + 1]
        if rank == right.rank == 1 and right.is_primed and not left.is_primed and sign == "*":
            out, rank = f"outer({out}, {texts[i + 1]})", 2
            continue
        fits = len(left.sizes) == 2 and right.sizes[:1] == left.sizes[1:]
        if sign == "*" and 0 not in (rank, right.rank) and (is_matrix or fits):
            sign = "@"
        out += f" {sign.strip()} {texts[i + 1]}"
        if rank is None or right.rank is None:
            rank = None
        elif sign == "@":
            rank += right.rank - 2
        else:
            rank = max(rank, right.rank)
    return out, rank


def _is_turned(factor: Factor, plain: bool) -> bool:
    return (
        factor.is_primed
        and (factor.rank or 0) != 1
        and factor.rank != 0
        and (factor.rank is not None or not plain)
    )
