"""What a module may need of functions, and a class, as text: copied into it where it is used.

They stand in `helpers/`, ordinary and tested; nothing of them is run to copy them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from gradc import resources
from gradc.patterns import pattern

_FILES = (
    "workspace", "doors", "directions", "special", "along", "matrices", "windows", "convolution",
    "draws", "initial", "plain",
)  # fmt: skip
"""In the order in which a module has them."""

_FUNCTION = pattern(r"^(?:def|class) (?P<name>\w+)[\s\S]*?(?=^[^\s)]|\Z)", re.MULTILINE)

_DOCUMENTED = pattern(r'"{3}[\s\S]*?"{3}')

SINGLE = {"_erf_single": "_erf"}
"""The helpers that are exact enough for f32 alone, and those that they stand for."""

_FOR_SINGLE = {general: single for single, general in SINGLE.items()}


@cache
def _texts() -> Mapping[str, str]:
    """The helpers by name, in their order."""
    found: dict[str, str] = {}
    for file in _FILES:
        text = resources.text(f"targets/numpy/helpers/{file}.py")
        for function in _FUNCTION.finditer(text):
            found[function["name"]] = function[0].rstrip()
    return found


def names() -> frozenset[str]:
    """What the helpers are called."""
    return frozenset(_texts())


def with_needed(names: Iterable[str]) -> list[str]:
    """The helpers, and those that they call, in a fixed order."""
    texts = _texts()
    found: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            code = _DOCUMENTED.sub("", texts[name])
            pending += [w for w in re.findall(r"\b_\w+", code) if w in texts]
    return [n for n in texts if n in found]


def for_type(name: str, dtype: str) -> str:
    """The helper to use for an element type: some have one of their own for f32."""
    return _FOR_SINGLE.get(name, name) if dtype == "f32" else name


def source_of(name: str) -> str:
    """The source text of a helper."""
    return _texts()[name]
