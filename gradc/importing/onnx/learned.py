"""What an ONNX file holds, as tensors: parameters, states and constants, each made once."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np

from gradc.importing.foreign import Frame, Tensor, Unsupported
from gradc.importing.making import Making
from gradc.importing.onnx.bound import Known, has_free, settings_of
from gradc.importing.onnx.module_names import Path, path_of
from gradc.patterns import pattern

_AGAIN = pattern(r"_\d+$")


def _owner(name: str) -> Path:
    """The module that an array is of, where its name is a path."""
    return tuple(name.split(".")[:-1])


class Learned:
    """The tensors of what is known. `frames` are the modules around the node that is being said."""

    def __init__(self, making: Making, modules: Collection[Path] = (), held: Iterable[str] = ()):
        """`modules` are the paths of those that nodes are of, `held` the names of arrays."""
        self._modules = modules
        owners = {_owner(name) for name in held}
        self._holding = {owner[i:] for owner in owners for i in range(len(owner))}
        self.frames: tuple[Frame, ...] = ()
        self._making = making
        self._made: dict[tuple[Known, str], Tensor] = {}
        self._taken: dict[str, int] = {}

    def tensor(self, known: Known, word: str = "") -> Tensor:
        """The tensor of this array; `word` says what it is to its node, if it is a weight."""
        key = known, ""
        if known.learned and known.data.ndim < 2:
            # (Exporters hold vectors that are equal once: each module has its own all the same.)
            key = known, self._path(known, word)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = self._new(known, word)
        return found

    def state(self, known: Known, word: str) -> Tensor:
        """The same for what is kept, and not learned."""
        path = self._path(known, word)
        found = self._made.get((known, f"state {path}"))
        if found is None:
            found = self._making.state(self._unlike_others(path), known.data)
            self._made[known, f"state {path}"] = found
        return found

    def owner(self, word: str) -> str:
        """The path of the module around the node, or a word, and that of no other node."""
        path = ".".join(self.frames[-1].path) if self.frames else word
        return self._unlike_others(path)

    def placed(self, known: Known, path: str) -> Tensor:
        """A parameter of this path."""
        return self._making.param(path, known.data)

    def _new(self, known: Known, word: str) -> Tensor:
        data = known.data
        if has_free(data):
            helps = settings_of(data.reshape(-1).tolist())
            raise Unsupported("a free size is part of an array", *helps)
        if data.dtype == object:
            data = data.astype(np.int64)
        if data.dtype.kind in "SUO":
            raise Unsupported("there are no strings")
        floats = data.dtype.kind == "f"
        if floats and data.ndim and (word or (known.learned and data.size > 1)):
            return self._making.param(self._unlike_others(self._path(known, word)), data)
        return self._making.known(data, self._path(known, word or "table"))

    def _path(self, known: Known, word: str) -> str:
        return ".".join(path_of(known.name, self._first(known), word, self._modules))

    def _first(self, known: Known) -> tuple[Frame, ...]:
        """The modules around, where the array is that of the innermost, called once more.

        Exporters number such calls, as in `norm_1`; a module that is called so has arrays itself.
        """
        around = self.frames[-1].path if self.frames else ()
        owner = _owner(known.name)[-len(around) :]  # (lists and dictionaries may be left out)
        if not around or len(owner) != len(around) or owner == around or around in self._holding:
            return self.frames
        pairs = zip(owner, around, strict=True)
        if not all(a == o or _AGAIN.sub("", a) == o for o, a in pairs):
            return self.frames
        return tuple(Frame(owner[: len(f.path)], f.kind, f.call) for f in self.frames)

    def _unlike_others(self, path: str) -> str:
        count = self._taken[path] = self._taken.get(path, 0) + 1
        return path if count == 1 else f"{path}_{count}"
