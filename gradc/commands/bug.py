"""A bug of gradc, as it is told: what failed, in which pass, at which statement of the user's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any

from gradc.commands.status import stage_of
from gradc.commands.streams import tell
from gradc.source import Span

_DEEP = 3  # of a local variable: `statement.node.origin.span`


def report_bug(failure: Exception) -> None:
    """Says on standard error what a report needs."""
    from gradc.version import __version__

    if os.environ.get("GRADC_TRACEBACK", "0") not in ("", "0"):
        import traceback

        tell(traceback.format_exc())
    text = " ".join(str(failure).split())
    what = type(failure).__name__ + (f": {text}" if text else "")
    tell(
        f"error: gradc {__version__} failed because of a mistake of its own ({what}).\n"
        f"{_whereabouts(failure)}"
        "Your graph is not to blame, whatever it says. Please report this to the maintainers of\n"
        "gradc, with the command, the graph, and what GRADC_TRACEBACK=1 in the environment shows.\n"
    )


def report_memory(failure: MemoryError) -> None:
    """Says on standard error that arrays of the graph are larger than the machine's memory."""
    text = " ".join(str(failure).split())
    tell(
        f"error: the arrays of this graph do not fit in memory{f': {text}' if text else ''}\n"
        "  = help: `-D NAME=SIZE` gives a dimension another size; `gradc compile` needs no arrays\n"
    )


def _whereabouts(failure: Exception) -> str:
    frames = list(_frames(failure.__traceback__))
    stage, span = stage_of(frames), _statement(frames)
    words = [f"in the pass `{stage}`"] if stage else []
    if span is not None:
        words.append(f"at `{_first_line(span)}` ({span.source.name}:{span.line})")
    text = f"It happened {', '.join(words)}.\n" if words else ""
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)


def _frames(traceback: TracebackType | None) -> Iterator[FrameType]:
    """From the outermost."""
    while traceback is not None:
        yield traceback.tb_frame
        traceback = traceback.tb_next


def _statement(frames: list[FrameType]) -> Span | None:
    """The place in the user's text of what the innermost function had in its hands."""
    for frame in reversed(frames):
        for value in reversed(list(frame.f_locals.values())):
            span = _span_of(value, _DEEP)
            if span is not None and not span.source.is_library:
                return span
    return None


def _span_of(value: Any, depth: int) -> Span | None:
    """The place of a statement, a node or what holds one."""
    if isinstance(value, Span):
        return value
    if not depth or not type(value).__module__.startswith("gradc."):
        return None
    for name in ("origin", "span", "node"):
        try:
            held = getattr(value, name, None)
        except Exception:  # whatever it is that failed
            continue
        found = _span_of(held, depth - 1)
        if found is not None:
            return found
    return None


def _first_line(span: Span) -> str:
    line, *more = span.text.strip().splitlines() or [""]
    return line[:80] + ("…" if more or len(line) > 80 else "")
