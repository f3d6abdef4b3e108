"""Higher derivatives of networks, whose products are taken apart, are what they are without."""

import random

import numpy as np
import pytest

from tests.compiled import build

ACTIVATIONS = ("tanh", "sin", "sigmoid", "square", "softplus")


def network(rng: random.Random) -> str:
    """A network of random form over places and times, and an equation that it is to obey."""
    hidden = f"{rng.choice(ACTIVATIONS)}(x[:, newaxis] * a + t[:, newaxis] * b + c)"
    lines = [f"h = {hidden}"]
    top = rng.choice(["h @ w", f"{rng.choice(ACTIVATIONS)}(h @ V) @ w", "sum(h * w, axis=1)"])
    lines.append(f"u = {rng.choice(['', 'x * ', '(x - x**2) * t * '])}({top})")
    lines.append("u_x, u_t = grad(sum(u), x, t)")
    lines.append("u_xx, u_xt = grad(sum(u_x), x, t)")
    lines.append("u_xxx = grad(sum(u_xx), x)")
    lines.append(f"v = jvp({rng.choice(['u_x', 'u_t', 'u'])}, x, t)")
    terms = rng.sample(["u_x", "u_t", "u_xx", "u_xt", "u_xxx", "v", "u * u_x"], 3)
    lines.append(f"loss J = mean(square({' - '.join(terms)}))")
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(20))
def test_levels_agree(seed: int) -> None:
    head = "dim N\ninput x: [N]\ninput t: [N]\nparam V: [4, 4] ~ normal(1)\n"
    head += "".join(f"param {n}: [4] ~ normal(1)\n" for n in "abcw")
    text = f"{head}{network(random.Random(seed))}\n"
    plain, separated = build(text, level=0), build(text)
    given = dict(zip("xt", np.random.default_rng(seed).normal(size=(2, 5)), strict=True))
    params = plain.init_params(seed)
    J, gradients = plain.value_and_grad(params, **given)
    found, others = separated.value_and_grad(params, **given)
    np.testing.assert_allclose(found, J, rtol=1e-11)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(others[name], gradient, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    "factor", ["s", "r", "c", "mean(X, axis=0, keepdims=true)", "r * a", "s * c"]
)
@pytest.mark.parametrize("total", ["M @ sin({h})", "sum({h} * X)", "{h} @ V", "sum({h}, axis=0)"])
def test_factors_of_any_shape(factor: str, total: str) -> None:
    """What stretches to a matrix, with no matrix beside it, is no product with one."""
    text = (
        "input X: [5, 4]\nparam a: [4] ~ normal(1)\nparam s: [] ~ normal(1)\n"
        "param M: [5, 5] ~ normal(1)\nparam V: [4, 4] ~ normal(1)\nparam q: [5] ~ normal(1)\n"
        "r = 1 / (1 + sum(square(q[:, newaxis] * a), axis=1, keepdims=true))\n"
        "c = tanh(mean(X, axis=0, keepdims=true) * a)\n"
        f"z = {total.format(h=f'(({factor}) * (X * (q[:, newaxis] * a)))')}\n"
        "g, k = grad(sum(square(z)), a, q)\nloss J = sum(square(g)) + sum(square(k))\n"
    )
    given = {"X": np.random.default_rng(4).normal(size=(5, 4))}
    plain = build(text, level=0)
    params = plain.init_params(3)
    J, gradients = plain.value_and_grad(params, **given)
    for level in (1, 2):
        found, others = build(text, level=level).value_and_grad(params, **given)
        np.testing.assert_allclose(found, J, rtol=1e-9)
        for name, gradient in gradients.items():
            np.testing.assert_allclose(others[name], gradient, rtol=1e-9, atol=1e-9)


def test_no_matrix_is_made_for_what_a_number_a_row_says() -> None:
    text = (
        "dim N\ninput x: [N]\nparam a: [4]\nparam b: [4]\nparam w: [4]\n"
        "h = tanh(x[:, newaxis] * a + b)\nu = x * (h @ w)\n"
        "output u_x = grad(sum(u), x)\noutput u_xx = grad(sum(u_x), x)\n"
    )
    forward = build(text).text.partition("def forward")[2].partition("def ")[0]
    made = [line for line in forward.splitlines() if line.endswith("# f64[N, 4]")]
    assert [line.split(" = ")[0].strip() for line in made] == ["h", "h_slope", "h_h_slope"]


def test_a_second_derivative_is_what_one_derives_on_paper() -> None:
    text = (
        "dim N\ninput x: [N]\nparam a: [4]\nparam b: [4]\nparam w: [4]\n"
        "h = tanh(x[:, newaxis] * a + b)\nnet = h @ w\nu = (x - x**2) * net\n"
        "u_x = grad(sum(u), x)\noutput u_xx = grad(sum(u_x), x)\n"
    )
    paragraph = build(text).text.partition("# output u_xx = ")[2].partition("\n\n")[0]
    # (s n)'' = s'' n + 2 s' n' + s n'', where s'' is -2, and n' and n'' are products with h
    assert "du_x_ddu_dx = 1 - 2 * x  #" in paragraph
    assert "subtract(du_x_ddu_dx * (h_slope @ aw), net" in paragraph
    assert "u_xx -= u_difference * (h_h_slope @ aaw)\n    u_xx *= 2" in paragraph


def test_a_third_derivative_is_two_products() -> None:
    text = (
        "dim N\ninput x: [N]\nparam a: [4]\nparam b: [4]\nparam w: [4]\n"
        "h = tanh(x[:, newaxis] * a + b)\nu = h @ w\nu_x = grad(sum(u), x)\n"
        "u_xx = grad(sum(u_x), x)\noutput u_xxx = grad(sum(u_xx), x)\n"
    )
    module = build(text)
    # tanh''' is 4 * tanh**2 * tanh' - 2 * tanh'**2
    assert "u_xxx = 4 * (h_h_h_slope @ aaaw) - 2 * (h_slope_h_slope @ aaaw)  #" in module.text
    x, params = np.linspace(-1, 1, 5), module.init_params()
    params |= {name: np.linspace(0.5, 1.5, 4) for name in params}
    a, b, w = params.values()
    h = np.tanh(np.outer(x, a) + b)
    third = (1 - h**2) * (6 * h**2 - 2)
    np.testing.assert_allclose(module.forward(params, x=x)[0].u_xxx, third @ (a**3 * w), rtol=1e-12)
