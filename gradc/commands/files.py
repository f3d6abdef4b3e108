"""Reading and writing files. What cannot be read or written is a `UsageError` that names it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from gradc.commands.failure import UsageError
from gradc.diagnostics import near_miss
from gradc.source import Source


def read_source(name: str) -> Source:
    """The source of a graph; `-` is standard input. Raises DiagnosticError for bad characters."""
    from gradc.syntax.characters import read_text

    return read_text(name, read_bytes(name))


def read_bytes(name: str) -> bytes:
    """The bytes of a file, or of standard input for `-`."""
    try:
        if name == "-":
            return sys.stdin.buffer.read()
        return Path(name).read_bytes()
    except IsADirectoryError:
        raise UsageError(f"cannot read {name}: it is a folder") from None
    except OSError as failure:
        raise UsageError(f"cannot read {name}: {_reason(failure)}", _similar(name)) from None
    except ValueError:  # a null character in the name
        raise UsageError(f"cannot read {name!r}: this is no name of a file") from None


def _reason(failure: OSError) -> str:
    return failure.strerror or str(failure)


def _similar(name: str) -> Iterable[str]:
    """A file beside a missing one whose name is almost the same."""
    path = Path(name)
    if path.exists():
        return ()
    if not path.suffix and path.with_suffix(".graph").exists():
        return (f"did you mean {path.with_suffix('.graph')}?",)

    try:
        beside = [str(p) for p in path.parent.glob("*.graph")]
    except OSError:
        return ()
    return [help_.replace("`", "") for help_ in near_miss(str(path), beside)]


def current_text(path: Path) -> str | None:
    """What a file holds now; None where there is none, or nothing that could be compared."""
    try:
        return path.read_bytes().decode("utf-8", errors="replace")
    except OSError:
        return None


def check_target(target: Path, inputs: Iterable[str], *, graphs: bool = False) -> None:
    """Refuses an output that is a folder or would destroy a graph.

    `graphs` says that the output is itself a graph.
    """
    if target.is_dir():
        raise UsageError(f"cannot write {target}: it is a folder")
    if not graphs and target.suffix == ".graph":
        raise UsageError(f"cannot write {target}: that is the name of a graph, not of a result")
    for name in inputs:
        if name != "-" and _same_file(target, Path(name)):
            raise UsageError(f"cannot write {target}: it is one of the graphs to read")


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one.absolute() == other.absolute()


def write_file(path: Path, text: str | bytes) -> bool:
    """Writes a file in one step; False where it holds that text already and is left alone.

    The text goes to a temporary file in the same folder, which then takes the file's place: a
    reader sees the old file or the new one, and any failure leaves the old one.
    """
    data = text.encode("utf-8") if isinstance(text, str) else text
    try:
        target = path.resolve() if path.is_symlink() else path
        if target.exists() and not target.is_file():
            with target.open("wb") as stream:  # a device or a pipe is written to, never replaced
                stream.write(data)
            return True
        if target.exists():
            if target.read_bytes() == data:
                return False
            if not os.access(target, os.W_OK):
                raise PermissionError(13, os.strerror(13))
        _replace(target, data)
    except FileNotFoundError:
        raise UsageError(f"cannot write {path}: there is no folder {path.parent}") from None
    except OSError as failure:
        raise UsageError(f"cannot write {path}: {_reason(failure)}") from None
    return True


def _replace(target: Path, data: bytes) -> None:
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    mode = target.stat().st_mode & 0o7777 if target.exists() else None
    # Mode 0o666 leaves the permissions of a new file to the user's mask.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            if mode is not None:
                os.chmod(temporary, mode)  # noqa: PTH101
            os.fsync(stream.fileno())
        os.replace(temporary, target)  # noqa: PTH105
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


_BINARY = getattr(os, "O_BINARY", 0)  # Windows would turn LF into CRLF
