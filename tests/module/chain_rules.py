"""Whether the chain rules over the code of a module are true: each is worked out where it stands.

A function is run line by line, and what its variables hold is kept at each. The right side of a
rule is evaluated over these, and held to what the statements below it leave. A name of the page
means what its variable holds where the paragraph begins, or what the paragraph gives it: a sum that
goes on may be meant whole, but no formula may speak of what overwrites another number.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from inspect import unwrap
from typing import Any

import numpy as np

from gradc.ir.graph import Graph
from gradc.verification.emitted import Module, Point
from tests.module.rule_rows import Paragraph, Row, paragraphs
from tests.module.same_numbers import close, is_float, is_rest, is_step, same
from tests.module.stepped import Run, State, parts, recorded, statements_of

_READINGS = 64  # of the names of one formula


@dataclass(slots=True)
class Verdict:
    """What became of the rules of a module."""

    true: list[str] = field(default_factory=list)
    defining: list[str] = field(default_factory=list)  # what has no variable: told, and read later
    unread: list[str] = field(default_factory=list)  # no expression over what stands there
    idle: list[str] = field(default_factory=list)  # in loops that are not run
    turned: list[str] = field(default_factory=list)  # the code adds up what is to be taken away
    false: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(len(getattr(self, f.name)) for f in fields(self))

    def add(self, other: Verdict) -> None:
        for f in fields(self):
            getattr(self, f.name).extend(getattr(other, f.name))


def judged(text: str, graph: Graph, point: Point, one_of: str | None = None) -> Verdict:
    """The rules in all functions of a module that go backward, with the numbers of a point."""
    module = Module(text, "net.py", one_of).in_double()
    found = Verdict()
    names = [module.backward, module.value_and_grad]
    codes = {unwrap(f).__code__: n for n in names if (f := module._namespace.get(n)) is not None}
    runs = recorded(module, point, codes)
    for name, run in runs.items():
        told = list(paragraphs(module.text, name, graph))
        if told and run.lines:
            _judge(told, run, module, found)
    return found


def _judge(told_of: Sequence[Paragraph], run: Run, module: Module, verdict: Verdict) -> None:
    told: State = {}
    made_by = statements_of(module.text)
    for paragraph in told_of:
        here, after = parts(range(paragraph.start, paragraph.end), run, made_by)
        if not here.states:
            at = f"{paragraph.function}:{paragraph.start}"
            verdict.idle += [f"{at}: {row.text}" for row in paragraph.rows]
        else:
            _Judge(here, after, made_by, module._namespace, told).judge(paragraph, verdict)


class _Judge:
    """Works out the rules of a paragraph over the states in it."""

    def __init__(
        self,
        here: Run,
        after: Run,
        statements: Mapping[int, ast.stmt],
        namespace: Mapping[str, Any],
        told: State,
    ):
        self.states, self.after = here.states, after.states
        self.made_by = [None, *[statements[line] for line in here.lines[:-1]]]
        self.namespace, self.told = namespace, told

    def judge(self, paragraph: Paragraph, verdict: Verdict) -> None:
        sums: dict[str, list[tuple[Row, list[Any]]]] = {}
        with np.errstate(all="ignore"):
            for row in paragraph.rows:
                label = f"{paragraph.function}:{paragraph.start}: {row.text}"
                try:
                    values = list(self._values(row.right))
                except Exception as failure:
                    verdict.unread.append(f"{label} ({type(failure).__name__}: {failure})")
                    continue
                if values:
                    sums.setdefault(row.left, []).append((row, values))
                else:  # a name stands for nothing yet, or for nothing any more
                    verdict.false.append(f"{label} (nothing)")
            for left, found in sums.items():
                self._of(left, found, paragraph, verdict)

    def _of(
        self, left: str, found: Sequence[tuple[Row, list[Any]]], at: Paragraph, verdict: Verdict
    ) -> None:
        labels = [f"{at.function}:{at.start}: {row.text}" for row, _ in found]
        for row, values in found:
            self._tell(row, -values[0] if row.sign == "-=" else values[0])
        own, longer = self._held(left)
        for row, values in found:
            if row.sign == "*=":
                values[:] = [v * h for v in values for h in own if np.ndim(v) == 0]
        signed = [[-v if row.sign == "-=" else v for v in values] for row, values in found]
        held = [*own, *longer]
        each = [any(is_step(v, held) for v in values) for values in signed]
        if not all(each) and len(found) > 1:
            whole = itertools.islice(itertools.product(*signed), _READINGS)
            if any(is_step(sum(parts), held) for parts in whole):
                each = [True] * len(found)
        first, last = self.states[0], self.states[-1]
        others = [v for v in first.values() if is_float(v)]
        changed = [v for n, v in last.items() if is_float(v) and not same(v, first.get(n))]
        for label, is_true, values, (row, _) in zip(labels, each, signed, found, strict=True):
            if not is_true and row.sign != "=":  # the sum so far may go by another name
                is_true = any(is_rest(v, [*own, *changed], others) for v in values)
                is_true = is_true or any(close(v, part) for v in values for part in changed)
            if is_true or any(close(v, h) for v in values for h in self._changes(left, self.after)):
                verdict.true.append(label)
            elif any(is_step(-v, own) for v in values):
                verdict.turned.append(label)
            else:
                is_held = own and not self._told_of(row.right)
                (verdict.false if is_held else verdict.defining).append(label)

    def _told_of(self, right: str) -> bool:
        """Whether it reads what has no variable."""
        read = {n.id for n in ast.walk(ast.parse(right)) if isinstance(n, ast.Name)}
        return any(n in self.told and not any(n in s for s in self.states) for n in read)

    def _tell(self, row: Row, value: Any) -> None:
        """Notes what a name stands for that has no variable."""
        before = 0 if row.sign == "=" else self.told.pop(row.left, 0)
        if np.shape(before) in ((), np.shape(value)):
            self.told[row.left] = before + value

    def _held(self, left: str) -> tuple[list[Any], list[Any]]:
        """The numbers that the left side went through: under its name, which may have a number or
        say that it is a part; and under longer names."""
        name, index = re.fullmatch(r"(\w+)(.*)", left).groups()  # type: ignore[union-attr]
        names = {n for s in self.states for n in s if n == name or n.startswith(f"{name}_")}
        its_own = re.compile(rf"{name}(_\d+)?")
        part = re.compile(rf"{name}_(rows|columns|step|part|flat)(_\d+)?")
        own: list[Any] = []
        longer: list[Any] = []
        for n in sorted(names):
            is_made = not same(self.states[0].get(n), self.states[-1].get(n))
            found = own if its_own.fullmatch(n) or (is_made and part.fullmatch(n)) else longer
            for expression in {n + index, n}:
                found += self._changes(expression, self.states)
        return own, longer

    def _changes(self, expression: str, states: Sequence[State]) -> list[Any]:
        found: list[Any] = []
        for state in states:
            try:
                value = eval(expression, {**self.namespace}, state)
            except Exception:
                continue
            if is_float(value) and not (found and same(value, found[-1])):
                found.append(value)
        return found

    def _values(self, right: str) -> Iterator[Any]:
        """What a formula may mean: for each of its names what that may."""
        read = [n.id for n in ast.walk(ast.parse(right, mode="eval")) if isinstance(n, ast.Name)]
        known = {*self.told, *[n for s in self.states for n in s]}
        names = [n for n in dict.fromkeys(read) if n in known]
        meanings = [list(self._meanings(name)) for name in names]
        tree = ast.fix_missing_locations(_Rows().visit(ast.parse(right, mode="eval")))
        code = compile(tree, "rule", "eval")
        for chosen in itertools.islice(itertools.product(*meanings), _READINGS):
            named = dict(zip(names, chosen, strict=True))
            yield np.asarray(eval(code, {**self.namespace, **_WORDS, **named}))

    def _meanings(self, name: str) -> Iterator[Any]:
        """What a variable holds at the start; what is made here, where that is nothing; what is
        added to it here."""
        values = [s.get(name) for s in self.states]
        if all(v is None for v in values):
            yield self.told[name]
            return
        last, is_there = None, False
        for statement, value in zip(self.made_by, values, strict=True):
            if value is None or same(value, last):
                continue
            if is_there and not _adds(statement, name):
                return
            is_there = is_there or statement is None
            yield value
            last = value


def _adds(statement: ast.stmt | None, name: str) -> bool:
    """Whether a statement adds something to a variable."""
    match statement:
        case ast.AugAssign(target, ast.Add() | ast.Sub()):
            return ast.unparse(target).partition("[")[0] == name
        case ast.Assign([ast.Name(target)], ast.BinOp(ast.Name(first), ast.Add() | ast.Sub())):
            return name == target == first
        case ast.Assign(_, ast.Call() as call) | ast.Expr(ast.Call() as call):
            words = [ast.unparse(call.func), *map(ast.unparse, call.args[:1])]
            out = [ast.unparse(k.value) for k in call.keywords if k.arg == "out"]
            return words in (["np.add", name], ["np.subtract", name]) and out == [name]
    return False


class _Rows(ast.NodeTransformer):
    """Products of arrays whose leading axes are one, as the shapes behind a rule say."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.MatMult):
            return node
        function, left = "_product", node.left
        if isinstance(left, ast.Attribute) and left.attr == "T":
            function, left = "_turned_product", left.value
        return ast.Call(ast.Name(function, ast.Load()), [left, node.right], [])


def _flat(x: Any) -> Any:
    return x.reshape(-1, x.shape[-1]) if np.ndim(x) > 2 else x


def _product(a: Any, b: Any) -> Any:
    """Of a matrix or a vector with what has more rows than one axis counts."""
    return a @ (_flat(b) if np.ndim(a) <= 2 else b)


def _turned_product(a: Any, b: Any) -> Any:
    """`a.T @ b`: a sum over all axes but the last ones."""
    if np.ndim(a) < 3 and np.ndim(b) < 3:
        return a.T @ b
    if b.size < a.size and b.size == np.size(a) // np.shape(a)[-1]:
        return _flat(a).T @ b.reshape(-1)
    b = _flat(b)
    return a.reshape(len(b), -1).T @ b


class _OneHot:
    """`p - 0.75 * one_hot(labels)`: as many classes as `p` has."""

    __array_ufunc__ = None

    def __init__(self, labels: Any, times: float = 1):
        self.labels, self.times = np.asarray(labels), times

    def __rmul__(self, times: float) -> _OneHot:
        return _OneHot(self.labels, self.times * times)

    def __rsub__(self, p: Any) -> Any:
        labels = self.labels.reshape(p.shape[:-1])
        return p - self.times * (labels[..., None] == np.arange(p.shape[-1]))


_WORDS = {"one_hot": _OneHot, "_product": _product, "_turned_product": _turned_product}
