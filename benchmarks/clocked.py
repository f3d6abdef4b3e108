"""Where the time of an emitted function goes: a clock behind each of its statements.

The clock costs as much as a small call of NumPy's. What it adds is the difference to the function
as it is, and every statement bears an equal part of that.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

FUNCTIONS = frozenset(
    "tanh exp expm1 log log1p sin cos erf erfc power arctan logaddexp sqrt reciprocal".split()
)
PRODUCTS = frozenset("dot matmul vecdot einsum".split())
PYTHON = "Python"  # names, slices, numbers: what calls no function of NumPy's that computes
_VIEWS = frozenset(
    """reshape transpose errstate setbufsize float32 float64 int64 empty zeros ones arange
    broadcast_to diagonal swapaxes""".split()
)
_OPERATORS: Mapping[type[ast.operator], str] = {
    ast.MatMult: "matmul", ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply",
    ast.Div: "divide", ast.Pow: "power",
}  # fmt: skip
_CLOCK = "_clock"
_SECONDS = 5.0  # of all rounds, where so many are done at least
_FEWEST = 3


@dataclass(frozen=True)
class Share:
    """What the statements of one name take in a call: how many there are, and their seconds."""

    name: str
    calls: int
    seconds: float


def shares(text: str, function: str, arguments: Mapping[str, Any], rounds: int = 25) -> list[Share]:
    """The shares of a function of a module, the largest first; `params` is among its arguments.
    The function is given a workspace. All together they take as long as the function does."""
    names: list[str] = []
    tree = ast.parse(text)
    (node,) = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == function]
    node.body = _clocked(node.body, names)
    ast.fix_missing_locations(tree)
    times, counts = [0.0] * len(names), [0] * len(names)
    last, clock = 0.0, time.process_time

    def stamp(place: int) -> None:
        nonlocal last
        times[place] += clock() - last
        counts[place] += 1
        last = clock()

    plain, seen = _loaded(text, {}), _loaded(ast.unparse(tree), {_CLOCK: stamp})
    kept = [{**arguments, "workspace": module["Workspace"]()} for module in (plain, seen)]
    whole, found = [], []
    end = clock() + _SECONDS
    for done in range(rounds):
        if done >= _FEWEST and clock() > end:
            break
        start = clock()
        plain[function](**kept[0])
        whole.append(clock() - start)
        times[:], counts[:] = [0.0] * len(names), [0] * len(names)
        last = clock()
        seen[function](**kept[1])
        found.append(list(times))
    return _summed(names, counts, [median(t) for t in zip(*found, strict=True)], median(whole))


def _summed(
    names: Sequence[str], counts: Sequence[int], taken: Sequence[float], whole: float
) -> list[Share]:
    """The shares by name, without what the clock adds; the rest of the whole is Python's."""
    calls, seconds = dict[str, int](), dict[str, float]()
    each = max(sum(taken) - whole, 0.0) / max(sum(counts), 1)
    for name, count, time_ in zip(names, counts, taken, strict=True):
        calls[name] = calls.get(name, 0) + count
        seconds[name] = seconds.get(name, 0.0) + max(time_ - count * each, 0.0)
    seconds[PYTHON] = max(whole - sum(s for n, s in seconds.items() if n != PYTHON), 0.0)
    found = [Share(n, calls.get(n, 0), s) for n, s in seconds.items()]
    return sorted(found, key=lambda share: -share.seconds)


def _loaded(text: str, given: dict[str, Any]) -> dict[str, Any]:
    namespace = {"__name__": "clocked", **given}
    exec(compile(text, "clocked", "exec"), namespace)
    return namespace


def _clocked(body: Sequence[ast.stmt], names: list[str]) -> list[ast.stmt]:
    """The statements with a stamp behind each, whose names are added."""
    found: list[ast.stmt] = []
    for statement in body:
        if isinstance(statement, ast.For | ast.If):
            statement.body = _clocked(statement.body, names)
        found.append(statement)
        if not isinstance(statement, ast.Return):
            found.append(ast.parse(f"{_CLOCK}({len(names)})").body[0])
            names.append(_name(statement))
    return found


def _name(statement: ast.stmt) -> str:
    """What a statement spends its time on: its dearest call, and else its operator."""
    if isinstance(statement, ast.For | ast.If):
        return PYTHON
    nodes = list(ast.walk(statement))
    called = [_called(n) for n in nodes if isinstance(n, ast.Call)]
    called += [_OPERATORS[ast.MatMult] for n in nodes if isinstance(n, ast.MatMult)]
    ordered = [c for c in called if c and c not in _VIEWS]
    for kind in (FUNCTIONS, PRODUCTS):
        for call in ordered:
            if call in kind:
                return call
    if ordered:
        return ordered[0]
    if isinstance(statement, ast.AugAssign):
        return _OPERATORS.get(type(statement.op), PYTHON)
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Subscript):
        return "copy"
    return PYTHON


def is_helper(name: str) -> bool:
    """Whether it is a function that stands in the module, such as `_sigmoid`."""
    return name.startswith("_")


def _called(call: ast.Call) -> str:
    """A function of NumPy's, a method, or a function of the module; nothing for Python's own."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return "" if function.attr == "arrays" else function.attr
    assert isinstance(function, ast.Name), "it is called by name"
    is_own = function.id.startswith("_") and not function.id.startswith(("_params", "_array"))
    return function.id if is_own else ""
