"""Names in bodies that nothing calls: what stands for nothing is found there, and nothing else is.

The bodies are those of the library, as a user would have written them.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from gradc.compiler import check_source
from gradc.diagnostics import Diagnostic, DiagnosticError
from gradc.elaborate.order import subtrees
from gradc.library.loader import standard_library
from gradc.source import Source
from gradc.syntax import tree
from gradc.syntax.parser import parse

LIBRARY = Path(__file__).parent.parent.parent / "gradc" / "library"
FILES = [p.stem for p in sorted(LIBRARY.glob("*.graph"))]
OF_NAMES = ("E0201", "E0203")
UNKNOWN = "nobody_knows_this"


def said(text: str) -> tuple[Diagnostic, ...]:
    try:
        return check_source(Source("net.graph", text))
    except DiagnosticError as failure:
        return failure.diagnostics


@cache
def written(stem: str) -> str:
    """The functions, layers, rules and constants of a file, without what a user cannot write."""
    path = LIBRARY / f"{stem}.graph"
    found = parse(Source(path.name, path.read_text(encoding="utf-8")), start="library").statements
    kept = [s for s in found if type(s) in (tree.FnDef, tree.VjpDef, tree.ConstDecl)]
    text = "\n".join(s.span.text for s in kept)
    kinds = {p.kind.name for s in kept if isinstance(s, tree.FnDef) for p in s.parameters if p.kind}
    return re.sub(rf": (?:{'|'.join(kinds)})\b", "", text) if kinds else text


def is_internal(name: str) -> bool:
    """Whether the library alone may call it."""
    library = standard_library()
    if library.find_callable(name, trusted=False) is not None:
        return False
    named = library.named_function(name)
    return named is not None or library.find_callable(name, trusted=True) is not None


def reads(text: str) -> Iterator[tree.Name]:
    """The names that bodies read, but for those in branches of a `where` and in what is wrong."""
    for definition in parse(Source("net.graph", text)).statements:
        if not isinstance(definition, tree.FnDef | tree.VjpDef):
            continue
        hidden = {
            part.span.start
            for call in subtrees(definition.body)
            if isinstance(call, tree.Call) and isinstance(call.callee, tree.Name)
            for a in call.args[0 if is_internal(call.callee.name) else 1 :]
            if call.callee.name == "where" or is_internal(call.callee.name)
            for part in subtrees(a.value)
        }
        hidden |= {
            part.span.start
            for either in subtrees(definition.body)
            if isinstance(either, tree.Binary) and either.op in ("and", "or")
            for part in subtrees(either.right)
        }
        yield from (
            part
            for part in subtrees(definition.body)
            if isinstance(part, tree.Name) and part.span.start not in hidden
        )


@pytest.mark.parametrize("stem", FILES)
def test_what_is_known_is_not_said_to_be_unknown(stem: str) -> None:
    names = [d.span.text for d in said(written(stem)) if d.span and d.code in OF_NAMES]
    assert [name for name in names if not is_internal(name)] == []


@pytest.mark.parametrize("stem", FILES)
def test_a_name_that_stands_for_nothing_is_found_where_it_is_read(stem: str) -> None:
    text = written(stem)
    places = list(reads(text))
    for name in places[:: max(1, len(places) // 12)]:
        start, end = name.span.start, name.span.end
        changed = f"{text[:start]}{UNKNOWN}{text[end:]}"
        found = [d.span for d in said(changed) if d.span and d.code in OF_NAMES]
        at = [s for s in found if s.line == name.span.line and not is_internal(s.text)]
        assert at, changed[start - 60 : end + 20]


def test_each_mistake_is_told_once_called_or_not() -> None:
    body = "fn f(x, rate=rte) = x * rate + offset\nfn g(x) = tnh(x)\n"
    rule = "fn h(x) = x\nvjp h(x) -> y; dy {\n    dx = dy * slope\n}\n"
    expected = ["rte", "offset", "tnh", "slope"]
    uncalled = said(body + rule)
    assert [d.span.text for d in uncalled if d.span and d.code in OF_NAMES] == expected
    called = said(f"{body}{rule}param w\nloss J = f(w) + g(w) + h(w)\n")
    found = [d.span.text for d in called if d.span]
    assert {"rte", "tnh", "slope"} == set(found)
    assert len(found) == 3


@pytest.mark.parametrize(
    "body", ['where(mode == "a", x, anything(x))', 'where(mode == "a" or anything(x), x, some)']
)
def test_what_may_not_be_looked_at_is_left_to_calls(body: str) -> None:
    text = f'fn f(x, mode="a") = {body}\nparam w\nloss J = f(w)\n'
    assert said(text) == ()


def test_a_file_of_functions_is_doubted_as_others_are() -> None:
    assert [d.code for d in said("fn f(x, y) = x\n")] == ["W901", "E0211"]
