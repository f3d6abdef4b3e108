"""Modules of torch that are called more than once, or share weights: nothing is told apart wrongly.

A table of what differs between calls of one module, each in several ways to call it, and one of
ways to share weights. Values, gradients and the number of weights are held to torch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional

from tests.importing.torch_agreement import agree  # noqa: E402

SIZE = 4

DIFFERING: dict[str, tuple[Callable[[Any, Any], Any], tuple[Any, ...]]] = {
    "factor": (lambda h, k: h * k, (0.5, 0.6, 0.7)),
    "whole factor": (lambda h, k: h * k, (1, 2, 0)),
    "sum": (lambda h, k: h + k, (0.0, 0.1, 0.0)),
    "bounds": (lambda h, k: torch.clamp(h, *k), ((-1.0, 1.0), (0.0, 6.0), (-0.5, 0.5))),
    "exponent": (lambda h, k: (h * h + 1) ** k, (2, 0.5, 3)),
    "temperature": (lambda h, k: torch.softmax(h / k, -1), (1.0, 2.0, 0.5)),
    "shift": (lambda h, k: h.roll(k, -1), (1, 2, 3)),
    "window": (lambda h, k: F.avg_pool1d(h, k).mean(-1, keepdim=True) * h, (1, 2, 4)),
    "margin": (lambda h, k: F.pad(h, (k, k)).cumsum(-1)[..., :8], (0, 1, 3)),
    "slope": (F.leaky_relu, (0.01, 0.2, 0.3)),
    "part": (lambda h, k: h * h[..., k : k + 1], (0, 1, 3)),
    "parts": (lambda h, k: h * h[..., : k + 1].sum(-1, keepdim=True), (0, 1, 3)),
    "axis": (torch.softmax, (-1, 0, -1)),
    "function": (lambda h, k: k(h), (torch.tanh, torch.sigmoid, torch.tanh)),
    "steps": (lambda h, k: h if k is None else torch.tanh(h) * k, (None, 0.5, None)),
    "table": (lambda h, k: h * torch.tensor(k), ([1.0, 2.0] * 4, [0.5, 3.0] * 4, [1.0, 2.0] * 4)),
    "type": (lambda h, k: h * k, (1.0, True, 2)),
}  # fmt: skip


class Block(nn.Module):
    """Two layers with something between them that is told `k`."""

    def __init__(self, between: Any):
        super().__init__()
        self.a, self.b = nn.Linear(SIZE, 8), nn.Linear(8, SIZE)
        self.between = between

    def forward(self, x: Any, k: Any) -> Any:
        return self.b(self.between(self.a(x), k))


class Around(nn.Module):
    """A module that hands on what it is told, to a block that it calls twice."""

    def __init__(self, between: Any):
        super().__init__()
        self.inner, self.out = Block(between), nn.Linear(SIZE, SIZE)

    def forward(self, x: Any, k: Any, other: Any) -> Any:
        return self.out(self.inner(x, k) + self.inner(torch.tanh(x), other))


class Calling(nn.Module):
    """A module with something to call in several ways, each told one of `ks`."""

    def __init__(self, between: Any, ks: tuple[Any, ...]):
        super().__init__()
        self.ks = ks
        self.build(between)

    def build(self, between: Any) -> None:
        self.block = Block(between)


class InARow(Calling):
    def forward(self, x: Any) -> Any:
        for k in self.ks:
            x = self.block(torch.tanh(x), k)
        return x


class SideBySide(Calling):
    def forward(self, x: Any) -> Any:
        one, two, three = (self.block(x, k) for k in self.ks)
        return one + two * three


class HandedOn(Calling):
    def build(self, between: Any) -> None:
        self.outer = Around(between)

    def forward(self, x: Any) -> Any:
        one, two, three = self.ks
        return self.outer(self.outer(self.outer(x, one, two), one, two), two, three)


class Rounds(Calling):
    def build(self, between: Any) -> None:
        self.blocks = nn.ModuleList(Block(between) for _ in range(2))

    def forward(self, x: Any) -> Any:
        for k in self.ks:
            for block in self.blocks:
                x = torch.tanh(block(x, k))
        return x


class Every(nn.Module):
    """One way to call, for all that may differ."""

    def __init__(self, way: type[Calling], rows: list[Any]):
        super().__init__()
        self.ways = nn.ModuleList(way(between, ks) for between, ks in rows)

    def forward(self, x: Any) -> dict[str, Any]:
        return {f"o{i}": way(x) for i, way in enumerate(self.ways)}


def drawn() -> tuple[Any, ...]:
    torch.manual_seed(3)
    return (torch.randn(8, SIZE),)


@pytest.mark.parametrize("way", [InARow, SideBySide, HandedOn, Rounds])
def test_each_call_has_what_it_is_told(way: type[Calling]) -> None:
    inputs = drawn()
    agree(Every(way, list(DIFFERING.values())).eval(), inputs)


@pytest.mark.parametrize("name", DIFFERING)
def test_a_module_that_is_called_again_has_its_weights_once(name: str) -> None:
    between, ks = DIFFERING[name]
    inputs = drawn()
    agree(InARow(between, ks).eval(), inputs)


def test_a_number_that_differs_is_an_argument_of_the_call() -> None:
    inputs = drawn()
    text = agree(InARow(*DIFFERING["factor"]).eval(), inputs).text
    assert "block = Block(tanh(x), 0.5)\n" in text
    assert "h = block(tanh(block), n=0.6)\n" in text
    assert "output y = block(tanh(h), n=0.7)\n" in text


class Weights(nn.Module):
    """Weights of one module, read by operations that are told other numbers each time."""

    def __init__(self) -> None:
        super().__init__()
        self.line = nn.Parameter(torch.randn(SIZE, SIZE, 3) / 4)
        self.window = nn.Parameter(torch.randn(SIZE, SIZE // 2, 3, 3) / 4)
        self.bias = nn.Parameter(torch.randn(SIZE))

    def forward(self, x: Any, y: Any, told: dict[str, Any]) -> Any:
        lines = F.conv1d(x, self.line, **told)
        images = F.conv2d(y, self.window, self.bias, groups=2, **told)
        grown = F.conv_transpose2d(y, self.window, groups=2, **told)
        return lines.sum(-1) + images.mean((-1, -2)) + grown.mean((-1, -2)).sum(-1, keepdim=True)


class Norms(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight, self.bias = (nn.Parameter(torch.randn(SIZE)) for _ in range(2))

    def forward(self, x: Any, y: Any, eps: float, groups: int) -> Any:
        rows = F.layer_norm(x, (SIZE,), self.weight, self.bias, eps)
        rows = rows + F.rms_norm(x, (SIZE,), self.weight, eps)
        return rows + F.group_norm(y, groups, self.weight, self.bias, eps).mean((-1, -2))


class ToldOtherwise(nn.Module):
    WINDOWS = (
        {}, {"stride": 2}, {"padding": 1}, {"dilation": 2}, {"padding": 2, "dilation": 2}, {},
        {"stride": 2, "padding": 1},
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.weights, self.norms, self.norm = Weights(), Norms(), nn.LayerNorm(SIZE)

    def forward(self, x: Any, y: Any) -> Any:
        total = sum(self.weights(x, y, told) for told in self.WINDOWS)
        for eps, groups in ((1e-5, 2), (0.1, 1), (1e-5, 4), (1e-6, 2)):
            total = total + self.norms(torch.tanh(total), y, eps, groups)
        return self.norm(self.norm(total) + self.norm.weight)


def test_one_weight_in_operations_that_are_told_otherwise() -> None:
    drawn()
    inputs = torch.randn(8, SIZE, 9).double(), torch.randn(8, SIZE, 7, 7).double()
    found = agree(ToldOtherwise().double().eval(), inputs)
    assert sum(p.size for p in found.params.values()) == 48 + 72 + 4 + 8 + 8


class Holding(nn.Module):
    """A module that is handed one that it holds."""

    def __init__(self, inner: Any):
        super().__init__()
        self.inner, self.out = inner, nn.Linear(SIZE, SIZE)

    def forward(self, x: Any) -> Any:
        return self.out(torch.relu(self.inner(x))) + x


class Fixed(Block):
    def __init__(self) -> None:
        super().__init__(lambda h, k: torch.relu(h))

    def forward(self, x: Any, k: Any = None) -> Any:
        return super().forward(x, k)


class Walked(nn.Module):
    """A recurrent layer that is walked twice."""

    def __init__(self, kind: Any, **told: Any):
        super().__init__()
        self.inner = kind(SIZE, SIZE, batch_first=True, **told)

    def forward(self, x: Any) -> Any:
        ys, _ = self.inner(x[None])
        return self.inner(torch.tanh(ys))[0][0]


class ReadFirst(nn.Module):
    """A module whose weight is read before it is called."""

    def __init__(self) -> None:
        super().__init__()
        self.inner, self.flat = Fixed(), nn.Linear(SIZE, SIZE)

    def forward(self, x: Any) -> Any:
        h = F.linear(x, self.inner.b.weight.T) @ self.inner.b.weight.T
        return self.inner(h) + self.flat(h @ self.flat.weight)


def tied(*names: str, inner: Any = Fixed) -> Any:
    """Two modules, the second of which has these members of the first."""
    one, two = inner(), inner()
    for name in names:
        path, _, last = name.rpartition(".")
        setattr(two.get_submodule(path), last, getattr(one.get_submodule(path), last))
    return nn.Sequential(one, nn.Tanh(), two)


def of_one(inner: Any) -> Any:
    """Three modules that hold one."""
    return nn.Sequential(Holding(inner), Holding(inner), Holding(Holding(inner)))


SHARING: dict[str, Callable[[], Any]] = {
    "a weight": lambda: tied("weight", inner=lambda: nn.Linear(SIZE, SIZE)),
    "a weight of a block": lambda: tied("a.weight"),
    "a layer of a block": lambda: tied("b"),
    "all of a block but a bias": lambda: tied("a", "b.weight"),
    "all weights": lambda: tied("a.weight", "a.bias", "b.weight", "b.bias"),
    "a layer in several": lambda: of_one(nn.Linear(SIZE, SIZE)),
    "a block in several": lambda: of_one(Fixed()),
    "a weight that is read first": ReadFirst,
    "a recurrent layer": lambda: Walked(nn.GRU),
    "recurrent layers": lambda: Walked(nn.GRU, num_layers=2),
    "one after another, twice": lambda: nn.Sequential(*[Fixed(), Fixed()] * 2),
}


@pytest.mark.parametrize("name", SHARING)
def test_a_shared_weight_is_one_parameter(name: str) -> None:
    inputs = drawn()
    agree(SHARING[name]().eval(), inputs)
