"""`gradc explain`: the derivation, and what a derivative is."""

import pytest

from gradc.lessons.words import symbols
from tests.lessons.conftest import SECOND_UNIT, SQUARE, TWO_RELU, UNIT, Tell, rows

# J, w, ε, J(w), J(w + ε), k by arithmetic, symbolic, k exactly
FIRST = [
    ("w**2", "3", "0.001", "9", "9.006001", "6.001", "2w", "6"),
    ("w**2", "3", "0.002", "9", "9.012004", "6.002", "2w", "6"),
    ("w**2", "3", "1e-9", "9", "9.000000006", "6.0000005", "2w", "6"),
    ("w**2", "-3", "0.001", "9", "8.994001", "-5.999", "2w", "-6"),
    ("w**2", "2", "0.001", "4", "4.004001", "4.001", "2w", "4"),
    ("w**3", "2", "0.001", "8", "8.012006001", "12.006001", "3w²", "12"),
    ("w", "2", "0.001", "2", "2.001", "1", "1", "1"),
    ("2*w", "3", "0.001", "6", "6.002", "2", "2", "2"),
    ("1/w", "2", "0.001", "0.5", "0.4997501249", "-0.2498750625", "-1/w²", "-1/4"),
    ("1/w**2", "4", "0.001", "0.0625", "0.0624687617", "-0.0312382852", "-2/w³", "-1/32"),
]


@pytest.mark.parametrize("row", FIRST, ids=lambda row: f"{row[0]} at {row[1]}, {row[2]}")
def test_the_first_table(row: tuple[str, ...], tell: Tell) -> None:
    of, at, step, *cells = row
    text = f"param w = {at}\nloss J = {of}\n"
    assert [step, *cells] in rows(tell("explain", text, "--epsilon", step))
    assert [step, *cells] in rows(tell("explain", text))
    elsewhere = f"param w = 1\nloss J = {of}\n"
    assert [step, *cells] in rows(tell("explain", elsewhere, "--set", f"w={at}"))


def test_the_first_lesson_says_it_in_words(tell: Tell) -> None:
    page = tell("explain", "param w = 2\nloss J = 1 / w\n")
    assert "if w goes up by 0.001, J goes down by 0.25 × 0.001" in page
    assert "dJ/dw = -1/4 = -0.25 at w = 2" in page


def entry(page: str, head: str) -> dict[str, str]:
    """The lines of one derivative, by their labels."""
    block = page.partition(f"\n{head}\n\n")[2].partition("\n\n")[0]
    return {row[0]: row[1] for row in rows(block)}


def test_the_square_of_a_line(tell: Tell) -> None:
    page = tell("explain", SQUARE)
    assert "a = 2 + 3 * w = 11" in page
    assert "J = a**2 = 121" in page
    assert entry(page, "dJ/da = 22") == {
        "step": "J = a**2, line 4",
        "symbolic": "dJ/da = 2a = 22",
        "arithmetic": "dJ/da ≈ (121.022001 - 121) / 0.001 = 22.001",
        "in words": "if a goes up by 0.001, J goes up by 22 × 0.001",
    }
    assert entry(page, "dJ/dw = 66") == {
        "step": "a = 2 + 3 * w, line 3",
        "symbolic": "da/dw = 3",
        "bump": "da/dw ≈ (11.003 - 11) / 0.001 = 3",
        "chain rule": "dJ/dw = da/dw × dJ/da = 3 × 22 = 66",
        "arithmetic": "dJ/dw ≈ (121.066009 - 121) / 0.001 = 66.009",
        "in words": "if w goes up by 0.001, J goes up by 66 × 0.001",
        "in steps": "w goes up by ε; times da/dw = 3, a goes up by 3 × ε;"
        " times dJ/da = 22, J goes up by 66 × ε",
    }


def heads(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("dJ/")]


def test_the_linear_unit(tell: Tell) -> None:
    page = tell("explain", UNIT)
    assert heads(page) == ["dJ/dd = 2", "dJ/da = 2", "dJ/db = 2", "dJ/dc = 2", "dJ/dw = -4"]
    assert entry(page, "dJ/dw = -4")["chain rule"] == "dJ/dw = dc/dw × dJ/dc = -2 × 2 = -4"
    assert entry(page, "dJ/dd = 2")["in words"] == "if d goes up by 0.001, J goes up by 2 × 0.001"


def test_the_linear_unit_elsewhere(tell: Tell) -> None:
    page = tell("explain", SECOND_UNIT)
    assert heads(page) == ["dJ/dd = 3", "dJ/da = 3", "dJ/db = 3", "dJ/dc = 3", "dJ/dw = 6"]
    assert "J = d**2 / 2 = 4.5" in page
    bumped = entry(page, "dJ/dw = 6")["arithmetic"]
    assert bumped == "dJ/dw ≈ (4.506002 - 4.5) / 0.001 = 6.002"


def test_two_relu_units(tell: Tell) -> None:
    page = tell("explain", TWO_RELU)
    twos, sixes = "a2 z2 b2 t2".split(), "a1 z1 b1 t1 w1".split()
    expected = [f"dJ/d{v} = 2" for v in twos] + ["dJ/dw2 = 4"] + [f"dJ/d{v} = 6" for v in sixes]
    assert heads(page) == expected
    bumped = entry(page, "dJ/dw1 = 6")["arithmetic"]
    assert bumped == "dJ/dw1 ≈ (2.0060045 - 2) / 0.001 = 6.0045"
    assert entry(page, "dJ/dz1 = 6")["symbolic"] == "da1/dz1 = 1 if z1 > 0 else 0 = 1"


def test_the_order_may_be_turned(tell: Tell) -> None:
    backward = heads(tell("explain", UNIT))
    assert heads(tell("explain", UNIT, "--order", "forward")) == backward[::-1]


def test_one_parameter_is_followed(tell: Tell) -> None:
    page = tell("explain", UNIT, "--wrt", "w")
    assert heads(page) == ["dJ/dd = 2", "dJ/da = 2", "dJ/dc = 2", "dJ/dw = -4"]


def test_what_is_used_twice_adds_up(tell: Tell) -> None:
    text = "param w = 3\na = w**2\nb = 2 * w\nloss J = a * b\n"
    page = tell("explain", text)
    chain = entry(page, "dJ/dw = 54")["chain rule"]
    assert chain == "dJ/dw = da/dw × dJ/da + db/dw × dJ/db = 6 × 6 + 2 × 9 = 54"
    page = tell("explain", text, "--paths", "--wrt", "w")
    assert ["w → a → J", "da/dw × dJ/da = 6 × 6", "36"] in rows(page)
    assert ["w → b → J", "db/dw × dJ/db = 2 × 9", "18"] in rows(page)
    assert ["together", "dJ/dw = 36 + 18 = 54"] in rows(page)


def test_partial_derivatives_are_written_as_such(tell: Tell) -> None:
    page = tell("explain", UNIT, "--partial")
    assert entry(page, "∂J/∂w = -4")["chain rule"] == "∂J/∂w = ∂c/∂w × ∂J/∂c = -2 × 2 = -4"
    assert "J depends on w, b, x and y: ∂J/∂w is its derivative by w" in page
    assert "∂J/∂d" in tell("trace", UNIT, "--partial")
    typeset = tell("explain", UNIT, "--partial", "--format", "latex")
    assert r"\frac{\partial J}{\partial w} = \frac{\partial c}{\partial w} \times" in typeset
    assert "∂" not in tell("explain", SQUARE, "--partial"), "it depends on w alone"
    plain = tell("explain", UNIT)
    assert "J depends on w, b, x and y: dJ/dw is the partial derivative ∂J/∂w" in plain
    assert entry(plain, "dJ/dw = -4")["chain rule"] == "dJ/dw = dc/dw × dJ/dc = -2 × 2 = -4"


def test_a_typeset_page_has_signs_that_every_latex_knows(tell: Tell) -> None:
    text = (
        "input x: [2, 3] = [[1, 2, 3], [4, 5, 6]]\nparam β: [3] = 1\n"
        "h = tanh(x * β)\nz = sum(h, axis=1)\nloss J = sum(z[0] * z)\n"
    )
    page = tell("explain", text, "--partial", "--format", "latex")
    assert r"\texttt{h = tanh(x * $\beta$)}" in page
    assert r"$\partial$J" in page, "a formula that has no sign of its own"
    assert page.isascii()


def test_a_step_of_one_variable_has_no_partial_derivative(tell: Tell) -> None:
    page = tell(
        "explain", "param v = 1\nparam w = 2\nt = v * w\nh = tanh(t)\nloss J = h\n", "--partial"
    )
    assert "dh/dt" in page
    assert "∂t/∂w" in page


def test_too_many_paths_are_counted(tell: Tell) -> None:
    lines = [f"a{i + 1} = a{i} + sin(a{i} * a{i})" for i in range(3)]
    doubled = [f"b{i} = a{i} * 2\nc{i} = a{i} * 3\na{i + 1} = b{i} - c{i}" for i in range(12)]
    page = tell("explain", "param a0 = 1\n" + "\n".join(doubled) + "\nloss J = a12\n", "--paths")
    assert "4096 paths from a0 to J" in page
    page = tell("explain", "param a0 = 1\n" + "\n".join(lines) + "\nloss J = a3\n", "--paths")
    assert "1 path from a0 to J" in page


def test_arrays_have_rules_and_bumps_of_one_element(tell: Tell) -> None:
    text = (
        "input x: [2, 2] = [[1, 2], [3, 4]]\nparam w: [2] = [1, -1]\n"
        "h = x @ w\nloss J = sum(h**2)\n"
    )
    lines = rows(tell("explain", text))
    assert ["chain rule", "dJ/dw = dJ/dh @ x"] in lines or [
        "chain rule",
        "dJ/dw = x.T @ dJ/dh",
    ] in lines
    assert ["in words", "if w[1] goes up by 0.001, J goes down by 12 × 0.001"] in lines


def test_without_sympy_the_rule_is_shown(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symbols, "_sympy", lambda: None)
    page = tell("explain", "param w = 3\nloss J = w**2\n")
    assert ["0.001", "9", "9.006001", "6.001", "2w", "6"] in rows(page)
    assert "by the rule" in page
    page = tell("explain", TWO_RELU)
    assert entry(page, "dJ/dw1 = 6")["rule"] == "dt1/dw1 = x = 1"


def test_other_formats(tell: Tell) -> None:
    assert "### dJ/da = 22" in tell("explain", SQUARE, "--format", "markdown")
    page = tell("explain", SQUARE, "--format", "latex")
    assert r"$\frac{dJ}{dw} = \frac{da}{dw} \times \frac{dJ}{da} = 3 \times 22 = 66$" in page
    page = tell("explain", "param w = 4\nloss J = 1 / w**2\n", "--format", "latex")
    assert r"$-\frac{1}{32}$" in page


@pytest.mark.parametrize("epsilon", ["0", "x", "nan"])
def test_a_step_is_a_number(epsilon: str, tell: Tell) -> None:
    assert "is no step" in tell("explain", SQUARE, "--epsilon", epsilon, code=2)


def test_a_graph_without_a_loss_is_refused(tell: Tell) -> None:
    assert "no loss" in tell("explain", "param w = 1\noutput y = w\n", code=1)


def test_several_results_of_one_statement(tell: Tell) -> None:
    text = "param w = 3\nq, r = split(stack([w, 1.0]), 2)\nloss J = sum(q * r)\n"
    page = tell("explain", text)
    assert "q = [3]" in page
    assert list(entry(page, "dJ/dw = 1")).count("step") == 1


def test_numbers_too_large_for_a_fraction(tell: Tell) -> None:
    page = tell("explain", "param w = 1e200\nloss J = w**2\n")
    assert "dJ/dw = 2e200 at w = 1e200" in page


def test_the_order_of_hashes_does_not_show(tell: Tell) -> None:
    text = "param w = 3\nparam v = 2\nparam u = 1\nloss J = w * v + v * u + u * w\n"
    assert heads(tell("explain", text)) == ["dJ/du = 5", "dJ/dv = 4", "dJ/dw = 3"]


@pytest.mark.parametrize("c", ["[inf, inf] - inf", "[inf, 1]", "[-inf, 1]", "[1e308, 1]"])
@pytest.mark.parametrize("verb", ["explain", "trace", "why"])
def test_broken_numbers_are_told(verb: str, c: str, tell: Tell) -> None:
    text = f"param w: [2] = 1\nc = {c}\nz = exp(w * c) - c\nloss J = sum(z * z)\n"
    page = tell(verb, text)
    assert "nan" in page or "inf" in page


def test_a_gradient_of_nan_alone(tell: Tell) -> None:
    assert "dJ/dx = [nan, nan]" in tell(
        "explain", "param x: [2] = [0, 0]\nloss J = sum(sqrt(x - 1))\n"
    )
