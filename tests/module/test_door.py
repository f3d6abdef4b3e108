"""The door: which arguments a module takes, and what it says of those that it does not."""

from typing import Any

import numpy as np
import pytest

from tests.compiled import build

TEXT = """
dim B, T
input x: f32[B, 3]
input y: [B, T]
input n: i64[T]
input flag: bool
input s
param w: [3, 2] = 1
param v: f32 = 2
p = sum(x @ astype(w, "f32")) * v + sum(y) * s + sum(n) + flag
loss J = p
"""
MODULE = build(TEXT)
GOOD: dict[str, Any] = {
    "x": np.ones((2, 3), np.float32),
    "y": np.ones((2, 4)),
    "n": np.arange(4),
    "flag": True,
    "s": 0.5,
}
PARAMS: dict[str, Any] = {"w": np.ones((3, 2)), "v": np.float32(2)}


def call(params: dict[str, Any] | None = None, **inputs: Any) -> Any:
    return MODULE.forward({**PARAMS, **(params or {})}, **{**GOOD, **inputs})[0].J


TAKEN = [
    ("x", np.ones((2, 3))),  # f64, as lists of Python floats are
    ("x", [[1.0, 1, 1], [1, 1, 1]]),
    ("x", np.ones((2, 3), np.int64)),
    ("x", np.ones((2, 3), np.float16)),
    ("x", np.ones((3, 2), np.float32).T),
    ("x", np.ones((4, 6), np.float32)[::2, ::2]),
    ("y", np.ones((2, 4), bool)),
    ("y", np.ones((2, 4), ">f8")),
    ("n", np.arange(4, dtype=np.int8)),
    ("n", range(4)),
    ("n", np.array([False, True, True, True]) * np.arange(4)),
    ("flag", np.bool_(True)),
    ("flag", np.array(True)),
    ("s", np.float32(0.5)),
    ("s", np.array(0.5)),
]


@pytest.mark.parametrize(("name", "value"), TAKEN)
def test_what_loses_nothing_is_taken(name: str, value: Any) -> None:
    assert call(**{name: value}) == call()


SHAPES = [
    ("x", np.ones((2, 4)), r"x: expected f32\[B, 3\], got float64\[2, 4\]"),
    ("x", np.ones(3), r"x: expected f32\[B, 3\], got float64\[3\]"),
    ("x", 1.0, r"x: expected f32\[B, 3\], got float64\[\]"),
    ("y", np.ones((3, 4)), r"y: expected f64\[B, T\], got float64\[3, 4\]"),
    ("n", np.arange(3), r"n: expected i64\[T\], got int64\[3\]"),
    ("s", np.ones(1), r"s: expected f64, got float64\[1\]"),
    ("x", [[1, 2, 3], [4]], r"x: expected f32\[B, 3\], got a ragged sequence"),
    ("x", None, r"x: expected f32\[B, 3\], got object\[\]"),
]


@pytest.mark.parametrize(("name", "value", "message"), SHAPES)
def test_a_shape_that_contradicts(name: str, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(**{name: value})


KINDS = [
    ("n", np.ones(4), r"n: expected i64\[T\], got float64\[4\]"),
    ("n", ["a"] * 4, r"n: expected i64\[T\], got <U1\[4\]"),
    ("flag", 1, "flag: expected bool, got int64"),
    ("flag", 0.0, "flag: expected bool, got float64"),
    ("s", 1j, "s: expected f64, got complex128"),
    ("s", "0.5", "s: expected f64, got <U3"),
    ("s", None, "s: expected f64, got object"),
    ("x", np.ones((2, 3), complex), r"x: expected f32\[B, 3\], got complex128\[2, 3\]"),
]


@pytest.mark.parametrize(("name", "value", "message"), KINDS)
def test_an_element_type_that_would_lose_data(name: str, value: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        call(**{name: value})


def test_integers_that_do_not_fit() -> None:
    module = build("input m: i32[2]\noutput y = m * 2\n")
    assert module.outputs(m=np.array([1, 2])).y.dtype == np.int32
    for value in (np.array([1, 2**31]), np.array([1, 2**63], np.uint64)):
        with pytest.raises(TypeError, match=r"m: expected i32\[2\], got u?int64\[2\]"):
            module.forward(m=value)
    wide = build("input n: i64\noutput y = n\n")
    assert wide.outputs(n=np.uint8(3)).y == 3
    with pytest.raises(TypeError, match="n: expected i64, got uint64"):
        wide.forward(n=2**63)


def test_keys_of_params() -> None:
    with pytest.raises(ValueError, match="params: no parameter is called 'u'"):
        call({"u": 1})
    with pytest.raises(ValueError, match="params: 'v' is missing"):
        MODULE.forward({"w": PARAMS["w"]}, **GOOD)
    with pytest.raises(ValueError, match=r"w: expected f64\[3, 2\], got float64\[2, 3\]"):
        call({"w": np.ones((2, 3))})
    with pytest.raises(TypeError, match="v: expected f32, got complex128"):
        call({"v": 1j})


def test_keywords() -> None:
    with pytest.raises(TypeError, match="'z'"):
        call(z=1)
    with pytest.raises(TypeError, match="'s'"):
        MODULE.forward(PARAMS, **{k: v for k, v in GOOD.items() if k != "s"})
    with pytest.raises(TypeError, match="positional"):
        MODULE.forward(PARAMS, GOOD["x"])


def test_a_dimension_of_parameters_binds_too() -> None:
    text = (
        "dim H, B\nparam w: [H] = 1\nparam u: [H, 2]\ninput x: [B, H]\nloss J = sum(x @ u * w[0])\n"
    )
    module = build(text)
    params = module.init_params(H=3)
    module.forward(params, x=np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"x: expected f64\[B, H\], got float64\[2, 4\]"):
        module.forward(params, x=np.ones((2, 4)))
    with pytest.raises(ValueError, match=r"u: expected f64\[H, 2\], got float64\[4, 2\]"):
        module.forward({**params, "u": np.ones((4, 2))}, x=np.ones((2, 3)))


@pytest.mark.parametrize(
    ("text", "good", "bad", "message"),
    [
        ("input x: [B, B]\noutput y = x", (2, 2), (2, 3), r"x: expected f64\[B, B\]"),
        ("input x: [B, B + 1]\noutput y = x", (2, 3), (2, 2), r"x: expected f64\[B, B \+ 1\]"),
        ("input x: [B, 2*B]\noutput y = x", (2, 4), (2, 2), r"x: expected f64\[B, 2\*B\]"),
        ("input x: [B, 2]\noutput y = reshape(x, [2, -1, 3])", (3, 2), (2, 2), "^x: "),
        ("input x: [B]\noutput y = reshape(x, [3, -1])", (6,), (4,), "^x: .*B = 4"),
        ("input x: [B]\noutput y = x[1]", (4,), (1,), "^x: the index 1 needs B >= 2"),
        ("input x: [B]\noutput y = x[B - 2 : B]", (4,), (1,), "^x: the slice bound"),
    ],
)
def test_what_only_sizes_at_run_time_settle(
    text: str, good: tuple[int, ...], bad: tuple[int, ...], message: str
) -> None:
    module = build(f"dim B\n{text}\n")
    module.forward(x=np.ones(good))
    with pytest.raises(ValueError, match=message):
        module.forward(x=np.ones(bad))


def test_predict_has_a_door_too() -> None:
    module = build("dim B\ninput x: [B]\ninput y: [B]\noutput p = x[1]\nloss J = p * sum(y)\n")
    assert module.predict(x=np.arange(2.0)).p == 1.0
    with pytest.raises(ValueError, match="x: expected"):
        module.predict(x=np.ones((2, 2)))
    with pytest.raises(ValueError, match="the index 1 needs B >= 2"):
        module.predict(x=np.ones(1))
