"""What starts at random, where that cannot be: in an integer, a flag, a constant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradc.diagnostics import Help, Replacement
from gradc.ir.types import Type
from gradc.patterns import pattern
from gradc.source import Span
from gradc.syntax import tree

_NUMBER = pattern(r"-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?")
_RANDOM = {"random_normal": "normal(1)", "random_uniform": "uniform(0, 1)"}


def no_floats(name: str, kind: Type, start: Span) -> Iterator[str]:
    """What is said of `param m: bool[3] ~ normal(1)`; `name` is the parameter's."""
    source, dtype = start.source, kind.dtype
    first = source.text.rfind("\n", 0, start.start) + 1
    stated = pattern(rf":[ \t]*({dtype})[ \t]*(?=(\[)?)").search(source.text, first, start.start)
    value = "true" if dtype == "bool" else "0"
    told = f"or start it `= {value}`"
    if stated is not None:
        left = stated.span(1) if stated[2] else (stated.start(), stated.end())
        text = source.text[slice(*left)].strip()
        place = Span(source, *left)
        yield Help(f"leave out `{text}`, {told}", [Replacement(place, "" if stated[2] else " ")])
    what = "a mask" if dtype == "bool" else "a number"
    sizes = source.text[stated.end() : start.start].rstrip("~ \t") if stated else ""
    yield f"{what} that each call gives is `input {name}: {dtype}{sizes}`"


def taken(name: str, given: Sequence[tree.Argument]) -> list[str]:
    """What the numbers behind `he_normal(0.02)` and `he_uniform(-0.1, 0.1)` may mean."""
    texts = [a.value.span.text for a in given]
    if not all(map(_NUMBER.fullmatch, texts)):
        return []
    if name.endswith("_normal") and len(texts) == 1:
        return [f"a standard deviation is `normal({texts[0]})`"]
    if name.endswith("_uniform") and len(texts) < 3:
        low, high = texts if len(texts) == 2 else (f"-{texts[0]}", texts[0])
        return [f"bounds are `uniform({low}, {high})`"]
    return []


def no_constant(statement: tree.ConstDecl, *, is_unknown: bool) -> list[str]:
    """What is said of `const P = random_normal([4, 2])`, `const P: [4, 2] = normal(1)`.

    The second is a call of what there is not: then it `is_unknown`.
    """
    name, value = statement.name.name, statement.value
    text = " ".join(value.span.text.split())
    place = Span(statement.span.source, statement.span.start, value.span.end)
    own = pattern(r"(normal|uniform)\(([^()]*)\)").fullmatch(text)
    drawn = pattern(rf"({'|'.join(_RANDOM)})\((\[[^\[\]]*\])\)").fullmatch(text)
    stated = statement.type.span.text if statement.type is not None else ""
    shape = pattern(r"\w*(\[.*\])").fullmatch(stated)
    sizes, start = shape[1] if shape else "[4, 2]", text
    if own is not None:
        text = _computed(own[1], own[2], sizes)
    elif drawn is not None and not is_unknown:
        sizes, start = drawn[2], _RANDOM[drawn[1]]
    elif is_unknown or pattern(rf"\b(?:{'|'.join(_RANDOM)})\(").search(text) is None:
        return []
    told = f"what is drawn is no constant: `{name} = {text}` draws at each call"
    helps: list[str] = [Help(told, [Replacement(place, f"{name} = {text}")])]
    if (own or drawn) is not None:
        declared = f"param {name}: {sizes} ~ {start}"
        told = f"what is drawn once is learned: `{declared}`"
        helps.append(Help(told, [Replacement(place, declared)]))
    return helps


def _computed(name: str, given: str, sizes: str) -> str:
    """Numbers drawn as an initialiser draws them, as a value."""
    texts = [part.strip() for part in given.split(",")]
    if name == "normal":
        spread = texts[-1].rpartition("=")[2].strip()
        return f"{spread} * random_normal({sizes})" if spread != "1" else f"random_normal({sizes})"
    drawn = f"random_uniform({sizes})"
    if len(texts) != 2 or not all(map(_NUMBER.fullmatch, texts)):
        return drawn
    low, high = map(float, texts)
    return drawn if (low, high) == (0, 1) else f"{low:g} + {high - low:g} * {drawn}"
