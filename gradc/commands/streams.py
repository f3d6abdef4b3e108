"""Writing to standard output and standard error."""

from __future__ import annotations

from typing import TextIO

from gradc.commands.failure import UsageError


def write_text(stream: TextIO, text: str) -> None:
    """Text as UTF-8 with LF; a stream that is no file gets it as it is."""
    buffer = getattr(stream, "buffer", None)
    if buffer is None:
        stream.write(text)
        return
    try:
        stream.flush()
        buffer.write(text.encode("utf-8", errors="backslashreplace"))
        buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as failure:
        raise UsageError(f"cannot write to {stream.name}: {failure.strerror}") from None
