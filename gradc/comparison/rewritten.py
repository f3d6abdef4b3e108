"""Rewritten: where two expressions differ, as what the user wrote instead of what.

Names of the old file are read as the new one has them. The order of what is added or multiplied
does not count, and neither does `stop_gradient`: it is of no value, and told by itself. The
smallest part that differs is told, within what it stands in where it is a name or a number; where
all of an expression differs, or many parts of it do, it is told as a whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from gradc.comparison.quoted import Quoted, brief, line_of
from gradc.elaborate.order import subtrees
from gradc.records import dataclass, field_names, is_record
from gradc.syntax import tree
from gradc.syntax.habits.enclosed import unwrapped

Names: TypeAlias = Mapping[str, str]
"""What names of the old file are called in the new one."""

_Term: TypeAlias = "tuple[int, tree.Expr]"  # with its sign

_HIDDEN = frozenset({"span", "op_span", "depth", "doc", "text", "instance"})
_LEAVES = (tree.Name, tree.Number, tree.String, tree.Keyword, tree.Next)
_EITHER_WAY = frozenset({"+", "*"})
_SUMS = frozenset({"+", "-"})
_STOP = "stop_gradient"
_MOST = 3  # places of one expression; of more it is told as a whole


def key(part: Any, names: Names) -> Any:
    """What a piece of tree says of values: equal for two that say the same."""
    if isinstance(part, tuple):
        return tuple([key(p, names) for p in part])
    if not is_record(part):
        return part
    if isinstance(part, tree.Identifier | tree.Name):
        return names.get(part.name, part.name)
    if isinstance(part, tree.Number):
        return ("number", part.value)
    if _is_stop(part):
        return key(part.args[0].value, names)
    if isinstance(part, tree.Binary) and part.op in _EITHER_WAY:
        return (part.op, *sorted([repr(key(p, names)) for p in _chain(part)]))
    if isinstance(part, tree.Argument):
        return (part.keyword and part.keyword.name, key(part.value, names))
    told = [f for f in field_names(part) if f not in _HIDDEN]
    return (type(part).__name__, *[key(getattr(part, f), names) for f in told])


def same(old: Any, new: Any, names: Names) -> bool:
    """Whether two pieces of tree say the same of values."""
    return bool(key(old, names) == key(new, {}))


@dataclass(frozen=True, slots=True)
class Rewriting:
    """Reads what became of expressions, given what names are called now."""

    names: Names

    def parts(self, old: tree.Expr, new: tree.Expr) -> list[Quoted]:
        """Where two expressions differ."""
        found = list(self._differences(old, new, None))
        return found if len(found) <= _MOST else [_quoted(old, new)]

    def stops(self, old: Any, new: Any) -> list[Quoted]:
        """What a derivative does not pass any more in two pieces of tree, or passes again."""
        before, after = list(_stops(old)), list(_stops(new))
        had = Counter([repr(key(call, self.names)) for call in before])
        has = Counter([repr(key(call, {})) for call in after])
        found = []
        for calls, names, more, is_new in (
            (before, self.names, had - has, False),
            (after, {}, has - had, True),
        ):
            for call in calls:
                if more[name := repr(key(call, names))] > 0:
                    more[name] -= 1
                    text, plain = (brief(line_of(p.span)) for p in (call, _unstopped(call)))
                    found.append(
                        Quoted(plain, text, None, call.span)
                        if is_new
                        else Quoted(text, plain, call.span, None)
                    )
        return found

    def are_alike(self, old: tree.Expr, new: tree.Expr) -> bool:
        """Whether two expressions are the same, or only parts of them differ.

        What does something else with the same is alike too.
        """
        before, after = _operands(_unstopped(old)), _operands(_unstopped(new))
        if before and len(before) == len(after):
            pairs = zip(before, after, strict=True)
            if all([same(*pair, self.names) for pair in pairs]):
                return True
        return all(q.before is not old.span or q.within for q in self._differences(old, new, None))

    def _differences(
        self, old: tree.Expr, new: tree.Expr, within: tree.Expr | None
    ) -> Iterator[Quoted]:
        old, new = _unstopped(old), _unstopped(new)
        if same(old, new, self.names):
            return
        if self._shares_terms(old, new):
            yield from self._terms(old, new)
        elif self._are_of_one_kind(old, new):
            yield from self._operands(old, new)
        else:
            is_leaf = isinstance(old, _LEAVES) and isinstance(new, _LEAVES)
            yield _quoted(old, new, within if is_leaf else None)

    def _are_of_one_kind(self, old: Any, new: Any) -> bool:
        """Whether two expressions do the same with as many operands."""
        if type(old) is not type(new) or len(_operands(old)) != len(_operands(new)):
            return False
        if isinstance(old, tree.Call):
            called = [[a.keyword and a.keyword.name for a in c.args] for c in (old, new)]
            return called[0] == called[1] and same(old.callee, new.callee, self.names)
        return isinstance(old, tree.Binary | tree.Unary) and bool(old.op == new.op)

    def _operands(self, old: Any, new: Any) -> Iterator[Quoted]:
        """The operands that differ; where all do, and nothing of them is alike, the whole."""
        pairs = list(zip(_operands(old), _operands(new), strict=True))
        if isinstance(old, tree.Binary) and old.op in _EITHER_WAY:
            before, after = self._apart(
                [(1, p) for p in _chain(old)], [(1, p) for p in _chain(new)]
            )
            pairs = [(a, b) for (_, a), (_, b) in zip(before, after, strict=False)]
            if len(before) != len(after) or len(before) == len(_chain(old)):
                yield _quoted(old, new)
                return
        differ = [p for p in pairs if not same(*p, self.names)]
        if len(differ) == len(pairs) > 1 and not any([self.are_alike(*p) for p in differ]):
            yield _quoted(old, new)
            return
        for a, b in differ:
            yield from self._differences(a, b, new)

    def _shares_terms(self, old: tree.Expr, new: tree.Expr) -> bool:
        """Whether one of two is a sum that has a term of the other."""
        if not any(isinstance(p, tree.Binary) and p.op in _SUMS for p in (old, new)):
            return False
        ones, others = _terms(old), _terms(new)
        before, after = self._apart(ones, others)
        if len(before) < len(ones):
            return True
        return any([self.are_alike(a, b) for s, a in before for t, b in after if s == t])

    def _terms(self, old: tree.Expr, new: tree.Expr) -> Iterator[Quoted]:
        """The terms that only one of two sums has; of those some belong together."""
        before, after = self._apart(_terms(old), _terms(new))
        pairs = []
        for a in list(before):
            is_alone = len(before) == len(after) == 1
            for b in after:
                if a[0] == b[0] and (is_alone or self.are_alike(a[1], b[1])):
                    pairs.append((a[1], b[1]))
                    before.remove(a)
                    after.remove(b)
                    break
        if before and after:
            yield _quoted(old, new)
            return
        for one, other in pairs:
            yield from self._differences(one, other, new)
        for sign, term in before:
            yield Quoted(_signed(sign, term), "", term.span, None)
        for sign, term in after:
            yield Quoted("", _signed(sign, term), None, term.span)

    def _apart(
        self, before: Sequence[_Term], after: Sequence[_Term]
    ) -> tuple[list[_Term], list[_Term]]:
        """The terms that only one of two lists has."""
        ones = [(s, repr(key(t, self.names))) for s, t in before]
        others = [(s, repr(key(t, {}))) for s, t in after]
        both = Counter(ones) & Counter(others)
        return _left(before, ones, both.copy()), _left(after, others, both)


def _left(terms: Sequence[_Term], keys: Sequence[Any], both: Counter[Any]) -> list[_Term]:
    left = []
    for term, found in zip(terms, keys, strict=True):
        if both[found] > 0:
            both[found] -= 1
        else:
            left.append(term)
    return left


def _chain(part: tree.Binary) -> list[tree.Expr]:
    """The operands of `a * b * c`, from left to right."""
    found: list[tree.Expr] = []
    pending: list[tree.Expr] = [part]
    while pending:
        top = pending.pop()
        if isinstance(top, tree.Binary) and top.op == part.op:
            pending += [top.right, top.left]
        else:
            found.append(top)
    return found


def _terms(part: tree.Expr) -> list[_Term]:
    """The terms of `a + b - c` with their signs, from left to right."""
    found: list[_Term] = []
    pending: list[_Term] = [(1, part)]
    while pending:
        sign, top = pending.pop()
        if isinstance(top, tree.Binary) and top.op in _SUMS:
            pending += [(-sign if top.op == "-" else sign, top.right), (sign, top.left)]
        else:
            found.append((sign, top))
    return found


def _signed(sign: int, term: tree.Expr) -> str:
    text = brief(line_of(term.span))
    return text if sign > 0 else f"- {text}"


def _operands(part: Any) -> list[Any]:
    match part:
        case tree.Binary():
            return [part.left, part.right]
        case tree.Unary():
            return [part.operand]
        case tree.Call():
            return [a.value for a in part.args]
    return []


def _is_stop(part: Any) -> bool:
    if not isinstance(part, tree.Call) or not isinstance(part.callee, tree.Name):
        return False
    return part.callee.name == _STOP and len(part.args) == 1


def _unstopped(part: Any) -> Any:
    """What stands in `stop_gradient(…)`."""
    while _is_stop(part):
        part = part.args[0].value
    return part


def _stops(part: Any) -> Iterator[Any]:
    return (piece for piece in subtrees(part) if _is_stop(piece))


def _quoted(old: tree.Expr, new: tree.Expr, within: tree.Expr | None = None) -> Quoted:
    texts = ["" if p is None else unwrapped(line_of(p.span)) for p in (old, new, within)]
    one, other, around = map(brief, texts)
    return Quoted(one, other, old.span, new.span, around)
