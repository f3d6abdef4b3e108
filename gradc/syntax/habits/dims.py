"""Sizes in remedies: the dimension of a batch, and where it is declared."""

from __future__ import annotations

import re

_BATCHED = ("Input", "InputLayer")  # Keras leaves the batch out


def with_batch(callee: str, sizes: str) -> str:
    """The sizes of an input that is made by a call elsewhere, with those that a call decides."""
    if re.match(r"(?:None|-1)\b", sizes):
        return re.sub(r"^(?:None|-1)\b", "B", sizes)
    return f"B, {sizes}" if callee in _BATCHED else sizes


def above(sizes: str, text: str) -> str:
    """What is said in front of a line with such sizes: where the batch is declared first."""
    declared = re.findall(r"^\s*dim\s+(.*)", text, re.MULTILINE)
    known = any(re.search(r"(?<![\w=*+/-])B\b", line) for line in declared)
    return "`dim B` and below it " if re.match(r"B\b", sizes) and not known else ""
