"""Puts the playground together: the page, Pyodide, and gradc with what it needs, in one folder.

    python docs/playground/build.py NODE_MODULES OUT

It is called by `make playground`, with the packages of `package-lock.json` installed.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from gradc.syntax import tables
from gradc.syntax.keywords import KEYWORDS
from gradc.targets import render

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PAGE = (
    *("index.html", "style.css", "sheet.html", "page.js", "views.js", "editor.js", "highlight.js"),
    *("sharing.js", "compiler.js", "worker.js", "engine.js"),
)
PYODIDE = (
    *("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"),
    "pyodide-lock.json",
)
# gradc, and the packages that it needs to compile; where they have parts in C, these are left out.
PACKAGES = ("gradc", "lark", "jinja2", "markupsafe")
WHEN = (1980, 1, 1, 0, 0, 0)  # the same bytes at each build


def main() -> None:
    modules, out = Path(sys.argv[1]), Path(sys.argv[2])
    shutil.rmtree(out, ignore_errors=True)
    (out / "pyodide").mkdir(parents=True)
    for name in PAGE:
        shutil.copy(HERE / name, out / name)
    for name in PYODIDE:
        shutil.copy(modules / "pyodide" / name, out / "pyodide" / name)
    write_bundle(out / "gradc.zip")
    precompile(out)
    (out / "content.json").write_text(json.dumps(content()), encoding="utf-8")


def write_bundle(path: Path) -> None:
    """What Python imports in the page."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, data in sorted(bundled()):
            bundle.writestr(zipfile.ZipInfo(name, WHEN), data, zipfile.ZIP_DEFLATED)


def bundled() -> Iterator[tuple[str, bytes]]:
    for name in ("playground.py", "numpy/__init__.py", "numpy/typing.py"):
        yield name, (HERE / name).read_bytes()
    made = {tables.FILE: tables.written(), render.FILE: render.written()}
    yield from ((f"gradc/{name}", data) for name, data in made.items())
    folders = [(folder_of(name), name) for name in PACKAGES]
    folders += [(ROOT / name, f"gradc/{name}") for name in ("grammars", "templates")]
    for folder, place in folders:
        for path in folder.rglob("*"):
            name = f"{place}/{path.relative_to(folder).as_posix()}"
            wanted = path.is_file() and path.suffix not in (".so", ".pyd", ".pyc")
            if wanted and name.removeprefix("gradc/") not in made:
                yield name, path.read_bytes()


def folder_of(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def precompile(out: Path) -> None:
    """Compiles the bundle to bytecode, with the Python that will read it: a start is faster."""
    subprocess.run(["node", str(HERE / "precompile.mjs"), str(out)], check=True)


def content() -> dict[str, object]:
    """What the page offers: the examples, and the words of the language."""
    examples = [
        {
            "name": path.stem,
            "title": path.stem.replace("_", " "),
            "text": path.read_text(encoding="utf-8"),
        }
        for path in sorted(ROOT.glob("examples/*/*.graph"))
    ]
    return {"keywords": sorted(KEYWORDS), "examples": examples}


if __name__ == "__main__":
    main()
