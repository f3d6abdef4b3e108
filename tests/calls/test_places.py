"""Where a wrong call of the library is shown: in the user's text, at the argument or the call."""

from collections.abc import Iterator

import pytest

from gradc.compiler import compile_source
from gradc.diagnostics import Diagnostic, DiagnosticError
from gradc.elaborate.called import OF_THE_BODY
from gradc.source import Source
from tests.calls.generate import Call, Callee, callees, put
from tests.seldom import seldom

SHAPES = ("scalar", "vector", "matrix", "square", "images", "empty", "free", "matrix.T",
          "vector[:, newaxis]", "7", "[0.5, -1]")  # fmt: skip
"""Arrays of shapes that hardly an operation takes all of, and an axis that hardly one has."""


_OF_DECLARATIONS = ("E0202", "W901", "W902", "W903")
"""What is said of the declarations around a call."""


def found_in(text: str) -> list[Diagnostic]:
    try:
        return list(compile_source(Source("net.graph", text)).warnings)
    except DiagnosticError as failure:
        return list(failure.diagnostics)


def wrong(callee: Callee) -> Iterator[Call]:
    """Calls with one argument replaced."""
    for call in callee.fine[:1]:
        for place in range(len(callee.parameters)):
            for text in SHAPES:
                yield put(call, callee, place, text)


def places(text: str, call: str, arguments: list[str]) -> list[tuple[int, int]]:
    """Where a call and its arguments, as they are written, stand in the last line of a text."""
    start = text.rindex(call)
    found, at = [(start, start + len(call))], start + call.index("(") + 1
    for argument in arguments:
        at = text.index(argument, at)
        found.append((at, at + len(argument)))
        at += len(argument)
    return found


def check(text: str, call: str, arguments: list[str], notes: tuple[str, ...] = ()) -> int:
    """Holds each diagnostic to the places of a call; how many there were."""
    known = places(text, call, arguments)
    told = [d for d in found_in(text) if d.code not in _OF_DECLARATIONS]
    for found in told:
        assert found.span is not None, found
        assert found.span.source.name == "net.graph", (text, found)
        if not found.message.startswith("one target for"):
            start, end = found.span.start, found.span.end
            inside = [(a, b) for a, b in known[1:] if a <= start and end <= b]
            # What breaks the syntax may reach over several arguments.
            is_within = found.code == "E0123" and known[0][0] <= start and end <= known[0][1]
            assert (start, end) == known[0] or inside or is_within, (text, found, found.span.text)
            assert tuple(n.text for n in found.notes)[: len(notes)] == notes, (text, found)
        for label in found.labels:
            assert label.span.source.name == "net.graph", (text, found)
        for note in found.notes:
            assert all(place.span.source.name == "net.graph" for place in note.places)
    return len(told)


@pytest.mark.parametrize("first", seldom(range(3), bool))
@pytest.mark.parametrize("callee", callees(), ids=lambda c: c.name)
def test_the_first_place_is_in_the_users_text(callee, first):
    for call in list(wrong(callee))[2 * first :: 6]:
        check(call.text(), call.expression, list(map(str, call.arguments)))


@pytest.mark.parametrize("first", seldom(range(3), bool))
@pytest.mark.parametrize("callee", callees(), ids=lambda c: c.name)
def test_it_is_at_the_call_of_ones_own_function(callee, first):
    """Three deep: the first place is at the outermost call, the bodies are notes."""
    for call in list(wrong(callee))[5 * first :: 15]:
        names = [f"p{i}" for i in range(len(call.arguments))]
        listed = ", ".join(names)
        given = [
            f"{a.keyword}={name}" if a.keyword else name
            for a, name in zip(call.arguments, names, strict=True)
        ]
        role = "layer" if call.is_layer else "fn"
        inner = f"    made = {call.callee}({', '.join(given)})\n    return made\n"
        lines = call.text().splitlines()[:-1]
        texts = [a.text for a in call.arguments]
        outermost = f"outer({', '.join(texts)})"
        text = "\n".join(
            [
                *lines,
                f"{role} inner({listed}) {{\n{inner}}}",
                f"{role} middle({listed}) {{\n    m = inner({listed})\n    return m\n}}",
                f"{role} outer({listed}) {{\n    o = middle({listed})\n    return o\n}}",
                f"output y = {outermost}\n",
            ]
        )
        if any(d.code.startswith(OF_THE_BODY) for d in found_in(text)):
            continue  # what is wrong in the body whatever it is called with is shown there
        check(text, outermost, texts, ("in outer", "in middle", "in inner"))


@pytest.mark.parametrize("callee", callees(), ids=lambda c: c.name)
def test_an_axis_that_is_not_there_is_told_where_it_is_written(callee):
    for place, name in enumerate(callee.parameters):
        for call in callee.fine[:1] if name.startswith("ax") else ():
            wanted = "[0, 7]" if name == "axes" else "7"
            text = put(call, callee, place, wanted).text()
            for found in found_in(text):
                if found.message.startswith("there is no axis 7"):
                    assert found.span is not None
                    assert found.span.text == wanted, (text, found)
                    assert found.helps[0].startswith(("the axes are ", "the only axis is ")), text


def test_something_is_found():
    calls = [call for callee in callees()[::8] for call in list(wrong(callee))[:12]]
    told = [bool(found_in(call.text())) for call in calls]
    assert sum(told) > len(told) / 4
