"""Renamed: what the new graph calls what the old one called otherwise.

Only what is declared is renamed here: dimensions, parameters, inputs, states and outputs, and the
element type of the file. What statements are called is no part of what a graph means.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradc.ir.graph import Graph
from gradc.ir.sizes import Poly, Size, dimension, substitute
from gradc.ir.types import Type
from gradc.records import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Renaming:
    """Names of the old graph by which the new one has them; those that are not here stay."""

    dims: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    dtypes: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> dict[str, str]:
        """All that a text may say; of `head.W` the name of the layer too."""
        layers = {
            old.rpartition(".")[0]: new.rpartition(".")[0]
            for old, new in self.arguments.items()
            if old.rpartition(".")[2] == new.rpartition(".")[2]
        }
        layers.pop("", None)
        return {**layers, **self.dims, **self.arguments, **self.outputs}

    def size(self, size: Size) -> Size:
        if not self.dims:
            return size
        return substitute(size, {old: dimension(new) for old, new in self.dims.items()})

    def type(self, kind: Type) -> Type:
        if not self.dims and not self.dtypes:
            return kind
        dtype = kind.dtype if kind.weak else self.dtypes.get(kind.dtype, kind.dtype)
        return Type(dtype, tuple([self.size(s) for s in kind.shape]), kind.weak)

    def attribute(self, what: Any) -> Any:
        """What an operation says beside its operands."""
        if not self.dims and not self.dtypes:
            return what
        if isinstance(what, Poly):
            return self.size(what)
        if isinstance(what, tuple):
            return tuple([self.attribute(part) for part in what])
        return self.dtypes.get(what, what) if isinstance(what, str) else what

    def graph(self, graph: Graph) -> Graph:
        """A graph with the new names of what goes in and out; its values stay what they are."""
        if not (self.dims or self.arguments or self.outputs):
            return graph

        def called(names: Mapping[str, str], things: tuple[Any, ...]) -> tuple[Any, ...]:
            return tuple([replace(t, name=names.get(t.name, t.name)) for t in things])

        dims = [
            d if d.size is None else replace(d, size=self.size(d.size))
            for d in called(self.dims, graph.dims)
        ]
        further = [
            replace(loss, wrt=tuple([self.arguments.get(n, n) for n in loss.wrt]))
            for loss in called(self.outputs, graph.further)
        ]
        return graph.with_(
            dims=tuple(dims),
            inputs=called(self.arguments, graph.inputs),
            params=called(self.arguments, graph.params),
            states=called(self.arguments, graph.states),
            outputs=called(self.outputs, graph.outputs),
            updates=called(self.arguments, graph.updates),
            seeds=called(self.outputs, graph.seeds),
            gradients=called(self.arguments, graph.gradients),
            loss=self.outputs.get(graph.loss, graph.loss) if graph.loss else graph.loss,
            wrt=tuple([self.arguments.get(n, n) for n in graph.wrt]),
            further=tuple(further),
            derivations=tuple(
                [replace(d, of=self.outputs.get(d.of, d.of) if d.of else d.of)
                 for d in graph.derivations]
            ),
        )  # fmt: skip


NONE = Renaming()
