"""The right outputs and gradients of a program: by torch, or by differences in long double."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.fuzz.program import Program, Value
from tests.fuzz.reference import NumpyReference, TorchReference, torch

_WIDE = np.longdouble
_PRECISE = np.finfo(_WIDE).eps < 1e-18
_STEP = _WIDE(1e-5)


@dataclass(slots=True)
class Answer:
    """Outputs by name; gradients by name, or slopes along a direction where those were measured."""

    outputs: dict[str, Any]
    gradients: dict[str, Any]
    directions: dict[str, Any] | None = None


def answer(program: Program, cotangents: dict[str, Any], nudge: float = 0.0) -> Answer | None:
    """The reference's answer, or None where there is nothing to compute it with.

    `nudge` moves every float argument by a relative amount: what changes much is ill conditioned.
    """
    arrays = {}
    for argument in program.arguments:
        array = argument.value.array
        if argument.value.is_float:
            signs = np.where(np.arange(array.size).reshape(array.shape) % 2, 1, -1)
            array = array * (1 + nudge * signs)
        arrays[argument.value] = array
    if torch is not None:
        return _by_torch(program, arrays, cotangents)
    if not _PRECISE or program.is_kinked:
        return _values(program, arrays)
    # A slope that depends on the step is as little known as one that rounding changes.
    return _by_differences(program, arrays, cotangents, _STEP if nudge == 0 else _STEP / 16)


def _weights(program: Program, cotangents: dict[str, Any]) -> list[tuple[Value, Any]]:
    if program.loss is not None:
        return [(program.loss, np.float64(1))]
    by_name = {v.name: v for v in program.outputs}
    return [(by_name[name], cotangent) for name, cotangent in cotangents.items()]


def _by_torch(program: Program, arrays: dict[Value, Any], cotangents: dict[str, Any]) -> Answer:
    torch.set_default_dtype(torch.float64)
    wanted = program.differentiated
    tensors = {v: torch.tensor(np.asarray(a)) for v, a in arrays.items()}
    for argument in wanted:
        tensors[argument.value].requires_grad_()
    found = program.evaluated(TorchReference(), dict(tensors))
    outputs = {v.name: found[v].detach().numpy() for v in program.compared}
    total = None
    for value, weight in _weights(program, cotangents):
        part = (found[value] * torch.tensor(np.asarray(weight, np.float64))).sum()
        total = part if total is None else total + part
    roots = [tensors[a.value] for a in wanted]
    if total is None or not total.requires_grad or not roots:
        gradients = [None] * len(wanted)
    else:
        gradients = torch.autograd.grad(total, roots, allow_unused=True)
    return Answer(
        outputs,
        {
            a.value.name: np.zeros(a.value.array.shape) if g is None else g.numpy()
            for a, g in zip(wanted, gradients, strict=True)
        },
    )


def _values(program: Program, arrays: dict[Value, Any]) -> Answer:
    found = program.evaluated(NumpyReference(), dict(arrays))
    return Answer({v.name: found[v] for v in program.compared}, {})


def _by_differences(
    program: Program, arrays: dict[Value, Any], cotangents: dict[str, Any], width: Any
) -> Answer:
    """The slope along one random direction for each argument, to the last digits of a double."""
    rng = np.random.default_rng(program.seed)
    wide = {v: np.asarray(a, _WIDE) if v.is_float else a for v, a in arrays.items()}
    weights = _weights(program, cotangents)

    def total(changed: dict[Value, Any]) -> Any:
        found = program.evaluated(NumpyReference(), dict(changed))
        return sum(((found[v] * w).sum() for v, w in weights), _WIDE(0))

    slopes, directions = {}, {}
    for argument in program.differentiated:
        value = argument.value
        direction = rng.normal(0, 1, value.array.shape)
        along = []
        for step in (width, width / 2):
            up = total({**wide, value: wide[value] + step * direction})
            down = total({**wide, value: wide[value] - step * direction})
            along.append((up - down) / (2 * step))
        slopes[value.name] = float((4 * along[1] - along[0]) / 3)
        directions[value.name] = direction
    answer = _values(program, arrays)
    return Answer(answer.outputs, slopes, directions)
