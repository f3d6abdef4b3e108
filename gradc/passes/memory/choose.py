"""Choose: the plan that keeps a budget of memory at the sizes that a graph says, told in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gradc.amounts import about, exactly
from gradc.diagnostics import error
from gradc.ir.graph import Graph
from gradc.ir.sizes import alone, dimensions_of
from gradc.passes.memory.fit import Fitted, Join, Make, TooLittle, fit
from gradc.passes.target import Target
from gradc.records import dataclass

_LISTED = 8  # names; the others are counted


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """What was chosen for a budget, at which sizes, and what there would be without one."""

    budget: int
    dims: dict[str, int]
    fitted: Fitted
    free: Fitted

    def told(self) -> Iterator[tuple[str, str]]:
        """What was chosen and what it costs, line by line."""
        sizes = ", ".join([f"{name} = {size:,}" for name, size in self.dims.items()])
        at = f" at {sizes}" if sizes else ""
        most, without = self.fitted.peak, self.free.peak
        yield "budget", f"{exactly(self.budget)}: the peak is {most:,} bytes{at}"
        if self.fitted is self.free:
            yield "chosen", "nothing: it fits as it is"
            return
        yield "without", f"{without:,} bytes ({about(without - most)} more)"
        names = list(dict.fromkeys([c.value.shown for c in self.fitted.dropped]))
        if names:
            yield "made again", _listed(names)
        for node, steps in self.fitted.cuts.items():
            yield "cut", f"the loop of {node.results[0].shown} into segments of {steps:,} steps"
        if self.fitted.shorter > 1:
            times = self.fitted.shorter
            yield (
                "blocks",
                f"{times} times shorter: what is in them is called {times} times as often",
            )
        more, before = self.fitted.flops - self.free.flops, self.free.flops
        share = f" ({more / before:.1%} more)" if before else ""
        yield "cost", f"{more:,} FLOPs{share}"

    def data(self) -> dict[str, Any]:
        """The same as data."""
        return {
            "budget": self.budget,
            "peak": self.fitted.peak,
            "without": self.free.peak,
            "made again": list(dict.fromkeys([c.value.shown for c in self.fitted.dropped])),
            "blocks shorter": self.fitted.shorter,
            "cut": {n.results[0].shown: steps for n, steps in self.fitted.cuts.items()},
            "more flops": self.fitted.flops - self.free.flops,
        }


def _listed(names: Sequence[str]) -> str:
    rest = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + rest


def choose(graph: Graph, budget: int, join: Join, make: Make, target: Target) -> Choice:
    """The cheapest plan found that fits. Raises DiagnosticError where none does."""
    dims, open_ = sizes_of(graph)
    place = graph.outputs[-1].span
    if open_:
        inputs = [i for i in graph.inputs if not open_.isdisjoint(_named(i.value.type.shape))]
        names = " and ".join([f"`{name}`" for name in sorted(open_)])
        are = "is" if len(open_) == 1 else "are"
        given = " ".join([f"-D {name}=64" for name in sorted(open_)])
        raise error(
            "E0507",
            f"`--max-memory` needs sizes, and nothing says how large {names} {are}",
            inputs[0].span if inputs else place,
            helps=[f"`{given}` says it, and so does an example of an input"],
        )
    try:
        fitted, free = fit(graph, budget, dims, join, make, target)
    except TooLittle as failure:
        least = failure.least
        raise error(
            "E0507",
            f"`--max-memory {exactly(budget)}` is less than `value_and_grad` can do with:"
            f" {least:,} bytes",
            place,
            helps=[f"`--max-memory {least}` is the least; smaller sizes need less"],
        ) from None
    return Choice(budget, dims, fitted, free)


def sizes_of(graph: Graph) -> tuple[dict[str, int], set[str]]:
    """The sizes that dimensions and examples say, and the dimensions that are left open."""
    dims = {d.name: d.size for d in graph.dims if isinstance(d.size, int)}
    for given in graph.inputs:
        shape = _shape(given.example)
        if given.example is not None and len(shape) == len(given.value.type.shape):
            for size, found in zip(given.value.type.shape, shape, strict=True):
                if (name := alone(size)) is not None:
                    dims.setdefault(name, found)
    shapes = [value.type.shape for value in graph.arguments.values()]
    return dims, {name for shape in shapes for name in _named(shape)} - set(dims)


def _shape(example: Any) -> tuple[int, ...]:
    """The shape of nested tuples of numbers."""
    if not isinstance(example, tuple):
        return ()
    return (len(example), *(_shape(example[0]) if example else ()))


def _named(shape: Sequence[Any]) -> set[str]:
    return {name for size in shape for name in dimensions_of(size)}
