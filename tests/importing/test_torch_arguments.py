"""Arguments and element types of torch's operations: said, or refused, and never left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional

import gradc  # noqa: E402
from gradc.importing.torch.aten import NEUTRAL, TABLE  # noqa: E402
from tests.importing.torch_agreement import agree, converted, forward  # noqa: E402


class Of(nn.Module):
    """A function of a parameter, to which an input is added."""

    def __init__(self, function: Any, data: Any):
        super().__init__()
        self.weight, self.function = nn.Parameter(data), function

    def forward(self, x: Any) -> Any:
        return self.function(self.weight + x)


def held(function: Any, data: Any = None) -> Any:
    torch.manual_seed(0)
    data = torch.randn(4, 6) if data is None else data
    return agree(Of(function, data), (torch.zeros_like(data),))


F64 = torch.float64
TOLD: dict[str, Callable[[Any], Any]] = {
    "softplus": lambda x: F.softplus(x, beta=2, threshold=1) + F.softplus(x, 0.5, 0.1),
    "round": lambda x: x.round(decimals=1) * x + (10 * x).round(decimals=-1) * x,
    "detached": lambda x: x.detach() * x + x.exp().detach() * x,
    "straight through": lambda x: x + (x.round() - x).detach(),
    "no gradient": lambda x: x / _spread(x) + _spread(x.exp()) * x,
    "written after": lambda x: _written(x, x.clone()),
    "logit": lambda x: torch.logit(x.sigmoid(), eps=0.3),
    "no numbers": lambda x: torch.nan_to_num(x / (x > 0), 2.0, 3.0, -4.0),
    "pieces": lambda x: x.tensor_split(4, 1)[0] * x[:, -1:] + x.tensor_split((2, 5), 1)[2],
    "sums": lambda x: torch.add(x, x.exp(), alpha=3) + torch.rsub(x, 2 * x, alpha=0.5),
    "products": lambda x: torch.addmm(x[:, :4], x, x.T, beta=0.5, alpha=2),
    "products alone": lambda x: torch.addmm(x[:, :4], x, x.T, beta=0),
    "sums in f64": lambda x: (x.sum(dtype=F64) * x.cumsum(1, dtype=F64)).float(),
    "f64 within": lambda x: (x.sin() * x.double().exp().cos() + x.double()).float(),
    "numbers in a row": lambda x: x * torch.linspace(0, 1, 6, dtype=F64).float(),
    "dropout": lambda x: F.dropout(x, 0.3, training=False) * x,
    "spread": lambda x: x.var(1, correction=2) + x.std(1, correction=0),
    "whole numbers": lambda x: x * torch.exp(-9.2 * torch.arange(6) / 6) + torch.arange(6).sqrt(),
    "places": lambda x: x * x.argmax(1, keepdim=True) * 0.5 + x.argmin(1)[:, None] / 3,
    "chances": lambda x: F.cross_entropy(x, torch.tensor([0, 5, 2, 1]), label_smoothing=0.2),
    "margins": lambda x: F.pad(x, (0, 0, 1, 2), value=0.5) * 2,
}  # fmt: skip


def _spread(x: Any) -> Any:
    with torch.no_grad():
        y = torch.tanh(x) * x
        return y.std() + y.mean(1, keepdim=True)


def _written(x: Any, y: Any) -> Any:
    y[:, 0] = y[:, 1].detach() * 2
    return y * y.detach() + x


@pytest.mark.parametrize("name", TOLD)
def test_what_an_operation_is_told_counts(name: str) -> None:
    found = held(TOLD[name])
    assert "dtype f32\n" in found.text
    assert all(p.dtype == np.float32 for p in found.params.values())


REFUSED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "half": (lambda x: x.half().float(), "rounded to float16"),
    "brain half": (lambda x: x.to(torch.bfloat16).float() * x, "rounded to bfloat16"),
    "bytes": (lambda x: (x * 300).to(torch.uint8) * x, "wrap around as uint8"),
    "a sum of bytes": (lambda x: ((x > 0).byte() * 200 * (x > 0).byte()) * x, "wrap around"),
    "a custom count": (lambda x: F.avg_pool2d(x[None], 2, divisor_override=3), "another count"),
    "summed up": (
        lambda x: x.scatter(1, torch.zeros(4, 6, dtype=torch.int64), x, reduce="multiply"),
        "`reduce=multiply`",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_be_left_out_is_refused(name: str) -> None:
    function, said = REFUSED[name]
    with pytest.raises(gradc.GraphError) as failure:
        held(function)
    assert said in str(failure.value)


def test_a_model_of_half_precision_is_read_as_f32() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 5), nn.Tanh()).to(torch.bfloat16)
    x = torch.randn(3, 6)
    found = converted(model, (x.to(torch.bfloat16),))
    _, outputs, _ = forward(found, (x,))
    want = model.float()(x).detach().numpy()
    np.testing.assert_allclose(outputs[0], want, rtol=1e-6, atol=1e-6)


SCHEMAS = {
    name: [getattr(packet, o)._schema for o in packet.overloads() if not o.endswith("out")]
    for name in TABLE
    if (packet := getattr(torch.ops.aten, name, None)) is not None
}


def test_most_entries_of_the_table_are_operations_of_torch() -> None:
    assert len(SCHEMAS) > 0.95 * len(TABLE), sorted(set(TABLE) - set(SCHEMAS))


def test_arguments_that_are_neutral_are_some_of_torch() -> None:
    """A name that no operation has would be one that is passed over by mistake."""
    there = {a.name for schemas in SCHEMAS.values() for s in schemas for a in s.arguments}
    assert there >= NEUTRAL, sorted(NEUTRAL - there)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("softplus", lambda x: F.softplus(x, beta=2)),
        ("leaky_relu", lambda x: F.leaky_relu(x, 0.3)),
        ("roll", lambda x: x.roll(2, 1)),
        ("var", lambda x: x.var(1, correction=0)),
        ("add", lambda x: torch.add(x, x, alpha=2)),
    ],
)
def test_a_rule_that_passes_an_argument_over_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, function: Any
) -> None:
    monkeypatch.setitem(TABLE, name, lambda m, a: m.apply("relu", a.tensor("self")))
    with pytest.raises(gradc.GraphError, match=f"`{name}` with `"):
        held(function)


def test_a_rule_that_gives_another_shape_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TABLE, "exp", lambda m, a: m.apply("sum", a.tensor("self"), axis=0))
    with pytest.raises(gradc.GraphError, match=r"gives \[4, 6\] in torch and \[6\] here"):
        held(torch.exp)
