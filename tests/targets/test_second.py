"""The house takes a second target: it compiles two graphs from their plans, as NumPy does."""

import inspect
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradc.compiler import Options, compile_source
from gradc.source import Source
from gradc.targets.offered import DEFAULT
from gradc.targets.target import Target
from tests.targets import lists
from tests.targets.lists import Lists

EXAMPLES = Path(__file__).parents[2] / "examples"
RNG = np.random.default_rng(0)
INPUTS: dict[str, dict[str, Any]] = {
    "linear_unit": {"x": -2.0, "y": 2.0},
    "digits": {"x": RNG.uniform(0, 1, (5, 64)), "label": RNG.integers(0, 10, 5)},
}
CASES = [(name, level) for name in INPUTS for level in (0, 1)]


def module(name: str, level: int, target: Target) -> dict[str, Any]:
    """The module of an example in double precision."""
    text = (EXAMPLES / name / f"{name}.graph").read_text(encoding="utf-8")
    source = Source(f"{name}.graph", text.replace("dtype f32\n", ""))
    found: dict[str, Any] = {"__name__": name}
    compiled = compile_source(source, Options(level=level), target=target)
    exec(compiled.text, found)
    return found | {"__text__": compiled.text}


def listed(arrays: Mapping[str, Any]) -> dict[str, Any]:
    return {name: np.asarray(array).tolist() for name, array in arrays.items()}


@pytest.mark.parametrize(("name", "level"), CASES)
def test_both_targets_agree(name: str, level: int) -> None:
    numpy, plain = module(name, level, DEFAULT), module(name, level, Lists())
    params, inputs = numpy["init_params"](), INPUTS[name]
    outputs, saved = numpy["forward"](params, **inputs)
    gradients = numpy["backward"](saved, dJ=0.5)
    found, kept = plain["forward"](listed(params), **listed(inputs))
    slopes = plain["backward"](kept, dJ=0.5)
    assert set(found) == set(outputs._fields)
    assert list(slopes) == list(gradients) == list(params)
    for key, value in found.items():
        np.testing.assert_allclose(value, getattr(outputs, key), rtol=1e-12, atol=1e-14)
    for key, slope in slopes.items():
        np.testing.assert_allclose(slope, gradients[key], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", INPUTS)
def test_what_is_told_is_the_same(name: str) -> None:
    """Headings and chain rules are the graph's; only formulas of operations are the target's."""

    def headings(target: Target) -> list[str]:
        text = module(name, 1, target)["__text__"].split("def backward")[1].split("\ndef")[0]
        return re.findall(r"^    # (\w.*?)(?: {3}|$)", text, re.MULTILINE)

    assert headings(Lists()) == headings(DEFAULT) != []


def test_it_is_small_and_knows_nothing_of_numpy() -> None:
    text = inspect.getsource(lists)
    assert len(text.splitlines()) <= 150
    assert "targets.numpy" not in text
