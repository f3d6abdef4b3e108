"""Names of a graph in C: members have them as they are, but for what C has taken."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from gradc.compiler import Options, compile_source
from gradc.source import Source
from tests.building.agreement import same
from tests.building.made import extension, module
from tests.targets_c.agreement import C, agree

GRAPH = """\
dim B, at
input y1: [B]
input rng: [at]
input params = 2
input int: [B]
param gamma: [B] = 1
param α = 2
param Ω: [B] = 0.5
param λ = 1
param exp = 1
param ROLLED: [3] = 1
param workspace = 1
output outputs = sum(rng) * workspace + sum(ROLLED)
output inputs = α * y1
loss σ = sum(y1 * gamma * int) * exp * params + outputs
loss double = sum(inputs * λ + Ω)
"""
MEMBERS = {
    "dims": "B at",
    "params": "gamma alpha Omega lambda exp_ ROLLED_ workspace",
    "inputs": "y1 rng params int_",
    "outputs": "outputs inputs sigma double_",
    "gradients_sigma": "gamma alpha Omega lambda exp_ ROLLED_ workspace",
    "gradients_double": "gamma alpha Omega lambda exp_ ROLLED_ workspace",
}


def test_members_have_the_names_of_the_graph() -> None:
    header = compile_source(Source("main.graph", GRAPH), target=C).files[".h"]
    assert isinstance(header, str)
    bare = re.sub(r"/\*.*?\*/", "", header, flags=re.DOTALL)
    structs = re.findall(r"typedef struct \{([^}]*)\} main_(\w+);", bare)
    found = {name: re.findall(r"(\w+)(?=[;,])", body) for body, name in structs}
    assert found == {name: words.split() for name, words in MEMBERS.items()}
    assert set(re.findall(r"main_(?:backward|value_and_grad)\w*", bare)) == {
        f"main_{what}_{loss}"
        for what in ("backward", "value_and_grad")
        for loss in ("sigma", "double")
    }


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
def test_they_hide_nothing_of_the_functions(tmp_path: Path) -> None:
    agree(Source("main.graph", GRAPH), tmp_path, Options())


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
def test_an_extension_finds_functions_of_any_name() -> None:
    made, plain = extension(GRAPH), module(GRAPH)
    point = {"y1": np.ones(2), "rng": np.ones(3), "params": 2.0, "int": np.ones(2)}
    inputs = plain.__graph__["inputs"]
    given = {inputs[name]["argument"]: value for name, value in point.items()}
    params = plain.init_params(B=2)
    for loss in ("σ", "double"):
        found, wanted = (
            getattr(m, f"value_and_grad_{loss}")(params, **given) for m in (made, plain)
        )
        same(found[1], wanted[1])
