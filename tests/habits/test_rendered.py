"""What the table of foreign names writes holds the arguments of the call, no words of its own."""

import re

import pytest

from gradc.elaborate.habits.remedy import Formal, Remedy, Written
from gradc.library.loader import standard_library

HABITS = standard_library().habits
CALLS = [(n, r) for n, r in HABITS.names() if r.formals and r.expression]
WORD = re.compile(r'(?<![\w."])[A-Za-z_]\w*(?!\w|"|\s*=(?!=)|\()')
OWN = frozenset("true false none inf nan i x_t".split())  # what remedies say themselves


def given(formal: Formal, place: int) -> str:
    """An argument that no remedy has by itself."""
    if formal.only.endswith("()"):
        return f"{formal.only[:-1]}u{place} * v{place})"
    kinds = {"": f"u{place} * v{place}", "#": f"1{place}", "[": f"[u{place}]", "@": f"label{place}"}
    kinds["%"] = f"1.{place}"
    return kinds.get(formal.only, formal.only)


def words(text: str) -> set[str]:
    return set(WORD.findall(text))


def arguments(remedy: Remedy, *, named: int) -> list[Written]:
    """A call with all of a remedy's parameters, by their `named`th names where they have such."""
    found = []
    for place, formal in enumerate(remedy.formals or ()):
        keyword = formal.names[min(named, len(formal.names) - 1)]
        by_name = formal.named or (named >= 0 and not formal.rest)
        found.append(Written(keyword if by_name else None, given(formal, place)))
    return found


@pytest.mark.parametrize("named", [-1, 0, 1, 2])
def test_a_call_that_fits_is_said_of_its_arguments(named: int) -> None:
    for name, remedy in CALLS:
        call = arguments(remedy, named=named)
        text = remedy.fitted(call, HABITS)
        if text is None:
            assert re.search(r"\[a, b", remedy.expression), name  # of a list
            continue
        formals = {f.names[0] for f in remedy.formals or ()}
        given_words = words(" ".join(w.text for w in call))
        assert not words(text) & (formals - given_words - OWN), (name, text)
        said = {
            w.text
            for w in call
            if re.search(rf"\b{formal_of(remedy, w, call)}\b", remedy.expression)
        }
        assert all(words(t) <= words(text) for t in said), (name, text)


def formal_of(remedy: Remedy, written: Written, call: list[Written]) -> str:
    assert remedy.formals is not None
    return remedy.formals[call.index(written)].names[0]


def test_a_call_that_does_not_fit_is_said_of_its_arguments_too() -> None:
    for name, remedy in CALLS:
        first, *_ = remedy.formals or ()
        name_, value = first.names[0], given(first, 7)
        call = [Written(name_ if first.named else None, value), Written("zzz", "3")]
        text = remedy.sketched(call, HABITS)
        if re.search(rf"(?<![\w.]){name_}\b(?!=)", remedy.expression):
            assert words(value) <= words(text), (name, text)
            assert not re.search(rf"(?<![\w.]){name_}\b(?!=|\()", text), (name, text)


@pytest.mark.parametrize("keyword", ["axis", "dim", "reduction_indices", "axes", "ax", "dimension"])
def test_an_axis_goes_by_every_name(keyword: str) -> None:
    count = 0
    for name, remedy in CALLS:
        formals = remedy.formals or ()
        if len(formals) < 2 or "axis" not in formals[1].names or formals[1].only:
            continue
        call = [Written(None, "u * v"), Written(keyword, "2")]
        rest = [Written(None, "w") for f in formals[2:] if f.required and not f.rest]
        text = remedy.fitted([*call, *rest], HABITS)
        if rest or text is None:
            continue
        assert re.search(r"u \* v.*\b2\b", text), (name, text)
        count += 1
    assert count > 40


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("random_normal 0 0.1 [8]", "0.1 * random_normal([8])"),
        ("random_normal 0.0 1.0 [8]", "random_normal([8])"),
        ("normal mu s n", "mu + s * random_normal(n)"),
        ("normal [8] 0.5 0.1", "0.5 + 0.1 * random_normal([8])"),
        ("normal scale=0.1 size=8", "0.1 * random_normal(8)"),
        ("random_uniform -1 1 [8]", "-1 + 2 * random_uniform([8])"),
        ("uniform 0 1 [8]", "random_uniform([8])"),
        ("uniform 0 0.25 [8]", "0.25 * random_uniform([8])"),
        ("uniform [8] minval=lo maxval=hi", "lo + (hi - lo) * random_uniform([8])"),
        ("linspace 0 1 11", "arange(11) / 10"),
        ("linspace -1 1 n", "-1 + 2 * arange(n) / (n - 1)"),
        ("narrow h 1 0 n", "h[:, 0:n]"),
    ],
)
def test_numbers_that_change_nothing_are_left_out(call: str, text: str) -> None:
    name, *words_ = call.split()
    pairs = [w.rpartition("=") for w in words_]
    given_ = [Written(key or None, value) for key, _, value in pairs]
    fits = (r.fitted(given_, HABITS) for r in HABITS.exactly(name) if r.expression)
    assert next(t for t in fits if t is not None) == text
