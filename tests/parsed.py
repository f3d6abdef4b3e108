"""What tests ask of the text of gradc's modules: each is parsed and walked once for all of them."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Parsed:
    """What stands in a module, within functions too."""

    imports: tuple[ast.Import | ast.ImportFrom, ...]
    classes: tuple[tuple[str, tuple[str, ...]], ...]  # by name, and the names of their bases
    names: frozenset[str]
    attributes: frozenset[str]
    doc: str | None
    lines: int


@cache
def parsed(path: Path) -> Parsed:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    imports: list[ast.Import | ast.ImportFrom] = []
    classes: list[tuple[str, tuple[str, ...]]] = []
    names, attributes = set[str](), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.Attribute):
            attributes.add(node.attr)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            imports.append(node)
        elif isinstance(node, ast.ClassDef):
            bases = tuple(base.id for base in node.bases if isinstance(base, ast.Name))
            classes.append((node.name, bases))
    return Parsed(
        tuple(imports),
        tuple(classes),
        frozenset(names),
        frozenset(attributes),
        ast.get_docstring(tree),
        len(text.splitlines()),
    )
