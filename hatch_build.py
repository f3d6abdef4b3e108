"""Saves the parser's tables and the templates' pieces, so that a start need not make them."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class SavingHook(BuildHookInterface):
    """Writes `grammars/graph.tables` and `templates/pieces.json` before the wheel is made."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        sys.path.insert(0, str(root))
        try:
            from gradc.syntax import tables  # noqa: PLC0415
            from gradc.targets import render  # noqa: PLC0415
        finally:
            sys.path.remove(str(root))
        for module in (tables, render):
            (root / module.FILE).write_bytes(module.written())
