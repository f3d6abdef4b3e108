"""Formulas as they are printed: on paper and in LaTeX, from one expression."""

import pytest

from gradc.lessons.words import latex, paper
from gradc.lessons.words.formula import Cases, Formula, derivative, written
from gradc.targets.python.expression import Atom, Attribute, Binary, Subscript
from gradc.targets.python.templates import template


def of(text: str) -> Formula:
    """An expression of Python, in which `dJ_dz` is a derivative."""
    return template(text)({"dJ_dz": derivative("J", "z")})


@pytest.mark.parametrize(
    ("text", "shown", "typeset"),
    [
        ("2 * w", "2w", "2 w"),
        ("3 * w**2", "3w²", r"3 \cdot w^{2}"),
        ("0.5 * w", "0.5 · w", "0.5 w"),
        ("-1 / w**2", "-1/w²", r"\frac{-1}{w^{2}}"),
        ("1 - h * h", "1 - h · h", r"1-h \cdot h"),
        ("a - (b - c)", "a - (b - c)", r"a-\left(b-c\right)"),
        ("a - b - c", "a - b - c", "a-b-c"),
        ("(a + b) * c", "(a + b) · c", r"\left(a+b\right) \cdot c"),
        ("-(a + b)", "-(a + b)", r"-\left(a+b\right)"),
        ("-(-a)", "-(-a)", r"-\left(-a\right)"),
        ("(-a)**2", "(-a)²", r"{\left(-a\right)}^{2}"),
        ("-a**2", "-a²", r"-a^{2}"),
        ("a**-1", "a⁻¹", r"a^{-1}"),
        ("a * 2**b", "a * 2**b", r"a \cdot {2}^{b}"),
        ("dJ_dz * x", "dJ/dz · x", r"\frac{dJ}{dz} \cdot x"),
        ("dJ_dz / x", "dJ/dz / x", r"\frac{\frac{dJ}{dz}}{x}"),
        ("x / dJ_dz", "x/(dJ/dz)", r"\frac{x}{\frac{dJ}{dz}}"),
        ("dJ_dz.T @ x", "(dJ/dz).T @ x", r"{\frac{dJ}{dz}}^{\top} \, x"),
        ("(dJ_dz * x).sum(axis=0)", "(dJ/dz · x).sum(axis=0)", None),
        ("dJ_dz * (z > 0)", "dJ/dz · (z > 0)", r"\frac{dJ}{dz} \cdot \left(z > 0\right)"),
        ("np.sqrt(np.abs(w_1))", "sqrt(abs(w_1))", r"\sqrt{\left|w_{1}\right|}"),
        ("_softplus(2 * theta)", "softplus(2theta)", None),
        ("np.pi * sigma", "pi · sigma", r"\pi \cdot \sigma"),
        ("1e-09 * w", "1e-09 · w", r"1 \cdot 10^{-9} w"),
        ("x[0, 1:n]", "x[0, 1:n]", r"\texttt{x[0, 1:n]}"),
        ("np.linalg.inv(x)", "linalg.inv(x)", r"\texttt{linalg.inv(x)}"),
    ],
)
def test_a_formula_is_printed(text: str, shown: str, typeset: str | None) -> None:
    assert paper.text(of(text)) == shown
    if typeset is not None:
        assert latex.formula(of(text)) == typeset


def test_cases_are_printed() -> None:
    found = Cases([(Atom("1"), of("w > 0")), (Atom("-1"), of("w < 0"))], Atom("0"))
    assert paper.text(found) == "1 if w > 0 else -1 if w < 0 else 0"
    assert latex.formula(found) == (
        r"\begin{cases}1 & w > 0 \\ -1 & w < 0 \\ 0 & \text{else}\end{cases}"
    )


def test_a_statement_of_a_graph_is_a_formula() -> None:
    found = written("(w * x - b_1)**2 / 2 + relu(hidden.W.T)")
    assert found is not None
    assert latex.formula(found) == (
        r"\frac{{\left(w \cdot x-b_{1}\right)}^{2}}{2}"
        r"+\operatorname{relu}\left({\mathit{hidden.W}}^{\top}\right)"
    )


@pytest.mark.parametrize("text", ["x[0]", "sum(x, axis=0)", "[a, b]", "a and b", "a +"])
def test_what_is_no_formula_is_left_as_it_is(text: str) -> None:
    assert written(text) is None


def test_names_with_dots_are_names() -> None:
    product = Binary("*", Attribute(Atom("x"), "T"), Subscript(Atom("h.W"), [Atom("0")]))
    assert paper.text(product) == "x.T · h.W[0]"
