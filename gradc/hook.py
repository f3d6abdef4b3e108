"""`import gradc.hook`: from now on `import net` finds `net.graph` on `sys.path` and compiles it.

A module of that name in Python, `net.py` or a package, wins. What is wrong with the graph is
raised as a `GraphImportError`, which is an `ImportError` and a `gradc.GraphError`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

from gradc.python import running
from gradc.python.errors import GraphError
from gradc.python.net import compile_file


class GraphImportError(GraphError, ImportError):
    """A graph that is imported cannot be compiled."""


class GraphLoader(Loader):
    """Compiles a graph and runs its module."""

    def __init__(self, path: str):
        self.path = path

    def create_module(self, spec: ModuleSpec) -> None:
        """The usual module."""

    def exec_module(self, module: ModuleType) -> None:
        """Compiles the graph as it is now, and runs what comes of it."""
        try:
            text = compile_file(self.path).source
        except GraphError as failure:
            found = GraphImportError(str(failure), failure.diagnostics)
            found.name, found.path = module.__name__, self.path
            raise found from None
        running.run(text, self.path, module)


class GraphFinder(MetaPathFinder):
    """Finds graphs where modules of Python's are looked for."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The graph of this name, where no module of Python's has it."""
        entries = sys.path if path is None else path
        file = f"{fullname.rpartition('.')[2]}.graph"
        found = next((p for e in entries if (p := Path(e or ".") / file).is_file()), None)
        if found is None:
            return None
        other = PathFinder.find_spec(fullname, path)
        if other is not None and other.loader is not None and other.origin is not None:
            return None  # a folder without `__init__.py` is no such module
        return spec_from_file_location(fullname, found, loader=GraphLoader(str(found)))


def install() -> None:
    """Puts the finder before Python's own, once."""
    if not any(isinstance(finder, GraphFinder) for finder in sys.meta_path):
        place = next((i for i, f in enumerate(sys.meta_path) if f is PathFinder), 0)
        sys.meta_path.insert(place, GraphFinder())


install()
