"""Two arrays of one kind, multiplied: what fits is a transposition, and no other declaration."""

import itertools

import pytest

from tests.habits.test_habits import errors_of

_DECLARED = ("input {}: [{}]", "param {}: [{}] = 1")
_SIZES = ("T, 16", "3, 5", "T, S")


@pytest.mark.parametrize("sizes", _SIZES)
@pytest.mark.parametrize("pair", list(itertools.product(_DECLARED, _DECLARED)))
@pytest.mark.parametrize("left", ["q", "2 * q", "(q + 1)"])
def test_arrays_of_one_shape_are_turned_and_not_declared_anew(
    sizes: str, pair: tuple[str, str], left: str
) -> None:
    if "T" in sizes and any(p.startswith("param") for p in pair):
        sizes = "4, 16"
    first, second = (p.format(n, sizes) for p, n in zip(pair, "qk", strict=True))
    text = f"dim T, S\nparam w = 1\n{first}\n{second}\ns = {left} @ k\nloss J = w * sum(s)\n"
    (found,) = errors_of(text)
    assert found.code == "E0302"
    assert not any("declare" in h for h in found.helps), found.helps
    (help_,) = found.helps
    fits = help_.split("`")[1]
    assert not errors_of(text.replace(f"{left} @ k", fits)), fits
