"""Further words behind the value of an option, which belong to it too."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

from gradc.commands.failure import UsageError
from gradc.patterns import pattern

_LISTED = pattern(r"[\w.]+(=[^/]*)?,?")
_ASSIGNED = pattern(r"(?P<name>[\w.]+) ?= ?(?P<value>[^\s=\[]\S*|\[.*\])")
_WORDS = 100  # of a value


def check_lists(words: Sequence[str], actions: Sequence[argparse.Action]) -> None:
    """`--wrt W1 W2`, `-D B=2 T=3`: what follows the value of an option belongs to it too."""
    several = {
        name: action for action in actions for name in action.option_strings if _may_repeat(action)
    }
    for i, word in enumerate(words[:-2]):
        if word in several and several[word].metavar == "NAME=VALUE":
            _check_blanks(word, words[i + 1 :])
    if any(action.dest == "names" for action in actions):
        return  # which stand where the further ones would
    for i, word in enumerate(words[:-2]):
        further = [] if word not in several else list(takewhile(_is_no_graph, words[i + 2 :]))
        others = [*words[:i], *words[i + 2 + len(further) :]]
        if further and any(not _is_no_graph(w) or w in ("-e", "--expression") for w in others):
            values = [words[i + 1], *further]
            joined = f"{word} " + f" {word} ".join(values)
            told = f"each stands behind an option of its own: `{joined}`"
            if several[word].metavar == "NAMES":
                listed = ",".join(value.strip(",") for value in values)
                told = f"several stand with commas: `{word} {listed}`"
            raise UsageError(f"`{further[0]}` is no graph", [told])


def _check_blanks(option: str, words: Sequence[str]) -> None:
    """`--set x = 3`, `--set x=[1, 2]`: several words, where one is meant."""
    for count in range(1, min(len(words), _WORDS) + 1):
        written = " ".join(words[:count])
        found = _ASSIGNED.fullmatch(written.strip())
        if found is None or written.count("[") != written.count("]"):
            continue
        if count > 1 and not (words[0].endswith("=") and _is_graph(words[1])):
            import shlex

            text = shlex.quote(f"{found['name']}={found['value']}")
            message = f"`{option} {written}` holds blanks, so that it is more than one argument"
            raise UsageError(message, [f"write `{option} {text}`"])
        return


def _is_graph(word: str) -> bool:
    return word.endswith(".graph") or Path(word).exists()


def _may_repeat(action: argparse.Action) -> bool:
    """Whether an option is kept as often as it is given."""
    return type(action).__name__ == "_AppendAction"


def _is_no_graph(word: str) -> bool:
    """Whether a word is a name, a number or an assignment, and no file is called so."""
    path = Path(word)
    if word.startswith("-") or not _LISTED.fullmatch(word) or path.suffix == ".graph":
        return False
    return not (path.exists() or Path(f"{word}.graph").exists())
