"""The worksheet as a file: offline, harmless, and refused where it would be none."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from gradc import resources
from gradc.ir.operation import Operation
from gradc.lessons.worksheet.javascript import attributes_read, javascript, table_of
from gradc.lessons.worksheet.sheet import _PROGRAMS, worksheet
from gradc.lessons.worksheet.table import Table, UnsupportedError, order_of
from gradc.library.loader import standard_library
from tests.draw.conftest import LINEAR_UNIT, SQUARE, TWO_RELU, run_of
from tests.draw.test_svg import HOSTILE

PROGRAMS = "".join(resources.text(f"lessons/worksheet/{name}.js") for name in _PROGRAMS)
LIBRARY = standard_library()
SPELLED = [op for op in map(LIBRARY.operation, LIBRARY.names("op")) if javascript(op)]


class Reader(HTMLParser):
    """The elements of a page, and the text of its scripts."""

    def __init__(self, text: str):
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] == "script":
            self.scripts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]


def page(text: str) -> str:
    return worksheet(run_of(text), "test.graph")


def test_the_boxes_come_in_the_order_of_the_course() -> None:
    inputs = [a for a in Reader(page(LINEAR_UNIT)).all("input") if a.get("data-kind")]
    names = {i: v["name"] for i, v in enumerate(Table(run_of(LINEAR_UNIT)).data()["values"])}
    order = {
        kind: [names[int(a["data-slot"] or "")] for a in inputs if a["data-kind"] == kind]
        for kind in ("given", "value", "slope")
    }
    assert order["given"] == ["w", "b", "x", "y"]
    assert order["value"] == ["c", "a", "d", "J"]
    assert order["slope"] == ["d", "a", "b", "c", "w"]  # none by x and y, and none by J itself


def test_every_box_has_a_label_and_words_for_screen_readers() -> None:
    found = Reader(page(TWO_RELU))
    labels = {a["for"] for a in found.all("label")}
    for box in found.all("input"):
        assert box["id"] in labels
        assert box.get("aria-label") or box["id"] == "step"
    live = [a for _, a in found.elements if a.get("aria-live") == "polite"]
    assert len(live) == 1
    assert found.all("html")[0]["lang"] == "en"
    assert all(a.get("type") == "button" for a in found.all("button"))


@pytest.mark.parametrize("text", [SQUARE, TWO_RELU, HOSTILE], ids=["square", "relu", "hostile"])
def test_the_page_needs_nothing_else_and_lets_nothing_in(text: str) -> None:
    document = page(text)
    found = Reader(document)
    names = {name for name, _ in found.elements}
    assert not names & {"link", "img", "iframe", "object", "embed", "base", "form", "audio"}
    for _, attrs in found.elements:
        assert not {"src", "href", "srcset", "action"} & attrs.keys()
        assert not any(name.startswith("on") for name in attrs)
    assert "@import" not in document
    assert "url(" not in document
    (policy,) = [a["content"] for a in found.all("meta") if a.get("http-equiv")]
    assert policy is not None
    assert "default-src 'none'" in policy
    assert re.search(r"script-src 'sha256-[\w+/]+=*';", policy)
    assert document == page(text)


def test_hostile_words_stay_words() -> None:
    document = page(HOSTILE)
    found = Reader(document)
    assert len(found.all("script")) == 2
    assert "<script>alert" not in document
    assert "<img" not in document
    assert "{{ view.title }}" in document  # as text
    data = next(s for s in found.scripts if s.startswith("{"))
    assert not set(data) & set("<>&")
    json.loads(data)


def test_the_script_makes_no_code_of_text() -> None:
    text = PROGRAMS + table_of(SPELLED)
    for word in (
        *("eval(", "Function(", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write"),
        *("setTimeout", "fetch", "XMLHttpRequest", "import("),
    ):
        assert word not in text


@pytest.mark.parametrize("op", SPELLED, ids=lambda op: op.name)
def test_a_spelling_names_operands_attributes_and_functions_of_the_page(op: Operation) -> None:
    text = re.sub(r"(?<=\.)\w+", "", javascript(op))  # members: `Math.exp`, `x.data`
    own = {f.name for f in op.operands} | {*attributes_read(op)}
    functions = set(re.findall(r"^(?:const|function) (\w+)", PROGRAMS, re.MULTILINE))
    assert set(re.findall(r"[A-Za-z]\w*", text)) <= own | functions | {"Math", "Number", "Infinity"}


def test_a_page_holds_the_operations_of_its_graph() -> None:
    text = "param w = 2\nloss J = tanh(w)\n"
    script = "".join(Reader(page(text)).scripts).partition("\n{\n")[2]
    rows = re.findall(r"^  (\w+): ", script[: script.index("};")], re.MULTILINE)
    assert set(rows) == {op.name for op in Table(run_of(text)).operations()}
    assert "tanh: ([x]) => each((x) => Math.tanh(x), [x])," in script
    assert "arctan" not in script


def test_an_operation_over_arrays_is_handed_its_attributes() -> None:
    table = table_of([LIBRARY.operation("sum")])
    assert "sum: ([x], { axis, keepdims }) => reduce(total, x, axis, keepdims)," in table


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("input x = 1\noutput y = x\n", "the graph has no loss"),
        ("input x: [13, 5]\nparam w = 1\nloss J = sum(w * x)\n", "`x` has 65 numbers"),
        ("param w = 0\na = 1 / w\nloss J = a * w\n", "`a` is no finite number"),
    ],
)
def test_what_is_no_worksheet(text: str, message: str) -> None:
    with pytest.raises(UnsupportedError, match=re.escape(message)):
        page(text)


SCANNED = "input x: [3]\nparam w = 1\nscan h = w over t in x { next h = h * t }\nloss J = h\n"
LABELLED = """\
input x: [2, 3] = [[1, 2, 0], [0, -1, 2]]
input labels: i64[2] = [0, 2]
param W: [3, 4] ~ normal(0.5)
z = concatenate([x @ W, x], axis=1)
p = prod(take(z, [0, 1], axis=1), axis=1)
loss J = cross_entropy(z, labels) + sum(erf(p))
"""


def test_what_is_true_is_given_as_it_is_typed() -> None:
    document = worksheet(
        run_of("input b: bool = true\nparam w = 3\nloss J = where(b, w, 0)\n"), "b", answers=True
    )
    assert '<span class="answer" style="height: 36px">1</span>' in document
    assert "true</span>" not in document


@pytest.mark.parametrize("text", [SCANNED, LABELLED], ids=["scan", "labels"])
def test_what_the_page_cannot_compute_it_is_told(text: str) -> None:
    table = Table(run_of(text))
    data = table.data()
    assert not data["live"]
    assert table.operations() == []
    for value, told in zip(table.named, data["values"], strict=True):
        assert told["slope"] == ("derivative" in told)
        if not told["slope"]:
            continue
        slopes = np.ravel(table.run.derivatives[value])
        assert told["derivative"] == pytest.approx(slopes.tolist())
        before = float(table.run.values[table.run.subject.loss])
        bumps = (np.array(told["bumped"], float) - before) / data["epsilon"]
        np.testing.assert_allclose(bumps, slopes, rtol=0.02, atol=0.02)
    assert "given; can be changed" not in page(text)


def test_the_order_backwards_ends_with_the_first_parameters() -> None:
    table = Table(run_of(TWO_RELU))
    _, slopes = order_of(table, table.named)
    names = [table.run.name_of(v) for v in slopes]
    assert names[:2] == ["a2", "z2"]
    assert names[-1] == "w1"
    place = {name: i for i, name in enumerate(names)}
    assert place["w2"] > place["t2"]
    assert place["b1"] > place["z1"]
