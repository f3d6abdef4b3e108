"""Joined: a graph behind `differentiate`, with all that its module is cut from."""

from __future__ import annotations

from gradc.ir.graph import Graph
from gradc.ir.program import Offered
from gradc.passes.partition import needed
from gradc.records import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """A graph that is differentiated, and what `value_and_grad` of each loss is cut from."""

    graph: Graph  # before that
    joint: Graph
    wholes: tuple[Graph, ...]  # of a `value_and_grad` of its own for each loss
    offered: tuple[Offered, ...] = ()  # derivatives besides

    @property
    def run(self) -> list[Graph]:
        """What `value_and_grad` needs."""
        if not self.wholes:
            return [needed(self.joint)]
        return [needed(whole, only_loss=True) for whole in self.wholes]
