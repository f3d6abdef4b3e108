"""Reading files, never more than a bound allows.

What is wrong with a file is an OSError whose `strerror` is fit for a message.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_CHUNK = 1 << 20
# A pipe that nobody writes to must not be waited for where only a regular file will do.
_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)


def read_file(path: Path, limit: int) -> bytes:
    """The bytes of a file, which may be a pipe or a device. Raises OSError, ValueError."""
    with path.open("rb") as stream:
        return read_stream(stream, limit)


def read_regular(path: Path, limit: int) -> bytes:
    """The bytes of a regular file; anything else is refused at once. Raises OSError, ValueError."""
    with open(path, "rb", opener=_opened_at_once) as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        return read_stream(stream, limit)


def _opened_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | _AT_ONCE)


def read_stream(stream: BinaryIO, limit: int) -> bytes:
    """All that a stream holds. Raises OSError where that is more than the limit."""
    data = bytearray()
    while chunk := stream.read(min(_CHUNK, limit + 1 - len(data))):
        data += chunk
        if len(data) > limit:
            raise OSError(errno.EFBIG, f"it holds more than {limit:_} bytes".replace("_", ","))
    return bytes(data)


def real_path(path: Path) -> Path:
    """Without links, also where they go in circles; as it is where that cannot be told."""
    try:
        return Path(os.path.realpath(path))
    except (FileNotFoundError, ValueError):
        return path
