"""Modules that compute with Python's floats give what NumPy gives, at the edges too."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradc.library.loader import standard_library
from tests.compiled import build

LIBRARY = standard_library()
EDGES = [-np.inf, -1000.0, -2.0, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 3.0, 1000.0, np.inf, np.nan]
NAMES = sorted(
    name
    for (role, name), _ in LIBRARY.stanzas.items()
    if role == "op" and "python" in LIBRARY.operation(name).spellings
)
INTERNAL = {"guard", "checkpoint", "itself"}
SYMBOLS = {
    "add": "x + y", "subtract": "x - y", "multiply": "x * y", "divide": "x / y", "power": "x**y",
    "negative": "-x", "less": "x < y", "less_equal": "x <= y", "greater": "x > y",
    "greater_equal": "x >= y", "equal": "x == y", "not_equal": "x != y",
}  # fmt: skip


def expression(name: str) -> str:
    """The operation on x and y, as a number."""
    if name == "where":
        return "where(x > y, x, y)"
    op = LIBRARY.operation(name)
    called = SYMBOLS.get(name) or f"{name}({', '.join('xy'[: len(op.operands)])})"
    return f"where({called}, x, 0)" if op.result_names and name in COMPARISONS else called


COMPARISONS = {"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"}


def results(module: Any, x: float, y: float) -> list[float]:
    with np.errstate(all="ignore"):
        params = {"x": x, "y": y}
        value, gradients = module.value_and_grad(params)
        outputs, saved = module.forward(params)
        again = module.backward(saved)
    found = [value, *gradients.values(), outputs.J, *again.values()]
    assert all(type(v) is float for v in found)
    return found


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", [n for n in NAMES if n not in INTERNAL])
def test_edges(name: str) -> None:
    text = f"param x = 1\nparam y = 1\nloss J = {expression(name)} + 0 * y\n"
    plain, derived = build(text, level=2), build(text, level=0)
    assert "import numpy" not in plain.text
    for x, y in itertools.product(EDGES, EDGES):
        found, expected = results(plain, x, y), results(derived, x, y)
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-300, err_msg=f"{x} {y}")


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("of_y", ["x // y", "x % y", "softplus(x)", 'astype(not x > y, "f64")'])
@pytest.mark.parametrize("of_w", ["w", "exp(w)", "u", "sum(v) * w"])
def test_numbers_beside_arrays(of_w: str, of_y: str) -> None:
    """Where Python would raise, or `~` of a bool is -2, numbers that arrays lie beside are not."""
    text = "input v: [3]\ninput y\nparam w = 1\nu = v[0] * w\n"
    text += f"x = {of_w}\noutput z = {of_y}\nloss J = u * w + x\n"
    plain, derived = build(text, level=2), build(text, level=0)
    for w, y in itertools.product(EDGES, EDGES):
        params, inputs = {"w": w}, {"y": y, "v": np.array([1.0, -2.0, w])}
        with np.errstate(all="ignore"):
            found, expected = (m.forward(params, **inputs)[0] for m in (plain, derived))
            gradient = plain.value_and_grad(params, **inputs)[1]["w"]
        assert type(found.z) is type(found.J) is type(gradient) is float
        np.testing.assert_allclose(found, expected, rtol=1e-12, err_msg=f"{w} {y}")


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ("2", TypeError), (None, TypeError), (2j, TypeError), (2**70, TypeError),
        ([2.0], ValueError), (np.ones(1), ValueError), (np.array("a"), TypeError),
    ],
)  # fmt: skip
def test_what_is_refused(given: Any, kind: type[Exception]) -> None:
    text = "param x = 1\nloss J = x * x\n"
    for level in (1, 2):
        with pytest.raises(kind, match=r"^x: expected f64, got "):
            build(text, level=level).value_and_grad({"x": given})


@pytest.mark.parametrize("given", [2, True, np.float32(2), np.int64(2), np.array(2.0), 2**63])
def test_what_is_taken(given: Any) -> None:
    module = build("param x = 1\nloss J = x * x\n", level=2)
    assert module.value_and_grad({"x": given}) == (float(given) ** 2, {"x": 2 * float(given)})


def test_numbers_that_are_none() -> None:
    text = "param w = 2\nloss J = minimum(w, inf) + where(w > 5, nan, maximum(w, -inf))\n"
    module = build(text, level=2)
    assert "import numpy" not in module.text
    assert module.value_and_grad(module.init_params()) == (4.0, {"w": 2.0})


def test_it_runs_where_there_is_no_numpy(tmp_path: Path) -> None:
    module = build(
        "param w = 2\nparam b = 8\ninput x\nloss J = exp(tanh(w * x + b)) / w\n", level=2
    )
    (tmp_path / "net.py").write_text(module.text, encoding="utf-8")
    script = "import sys; sys.modules['numpy'] = None; import net; p = net.init_params(); "
    script += "print(net.value_and_grad(p, x=1.0)[0] == net.forward(p, x=1.0)[0].J)"
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert run.stdout == "True\n"
