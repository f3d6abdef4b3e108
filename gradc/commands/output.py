"""Writing files: in one step, over nothing that was read.

What cannot be written is a `UsageError` that names it, and then the old file stands.
"""

from __future__ import annotations

import os
import re
import signal
import stat
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from gradc.commands.failure import UsageError
from gradc.commands.files import reason
from gradc.commands.settings import configs_above
from gradc.reading import real_path


def check_target(
    target: Path, inputs: Iterable[str], *, graphs: bool = False, suffix: str = ""
) -> None:
    """Refuses an output that is a folder or would destroy what is read.

    `graphs` says that the output is itself a graph; `suffix` is what names of results end in.
    """
    names = [name for name in inputs if name != "-"]
    refuse_folder(target)
    if not graphs and target.suffix == ".graph":
        message = f"cannot write {target}: that is the name of a graph, not of a result"
        told = f"write `-o {target.with_suffix(suffix)}`, or leave `-o` out"
        raise UsageError(message, [told] if suffix else [])
    if any(same_file(target, Path(name)) for name in names):
        raise UsageError(f"cannot write {target}: it is one of the graphs to read")
    if any(same_file(target, config) for name in names or "-" for config in configs_above(name)):
        raise UsageError(f"cannot write {target}: it is the configuration")


def refuse_folder(target: Path, into: str = "") -> None:
    """Refuses an output that is a folder, into which a file of this name may go."""
    with suppress(OSError, ValueError):  # the writing says what is wrong with such a name
        if target.is_dir():
            help_ = "name a file in it" + (f": `-o {target / into}`" if into else "")
            raise UsageError(f"cannot write {target}: it is a folder", [help_])


def check_imports(target: Path, imported: Iterable[Path]) -> None:
    """Refuses an output that a graph imports."""
    if any(same_file(target, path) for path in imported):
        raise UsageError(f"cannot write {target}: the graph imports it")


def check_targets(
    targets: Mapping[str, Path | None],
    files: Callable[[Path], Iterable[Path]],
    suffix: str = "",
) -> None:
    """Refuses outputs that would destroy what is read, or each other.

    `targets` are by the names of graphs, and `files` are all that a target stands for; `suffix` is
    as for `check_target`.
    """
    owners: dict[Path, str] = {}
    for name, target in targets.items():
        for path in files(target) if target is not None else ():
            check_target(path, targets, suffix=suffix)
            if (other := owners.setdefault(real_path(path), name)) != name:
                raise UsageError(f"{other} and {name} would both be written to {path}")


def same_file(one: Path, other: Path) -> bool:
    """Whether two names are one file, by links too."""
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return real_path(one) == real_path(other)


def write_file(path: Path, text: str | bytes) -> bool:
    """Writes a file in one step; False where it holds that text already and is left alone.

    The text goes to a temporary file in the same folder, which then takes the file's place: a
    reader sees the old file or the new one, and any failure leaves the old one. A device, a pipe
    or a descriptor (`/dev/stdout`) is written to as it is.
    """
    data = text.encode("utf-8") if isinstance(text, str) else text
    try:
        if (descriptor := _descriptor(path)) is not None:
            sys.stdout.flush()
            with os.fdopen(os.dup(descriptor), "wb") as stream:
                stream.write(data)
            return True
        target = real_path(path) if path.is_symlink() else path
        found = _status(target)
        if found is not None and not stat.S_ISREG(found.st_mode):
            with target.open("wb") as stream:
                stream.write(data)
            return True
        if found is not None:
            if found.st_size == len(data) and target.read_bytes() == data:
                return False
            if not os.access(target, os.W_OK):
                raise PermissionError(13, os.strerror(13))
        _replace(target, found, data)
    except BrokenPipeError:
        raise
    except FileNotFoundError:
        raise UsageError(f"cannot write {path}: there is no folder {path.parent}") from None
    except OSError as failure:
        raise UsageError(f"cannot write {path}: {reason(failure)}") from None
    except ValueError:  # a null character in the name
        raise UsageError(f"cannot write {str(path)!r}: this is no name of a file") from None
    return True


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _descriptor(path: Path) -> int | None:
    """The open file that a name such as `/dev/stdout` or `/dev/fd/3` stands for."""
    for _ in range(3):  # /dev/stdout → /proc/self/fd/1
        folder = str(real_path(path.parent))
        if path.name.isdecimal() and re.fullmatch(r"/proc/\d+/fd|/dev/fd", folder):
            return int(path.name)
        if not folder.startswith(("/dev", "/proc")) or not path.is_symlink():
            return None
        path = path.parent / path.readlink()
    return None


def _replace(target: Path, found: os.stat_result | None, data: bytes) -> None:
    with _signals_held():
        # A name of its own in any folder that takes the target's, however long that is.
        descriptor, temporary = _created(target.parent)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
                stream.flush()
                _set_permissions(temporary, found)
                os.fsync(stream.fileno())
            os.replace(temporary, target)  # noqa: PTH105
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise


def _created(folder: Path) -> tuple[int, Path]:
    """A new file that its owner alone may read, open for writing.

    As `tempfile` makes one, which takes longer to import than a module to write.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    for number in count():
        path = folder / f".gradc-{os.getpid()}-{number}.tmp"
        with suppress(FileExistsError):
            return os.open(path, flags, 0o600), path
    raise AssertionError


def _set_permissions(temporary: Path, found: os.stat_result | None) -> None:
    """Those of the file that is replaced; those of a new one are left to the user's mask."""
    if found is None:
        mask = os.umask(0o077)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        return
    if hasattr(os, "chown"):
        with suppress(OSError):
            os.chown(temporary, found.st_uid, found.st_gid)
    temporary.chmod(stat.S_IMODE(found.st_mode))


@contextmanager
def _signals_held() -> Iterator[None]:
    """Signals that end the process wait until no temporary file is left."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    kept: dict[int, Any] = {}
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) not in (signal.SIG_IGN, None):
            kept[number] = signal.signal(number, lambda number, _: came.append(number))
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
        for number in came:
            signal.raise_signal(number)
