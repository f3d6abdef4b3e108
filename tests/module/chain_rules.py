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
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from inspect import unwrap
from types import CodeType, FrameType
from typing import Any

import numpy as np

from gradc.ir.graph import Graph
from gradc.ir.loop import all_nodes
from gradc.targets.told.paragraphs import source_line
from gradc.verification.emitted import Module, Point

_COTANGENT = re.compile(r"\bd\w*/d\w+(?:\.\w+)*|\bd_\w+(?:\.\w+)*")
_ROW = re.compile(
    r"#.*?   (?P<left>(?:d\w*/d|d_)[\w.]+(?:\[[^=]*\])*) (?P<sign>[-+*]?=) "
    r"(?P<right>.*?)(?:   \[.*)?$"
)
_METHODS = frozenset({"T", "mT"})
_END = sys.maxsize  # behind the last line of a function
_READINGS = 64  # of the names of one formula


@dataclass(frozen=True, slots=True)
class Row:
    """A rule as it is written down: `left sign right`, in the words of Python."""

    text: str
    left: str
    sign: str
    right: str


@dataclass(slots=True)
class Paragraph:
    """Rules over lines `start` to `end`, the end not included."""

    function: str
    start: int
    end: int
    rows: list[Row]


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


State = dict[str, Any]


@dataclass(slots=True)
class _Run:
    """What the variables of a function held, before each statement that was run and at the end."""

    lines: list[int] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    written: set[str] = field(default_factory=set)  # the variables that hold something by now


def judged(text: str, graph: Graph, point: Point, one_of: str | None = None) -> Verdict:
    """The rules in all functions of a module that go backward, with the numbers of a point."""
    module = Module(text, "net.py", one_of).in_double()
    found = Verdict()
    names = [module.backward, module.value_and_grad]
    codes = {unwrap(f).__code__: n for n in names if (f := module._namespace.get(n)) is not None}
    runs = _recorded(module, point, codes)
    for name, run in runs.items():
        paragraphs = list(_paragraphs(module.text, name, graph))
        if paragraphs and run.lines:
            _judge(paragraphs, run, module, found)
    return found


def _recorded(module: Module, point: Point, codes: Mapping[CodeType, str]) -> dict[str, _Run]:
    runs = {name: _Run() for name in codes.values()}
    statements = _statements(module.text)

    def keep(frame: FrameType, event: str, _: Any) -> Any:
        name = codes.get(frame.f_code)
        if name is None or runs[name].lines[-1:] == [_END]:  # one run is enough
            return None
        if event in ("line", "return"):
            run = runs[name]
            if not run.lines:
                run.written.update(frame.f_locals)
            line = statements[frame.f_lineno].lineno if event == "line" else _END
            if not run.lines or run.lines[-1] != line:
                if run.lines:
                    run.written.update(_stores(statements[run.lines[-1]]))
                held = frame.f_locals.items()
                run.lines.append(line)
                run.states.append({n: _copied(v) for n, v in held if n in run.written})
        return keep

    before = sys.gettrace()
    sys.settrace(keep)
    try:
        module.gradients(point)
        if module.at_once(point) is None:
            runs.pop(module.value_and_grad, None)
    finally:
        sys.settrace(before)
    return runs


def _statements(text: str) -> dict[int, ast.stmt]:
    """The innermost statement that each line is of, the bodies of loops apart."""
    found: dict[int, ast.stmt] = {}
    for node in ast.walk(ast.parse(text)):  # from the outside inwards
        if isinstance(node, ast.stmt):
            end = node.end_lineno or 0
            if isinstance(node, ast.For | ast.If | ast.FunctionDef):
                end = node.body[0].lineno - 1
            found.update(dict.fromkeys(range(node.lineno, end + 1), node))
    return found


def _stores(statement: ast.stmt) -> set[str]:
    """The variables that a statement gives a number. To get memory, or less of it, is none."""
    found: set[str] = set()
    if isinstance(statement, ast.For):
        return {n.id for n in ast.walk(statement.target) if isinstance(n, ast.Name)}
    if not isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr):
        return found
    if re.search(r"workspace\.arrays\(| = np\.empty\(", ast.unparse(statement)):
        return found
    read = {n.id for n in ast.walk(statement.value or statement) if isinstance(n, ast.Name)}
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            found.add(ast.unparse(node).partition("[")[0])
        elif isinstance(node, ast.keyword) and node.arg == "out":
            found.update(n.id for n in ast.walk(node.value) if isinstance(n, ast.Name))
            read -= {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
    return found - read


def _copied(value: Any) -> Any:
    if isinstance(value, np.ndarray | float):
        return np.array(value)
    if isinstance(value, tuple | list):
        return type(value)(map(_copied, value)) if type(value) in (tuple, list) else value
    return value


# --- reading ---


def rows(text: str) -> Iterator[tuple[int, Row]]:
    """The rules that stand in comments, and their lines."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#") and (row := _ROW.search(line)) is not None:
            left, sign, right = row["left"], row["sign"], row["right"]
            yield number, Row(f"{left} {sign} {right}", _python(left), sign, _python(right))


def _python(formula: str) -> str:
    """A formula with variables for what it calls `dJ/dz`."""

    def variable(match: re.Match[str]) -> str:
        parts, after = match[0].split("."), formula[match.end() :]
        end = len(parts)
        if after.startswith("(") and end > 1:
            end -= 1
        while end > 1 and parts[end - 1] in _METHODS:
            end -= 1
        name = "_".join(parts[:end]).replace("/", "_")
        return ".".join([name, *parts[end:]])

    return _COTANGENT.sub(variable, formula)


def _paragraphs(text: str, function: str, graph: Graph) -> Iterator[Paragraph]:
    """The rules of a function. Those of a line of the graph are told of all its statements, those
    under the title of a call of the ones up to the next title."""
    (found,) = [
        n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef) and n.name == function
    ]
    assert found.end_lineno is not None
    lines = text.splitlines()
    nodes = all_nodes((*graph.nodes, *graph.adjoints))
    spans = [n.origin.span for n in nodes if n.origin.span]
    sources = {_bare(source_line(s.text, margin)) for s in spans for margin in (0, 4, 8, 12)}
    heads = [  # line, indent, whether it is of a whole line of the graph
        (i, len(line) - len(line.lstrip()), _is_of(line.strip()[2:], sources))
        for i, line in enumerate(lines[: found.end_lineno], 1)
        if i > found.lineno and re.match(r" *# \S", line)
    ]
    told = dict(rows(text))
    bodies = [(n.lineno, n.end_lineno or 0) for n in ast.walk(found) if isinstance(n, ast.For)]
    for k, (at, indent, is_whole) in enumerate(heads):
        following = heads[k + 1][0] if k + 1 < len(heads) else found.end_lineno + 1
        mine = [told[i] for i in range(at, following) if i in told]
        ends = [found.end_lineno + 1]
        ends += [end + 1 for start, end in bodies if start < at <= end]
        for there, deep, whole in heads[k + 1 :]:
            if deep <= indent and (whole or not is_whole):
                ends.append(there)
                break
        if mine:
            yield Paragraph(function, at, min(ends), mine)


def _bare(source: str) -> str:
    for role in ("output ", "loss "):
        source = source.removeprefix(role)
    return source


def _is_of(comment: str, sources: set[str]) -> bool:
    comment = _bare(comment)
    return any(comment == s or comment.startswith(f"{s}   ") for s in sources)


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


# --- judging ---


def _judge(paragraphs: Sequence[Paragraph], run: _Run, module: Module, verdict: Verdict) -> None:
    told: State = {}
    statements = _statements(module.text)
    for paragraph in paragraphs:
        here, after = _parts(paragraph, run, statements)
        if not here.states:
            at = f"{paragraph.function}:{paragraph.start}"
            verdict.idle += [f"{at}: {row.text}" for row in paragraph.rows]
        else:
            _Judge(here, after, statements, module._namespace, told).judge(paragraph, verdict)


def _parts(
    paragraph: Paragraph, run: _Run, statements: Mapping[int, ast.stmt]
) -> tuple[_Run, _Run]:
    """A run from where a paragraph began first to behind it, and from there on; nothing, where it
    was not run."""
    inside = range(paragraph.start, paragraph.end)
    first = next((i for i, line in enumerate(run.lines) if line in inside), None)
    if first is None:
        around = ast.FunctionDef | ast.For | ast.If
        if any(n in statements and not isinstance(statements[n], around) for n in inside):
            return _Run(), _Run()
        # There is nothing below it.
        later = [i for i, line in enumerate(run.lines) if line >= paragraph.start]
        return _Run(run.lines[later[0] :][:1], run.states[later[0] :][:1]), _Run()
    end, start = first + 1, run.lines[first]
    while end < len(run.lines) and run.lines[end] in inside and run.lines[end] != start:
        end += 1
    here, after = slice(first, end + 1), slice(end + 1, None)
    return _Run(run.lines[here], run.states[here]), _Run(run.lines[after], run.states[after])


class _Judge:
    """Works out the rules of a paragraph over the states in it."""

    def __init__(
        self,
        here: _Run,
        after: _Run,
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
        each = [any(_is_step(v, held) for v in values) for values in signed]
        if not all(each) and len(found) > 1:
            whole = itertools.islice(itertools.product(*signed), _READINGS)
            if any(_is_step(sum(parts), held) for parts in whole):
                each = [True] * len(found)
        first, last = self.states[0], self.states[-1]
        others = [v for v in first.values() if _is_float(v)]
        changed = [v for n, v in last.items() if _is_float(v) and not _same(v, first.get(n))]
        for label, is_true, values, (row, _) in zip(labels, each, signed, found, strict=True):
            if not is_true and row.sign != "=":  # the sum so far may go by another name
                is_true = any(_is_rest(v, [*own, *changed], others) for v in values)
                is_true = is_true or any(_close(v, part) for v in values for part in changed)
            if is_true or any(
                _close(v, h) for v in values for h in self._changes(left, self.after)
            ):
                verdict.true.append(label)
            elif any(_is_step(-v, own) for v in values):
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
            is_made = not _same(self.states[0].get(n), self.states[-1].get(n))
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
            if _is_float(value) and not (found and _same(value, found[-1])):
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
            if value is None or _same(value, last):
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


def _is_step(value: Any, held: Sequence[Any]) -> bool:
    """Whether a number is what was held, or what was added to it."""
    return any(_close(value, after) for after in held) or any(
        _close(value, after - before, max(_size(after), _size(before)))
        for before, after in itertools.permutations(held, 2)
        if np.shape(before) == np.shape(after)
    )


def _is_rest(value: Any, held: Sequence[Any], others: Sequence[Any]) -> bool:
    """Whether a number is what is held but for what another variable holds, or lacks."""
    for after, other in itertools.product(held, others):
        try:
            spread = np.broadcast_to(other, np.shape(after))
        except ValueError:
            continue
        for before in (spread, -spread):
            if _close(value, after - before, max(_size(after), _size(before))):
                return True
    return False


def _size(value: Any) -> float:
    return float(np.abs(value).max(initial=0))


def _is_float(value: Any) -> bool:
    return isinstance(value, float) or getattr(value, "dtype", np.dtype(bool)).kind == "f"


def _same(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    return np.shape(one) == np.shape(other) and np.array_equal(one, other, equal_nan=True)


def _close(value: Any, held: Any, scale: float = 0) -> bool:
    """Whether numbers are the same but for axes that a formula leaves out, and for what is lost of
    numbers of a size."""
    value, held = np.asarray(value, float), np.asarray(held, float)
    if value.ndim == 2 and value.T.shape == held.shape and _near(value.T, held, scale):
        return True  # columns of what stands in rows
    if value.ndim > held.ndim:
        value, held = held, value
    if value.size == held.size:
        return _near(value.reshape(held.shape), held, scale)
    for axes in itertools.combinations(range(held.ndim), held.ndim - value.ndim):
        spread = np.expand_dims(value, axes)
        fits = all(n in (1, m) for n, m in zip(spread.shape, held.shape, strict=True))
        if fits and _near(np.broadcast_to(spread, held.shape), held, scale):
            return True
    return False


def _near(value: Any, held: Any, scale: float) -> bool:
    scale = max(_size(held), scale * 1e-3, 1e-300)
    return bool(np.allclose(value, held, rtol=1e-7, atol=1e-9 * scale, equal_nan=True))
