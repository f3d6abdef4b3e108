"""What is made of a row, forward and backward, is made in one loop."""

import re
import shutil
from pathlib import Path

import pytest

from gradc.compiler import Options, compile_source
from gradc.source import Source
from tests.targets_c.agreement import C, agree

compiled = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")


def whole_of(graph: str) -> str:
    """The text of `value_and_grad`."""
    files = compile_source(Source("net.graph", graph), Options(level=2), target=C).files
    text = next(str(text) for name, text in files.items() if name.endswith(".c"))
    return text[text.index("net_value_and_grad(const net_dims *dims,\n") :]


def loops_in(text: str) -> int:
    return len(re.findall(r"for \(int64_t i = ", text))


def test_a_loss_of_several_sums_does_not_come_between() -> None:
    text = whole_of(
        "dim N\nparam p: [N, 3] ~ normal(1)\ninput y: [N, 3]\n"
        "a = p / sqrt(sum(square(p), axis=1, keepdims=true))\n"
        "loss J = 0.5 * (sum(square(a - y)) + 3 * sum(cos(a)))\n"
    )
    assert loops_in(text) == 1
    assert not re.search(r"\ba\[i\*3", text)  # it goes into no memory of its own


def test_a_number_that_the_gradient_needs_does() -> None:
    text = whole_of(
        "dim N\nparam p: [N, 3] ~ normal(1)\ninput y: [N, 3]\n"
        "loss J = square(sum(square(tanh(p) - y)))\n"
    )
    assert loops_in(text) == 2


def test_what_goes_to_its_places_does_not_come_between() -> None:
    text = whole_of(
        "dim N, M\ninput at: i64[N]\nparam p: [M, 3] ~ normal(1)\nparam q: [M, 2] ~ normal(1)\n"
        "a = sin(take(p, at, axis=0))\nb = cos(take(q, at, axis=0))\n"
        "loss J = sum(a[:, :2] * b) + sum(a[:, 2])\n"
    )
    checks = text.count("if (at_[i] < -M")
    assert checks == 2
    assert loops_in(text) - checks == 1 + 2  # one for all rows, and what is added for each array


def test_the_cross_product_of_a_row_stays_with_it() -> None:
    text = whole_of(
        "dim N\nparam p: [N, 3] ~ normal(1)\nparam q: [N, 3] ~ normal(1)\ninput y: [N, 3]\n"
        "loss J = sum(square(cross(p, q) - y)) + sum(square(cross(q, sin(p))))\n"
    )
    assert loops_in(text) == 1
    assert "memset" not in text


PLACES = ["0", "1", "-1", "0:2", "1:3", "2:", ":1", "-1:", "1:4:2", "::-1"]


@compiled
@pytest.mark.parametrize("level", [1, 2])
@pytest.mark.parametrize("place", PLACES)
def test_gradients_of_what_is_taken_are_put_together(
    place: str, level: int, tmp_path: Path
) -> None:
    """Of a few places along an axis in the middle, of some that overlap, and of many."""
    text = f"""\
dim N
param p: [N, 4, 20] ~ normal(1)
param r: [4] ~ normal(1)
q = p * r[:, newaxis]
k = sum(sin(q[:, {place}])) + sum(q[:, {place}] ** 3)
l = sum(cos(q[:, 1:3])) + sum(q[:, 1] * q[:, 2]) + sum(exp(q[..., 2:, 5]))
loss J = k + l + sum(exp(r[{place}])) + r[1] * r[0] ** 2 + sum(q[0, {place}] ** 2)
"""
    agree(Source("net.graph", text), tmp_path, Options(level=level), "-O1")


def places_in(text: str, *names: str) -> list[str]:
    """Where in the workspace arrays are; nothing of one that is in none."""
    found = dict(re.findall(r"\*const (\w+) = net_part\(workspace, dims, (\d+)\);", text))
    return [found.get(name, "") for name in names]


def test_parts_of_a_slope_are_made_with_the_function(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where fewer arrays are stored then than what they are made of would be."""
    graph = (
        "dim N\ninput x: [N, 40]\nparam W: [40, 50] ~ normal(0.1)\nparam V: [50, 9] ~ normal(0.1)\n"
        'z = x @ W\nu = gelu(z, approximate="tanh")\nloss J = sum(square(u @ V))\n'
    )

    def stored() -> int:
        text = whole_of(graph)
        names = re.findall(r"double \*const (\w+) = net_part", text)
        return sum(re.search(rf"\b{name}\[i\*50 \+ j\] = ", text) is not None for name in names)

    fewer = stored()
    monkeypatch.setattr("gradc.targets.c.function.ahead", lambda groups, results: groups)
    assert fewer < stored()


def test_nothing_is_made_ahead_that_would_be_stored_besides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    graph = (
        "dim N\nconst D = 64\ninput r: [N, D]\nparam x: [N, D] ~ normal(1)\n"
        "param g: [D] ~ normal(1)\nparam b: [D] ~ normal(1)\n"
        "loss J = sum(layer_norm(x, weight=g, bias=b) * r)\n"
    )
    made = whole_of(graph)
    monkeypatch.setattr("gradc.targets.c.function.ahead", lambda groups, results: groups)
    assert made == whole_of(graph)


def test_what_is_read_no_more_is_written_over() -> None:
    text = whole_of(
        "dim N\ninput x: [N, 40]\nparam W: [40, 50] ~ normal(0.1)\nparam b: [50] = 0\n"
        "param V: [50, 9] ~ normal(0.1)\nz = x @ W\nh = relu(z + b)\n"
        "loss J = sum(square(h @ V))\n"
    )
    made, kept = places_in(text, "z", "h")
    assert made == kept != ""


def test_what_is_read_elsewhere_is_not() -> None:
    text = whole_of(
        "dim N\ninput x: [N, 40]\nparam W: [40, 50] ~ normal(0.1)\n"
        "param V: [50, 9] ~ normal(0.1)\nz = x @ W\nh = z + flip(sin(z), axis=1)\n"
        "loss J = sum(square(h @ V))\n"
    )
    made, kept = places_in(text, "z", "h")
    assert made != kept != ""
