"""How layers are called: their names, and what they are told in the order of their definitions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradc.importing.foreign import Operand
from gradc.importing.layer_kinds import free
from gradc.importing.naming import legal
from gradc.importing.parts import Call, Kind
from gradc.library.loader import standard_library


class Layers:
    """The layers of a graph: those of `nn` that it imports, and its own."""

    def __init__(self, kinds: list[Kind], dtype: str):
        self.dtype = dtype
        module = standard_library().layer_module("nn")
        assert module is not None
        self._nn = module.functions
        self._layers = frozenset(n for n in self._nn if n[:1].isupper())
        self._own: dict[Kind, str] = {}
        taken = set(self._layers)
        for kind in kinds:
            wish = legal(kind.name) or "Block"
            self._own[kind] = free(wish[:1].upper() + wish[1:], taken)
            taken.add(self._own[kind])
        self.imported: set[str] = set()
        self.written: dict[Kind, Any] = {}

    def names(self) -> set[str]:
        """The names of its own layers and of all of `nn`."""
        return {*self._own.values(), *self._layers}

    def name(self, layer: str | Kind) -> str:
        """The name of a layer, which a layer of `nn` is imported by."""
        if isinstance(layer, Kind):
            return self._own[layer]
        self.imported.add(layer)
        return layer

    def told(self, call: Call, text: Callable[[Operand], str]) -> list[str]:
        """The arguments of a call behind its operands; those that are the default are left out."""
        if isinstance(call.layer, Kind):
            return [text(value) for value in call.told.values()]
        words = []
        for param in self._nn[call.layer].definition.parameters:
            name = param.name.name
            if name not in call.told:
                continue
            word = text(call.told[name])
            if param.default is None:
                words.append(word)
            elif word != param.default.span.text:
                words.append(f"{name}={word}")
        return words
