"""The command line: finds the verb, runs it, and turns whatever happens into an exit code.

0 is fine, 1 a wrong input or a failed check, 2 a wrong call or a file that cannot be read or
written, 70 a bug of gradc, 130 an interruption. This module imports next to nothing, so that
`gradc --version` answers at once; each verb imports what it needs when it runs.
"""

from __future__ import annotations

import atexit
import gc
import sys
from collections.abc import Sequence

from gradc.commands.streams import open_closed_streams, silence, tell

_OBJECTS = 50_000  # that are made before the collector looks at them

FINE, WRONG, USAGE, BUG, INTERRUPTED = 0, 1, 2, 70, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    open_closed_streams()
    # What is imported stays: to look through it for garbage, and once more when Python ends, takes
    # a tenth of a start each.
    gc.set_threshold(max(_OBJECTS, gc.get_threshold()[0]))
    atexit.register(gc.freeze)
    try:
        return _guarded(arguments)
    except KeyboardInterrupt:
        return INTERRUPTED


def _guarded(arguments: list[str]) -> int:
    try:
        if arguments in (["--version"], ["-V"]):
            from gradc.version import __version__

            return _flushed(FINE, f"gradc {__version__}\n")
        from gradc.commands.dispatch import dispatch

        code = dispatch(arguments)
    except BrokenPipeError:
        return _broken_pipe()
    except MemoryError as failure:
        from gradc.commands.bug import report_memory

        report_memory(failure)
        return WRONG
    except Exception as failure:
        from gradc.commands.bug import report_bug

        report_bug(failure)
        return BUG
    return _flushed(code)


def _flushed(code: int, last: str = "") -> int:
    """What is written late may fail late: the pipe is closed, or the disk is full."""
    try:
        if last:
            sys.stdout.write(last)
        sys.stdout.flush()
    except BrokenPipeError:
        return _broken_pipe()
    except OSError as failure:
        silence(sys.stdout)
        tell(f"error: cannot write standard output: {failure.strerror}\n")
        return USAGE
    return code


def _broken_pipe() -> int:
    """Whoever read the output has seen enough; Python would complain when it flushes at exit."""
    for stream in (sys.stdout, sys.stderr):
        silence(stream)
    return WRONG


if __name__ == "__main__":
    sys.exit(main())
