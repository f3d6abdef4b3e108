"""Edits of graphs of which is known what must be told of them, and what must not."""

import re
from collections.abc import Iterator

from gradc.records import dataclass
from tests.comparison.rewriting import edits

_PLAIN = re.compile(r"([A-Za-z]\w*) = ([^#{}]+)")
_LOSS = re.compile(r"loss ([A-Za-z]\w*) = ([^#{}]+)")
_PARAM = re.compile(r"^param ([A-Za-z]\w*)", re.MULTILINE)
_DIM = re.compile(r"^dim ([A-Za-z]\w*)[ \t]*(?:#.*)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Edited:
    """A text that was edited: the `kind` of edit, its line, and the name that it is about."""

    kind: str
    text: str
    line: int
    name: str


def _word(name: str) -> str:
    return rf"(?<![\w.]){name}\b(?!\s*\(|\s*=(?!=)[^,]*[,)])"


def _line(text: str, start: int) -> int:
    return text.count("\n", 0, start) + 1


def edited(text: str) -> Iterator[Edited]:
    """All edits of a text, kind by kind."""
    for line, other in edits(text):
        yield Edited("operation or number", other, line, "")
    for match in _PARAM.finditer(text):
        name = match[1]
        other = re.sub(rf"(?<![\w.]){name}\b", f"{name}_new", text)
        yield Edited("parameter", other, _line(text, match.start()), name)
    for match in _DIM.finditer(text):
        name = match[1]
        other = re.sub(rf"(?<![\w.]){name}\b", f"{name}_new", text)
        yield Edited("dimension", other, _line(text, match.start()), name)
    stated = re.search(r"^dtype (f32|f64)", text, re.MULTILINE)
    if stated is None:
        yield Edited("dtype", f"{text}\ndtype f32\n", 0, "f32")
    else:
        moved = {"f32": "f64", "f64": "f32"}[stated[1]]
        yield Edited("dtype", text[: stated.start(1)] + moved + text[stated.end(1) :], 0, moved)
    yield from _of_statements(text)


def _of_statements(text: str) -> Iterator[Edited]:
    lines = text.split("\n")
    depth = 0
    params = _PARAM.findall(text)
    for i, line in enumerate(lines):
        is_outside = depth == 0
        code = line.split("#")[0].rstrip()
        depth += sum(code.count(c) for c in "({[") - sum(code.count(c) for c in ")}]")
        if not is_outside or depth:
            continue
        if (loss := _LOSS.fullmatch(code)) is not None:
            other = [*lines[:i], f"loss {loss[1]} = 2 * ({loss[2]})", *lines[i + 1 :]]
            yield Edited("loss", "\n".join(other), i + 1, loss[1])
        for name in params:
            match = re.search(_word(name), code.partition(" = ")[2])
            if match is not None and (_PLAIN.fullmatch(code) or _LOSS.fullmatch(code)):
                start = len(code.partition(" = ")[0]) + 3 + match.start()
                told = f"{code[:start]}stop_gradient({name}){code[start + len(name) :]}"
                yield Edited("stop", "\n".join([*lines[:i], told, *lines[i + 1 :]]), i + 1, name)
        if (plain := _PLAIN.fullmatch(code)) is None or not plain[2].strip():
            continue
        for j in range(i + 1, len(lines)):
            code = lines[j].split("#")[0].rstrip()
            use = re.search(_word(plain[1]), code.partition(" = ")[2])
            if use is not None and (_PLAIN.fullmatch(code) or _LOSS.fullmatch(code)):
                start = len(code.partition(" = ")[0]) + 3 + use.start()
                told = f"{code[:start]}inserted{code[start + len(plain[1]) :]}"
                other = [*lines[: i + 1], f"inserted = sinh({plain[1]})", *lines[i + 1 : j],
                         told, *lines[j + 1 :]]  # fmt: skip
                yield Edited("statement", "\n".join(other), j + 2, "inserted")
                break
