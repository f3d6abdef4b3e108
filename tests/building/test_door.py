"""An extension takes what the module takes, and says the same of all else."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.building.made import extension, module, needs_compiler
from tests.module.test_door import GOOD, KINDS, PARAMS, SHAPES, TAKEN, TEXT

pytestmark = needs_compiler

FUNCTIONS = ("forward", "value_and_grad")


def outcome(function: Callable[..., Any], *args: Any, **given: Any) -> Any:
    """The class and the text of what is raised, or None."""
    try:
        function(*args, **given)
    except Exception as failure:
        return type(failure), str(failure)
    return None


@pytest.mark.parametrize(("name", "value"), TAKEN)
def test_what_loses_nothing_is_taken(name: str, value: Any) -> None:
    built = extension(TEXT)
    given = {**GOOD, name: value}
    assert built.forward(PARAMS, **given)[0].J == built.forward(PARAMS, **GOOD)[0].J
    assert built.value_and_grad(PARAMS, **given)[0] == built.value_and_grad(PARAMS, **GOOD)[0]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(("name", "value", "message"), [*SHAPES, *KINDS])
def test_what_is_refused_is_refused_in_the_same_words(
    name: str, value: Any, message: str, function: str
) -> None:
    given = {**GOOD, name: value}
    found = outcome(getattr(extension(TEXT), function), PARAMS, **given)
    assert found is not None
    assert found == outcome(getattr(module(TEXT), function), PARAMS, **given)


CALLS: list[tuple[list[Any], dict[str, Any]]] = [
    ([{**PARAMS, "u": 1}], GOOD),
    ([{"w": PARAMS["w"]}], GOOD),
    ([{**PARAMS, "w": np.ones((2, 3))}], GOOD),
    ([{**PARAMS, "v": 1j}], GOOD),
    ([{**PARAMS, "v": 1e300}], GOOD),
    ([[1, 2]], GOOD),
    ([None], GOOD),
    ([3], GOOD),
    ([], GOOD),
    ([PARAMS], {**GOOD, "z": 1}),
    ([PARAMS], {k: v for k, v in GOOD.items() if k != "s"}),
    ([PARAMS, GOOD["x"]], {}),
    ([PARAMS], {**GOOD, "params": PARAMS}),
]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(("args", "given"), CALLS)
def test_calls_that_are_wrong(args: list[Any], given: dict[str, Any], function: str) -> None:
    found = outcome(getattr(extension(TEXT), function), *args, **given)
    assert found is not None
    assert found == outcome(getattr(module(TEXT), function), *args, **given)


def test_calls_that_are_unusual() -> None:
    built = extension(TEXT)
    expected = built.forward(PARAMS, **GOOD)[0].J
    reverse = dict(reversed(GOOD.items()))
    assert expected == built.forward(PARAMS, **reverse)[0].J
    assert expected == built.forward(params=PARAMS, **GOOD)[0].J

    class Mapping(dict[str, Any]):
        pass

    assert expected == built.forward(Mapping(PARAMS), **GOOD)[0].J
    _, saved = built.forward(PARAMS, **GOOD)
    assert built.backward(saved=saved, dJ=2.0)["v"] == built.backward(saved, dJ=2)["v"]


def test_numbers_of_python_and_of_numpy() -> None:
    text = "input a: f32\ninput b: i32\ninput c: i64\ninput d: bool\noutput y = a + b + c + d\n"
    built, plain = extension(text), module(text)
    for given in (
        {"a": 0.5, "b": 3, "c": 2**40, "d": True},
        {"a": np.float32(0.5), "b": np.int32(3), "c": np.int64(-7), "d": np.bool_(False)},
        {"a": np.float64(0.5), "b": np.array(3), "c": True, "d": np.array(True)},
        {"a": 2, "b": 2**31, "c": 1, "d": True},
        {"a": 1e39, "b": 1, "c": 1, "d": True},
        {"a": float("inf"), "b": 1, "c": 1, "d": True},
        {"a": float("nan"), "b": 1, "c": 2**63, "d": True},
        {"a": 1.0, "b": 1.5, "c": 1, "d": 1},
    ):
        assert outcome(built.forward, **given) == outcome(plain.forward, **given)
        if outcome(plain.forward, **given) is None:
            np.testing.assert_equal(built.forward(**given)[0], plain.forward(**given)[0])


CHOSEN = """
dim B, N
input x: [B, 3]
input label: i64[B]
input k: i64[N]
param w: [4, 3] = 1
s = sum(w[k])
output y = x * s
loss J = cross_entropy(x, label)
loss K = s
"""


def test_integers_that_choose() -> None:
    built, plain = extension(CHOSEN), module(CHOSEN)
    x = np.eye(3)
    good: dict[str, Any] = {"x": x, "label": np.array([0, 1, 2]), "k": np.array([0, -4, 3])}
    params = plain.init_params()
    assert outcome(built.forward, params, **good) is None
    for name, value in (
        ("label", [0, 1, 3]), ("label", [-1, 1, 2]), ("k", [4]), ("k", [0, -5]), ("label", [0]),
    ):  # fmt: skip
        given = {**good, name: np.array(value)}
        for function in ("forward", "value_and_grad_J", "value_and_grad_K"):
            found = outcome(getattr(built, function), params, **given)
            assert found is not None
            assert found == outcome(getattr(plain, function), params, **given)


SIZED = """
dim B, N
input x: [B]
input y: [2 * N + B]
param w: [N] = 1
output z = reshape(x, [-1, 3])
output u = y[: N] * w
loss J = sum(z) + sum(u)
"""


def test_sizes_that_only_a_call_settles() -> None:
    built, plain = extension(SIZED), module(SIZED)
    params = {"w": np.ones(2)}
    for x, y in ((6, 10), (7, 11), (6, 9), (0, 4), (3, 7)):
        given = {"x": np.ones(x), "y": np.ones(y)}
        found = outcome(built.value_and_grad, params, **given)
        assert found == outcome(plain.value_and_grad, params, **given)
        if found is None:
            assert built.value_and_grad(params, **given)[0] == x + 2


COTANGENTS = "dim B\ninput x: [B]\nparam w = 2\noutput p = x * w\noutput q = w * w\noutput n = B\n"


def test_cotangents() -> None:
    built, plain = extension(COTANGENTS), module(COTANGENTS)
    saved, other = (m.forward({"w": 2.0}, x=np.arange(3.0))[1] for m in (built, plain))
    ones = np.ones(3)
    for given in ({"dp": ones}, {"dq": 2.0}, {"dp": ones, "dq": 1}, {"dq": 1.0, "dp": ones}, {},
                  {"dp": None, "dq": 3.0}, {"dp": ones[::-1]}, {"dp": [1, 2, 3]}):  # fmt: skip
        assert built.backward(saved, **given) == plain.backward(other, **given)
    for given in ({"dp": np.ones(2)}, {"dq": ones}, {"dr": 1.0}, {"dq": 1j}):
        found = outcome(built.backward, saved, **given)
        assert found is not None
        assert found == outcome(plain.backward, other, **given)
    with pytest.raises(TypeError, match="saved: expected what `forward` gave, got int"):
        built.backward(3)
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'saved'"):
        built.backward()
    with pytest.raises(TypeError, match=r"cannot create 'net.Saved' instances"):
        built.Saved()


def test_arguments_are_taken_as_they_are() -> None:
    """Not copied, not written to, and looked at once more by `backward`."""
    built = extension("dim B\ninput x: [B]\nparam w: [3] = 1\nloss J = sum(x * x) * sum(w * w)\n")
    x, w = np.arange(4.0), np.arange(3.0)
    x.flags.writeable = w.flags.writeable = False
    _, saved = built.forward({"w": w}, x=x)
    del w
    np.testing.assert_array_equal(built.backward(saved)["w"], 28.0 * np.arange(3.0))
