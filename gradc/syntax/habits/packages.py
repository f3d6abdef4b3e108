"""Imports as other languages write them: of packages, of files by their names alone."""

from __future__ import annotations

import re

from gradc.diagnostics import Diagnostic
from gradc.syntax.characters import mask
from gradc.syntax.expected import expected_words, found_words
from gradc.syntax.refusal import Refusal

IDLE = "leave the line out: operations need no import"
_LAYERS = "layers come by their names: `from nn import Dense`"
_PACKAGES = (
    "numpy np torch tensorflow tf keras jax jnp flax optax scipy sklearn pandas pd math cmath"
    " random os sys typing matplotlib plt statistics functools mxnet theano autograd einops"
).split()


_TURNED = re.compile(r"import\s+\{?\s*([\w, ]+?)\s*\}?\s+from\s+[\"']?(\w+)[\"']?")


def imported(r: Refusal) -> Diagnostic | None:
    """`import numpy as np`, `import lib`, `import nn`, `from lib.graph import f`."""
    word, line = r.first_word, r.line_text.strip()
    if word not in ("import", "from") or r.place == r.line_start or r.kind == "_NEWLINE":
        return None
    message = f"expected {expected_words(r.accepts)}, found {found_words(r.kind, r.word)}"
    helps: tuple[str, ...]
    foreign = re.match(r"(?:from|import)\s+([\w.]+)(?=\s|$)", line)
    if foreign and is_package(foreign[1]):
        layers = re.search(r"\bimport\s+((?:[A-Z]\w*[a-z]\w*(?:,\s*)?)+)$", line)
        idle = (IDLE, _LAYERS) if word == "from" else (IDLE,)
        if word == "from" and layers:
            idle = (f"layers come from `nn`: write `from nn import {layers[1]}`",)
        start = r.line_start + r.line_text.index(line) + foreign.start(1)
        message = f"`{foreign[1]}` is no file of graphs"
        return r.at(start, start + len(foreign[1]), "E0123", message, *idle)
    if word == "from" and r.word == "*":
        called = _called(r.source.text)
        names = line.replace("*", called) if called else "from nn import Dense, LayerNorm"
        helps = (f"names are listed: `{names}`",)
    elif turned := _TURNED.fullmatch(line):
        source = turned[2] if turned[2] == "nn" else f'"{turned[2]}.graph"'
        helps = (f"write `from {source} import {turned[1]}`",)
    elif named := re.match(r"import\s+([\w.]+)(?:\s+as\s+(\w+))?", line):
        helps = _of_file(named[1], named[2], r.text)
    elif taken := re.match(r"from\s+([\w.]+)\s+import\s+(.+)", line):
        if taken[1].startswith("nn."):
            helps = (f"layers come by their names: `from nn import {taken[2]}`",)
        else:
            path = f"{taken[1].removesuffix('.graph').replace('.', '/')}.graph"
            helps = (f'a file is named in quotation marks: `from "{path}" import {taken[2]}`',)
    else:
        return None
    return r.diagnostic("E0123", message, *helps)


def _called(text: str) -> str:
    """The layers that a text calls and does not define."""
    found = re.findall(r"(?<![\w.])([A-Z]\w*[a-z]\w*)\(", mask(text))
    names = [n for n in dict.fromkeys(found) if not re.search(rf"\blayer[ \t]+{n}\b", text)]
    return ", ".join(names)


def is_package(name: str) -> bool:
    """Whether a name is of what other languages import, of which a graph needs nothing."""
    return name.partition(".")[0].lower() in _PACKAGES


def _of_file(name: str, alias: str | None, text: str) -> tuple[str, ...]:
    if name == "nn":
        return (_LAYERS,)
    told = f"a file has a name here: {written(name, alias)}"
    is_read = re.search(rf"(?<![\w.]){alias or _own(name)}\.\w", text)
    return (told,) if is_read else (told, IDLE)


def written(name: str, alias: str | None = None) -> str:
    """The import of a file that is called so."""
    return f'`import "{_path(name)}.graph" as {alias or _own(name)}`'


def _path(name: str) -> str:
    stem = name.removesuffix(".graph")
    return stem if "/" in stem else stem.replace(".", "/")


def _own(name: str) -> str:
    """What a file is called where it is imported."""
    return re.sub(r"\W", "_", _path(name).rpartition("/")[2])


def unnamed(line: str) -> tuple[str, ...]:
    """What goes on behind `import "lib.graph"`."""
    path = re.fullmatch(r"import\s+([\"'])(.+)\1", line)
    if path is None:
        return ()
    if path[2] in ("nn", "nn.graph"):
        return (_LAYERS,)
    if is_package(path[2]):
        return (IDLE,)
    own = written(path[2])
    name = own.rpartition(" ")[2].strip("`")
    return (f"a file has a name here: {own}; then `{name}.f(x)` calls its function `f`",)
