"""Warn: what is legal in a graph and yet probably not meant."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence

from gradc import counts
from gradc.diagnostics import Diagnostic, Label
from gradc.ir.graph import Graph, Input, Param
from gradc.ir.node import Apply, Call, Node, Scan, Value, applies
from gradc.ir.sizes import Poly, alone, dimensions_of
from gradc.ir.types import Type
from gradc.passes.accidents import accidents_in, broadcast, by_accident, reduced_apart
from gradc.passes.channels import channels_last, kernels_last
from gradc.passes.precisions import Precisions
from gradc.passes.separate import each
from gradc.passes.stuck import stuck
from gradc.passes.trim import live_nodes
from gradc.passes.unreached import unreached
from gradc.passes.unstable import unstable_in
from gradc.patterns import pattern
from gradc.records import replace
from gradc.source import Source, Span

_LABELS = 3  # of the parameters that something stops


def warn(graph: Graph) -> tuple[Diagnostic, ...]:
    """The warnings of an elaborated graph, in the order of the file."""
    outputs = [*(o.value for o in (*graph.outputs, *graph.updates)), *graph.asked]
    # What nothing needs is told to be so, and no more.
    kept = live_nodes(graph.nodes, outputs)
    formulas = _of_formulas(graph.nodes, Precisions(graph), told_of=set(kept))
    found = [*_unused(graph, outputs, kept), *formulas, *channels_last(graph), *kernels_last(graph)]
    found.sort(key=lambda d: d.span.start if d.span else 0)
    return tuple(found)


def together(told: Sequence[Diagnostic], found: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The warnings of elaboration, and those of its graph that are not told with them.

    These are formulas at the same places, what another derivative was to reach or to read, and
    loops that nothing needs since what was to read a name of their body reads another one.
    """
    places = {d.span for d in told}
    inside = [label.span for d in told if d.code == "W914" for label in d.labels]
    # Of a derivative that is another one than meant: what it should reach is told when it does.
    others = [d.span for d in told if d.code == "W908" and "not depend" in d.message and d.helps]
    read = {name for place in others if place is not None for name in _names_beside(place)}

    unneeded = {_line(d.span) for d in found if d.code == "W901" and d.span is not None}

    def is_told(d: Diagnostic) -> bool:
        if d.code == "W904":
            return d.span in places
        if d.code == "W902" and others:
            return "does not reach" in d.message
        if d.code in ("W901", "W903") and d.span is not None and d.span.text in read:
            return True
        return d.code == "W901" and d.span is not None and any(_opens(d.span, i) for i in inside)

    def is_unneeded(d: Diagnostic) -> bool:
        return d.code == "W904" and d.span is not None and _line(d.span) in unneeded

    kept = (d for d in told if not is_unneeded(d))
    return (*kept, *(d for d in found if not is_told(d)))


def _names_beside(place: Span) -> list[str]:
    return pattern(r"[^\W\d]\w*").findall(place.source.line_text(place.line))


def _line(place: Span) -> tuple[Source, int]:
    return place.source, place.line


def _opens(head: Span, inside: Span) -> bool:
    """Whether the last loop that begins before a place of a loop's body is the one of this head."""
    source = head.source.text
    if inside.source is not head.source or not source.startswith("scan", head.start):
        return False
    between = source[head.start + len("scan") : max(inside.start, head.start)]
    return head.start < inside.start and "\nscan " not in between


def _unused(graph: Graph, outputs: Sequence[Value], kept: Sequence[Node]) -> Iterator[Diagnostic]:
    live = set(kept)
    told: set[int] = set()
    # What only serves a dead value is no mistake of its own.
    readers: dict[Value, set[int]] = {}
    dead_nodes = [n for n in graph.nodes if n not in live]
    for node in dead_nodes:
        for value in node.operands:
            readers.setdefault(value, set()).add(id(node.origin.span))
    moved: set[Value] = set()
    if dead_nodes and graph.loss is not None:
        from gradc.passes.unneeded import moved_in

        moved = moved_in(graph)
    named = _asked_by_name(graph)
    for node in dead_nodes:
        span = node.origin.span
        dead = [r for r in node.results if r.named and readers.get(r, set()) <= {id(span)}]
        if any(name.startswith(f"{r.name}.") for r in dead for name in named):
            continue  # whose gradients are asked for, and told of
        if dead and span is not None and id(span) not in told and not applies(node, "array"):
            told.add(id(span))
            yield Diagnostic(
                "W901",
                f"nothing needs `{dead[0].name}`; it is left out of the module",
                Span(span.source, span.start, span.start + len(dead[0].name)),
                helps=(_returned(dead[0], graph, moved, span),),
            )
    needed = _ancestors(live, outputs)
    for given in graph.inputs:
        told_of = given.value in needed or given.value in readers
        if not told_of and not _gives_dimension(given, graph):
            message = f"nothing needs the input `{given.name}`"
            helps = ("every caller gives it: read it somewhere, or leave it out",)
            yield Diagnostic("W903", message, given.span, helps=helps)
    goal = graph.loss_values
    towards, reached = kept, needed
    if set(goal) != set(outputs):
        towards = live_nodes(graph.nodes, goal)
        reached = _ancestors(towards, goal)
    for param in graph.params:
        serves = param.value in readers and param.value not in needed and param.name not in named
        if param.value not in reached and not serves:
            what = "the loss" if graph.loss else "any output"
            what = "any loss" if graph.further else what
            message = f"the parameter `{param.name}` does not reach {what}; its gradient is zero"
            way = "a loss" if graph.further else what
            helps = (f"use it on the way to {way}, or leave it out",)
            yield param.shown(Diagnostic("W902", message, param.span, helps=helps))
        elif graph.loss and not param.value.type.is_float and not serves:
            message = f"the parameter `{param.name}` is {param.value.type}, which is never learned"
            meant = f"declare it `{_learned(param, graph)}`"
            helps = (f"integers and bools carry no derivative: {meant}",)
            yield param.shown(Diagnostic("W902", message, param.span, helps=helps))
    if graph.loss is not None:
        yield from _apart(graph, towards, reached)
        yield from _stopped(graph, towards)
        yield from _stuck(graph, towards)


def _not_needed(name: str, *, has_loss: bool) -> str:
    """What is said of a value that nothing needs."""
    told = "use it on the way to the loss, or leave it out" if has_loss else "leave it out"
    return f"{told}; `output {name}` returns it"


def _returned(value: Value, graph: Graph, moved: set[Value], span: Span) -> str:
    """What is said of a value that nothing needs; `moved` are those that parameters move."""
    if graph.loss is not None:
        from gradc.passes.unneeded import added

        if whole := added(value, graph, moved, span.source.text):
            return f"add it to the loss: `{whole}`; `output {value.name}` returns it"
    return _not_needed(value.name, has_loss=graph.loss is not None)


def _learned(param: Param, graph: Graph) -> Type:
    """The type of a parameter with the element type that the others have, where that is one."""
    floats = {v.type.dtype for _, v in graph.given if v.type.is_float}
    return replace(param.value.type, dtype=floats.pop() if len(floats) == 1 else "f64")


def _asked_by_name(graph: Graph) -> set[str]:
    """What a loss is differentiated by, where its `wrt` says so rather than all parameters."""
    everything = {p.name for p in graph.params}
    parts = each(graph) if graph.further else [graph]
    return {name for part in parts if {*part.wrt} != everything for name in part.wrt}


def _apart(graph: Graph, towards: Sequence[Node], reached: set[Value]) -> Iterator[Diagnostic]:
    """Parameters that reach a loss, and none of those that are differentiated by them."""
    learning: dict[str, list[str]] = {}
    learned: set[str] = set()
    for part in each(graph) if graph.further else ():
        needed = _ancestors(live_nodes(towards, part.loss_values), part.loss_values)
        for param in part.params:
            if param.name in part.wrt:
                learning.setdefault(param.name, []).append(f"`{part.loss}`")
                if param.value in needed:
                    learned.add(param.name)
    for param in graph.params:
        if param.value in reached and param.name in learning and param.name not in learned:
            losses = " and ".join(learning[param.name])
            message = f"the parameter `{param.name}` does not reach {losses}; its gradient is zero"
            helps = ("a loss that it does reach may be differentiated by it: `wrt`",)
            yield param.shown(Diagnostic("W902", message, param.span, helps=helps))


def _stopped(graph: Graph, towards: Sequence[Node]) -> Iterator[Diagnostic]:
    """Parameters that reach the loss by way of what passes no derivative on, alone.

    So are inputs that `wrt` names.
    """
    found_at = unreached(graph, towards)
    stopped = {p.name for params in found_at.values() for p in params}
    all_stopped = not graph.further and stopped >= {*graph.wrt, *(p.name for p in graph.params)}
    for node, params in found_at.items():
        are_params = all(isinstance(p, Param) for p in params)
        kind = "parameter" if are_params else "input"
        if not are_params and any(isinstance(p, Param) for p in params):
            kind = "argument"
        from gradc.passes.spelling import called

        divides, name = node.name == "floor_divide", called(node)
        names = ", ".join(f"`{p.name}`" for p in params)
        loss = "a loss" if graph.further else "the loss"
        if len(params) == len(graph.wrt) > 1 and not graph.further:
            message = f"`{name}` stands between every {kind} and the loss"
        elif len(params) > 1:
            message = f"the {kind}s {names} reach {loss} only through `{name}`"
        else:
            message = f"the {kind} {names} reaches {loss} only through `{name}`"
        zero = "its gradient is zero" if len(params) == 1 else "their gradients are zero"
        meant = "`wrt` names the parameters that are learned, if this is meant"
        learned = "the parameters are to be learned"
        if not are_params:
            named = "its name" if len(params) == 1 else "their names"
            meant = f"leave {named} out of `wrt`, if this is meant"
            learned = "a derivative is to pass"
        if all_stopped:
            meant = "if this is meant: `# gradc: ignore[W902]` on this line"
        helps: tuple[str, ...] = (
            f"`{name}` has no derivative: make the loss of what has one",
            meant,
        )
        if node.span is not None and (instead := counts.instead(node.span)):
            helps = (instead, meant)
        if name == "stop_gradient":
            helps = (f"leave it out where {learned}", meant)
        if divides:
            helps = ("`//` rounds down and has no derivative: `/` divides",)
        found = node.shown(Diagnostic("W902", f"{message}; {zero}", node.span, helps=helps))
        declared = [p.place if isinstance(p, Param) else p.span for p in params]
        labels = [Label(span, "its gradient is zero") for span in declared if span is not None]
        yield replace(found, labels=(*found.labels, *labels[:_LABELS]))


def _stuck(graph: Graph, towards: Sequence[Node]) -> Iterator[Diagnostic]:
    """The first of parameters that never move from 0, with the others."""
    held = stuck(graph, towards)
    if not held:
        return
    first, *others = held
    names = " and ".join(f"`{p.name}`" for p in others)
    message = f"`{first.name}` starts at 0, as {names} does, so neither ever gets a gradient"
    if len(others) > 1:
        message = f"`{first.name}` starts at 0, as {names} do, so none ever gets a gradient"
    line = "" if first.span is None else first.span.source.line_text(first.span.line)
    stated = pattern(r"\s*(param\s+\w+\s*:\s*\w*\s*\[[^\]]*\])").match(line)
    declared = stated[1] if stated and first.calling is None else f"param {first.name}: …"
    helps = (f"a start at random tells them apart: `{declared} ~ he_normal`",)
    yield first.shown(Diagnostic("W902", message, first.span, helps=helps))


def _gives_dimension(given: Input, graph: Graph) -> bool:
    """Whether the graph needs an input for a dimension that no other argument gives."""
    others = {alone(s) for _, v in graph.given if v is not given.value for s in v.type.shape}
    own = {alone(s) for s in given.value.type.shape} - others - {None}
    if not own:
        return False
    sizes = [s for n in graph.nodes for r in n.results for s in r.type.shape]
    sizes += [
        a for n in graph.nodes if isinstance(n, Apply) for a in n.attrs if isinstance(a, Poly)
    ]
    sizes += [n.count for n in graph.nodes if isinstance(n, Scan)]
    return any(own & dimensions_of(s) for s in sizes if not isinstance(s, int))


def _ancestors(nodes: Iterable[Node], roots: Iterable[Value]) -> set[Value]:
    return {v for n in nodes for v in n.operands} | set(roots)


def _is_of_library(node: Node) -> bool:
    """Whether it is of a body of the library with a rule, which gave way to be differentiated."""
    calling, place = node.origin.calling, node.span
    if calling is None or place is None or calling.title:
        return False
    called = calling.place
    return called.source is place.source and (called.start, called.end) == (place.start, place.end)


def _of_formulas(
    nodes: Sequence[Node],
    precisions: Precisions,
    *,
    known: bool = False,
    told_of: Container[Node] | None = None,
) -> Iterator[Diagnostic]:
    """The warnings of single formulas, those in loops and in functions with a rule included.

    With `known`, of a body of the library, whose own formulas are stable. With `told_of`, of these
    nodes alone.
    """
    made = {r: n for n in nodes for r in n.results}
    unstable = {} if known else dict(unstable_in(nodes, made))
    accidents = {} if known else accidents_in(nodes)
    for node in nodes:
        if node.origin.is_derived or (told_of is not None and node not in told_of):
            continue  # what a rule says is no mistake of the user's
        kinds = {v.type for v in node.operands if not v.type.weak}
        found = [*broadcast(node, made), *reduced_apart(node, made)] if len(kinds) == 2 else []
        if node.name in accidents:
            found += by_accident(node, made, accidents)
        if len(kinds) > 1 or precisions.has_mixed:
            found += precisions.mixed(node)
        if node in unstable and not _is_of_library(node):
            found.append(unstable[node])
        if found:
            yield from map(node.shown, found)
        if type(node) is Apply:
            continue
        if isinstance(node, Scan):
            yield from _of_formulas(node.nodes, precisions, known=known)
        elif isinstance(node, Call):
            inside = node.function.known is not None
            within = _of_formulas(node.function.body.nodes, precisions, known=inside)
            yield from map(node.shown, within)
