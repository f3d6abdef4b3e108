"""The worksheet on paper: what is on the pages, how large, and that nothing is cut."""

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gradc.lessons.worksheet.cells import abreast, columns
from gradc.lessons.worksheet.sheet import worksheet
from gradc.lessons.worksheet.systems import HEIGHT, WIDTH, systems_of
from tests.draw.conftest import LINEAR_UNIT, SQUARE, TWO_RELU, picture, run_of
from tests.draw.test_worksheet import LABELLED, SCANNED

MM, POINT = 96 / 25.4, 96 / 72
PERCEPTRON = """\
input x: [2, 3] = [[1, 2, 3], [0.5, -1, 2]]
input y: [2] = [1, 0]
param W1: [3, 4] ~ normal(0.5)
param b1: [4] = 0
h = tanh(x @ W1 + b1)
param w2: [4] = [0.5, -0.5, 0.25, 1]
z = h @ w2
loss J = binary_cross_entropy_with_logits(z, y)
"""
CHAIN = "\n".join(
    ["param w = 0.5", "v0 = sin(w)"]
    + [f"v{i} = v{i - 1} * w" if i % 3 else f"v{i} = sqrt(v{i - 1} + {i})" for i in range(1, 29)]
    + ["loss J = v28**2", ""]
)
WIDE = """\
param W: [8, 8] ~ normal(0.3)
param a_parameter_with_quite_a_long_name_of_its_own: [64] ~ normal(0.3)
h = tanh(W @ W + reshape(a_parameter_with_quite_a_long_name_of_its_own, [8, 8]) - mean(W) / (2 + 1))
loss J = sum(h)
"""
MANY = "\n".join(
    [f"param p{i} = {i}" for i in range(30)]
    + ["s = " + " + ".join(f"p{i}" for i in range(30)), "loss J = s**2", ""]
)
SHEETS = {
    "square": SQUARE,
    "unit": LINEAR_UNIT,
    "relu": TWO_RELU,
    "perceptron": PERCEPTRON,
    "chain": CHAIN,
    "wide": WIDE,
    "many": MANY,
    "scan": SCANNED,
    "labels": LABELLED,
}
SEEN = """
const shown = (e) => e.getClientRects().length && getComputedStyle(e).visibility !== "hidden";
const edges = (r) => [r.left, r.top, r.right, r.bottom];
const rect = (e) => edges(e.getBoundingClientRect());
const all = (css) => [...document.querySelectorAll(css)];
const lines = all("main *").filter((e) => shown(e) && [...e.childNodes].some(
    (n) => n.nodeType === 3 && n.textContent.trim()));
return {
    boxes: all(".cell input, .cell .answer").map(rect),
    numbers: all(".numbers").map(rect),
    labels: all(".cell label, .cell .label").map(rect),
    systems: all(".system").map(rect),
    drawn: all(".system").map((s) => [...s.querySelectorAll("rect, path, text")].map(rect)),
    rows: all(".cell").map((c) => Number(c.style.gridRow.split(" ")[0])),
    sizes: lines.map((e) => parseFloat(getComputedStyle(e).fontSize)),
    colours: lines.map((e) => getComputedStyle(e)[e.closest("svg") ? "fill" : "color"]),
    paper: getComputedStyle(document.body).backgroundColor,
    words: document.body.innerText,
};
"""


@dataclass
class Printed:
    """A sheet as it is printed: what can be measured, and the PDF."""

    seen: dict[str, Any]
    pdf: bytes


Print = Callable[..., Printed]


@pytest.fixture
def printed(browser: Any, tmp_path: Path) -> Print:
    def call(text: str, *, scheme: str = "light", answers: bool = False) -> Printed:
        path = tmp_path / "sheet.html"
        path.write_text(worksheet(run_of(text), "sheet.graph", answers=answers), encoding="utf-8")
        feature = [{"name": "prefers-color-scheme", "value": scheme}]
        media = {"media": "print", "features": feature}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        browser.get(path.as_uri())
        seen = browser.execute_script(SEEN)
        paper = {"preferCSSPageSize": True, "paperWidth": 8.27, "paperHeight": 11.69}
        pdf = browser.execute_cdp_cmd("Page.printToPDF", paper)
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
        return Printed(seen, base64.b64decode(pdf["data"]))

    return call


def within(inner: list[float], outer: list[float]) -> bool:
    left, top, right, bottom = outer
    return (
        left - 1 <= inner[0]
        and top - 1 <= inner[1]
        and inner[2] <= right + 1
        and (inner[3] <= bottom + 1)
    )


@pytest.mark.parametrize("name", SHEETS)
def test_boxes_are_large_enough_and_on_the_page(printed: Print, name: str) -> None:
    seen = printed(SHEETS[name], scheme="dark").seen
    for left, top, right, bottom in seen["boxes"]:
        assert right - left >= 9 * MM
        assert bottom - top >= 9 * MM
    assert min(seen["sizes"]) >= 6 * POINT
    for system, drawn in zip(seen["systems"], seen["drawn"], strict=True):
        assert system[2] - system[0] <= 259.4 * MM, "the width of Letter within its margins"
        assert system[3] - system[1] <= 190 * MM, "the height of A4 within its margins"
        assert all(within(part, system) for part in drawn)
    for kind in ("boxes", "labels"):
        for row, box in zip(seen["rows"], seen[kind], strict=True):
            assert within(box, seen["systems"][row - 1])
    for one in seen["boxes"]:
        for other in seen["boxes"]:
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1]
            assert one is other or apart or other[3] <= one[1]


def test_it_is_dark_on_white_and_says_nothing_of_the_screen(printed: Print) -> None:
    seen = printed(TWO_RELU, scheme="dark").seen
    assert seen["paper"] == "rgb(255, 255, 255)"
    for colour in seen["colours"]:
        assert all(int(part) < 100 for part in colour[4:-1].split(","))
    words = seen["words"]
    assert "Name" in words
    assert "Date" in words
    for word in ("blue", "green", "red ", "Reveal", "Hide", "Hints", "Step", "right"):
        assert word not in words.replace("from left to right", "").replace("from right to", "")
    assert "answers" not in words


def pages(pdf: bytes) -> list[str]:
    pdfium = pytest.importorskip("pypdfium2", reason="reads PDF")
    document = pdfium.PdfDocument(io.BytesIO(pdf))
    sizes = [page.get_size() for page in document]
    assert all(width > height for width, height in sizes)
    return [page.get_textpage().get_text_range() for page in document]


def test_two_units_are_a_page_and_the_answers_another(printed: Print) -> None:
    (page,) = pages(printed(TWO_RELU).pdf)
    for name in ("w1", "dJ/dw1", "b2", "dJ/db2", "z2", "dJ/dz2", "a2", "dJ/da2", "J ="):
        assert name in page
    page, answers = pages(printed(TWO_RELU, answers=True).pdf)
    assert "Name" in page
    assert "Name" not in answers
    assert "answers" in answers
    assert answers.count("6") > page.count("6") + 4


def test_a_long_chain_is_on_several_pages(printed: Print) -> None:
    found = pages(printed(CHAIN).pdf)
    assert len(found) > 1
    for i in range(29):
        assert sum(f"dJ/dv{i} =" in page for page in found) == 1


def test_what_was_typed_is_printed(printed: Print, browser: Any) -> None:
    printed(PERCEPTRON)
    box = browser.find_element("css selector", 'input[aria-label="value of z"]')
    browser.execute_script(
        "arguments[0].value = '[0.25, -3]'; arguments[0].dispatchEvent(new Event('change'))", box
    )
    pdf = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"]
    assert "−3" in "".join(pages(base64.b64decode(pdf)))


@pytest.mark.parametrize("text", SHEETS.values(), ids=SHEETS)
def test_each_row_fits_the_page_and_each_value_is_in_one(text: str) -> None:
    root = picture(text, numbers=False).root
    made = [flow.value for box in root.boxes() for flow in box.flows]
    shown = []
    for scene in systems_of(root):
        assert scene.width <= WIDTH
        assert scene.height <= HEIGHT
        shown += [p.flow.value for p in scene.flows if p.owner.kind != "tag"]
    assert sorted(map(id, shown)) == sorted(map(id, made))


@pytest.mark.parametrize(
    ("shape", "wide"),
    [([3], 3), ([8, 8], 8), ([64], 10), ([4, 13], 7), ([21, 3], 9), ([2, 2, 2], 2), ([1, 1], 1)],
)
def test_the_numbers_of_an_array_stand_in_rows(shape: list[int], wide: int) -> None:
    assert columns(shape) == wide
    places = abreast(shape)
    rows = [places[i : i + wide] for i in range(0, len(places), wide)]
    assert [i for i in places if i >= 0] == list(range(len([i for i in places if i >= 0])))
    if shape[-1] > wide:
        assert all(-1 not in row or row.index(-1) == shape[-1] % wide for row in rows)
