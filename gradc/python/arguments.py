"""What callers pass: the right kind of thing, or a TypeError that says what was expected."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from operator import index
from pathlib import Path
from typing import Any, TypeAlias

from gradc.amounts import amount
from gradc.compiler import Options

Names: TypeAlias = str | Sequence[str]
"""Names of parameters or functions: one alone, or several."""


def graph_text(given: Any) -> str:
    """The text of a graph."""
    if isinstance(given, str):
        return given
    raise _unexpected("text", "the text of a graph", given, "; compile_file takes a path")


def file_name(argument: str, given: Any) -> str:
    """The name of a file."""
    found = os.fspath(given) if isinstance(given, os.PathLike) else given
    if isinstance(found, str):
        return found
    raise _unexpected(argument, "a path", given)


def word(argument: str, given: Any) -> str:
    """A name that stands alone."""
    if isinstance(given, str):
        return given
    raise _unexpected(argument, "a string", given)


def names(argument: str, given: Any) -> tuple[str, ...] | None:
    """One name or several; None where nothing is given."""
    if given is None:
        return None
    if isinstance(given, str):
        return (given,)
    if not isinstance(given, Iterable) or isinstance(given, bytes | bytearray):
        raise _unexpected(argument, "a name or a sequence of names", given)
    return tuple(word(f"{argument}: a name", name) for name in given)


def options(
    level: Any, also: Any, dims: Any, wrt: Any, root: Any, max_memory: Any = None
) -> Options:
    """The options of a compilation."""
    if type(level) is not int or level not in (0, 1, 2):
        raise ValueError(f"level is 0, 1 or 2, not {level!r}")
    return Options(
        level=level,
        also=names("also", also) or (),
        dims=_sizes(dims),
        wrt=names("wrt", wrt),
        root=None if root is None else Path(file_name("root", root)),
        max_memory=None if max_memory is None else _bytes(max_memory),
    )


def _bytes(given: Any) -> int:
    """A budget of memory. Raises ValueError where it is no such amount."""
    if isinstance(given, str):
        try:
            return amount(given)
        except ValueError as failure:
            raise ValueError(f"max_memory: {failure}") from None
    if isinstance(given, bool) or not hasattr(given, "__index__"):
        raise _unexpected("max_memory", 'bytes, or a text such as "2GB"', given)
    found = index(given)
    if found < 1:
        raise ValueError("max_memory is a number of bytes, 1 or more")
    return found


def _sizes(given: Any) -> dict[str, int]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise _unexpected("dims", 'a mapping of dimensions to sizes, as {"D": 64}', given)
    return {word("dims: a name", name): _size(name, size) for name, size in given.items()}


def _size(name: str, given: Any) -> int:
    try:
        if isinstance(given, bool):
            raise TypeError
        return index(given)
    except TypeError:
        raise _unexpected(f"dims: {name}", "an integer", given) from None


def _unexpected(argument: str, expected: str, given: Any, hint: str = "") -> TypeError:
    return TypeError(f"{argument}: expected {expected}, got {type(given).__name__}{hint}")
