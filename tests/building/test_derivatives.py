"""The derivatives that `--also` adds to an extension are those of the module, messages too."""

import gc
import inspect
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradc.compiler import Options, compile_source
from gradc.verification.sample import Sampler
from tests.building.agreement import same
from tests.building.made import extension, module, needs_compiler, source_of
from tests.building.test_agreement import told
from tests.building.test_door import outcome
from tests.seldom import seldom
from tests.targets_c.test_offered import ALL, DRAWN, LOOP, MIXED, directions

ROOT = Path(__file__).parents[2]
SINGLE = "param w = 2\nparam v = 3\ninput x = 1\nloss J = w**2 * v * x\n"
CUBES = "param w: [3]\nparam u: [2]\noutput y = w ** 3\nloss J = sum(w ** 4) + u[0] * u[1] ** 2\n"
ONE_LOSS = MIXED.replace("loss D", "output D").replace(" wrt b\n", "\n")
EXAMPLES = ("factors", "mixture", "scipy_minimize", "two_relu")

pytestmark = [needs_compiler, pytest.mark.filterwarnings("ignore::RuntimeWarning")]


@pytest.mark.parametrize("level", seldom([0, 1, 2], lambda level: level < 2))
@pytest.mark.parametrize(
    "text", [LOOP, MIXED, DRAWN, SINGLE, CUBES], ids=["loop", "mixed", "drawn", "single", "cubes"]
)
def test_they_are_those_of_the_module(text: str, level: int) -> None:
    agree(text, level)


@pytest.mark.parametrize("name", EXAMPLES)
def test_those_of_examples(name: str) -> None:
    agree(ROOT / "examples" / name / f"{name}.graph")


def test_matrices_of_few_entries() -> None:
    agree(CUBES, also=("jacobian", "hessian"), sparse=True)


def agree(
    given: str | Path, level: int = 1, also: tuple[str, ...] = ALL, *, sparse: bool = False
) -> None:
    """Holds each function to the module's, along all directions and along some."""
    built = extension(given, level, also, sparse=sparse)
    plain = module(given, also, sparse=sparse)
    program = compile_source(source_of(given), Options(also=also, sparse=sparse)).program
    point = next(iter([*Sampler(program.graph, 0, {}).points(2)][1]))
    around = {"rng": 3, "training": True}
    inputs = {plain.__graph__["inputs"][n]["argument"]: v for n, v in point.inputs.items()}
    for offered in program.offered:
        one, other = getattr(built, offered.name), getattr(plain, offered.name)
        assert (told(one), one.__doc__) == (told(other), other.__doc__)
        accepted = inspect.signature(other).parameters
        first = [dict(point.params)] if "params" in accepted else []
        keywords = {n: v for n, v in {**inputs, **around}.items() if n in accepted}
        for is_whole in (True, False) if offered.kind == "jvp" else (True,):
            along = [directions(offered, point, is_whole=is_whole)] if offered.along else []
            with np.errstate(all="ignore"):
                wanted = other(*first, *along, **keywords)
            nested_same(one(*first, *along, **keywords), wanted, offered.name)


def nested_same(found: Any, wanted: Any, what: str) -> None:
    """The same, also where dictionaries are in dictionaries and tuples have no names."""
    if isinstance(wanted, dict) and any(isinstance(v, dict | tuple) for v in wanted.values()):
        assert list(found) == list(wanted), what
        for name, value in wanted.items():
            nested_same(found[name], value, f"{what} {name}")
    else:
        same(found, wanted, what)


@pytest.mark.parametrize(
    ("name", "along", "kind"),
    [
        ("hvp", {"w": np.ones((3, 4), np.float32)}, ValueError),
        ("hvp", {"w": np.ones((3, 4)), "b": 1, "unused": np.ones(2)}, ValueError),
        ("hvp", {"w": np.ones((4, 3)), "b": 1}, ValueError),
        ("hvp", {"w": np.ones((3, 4)), "b": 1j}, TypeError),
        ("hvp", {"w": np.ones((3, 4)), "b": 1e300}, ValueError),
        ("hvp", [1], TypeError),
        ("jvp", {"k": np.ones(5)}, ValueError),
        ("jvp", {"x": np.ones((2, 3), np.float32)}, ValueError),
        ("jvp", 3, TypeError),
    ],
)
def test_what_is_refused_is_refused_in_the_same_words(name: str, along: Any, kind: type) -> None:
    built, plain = extension(ONE_LOSS, also=ALL), module(ONE_LOSS, ALL)
    rng = np.random.default_rng(0)
    params = plain.init_params()
    given = {"x": rng.normal(size=(5, 3)).astype("f"), "k": np.arange(5)}
    found = outcome(getattr(built, name), params, along, **given)
    assert found is not None
    assert found[0] is kind
    assert found == outcome(getattr(plain, name), params, along, **given)


def test_directions_are_taken_as_arguments_are() -> None:
    """By keyword, from lists, as numbers of any kind; and what is no dictionary is a mapping."""
    built = extension(SINGLE, also=ALL)
    params = {"w": 2.0, "v": 3.0}
    wanted = built.hvp(params, {"w": 1.0, "v": 2.0}, x=1.0)
    assert wanted == {"w": 2 * 3 * 1 + 2 * 2 * 2, "v": 2 * 2 * 1}
    assert built.hvp(params=params, direction={"v": 2, "w": np.float32(1)}, x=1) == wanted
    assert built.hvp(params, direction={"w": np.array(1), "v": 2.0}, x=1.0) == wanted
    assert built.hessian(params, x=1.0) == {"w": {"w": 6.0, "v": 4.0}, "v": {"w": 4.0, "v": 0.0}}


def test_nothing_is_left_behind() -> None:
    built = extension(ONE_LOSS, also=ALL)
    params = built.init_params()
    given = {"x": np.ones((5, 3), "f"), "k": np.arange(5)}
    direction = {"w": np.ones((3, 4), "f"), "b": np.float32(1)}
    lists = {"w": np.ones((3, 4)).tolist(), "b": 1}

    def call() -> None:
        built.hvp(params, direction, **given)
        built.hvp(params, lists, **given)
        built.jvp(params, {"x": given["x"]}, **given)
        built.jacobian(params, **given)
        built.hessian(params, **given)
        with pytest.raises(ValueError, match="'w' is missing"):
            built.hvp(params, {"b": 1}, **given)

    for _ in range(20):
        call()
    watched = [*params.values(), *given.values(), *direction.values(), direction, None]
    counts = [sys.getrefcount(v) for v in watched]
    for _ in range(500):
        call()
    gc.collect()
    after = [sys.getrefcount(v) for v in watched]
    assert all(a - b < 50 for a, b in zip(after, counts, strict=True))
