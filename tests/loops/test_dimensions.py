"""Dimensions that only loops name: how often a body runs, and what its statements fill."""

import numpy as np
import pytest

from tests.compiled import LEVELS, build


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    "body",
    [
        "times M { next h = tanh(h + w) }",
        "times 3 { next h = h * w + sum(full([M], h)) }",
        "times 2 { scan s = h times M { next s = s * w }\n next h = tanh(s) }",
    ],
)
def test_predict_takes_the_input_that_gives_a_dimension(body: str, level: int) -> None:
    declared = "dim M\nparam w = 0.5\ninput a: [M]\ninput b\n"
    asked = "output h\nloss J = h * b\n"
    module = build(f"{declared}scan h = w {body}\n{asked}", level=level)
    a = np.zeros(3)
    predicted = module.predict(module.init_params(), a=a)
    assert predicted.h == module.outputs(a=a, b=1.0).h
