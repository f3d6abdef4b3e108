"""Stretches of one array that leave out other numbers of elements: one of them is to blame."""

import itertools

import pytest

from gradc.diagnostics import Help
from gradc.remedies.tries import edited
from tests.habits.test_habits import errors_of

# Each leaves out two elements, but where `K` stands.
_STENCILS = [
    "u[2:] - 2 * u[1:-1] + u[:-K]",
    "u[:-K] + (u[2:] - 2 * u[1:-1])",
    "nu * u[K:] + (u[:-2] - 2 * u[1:-1]) / 3",
    "nu * u[K:] - nu * u[:-2]",
    "(u[K:] + nu) * (u[1:-1] - 1)",
]


@pytest.mark.parametrize(
    ("stencil", "wrong", "before"), list(itertools.product(_STENCILS, "134", ["", ":, "]))
)
def test_a_stretch_of_as_many_elements_is_shown(stencil: str, wrong: str, before: str) -> None:
    shape = "[M, N]" if before else "[N]"

    def text(count: str) -> str:
        lap = stencil.replace("K", count).replace("u[", f"u[{before}")
        head = f"dim M, N\ninput u: {shape}\nparam nu = 0.1\n"
        return f"{head}lap = {lap}\nloss J = nu * sum(lap**2)\n"

    assert not errors_of(text("2"))
    (found,) = errors_of(text(wrong))
    assert found.code == "E0302"
    assert found.message.endswith((f"N - 2 is not N - {wrong}", f"N - {wrong} is not N - 2"))
    assert "max(" not in found.text + "".join(label.text for label in found.labels)
    (help_,) = found.helps
    assert isinstance(help_, Help)
    mended = edited(text(wrong), help_.replacements)
    assert not errors_of(mended)
    if "2 *" in stencil:  # more stretches leave out two than another number
        assert "has N - 2 elements" in help_
        assert mended == text("2")
