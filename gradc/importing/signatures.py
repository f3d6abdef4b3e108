"""How layers are called: their names, and what they are told in the order of their definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from gradc.importing.foreign import Operand
from gradc.importing.layer_kinds import free
from gradc.importing.naming import legal
from gradc.importing.parts import Call, Kind
from gradc.library.loader import standard_library


class Layers:
    """The layers of a graph: those of `nn` that it imports, and its own."""

    def __init__(self, kinds: list[Kind], dtype: str, dims: Iterable[str]):
        """`dims` are names of the file that no layer may have."""
        self.dtype = dtype
        module = standard_library().layer_module("nn")
        assert module is not None
        self._nn = module.functions
        self._layers = frozenset(n for n in self._nn if n[:1].isupper())
        self._own: dict[Kind, str] = {}
        taken = {*self._layers, *dims}
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

    def told_again(self, call: Call, first: Call, text: Callable[[Operand], str]) -> list[str]:
        """What one more call of an instance is told: the arguments that are not as they were."""
        if isinstance(call.layer, Kind):
            names = self.written[call.layer].formals
            pairs = zip(names, call.told.values(), first.told.values(), strict=True)
            return [f"{name}={text(now)}" for name, now, then in pairs if not _is_alike(now, then)]
        words = []
        for param in self._nn[call.layer].definition.parameters:
            name = param.name.name
            now, then = (text(c.told[name]) if name in c.told else "" for c in (call, first))
            if now != then:
                assert now or param.default is not None
                words.append(f"{name}={now or param.default.span.text}")  # type: ignore[union-attr]
        return words


def _is_alike(one: Operand, other: Operand) -> bool:
    """Whether two arguments are the same, of the same type: 1 is not 1.0."""
    return type(one) is type(other) and one == other
