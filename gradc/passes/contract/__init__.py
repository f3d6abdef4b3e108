"""Contract: sums of products, planned as an expert would who does not mind to write formulas anew.

What is stretched only to be multiplied and added up is never made; what is made of differences is
made of what they are differences of. The graph is that of a `value_and_grad` of its own.
"""

from __future__ import annotations

from gradc.ir.graph import Graph
from gradc.ir.library import Library


def contract(graph: Graph, library: Library) -> Graph:
    """The graph with its contractions planned."""
    # At other levels only the parts of this package are asked for that know contractions.
    from gradc.passes.contract.affine import affine
    from gradc.passes.contract.apart import apart
    from gradc.passes.contract.diagonals import diagonals
    from gradc.passes.contract.exponentials import exponentials
    from gradc.passes.contract.over_nothing import over_nothing
    from gradc.passes.contract.planned import planned
    from gradc.passes.contract.regrouped import regrouped
    from gradc.passes.contract.totals import totals
    from gradc.passes.simplify import simplify

    planning = planned, regrouped, diagonals, totals, apart, affine, exponentials
    for rules in (over_nothing, *planning):
        if first := rules(graph):
            graph = simplify(graph, library, is_last=True, first=first)
    return graph
