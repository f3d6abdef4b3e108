"""The door: which arguments a module takes, and what it says of those that it does not."""

from functools import partial
from types import MappingProxyType
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
MODULE: Any = None  # at the level that a test runs at
GOOD: dict[str, Any] = {
    "x": np.ones((2, 3), np.float32),
    "y": np.ones((2, 4)),
    "n": np.arange(4),
    "flag": True,
    "s": 0.5,
}
PARAMS: dict[str, Any] = {"w": np.ones((3, 2)), "v": np.float32(2)}


@pytest.fixture(params=[1, 2], autouse=True)
def _at_each_level(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """At -O2 a door looks at arguments in ways of its own."""
    at_level = partial(build, level=request.param)
    monkeypatch.setitem(globals(), "build", at_level)
    monkeypatch.setitem(globals(), "MODULE", at_level(TEXT))


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
    with pytest.raises(ValueError, match="params: no parameter is called 'u'"):
        MODULE.forward({"w": PARAMS["w"], "u": 1}, **GOOD)
    assert call() == MODULE.forward(MappingProxyType(PARAMS), **GOOD)[0].J
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


LABELS = "dim B\ninput z: [B, 10]\ninput label: i64[B]\n"
TABLE = "dim B, N\nparam w: [N, 2] = 1\ninput ids: i64[B]\n"


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize(
    "loss",
    [
        "cross_entropy(z, label)",
        'sum(cross_entropy(z, label, reduction="none"))',
        "nll_loss(z, label)",
        "sum(one_hot(label, 10) * z)",
        "cross_entropy(reshape(z, [1, B, 10]), reshape(label, [1, B]))",
    ],
)
def test_labels_are_checked(loss: str, level: int) -> None:
    module = build(f"{LABELS}loss J = {loss}\n", level=level)
    z, good = np.zeros((4, 10)), np.array([0, 9, 3, 1])
    module.forward(z=z, label=good)
    for place, wrong in ((3, -1), (1, 10), (0, -(2**40))):
        label = good.copy()
        label[place] = wrong
        message = rf"label: expected 0 <= label < 10, got {wrong} at \[{place}\]"
        with pytest.raises(ValueError, match=message):
            module.forward(z=z, label=label)


@pytest.mark.parametrize("level", [0, 1, 2])
def test_ids_of_an_embedding_are_checked(level: int) -> None:
    module = build(f"{TABLE}output y = embedding(ids, w)\n", level=level)
    params = module.init_params(N=5)
    module.forward(params, ids=[0, 4])
    for wrong in (-1, 5):
        with pytest.raises(ValueError, match=rf"ids: expected 0 <= ids < 5, got {wrong} at \[1\]"):
            module.forward(params, ids=[0, wrong])


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize(
    "text",
    [
        f"{TABLE}output y = take(w, ids, axis=0)\n",
        f"{TABLE}output y = take(w[:, 0], ids)\n",
        f"{TABLE}scan total = 0 over i in ids {{\n    next total = total + take(w[:, 0], i)\n}}\n"
        "output y = total\n",
        f"{TABLE}output y = take_along_axis(w, reshape(ids, [-1, 1]), axis=0)\n",
    ],
)
def test_indices_may_count_from_the_end(text: str, level: int) -> None:
    module = build(text, level=level)
    params = module.init_params(N=5)
    module.forward(params, ids=[-5, 4])
    for wrong in (-6, 5):
        with pytest.raises(IndexError, match=rf"ids: expected -5 <= ids < 5, got {wrong} at \[1\]"):
            module.forward(params, ids=[0, wrong])


def test_a_single_label() -> None:
    module = build("input z: [3]\ninput label: i64\nloss J = cross_entropy(z, label)\n")
    with pytest.raises(ValueError, match=r"label: expected 0 <= label < 3, got 3$"):
        module.forward(z=np.zeros(3), label=3)


def test_labels_that_are_made_are_the_graphs_business() -> None:
    text = f"{LABELS}kept = where(label < 0, 0, label)\nloss J = cross_entropy(z, kept)\n"
    module = build(text)
    module.forward(z=np.zeros((2, 10)), label=[-100, 3])


@pytest.mark.parametrize("params", [None, 3, [1, 2], np.ones(3), (1,), {"w"}])
def test_params_that_are_no_mapping(params: Any) -> None:
    with pytest.raises(TypeError, match="params: expected a mapping of names to arrays, got "):
        MODULE.forward(params, **GOOD)


def test_a_state_that_is_no_mapping() -> None:
    module = build("state s: [2] = 0\ninput x: [2]\nupdate s = s + x\noutput y = s\n")
    with pytest.raises(TypeError, match="state: expected a mapping of names to arrays, got list"):
        module.forward(x=np.ones(2), state=[1])


def test_arrays_without_elements_have_a_type() -> None:
    module = build("dim B\ninput n: i64[B]\ninput x: [B]\noutput y = x * n\n")
    assert module.outputs(n=[], x=[]).y.shape == (0,)
    assert module.outputs(n=np.zeros(0, np.int32), x=np.zeros(0, np.int64)).y.shape == (0,)
    with pytest.raises(TypeError, match=r"n: expected i64\[B\], got float64\[0\]"):
        module.forward(n=np.zeros(0), x=[])
    with pytest.raises(TypeError, match=r"x: expected f64\[B\], got complex128\[0\]"):
        module.forward(n=[], x=np.zeros(0, complex))


def test_floats_that_do_not_fit() -> None:
    module = build(
        "dtype f32\ninput x\ninput y: [2, 2]\nparam w: [2] = 1\nloss J = x * sum(y @ w)\n"
    )
    params, y = module.init_params(), np.ones((2, 2))
    assert np.isfinite(module.outputs(params, x=1e37, y=y).J)
    assert np.isinf(module.outputs(params, x=np.inf, y=y).J)
    with pytest.raises(ValueError, match=r"^x: 1e300 does not fit f32$"):
        module.forward(params, x=1e300, y=y)
    y[1, 0] = -3.5e38
    with pytest.raises(ValueError, match=r"^y: -3.5e38 does not fit f32, at \[1, 0\]$"):
        module.forward(params, x=1, y=y)
    with pytest.raises(ValueError, match=r"^w: 1e39 does not fit f32, at \[1\]$"):
        module.forward({"w": [0, 1e39]}, x=1, y=np.ones((2, 2)))


@pytest.mark.parametrize("declared", ["[B]", "[B, 3]", "[B, T]", "[3, B]", "[B, 3, T]", "[2, 3]"])
def test_each_size_is_looked_at(declared: str) -> None:
    """Whichever of the sizes are free: those in front, those behind, all, none."""
    sizes = declared.strip("[]").split(", ")
    module = build(f"dim B, T\ninput x: {declared}\ninput y: {declared}\noutput z = x * y\n")
    good = np.ones([int(size) if size.isdigit() else 4 for size in sizes])
    assert module.outputs(x=good, y=good).z.shape == good.shape
    strange = [np.ones(()), np.ones((*good.shape, 1)), good[None]]
    strange += [np.repeat(good, 2, axis=axis) for axis in range(good.ndim)]
    for other in strange:
        for x, y in ((good, other), (other, good)):
            with pytest.raises(ValueError, match=r"[xy]: expected f64"):
                module.forward(x=x, y=y)


@pytest.mark.parametrize("dtype", ["f32", "f64", "i32", "i64", "bool"])
def test_scalars_of_every_kind(dtype: str) -> None:
    module = build(f"input s: {dtype}\noutput y = s\n")
    full = {"f32": "f4", "f64": "f8", "i32": "i4", "i64": "i8", "bool": "?"}[dtype]
    one = np.ones((), full)
    given: list[Any] = [one, one[()], one.astype(one.dtype.newbyteorder()), True]
    given += [] if dtype == "bool" else [1, np.int8(1)]
    given += [1.0, np.float64(1), np.float32(1)] if dtype.startswith("f") else []
    for s in given:
        y = module.outputs(s=s).y
        assert y == 1
        assert type(y) is (float if dtype == "f64" else one.dtype.type)
    if not dtype.startswith("f"):
        with pytest.raises(TypeError, match=f"s: expected {dtype}, got float64"):
            module.forward(s=1.0)
