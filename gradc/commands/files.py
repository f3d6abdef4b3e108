"""Reading files. What cannot be read is a `UsageError` that names it."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gradc.commands.failure import UsageError
from gradc.limits import DATA_FACTOR, Limits
from gradc.reading import read_file, read_regular, read_stream
from gradc.source import Source


def read_source(name: str, limits: Limits) -> Source:
    """The source of a graph; `-` is standard input. Raises DiagnosticError for bad characters."""
    from gradc.syntax.characters import read_text

    return read_text(name, read_bytes(name, limits.bytes))


def read_bytes(name: str, limit: int) -> bytes:
    """The bytes of a file, or of standard input for `-`, up to so many."""
    if not name:
        raise UsageError("cannot read a file without a name")
    try:
        if name == "-":
            return read_stream(sys.stdin.buffer, limit)
        return read_file(Path(name), limit)
    except IsADirectoryError:
        raise UsageError(f"cannot read {name}: it is a folder") from None
    except OSError as failure:
        raise UsageError(f"cannot read {name}: {reason(failure)}", _helps(name, failure)) from None
    except ValueError:  # a null character in the name
        raise UsageError(f"cannot read {name!r}: this is no name of a file") from None


def read_data(name: str, limits: Limits, option: str = "--data") -> dict[str, Any]:
    """The arrays of an .npz file, which an option names."""
    from io import BytesIO

    from gradc.lessons.run.point import load_arrays

    limit = limits.bytes * DATA_FACTOR
    try:
        return load_arrays(BytesIO(read_bytes(name, limit)), limit)
    except ValueError as failure:
        raise UsageError(f"`{option} {name}`: {failure}") from None


def current_bytes(path: Path, limit: int) -> bytes | None:
    """What a file holds now; None where there is none, or nothing that could be compared."""
    try:
        return read_regular(path, limit)
    except (OSError, ValueError):
        return None


def current_text(path: Path, limit: int) -> str | None:
    """The same of a text."""
    data = current_bytes(path, limit)
    return None if data is None else data.decode("utf-8", errors="replace")


def reason(failure: OSError) -> str:
    """What went wrong, in the words of the system."""
    return failure.strerror or str(failure)


def _helps(name: str, failure: OSError) -> Iterable[str]:
    if failure.errno == errno.EFBIG:
        return ("`--max-bytes` allows more",)
    return _similar(name) if failure.errno == errno.ENOENT else ()


def _similar(name: str) -> Iterable[str]:
    """A file beside a missing one whose name is almost the same."""
    from gradc.diagnostics import near_miss

    path = Path(name)
    try:
        if not path.suffix and path.with_suffix(".graph").exists():
            return (f"did you mean {path.with_suffix('.graph')}?",)
        beside = [str(p) for p in path.parent.glob("*.graph")]
    except (OSError, ValueError):
        return ()
    return [help_.replace("`", "") for help_ in near_miss(str(path), beside)]
