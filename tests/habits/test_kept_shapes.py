"""A loop whose step has another size, since parameters are declared so: which keep its shape."""

import itertools
import re

import pytest

from gradc.diagnostics import Help
from gradc.remedies.tries import edited
from tests.habits.test_habits import errors_of

_STEPS = {
    "tanh((t @ U + h) @ V)": {"U": (3, 4), "V": (4, "n")},
    "tanh(t @ U + h @ V + c)": {"U": (3, "n"), "V": (4, "n"), "c": ("n",)},
    "0.5 * h @ V": {"V": (4, "n")},
    "relu(h @ V) * c + t @ U": {"U": (3, "n"), "V": (4, "n"), "c": ("n",)},
    "tanh(V @ h)": {"V": ("n", 4)},
}


@pytest.mark.parametrize(
    ("step", "wrong", "last"), list(itertools.product(_STEPS, [2, 5], ["T", "T, B"]))
)
def test_what_is_declared_of_another_size_keeps_the_shape(step: str, wrong: int, last: str) -> None:
    if "V @ h" in step:
        last = "T"
    start = "zeros([B, 4])" if "B" in last else "zeros([4])"

    def text(size: int) -> str:
        declared = "".join(
            f"param {name}: [{', '.join(str(size if s == 'n' else s) for s in sizes)}] = 1\n"
            for name, sizes in _STEPS[step].items()
        )
        loop = f"scan h = {start} over t in x {{\n    next h = {step}\n}}\n"
        return f"dim T, B\ninput x: [{last}, 3]\n{declared}{loop}loss J = sum(h)\n"

    assert not errors_of(text(4))
    (found,) = errors_of(text(wrong))
    assert found.code == "E0306"
    (help_,) = found.helps
    assert isinstance(help_, Help)
    assert edited(text(wrong), help_.replacements) == text(4)
    wrongly = [name for name, sizes in _STEPS[step].items() if "n" in sizes]
    assert re.findall(r"`(\w+)[`:]", help_) == wrongly


@pytest.mark.parametrize(
    "step", ["concatenate([h, t @ U])", "tanh(h @ V + concatenate([t, t[:2]]))", "stack([h, h])"]
)
def test_what_grows_otherwise_is_collected(step: str) -> None:
    text = (
        "dim T\ninput x: [T, 3]\nparam U: [3, 2] = 1\nparam V: [4, 5] = 1\n"
        f"scan h = zeros([4]) over t in x {{\n    next h = {step}\n}}\nloss J = sum(h) + sum(U)\n"
    )
    (found,) = errors_of(text)
    assert found.code == "E0306"
    assert not any("keeps the shape" in h or "keep the shape" in h for h in found.helps)
    assert any("`output` in the body" in h for h in found.helps)
