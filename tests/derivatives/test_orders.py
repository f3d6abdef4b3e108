"""Derivatives as values, to the third order: against differences, and against torch.

By a name that a statement binds it is as if that value were given: there the differences are of the
graph where it is an input.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from tests.compiled import Module, build
from tests.derivatives.orders import Program, generate
from tests.fuzz.chunks import CHUNK, chunks

LEVELS = (0, 1, 2)
STEP = 1e-5


def made(module: Module, program: Program, values: dict[str, Any]) -> dict[str, Any]:
    """The outputs by name."""
    params = {n: v for n, v in values.items() if n in module.graph["params"]}
    inputs = {n: v for n, v in values.items() if n in module.graph["inputs"]}
    found = module.forward(*([params] if module.graph["params"] else []), **inputs)[0]._asdict()
    return {n: np.asarray(v) for n, v in found.items()}


@pytest.mark.parametrize("first", chunks(10, 200))
def test_derivatives_are_differences(first: int) -> None:
    for seed in range(first, first + CHUNK):
        program = generate(seed)
        values = program.values()
        module = build(program.text(), level=1)
        results = made(module, program, values)
        orders = {line.name: line.order for line in program.lines}
        for name, (of, by) in program.derived.items():
            if by in orders and orders[of]:
                continue  # as an input it would be no part of what was differentiated before
            given = [] if by in program.arguments else [by]
            moving = build(program.text(given), level=1) if given else module
            there = values | {n: results[n] for n in given}
            text = next(line.text for line in program.lines if line.name == name)
            along = {**values, **results}[text[:-1].split(", ")[2]] if text[0] == "j" else None
            found = slope(moving, program, there, of, by, along)
            scale = 1 + np.abs(found).max(initial=0)
            np.testing.assert_allclose(
                results[name], found, atol=2e-6 * scale, err_msg=f"seed {seed}: {name} = {text}"
            )


def slope(
    module: Module, program: Program, values: dict[str, Any], of: str, by: str, along: Any
) -> Any:
    """The gradient of a scalar, or the derivative along a direction, by central differences."""

    def at(move: Any) -> Any:
        if of not in module.graph["outputs"]:
            return np.asarray(values[of])  # what is given does not move with another
        return made(module, program, values | {by: values[by] + move})[of]

    if along is not None:
        return (at(STEP * along) - at(-STEP * along)) / (2 * STEP)
    found = np.zeros(np.shape(values[by]))
    for place in np.ndindex(found.shape):
        move = np.zeros(found.shape)
        move[place] = STEP
        found[place] = (at(move) - at(-move)) / (2 * STEP)
    return found


@pytest.mark.parametrize("first", chunks(10, 200))
def test_levels_agree_and_losses_differentiate(first: int) -> None:
    for seed in range(first, first + CHUNK):
        program = generate(seed)
        values = program.values()
        params = {n: v for n, v in values.items() if n[0] == "w"}
        inputs = {n: v for n, v in values.items() if n[0] != "w"}
        found = [gradients_of(program, level, params, inputs) for level in LEVELS]
        for level, (outputs, gradients) in zip(LEVELS[1:], found[1:], strict=True):
            for name, value in {**found[0][0], **found[0][1]}.items():
                np.testing.assert_allclose(
                    {**outputs, **gradients}[name], value, rtol=1e-9, atol=1e-10,
                    err_msg=f"seed {seed} -O{level}: {name}",
                )  # fmt: skip
        module = build(program.text(), level=1)
        for name, gradient in found[1][1].items():
            expected = slope(module, program, values, "J", name.removeprefix("d "), None)
            scale = 1 + np.abs(expected).max(initial=0)
            np.testing.assert_allclose(
                gradient, expected, atol=2e-6 * scale, err_msg=f"seed {seed}: dJ/d{name}"
            )


def gradients_of(
    program: Program, level: int, params: dict[str, Any], inputs: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    module = build(program.text(), level=level)
    own = [params] if params else []
    outputs, saved = module.forward(*own, **inputs)
    gradients = module.backward(saved) if params else {}
    whole = module.value_and_grad(*own, **inputs)[1] if params else {}
    for name, value in whole.items():
        np.testing.assert_allclose(value, gradients[name], rtol=1e-9, atol=1e-10)
    return outputs._asdict(), {f"d {n}": v for n, v in gradients.items()}


@pytest.mark.parametrize("first", range(0, 200, CHUNK))
def test_torch_agrees(first: int) -> None:
    torch = pytest.importorskip("torch", reason="torch is missing: pip install 'gradc[oracle]'")
    for seed in range(first, first + CHUNK):
        program = generate(seed)
        values = program.values()
        env = {n: torch.tensor(v, requires_grad=True) for n, v in values.items()}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for line in program.lines:
                found = line.run(torch, env)
                env[line.name] = found if found.requires_grad else found.requires_grad_()
        names = [n for n in values if n[0] == "w"]
        expected = {}
        if names:
            given = torch.autograd.grad(env["J"], [env[n] for n in names], allow_unused=True)
            expected = {f"d {n}": torch.zeros_like(env[n]) if g is None else g
                        for n, g in zip(names, given, strict=True)}  # fmt: skip
        expected |= {line.name: env[line.name] for line in program.lines}
        params = {n: values[n] for n in names}
        inputs = {n: v for n, v in values.items() if n not in names}
        for level in LEVELS:
            outputs, gradients = gradients_of(program, level, params, inputs)
            for name, found in {**outputs, **gradients}.items():
                np.testing.assert_allclose(
                    found, expected[name].detach().numpy(), rtol=1e-9, atol=1e-9,
                    err_msg=f"seed {seed} -O{level}: {name}",
                )  # fmt: skip
