"""The order of statements: each after what it uses, otherwise as in the file."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

from gradc.diagnostics import Diagnostic, DiagnosticError, Label, error
from gradc.records import field_names, is_record
from gradc.source import Span
from gradc.syntax import tree


@cache
def child_fields(kind: Any) -> tuple[str, ...]:
    """The fields of a kind of tree that hold other pieces of it."""
    hidden = ("span", "op_span", "depth", "doc")
    return tuple([name for name in field_names(kind) if name not in hidden])


def _never(_: str) -> bool:
    return False


# What reads no names: told first and by its type, since every part of every statement comes by.
_NAMELESS = {tree.Identifier, tree.Number, tree.String, tree.Keyword, str, bool, type(None)}


def used_names(
    part: Any, is_function: Callable[[str], bool] = _never
) -> Iterator[tuple[str, Span]]:
    """Every name that a piece of tree reads, with its place.

    The names of callees are included, but for those that `is_function` says mean no value.
    """
    pending = [part]
    while pending:
        item = pending.pop()
        kind: Any = type(item)
        if kind in _NAMELESS:
            continue
        if kind is tree.Name:
            yield item.name, item.span
        elif kind is tree.Binary:
            pending += (item.right, item.left)
        elif kind is tree.Argument:
            pending.append(item.value)
        elif kind is tree.Call and _calls(item.callee, is_function):
            pending.extend(reversed(item.args))
        elif kind is tree.Assign:
            types = [t.type for t in reversed(item.targets) if t.type is not None]
            pending += [item.value] if item.axis is None else [item.axis, item.value]
            pending += types
        elif isinstance(item, tuple | list):
            pending.extend(reversed(item))
        elif isinstance(item, tree.Next):
            yield f"next {item.name.name}", item.span
        elif isinstance(item, tree.Scan):
            yield from _scan_uses(item, is_function)
        elif isinstance(item, tree.Mark):
            yield from ((n.name, n.span) for n in item.names)
        elif isinstance(item, tree.Member):
            pending.append(item.base)
        elif is_record(item):
            pending.extend(getattr(item, name) for name in reversed(child_fields(kind)))


def subtrees(part: Any) -> Iterator[Any]:
    """A piece of tree and all that it is made of, each before its parts."""
    pending = [part]
    while pending:
        item = pending.pop()
        kind: Any = type(item)
        if kind in _NAMELESS:
            continue
        if isinstance(item, tuple | list):
            pending.extend(reversed(item))
        elif is_record(item):
            yield item
            names = child_fields(kind)
            pending.extend(getattr(item, name) for name in reversed(names))


def _calls(callee: tree.Expr, is_function: Callable[[str], bool]) -> bool:
    return isinstance(callee, tree.Name) and is_function(callee.name)


def _scan_uses(scan: tree.Scan, is_function: Callable[[str], bool]) -> Iterator[tuple[str, Span]]:
    """What a scan reads from around it: its body's own names are not."""
    outside = [*scan.initial, *((o.sequence, o.axis) for o in scan.over), scan.times]
    yield from used_names(outside, is_function)
    own = {n.name for n in (*scan.carried, *(o.target for o in scan.over))}
    own |= {n.name for s in scan.body for n in bound_names(s)}
    for name, span in used_names(scan.body, is_function):
        if name not in own and not name.startswith("next "):
            yield name, span


def scan_locals(scan: tree.Scan) -> list[tree.Identifier]:
    """Names that a scan's body gives to calls: those of layers are known outside as well."""
    return [
        s.targets[0].name
        for s in scan.body
        if isinstance(s, tree.Assign) and s.role != "next"
        if isinstance(s.value, tree.Call) and len(s.targets) == 1
    ]


def bound_names(statement: tree.Statement) -> list[tree.Identifier]:
    """The names that a statement binds for others."""
    if type(statement) is tree.Assign and statement.role != "next":  # most are
        names = [t.name for t in statement.targets if t.name.name != "_"]
        return names + instance_names(statement.value)
    match statement:
        case tree.Assign():  # of what a loop carries
            names = [tree.Identifier(t.span, f"next {t.name.name}") for t in statement.targets]
            return [*names, *instance_names(statement.value)]
        case tree.ParamDecl() | tree.ConstDecl() | tree.InputDecl() | tree.StateDecl():
            return [statement.name]
        case tree.DimDecl():
            return [name for name, _ in statement.items]
        case tree.Scan():
            inner = [
                n
                for s in statement.body
                for n in bound_names(s)
                if _is_output(s) or n in instance_names(getattr(s, "value", None))
            ]
            marked = [n for s in statement.body if isinstance(s, tree.Mark) for n in s.names]
            return [*statement.carried, *inner, *marked]
        case tree.FnDef():
            return [statement.name]
        case tree.Import():
            return [statement.alias]
        case tree.FromImport():
            return [ours for _, ours in statement.names]
        case _:
            return []


def _is_output(statement: tree.Statement) -> bool:
    return isinstance(statement, tree.Assign) and statement.role == "output"


_PLAIN = {tree.Name, tree.Number}


def instance_names(expr: Any) -> list[tree.Identifier]:
    """The names after `as` within an expression."""
    found: list[tree.Identifier] = []
    pending = [] if type(expr) in _PLAIN else [expr]
    while pending:
        item = pending.pop()
        kind = type(item)
        if kind is tree.Call:
            if item.instance is not None:
                found.append(item.instance)
            pending.append(item.callee)
            pending += [a.value for a in item.args]
        elif kind is tree.Binary:
            pending += [part for part in (item.left, item.right) if type(part) not in _PLAIN]
        elif kind is tree.Unary:
            pending.append(item.operand)
        elif kind is tree.Member or kind is tree.Index:
            pending.append(item.base)
        elif kind is tree.ListExpr:
            pending.extend(item.items)
    return found[::-1]


def binders(
    statements: Sequence[tree.Statement],
    found: list[Diagnostic] | None = None,
    bound_by: Callable[[tree.Statement], list[tree.Identifier]] = bound_names,
) -> dict[str, int]:
    """Which statement binds each name, the first of several.

    E0202 where two do: raised, or with `found` added to it. `bound_by` is what has found out
    already which names a statement binds.
    """
    owner: dict[str, int] = {}
    place: dict[str, Span] = {}
    first_of: dict[str, tree.Statement] = {}
    taken: set[str] = set()  # by all statements
    for position, statement in enumerate(statements):
        for identifier in bound_by(statement):
            name = identifier.name
            if name in owner:
                taken = taken or {n.name for s in statements for n in bound_by(s)}
                is_near = found is None or len(found) < _TOLD_WHOLE
                from gradc.elaborate.again import bound_again, own_name

                own = own_name(statement, identifier, taken) if is_near else ""
                below = statements[position + 1 :] if own else ()
                read = _read_below(below, name, bound_by)
                helps = bound_again(first_of[name], statement, identifier, own, *read)
                failure = error(
                    "E0202",
                    f"`{name}` is bound twice",
                    identifier.span,
                    labels=[Label(place[name], "first bound here")],
                    helps=helps,
                )
                if found is None:
                    raise failure
                found.extend(failure.diagnostics)
                continue
            owner[name], place[name] = position, identifier.span
            first_of[name] = statement
    for position, statement in enumerate(statements):
        if isinstance(statement, tree.Scan):
            for identifier in scan_locals(statement):
                owner.setdefault(identifier.name, position)
    return owner


_TOLD_WHOLE = 20  # diagnostics that say what is to be written: all that is below is read for each


def _read_below(
    statements: Iterable[tree.Statement],
    name: str,
    bound_by: Callable[[tree.Statement], list[tree.Identifier]],
) -> tuple[list[Span], tree.Identifier | None]:
    """Where statements read a name, up to the one that binds it once more, and where that does."""
    places: list[Span] = []
    for statement in statements:
        places += [span for used, span in used_names(statement) if used == name]
        again = next((n for n in bound_by(statement) if n.name == name), None)
        if again is not None:
            return places, again
    return places, None


def dependencies(
    statements: Sequence[tree.Statement],
    owner: dict[str, int],
    is_function: Callable[[str], bool] = _never,
) -> list[dict[int, tuple[str, Span]]]:
    """For each statement the others it needs, with the name and place that say so."""
    needs: list[dict[int, tuple[str, Span]]] = []
    for statement in statements:
        found: dict[int, tuple[str, Span]] = {}
        for name, span in used_names(statement, is_function):
            if (other := owner.get(name)) is not None and other not in found:
                found[other] = (name, span)
        needs.append(found)
    return needs


def sort_statements(
    statements: Sequence[tree.Statement],
    owner: dict[str, int] | None = None,
    is_function: Callable[[str], bool] = _never,
) -> list[int]:
    """The positions in an order that works; a cycle is a diagnostic that prints it."""
    owner = binders(statements) if owner is None else owner
    order, failure = order_statements(statements, owner, is_function)
    if failure is not None:
        raise failure
    return order


def order_statements(
    statements: Sequence[tree.Statement],
    owner: dict[str, int],
    is_function: Callable[[str], bool] = _never,
) -> tuple[list[int], DiagnosticError | None]:
    """The positions that can be ordered, in order, and what is wrong with the others."""
    needs = dependencies(statements, owner, is_function)
    waiting = [len(n) for n in needs]
    users: list[list[int]] = [[] for _ in statements]
    for position, found in enumerate(needs):
        for other in found:
            users[other].append(position)
    ready = [i for i, count in enumerate(waiting) if count == 0]
    order: list[int] = []
    while ready:
        position = heapq.heappop(ready)
        order.append(position)
        for user in users[position]:
            waiting[user] -= 1
            if waiting[user] == 0:
                heapq.heappush(ready, user)
    if len(order) == len(statements):
        return order, None
    return order, _cycle(needs, set(range(len(statements))) - set(order))


def _cycle(needs: list[dict[int, tuple[str, Span]]], stuck: set[int]) -> DiagnosticError:
    """What to say of statements that wait for each other."""
    position = min(stuck)
    path: list[int] = []
    while position not in path:
        path.append(position)
        position = min(p for p in needs[position] if p in stuck)
    # `path` now holds each statement before the one it needs, the cycle at its end.
    cycle = path[path.index(position) :]
    steps = [(needs[a][b]) for a, b in zip(cycle, [*cycle[1:], cycle[0]], strict=True)]
    names = [name for name, _ in steps]
    shown = [names[-1], *names]
    uses = [f"`{a}` needs `{b}`" for a, b in pairwise(shown)]
    told: str | None = None
    if len(cycle) == 1:
        from gradc.elaborate.habits.autograd import quotient_of_itself
        from gradc.elaborate.habits.missing import from_nothing

        if (failure := quotient_of_itself(steps[0][1])) is not None:
            return failure
        told = from_nothing(steps[0][0], steps[0][1])
    return error(
        "E0204",
        f"these definitions need each other: {' → '.join(shown)}",
        steps[0][1],
        uses[0] if len(cycle) > 1 else "",
        labels=[Label(s, f"and {u}") for (_, s), u in zip(steps[1:6], uses[1:], strict=False)],
        helps=[
            *([told or "bind the new value to another name"] if len(cycle) == 1 else []),
            "a value cannot depend on itself; `scan` carries one from step to step",
        ],
    )


def needed_statements(
    statements: Sequence[tree.Statement], wanted: Iterable[str]
) -> list[tree.Statement]:
    """Those that the wanted names need, in an order that works."""
    owner = binders(statements)
    needs = dependencies(statements, owner)
    pending = [owner[name] for name in wanted if name in owner]
    kept: set[int] = set()
    while pending:
        position = pending.pop()
        if position not in kept:
            kept.add(position)
            pending.extend(needs[position])
    return [statements[i] for i in sort_statements(statements, owner) if i in kept]
