"""Sizes in remedies: the dimension of a batch, and where it is declared."""

from __future__ import annotations

import re

_DECIDED = re.compile(r"(?i:none|null|nil)|-1|\?")  # by each call, as other systems say it
_FURTHER = ("T", "K", "L", "M")  # names for sizes that are not of a batch
_BATCHED = ("Input", "InputLayer")  # Keras leaves the batch out
_OTHER = r"^\s*(?:(?:input|param|const|state|output|loss)\s+)?B\s*(?:[:=~]|$)"  # than a dimension


def with_batch(callee: str, sizes: str, text: str) -> str:
    """The sizes of an input that is made by a call elsewhere, with those that a call decides."""
    listed = [size.strip() for size in sizes.split(",")]
    named = iter([_batch(text), *(n for n in _FURTHER if not re.search(rf"\b{n}\b", text))])
    if not any(map(_DECIDED.fullmatch, listed)):
        return f"{next(named)}, {sizes}" if callee in _BATCHED else sizes
    if not _DECIDED.fullmatch(listed[0]):
        next(named)  # that of a batch stands first
    return ", ".join(next(named, "K") if _DECIDED.fullmatch(size) else size for size in listed)


def _batch(text: str) -> str:
    """The dimension that comes first in the other inputs, or else a name that is free."""
    first = re.findall(r"^\s*input\s+\w+\s*:\s*\w*\s*\[([A-Za-z]\w*)\s*[,\]]", text, re.MULTILINE)
    own = [name for name in first if _is_free(name, text)]
    return own[0] if own else "N" if re.search(_OTHER, text, re.MULTILINE) else "B"


def _is_free(name: str, text: str) -> bool:
    """Whether a file declares a dimension that each call decides."""
    lines = re.findall(r"^\s*dim\s+(.*)", text, re.MULTILINE)
    return any(re.search(rf"(?:^|,)\s*{name}\s*(?:,|#|$)", line) for line in lines)


def above(sizes: str, text: str) -> str:
    """What is said in front of a line with such sizes: where those of each call are declared."""
    names = (size.strip() for size in sizes.split(","))
    known = r"^\s*(?:dim|const)\s+(?:.*[,\s])?{0}\b"
    free = [
        name
        for name in dict.fromkeys(names)
        if name.isidentifier() and not re.search(known.format(name), text, re.MULTILINE)
    ]
    return f"`dim {', '.join(free)}` and below it " if free else ""
