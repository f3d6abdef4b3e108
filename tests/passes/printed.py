"""What each pass makes of a graph, as text: the second half of a case of `cases`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gradc.budget import Budget
from gradc.ir.derived import Asked
from gradc.ir.fact import LEFT_OUT, MASKED
from gradc.ir.graph import Graph, Output
from gradc.ir.loop import all_nodes
from gradc.ir.node import Scan
from gradc.ir.plan_text import print_plan
from gradc.ir.program import Program, Routine
from gradc.ir.program_text import print_program
from gradc.ir.text import Printer, print_graph
from gradc.ir.verify import verify
from gradc.ir.verify_plan import verify_plan
from gradc.library.loader import standard_library
from gradc.passes.blocks import blocks
from gradc.passes.blocks.columns import with_columns
from gradc.passes.blocks.narrow import Columns
from gradc.passes.contract import contract
from gradc.passes.derive import Deriver
from gradc.passes.differentiate import differentiate
from gradc.passes.facts import facts_of
from gradc.passes.inline import inline
from gradc.passes.like_terms import like_terms
from gradc.passes.loops import loops
from gradc.passes.matvec import matvec
from gradc.passes.memory.candidates import candidates_of
from gradc.passes.memory.stacks import without_stacks
from gradc.passes.multiples import multiples
from gradc.passes.offer import offer
from gradc.passes.partition import needed, partition
from gradc.passes.picked_first import picked_first
from gradc.passes.plan import plan
from gradc.passes.plan.variables import variables
from gradc.passes.plan.workspace import workspace_of
from gradc.passes.pushforward import pushforward
from gradc.passes.segment import segment
from gradc.passes.separable import separable
from gradc.passes.separate import separate
from gradc.passes.simplify import simplify
from gradc.passes.stabilise import stabilise
from gradc.passes.states import keep_states
from gradc.passes.trim import live_nodes
from gradc.passes.unchosen import unchosen
from gradc.passes.unroll import unroll
from gradc.passes.warn import warn
from gradc.passes.whole import whole
from gradc.targets.offered import DEFAULT

LIBRARY = standard_library()
STEPS = 2  # of a segment


def _verified(graph: Graph) -> str:
    verify(graph)
    return print_graph(graph)


def _trimmed(graph: Graph) -> Graph:
    return graph.with_(nodes=live_nodes(graph.nodes, [o.value for o in graph.outputs], trim=True))


def _program(graph: Graph, level: int = 1) -> Program:
    """The routines of a graph; with a loss, those of its joint graph."""
    graph = inline(graph if graph.loss is None else differentiate(graph, LIBRARY, inline))
    return partition(graph if graph.loss is None else simplify(graph, LIBRARY), level, LIBRARY)


def _at_once(graph: Graph, then: Callable[[Program], Program] = lambda program: program) -> str:
    """The routine of forward and backward in one."""
    joint = simplify(inline(differentiate(graph, LIBRARY, inline)), LIBRARY)
    program = then(partition(joint, 2, LIBRARY, [simplify(whole(joint, LIBRARY), LIBRARY)]))
    routines = tuple(r for r in program.routines if r.name == "value_and_grad")
    return print_program(replace(program, routines=routines))


def _shortened(graph: Graph) -> str:
    """The routine of forward and backward in one, or that of forward where there is no loss."""
    if graph.loss is None:
        return print_program(loops(_program(graph, 2), LIBRARY, DEFAULT))
    return _at_once(graph, lambda program: loops(program, LIBRARY, DEFAULT))


def _separated(graph: Graph) -> str:
    """The joint graph whose losses share nothing that runs backward, and what each makes of it."""
    joint = separate(simplify(inline(differentiate(graph, LIBRARY, inline)), LIBRARY))
    return _verified(joint) + "---\n" + print_program(partition(joint, 1, LIBRARY))


def _turned(graph: Graph) -> str:
    """What columns gain in each loop over blocks, and the graph with those that are worth it."""
    lines = []
    for node in graph.nodes:
        assert isinstance(node, Scan)
        assert node.rows is not None
        work = Columns(LIBRARY, node, node.rows)
        word = "turned" if work.run() else "stays"
        lines.append(f"{node.results[0].name} {word}: gains {work.gains}, costs {work.costs}\n")
    arguments = tuple(graph.arguments.values())
    results = tuple([o.value for o in graph.outputs])
    routine, _ = with_columns(Routine("f", arguments, graph.nodes, results, 0), LIBRARY)
    outputs = tuple(
        [replace(o, value=v) for o, v in zip(graph.outputs, routine.results, strict=True)]
    )
    return "".join(lines) + _verified(graph.with_(nodes=routine.nodes, outputs=outputs))


def _contracted(graph: Graph) -> str:
    """The joint graph with its contractions planned, as far as anything comes of them."""
    joint = simplify(inline(differentiate(graph, LIBRARY, inline)), LIBRARY)
    joint = contract(simplify(whole(joint, LIBRARY), LIBRARY, is_last=True), LIBRARY)
    gradients = [g.value for g in joint.gradients]
    adjoints = live_nodes(joint.adjoints, gradients)
    return _verified(joint.with_(adjoints=adjoints, derivations=()))


def _planned(graph: Graph) -> str:
    blocks = plan(_program(graph), DEFAULT).blocks
    verify_plan(blocks)
    return print_plan({name: block for name, block in blocks.items() if block.results})


def _held(graph: Graph) -> str:
    """The plan of `value_and_grad`, and the arrays that a workspace holds for it."""
    joint = simplify(inline(differentiate(graph, LIBRARY, inline)), LIBRARY)
    program = partition(joint, 2, LIBRARY, [simplify(whole(joint, LIBRARY), LIBRARY)])
    program = blocks(loops(program, LIBRARY, DEFAULT), LIBRARY, DEFAULT)
    planned = plan(program, DEFAULT).blocks
    verify_plan(planned, {r.name: r.given for r in program.routines})
    block = planned["value_and_grad"]
    given = next(r.given for r in program.routines if r.name == "value_and_grad")
    held = workspace_of(block, given, variables(block, DEFAULT), DEFAULT)
    names = {v: v.name for v in (*held.within, *held.returned)}
    lines = [f"within: {', '.join('/'.join(names[v] for v in p) for p in held.places)}"]
    lines.append(f"returned: {', '.join(names[v] for v in held.returned)}")
    lines.append(f"in blocks: {', '.join(names[v] for v in held.blocks)}")
    return print_plan({"value_and_grad": block}) + "\n" + "\n".join(lines) + "\n"


def _derived(graph: Graph) -> str:
    """The graph with the derivatives of its loss, or of its output along inputs, as outputs."""
    arguments, (output,) = graph.arguments, graph.outputs
    by = [arguments[name] for name in graph.wrt]
    asked = Asked(graph.nodes, output.value, by, graph.params, graph.inputs, Budget())
    if graph.loss:
        found = Deriver(LIBRARY).gradient(asked, graph.loss)
    else:
        along = [v for name, v in arguments.items() if name not in graph.wrt][: len(by)]
        found = Deriver(LIBRARY).tangent(asked, along)
    loops = {n.results[0]: n for n in found.loops}
    nodes = [loops.get(n.results[0], n) for n in graph.nodes]
    made = [Output(f"d{i}", v, None) for i, v in enumerate(found.results) if v is not None]
    return _verified(graph.with_(nodes=(*nodes, *found.nodes), outputs=tuple(made), loss=None))


def _offered(graph: Graph) -> str:
    """The routines of all derivatives that are offered."""
    joint = differentiate(graph, LIBRARY, inline)
    found = offer(("jvp", "hvp", "jacobian", "hessian"), graph, joint, LIBRARY, 1)
    joint = simplify(inline(joint), LIBRARY)
    program = partition(joint, 1, LIBRARY, offered=found)
    names = {offered.name for offered in found}
    return print_program(
        replace(program, routines=tuple([r for r in program.routines if r.name in names]))
    )


def _variables(graph: Graph) -> str:
    """A line for each variable: its values, in the order in which they are made."""
    printer, lines = Printer(), []
    for name, block in plan(_program(graph), DEFAULT).blocks.items():
        if block.results:
            lines.append(f"{name}:")
            found = variables(block, DEFAULT)
            lines += [f"    {' = '.join(map(printer.name, v.values))}" for v in found]
    return "\n".join(lines) + "\n"


def _known(graph: Graph) -> str:
    """A line for each value: the ends of its range, and what else is known of it."""
    printer, facts, lines = Printer(), facts_of(graph), []
    for node in all_nodes(graph.nodes):
        for value in node.results:
            fact = facts[value]
            words = ["nan"] * fact.nan + ["nonzero"] * (fact.nonzero and fact.low <= 0)
            words += ["left out"] * (fact.left_out == LEFT_OUT) + ["masked"] * (
                fact.left_out == MASKED
            )
            ends = f"{fact.low + 0.0:g} to {fact.high + 0.0:g}"
            lines.append(f"{printer.name(value)}: {', '.join([ends, *words])}\n")
    return "".join(lines)


def _unchosen(graph: Graph) -> str:
    joint = differentiate(graph, LIBRARY)
    printer, found = Printer(), unchosen(joint)
    made = [r for n in all_nodes((*joint.nodes, *joint.adjoints)) for r in n.results]
    return "".join([f"{printer.name(v)}\n" for v in made if v in found])


def _warned(graph: Graph) -> str:
    return "".join([f"{d.code}: {d.message}\n" for d in warn(graph)])


def _without_stacks(graph: Graph) -> Graph:
    joint = needed(inline(differentiate(graph, LIBRARY)))
    sizes = dict.fromkeys((dim.name for dim in graph.dims), 100)
    return without_stacks(
        joint, frozenset().union(*[c.dropped for c in candidates_of(joint, sizes)])
    )


PASSES: dict[str, Callable[[Graph], str]] = {
    "blocks": lambda graph: _at_once(graph, lambda program: blocks(program, LIBRARY, DEFAULT)),
    "cheap": lambda graph: print_program(_program(graph, 2)),
    "checkpoints": lambda graph: print_program(_program(graph)),
    "columns": _turned,
    "contract": _contracted,
    "derive": _derived,
    "differentiate": lambda graph: _verified(differentiate(graph, LIBRARY)),
    "facts": _known,
    "picked_first": lambda graph: _verified(picked_first(graph, LIBRARY)),
    "inline": lambda graph: _verified(inline(graph)),
    "like_terms": lambda graph: _verified(
        simplify(graph, LIBRARY, first=like_terms(graph, lambda node: True))
    ),
    "loops": _shortened,
    "matvec": lambda graph: _verified(simplify(graph, LIBRARY, is_last=True, first=matvec(graph))),
    "multiples": lambda graph: _verified(
        multiples(
            simplify(inline(differentiate(graph, LIBRARY, inline)), LIBRARY, is_last=True), LIBRARY
        )
    ),
    "offer": _offered,
    "partition": lambda graph: print_program(_program(graph)),
    "plan": _planned,
    "pushforward": lambda graph: _verified(pushforward(graph, LIBRARY)),
    "segment": lambda graph: _verified(segment(graph, STEPS, LIBRARY)),
    "separable": lambda graph: _verified(
        simplify(graph, LIBRARY, first=separable(graph, lambda node: True))
    ),
    "separate": _separated,
    "simplify": lambda graph: _verified(simplify(graph, LIBRARY, is_last=True)),
    "stabilise": lambda graph: _verified(stabilise(graph, LIBRARY)),
    "stacks": lambda graph: _verified(_without_stacks(graph)),
    "states": lambda graph: _verified(keep_states(graph, LIBRARY)),
    "trim": lambda graph: _verified(_trimmed(graph)),
    "unchosen": _unchosen,
    "unroll": lambda graph: _verified(unroll(graph, LIBRARY)),
    "unwind": lambda graph: _verified(differentiate(graph, LIBRARY)),
    "variables": _variables,
    "warn": _warned,
    "whole": _at_once,
    "workspace": _held,
}
