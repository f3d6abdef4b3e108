"""Saves the parser's tables when gradc is built, so that a start need not build them."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class TablesHook(BuildHookInterface):
    """Writes `grammars/graph.tables` before the wheel is put together."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        file = root / "grammars" / "graph.tables"
        sys.path.insert(0, str(root))
        try:
            from gradc.syntax import tables  # noqa: PLC0415
        finally:
            sys.path.remove(str(root))
        file.write_bytes(tables.written())
