"""Graphs written otherwise: laid out and named anew, or with one number or operation changed."""

import random
import re

_BOUND = re.compile(r"^[ \t]*(?:next[ \t]+)?([A-Za-z]\w*)[ \t]*=(?!=)", re.MULTILINE)
_DECLARED = re.compile(
    r"^[ \t]*(?:dim|input|param|const|state|output|loss|wrt|update|scan|fn|op|layer|vjp|import|"
    r"from|dtype|return|example)\b[^\n]*",
    re.MULTILINE,
)
_LAYER = re.compile(r"\b[A-Z]\w*\(")
_NUMBER = re.compile(r"(?<![\w.\[\"])(\d+\.\d+)(?![\w.])")
_CALLS = {"tanh": "sin", "relu": "softplus", "mean": "sum", "sum": "mean", "exp": "cos",
          "sigmoid": "tanh", "square": "abs", "softmax": "log_softmax", "log": "exp"}  # fmt: skip


def renamed(text: str, rng: random.Random) -> str:
    """The same graph: its statements have other names, comments and another order.

    Left as they are: what callers see, what layers are called after, and the order of what draws.
    """
    code = re.sub(r"#[^\n]*", "", text)
    kept = {word for line in _DECLARED.findall(code) for word in re.findall(r"\w+", line)}
    kept |= set(re.findall(r"\b(\w+)\.\w", code)) | set(re.findall(r"[(,]\s*(\w+)\s*=", code))
    kept |= {word for quoted in re.findall(r'"[^"]*"', code) for word in re.findall(r"\w+", quoted)}
    for line in code.splitlines():
        if _LAYER.search(line):
            kept |= set(re.findall(r"\w+", line))
    names = sorted({name for name in _BOUND.findall(code) if name not in kept})
    for number, name in enumerate(names):
        text = re.sub(rf"(?<![\w.]){name}\b(?!\s*\()", f"renamed_{number}", text)
    return "# Laid out anew.\n\n" + _shuffled(text, rng)


def _shuffled(text: str, rng: random.Random) -> str:
    """Whole statements that bind one name, in another order among themselves."""
    lines = text.split("\n")
    free = [
        i
        for i, line in enumerate(lines)
        if re.fullmatch(r"[A-Za-z]\w* = [^#{}]*", line) and _is_closed(line)
        if not re.search(r"random|dropout", text) and not _is_inside(lines, i)
    ]
    moved = [lines[i] + "  # moved" for i in free]
    rng.shuffle(moved)
    for i, line in zip(free, moved, strict=True):
        lines[i] = f"\n{line}"
    return "\n".join(lines)


def _is_closed(text: str) -> bool:
    return text.count("(") == text.count(")") and text.count("[") == text.count("]")


def _is_inside(lines: list[str], i: int) -> bool:
    before = "\n".join(lines[:i])
    return before.count("{") != before.count("}") or not _is_closed(before)


def edits(text: str) -> list[tuple[int, str]]:
    """Lines, counted from 1, and the text in which a number or an operation of it is another."""
    found = []
    for match in _NUMBER.finditer(text):
        other = f"{float(match[1]) * 1.5 + 0.01:.6g}"
        found.append((match.start(), text[: match.start()] + other + text[match.end() :]))
    for match in re.finditer(rf"\b({'|'.join(_CALLS)})\(", text):
        other = _CALLS[match[1]]
        found.append((match.start(), text[: match.start()] + other + text[match.end() - 1 :]))
    lines = text.split("\n")
    told = [(text.count("\n", 0, start) + 1, edited) for start, edited in found]
    return [(n, edited) for n, edited in told if not lines[n - 1].lstrip().startswith("#")]
