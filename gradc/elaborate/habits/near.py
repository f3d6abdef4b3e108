"""Near misses among names of operations: typing errors, and nothing of another meaning."""

from __future__ import annotations

from collections.abc import Iterable

_SHORT = 5  # letters; in a shorter word another letter makes another word


def near_name(name: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """The help `did you mean …?` where exactly one candidate is this name mistyped."""
    near = list(dict.fromkeys(c for c in candidates if _is_mistyped(name, c)))
    return (f"did you mean `{near[0]}`?",) if len(near) == 1 else ()


def _is_mistyped(name: str, meant: str) -> bool:
    """Whether one word of the name is mistyped and the others are right.

    So `mae_loss` is not `mse_loss`: what differs is a word of three letters.
    """
    words, others = name.split("_"), meant.split("_")
    if len(words) != len(others):
        return False
    wrong = [(a, b) for a, b in zip(words, others, strict=True) if a != b]
    return len(wrong) == 1 and _is_slip(*wrong[0])


def _is_slip(word: str, meant: str) -> bool:
    """One slip of the hand: letters swapped, doubled, left out, put in or mistaken."""
    if abs(len(word) - len(meant)) > 1:
        return False
    start = 0
    while start < min(len(word), len(meant)) and word[start] == meant[start]:
        start += 1
    rest, other = word[start:], meant[start:]
    if len(rest) == len(other):
        swapped = rest[1::-1] == other[:2] and rest[2:] == other[2:]
        mistaken = rest[1:] == other[1:] and len(meant) > _SHORT
        return swapped or mistaken
    longer, shorter = (rest, other) if len(rest) > len(other) else (other, rest)
    if longer[1:] != shorter:
        return False
    doubled = start > 0 and longer[0] == (word if longer is rest else meant)[start - 1]
    return doubled or len(meant) >= _SHORT
