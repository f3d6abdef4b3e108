"""Random graphs with two losses against the same graphs with each alone."""

import pytest

from tests.fuzz.chunks import CHUNK, chunks
from tests.fuzz.generate import generate
from tests.fuzz.losses import judge, second_loss, texts


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("first", chunks(10, 200))
def test_each_loss_is_differentiated_as_if_it_were_alone(first):
    for seed in range(first, first + CHUNK):
        program = generate(seed)
        assert judge(program) == "", f"seed {seed}: {texts(program, second_loss(program))[0]}"


def test_most_programs_have_a_second_loss():
    assert sum(second_loss(generate(seed)) is not None for seed in range(80)) > 40
