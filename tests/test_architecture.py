"""The architecture: which package may import which, and how files are named, and how long."""

import ast
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pytest

from gradc.commands import VERBS
from tests.parsed import parsed

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "gradc"
MODULES = sorted(PACKAGE.rglob("*.py"))

# What each part of gradc may import of gradc, from the text to the command line; what knows nothing
# is for all.
ALLOWED = {
    "version": "",
    "records": "",
    "patterns": "",
    "digest": "",
    "source": "",
    "resources": "",
    "limits": "",
    "amounts": "",
    "reading": "",
    "diagnostics": "source",
    "also": "diagnostics",
    "budget": "source diagnostics",
    "report": "version source diagnostics",
    "syntax": "source resources limits reading diagnostics",
    "ir": "budget source resources diagnostics",
    "once": "source diagnostics ir",
    "counts": "once source diagnostics",
    "elaborate": "budget counts once source diagnostics syntax ir",
    "passes": "amounts budget counts once source diagnostics ir",
    "targets": "source resources diagnostics ir passes",
    "library": "source resources diagnostics syntax ir elaborate targets",
    "remedies": "source diagnostics syntax",
    "compiler": (
        "version also amounts source limits reading budget diagnostics syntax ir elaborate remedies"
        " passes library targets"
    ),
    "building": "also source compiler targets",
    "verification": "also source diagnostics syntax ir passes library targets compiler",
    "reduction": "source diagnostics syntax ir compiler",
    "comparison": "source diagnostics report syntax ir elaborate passes compiler",
    "importing": (
        "amounts budget source limits diagnostics reading syntax ir elaborate library compiler"
        " verification"
    ),
    "lessons": (
        "version also source resources diagnostics syntax ir passes library targets"
        " compiler verification"
    ),
    "editor": (
        "version also source limits reading budget diagnostics syntax ir elaborate remedies"
        " passes library remedies compiler"
    ),
    "commands": (
        "version also amounts source resources limits reading budget diagnostics report syntax"
        " ir targets library"
        " compiler building verification reduction comparison lessons editor importing"
    ),
    "python": (
        "also amounts building diagnostics report compiler syntax source targets lessons commands"
    ),
    "hook": "python",
    "torch": "diagnostics importing python",
    "gradc": "version python hook",
    "cli": "version diagnostics commands",
    "__main__": "cli",
}
# The modules that may import a package of others.
FOREIGN = {
    "_sha2": {"digest"},  # the one or the other is Python's own, by its version
    "_sha256": {"digest"},
    "numpy": {"targets", "lessons", "verification", "importing"},
    "google": {"importing.onnx"},
    "torch": {"importing.torch", "torch"},
    "lark": {"syntax", "ir.text"},
    "jax": {"targets.jax.helpers"},
    "onnx": {"importing.onnx", "targets.onnx.proto"},
    "jinja2": {"targets.render"},
    "cairosvg": {"lessons.draw.raster"},
    "sympy": {"lessons.words.symbols", "verification"},
    "pygls": {"editor.server", "editor.protocol"},
    "lsprotocol": {"editor.server", "editor.protocol"},
    "pygments": {"editor.lexer"},
}
PRINTING = {"cli", "commands"}
# What each room of the lessons may import of the others.
ROOMS = {
    "run": "",
    "words": "run",
    "pages": "run words",
    "layout": "",
    "draw": "run words layout",
    "worksheet": "run words draw",
}
# Rooms whose files are called as those of another by design: elaboration goes over what the syntax
# reads, a target and the functions for shapes go over the families of operations, and a verb is
# called what the user types. Two rooms hold what they are about as text.
PARALLEL = {"elaborate", "targets", "library.shapes"}
SHARED = {"__init__", "text"}


def name_of(path: Path) -> str:
    """A module's name below gradc: `ir.types`."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts).removesuffix("__init__").removesuffix(".") or "gradc"


def imports_of(path: Path) -> Iterator[str]:
    """The full names of what a module imports, within functions too."""
    for node in parsed(path).imports:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        else:
            assert node.level == 0, f"{path}: a relative import"
            below = {alias.name for alias in node.names}
            if node.module == "gradc" and not below <= {"__version__"}:
                yield from (f"gradc.{name}" for name in below)
            else:
                assert node.module
                yield node.module


def modules_of(path: Path, modules: Collection[str]) -> Iterator[str]:
    """Those of the modules that a file imports, be it a name in them or the module itself."""
    for node in parsed(path).imports:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        else:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name for name in names if name in modules)
            if node.module in modules and not set(names) <= set(modules):
                yield node.module


def part_of(module: str) -> str:
    """The row of the table that a full name belongs to."""
    return module.removeprefix("gradc.").split(".")[0]


def test_a_module_imports_only_what_its_part_may() -> None:
    for path in MODULES:
        own = part_of(f"gradc.{name_of(path)}") if name_of(path) != "gradc" else "gradc"
        found = {part_of(m) for m in imports_of(path) if m.split(".")[0] == "gradc"}
        free = {own, "records", "patterns", "digest"}
        assert found - free <= set(ALLOWED[own].split()), name_of(path)


@pytest.mark.parametrize(
    "path", [p for p in MODULES if name_of(p).startswith("lessons.")], ids=name_of
)
def test_a_room_of_the_lessons_imports_only_what_it_may(path: Path) -> None:
    own = name_of(path).split(".")[1]
    found = {m.split(".")[2] for m in imports_of(path) if m.startswith("gradc.lessons.")}
    assert found - {own} <= set(ROOMS[own].split())


# Rooms that know no target: what they say is true whatever a program is written in.
UNTARGETED = {"ir", "passes", "elaborate"}
_NO_TARGETS = {"python", "told", "assembly"}
TARGETS = {p.name for p in (PACKAGE / "targets").iterdir() if p.is_dir()} - _NO_TARGETS
# A name of one letter is anybody's: what imports its rooms is found by the import.
_WORDS = [*sorted(name for name in TARGETS if len(name) > 1), "np", "ufunc"]
SPELLED = re.compile(rf"\b({'|'.join(_WORDS)})\b")


def spellings_in(source: str) -> list[str]:
    """The words of targets in a module's code: names and strings, but not what documents it."""
    tree = ast.parse(source)
    bare = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    words: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare:
            words.append(node.value)
        elif isinstance(node, ast.Name):
            words.append(node.id)
        elif isinstance(node, ast.Attribute):
            words.append(node.attr)
        elif isinstance(node, ast.alias):
            words += [node.name, node.asname or ""]
        elif isinstance(node, ast.ImportFrom):
            words.append(node.module or "")
    return [word for word in words if SPELLED.search(word)]


@pytest.mark.parametrize(
    "path", [p for p in MODULES if part_of(f"gradc.{name_of(p)}") in UNTARGETED], ids=name_of
)
def test_meaning_and_memory_know_no_target(path: Path) -> None:
    assert [m for m in imports_of(path) if m.startswith("gradc.targets")] == []
    assert spellings_in(path.read_text()) == []


@pytest.mark.parametrize(
    "source",
    ["import numpy", "y = np.exp(x)", "op.spellings['numpy']", "f'np.{x}'", "y = found.numpy(x)",
     "from numpy import exp", "from gradc.targets.numpy import run", "import json as np",
     "import numpy.linalg"],
)  # fmt: skip
def test_the_word_of_a_target_is_found(source: str) -> None:
    assert "numpy" in TARGETS
    assert spellings_in(source) != []
    assert spellings_in('"""As NumPy does: np.exp."""\n"And numpy too."  # np') == []


# What each room of the targets may import of the others. None imports another target.
TARGET_ROOMS = {
    "target": "",
    "render": "",
    "python": "target",
    "told": "target python",
    "assembly": "target python told",
    "numpy": "target render python told assembly",
    "c": "target render python told",
    "jax": "target render python told assembly",
    "onnx": "target told",
    "offered": "target numpy c jax onnx",
}


@pytest.mark.parametrize(
    "path", [p for p in MODULES if name_of(p).startswith("targets.")], ids=name_of
)
def test_a_room_of_the_targets_imports_only_what_it_may(path: Path) -> None:
    own = name_of(path).split(".")[1]
    found = {m.split(".")[2] for m in imports_of(path) if m.startswith("gradc.targets.")}
    assert found - {own} <= set(TARGET_ROOMS[own].split())


def test_the_compiler_knows_no_target_by_name() -> None:
    found = [m for m in imports_of(PACKAGE / "compiler.py") if m.startswith("gradc.targets.")]
    assert {m.split(".")[2] for m in found} == {"target", "offered"}


def test_the_table_has_no_row_too_many_and_no_circle() -> None:
    parts = {part_of(f"gradc.{name_of(p)}") for p in MODULES}
    assert set(ALLOWED) == parts
    order = list(ALLOWED)
    for part, others in ALLOWED.items():
        assert all(order.index(other) < order.index(part) for other in others.split()), part


DEEPEST = 3  # classes of gradc that inherit from one another


def circles(edges: Mapping[str, set[str]]) -> list[set[str]]:
    """The groups of names that reach each other."""
    reached: dict[str, set[str]] = {}
    for name in edges:
        pending, reached[name] = [name], set()
        while pending:
            new = edges[pending.pop()] - reached[name]
            reached[name] |= new
            pending.extend(new)
    groups = [{m for m in edges if m in reached[n] and n in reached[m]} for n in sorted(edges)]
    return [g for i, g in enumerate(groups) if g and g not in groups[:i]]


def depth(name: str, bases: Mapping[str, set[str]]) -> int:
    """How many classes stand in a row, up to the furthest ancestor."""
    return 1 + max((depth(base, bases) for base in bases[name]), default=0)


def test_no_modules_import_each_other_in_a_circle() -> None:
    paths = {f"gradc.{name_of(p)}": p for p in MODULES if name_of(p) != "gradc"}
    edges = {name: set(modules_of(path, paths)) for name, path in paths.items()}
    assert circles(edges) == []


def test_a_circle_is_found() -> None:
    edges = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": {"d"}, "e": {"a"}}
    assert circles(edges) == [{"b", "c"}, {"d"}]


def test_no_chain_of_classes_is_deep() -> None:
    classes = [found for p in MODULES for found in parsed(p).classes]
    names = {name for name, _ in classes}
    bases: dict[str, set[str]] = {name: set() for name in names}
    for name, given in classes:
        bases[name] |= {*given} & names - {name}
    assert [name for name in sorted(names) if depth(name, bases) > DEEPEST] == []


def test_the_depth_of_a_chain_is_counted() -> None:
    bases = {"A": set(), "B": {"A"}, "C": {"A", "B"}, "D": {"C"}}
    assert [depth(name, bases) for name in bases] == [1, 2, 3, 4]


def test_a_module_imports_of_others_only_what_it_may() -> None:
    for path in MODULES:
        name = name_of(path)
        for module in imports_of(path):
            package = module.split(".")[0]
            if package == "gradc" or package in sys.stdlib_module_names:
                continue
            homes = FOREIGN[package]
            is_home = any(name == home or name.startswith(f"{home}.") for home in homes)
            assert is_home, f"{name} imports {module}"


def test_nothing_below_the_command_line_prints() -> None:
    below = [p for p in MODULES if part_of(f"gradc.{name_of(p)}") not in PRINTING]
    assert len(below) > 100
    for path in below:
        assert "print" not in parsed(path).names, name_of(path)
        assert {"stdout", "stderr"}.isdisjoint(parsed(path).attributes), name_of(path)


def test_a_file_is_short_and_named_after_what_it_holds() -> None:
    assert {name_of(p): parsed(p).lines for p in MODULES if parsed(p).lines > 350} == {}
    assert {p.stem for p in MODULES}.isdisjoint(["utils", "util", "misc", "common", "helpers_"])


def test_no_two_rooms_have_a_file_of_one_name() -> None:
    homes: dict[str, list[str]] = {}
    for path in MODULES:
        room, _, own = name_of(path).rpartition(".")
        parallel = any(f"{room}.".startswith(f"{other}.") for other in PARALLEL)
        if path.stem not in SHARED and not parallel and not (room == "commands" and own in VERBS):
            homes.setdefault(path.stem, []).append(name_of(path))
    assert [names for names in homes.values() if len(names) > 1] == []


def test_a_module_says_what_it_is_for() -> None:
    silent = [p for p in MODULES if not parsed(p).doc]
    assert [name_of(p) for p in silent if p.read_text().strip()] == []


# --- templates -----------------------------------------------------------------------------------

# `{{ a.b }}`, `for`, `if name`, `include`, and text.
