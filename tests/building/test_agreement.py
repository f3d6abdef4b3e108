"""An extension is what the module is: names, signatures, values, gradients, messages."""

import inspect
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradc.compiler import compile_source
from gradc.verification.emitted import Point
from gradc.verification.sample import Sampler
from tests.building.agreement import same
from tests.building.made import extension, module, needs_compiler, source_of
from tests.seldom import seldom

ROOT = Path(__file__).parents[2]
GRAPHS = sorted([*ROOT.glob("examples/*/*.graph"), *ROOT.glob("tests/goldens/*/*.graph")])

pytestmark = [needs_compiler, pytest.mark.filterwarnings("ignore::RuntimeWarning")]


def points(path: Path, count: int) -> Iterator[Point]:
    graph = compile_source(source_of(path)).program.graph
    return (next(iter(candidates)) for candidates in Sampler(graph, 0, {}).points(count))


@pytest.mark.parametrize(
    "path", seldom(GRAPHS, lambda path: GRAPHS.index(path) % 6 > 0), ids=lambda p: p.stem
)
def test_it_is_the_module(path: Path) -> None:
    built, plain = extension(path), module(path)
    assert built.__doc__ == plain.__doc__
    assert built.__graph__ == plain.__graph__
    for name in (
        "forward",
        "predict",
        *losses(plain, "backward"),
        *losses(plain, "value_and_grad"),
    ):
        if hasattr(plain, name):
            one, other = getattr(built, name), getattr(plain, name)
            assert (one.__name__, one.__doc__) == (other.__name__, other.__doc__)
            assert one.__module__ == path.stem
            assert list(one.__annotations__) == list(other.__annotations__)
            assert told(one) == told(other)
    for point in points(path, 2):
        agree(built, plain, point)


@pytest.mark.parametrize("name", seldom(["digits", "gpt", "mixture"], lambda name: name == "gpt"))
@pytest.mark.parametrize("level", [0, 2])
def test_at_every_level(name: str, level: int) -> None:
    path = ROOT / "examples" / name / f"{name}.graph"
    built = extension(path, level)
    assert built.__graph__["options"] == [f"-O{level}"]
    agree(built, module(path), next(points(path, 1)))


def losses(plain: Any, name: str) -> list[str]:
    """The functions of this kind."""
    return [f for f in vars(plain) if f == name or f.startswith(f"{name}_")]


def told(function: Any) -> list[tuple[str, Any, Any, str]]:
    """Its arguments, as Python tells them."""
    parameters = inspect.signature(function).parameters.values()
    return [(p.name, p.kind, p.default, str(p.annotation)) for p in parameters]


def arguments(plain: Any, function: str, point: Point) -> tuple[list[Any], dict[str, Any]]:
    """What a function is called with at a point."""
    accepted = inspect.signature(getattr(plain, function)).parameters
    inputs = plain.__graph__["inputs"]
    given = {inputs[name]["argument"]: value for name, value in point.inputs.items()}
    given |= {"rng": 3, "training": True}
    first = [dict(point.params)] if "params" in accepted else []
    return first, {name: given[name] for name in accepted if name in given}


def agree(built: Any, plain: Any, point: Point) -> None:
    """All that comes out at a point."""
    first, given = arguments(plain, "forward", point)
    found, wanted = built.forward(*first, **given), plain.forward(*first, **given)
    same(found[0], wanted[0], "forward")
    same(found[2:], wanted[2:], "the next state")
    for name in losses(plain, "backward"):
        backward, reference = getattr(built, name), getattr(plain, name)
        _, *names = inspect.signature(reference).parameters
        seeds: dict[str, Any] = dict.fromkeys(names, 0.5)
        if not losses(plain, "value_and_grad"):
            floats = [v for v in wanted[0] if np.asarray(v).dtype.kind == "f"]
            seeds = {n: np.full_like(v, 0.5)[()] for n, v in zip(names, floats, strict=True)}
        for given_seeds in (seeds, seeds, {}):  # twice: nothing that is saved is lost
            slopes = reference(wanted[1], **given_seeds)
            same(backward(found[1], **given_seeds), slopes, name)
    for name in (*losses(plain, "value_and_grad"), "predict"):
        if hasattr(plain, name):
            first, given = arguments(plain, name, point)
            results = [getattr(m, name)(*first, **given) for m in (built, plain)]
            if name != "predict" and losses_are_single(wanted[0], name):
                assert all(type(value) is float for value, *_ in results)
                results = [(np.float32(value), *others) for value, *others in results]
            same(*results, name)


def losses_are_single(outputs: Any, function: str) -> bool:
    """Whether the loss of a `value_and_grad` is of type f32."""
    name = function.removeprefix("value_and_grad").removeprefix("_") or "J"
    return isinstance(getattr(outputs, name, outputs[-1]), np.float32)


def test_starting_values_are_the_same() -> None:
    path = ROOT / "examples" / "gpt" / "gpt.graph"
    found, wanted = extension(path).init_params(3), module(path).init_params(3)
    assert list(found) == list(wanted)
    for name, value in wanted.items():
        np.testing.assert_array_equal(found[name], value)


def test_state_goes_on() -> None:
    path = ROOT / "tests" / "goldens" / "batch_norm" / "batch_norm.graph"
    built, plain = extension(path), module(path)
    rng = np.random.default_rng(0)
    params, states = plain.init_params(), [None, None]
    for _ in range(3):
        x, y = rng.normal(size=(5, 64)).astype("f"), rng.integers(10, size=5)
        for number, one in enumerate((built, plain)):
            states[number] = one.forward(params, x=x, y=y, state=states[number], training=True)[2]
        same(states[0], states[1])
    with pytest.raises(ValueError, match=r"state: 'bn\.running_mean' is missing"):
        built.forward(params, x=x, y=y, state={"bn.running_var": np.ones(32, "f")})


DRAWING = "param w: [3] = 1\noutput y = w * random_normal([3]) + random_uniform([3])\n"


def test_a_generator_is_drawn_from() -> None:
    built, plain = extension(DRAWING), module(DRAWING)
    params = plain.init_params()
    rngs = [np.random.default_rng(5), np.random.default_rng(5)]
    for _ in range(3):
        found = built.forward(params, rng=rngs[0])[0].y
        np.testing.assert_allclose(found, plain.forward(params, rng=rngs[1])[0].y, rtol=1e-13)
    assert rngs[0].bit_generator.state == rngs[1].bit_generator.state
    assert rngs[0].random() == rngs[1].random()  # nobody holds its lock
    for seed in (0, 2**64 - 1, 2**70, np.int64(4)):
        one, other = (m.forward(params, rng=seed)[0].y for m in (built, plain))
        np.testing.assert_allclose(one, other, rtol=1e-13)
    with pytest.raises(ValueError, match="rng: a seed or a Generator is needed"):
        built.forward(params)
    other = np.random.Generator(np.random.MT19937(0))
    with pytest.raises(
        TypeError, match="rng: expected a seed or a Generator of PCG64, got one of MT"
    ):
        built.forward(params, rng=other)


def test_functions_are_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    built = extension(DRAWING)
    monkeypatch.setitem(sys.modules, "net", built)
    assert pickle.loads(pickle.dumps(built.forward)) is built.forward
    assert repr(built.forward) == "<function net.forward>"
    with pytest.raises(AttributeError):
        built.forward.missing  # noqa: B018
