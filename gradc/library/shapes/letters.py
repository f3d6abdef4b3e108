"""Letters of axes: what `einsum` might have been given where its subscripts do not fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, islice, permutations

from gradc.ir.sizes import Size
from gradc.ir.types import Type

_MOST_ORDERS = 24  # of letters that are tried
_MOST_AXES = 8  # of an array whose letters are looked for
_NEW = "hnbcgklmopqrstuvwxyzijdefa"
_ABC = "ijklmnopqrst"


def as_many_letters(
    text: str, operands: Sequence[str], result: str, arrays: Sequence[Type]
) -> tuple[str, ...]:
    """The subscripts with as many letters for each array as it has axes.

    The user's own letters go where their sizes fit; an axis for which there is none has a new one.
    """
    if "." in text or any(x.rank > _MOST_AXES for x in arrays):
        return ()
    bad = [i for i, x in enumerate(arrays) if len(operands[i]) != x.rank]
    if len(bad) > 1 and (more := _one_more(text, operands, result, arrays)):
        return more
    sizes = _sizes_of(operands, arrays)
    owners = {c: i for i in range(len(arrays)) if i not in bad for c in operands[i]}
    named, known = list(operands), dict(sizes)
    for i in bad:
        found = _letters(operands[i], arrays[i], known, result, named)
        if found is None:
            return ()
        named[i] = found
        known |= zip(found, arrays[i].shape, strict=True)
    new = [c for letters in named for c in letters if c not in text]
    kept = "".join(c for c in result if any(c in letters for letters in named))
    if result:
        front = [c for c in new if any(letters[0] == c for letters in named if letters)]
        kept = "".join([*front, kept, *(c for c in new if c not in front)])
    fits = [c for c in named[bad[0]] if c in owners]
    told = "".join(f"`{c}` is {sizes[c]} in `{{{owners[c]}}}`: " for c in fits[:1])
    return (f'{told or "a letter for each axis: "}write `"{",".join(named)}->{kept}"`',)


def _sizes_of(operands: Sequence[str], arrays: Sequence[Type]) -> dict[str, Size]:
    """The size of each letter, as far as arrays have as many axes as letters."""
    pairs = [(c, x) for c, x in zip(operands, arrays, strict=True) if len(c) == x.rank]
    return {c: s for letters, x in pairs for c, s in zip(letters, x.shape, strict=True)}


def _letters(
    letters: str, x: Type, known: Mapping[str, Size], result: str, named: Sequence[str]
) -> str | None:
    """The letters of one array: of those that it has the ones that fit, or with further ones."""
    fewer = len(letters) > x.rank
    found = list(_fewer(letters, x, known, result) if fewer else _more(letters, x, known))
    shares = any(c in known for c in letters)
    best = max(found, key=lambda f: f[0], default=None)
    if best is None or (shares and x.rank and not best[0][0]):
        return None  # what was to be shared with another array is not there
    taken = "".join((*named, result))
    in_front = not fewer and not best[1][0]  # as a batch and heads are
    spare = iter(c for c in (_NEW if in_front else _ABC + _NEW) if c not in taken)
    return "".join(c or next(spare) for c in best[1])


def _fewer(
    letters: str, x: Type, known: Mapping[str, Size], result: str
) -> Iterator[tuple[tuple[int, int], tuple[str, ...]]]:
    """Some of the letters, with how many of them have their size elsewhere, and how many stay."""
    for chosen in combinations(letters, x.rank):
        if all(known.get(c, s) == s for c, s in zip(chosen, x.shape, strict=True)):
            yield (sum(c in known for c in chosen), sum(c in result for c in chosen)), chosen


def _more(
    letters: str, x: Type, known: Mapping[str, Size]
) -> Iterator[tuple[tuple[int, int], tuple[str, ...]]]:
    """All of the letters and further ones; empty is a new one."""
    for places in combinations(range(x.rank), len(letters)):
        own = dict(zip(places, letters, strict=True))
        if any(known.get(c, x.shape[a]) != x.shape[a] for a, c in own.items()):
            continue
        filled: list[str] = []
        for axis, size in enumerate(x.shape):
            used = {*letters, *filled}
            fits = (c for c, s in known.items() if s == size and c not in used)
            filled.append(own.get(axis) or next(fits, ""))
        yield (sum(c in known for c in filled), sum(places)), tuple(filled)


def one_letter_each(operands: Sequence[str], arrays: Sequence[Type], place: int) -> str:
    """Letters for one array: those that others have for axes of its sizes, or new ones."""
    x = arrays[place]
    if not x.rank:
        return f"{x} has no axis, and no letter"
    spare = iter(c for c in _ABC + _NEW.upper() if c not in "".join(operands))
    sizes = _sizes_of(operands, arrays)
    letters: list[str] = []
    for size in x.shape:
        fits = (c for c, s in sizes.items() if s == size and c not in letters)
        letters.append(next(fits, "") or next(spare))
    return f"each axis has a letter, as in `{''.join(letters)}` for {x}"


def other_letters(
    text: str, operands: Sequence[str], result: str, arrays: Sequence[Type], blamed: Sequence[int]
) -> tuple[str, ...]:
    """The subscripts with the letters of one operand in another order, where that fits."""
    if "." in text:
        return ()
    for i in sorted(set(blamed), reverse=True):
        for letters in islice(permutations(operands[i]), 1, _MOST_ORDERS):
            others = [*operands[:i], "".join(letters), *operands[i + 1 :]]
            sizes: dict[str, set[Size]] = {}
            for named, x in zip(others, arrays, strict=True):
                for letter, size in zip(named, x.shape, strict=False):
                    sizes.setdefault(letter, set()).add(size)
            if all(len(found) == 1 for found in sizes.values()):
                return (f'write `"{",".join(others)}->{result}"`',)
    return ()


def _one_more(
    text: str, operands: Sequence[str], result: str, arrays: Sequence[Type]
) -> tuple[str, ...]:
    """The subscripts with a letter for the axis that all lack, and that is kept: heads, a batch."""
    lacking = [x.rank - len(letters) for letters, x in zip(operands, arrays, strict=True)]
    if "." in text or {*lacking} - {0, 1}:
        return ()
    new = next(c for c in "hnbcgklmopqrstuvwxyz" if c not in text)
    for place in (-1, 0):  # of heads before what they hold, of a batch before all
        named = [
            letters if not lacks else f"{letters[:place] if place else ''}{new}{letters[place:]}"
            for letters, lacks in zip(operands, lacking, strict=True)
        ]
        sizes: dict[str, set[Size]] = {}
        for letters, x in zip(named, arrays, strict=True):
            for letter, size in zip(letters, x.shape, strict=True):
                sizes.setdefault(letter, set()).add(size)
        if all(len(found) == 1 for found in sizes.values()):
            batch = place and result and all(letters[:1] == result[0] for letters in operands)
            kept = f"{result[0]}{new}{result[1:]}" if batch else f"{new}{result}"
            return (f'with a letter for each axis: `"{",".join(named)}->{kept}"`',)
    return ()
