"""Mutants of the compiler's passes: each differs from one of its modules in one place."""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import zip_longest
from pathlib import Path

from tests.mutate.edits import edits

ROOT = Path(__file__).parent.parent.parent
FILES = (
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "gradc/passes").rglob("*.py")),
    "gradc/ir/aliases.py",
    "gradc/targets/numpy/loops.py",
    "gradc/targets/numpy/long_rows.py",
    *(
        f"gradc/targets/c/{name}.py"
        for name in "cuts groups places repeats runs split splitting workspaces".split()
    ),
)
"""All passes, and what plans like one in a target."""


@dataclass(frozen=True)
class PassMutant:
    """A module of the compiler with something wrong in one of its functions."""

    file: str
    function: str
    before: str  # the statement, or what stands above its block
    after: str
    tree: ast.Module = field(repr=False, compare=False)
    place: ast.AST = field(repr=False, compare=False)
    other: ast.AST = field(repr=False, compare=False)

    @property
    def label(self) -> str:
        """What it is known by: where it is, and what has become of a statement there."""
        return f"{self.file} {self.function}: {self.before} => {self.after}"

    @property
    def module(self) -> str:
        return self.file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")

    def text(self) -> str:
        return _unparsed(self.tree, self.place, self.other)


@cache
def pass_mutants(file: str) -> list[PassMutant]:
    """Those of a file, in the order of its lines; of several that read alike the first."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    found: dict[str, PassMutant] = {}
    for function, owner, node in _places(tree, "", tree):
        for other in edits(node):
            before, after = _head(owner, node, node), _head(owner, node, other)
            mutant = PassMutant(file, function, before, after, tree, node, other)
            if before != after:
                found.setdefault(mutant.label, mutant)
    return list(found.values())


def labels_in(files: Collection[str]) -> list[str]:
    """The labels of all mutants of these files."""
    return [m.label for file in FILES if file in files for m in pass_mutants(file)]


def chosen(count: int | None, seed: int, under: str = "") -> list[PassMutant]:
    """As many mutants, spread evenly over the files; all of them where `count` is None.

    `under` is a file, or the folder of the files.
    """
    shuffled = []
    for file in FILES:
        if not Path(file).is_relative_to(under):
            continue
        mutants = list(pass_mutants(file))
        random.Random(f"{file} {seed}").shuffle(mutants)
        shuffled.append(mutants)
    random.Random(seed).shuffle(shuffled)
    dealt = [m for row in zip_longest(*shuffled) for m in row if m is not None]
    return dealt[:count]


def _places(node: ast.AST, function: str, owner: ast.AST) -> Iterator[tuple[str, ast.AST, ast.AST]]:
    """The nodes of functions' bodies, each with its function and the statement that it is in."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            inner = f"{function}.{child.name}".removeprefix(".")
            for statement in child.body:
                yield from _within(statement, inner, statement)
        elif isinstance(child, ast.stmt) and not isinstance(child, ast.Import | ast.ImportFrom):
            yield from _within(child, function, child)


def _within(node: ast.AST, function: str, owner: ast.AST) -> Iterator[tuple[str, ast.AST, ast.AST]]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield from _places(ast.Module([node], []), function, node)
        return
    if isinstance(node, ast.Assert | ast.Raise) or _is_doc(node):
        return
    if isinstance(node, ast.stmt | ast.match_case):
        owner = node
    if function:
        yield function, owner, node
    for child in ast.iter_child_nodes(node):
        if isinstance(node, ast.AnnAssign) and child is node.annotation:
            continue
        if isinstance(child, ast.keyword) and child.arg == "strict":
            continue  # of `zip`, which only ever notices
        yield from _within(child, function, owner)


def _is_doc(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _head(owner: ast.AST, place: ast.AST, other: ast.AST) -> str:
    """A statement on one line, without the blocks below it, with another node in one place."""
    shown = other if owner is place else owner
    bare = copy.copy(shown)
    for block in ("body", "orelse", "cases"):
        if isinstance(getattr(bare, block, None), list):
            setattr(bare, block, [ast.Pass()] if block == "body" else [])
    if isinstance(bare, ast.match_case):
        bare = ast.Match(ast.Name("_", ast.Load()), [bare])
    text = _unparsed(bare, place, other) if owner is not place else ast.unparse(bare)
    return " ".join(text.split()).removesuffix(" pass").removeprefix("match _: ")


def _unparsed(tree: ast.AST, place: ast.AST, other: ast.AST) -> str:
    changed = copy.deepcopy(tree, {id(place): other})
    return ast.unparse(ast.fix_missing_locations(changed))
