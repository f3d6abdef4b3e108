"""Rows that are picked before they are made of are those that are picked behind, at -O2."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import pytest

from gradc.compiler import Options, compile_source
from gradc.source import Source
from tests.compiled import build
from tests.loops.test_unrolled import module

_ROWS, _PICKED = 7, 3
_STEPS = (
    "tanh({v} * w)",
    "{v} @ M",
    "{v} * {u} + u",
    "transpose(M @ transpose({v}, [1, 0]), [1, 0])",
    "einsum('ij,ik,jk->ik', {v}, {u}, M)",
    "concatenate([{v}[:, 1:], {u}[..., :1]], axis=1)",
    "stack([{v}[:, 0], {u}[:, 1], exp({v}[:, 2])], axis=1)",
    "sum(stack([{v}, {u}]), axis=0) + broadcast_to(w, [7, 3])",
    "{v} * mean({u}, axis=1, keepdims=true)",
    "{v} + zeros([7, 3]) + ones([7, 1])",
    "{v}[::-1] - {u}",
    "cumsum({v}, axis=0)",
    "{v} * sum({v})",
)


def graph(seed: int) -> str:
    """A graph that makes rows by steps, and picks some of them, among them some twice."""
    drawn = random.Random(seed)
    lines = [
        f"input x: [{_ROWS}, 3]", f"input ids: i64[{_PICKED}]", "param w: [3]", "param M: [3, 3]",
        f"param u: [{_ROWS}, 3]",
    ]  # fmt: skip
    seen = ["x", "u"]
    for k in range(drawn.randint(2, 5)):
        given = {"v": seen[-1], "u": drawn.choice(seen)}
        lines.append(f"v{k} = {drawn.choice(_STEPS).format(**given)}")
        seen.append(f"v{k}")
    more = f" + sum({drawn.choice(seen)})" if drawn.random() < 0.2 else ""
    lines.append(f"loss J = sum(square(take({seen[-1]}, ids, axis=0) - 0.5)){more}")
    return "\n".join(lines) + "\n"


def _values() -> tuple[dict[str, Any], dict[str, Any]]:
    rng = np.random.default_rng(2)
    shapes = {"w": (3,), "M": (3, 3), "u": (_ROWS, 3)}
    params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return params, {"x": rng.normal(size=(_ROWS, 3)), "ids": np.array([5, 0, 5])}


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("seed", range(20))
def test_numbers_stay_what_they_were(seed: int) -> None:
    params, inputs = _values()
    text = graph(seed)
    plain, fast = [module(text, Options(level=level)) for level in (0, 2)]
    value, gradients = plain["value_and_grad"](params, **inputs)
    found, at_once = fast["value_and_grad"](params, **inputs)
    outputs, saved = fast["forward"](params, **inputs)
    np.testing.assert_allclose([found, outputs.J], [value, value], rtol=1e-12)
    in_turn = fast["backward"](saved)
    for name, gradient in gradients.items():
        largest = np.max(np.abs(gradient), initial=0.0)
        for other in (at_once[name], in_turn[name]):
            np.testing.assert_allclose(other, gradient, rtol=0, atol=1e-12 * largest)


def test_rows_are_picked_first() -> None:
    """Where a take is of what goes in, what is made behind it has as few rows."""
    texts = [compile_source(Source("g.graph", graph(s)), Options(level=2)).text for s in range(20)]
    early = [text for text in texts if re.search(r"\b[xu]\.take\(ids", text)]
    assert 8 < len(early) < 20


_Shape: TypeAlias = list[int]
# What is made of `v`, whose axes along which something is done are `a` and the last, `z`, and its
# shape; none where `v` has too few or too many axes.
_Rule: TypeAlias = Callable[[_Shape, int], _Shape | None]
_SHAPED: list[tuple[str, _Rule]] = [
    ("tanh({v} * p{z})", lambda s, a: s),
    ("cos({v}) * {v}", lambda s, a: s),
    ("{v} + zeros({v}.shape) + ones([{z}])", lambda s, a: s),
    ("exp({v} - mean({v}, axis={a}, keepdims=true))", lambda s, a: s),
    ("softmax({v}, axis={a})", lambda s, a: s),
    ("cumsum({v}, axis={a})", lambda s, a: s),
    ("sum({v}, axis={a})", lambda s, a: s[:a] + s[a + 1 :]),
    ("{v} @ p{z}x4", lambda s, a: [*s[:-1], 4]),
    ("{v} @ p{z}", lambda s, a: s[:-1]),
    ("p{y} @ {v}", lambda s, a: [*s[:-2], s[-1]] if len(s) > 1 else []),
    ("p6x{y} @ {v}", lambda s, a: [*s[:-2], 6, s[-1]] if len(s) > 1 else [6]),
    ("p{y}x{y} @ sin({v})", lambda s, a: s if len(s) > 1 else None),
    ("transpose({v}, {back})", lambda s, a: s[::-1]),
    ("sin({v})[..., newaxis, ::-1]", lambda s, a: [*s[:-1], 1, s[-1]]),
    ("exp(-{v})[1:]", lambda s, a: [s[0] - 1, *s[1:]]),
    ("sin({v})[..., 0]", lambda s, a: s[:-1]),
    ("sin({v})[0]", lambda s, a: s[1:]),
    ("sin({v})[newaxis]", lambda s, a: [1, *s]),
    ("stack([{v}, sin({v})], axis={a})", lambda s, a: [*s[:a], 2, *s[a:]]),
    ("concatenate([{v}, cos({v})], axis={a})", lambda s, a: [*s[:a], 2 * s[a], *s[a + 1 :]]),
    ("broadcast_to({v}, {wide}) * p{z}", lambda s, a: [5, *s]),
    ("einsum('...i,ij->j...', {v}, p{z}x4)", lambda s, a: [4, *s[:-1]]),
    ("einsum('ji,jk->ik', {v}, {v})", lambda s, a: [s[1], s[1]] if len(s) == 2 else None),
    ("einsum('kj,ij->ik', {v}, {v}[:1])", lambda s, a: [1, s[0]] if len(s) == 2 else None),
    ("einsum('ij,ij->ji', {v}[:1], sin({v}))", lambda s, a: s[::-1] if len(s) == 2 else None),
    ("einsum('...ii->...i', sin({v} @ {v}.mT))", lambda s, a: s[:-1] if len(s) > 1 else None),
    ("einsum('ii,ij->ij', sin({v} @ {v}.T), {v})", lambda s, a: s if len(s) == 2 else None),
    ("sin({v}) @ cos({v}[:1].mT)", lambda s, a: [s[0], s[1], s[1]] if len(s) == 3 else None),
    ("p{y} @ sin({v})", lambda s, a: [s[0], s[2]] if len(s) == 3 else None),
    ("reshape({v}, [-1])", lambda s, a: [math.prod(s)]),
]


def _written(form: str, value: str, shape: _Shape, axis: int) -> str:
    words = {"y": shape[-2:][0], "z": shape[-1], "wide": [5, *shape]}
    back = [*range(len(shape))][::-1]
    return form.format(v=value, a=axis, back=back, **words)


def _declared(lines: Sequence[str]) -> str:
    """The lines, behind what they read: indices `i3`, parameters `p9x8`."""
    names = sorted({*re.findall(r"\b[ip]\d[\dx]*", " ".join(lines))})
    heads = []
    for name in names:
        sizes = name[1:].replace("x", ", ")
        is_index = name.startswith("i")
        heads.append(
            f"input {name}: i64[{sizes}]" if is_index else f"param {name}: [{sizes}] ~ normal(0.5)"
        )
    return "\n".join([*heads, *lines]) + "\n"


def of_form(form: str, rule: _Rule, shape: _Shape) -> str:
    """A graph that picks one row, or all but one, along each axis of what a form makes."""
    size, lines = "x".join(map(str, shape)), []
    for a in range(len(shape)):
        made = rule(shape, a) or []
        for axis, rows in enumerate(made):
            for count in (1, rows - 1) if rows > 2 else ():
                k = len(lines) // 2
                lines.append(f"v{k} = sin(exp(p{size} * {k + 1}))")
                form_ = _written(form, f"v{k}", shape, a)
                lines.append(
                    f"s{k} = sum(square(take({form_}, i{count}, axis={axis - len(made)})))"
                )
    return _declared([*lines, f"loss J = {' + '.join([f's{k}' for k in range(len(lines) // 2)])}"])


def shaped(seed: int) -> str:
    """A graph of values of several shapes, some rows of which are picked here and there."""
    drawn = random.Random(seed)
    shape = drawn.choice([[9, 8], [3, 9, 8]])
    seen, lines = ["x"], [f"x = tanh(p{'x'.join(map(str, shape))})"]
    for k in range(14):
        a = drawn.randrange(len(shape))
        if shape[a] > 2 and drawn.random() < 0.3:
            count = drawn.choice([1, shape[a] // 2, shape[a] - 1])
            made, form = [*shape[:a], count, *shape[a + 1 :]], f"take({{v}}, i{count}, axis={{a}})"
        else:
            form, rule = drawn.choice(_SHAPED)
            made = rule(shape, a)
        if made is None or not (0 < len(made) <= 3 and 1 < math.prod(made) < 1_000):
            continue
        lines.append(f"v{k} = {_written(form, seen[-1], shape, a)}")
        seen.append(f"v{k}")
        shape = made
    lines.append(f"loss J = sum(square({seen[-1]}))")
    if drawn.random() < 0.3:
        lines.append(f"output {drawn.choice(seen[1:])}")
    return _declared(lines)


def _agree(text: str) -> None:
    """Value, outputs and gradients are those of -O0."""
    plain, fast = [build(text, level=level) for level in (0, 2)]
    params, rng = plain.init_params(0), np.random.default_rng(0)
    sizes = [int(n[1:]) for n in plain.graph["inputs"]]
    inputs = {f"i{n}": rng.integers(-n - 1, n + 1, n) for n in sizes}
    value, gradients = plain.value_and_grad(params, **inputs)
    found, at_once = fast.value_and_grad(params, **inputs)
    outputs, saved = fast.forward(params, **inputs)
    np.testing.assert_allclose(found, value, rtol=1e-12)
    for ours, theirs in zip(outputs, plain.forward(params, **inputs)[0], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-12)
    in_turn = fast.backward(saved)
    for name, gradient in gradients.items():
        largest = np.max(np.abs(gradient), initial=0.0)
        for other in (at_once[name], in_turn[name]):
            np.testing.assert_allclose(other, gradient, rtol=0, atol=1e-11 * largest)


@pytest.mark.parametrize("shape", [[9, 8], [3, 9, 8]], ids=str)
@pytest.mark.parametrize("form", _SHAPED, ids=lambda form: form[0])
def test_rows_of_each_form(form: tuple[str, _Rule], shape: _Shape) -> None:
    if form[1](shape, 0) is not None:
        _agree(of_form(*form, shape))


@pytest.mark.parametrize("seed", range(24))
def test_rows_of_rows(seed: int) -> None:
    _agree(shaped(seed))


def test_a_picked_part_is_told_of_by_its_own_statement() -> None:
    text = (
        "input x: [90, 3]\ninput ids: i64[3]\nparam M: [3, 3]\n"
        "h = tanh(x @ M)\ny = sin(h)\nloss J = sum(take(y, ids, axis=0))\n"
    )
    compiled = build(text, level=2).text
    forward = compiled[compiled.index("def forward") : compiled.index("def backward")]
    told = re.findall(r"# (?:loss )?(\w) = .*\n(?: .*\n)*?.*np\.(dot|tanh|sin)\(", forward)
    assert told == [("h", "dot"), ("y", "sin")]


def test_what_is_no_index_is_told_as_before() -> None:
    fast = module("".join(graph(0)), Options(level=2))
    params, inputs = _values()
    with pytest.raises(IndexError, match="ids"):
        fast["forward"](params, **{**inputs, "ids": np.array([0, _ROWS, 1])})


@pytest.mark.parametrize(
    "rows", ["broadcast_to(w, [8, 3])", "exp(zeros([8, 3]) + w)", "tanh(ones([8, 1]) * w) @ M"]
)
@pytest.mark.parametrize("index", ["ids", "2 * ids - 1"])
def test_rows_that_are_made_of_none_are_counted(rows: str, index: str) -> None:
    """Where nothing is picked, nothing would notice an index that is out of range."""
    text = (
        "input ids: i64[3]\nparam w: [3] = 1\nparam M: [3, 3] ~ eye\n"
        f"loss J = sum(take(tanh({rows}), {index}, axis=0))\n"
    )
    plain, fast = [module(text, Options(level=level)) for level in (0, 2)]
    params = plain["init_params"]()
    for ids in ([0, 3, -2], [0, 20, 1], [-30, 0, 0]):
        for name in ("forward", "value_and_grad"):
            if max(map(abs, ids)) < 8:
                found = fast[name](params, ids=np.array(ids))[0]
                wanted = plain[name](params, ids=np.array(ids))[0]
                np.testing.assert_allclose(found, wanted, rtol=1e-12)
                continue
            with pytest.raises(IndexError):
                fast[name](params, ids=np.array(ids))
