"""The course's own pictures and numbers: columns, bumps, curves."""

import math
import xml.etree.ElementTree as ET

import pytest

from gradc.lessons.draw.chain import BumpError, follow, sentence
from gradc.lessons.draw.column import add_columns
from gradc.lessons.draw.compose import Look, named_values
from gradc.lessons.draw.curve import CurveError, curve_of
from gradc.lessons.draw.descent import descent, descent_svg, loss_of, place_of
from gradc.lessons.draw.picture import Picture
from gradc.lessons.draw.svg import svg
from gradc.lessons.draw.tangents import curve_svg
from gradc.lessons.run.steps import steps_of
from tests.draw.conftest import DIGITS, SQUARE, TWO_RELU, picture_and_run, run_of
from tests.draw.test_svg import texts


def with_columns(text: str) -> Picture:
    picture, run = picture_and_run(text, Look(groups="closed"))
    add_columns(picture, run, steps_of(run.subject))
    return picture


def columns(text: str) -> dict[str, list[str]]:
    return {box.title: box.column for box in with_columns(text).root.boxes() if box.column}


def test_the_column_of_the_square() -> None:
    assert columns(SQUARE) == {
        "2 + 3 * w": ["da/dw = 3", "dJ/dw = da/dw · dJ/da = 3 · 22 = 66"],
        "a**2": ["dJ/da = 2a = 22"],
    }


def test_the_columns_of_two_units() -> None:
    found = columns(TWO_RELU)
    assert "dJ/dw2 = dt2/dw2 · dJ/dt2 = 2 · 2 = 4" in found["w2 * a1"]
    assert "dt2/da1 = w2 = 3" in found["w2 * a1"]
    assert found["relu(z1)"][-1] == "dJ/dz1 = da1/dz1 · dJ/da1 = 1 · 6 = 6"
    document = svg(with_columns(TWO_RELU))
    assert "dJ/dw2 = dt2/dw2 · dJ/dt2 = 2 · 2 = 4" in texts(document, "column")


def test_a_value_used_twice_gets_two_contributions() -> None:
    found = columns("param w = 3\na = w * w\nb = 2 * w\nloss J = a + b\n")
    assert found["w * w"][-1].startswith("dJ/dw += da/dw · dJ/da = 6 · 1 = 6")
    assert found["2 * w"][-1] == "dJ/dw += db/dw · dJ/db = 2 · 1 = 2"


def test_columns_of_arrays_are_formulas() -> None:
    found = columns(DIGITS)
    assert "dJ/dW1 = x.T @ dJ/dz1" in found["x @ W1 + b1"]


def bumped(text: str, name: str, epsilon: float = 0.001) -> Picture:
    picture, run = picture_and_run(text, Look(groups="closed"))
    follow(picture, run, steps_of(run.subject), named_values(run.graph)[name], epsilon)
    return picture


def test_the_sentence_and_the_chain_of_bumps() -> None:
    run = run_of(SQUARE)
    values = named_values(run.graph)
    assert sentence(run, values["a"], 0.001) == "a up 0.001, J up 0.022001; a up ε, J up 22 ε"
    picture = bumped(SQUARE, "w")
    assert picture.caption == [
        "w up 0.001, J up 0.066009; w up ε, J up 66 ε",
        "w up ε, times da/dw = 3, a up 3 ε, times dJ/da = 22, J up 66 ε",
    ]
    document = svg(picture)
    assert {"w up ε", "a up 3 ε", "J up 66 ε"} <= set(texts(document, "value"))
    assert {"× da/dw = 3", "× dJ/da = 22"} <= set(texts(document, "slope"))


def test_a_bump_that_goes_down_and_one_that_branches() -> None:
    text = "param w = 2\na = -3 * w\nb = w**2\nloss J = a * b\n"
    picture = bumped(text, "w")
    assert picture.caption[0].startswith("w up 0.001, J down 0.036018")
    assert "J down 36 ε" in picture.caption[1]
    assert "a down 3 ε" in picture.caption[1]
    assert "b up 4 ε" in picture.caption[1]


def test_a_bump_of_an_array_is_refused() -> None:
    with pytest.raises(BumpError, match="is f32"):
        bumped(DIGITS, "W1")


CURVES = [
    ("w**2", 3, 9, 6),
    ("w**2", 2, 4, 4),
    ("w**2", -3, 9, -6),
    ("w**3", 2, 8, 12),
    ("w", 2, 2, 1),
    ("2 * w", 3, 6, 2),
    ("1 / w", 2, 0.5, -0.25),
    ("1 / w**2", 4, 0.0625, -1 / 32),
    ("sin(w)", 0, 0, 1),
]


@pytest.mark.parametrize(("formula", "at", "height", "slope"), CURVES)
def test_curves_have_the_slopes_of_the_course(
    formula: str, at: float, height: float, slope: float
) -> None:
    curve = curve_of(run_of(f"param w = {at}\nloss J = {formula}\n"), "J", "w", 0.001)
    (tangent,) = curve.tangents
    assert (tangent.at, tangent.height) == (at, height)
    assert tangent.slope == pytest.approx(slope, rel=1e-12)
    assert min(curve.xs) < at < max(curve.xs)
    for theme in ("auto", "light", "dark"):
        document = curve_svg(curve, theme)
        ET.fromstring(document)
        assert "nan" not in document.lower().replace("dominant", "")
    shown = f"{slope:.6g}".replace("-", "−")
    assert f"slope k = dJ/dw = {shown}" in texts(document)
    assert document == curve_svg(curve, "dark")


def test_the_caption_of_the_curve_says_what_a_bump_gives() -> None:
    curve = curve_of(run_of("param w = 3\nloss J = w**2\n"), "J", "w", 0.001)
    words = texts(curve_svg(curve))
    assert "J(w + ε) ≈ J(w) + k·ε; at ε = 0.001: 9.006001 ≈ 9 + 6·0.001, k ≈ 6.001" in words
    assert "6·ε" in words
    assert math.isclose(curve.tangents[0].moved, 9.006001)


def test_any_value_over_any_argument() -> None:
    curve = curve_of(run_of(TWO_RELU), "a2", "x", 0.001)
    assert curve.tangents[0].slope == 6  # dJ/dx is never asked for elsewhere
    assert curve.tangents[0].height == 7


def test_what_is_no_curve() -> None:
    run = run_of(DIGITS)
    with pytest.raises(CurveError, match="no value `Q`"):
        curve_of(run, "Q", "W1", 0.001)
    with pytest.raises(CurveError, match="no input or parameter `h1`"):
        curve_of(run, "J", "h1", 0.001)
    with pytest.raises(CurveError, match="drawn over numbers"):
        curve_of(run, "J", "W1", 0.001)


def test_several_tangents_on_one_curve() -> None:
    run = run_of("param w = 3\nloss J = w**2\n")
    curve = curve_of(run, "J", "w", 0.001, [2, -3, 3])
    assert [(t.at, t.height, t.slope) for t in curve.tangents] == [
        (3, 9, 6),
        (2, 4, 4),
        (-3, 9, -6),
    ]
    document = curve_svg(curve)
    ET.fromstring(document)
    assert "J over w, and its tangents at w = 3, 2 and −3" in texts(document)
    for line in ("at w = 3: J = 9, slope k = dJ/dw = 6", "at w = −3: J = 9, slope k = dJ/dw = −6"):
        assert line in texts(document)
    assert {"6·ε", "4·ε", "−6·ε"} <= set(texts(document))
    assert document.count('class="dot"') == document.count('class="triangle"') == 3
    assert min(curve.xs) < -3
    assert max(curve.xs) > 3


def test_gradient_descent_on_the_curve_and_as_it_falls() -> None:
    runs = descent(run_of("param w = 3\nloss J = w**2\n"), 0.1, 8)
    assert [place_of(r, "w") for r in runs] == pytest.approx([3 * 0.8**i for i in range(9)])
    assert [loss_of(r) for r in runs] == pytest.approx([9 * 0.64**i for i in range(9)])
    curve = curve_of(runs[0], "J", "w", 0.001, seen=[place_of(r, "w") for r in runs])
    document = descent_svg(runs, 0.1, curve)
    ET.fromstring(document)
    words = texts(document)
    assert "w := w − α · dJ/dw, α = 0.1" in words
    assert "w: 3 → 2.4 → 1.92 → 1.536 → 1.2288 → … → 0.50332" in words
    assert "J: 9 → 5.76 → 3.6864 → 2.3593 → 1.5099 → … → 0.25333" in words
    assert document.count('class="dot"') == 18
    alone = descent_svg(runs, 0.1, None)
    assert alone.count('class="dot"') == 9


def test_a_descent_that_leaves_the_numbers_ends() -> None:
    runs = descent(run_of("param w = 3\nloss J = w**4\n"), 1.0, 50)
    assert len(runs) < 10
    assert math.isfinite(loss_of(runs[-1]))
    ET.fromstring(descent_svg(runs, 1.0, None))
