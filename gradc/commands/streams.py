"""Standard input, output and error: closed ones, full disks behind them, readers that left."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TextIO

from gradc.commands.failure import UsageError
from gradc.commands.status import make_way


def open_closed_streams() -> None:
    """Streams that the caller closed: to read or write there fails, messages are lost.

    Their descriptors are taken, else the next file that is opened would become such a stream.
    """
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_WRONLY), "r")
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")


def write_text(stream: TextIO, text: str) -> None:
    """Text as UTF-8 with LF; a stream that is no file gets it as it is."""
    buffer = getattr(stream, "buffer", None)
    if buffer is None:
        make_way()
        stream.write(text)
        return
    _write(stream, text.encode("utf-8", errors="backslashreplace"))


def write_bytes(data: bytes) -> None:
    """A result that is no text, on standard output."""
    if sys.stdout.isatty():
        raise UsageError("this is no text for a terminal", ["name a file with `-o`"])
    _write(sys.stdout, data)


def tell(text: str) -> None:
    """A message on standard error. Where that cannot be written, nobody wants to read it."""
    try:
        write_text(sys.stderr, text)
    except (OSError, UsageError):
        silence(sys.stderr)


def report_usage(failure: UsageError) -> None:
    """Prints the failure in the manner of a diagnostic."""
    lines = [f"error: {failure.message}", *(f"  = help: {text}" for text in failure.helps)]
    with suppress(OSError):  # in the order of a terminal; what fails there is said in the end
        sys.stdout.flush()
    for line in lines:
        tell("".join(c if c.isprintable() else ascii(c)[1:-1] for c in line) + "\n")


def silence(stream: TextIO) -> None:
    """What is still to be written goes nowhere; Python would complain when it flushes at exit."""
    try:
        descriptor = stream.fileno()
    except (AttributeError, OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _write(stream: TextIO, data: bytes) -> None:
    make_way()
    try:
        stream.flush()
        stream.buffer.write(data)
        stream.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as failure:
        silence(stream)
        name = "standard output" if stream is sys.stdout else "standard error"
        raise UsageError(f"cannot write {name}: {failure.strerror}") from None
