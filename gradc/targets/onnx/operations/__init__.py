"""How operations are written that no clause of their stanza says."""

from __future__ import annotations

from typing import Any

from gradc.targets.onnx.operations import made, movement, picking, reductions, running, windows

RULES: dict[str, Any] = {
    **made.RULES,
    **movement.RULES,
    **picking.RULES,
    **reductions.RULES,
    **running.RULES,
    **windows.RULES,
}
"""By operation: from the writer, the node and its operands to what it makes."""
