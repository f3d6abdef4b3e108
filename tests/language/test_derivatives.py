"""Derivatives as values: by what they may be taken, and what they hold fixed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.compiled import build, refusal

LEVELS = (0, 1, 2)


def outputs(text: str, level: int = 1, **inputs: Any) -> dict[str, Any]:
    """What `forward` returns, parameters at their starting values."""
    module = build(text, level=level)
    return dict(module.outputs(**inputs)._asdict())


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("h = x\ny = h * x\noutput g = grad(y, h)", 3.0),
        ("h = x\ny = h * x\noutput g = grad(y, x)", 6.0),
        ("h = x\nk = x\ny = h * k\noutput g = grad(y, h)", 3.0),
        ("fn f(a, b) = grad(a * b, a)\noutput g = f(x, x)", 3.0),
        ("fn f(a) = a * a\ny = f(x)\noutput g = grad(y, x)", 6.0),
        ("a = sin(x)\nb = sin(x)\ny = a * b\noutput g = grad(y, a)", np.sin(3.0)),
        ("s = 0.5\ny = s * x\noutput g = grad(y, s)", 3.0),
        ("output g = grad(x**3, x)", 27.0),
        ("output g = grad(grad(x**3, x), x)", 18.0),
        ("output g = grad(grad(grad(x**3, x), x), x)", 6.0),
        ("output g = jvp(x**2, x, 2.0)", 12.0),
        ("z = 2 * x\ny = x * z\noutput g = jvp(y, [x, z], [1.0, 10.0])", 42.0),
        ("y = stop_gradient(x) * x\noutput g = grad(y, x)", 3.0),
        ("fn grad(a, b) = 7.0 * a\noutput g = grad(x, x)", 21.0),
    ],
)  # fmt: skip
def test_scalars(text: str, expected: float, level: int) -> None:
    found = outputs(f"input x: []\n{text}\n", level, x=3.0)["g"]
    assert float(found) == pytest.approx(expected, rel=1e-14)


def test_several_at_once_and_the_order_of_names() -> None:
    found = outputs(
        "input x: []\ninput t: []\na, b = grad(x**2 * t, t, x)\noutput a, b\n", x=3, t=5
    )
    assert (float(found["a"]), float(found["b"])) == (9.0, 30.0)


def test_a_direction_may_be_written_out() -> None:
    found = outputs("input x: [2]\noutput g = jvp(x**2, x, [1.0, 10.0])\n", x=np.array([3.0, 4.0]))
    np.testing.assert_allclose(found["g"], [6, 80])


def test_a_rule_of_ones_own_holds_at_every_order() -> None:
    text = """
    fn f(a) = a * a
    vjp f(a) -> y; dy { da = 100 * a * dy }
    input x: []
    g = grad(f(x), x)
    output g, h = grad(g, x)
    """.replace("output g, h = grad(g, x)", "output g\n    output h = grad(g, x)")
    found = outputs(text, x=3.0)
    assert (float(found["g"]), float(found["h"])) == (300.0, 100.0)


def test_by_parameters_of_layers_and_states() -> None:
    text = """
    from nn import Dense
    input x: [2, 3]
    state s: [3] = 2
    hidden = Dense(x * s, 4)
    y = sum(square(hidden))
    output gW = grad(y, hidden.W)
    output gs = grad(y, s)
    output gh = grad(y, hidden)
    update s = s + 1
    """
    module = build(text)
    x = np.arange(6.0).reshape(2, 3)
    found, *_ = module.forward(module.init_params(), x=x)
    W = module.init_params()["hidden.W"]
    h = (x * 2) @ W
    np.testing.assert_allclose(found.gh, 2 * h)
    np.testing.assert_allclose(found.gW, (2 * x).T @ (2 * h))
    np.testing.assert_allclose(found.gs, (x * (2 * h @ W.T)).sum(axis=0))


def test_zero_stays_zero() -> None:
    text = "input x: [3]\nv = where(x > 0, sqrt(x), 0)\n"
    text += "output g = grad(sum(v), x)\noutput h = grad(sum(g), x)\n"
    found = outputs(text, x=np.array([0.0, 4.0, -1.0]))
    np.testing.assert_allclose(found["g"], [0, 0.25, 0])
    np.testing.assert_allclose(found["h"], [0, -1 / 32, 0])


def test_stable_forms_come_first() -> None:
    text = "input x: [2]\noutput g = grad(log(sum(exp(x))), x)\n"
    found = outputs(text, x=np.array([1000.0, 1000.0]))
    np.testing.assert_allclose(found["g"], [0.5, 0.5])


def test_element_types_are_those_of_the_names() -> None:
    text = "input x: f32[3]\ninput w: f64[]\noutput g = grad(w * sum(x**2), x)\n"
    found = outputs(text, x=np.ones(3, np.float32), w=2.0)
    assert found["g"].dtype == np.float32


def test_draws_are_not_made_again() -> None:
    text = "input x: [3]\ne = random_normal([3])\ny = sum(e * x)\noutput g = grad(y, x)\noutput e\n"
    module = build(text)
    found, _ = module.forward(x=np.ones(3), rng=0)
    np.testing.assert_array_equal(found.g, found.e)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("output g = grad(x, x)", "E0404"),
        ("output g = grad(sum(x), n)", "E0405"),
        ("output g = grad(n, x)", "E0405"),
        ("output g = grad(sum(x), B)", "E0405"),
        ("output g = grad(sum(x), 2 * x)", "E0406"),
        ("output g = grad(sum(x), x[0])", "E0406"),
        ("output g = grad(sum(x), x.T)", "E0406"),
        ("const K = 2.0\noutput g = grad(K * sum(x), K)", "E0406"),
        ("output g = jvp(x, x, 1.0)", "E0302"),
        ("output g = jvp(x, n, 1)", "E0405"),
        ("output g = grad(sum(x))", "E0206"),
        ("output g = jvp(x, x)", "E0206"),
        ("output g = jvp(x, [x, x], [x])", "E0206"),
        ("output g = grad(y=sum(x), x=x)", "E0206"),
        ("output g = grad(sum(x), z)", "E0201"),
        ("output g = grad", "E0203"),
        ("fn f(a) = grad(sum(a), x)\noutput g = f(x)", "E0201"),
        ("a = grad(b, x)\nb = sum(a)\noutput b", "E0204"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, code: str) -> None:
    found = refusal(f"dim B\ninput x: [B]\ninput n: i64[]\n{text}\n")
    assert [d.code for d in found if d.is_error] == [code]


def test_a_derivative_of_nothing_is_told() -> None:
    module = build("input x: []\ninput z: []\ny = sin(x)\noutput y\noutput g = grad(y, z)\n")
    assert [w.code for w in module.warnings] == ["W908"]
    assert float(module.forward(x=1.0, z=2.0)[0].g) == 0.0


def test_what_is_only_differentiated_is_needed() -> None:
    text = "input x: []\ny = sin(x)\noutput g = grad(y, x)\n"
    assert build(text).warnings == ()
