"""Pictures as SVG, DOT and Mermaid: well formed, the same each time, and harmless."""

import re
import xml.etree.ElementTree as ET

import pytest

from gradc.lessons.draw.compose import Look
from gradc.lessons.draw.svg import svg
from gradc.lessons.draw.texts import dot, mermaid
from tests.draw.conftest import DIGITS, LINEAR_UNIT, NESTED, SQUARE, TWO_RELU, picture

SVG = "{http://www.w3.org/2000/svg}"
GRAPHS = {"unit": LINEAR_UNIT, "relu": TWO_RELU, "square": SQUARE, "digits": DIGITS, "nest": NESTED}


def texts(document: str, name: str = "") -> list[str]:
    """The words of a picture, of one class."""
    root = ET.fromstring(document)
    found = [t for t in root.iter(f"{SVG}text") if name in t.get("class", "").split() or not name]
    return ["".join(part for part in (t.text, *(c.tail for c in t)) if part) for t in found]


@pytest.mark.parametrize("groups", ["auto", "open", "closed"])
@pytest.mark.parametrize("operations", [False, True])
@pytest.mark.parametrize("text", GRAPHS.values(), ids=GRAPHS)
def test_a_picture_is_well_formed_and_within_its_paper(
    text: str, operations: bool, groups: str
) -> None:
    look = Look(operations, groups)
    document = svg(picture(text, look))
    root = ET.fromstring(document)
    width, height = float(root.get("width", "")), float(root.get("height", ""))
    for shape in root.iter(f"{SVG}rect"):
        if shape.get("class") == "paper":
            continue
        # The drawing stands within a margin of 24.
        assert -24 <= float(shape.get("x", "")) <= width - 24
        assert -24 <= float(shape.get("y", "")) <= height - 24
    assert document == svg(picture(text, look))
    assert "NaN" not in document
    assert not re.search(r"(href|src|url\(|@import)", document)


def test_values_stand_above_and_derivatives_below() -> None:
    document = svg(picture(TWO_RELU))
    values, slopes = texts(document, "value"), texts(document, "slope")
    for word in ("t1 = 2", "z1 = 2", "a1 = 2", "t2 = 6", "z2 = 7", "a2 = 7", "J = 2"):
        assert word in values
    expected = {"w1": 6, "b1": 6, "w2": 4, "b2": 2, "t1": 6, "z1": 6, "a1": 6, "t2": 2, "a2": 2}
    for name, slope in expected.items():
        assert f"dJ/d{name} = {slope}" in slopes
    assert not any("dJ/dx" in word or "dJ/dy" in word for word in slopes)


def test_inputs_parameters_and_the_loss_have_shapes_of_their_own() -> None:
    document = svg(picture(TWO_RELU))
    root = ET.fromstring(document)
    kinds = [s.get("class", "") for s in root.iter() if "shape" in s.get("class", "")]
    # One of each stands in the legend.
    assert kinds.count("shape param") == 4 + 1
    assert kinds.count("shape input") == 2 + 1
    assert kinds.count("shape op") == 6 + 1
    assert kinds.count("shape loss") == 1 + 1


def test_without_numbers_the_types_are_shown() -> None:
    document = svg(picture(DIGITS, numbers=False))
    assert "z1: f32[B, 256]" in texts(document)
    assert texts(document, "slope") == []


def test_set_values_reach_the_picture() -> None:
    document = svg(picture(LINEAR_UNIT, x=2, y=1, w=-2))
    assert {"c = −4", "a = 4", "d = 3", "J = 4.5", "dJ/dw = 6"} <= set(texts(document))


def test_functions_and_layers_are_frames_or_single_boxes() -> None:
    opened = picture(NESTED, Look(groups="open"), numbers=False)
    frames = re.findall(r'class="frame"', svg(opened))
    assert len(frames) >= 4  # the block, its attention, what that calls, and `twice`
    assert {"block = TransformerBlock(x, 2)", "h = twice(block)"} <= set(texts(svg(opened)))
    shut = picture(NESTED, Look(groups="closed"), numbers=False)
    assert svg(shut).count('class="frame"') == 0
    titles = {box.title: box for box in shut.root.boxes()}
    assert "12 parameters" in titles["block = TransformerBlock(x, 2)"].note
    assert len(list(shut.root.boxes())) < len(list(opened.root.boxes())) / 2


def test_frames_hold_their_boxes_and_do_not_cross() -> None:
    root = ET.fromstring(svg(picture(NESTED, Look(groups="open"), numbers=False)))
    boxes = [r for r in root.iter(f"{SVG}rect") if r.get("class") == "frame"]
    sides = [[float(r.get(k, "")) for k in ("x", "y", "width", "height")] for r in boxes]
    for i, (x, y, w, h) in enumerate(sides):
        for p, q, r, s in sides[:i]:
            inside = p <= x and q <= y and x + w <= p + r and y + h <= q + s
            apart = x + w <= p or p + r <= x or y + h <= q or q + s <= y
            assert inside or apart


def test_a_large_picture_closes_its_groups() -> None:
    blocks = "".join(
        f"block{i} = TransformerBlock({'x' if i == 0 else f'block{i - 1}'}, 2)\n" for i in range(8)
    )
    text = NESTED.replace("block = TransformerBlock(x, 2)\n", blocks).replace(
        "twice(block)", "twice(block7)"
    )
    assert 8 < len(list(picture(text, numbers=False).root.boxes())) <= 60
    assert len(list(picture(text, Look(groups="open"), numbers=False).root.boxes())) > 100


def test_operations_show_the_numbers_that_they_take() -> None:
    titles = {box.title for box in picture(TWO_RELU, Look(operations=True)).root.boxes()}
    assert {"×", "+", "relu", "−", "^ 2", "÷ 2"} <= titles


def test_far_lines_of_large_pictures_end_in_tags() -> None:
    lines = ["input x = 0.5", "param w = 0.3", "v0 = w * x"]
    lines += [f"v{i} = tanh(v{i - 1})" for i in range(1, 100)]
    document = svg(picture("\n".join([*lines, "loss J = v99 * v0"])))
    assert 'class="shape tag"' in document
    ET.fromstring(document)


def test_light_dark_and_what_the_system_prefers() -> None:
    shown = picture(SQUARE)
    assert "prefers-color-scheme: dark" in svg(shown)
    assert "prefers-color-scheme" not in svg(shown, "light") + svg(shown, "dark")
    assert "#15181e" in svg(shown, "dark")
    assert "#15181e" not in svg(shown, "light")


HOSTILE = """\
## <script>alert(1)</script> & "quotes" 'and' ]]> --> %}{{ view.title }}

## </title><img src=x onerror=alert(2)>
input x = 1  # <b>
param w = 2
loss J = w * x**2
"""


def test_documentation_cannot_leave_its_place() -> None:
    document = svg(picture(HOSTILE))
    root = ET.fromstring(document)
    allowed = {"svg", "title", "desc", "style", "rect", "g", "text", "path", "circle"}
    assert {e.tag.removeprefix(SVG) for e in root.iter()} <= allowed
    assert "<script>alert(1)</script>" in "".join(texts(document, "title"))


@pytest.mark.parametrize("text", [*GRAPHS.values(), HOSTILE], ids=[*GRAPHS, "hostile"])
def test_dot_is_well_formed(text: str) -> None:
    document = dot(picture(text, Look(groups="open")))
    string = r'"(?:[^"\\\n]|\\.)*"'
    attributes = rf"\[\w+=(?:\w+|{string})(?:, \w+=(?:\w+|{string}))*\]"
    shapes = [
        rf"digraph {string} {{", r"}",
        rf"    rankdir=LR; label={string}; labelloc=t; fontname=sans",
        rf"    (?:node|edge) {attributes}",
        rf" +n\d+ {attributes}", rf"    n\d+ -> n\d+ \[label={string}\]",
        rf" +subgraph cluster_\d+ {{ label={string}", r" +}",
    ]  # fmt: skip
    for line in document.splitlines():
        assert any(re.fullmatch(shape, line) for shape in shapes), line
    assert document.count("{") >= document.count("subgraph") + 1


@pytest.mark.parametrize("text", [*GRAPHS.values(), HOSTILE], ids=[*GRAPHS, "hostile"])
def test_mermaid_is_well_formed(text: str) -> None:
    document = mermaid(picture(text, Look(groups="open")))
    string = r'"(?:[^"<>]|<br>)*"'
    around = [(r"\[", r"\]"), (r"\(\[", r"\]\)"), (r"\{\{", r"\}\}"), (r"\[\(", r"\)\]"),
              (r"\[\[", r"\]\]")]  # fmt: skip
    node = "|".join(f"{a}{string}{b}" for a, b in around)
    shapes = [
        "flowchart LR", rf" +n\d+(?:{node})", rf"    n\d+ -- {string} --> n\d+",
        r"    n\d+ --> n\d+", rf" +subgraph g\d+\[{string}\]", " +end",
        r"    classDef \w+ fill:#\w+,color:#\w+", r"    class n\d+(?:,n\d+)* \w+",
    ]  # fmt: skip
    for line in document.splitlines():
        assert any(re.fullmatch(shape, line) for shape in shapes), line
    assert document.count("subgraph") == len(re.findall(r"^ +end$", document, re.MULTILINE))


def test_a_layer_of_one_statement_is_a_group_with_its_parameters() -> None:
    text = "from nn import Dense\ninput x: [2]\nh = Dense(x, 3)\nloss J = sum(h**2)\n"
    opened = picture(text, numbers=False)
    assert 'class="frame"' in svg(opened)
    assert next(m.title for m in opened.root.members if not m.title.startswith("x")) == (
        "h = Dense(x, 3)"
    )
    (shut,) = [b for b in picture(text, Look(groups="closed")).root.boxes() if b.kind == "closed"]
    assert (shut.title, shut.note) == ("h = Dense(x, 3)", "2 parameters")
    flat = picture(text, Look(layers=False), numbers=False)
    assert {"h.W", "h.b"} <= {box.title for box in flat.root.boxes()}
