"""The keywords of the language, and what to call a value that wanted such a name."""

from __future__ import annotations

KEYWORDS = frozenset([
    "dim", "dtype", "input", "param", "const", "state", "fn", "op", "layer", "vjp", "scan",
    "over", "times", "unshared", "next", "update", "import", "from", "as", "output", "loss",
    "wrt", "return", "and", "or", "not", "true", "false", "none", "newaxis",
])  # fmt: skip

_SUGGESTIONS = {
    "input": "x", "loss": "cost", "output": "y", "param": "parameter", "state": "status",
    "fn": "f", "op": "operation", "times": "time", "next": "following", "none": "nothing",
    "true": "yes", "false": "no",
}  # fmt: skip


def instead_of(keyword: str) -> str:
    """A name close to a keyword that may be used in its place."""
    return _SUGGESTIONS.get(keyword, f"{keyword}_")
