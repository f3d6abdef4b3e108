"""Sizes in remedies: the dimension of a batch, and where it is declared."""

from __future__ import annotations

import re

_BATCHED = ("Input", "InputLayer")  # Keras leaves the batch out
_OTHER = r"^\s*(?:(?:input|param|const|state|output|loss)\s+)?B\s*(?:[:=~]|$)"  # than a dimension


def with_batch(callee: str, sizes: str, text: str) -> str:
    """The sizes of an input that is made by a call elsewhere, with those that a call decides."""
    if free := re.match(r"(?:None|-1)\b", sizes):
        return _batch(text) + sizes[free.end() :]
    return f"{_batch(text)}, {sizes}" if callee in _BATCHED else sizes


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
    """What is said in front of a line with such sizes: where the batch is declared first."""
    first = sizes.partition(",")[0].strip()
    declared = re.search(rf"^\s*dim\s+(?:.*[,\s])?{first}\b", text, re.MULTILINE)
    return "" if declared or not first.isidentifier() else f"`dim {first}` and below it "
