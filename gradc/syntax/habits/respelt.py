"""Lines of other languages with the signs that are written here, for remedies that repeat them."""

from __future__ import annotations

import re

_SIGNS = (
    (r"\s*;+\s*$", ""),
    (r"%\*%", "@"), (r"%/%", "//"), (r"%%", "%"), (r"\s*\.?\^\s*", "**"),
    (r"(?<!\d)\.([*/+-])(?!\w)", r"\1"),
    (r"\s*&&\s*", " and "), (r"(?<=[\w)\]])\s*\|\|\s*(?=[\w(])", " or "),
    (r"(?<!\w)c\(([-+.\d, ]+)\)", r"[\1]"), (r"(?<![\w.])(\d+(?:\.\d*)?)[fFdD](?!\w)", r"\1"),
)  # fmt: skip


def respelt(text: str) -> str:
    """A statement or a value without the `;` at its end, and with `@` for `%*%`, `**` for `^`."""
    for sign, meant in _SIGNS:
        text = re.sub(sign, meant, text)
    return text
