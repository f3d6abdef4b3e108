"""JAX's derivatives of what `forward` computes: the text of a module as JAX sees it.

A module at -O0 is one statement a node, in NumPy's spelling. With `jax.numpy` for NumPy, and each
assignment to elements as an array of its own, JAX differentiates it and asks no rule of gradc's.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from gradc.verification.emitted import Module, Point

jax: Any = pytest.importorskip("jax", reason="jax is missing: pip install 'gradc[oracle]'")
jax.config.update("jax_enable_x64", True)
jax.config.update("jax_disable_most_optimizations", True)  # compiling takes longer than running

Arrays = Mapping[str, Any]


class _NumPy:
    """`jax.numpy`; NumPy's own where JAX has none of the name."""

    def __getattr__(self, name: str) -> Any:
        return getattr(jax.numpy, name, None) or getattr(np, name)


class _Elements(ast.NodeTransformer):
    """`x[i] = y` as `x = x.at[i].set(y)`, and `x[i] += y` as what it means."""

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        return _placed(node.targets[0], node.value) or node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        before = ast.parse(ast.unparse(node.target), mode="eval").body
        return _placed(node.target, ast.BinOp(before, node.op, node.value)) or node


def _placed(target: ast.expr, value: ast.expr) -> ast.AST | None:
    if not isinstance(target, ast.Subscript):
        return None
    assert isinstance(target.value, ast.Name)
    name, load = target.value.id, ast.Load()
    at = ast.Attribute(ast.Name(name, load), "at", load)
    place = ast.Attribute(ast.Subscript(at, target.slice, load), "set", load)
    return ast.Assign([ast.Name(name, ast.Store())], ast.Call(place, [value], []))


def _conv2d(
    x: Any, w: Any, stride: Any = (1, 1), padding: Any = ((0, 0), (0, 0)),
    dilation: Any = (1, 1), groups: int = 1,
) -> Any:  # fmt: skip
    return jax.lax.conv_general_dilated(
        x, w, stride, padding, rhs_dilation=dilation, feature_group_count=groups
    )


def _max_pool2d(x: Any, size: Any) -> Any:
    window = (1, 1, *size)
    return jax.lax.reduce_window(x, -np.inf, jax.lax.max, window, window, "VALID")


_HELPERS: dict[str, Any] = {
    "_conv2d": _conv2d,
    "_max_pool2d": _max_pool2d,
    "_sigmoid": jax.nn.sigmoid,
    # Numbers have no values while JAX traces them: they are neither looked at nor made Python's.
    "float": lambda x: x,
    "_labels": lambda *_: None,
    "_indices": lambda *_: None,
}
"""What stands for functions of a module that write into memory, or look at numbers."""


def outputs_of(module: Module, point: Point) -> Callable[[Arrays], dict[str, Any]]:
    """`forward` of a module in double precision, as a function of some of its arguments."""
    tree = ast.fix_missing_locations(_Elements().visit(ast.parse(module.text)))
    namespace: dict[str, Any] = {"__name__": "_by_jax"}
    exec(compile(tree, "by_jax.py", "exec"), namespace)
    namespace |= {"np": _NumPy(), **_HELPERS}
    described, forward = namespace["__graph__"], namespace["forward"]
    accepted = inspect.signature(forward).parameters
    fixed = {n: v for n, v in (("rng", 0), ("training", True)) if n in accepted}

    def outputs(moved: Arrays) -> dict[str, Any]:
        params = {n: moved.get(n, v) for n, v in point.params.items()}
        given = {
            described["inputs"][n]["argument"]: moved.get(n, v) for n, v in point.inputs.items()
        }
        found, *_ = forward(*([params] if params else []), **given, **fixed)
        names = {n: o["argument"] for n, o in described["outputs"].items()}
        return {n: getattr(found, a) for n, a in names.items()}

    return outputs
