"""What a step says by `next`, or by `update`, of a name that its loop does not carry."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from gradc.diagnostics import Diagnostic, DiagnosticError, Help, Replacement, error
from gradc.elaborate.bindings import Scope
from gradc.elaborate.context import Context
from gradc.elaborate.order import bound_names, subtrees, used_names
from gradc.source import Span
from gradc.syntax import tree
from gradc.syntax.habits.names import fresh, next_of_carried, read_behind

_STARTS = (("*", "1.0"), ("maximum", "-inf"), ("minimum", "inf"))
"""What a running product, maximum or minimum starts from; all else starts from 0."""


def refuse_uncarried(context: Context, scan: tree.Scan, scope: Scope) -> None:
    """Raises where `next` says a name that the scan does not carry, which means nothing then."""
    around = [n.name for n in context.looped[-1].carried.values()] if context.looped else []
    if found := [*uncarried(scan, scope.values.__contains__, around)]:
        raise DiagnosticError(found)


def uncarried(
    scan: tree.Scan, is_outside: Callable[[str], bool], around: Sequence[str] = ()
) -> Iterator[Diagnostic]:
    """E0208 for each name that `next` gives a value in a body, and that its scan does not carry.

    `is_outside` says whether a name stands for a value around the scan, `around` what the scans
    around it carry.
    """
    for statement, target in _strange(scan):
        name = target.name.name
        told = "is what this scan walks along, and not carried by it"
        if name not in {o.target.name for o in scan.over}:
            told = "is not carried by this scan"
        helps = _helps(scan, statement, target, is_outside, around)
        yield from error("E0208", f"`{name}` {told}", target.span, helps=helps).diagnostics


def strange_names(part: object) -> set[str]:
    """The names that a body gives values by `next` or `update`, which its scan does not carry."""
    found = set[str]()
    for scan in subtrees(part):
        if isinstance(scan, tree.Scan):
            found |= {target.name.name for _, target in _strange(scan)}
            found |= {s.name.name for s in scan.body if isinstance(s, tree.Update)}
    return found


def _strange(scan: tree.Scan) -> Iterator[tuple[tree.Assign, tree.Target]]:
    carried = {n.name for n in scan.carried} | {"_"}
    for statement in scan.body:
        if isinstance(statement, tree.Assign) and statement.role == "next":
            yield from ((statement, t) for t in statement.targets if t.name.name not in carried)


def _helps(
    scan: tree.Scan,
    statement: tree.Assign,
    target: tree.Target,
    is_outside: Callable[[str], bool],
    around: Sequence[str],
) -> list[str]:
    name, source = target.name.name, scan.span.source
    others = [t for _, t in _strange(scan) if t is not target]
    if (meant := _meant(scan)) and not others:
        read = [*_reads(scan, f"next {name}"), *_reads(scan, name)]
        edits = [Replacement(s, meant) for s in _bare(read)]
        edits += read_behind(source, name, meant, scan.span.end)
        text = re.sub(rf"(?<![\w.]){name}\b", meant, _text(statement))
        told = f"the scan carries `{meant}`: write `next {text}`"
        edits += [*_word(statement), Replacement(_exact(target.name.span), meant)]
        return [Help(told, edits)]
    bound = {n.name for s in scan.body for n in bound_names(s)}
    bound |= {o.target.name for o in scan.over}
    if name in bound:
        return [_own_name(scan, statement, target)]
    if is_outside(name):
        return [_from_outside(scan, statement, target, name in around)]
    behind = read_behind(source, name, name, scan.span.end)
    if not behind and not _reads(scan, name):
        return [_plain(scan, statement, target)]
    start = _start(scan, statement, name)
    names, starts = _heads(scan)
    told = f"write `scan {names}, {name} = {starts}, {start} {_along(scan)}`"
    if statement.role == "update":
        told += f", and `next {_text(statement)}`"
    return [Help(told, [*_word(statement), *_more(scan, name, start)])]


def _meant(scan: tree.Scan) -> str:
    """The only name that is carried and given no next value."""
    said = {
        target.name.name
        for s in scan.body
        if isinstance(s, tree.Assign) and s.role == "next"
        for target in s.targets
    }
    lacking = [n.name for n in scan.carried if n.name not in said]
    return lacking[0] if len(lacking) == 1 else ""


def _text(statement: tree.Assign) -> str:
    """A statement without its first word."""
    return re.sub(r"^(?:next|update)\s+", "", " ".join(statement.span.text.split()))


def _word(statement: tree.Assign) -> list[Replacement]:
    """The edit that has a statement begin with `next`."""
    at = statement.span.start
    updated = Span(statement.span.source, at, at + len("update"))
    return [Replacement(updated, "next")] if statement.role == "update" else []


def _reads(scan: tree.Scan, name: str) -> list[Span]:
    return [span for n, span in used_names(scan.body) if n == name]


def _exact(span: Span) -> Span:
    return Span(span.source, span.start, span.end)


def _bare(spans: Sequence[Span]) -> Iterator[Span]:
    """The names themselves, without a `next` in front."""
    for span in spans:
        at = re.match(r"next\s+", span.text)
        yield Span(span.source, span.start + (at.end() if at else 0), span.end)


def _own_name(scan: tree.Scan, statement: tree.Assign, target: tree.Target) -> str:
    """What each step walks along, or makes already, by another name."""
    name = target.name.name
    own = fresh(name, scan.span.source.text)
    if len(statement.targets) > 1:
        return f"give it a name of its own, as in `{own} = …`"
    value = " ".join(statement.value.span.text.split())
    start = Span(statement.span.source, statement.span.start, target.name.span.end)
    edits = [Replacement(start, own)]
    edits += [Replacement(_exact(s), own) for s in _reads(scan, f"next {name}")]
    return Help(f"a step's own value has a name of its own: `{own} = {value}`", edits)


def _plain(scan: tree.Scan, statement: tree.Assign, target: tree.Target) -> str:
    """What no later step reads is a value of its step."""
    name = target.name.name
    read = _reads(scan, f"next {name}")
    if len(statement.targets) > 1:
        names = ", ".join("_" if t is target else t.name.name for t in statement.targets)
        if read:
            return f"nothing reads it in the next step: give it a name without `next`, `{name}`"
        value = " ".join(statement.value.span.text.split())
        edit = Replacement(_exact(target.name.span), "_")
        return Help(f"nothing reads it: write `next {names} = {value}`", [edit])
    text = _text(statement)
    start = Span(statement.span.source, statement.span.start, target.name.span.start)
    edits = [Replacement(start, ""), *(Replacement(_exact(s), name) for s in read)]
    told = f"no later step reads it: write `{text}`"
    return Help(f"{told}, or `output {text}` to collect it", edits)


def _heads(scan: tree.Scan) -> tuple[str, str]:
    """What is carried, and what it starts from, as text."""
    names = ", ".join(n.name for n in scan.carried)
    return names, ", ".join(" ".join(e.span.text.split()) for e in scan.initial)


def _more(scan: tree.Scan, name: str, start: str) -> list[Replacement]:
    """The edits that have a scan carry one name more."""
    ends = scan.carried[-1].span.end, scan.initial[-1].span.end
    source = scan.span.source
    return [
        Replacement(Span(source, end, end), f", {text}")
        for end, text in zip(ends, (name, start), strict=True)
    ]


def _along(scan: tree.Scan) -> str:
    """What stands between the starts of a scan and its body."""
    text = scan.span.source.text
    begin = scan.initial[-1].span.end
    return " ".join(text[begin : text.index("{", begin)].split())


def _start(scan: tree.Scan, statement: tree.Assign, name: str) -> str:
    """What a name starts from: as what is made with it does, or what leaves its sum as it is."""
    carried = [n.name for n in scan.carried]
    for target in statement.targets:
        if len(statement.targets) > 1 and target.name.name in carried:
            beside = scan.initial[carried.index(target.name.name)]
            return " ".join(beside.span.text.split())
    value = statement.value
    for sign, start in _STARTS:
        if isinstance(value, tree.Binary) and value.op == sign:
            parts: Sequence[tree.Expr] = (value.left, value.right)
        elif isinstance(value, tree.Call) and value.callee.span.text == sign:
            parts = [a.value for a in value.args]
        else:
            continue
        if any(isinstance(p, tree.Name) and p.name == name for p in parts):
            return start
    return "0.0"


def _from_outside(
    scan: tree.Scan, statement: tree.Assign, target: tree.Target, of_outer_scan: bool
) -> str:
    """A name that stands outside of the loop: the loop carries it on, by another name."""
    name, source = target.name.name, scan.span.source
    own = fresh(name, source.text)
    names, starts = _heads(scan)
    if len(statement.targets) == 1:
        value = " ".join(statement.value.span.text.split())
        told = next_of_carried(names, starts, name, own, value)
    else:
        told = f"the loop carries it too: `scan {names}, {own} = {starts}, {name}`"
        told = f"{told} and `{own}` in the body; behind it `{own}` is the last value"
    read = [*_reads(scan, name), *_reads(scan, f"next {name}")]
    edits = [*_word(statement), *_more(scan, own, name)]
    edits += [Replacement(s, own) for s in (_exact(target.name.span), *_bare(read))]
    if not of_outer_scan:
        return Help(told, [*edits, *read_behind(source, name, own, scan.span.end)])
    margin = " " * (scan.span.start - source.line_starts[scan.span.line - 1])
    end = Span(source, scan.span.end, scan.span.end)
    after = f"next {name} = {own}"
    return Help(f"{told}: `{after}`", [*edits, Replacement(end, f"\n{margin}{after}")])


def updated_in(
    scan: tree.Scan, statement: tree.Update, is_outside: Callable[[str], bool]
) -> list[str]:
    """What is said of `update s = …` in a body: `next` is the word there."""
    name = statement.name
    target = tree.Target(name, None)
    assigned = tree.Assign(statement.span, (target,), statement.value, "update")
    if name.name not in {n.name for n in scan.carried}:
        return _helps(scan, assigned, target, is_outside, ())
    return [Help(f"write `next {_text(assigned)}`", _word(assigned))]
