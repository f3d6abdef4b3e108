"""Torch as an outside oracle: it shares no line with gradc, and no author.

Values and gradients agree in f64 to 1e-9, at the examples' points and at edges where the
conventions of both are the same. Install the extra `oracle` to run this.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from gradc.verification.dual import VECTORS
from tests.library.cases import Case, Operand, cases_of
from tests.library.running import Running
from tests.library.torch_table import TORCH, function_of

torch = pytest.importorskip("torch", reason="torch is missing: pip install 'gradc[oracle]'")

pytestmark = pytest.mark.filterwarnings(
    "ignore:Using padding:UserWarning", "ignore:reduction:UserWarning"
)

CLOSE = {"rtol": 1e-9, "atol": 1e-9}

NO_RULE = {"batch_norm-2", "cross_entropy-7", "nll_loss-2", "nll_loss-3"}
"""Torch has no derivative by statistics that it is given, nor by weights of labels."""

CASES = [case for name in TORCH for case in cases_of(name) if case.label not in NO_RULE]


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    """Torch takes integers to f32, unless told otherwise."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.label)
def test_torch(case: Case) -> None:
    _agree(case, case.draw(), function_of(case.name))


# call, arrays: kinks, ties, zeros and extremes where torch decides as gradc does.
EDGES: list[tuple[str, str, dict[str, Any]]] = [
    ("relu", "relu(x)", {"x": [-1.0, 0, 2]}),
    ("abs", "abs(x)", {"x": [-1.0, 0, 2]}),
    ("relu6", "relu6(x)", {"x": [-1.0, 0, 3, 6, 7]}),
    ("hardtanh", "hardtanh(x)", {"x": [-2.0, -1, 0, 1, 2]}),
    ("leaky_relu", "leaky_relu(x)", {"x": [-1.0, 0, 2]}),
    ("elu", "elu(x)", {"x": [-1e4, -1.0, 2, 1e4]}),
    ("maximum", "maximum(x, y)", {"x": [1.0, 2, 3], "y": [1.0, 3, 2]}),
    ("minimum", "minimum(x, y)", {"x": [1.0, 2, 3], "y": [1.0, 3, 2]}),
    ("max", "max(x)", {"x": [3.0, 1, 3]}),
    ("min", "min(x)", {"x": [1.0, 1, 3]}),
    ("clip", "clip(x, min=0.0, max=1.0)", {"x": [-1.0, 0, 0.5, 1, 2]}),
    ("max_pool2d", "max_pool2d(x, 2)", {"x": [[[2.0, 2], [1, 2]]]}),
    ("norm", "norm(x)", {"x": [0.0, 0]}),
    ("prod", "prod(x)", {"x": [2.0, 0, 3]}),
    ("prod", "prod(x)", {"x": [2.0, 0, 0]}),
    ("cumprod", "cumprod(x)", {"x": [2.0, 0, 3, 0, 1]}),
    ("sinc", "sinc(x)", {"x": [0.0, 1.0]}),
    ("xlogy", "xlogy(x, y)", {"x": [0.0, 2], "y": [3.0, 0.5]}),
    ("sqrt", "sqrt(x)", {"x": [0.0, 4]}),
    ("sigmoid", "sigmoid(x)", {"x": [-1e4, -800, 0, 800, 1e4]}),
    ("tanh", "tanh(x)", {"x": [-1e4, 0, 1e4]}),
    ("softplus", "softplus(x)", {"x": [-1e4, 0, 1e4]}),
    ("log_sigmoid", "log_sigmoid(x)", {"x": [-1e4, 0, 1e4]}),
    ("silu", "silu(x)", {"x": [-1e4, 0, 1e4]}),
    ("gelu", "gelu(x)", {"x": [-1e4, -30, 0, 30, 1e4]}),
    ("mish", "mish(x)", {"x": [-1e4, 0, 1e4]}),
    ("softmax", "softmax(x)", {"x": [-1e4, 0, 1e4]}),
    ("log_softmax", "log_softmax(x)", {"x": [-1e4, 0, 1e4]}),
    ("logsumexp", "logsumexp(x)", {"x": [-1e4, 1e4, 1e4]}),
    ("logaddexp", "logaddexp(x, y)", {"x": [1e4, -1e4], "y": [-1e4, -1e4]}),
    ("sort", "sort(x)", {"x": [2.0, 1, 2, 1]}),
    ("huber_loss", "huber_loss(x, y)", {"x": [0.0, 1, 2, -3], "y": [0.0, 0, 0, 0]}),
    ("l1_loss", "l1_loss(x, y)", {"x": [0.0, 1], "y": [0.0, 0]}),
    ("binary_cross_entropy_with_logits", "binary_cross_entropy_with_logits(x, y)",
     {"x": [-1e4, 1e4, 0], "y": [0.0, 0, 1]}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "call", "arrays"), EDGES, ids=[c for _, c, _ in EDGES])
def test_edge(name: str, call: str, arrays: dict[str, Any]) -> None:
    drawn = {n: np.array(a) for n, a in arrays.items()}
    operands = tuple(Operand(n, a.shape) for n, a in drawn.items())
    known = {"size": 2} if name == "max_pool2d" else {}
    known |= {"min": 0.0, "max": 1.0} if name == "clip" else {}
    order = ("x", "target") if name.endswith("_loss") or "entropy" in name else tuple(drawn)
    case = Case(name, 900, operands, call, known, (*order, *known))
    renamed = dict(zip((*order, *known), (*drawn, *known), strict=True))
    function = function_of(name)
    _agree(case, drawn, function, renamed)


def _agree(
    case: Case, arrays: dict[str, Any], function: Any, renamed: dict[str, str] | None = None
) -> None:
    running = Running(case, arrays=arrays)
    carried = {o.name for o in case.operands if o.carries}
    tensors = {n: torch.tensor(a, requires_grad=n in carried) for n, a in arrays.items()}
    grouped = case.group(tensors)
    values = {**case.known, **tensors}
    arguments = {
        name: grouped if name == case.grouped else _plain(values[(renamed or {}).get(name, name)])
        for name in case.order
    }
    found = function(**arguments)
    results = list(found) if isinstance(found, tuple | list) else [found]
    outputs = running.outputs()
    assert len(results) == len(outputs)
    if case.name in VECTORS:
        results = _turned(results, outputs, VECTORS[case.name])
    for theirs, ours in zip(results, outputs, strict=True):
        np.testing.assert_allclose(ours, theirs.detach().numpy(), **CLOSE)
    if not running.is_differentiable or case.name == "stop_gradient":
        return
    weights = running.point.cotangents
    floats = [f"out{i}" for i, r in enumerate(results) if f"out{i}" in weights]
    total = sum(
        torch.sum(results[int(n.removeprefix("out"))] * torch.tensor(weights[n])) for n in floats
    )
    expected = torch.autograd.grad(
        total, [tensors[n] for n in running.params], allow_unused=True, materialize_grads=True
    )
    gradients = running.gradients()
    for name, theirs in zip(running.params, expected, strict=True):
        np.testing.assert_allclose(
            _folded(case, gradients[name]), _folded(case, theirs.numpy()), **CLOSE, err_msg=name
        )


def _turned(results: list[Any], outputs: list[Any], vectors: dict[int, int]) -> list[Any]:
    """Torch's vectors, pointing where ours do."""
    turned = list(results)
    for i, axis in vectors.items():
        along = np.sum(outputs[i] * results[i].detach().numpy(), axis=axis, keepdims=True)
        turned[i] = results[i] * torch.tensor(np.sign(along))
    return turned


def _plain(value: Any) -> Any:
    """Lists as torch takes them."""
    return [_plain(v) for v in value] if isinstance(value, tuple) else value


def _folded(case: Case, gradient: Any) -> Any:
    """Of operations that read the lower triangle: what both triangles get, in one."""
    if case.name not in ("cholesky", "eigh"):
        return gradient
    return gradient + np.swapaxes(gradient, -1, -2)
