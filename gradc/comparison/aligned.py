"""Aligned: the statements of two files that belong together, and what was edited in them.

Statements belong together by the names that they bind, then by what they say, then by having parts
in common: those were renamed and edited. Only what is written is read here; what an edit means, and
whether it means anything, graphs say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from gradc.comparison.quoted import Quoted, brief, line_of
from gradc.comparison.rewritten import Names, Rewriting, key, same
from gradc.elaborate.order import bound_names, subtrees
from gradc.records import dataclass
from gradc.source import Source, Span
from gradc.syntax import tree

_Handle: TypeAlias = tuple[str, ...]
_Told: TypeAlias = "tree.Assign | tree.Return | tree.Scan | tree.Update | tree.ConstDecl"


@dataclass(frozen=True, slots=True)
class Edit:
    """What the user wrote otherwise: a text of a statement, or all of one that is new or gone.

    `before` and `after` are the statements, of which there is one at least. `kind` is `value`, or
    `stop` for what only says where derivatives pass, or `rule` in a rule of a function's.
    """

    name: str
    text: Quoted
    before: Span | None
    after: Span | None
    kind: str = "value"
    was: str = ""  # what its statement was called

    @property
    def what(self) -> str:
        if self.before is None:
            return "new"
        return "gone" if self.after is None else "changed"

    def told(self) -> str:
        """The edit in words."""
        if self.what != "changed":
            return f"is {self.what}: `{self.text.new or self.text.old}`"
        return self.text.told() + (f" (it was called {self.was})" if self.was else "")


def edits(
    old: Sequence[tree.Module], new: Sequence[tree.Module], names: Names, *, all_of: bool = False
) -> list[Edit]:
    """The edits from one text to another; the first module of each is the file itself.

    Definitions that are new or gone are told with `all_of`: of others, what uses them is.
    """
    known = dict(names)
    pairs = _definitions(old, new, known)
    found: list[Edit] = []
    if all_of:
        paired = [{id(pair[side]) for pair in pairs} for side in range(2)]
        for side, modules in enumerate((old, new)):
            found += [_whole(part, _head(part), _title(part), is_new=side == 1)
                      for part in _defined(modules) if id(part) not in paired[side]]  # fmt: skip
        for one, other in pairs:
            if _title(one) != _title(other):
                text = Quoted(_title(one), _title(other), one.name.span, other.name.span)
                found.append(Edit(_title(other), text, one.span, other.span))
    if old and new:
        found += _block(old[0].statements, new[0].statements, known, "", "value")
    for before, after in pairs:
        found += _definition(before, after, known)
    files = [m.source for m in (*new, *old)]
    return sorted(found, key=lambda edit: _order(edit, files))


def _order(edit: Edit, files: Sequence[Source]) -> tuple[bool, int, int]:
    """Where an edit is told: as the new file has it, and behind that what is gone."""
    place = edit.text.after or edit.after or edit.text.before or edit.before
    assert place is not None
    return edit.what == "gone", files.index(place.source), place.start


def _defined(modules: Iterable[tree.Module]) -> list[tree.FnDef | tree.VjpDef]:
    return [s for m in modules for s in m.statements if isinstance(s, tree.FnDef | tree.VjpDef)]


def _title(part: tree.FnDef | tree.VjpDef) -> str:
    return f"vjp {part.name.name}" if isinstance(part, tree.VjpDef) else part.name.name


def _definitions(
    old: Iterable[tree.Module], new: Iterable[tree.Module], names: dict[str, str]
) -> list[tuple[Any, Any]]:
    """Functions, layers and rules that belong together; `names` get those that were renamed."""
    after = {(_title(d), type(d)): d for d in _defined(new)}
    pairs, left = [], []
    for part in _defined(old):
        mate = after.pop((_title(part), type(part)), None)
        if mate is None:
            left.append(part)
        else:
            pairs.append((part, mate))
    for part in left:
        for title, mate in list(after.items()):
            if type(mate) is type(part) and not _definition(part, mate, names):
                names[part.name.name] = mate.name.name
                pairs.append((part, after.pop(title)))
                break
    return pairs


def _definition(
    old: tree.FnDef | tree.VjpDef, new: tree.FnDef | tree.VjpDef, names: Names
) -> list[Edit]:
    """The edits of a body and of its head."""
    bound = [[b.name for s in d.body for b in bound_names(s)] for d in (old, new)]
    own = {n: m for n, m in names.items() if n not in bound[0]}
    given = [[p.name.name if isinstance(p, tree.Parameter) else p.name for p in _given(d)]
             for d in (old, new)]  # fmt: skip
    for name in given[0]:
        own.pop(name, None)
    own |= _by_order(*given)
    kind = "rule" if isinstance(old, tree.VjpDef) else "value"
    title = _title(new)
    found = []
    if not same(_stated(old), _stated(new), own):
        text = Quoted(_head(old), _head(new), old.name.span, new.name.span)
        found.append(Edit(title, text, old.span, new.span, kind))
    return found + _block(old.body, new.body, own, title, kind)


def _given(part: tree.FnDef | tree.VjpDef) -> tuple[Any, ...]:
    if isinstance(part, tree.FnDef):
        return part.parameters
    return (*part.parameters, *part.results, *part.cotangents)


def _stated(part: tree.FnDef | tree.VjpDef) -> Any:
    """What the head of a definition says beside names."""
    if isinstance(part, tree.VjpDef):
        return tuple(map(len, (part.parameters, part.results, part.cotangents)))
    return part.role, tuple([(p.name, p.default) for p in part.parameters])


def _by_order(old: Sequence[str], new: Sequence[str]) -> dict[str, str]:
    """Names that only one of two lists has, as they come."""
    left = [n for n in old if n not in new]
    return dict(zip(left, [n for n in new if n not in old], strict=False))


def _head(part: tree.FnDef | tree.VjpDef) -> str:
    text = " ".join(part.span.text.split())
    first = part.body[0].span.text if part.body else ""
    return brief(text.split(" {")[0] if " {" in text.split(first)[0] else text)


# --- statements ---


def _block(
    old: Sequence[Any], new: Sequence[Any], names: Names, title: str, kind: str
) -> list[Edit]:
    """The edits of statements that stand together; of a definition its `title`."""
    known = dict(names)
    befores = [s for s in old if isinstance(s, _COMPARED)]
    afters = {_handle(s): s for s in new if isinstance(s, _COMPARED)}
    pairs: list[tuple[Any, Any]] = []
    left: list[Any] = []
    for statement in befores:
        mate = afters.pop(tuple([known.get(n, n) for n in _handle(statement)]), None)
        if mate is None:
            left.append(statement)
        else:
            pairs.append((statement, mate))
    for is_alike in (_says_the_same, _has_in_common):
        for statement in list(left):
            for handle, mate in list(afters.items()):
                if _is_bound_alike(statement, mate) and is_alike(statement, mate, known):
                    known |= dict(zip(_handle(statement), handle, strict=True))
                    pairs.append((statement, afters.pop(handle)))
                    left.remove(statement)
                    break
    order = {id(s): i for i, s in enumerate(new)}
    found: list[Edit] = []
    for one, other in sorted(pairs, key=lambda pair: order[id(pair[1])]):
        found += _statement(one, other, known, title, kind)
    for statement in afters.values():
        found.append(_whole(statement, line_of(statement.span), _called(statement, title),
                            is_new=True, kind=kind))  # fmt: skip
    for statement in left:
        found.append(_whole(statement, line_of(statement.span), _called(statement, title),
                            is_new=False, kind=kind))  # fmt: skip
    return found


_COMPARED = (tree.Assign, tree.Return, tree.Scan, tree.Update, tree.ConstDecl)


def _handle(statement: _Told) -> _Handle:
    """What a statement is known by: what it binds."""
    match statement:
        case tree.Assign():
            before = "next " if statement.role == "next" else ""
            return tuple([before + t.name.name for t in statement.targets])
        case tree.Scan():
            return tuple([c.name for c in statement.carried])
        case tree.Update():
            return (f"update {statement.name.name}",)
        case tree.ConstDecl():
            return (statement.name.name,)
    return ("return",)


def _is_bound_alike(old: _Told, new: _Told) -> bool:
    return type(old) is type(new) and len(_handle(old)) == len(_handle(new))


def _values(statement: Any) -> tuple[Any, ...]:
    if isinstance(statement, tree.Scan):
        return (*statement.initial, *statement.over, statement.times, statement.unshared)
    return statement.values if isinstance(statement, tree.Return) else (statement.value,)


def _says_the_same(old: Any, new: Any, names: Names) -> bool:
    return bool(key(_head_of(old), names) == key(_head_of(new), {}))


def _head_of(statement: Any) -> tuple[Any, ...]:
    """What a statement says but for what it binds."""
    if isinstance(statement, tree.Scan):
        walked = tuple([(o.sequence, o.axis) for o in statement.over])
        return (statement.initial, walked, statement.times, statement.unshared)
    return _values(statement)


def _has_in_common(old: Any, new: Any, names: Names) -> bool:
    if isinstance(old, tree.Scan):
        return True
    pairs = zip(_values(old), _values(new), strict=False)
    return all([Rewriting(names).are_alike(*pair) for pair in pairs])


def _statement(old: Any, new: Any, names: Names, title: str, kind: str) -> Iterator[Edit]:
    """The edits of two statements that belong together."""
    if isinstance(old, tree.Scan) and isinstance(new, tree.Scan):
        yield from _loop(old, new, names, title, kind)
        return
    reader = Rewriting(names)
    ones, others = _values(old), _values(new)
    if type(old) is not type(new) or len(ones) != len(others):
        texts = [Quoted(line_of(old.span), line_of(new.span), old.span, new.span)]
    else:
        texts = [t for pair in zip(ones, others, strict=True) for t in reader.parts(*pair)]
    name = _called(new, title)
    handles = [_handle(s) for s in (old, new)]
    is_renamed = [names.get(n, n) for n in handles[0]] != list(handles[0]) and bool(texts)
    was = ", ".join(handles[0]) if is_renamed else ""
    for text in texts:
        yield Edit(name, text, old.span, new.span, kind, was)
    for text in reader.stops(ones, others) if type(old) is type(new) else ():
        yield Edit(name, text, old.span, new.span, "stop" if kind == "value" else kind, was)


def _loop(old: tree.Scan, new: tree.Scan, names: Names, title: str, kind: str) -> Iterator[Edit]:
    own = {
        **names,
        **_by_order([c.name for c in old.carried], [c.name for c in new.carried]),
        **_by_order([o.target.name for o in old.over], [o.target.name for o in new.over]),
    }
    own |= {f"next {one}": f"next {other}" for one, other in own.items()}
    if not _says_the_same(old, new, own):
        text = Quoted(line_of(old.span), line_of(new.span), old.span, new.span)
        yield Edit(_called(new, title), text, old.span, new.span, kind)
    yield from _block(old.body, new.body, own, title, kind)


def _called(statement: Any, title: str) -> str:
    """What a statement is told as: what it binds, and of a definition where it stands."""
    if isinstance(statement, tree.Return):
        return title
    name = ", ".join(_handle(statement))
    return f"{title}.{name}" if title else name


def _whole(part: Any, text: str, name: str, *, is_new: bool, kind: str = "value") -> Edit:
    if is_new:
        return Edit(name, Quoted("", brief(text), None, part.span), None, part.span, kind)
    return Edit(name, Quoted(brief(text), "", part.span, None), part.span, None, kind)


def names_read(modules: Iterable[tree.Module]) -> set[str]:
    """The names that texts read."""
    parts = subtrees(tuple([m.statements for m in modules]))
    return {p.name for p in parts if isinstance(p, tree.Name)}


def names_bound(module: tree.Module) -> set[str]:
    """The names that the statements of a file bind, those of its loops too."""
    parts = [s for s in subtrees(module.statements) if isinstance(s, _COMPARED)]
    return {name for s in parts for name in _handle(s)}
