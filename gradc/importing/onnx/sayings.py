"""The table of ONNX operators: what says each in gradc's operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from gradc.importing.onnx.bound import Bound
from gradc.importing.onnx.one_node import Node

Saying: TypeAlias = "Callable[[Node], Bound]"
"""Says a node; a tuple are its outputs."""

OPERATORS: dict[str, Saying] = {}


def says(*names: str) -> Callable[[Saying], Saying]:
    """Registers a function for operators."""

    def registered(function: Saying) -> Saying:
        for name in names:
            OPERATORS[name] = function
        return function

    return registered
