"""What is said of an option that a verb does not have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from gradc.diagnostics import closest

_TRAINING = frozenset(
    "lr learning-rate epochs num-epochs n-epochs steps optimizer optim momentum weight-decay train"
    " iterations max-iter".split()
)
_TRAINS = "the caller trains, with the gradients that `backward` returns"
_VERBS = 3  # that are named
_ALIKE = 0.65  # the dashes, which all have, do not count
_SIZED = "a dimension has its size by `-D B=32`"
_TYPED = "the file says it, on its first line: `dtype f32`"


def meant_option(
    option: str, known: Sequence[str], otherwise: str, elsewhere: Iterable[str]
) -> tuple[str, ...]:
    """The helps for an option: what takes its part, or one of another spelling.

    `elsewhere` are the verbs that have it.
    """
    word = option.lstrip("-").replace("_", "-")
    if word in _TRAINING:
        return (_TRAINS,)
    if near := closest(word, [k[2:] for k in known if k.startswith("--")], _ALIKE):
        return (f"did you mean `--{near[0]}`?",)
    if word in ("batch-size", "batch", "size"):
        return (_SIZED,)
    if word in ("dtype", "precision", "float32", "f32", "float64", "f64"):
        return (_TYPED,)
    verbs = ", ".join(f"`gradc {verb}`" for verb in islice(elsewhere, _VERBS))
    return (f"{verbs} {'have' if ',' in verbs else 'has'} it", otherwise) if verbs else (otherwise,)
