"""A function run line by line, and what its variables hold before each statement."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

import numpy as np

from gradc.verification.emitted import Module, Point

State = dict[str, Any]

_END = sys.maxsize  # behind the last line of a function


@dataclass(slots=True)
class Run:
    """What the variables of a function held, before each statement that was run and at the end."""

    lines: list[int] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    written: set[str] = field(default_factory=set)  # the variables that hold something by now


def recorded(module: Module, point: Point, codes: Mapping[CodeType, str]) -> dict[str, Run]:
    runs = {name: Run() for name in codes.values()}
    statements = statements_of(module.text)

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


def statements_of(text: str) -> dict[int, ast.stmt]:
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


def parts(lines: range, run: Run, statements: Mapping[int, ast.stmt]) -> tuple[Run, Run]:
    """A run from where some lines began first to behind them, and from there on; nothing, where
    they were not run."""
    first = next((i for i, line in enumerate(run.lines) if line in lines), None)
    if first is None:
        around = ast.FunctionDef | ast.For | ast.If
        if any(n in statements and not isinstance(statements[n], around) for n in lines):
            return Run(), Run()
        # There is nothing below it.
        later = [i for i, line in enumerate(run.lines) if line >= lines.start]
        return Run(run.lines[later[0] :][:1], run.states[later[0] :][:1]), Run()
    end, start = first + 1, run.lines[first]
    while end < len(run.lines) and run.lines[end] in lines and run.lines[end] != start:
        end += 1
    here, after = slice(first, end + 1), slice(end + 1, None)
    return Run(run.lines[here], run.states[here]), Run(run.lines[after], run.states[after])
