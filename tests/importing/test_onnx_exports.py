"""What torch exports to ONNX comes back as layers; values and gradients are torch's."""

from __future__ import annotations

import io
import logging
import warnings
from typing import Any

import numpy as np
import pytest

from gradc.compiler import compile_source
from gradc.importing.imported import Imported, imported
from gradc.source import Source

onnx = pytest.importorskip("onnx")
torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from gradc.importing.onnx.onnx_file import made_of  # noqa: E402

Array = np.ndarray[Any, Any]


class Block(nn.Module):
    """A block of a transformer, with its norms first."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, x: Any) -> Any:
        b, t, d = x.shape
        split = self.qkv(self.norm1(x)).view(b, t, 3, self.heads, d // self.heads)
        q, k, v = split.permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-2, -1) / (d // self.heads) ** 0.5
        seen = (scores.softmax(-1) @ v).transpose(1, 2).reshape(b, t, d)
        x = x + self.out(seen)
        return x + self.down(nn.functional.gelu(self.up(self.norm2(x))))


class Transformer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(20, 8)
        self.blocks = nn.ModuleList([Block(8, 2) for _ in range(3)])
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(8, 5)

    def forward(self, ids: Any) -> Any:
        x = self.embed(ids)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(4, 4, 3, padding=1)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x: Any) -> Any:
        return torch.relu(x + self.conv2(torch.relu(self.conv1(x))))


class Images(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.blocks = nn.Sequential(Residual(), Residual())
        self.fc = nn.Linear(4, 3)

    def forward(self, x: Any) -> Any:
        return self.fc(self.blocks(self.stem(x)).mean((2, 3)))


def ids() -> Any:
    return torch.randint(0, 20, (2, 6), generator=torch.Generator().manual_seed(0))


NETS = {
    "transformer": (Transformer, ids, "times 3 unshared", ["Block", "Dense", "LayerNorm", "gelu("]),
    "images": (Images, lambda: torch.randn(2, 3, 8, 8), "times 2 unshared", ["Conv2d", "Dense"]),
}


def exported(net: Any, x: Any, dynamo: bool) -> Any:
    """The model as torch exports it, with a free batch."""
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = {"input_names": ["x"], "output_names": ["y"], "dynamo": dynamo}
        if dynamo:
            free = ({0: "batch"},)
            return torch.onnx.export(net, (x,), dynamic_shapes=free, **names).model_proto
        stream = io.BytesIO()
        torch.onnx.export(net, (x,), stream, dynamic_axes={"x": {0: "batch"}}, **names)
        return onnx.load_from_string(stream.getvalue())


@pytest.mark.parametrize("dynamo", [False, True], ids=["traced", "dynamo"])
@pytest.mark.parametrize("name", NETS)
def test_an_export_comes_back(name: str, dynamo: bool) -> None:
    if dynamo:
        pytest.importorskip("onnxscript")
    make, example, loop, words = NETS[name]
    torch.manual_seed(0)
    net, x = make().eval(), example()
    for parameter in net.parameters():  # no two are alike
        nn.init.normal_(parameter, 0.1, 0.3)
    graph = imported(made_of(exported(net, x, dynamo)))
    assert loop in graph.text
    assert all(word in graph.text for word in words), graph.text
    y = net(x)
    seed = torch.randn(y.shape)
    y.backward(seed)
    found, gradients = run(graph, x.numpy(), seed.numpy())
    np.testing.assert_allclose(found, y.detach().numpy(), rtol=1e-4, atol=1e-5)
    theirs = {n: (p.detach().numpy(), p.grad.numpy()) for n, p in net.named_parameters()}
    for own, gradient in gradients:
        assert_like_one_of(own, gradient, theirs)
    assert not theirs


@pytest.mark.parametrize("dynamo", [False, True], ids=["traced", "dynamo"])
def test_vectors_that_are_equal_are_those_of_their_modules(dynamo: bool) -> None:
    """A norm starts with ones: an export holds them once for all norms."""
    if dynamo:
        pytest.importorskip("onnxscript")
    net = Transformer().eval()
    model = exported(net, ids(), dynamo)
    assert len(model.graph.initializer) < len(list(net.parameters()))
    graph = imported(made_of(model))
    assert "times 3 unshared" in graph.text
    counts = [sum(p.numel() for p in net.parameters()), sum(p.size for p in graph.params.values())]
    assert counts[0] == counts[1]


def run(graph: Imported, x: Array, seed: Array) -> tuple[Array, list[tuple[Array, Array]]]:
    """The output, and each parameter with its gradient; those of a loop one by one."""
    module: dict[str, Any] = {"__name__": "net"}
    exec(compile(compile_source(Source("net.graph", graph.text)).text, "net.py", "exec"), module)
    outputs, saved = module["forward"](graph.params, x=x)
    gradients = module["backward"](saved, dy=seed)
    pairs = []
    for name, value in graph.params.items():
        loop = name.startswith("blocks") and len(value) in (2, 3)
        parts = zip(value, gradients[name], strict=True) if loop else [(value, gradients[name])]
        pairs += list(parts)
    return outputs.y, pairs


def assert_like_one_of(own: Array, gradient: Array, theirs: dict[str, tuple[Array, Array]]) -> None:
    """The parameter is one of torch's, maybe with its axes exchanged, and has its gradient."""
    for name, (value, wanted) in theirs.items():
        for turned in (False, True) if value.ndim == 2 else (False,):
            v, w = (value.T, wanted.T) if turned else (value, wanted)
            if v.shape == own.shape and np.array_equal(v, own):
                scale = max(1.0, float(np.abs(w).max()))
                np.testing.assert_allclose(gradient / scale, w / scale, atol=1e-5)
                del theirs[name]
                return
    raise AssertionError(f"no parameter of torch's is {own}")
