"""Contractions whose axes lie in any order, some of which `-O2` makes products of matrices."""

from __future__ import annotations

import random

import numpy as np
import pytest

from tests.compiled import build

SIZES = {"a": 3, "b": 4, "c": 2, "d": 5, "x": 40, "y": 30}


def program(seed: int) -> tuple[str, dict[str, tuple[int, ...]]]:
    """A large array that meets a small one, and the shapes of both."""
    r = random.Random(seed)
    summed = r.sample("abx", r.randint(1, 2))
    large = [*summed, *r.sample("yc", r.randint(1, 2))]
    large += [c for c in "xy" if c not in large][:1]
    small = [*summed, *r.sample("d", r.randint(0, 1))]
    if "x" in summed:
        small = [*summed, "d"]
    made = [c for c in dict.fromkeys(large + small) if c not in summed]
    for letters in (large, small, made):
        r.shuffle(letters)
    names = [("p", large), ("q", small)]
    r.shuffle(names)
    shapes = {name: tuple([SIZES[c] for c in letters]) for name, letters in names}
    text = "".join(f"param {n}: [{', '.join(map(str, s))}]\n" for n, s in shapes.items())
    subscripts = f"{','.join(''.join(letters) for _, letters in names)}->{''.join(made)}"
    operands = ", ".join(name for name, _ in names)
    text += f'z = einsum("{subscripts}", {operands})\noutput z\nloss J = sum(sin(z) * z)\n'
    return text, shapes


@pytest.mark.parametrize("seed", range(40))
def test_axes_in_any_order(seed: int) -> None:
    text, shapes = program(seed)
    rng = np.random.default_rng(seed)
    params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    expected = build(text, level=0).value_and_grad(params)
    found = build(text, level=2).value_and_grad(params)
    assert found[0] == pytest.approx(expected[0], rel=1e-11)
    for name, gradient in expected[1].items():
        np.testing.assert_allclose(found[1][name], gradient, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("subscripts", "shapes"),
    [
        ("azb,acz->bc", {"p": (22, 4, 300), "q": (22, 3, 4)}),  # the small factor is copied
        ("bjv,vi->bij", {"p": (22, 4, 300), "q": (300, 3)}),  # what comes out is
        ("vi,bjv->bij", {"q": (300, 3), "p": (22, 4, 300)}),
    ],
)
def test_what_is_small_is_copied_in_another_order(
    subscripts: str, shapes: dict[str, tuple[int, ...]]
) -> None:
    text = "".join(f"param {n}: [{', '.join(map(str, s))}]\n" for n, s in shapes.items())
    text += f'z = einsum("{subscripts}", {", ".join(shapes)})\nloss J = sum(sin(z) * z)\n'
    assert "z = np.einsum" in build(text, level=1).text.partition("def value_and_grad")[0]
    assert "z = np.einsum" not in build(text, level=2).text.partition("def value_and_grad")[2]
    rng = np.random.default_rng(0)
    params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    expected, found = (build(text, level=n).value_and_grad(params) for n in (0, 2))
    assert found[0] == pytest.approx(expected[0], rel=1e-11)
    for name, gradient in expected[1].items():
        np.testing.assert_allclose(found[1][name], gradient, rtol=1e-10, atol=1e-10)
