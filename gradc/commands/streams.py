"""Writing to standard output and standard error."""

from __future__ import annotations

import sys
from typing import TextIO

from gradc.commands.failure import UsageError


def write_text(stream: TextIO, text: str) -> None:
    """Text as UTF-8 with LF; a stream that is no file gets it as it is."""
    buffer = getattr(stream, "buffer", None)
    if buffer is None:
        stream.write(text)
        return
    _write(stream, text.encode("utf-8", errors="backslashreplace"))


def write_bytes(data: bytes) -> None:
    """A result that is no text, on standard output."""
    if sys.stdout.isatty():
        raise UsageError("this is no text for a terminal", ["name a file with `-o`"])
    _write(sys.stdout, data)


def _write(stream: TextIO, data: bytes) -> None:
    try:
        stream.flush()
        stream.buffer.write(data)
        stream.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as failure:
        raise UsageError(f"cannot write to {stream.name}: {failure.strerror}") from None
