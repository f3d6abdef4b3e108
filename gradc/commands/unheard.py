"""What is said of an option that a verb does not have."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.diagnostics import closest

_TRAINING = frozenset(
    "lr learning-rate epochs num-epochs n-epochs steps optimizer optim momentum weight-decay train"
    " iterations max-iter".split()
)
_TRAINS = "the caller trains, with the gradients that `backward` returns"
_ALIKE = 0.65  # the dashes, which all have, do not count
_SIZED = "a dimension has its size by `-D B=32`"


def meant_option(option: str, known: Sequence[str], otherwise: str) -> tuple[str, ...]:
    """The helps for an option: what takes its part, or one of another spelling."""
    word = option.lstrip("-").replace("_", "-")
    if word in _TRAINING:
        return (_TRAINS,)
    if near := closest(word, [k[2:] for k in known if k.startswith("--")], _ALIKE):
        return (f"did you mean `--{near[0]}`?",)
    return (_SIZED,) if word in ("batch-size", "batch", "size") else (otherwise,)
