"""An emitted module, run: tracebacks through it show its lines."""

from __future__ import annotations

import hashlib
import linecache
from types import ModuleType


def run(text: str, graph: str, module: ModuleType) -> ModuleType:
    """Runs the text in a module. Its file is named after the graph, and found by `linecache`."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    file = f"<{module.__name__}.py of {graph}, {digest}>"
    lines = text.splitlines(keepends=True)
    linecache.cache[file] = (len(text), None, lines, file)
    module.__file__ = file
    exec(compile(text, file, "exec"), module.__dict__)
    return module
