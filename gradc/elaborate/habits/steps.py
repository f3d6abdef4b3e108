"""Steps of loops in the manner of other systems: what they return, and what they carry."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.diagnostics import DiagnosticError, Help, Label, Replacement, error
from gradc.elaborate.bindings import Bound, Results, Scope, is_runtime
from gradc.elaborate.context import Context
from gradc.elaborate.found import Found
from gradc.elaborate.habits.carrying import of_layer
from gradc.elaborate.habits.uncarried import updated_in
from gradc.elaborate.operands import operand_type, strong_value
from gradc.elaborate.order import used_names
from gradc.ir.node import Node, Value, applies
from gradc.ir.sizes import Size, shape_text
from gradc.ir.types import Type
from gradc.patterns import pattern
from gradc.source import Span
from gradc.syntax import tree
from gradc.syntax.habits.enclosed import unwrapped
from gradc.syntax.habits.names import free_name, fresh, next_of_carried, read_behind

Step = tuple[Type, Type, Sequence[str]]
"""What is carried before and after a step, and what would keep its shape."""

COLLECTED = "each step carries the same shape; `output` in the body collects each step"


def refuse_counting(over: tree.ScanOver, scan: tree.Scan) -> None:
    """Raises for `over i in range(5)`, where no step reads `i`."""
    call = over.sequence
    if not isinstance(call, tree.Call) or call.callee.span.text != "range":
        return
    from_zero = len(call.args) == 2 and call.args[0].span.text == "0"
    if len(call.args) != 1 and not from_zero:
        return
    if len(scan.over) > 1 or any(name == over.target.name for name, _ in used_names(scan.body)):
        return
    message = "there is no function or operation `range`"
    count = call.args[-1].value.span.text
    help_ = f"write `times {count}` for `over {over.target.name} in {call.span.text}`"
    raise error("E0203", message, call.callee.span, helps=[help_])


_STATED = pattern(r"[ \t]*param\s+\w+\s*:\s*\w*(\[[^\]\n]*\])")
_SHIFTED = pattern(r"(?P<base>[\w.]+)\[(?:(?P<behind>\d+):|:-(?P<before>\d+))\]")


def shifted(scan: tree.Scan, over: tree.ScanOver) -> list[str]:
    """`over a in x, b in x[1:]`: as many steps, where one begins later or ends sooner."""
    for one, other in ((over, o) for o in scan.over if o is not over):
        for whole, part in ((one, other), (other, one)):
            text, span = " ".join(part.sequence.span.text.split()), whole.sequence.span
            found = _SHIFTED.fullmatch(text)
            if found is None or found["base"] != span.text:
                continue
            index = f"[:-{found['behind']}]" if found["behind"] else f"[{found['before']}:]"
            exact = Span(span.source, span.end, span.end)
            told = f"as many steps: `{whole.target.name} in {span.text}{index}`"
            return [Help(told, [Replacement(exact, index)])]
    return []


def check_names(scan: tree.Scan, scope: Scope) -> None:
    """A statement of the body says what a carried name becomes by `next`, and none becomes else."""
    carried = {n.name for n in scan.carried}
    for statement in scan.body:
        if not isinstance(statement, tree.Assign) or statement.role == "next":
            continue
        for target in statement.targets:
            name = target.name.name
            if name in carried:
                message = f"the scan carries `{name}`, which this binds again"
                raise error("E0208", message, target.span, helps=[_next(scan, statement, name)])
        name = statement.targets[0].name.name
        if len(statement.targets) == 1 and name in scope.values:
            read = [span for n, span in used_names(statement.value) if n == name]
            if read:
                message = f"a step binds `{name}` anew, which stands outside of the loop"
                helps = [_carried_on(scan, statement, name)]
                raise error("E0204", message, target.span, helps=helps)


def _next(scan: tree.Scan, statement: tree.Assign, name: str) -> str:
    """What is said of a statement that binds what is carried."""
    text = " ".join(statement.span.text.split())
    follows = any(
        target.name.name == name
        for s in scan.body
        if isinstance(s, tree.Assign) and s.role == "next"
        for target in s.targets
    )
    if not follows or len(statement.targets) > 1 or statement.role:
        return f"write `next {text}`"
    own = fresh(name, scan.span.source.text)
    places = [statement.targets[0].name.span, *_reads(scan, name, statement.span.end)]
    value = " ".join(statement.value.span.text.split())
    told = f"it has a name of its own: `{own} = {value}`; below it write `{own}` for `{name}`"
    return Help(told, [Replacement(span, own) for span in places])


def _reads(scan: tree.Scan, name: str, start: int, end: int | None = None) -> list[Span]:
    """Where the body reads a name, from a place on."""
    found = [span for n, span in used_names(scan.body) if n == name]
    return [s for s in found if start <= s.start and (end is None or s.end <= end)]


def _carried_on(scan: tree.Scan, statement: tree.Assign, name: str) -> str:
    """What is said of `n = n + 1` in a body, where `n` stands outside: the loop carries it."""
    source = scan.span.source
    own = fresh(name, source.text)
    names = ", ".join(n.name for n in scan.carried)
    starts = ", ".join(" ".join(e.span.text.split()) for e in scan.initial)
    value = " ".join(statement.value.span.text.split())
    told = next_of_carried(names, starts, name, own, value)
    ends = scan.carried[-1].span.end, scan.initial[-1].span.end
    edits = [
        Replacement(Span(source, end, end), f", {text}")
        for end, text in zip(ends, (own, name), strict=True)
    ]
    at = statement.targets[0].name.span
    edits.append(Replacement(Span(source, at.start, at.end), f"next {own}"))
    first = scan.body[0].span.start
    edits += [Replacement(s, own) for s in _reads(scan, name, first, statement.span.end)]
    read = _reads(scan, name, statement.span.end)
    edits += [Replacement(s, f"next {own}") for s in read]
    return Help(told, [*edits, *read_behind(source, name, own, scan.span.end)])


def misplaced(statement: tree.Statement, scan: tree.Scan, scope: Scope) -> list[str]:
    """What is said of a statement that cannot stand in the body of a scan."""
    if isinstance(statement, tree.Return):
        return following(statement, scan)
    if isinstance(statement, tree.StateDecl):
        return [_carried_too(statement, scan)]
    if isinstance(statement, tree.ParamDecl | tree.InputDecl | tree.ConstDecl):
        first, taken = scan.span.lines, statement.span.lines
        above = Span(first.source, first.start, first.start)
        text = f"{' '.join(statement.span.text.split())}\n"
        return [
            Help("declare it above the loop", [Replacement(above, text), Replacement(taken, "")])
        ]
    if isinstance(statement, tree.Update):
        return updated_in(scan, statement, scope.values.__contains__)
    if isinstance(statement, tree.Assign) and statement.role == "loss":
        kept = ", ".join(f"`{n.name}`" for n in scan.carried)
        return [f"a loss stands below the loop, made of {kept} or of what `output` collects"]
    return []


def _carried_too(statement: tree.StateDecl, scan: tree.Scan) -> str:
    """State in the body of a scan: what goes from step to step is carried."""
    name, source = statement.name.name, statement.span.source
    start = statement.value.span.text if statement.value is not None else "0"
    sizes = "" if statement.type is None else statement.type.span.text
    if "[" in sizes and start in ("0", "1"):
        dtype = sizes.partition("[")[0].strip()
        stated = f', dtype="{dtype}"' if dtype else ""
        start = f"{'zeros' if start == '0' else 'ones'}({sizes[sizes.index('[') :]}{stated})"
    carried, initial = scan.carried[-1].span, scan.initial[-1].span
    names = ", ".join([*(n.name for n in scan.carried), name])
    starts = ", ".join([*(" ".join(e.span.text.split()) for e in scan.initial), start])
    told = f"what goes from step to step is carried: `scan {names} = {starts}`"
    edits = [
        Replacement(Span(source, carried.end, carried.end), f", {name}"),
        Replacement(Span(source, initial.end, initial.end), f", {start}"),
        Replacement(statement.span.lines, ""),
    ]
    updates = [s for s in scan.body if isinstance(s, tree.Update) and s.name.name == name]
    for update in updates:
        at = update.span.start
        edits.append(Replacement(Span(source, at, at + len("update")), "next"))
    return Help(f"{told}, and `next {name} = …` for `update`", edits)


def started(context: Context, bound: Bound, expr: tree.Expr, name: str) -> Value:
    """What a scan starts from."""
    refuse_list(bound, expr, name)
    return strong_value(context, bound, expr.span)


def refuse_list(bound: Bound, expr: tree.Expr, name: str) -> None:
    """Raises for `next s = [p, v]`: a list of values, of which no array is made by itself."""
    if not isinstance(bound, tuple) or isinstance(bound, Results) or not is_runtime(bound):
        return
    if operand_type(bound) is not None:
        return
    text = " ".join(expr.span.text.split())
    exact = Span(expr.span.source, expr.span.start, expr.span.end)
    helps = [f"`stack([…])` makes an array of {len(bound)} values"]
    if isinstance(expr, tree.ListExpr):
        helps = [Help(f"write `stack({text})`", [Replacement(exact, f"stack({text})")])]
    message = f"what a scan carries is an array, and `{name.removeprefix('next ')}` is a list here"
    raise error("E0305", message, expr.span, helps=helps)


def following(statement: tree.Return, scan: tree.Scan) -> list[str]:
    """What a `return` in the body of a scan is there."""
    names = [n.name for n in scan.carried]
    values = [" ".join(v.span.text.split()) for v in statement.values]
    said = {
        target.name.name
        for s in scan.body
        if isinstance(s, tree.Assign) and s.role == "next"
        for target in s.targets
    }
    line = Span(statement.span.source, statement.span.start, statement.values[-1].span.end)
    if said.issuperset(names):
        carried = [value.removeprefix("next ") for value in values]
        if set(carried) <= set(names):
            last = ", ".join(f"`{n}`" for n in names)
            are = "is the last value" if len(names) == 1 else "are the last values"
            first = carried[0]
            collected = f"`output {free_name(line.source.text, f'{first}s')} = next {first}`"
            told = f"leave it out: behind the loop {last} {are}"
            return [
                Help(told, [Replacement(statement.span.lines, "")]),
                f"{collected} collects what each step makes",
            ]
        return [_collected(values, line, "a value of each step is collected")]
    if said or len(values) < len(names):
        return [f"`next {names[0]} = …` says what the next step starts from, `output` collects"]
    lines = [f"next {n} = {v}" for n, v in zip(names, values, strict=False)]
    told = "the next step starts from what the body says"
    return [_collected(values[len(names) :], line, told, lines)]


def _collected(values: Sequence[str], line: Span, told: str, before: Sequence[str] = ()) -> str:
    """The lines that collect values in the place of another line."""
    lines, taken = [*before], line.source.text
    for value in values:
        name = free_name(taken, *("ys", "zs", "made"))
        taken += f" {name}"
        lines.append(f"output {name} = {value}")
    margin = " " * (line.start - line.source.line_starts[line.line - 1])
    shown = " and ".join(f"`{text}`" for text in lines)
    return Help(f"{told}: {shown}", [Replacement(line, f"\n{margin}".join(lines))])


def _other_start(scan: tree.Scan, name: tree.Identifier, first: Type, after: Type) -> str:
    """What is said of a scan that should start from what its steps make."""
    at = next(i for i, carried in enumerate(scan.carried) if carried.name == name.name)
    texts = [e.span.text for e in scan.initial]
    dtype = f'"{after.dtype}"' if after.dtype != first.dtype else ""
    if first.shape == after.shape:
        texts[at] = f"astype({unwrapped(texts[at])}, {dtype})"
        told = "each step carries the same element type:"
    else:
        texts[at] = f"zeros({shape_text(after.shape)}{f', dtype={dtype}' if dtype else ''})"
        told = "each step carries the same shape, so start from one:"
    names = ", ".join(carried.name for carried in scan.carried)
    return f"{told} `scan {names} = {', '.join(texts)}`"


def keeping(
    shape: Sequence[Size], made: Value, nodes: Sequence[Node], found: Found
) -> tuple[str, ...]:
    """What keeps the shape that a step starts from: parameters of another size along one axis.

    Nothing where what is `made` has that size from elsewhere as well.
    """
    differ = [a for a, (m, n) in enumerate(zip(shape, made.type.shape, strict=False)) if m != n]
    if len(shape) != made.type.rank or differ != [len(shape) - 1] or not isinstance(shape[-1], int):
        return ()
    makers = {r: n for n in nodes for r in n.results}
    own = {p.value: p for _, p in found.params if p.calling is None}
    pending, changed = [(made, -1)], dict[Value, int]()
    while pending:
        value, axis = pending.pop()
        node = makers.get(value)
        if value in own and value.type.shape[axis] == made.type.shape[-1]:
            if changed.setdefault(value, axis) != axis:
                return ()
        elif node is not None and applies(node, "matmul"):
            left, right = node.operands
            pending.append((left, -2) if right.type.rank == 1 else (right, -1))
        elif node is not None and node.traits.elementwise:
            sized = [v for v in node.operands if v.type.rank]
            pending += [(v, axis) for v in sized if v.type.shape[axis] != 1]
        else:
            return ()
    told, edits = [], []
    for _, param in found.params:
        if (at := changed.get(param.value)) is None or param.place is None:
            continue
        source, line = param.place.source, param.place.line
        stated = _STATED.match(source.text, source.line_starts[line - 1])
        if stated is None:
            return ()
        sizes = list(param.value.type.shape)
        sizes[at] = shape[-1]
        text = shape_text(tuple(sizes))
        told.append((param.name, line, text))
        edits.append(Replacement(Span(source, *stated.span(1)), text))
    if len(told) == 1:
        ((name, line, text),) = told
        return (Help(f"`{name}` is declared on line {line}: `{text}` keeps the shape", edits),)
    listed = ", ".join(f"`{name}: {text}` on line {line}" for name, line, text in told)
    return (Help(f"declared so, all of them keep the shape: {listed}", edits),)


def other_shape(
    scan: tree.Scan, name: tree.Identifier, first: Type, after: Type, kept: Sequence[str]
) -> DiagnosticError:
    """What is carried has another shape after a step."""
    marked = [
        (target, statement.value)
        for statement in scan.body
        if isinstance(statement, tree.Assign) and statement.role == "next"
        for target in statement.targets
        if target.name.name == name.name
    ]
    helps = [_other_start(scan, name, first, after)]
    grows = any(target.name.name == n for target, v in marked for n, _ in used_names(v))
    if grows or after.rank > first.rank or not after.rank:
        helps = [*(kept or (COLLECTED,))]
    if len(marked) == 1 and (told := of_layer(scan, name.name, marked[0][1], first, after)):
        helps = [told]
    message = f"`{name.name}` starts as {first}, and is {after} after one step"
    labels = [Label(target.span, str(after)) for target, _ in marked]
    return error("E0306", message, name.span, str(first), labels, helps)
