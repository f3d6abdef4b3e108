"""What the statements of random loops are made of: how it is written, and its reference."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gradc.ir.sizes import Size
from tests.fuzz.program import Value

_RANK = 3  # nothing of a higher rank is made, but for stacks


@dataclass(frozen=True, slots=True)
class Form:
    """An expression; in `text`, `$0` stands for the first operand."""

    text: str
    operands: tuple[Value, ...]
    reference: Callable[..., Any]
    shape: tuple[Size, ...]

    @classmethod
    def of(cls, value: Value) -> Form:
        return cls("$0", (value,), lambda r, a: a, value.shape)


_Reference = Callable[..., Any]

_ALIKE: list[tuple[str, _Reference]] = [
    ("sin($0)", lambda r, a: r.sin(a)),
    ("tanh($0)", lambda r, a: r.tanh(a)),
    ("0.5 * $0", lambda r, a: 0.5 * a),
    ("-$0", lambda r, a: -a),
    ("$0 + 1", lambda r, a: a + 1),
    ("exp(-square($0))", lambda r, a: r.exp(-(a * a))),
    ("sigmoid($0)", lambda r, a: 1 / (1 + r.exp(-a))),
    ("sqrt(1 + square($0))", lambda r, a: r.sqrt(1 + a * a)),
    ("$0 / (1 + square($0))", lambda r, a: a / (1 + a * a)),
]
_ALONG: list[tuple[str, _Reference]] = [
    ("$0[::-1]", lambda r, a: r.flip(a, 0)),
    ("cumsum($0, axis=0)", lambda r, a: r.cumsum(a, 0)),
    ("$0 - mean($0)", lambda r, a: a - r.mean(a)),
    ("roll($0, 1, axis=0)", lambda r, a: r.roll(a, 1, 0)),
]
_BOTH: list[tuple[str, _Reference]] = [
    ("$0 + $1", lambda r, a, b: a + b),
    ("$0 - $1", lambda r, a, b: a - b),
    ("$0 * $1", lambda r, a, b: a * b),
    ("tanh($0 + $1)", lambda r, a, b: r.tanh(a + b)),
    ("$0 * sin($1)", lambda r, a, b: a * r.sin(b)),
    ("tanh($0 * $1)", lambda r, a, b: r.tanh(a * b)),
    ("where($0 > $1, $0, 0.5 * $1)", lambda r, a, b: r.where(a > b, a, 0.5 * b)),
]
_TO_NUMBER: list[tuple[str, _Reference]] = [
    ("sum($0)", lambda r, a: r.sum(a)),
    ("mean($0)", lambda r, a: r.mean(a)),
    ("sum(tanh($0))", lambda r, a: r.sum(r.tanh(a))),
]
_SUMS: list[tuple[str, _Reference]] = [
    ("sum($0, axis=0)", lambda r, a: r.sum(a, 0)),
    ("mean($0, axis=0)", lambda r, a: r.mean(a, 0)),
]
_LESS: list[tuple[str, _Reference]] = [
    *_SUMS,
    ("$0[0]", lambda r, a: a[0]),
    ("$0[-1]", lambda r, a: a[-1]),
]
_SPREAD: list[tuple[str, _Reference]] = [
    ("$1 + mean($0)", lambda r, a, b: b + r.mean(a)),
    ("$1 * tanh(sum($0))", lambda r, a, b: b * r.tanh(r.sum(a))),
    ("0 * $1 + mean($0)", lambda r, a, b: 0 * b + r.mean(a)),
    ("broadcast_to(mean($0), $1.shape)", lambda r, a, b: 0 * b + r.mean(a)),
]


def some_form(rng: random.Random, visible: list[Value], *, has_elements: bool) -> Form:
    """A form of what is in sight. A first element is taken only where no axis has none."""
    found = [v for v in visible if len(v.shape) <= _RANK]
    late = found[-5:] if rng.random() < 0.6 else found
    a = rng.choice(late)
    kind = rng.random()
    if kind < 0.3:
        return Form(*_with(rng.choice(_ALIKE), a), a.shape)
    if kind < 0.5:
        return Form(*_with(rng.choice(_TO_NUMBER), a), ())
    if kind < 0.65 and a.shape:
        return Form(*_with(rng.choice(_LESS if has_elements else _SUMS), a), a.shape[1:])
    if kind < 0.72 and a.shape:
        return Form(*_with(rng.choice(_ALONG), a), a.shape)
    if kind < 0.76 and len(a.shape) == 2:
        return Form("$0.T", (a,), lambda r, a: r.transpose(a, (1, 0)), a.shape[::-1])
    if kind < 0.8 and len(a.shape) < _RANK:
        text, pair = "stack([$0, 2 * $0])", lambda r, a: r.stack([a, 2 * a], 0)
        return Form(text, (a,), pair, (2, *a.shape))
    below = [v for v in found if v.shape == a.shape[len(a.shape) - len(v.shape) :]]
    return Form(*_with(rng.choice(_BOTH), a, rng.choice(below)), a.shape)


def forms_to(rng: random.Random, like: Value, visible: list[Value]) -> list[Form]:
    """Some forms of the shape of a value."""
    same = [v for v in visible if v.shape == like.shape]
    late = same[-3:]
    found = [Form.of(late[-1]), Form.of(rng.choice(same))]
    for value in (late[-1], like, rng.choice(same)):
        found.append(Form(*_with(rng.choice(_ALIKE), value), like.shape))
        found.append(Form(*_with(rng.choice(_BOTH), value, rng.choice(same)), like.shape))
    below = [v for v in visible if v.shape == like.shape[len(like.shape) - len(v.shape) :]]
    found.append(Form(*_with(rng.choice(_BOTH), like, rng.choice(below[-3:])), like.shape))
    found.append(Form(*_with(rng.choice(_SPREAD), rng.choice(visible[-4:]), like), like.shape))
    found.append(Form(*_with(rng.choice(_SPREAD), rng.choice(visible), like), like.shape))
    return found


def _with(
    form: tuple[str, _Reference], *operands: Value
) -> tuple[str, tuple[Value, ...], _Reference]:
    text, reference = form
    return text, operands, reference
