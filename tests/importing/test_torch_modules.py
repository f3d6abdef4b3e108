"""Modules of torch, imported: values, gradients and length are held to the modules themselves."""

import inspect
import re
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import gradc  # noqa: E402
from tests.importing.torch_agreement import (  # noqa: E402
    agree,
    converted,
    forward,
    origins,
    results,
)
from tests.importing.torch_models import MODELS  # noqa: E402

OF_A_LOOP = 10
"""Lines that a module of torch's own counts that stands for a loop or a block."""


def made(name: str) -> tuple[Any, tuple[Any, ...]]:
    """A model in evaluation mode with statistics that are not the first ones, and its inputs."""
    torch.manual_seed(1)
    build, inputs = MODELS[name]
    model = build().eval()
    for part in model.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.running_mean.uniform_(-0.5, 0.5)
            part.running_var.uniform_(0.5, 2)
    return model, inputs()


@pytest.mark.parametrize("name", MODELS)
def test_values_and_gradients_are_those_of_torch(name: str) -> None:
    agree(*made(name))


@pytest.mark.parametrize("name", MODELS)
def test_no_weight_is_lost(name: str) -> None:
    model, inputs = made(name)
    told, weights = origins(model, inputs)
    there = set(np.concatenate([p.ravel() for p in told.params.values()]).astype(int))
    wanted = {int(i) for w in weights for i in w.detach().ravel()} - {0}
    assert there == wanted


def statements(text: str) -> int:
    """The statements of a graph; a block's first line is one, and its end none."""
    depth = count = 0
    for line in text.splitlines():
        code = line.strip()
        if code and code != "}" and not code.startswith("##") and depth == 0:
            count += 1
        depth += len(re.findall(r"[(\[]", code)) - len(re.findall(r"[)\]]", code))
    return count


def source_lines(model: Any) -> int:
    """The lines of the classes that a model is made of; a few for those of torch that loop."""
    total = 0
    kinds = {type(m) for m in model.modules()}
    own = {kind for kind in kinds if kind.__module__.startswith("tests.importing.")}
    for kind in own:
        lines = inspect.getsource(kind).splitlines()
        total += sum(bool(line.strip()) for line in lines)
    looped = (torch.nn.RNNBase, torch.nn.TransformerEncoderLayer, torch.nn.TransformerDecoderLayer)
    return total + sum(OF_A_LOOP for kind in kinds - own if issubclass(kind, looped))


@pytest.mark.parametrize("name", MODELS)
def test_the_graph_is_not_much_longer_than_the_source(name: str) -> None:
    model, inputs = made(name)
    text = converted(model, inputs).text
    assert statements(text) <= 1.5 * source_lines(model), text


def test_blocks_are_a_loop_and_modules_are_layers() -> None:
    model, inputs = made("gpt")
    text = converted(model, inputs).text
    assert "layer CausalSelfAttention(x) {" in text
    assert re.search(r"scan (\w+) = x times 3 unshared \{\n    next \1 = Block\(\1\) as h\n", text)
    assert "causal=true" in text
    assert "output y = ln_f @ wte.table.T" in text


@pytest.mark.parametrize("name", [n for n in MODELS if n not in ("graph", "last_state", "unet")])
def test_a_fixed_batch_is_made_free(name: str) -> None:
    model, inputs = made(name)
    found = converted(model, inputs, batch="N")
    more = tuple(torch.cat([x, x, x]) for x in inputs)
    _, outputs, _ = forward(found, more)
    for got, want in zip(outputs, results(model, more), strict=True):
        np.testing.assert_allclose(got, want.detach().numpy(), rtol=1e-5, atol=1e-5)


def test_a_free_batch_stays_free() -> None:
    model, inputs = made("gpt")
    free = {"idx": {0: torch.export.Dim("batch", min=2)}}
    found = converted(model, inputs, dynamic_shapes=free)
    assert "input idx: i64[N, 16]" in found.text
    more = torch.randint(0, 40, (5, 16))
    _, outputs, _ = forward(found, (more,))
    np.testing.assert_allclose(outputs[0], model(more).detach().numpy(), rtol=1e-5, atol=1e-5)


def test_batch_norm_can_be_trained_on() -> None:
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 3, 3), torch.nn.BatchNorm2d(3), torch.nn.ReLU())
    x = torch.randn(4, 1, 6, 6)
    found = converted(model.eval(), (x,))
    net = gradc.compile(found.text)
    outputs, _, states = net.forward(found.params, x=x.numpy(), state=found.states, training=True)
    want = model.train()(x)
    np.testing.assert_allclose(outputs[0], want.detach().numpy(), rtol=1e-5, atol=1e-5)
    (mean,) = [s for n, s in states.items() if n.endswith(".mean")]
    np.testing.assert_allclose(mean, model[1].running_mean.numpy(), rtol=1e-5, atol=1e-6)


class Odd(torch.nn.Module):
    def forward(self, x: Any) -> Any:
        return torch.fft.fft(x).real + torch.special.bessel_j0(x) + x.nonzero().sum()


def test_all_that_is_unsupported_is_told_at_once() -> None:
    with pytest.raises(gradc.GraphError) as failure:
        converted(Odd(), (torch.randn(3, 4),))
    told = [d.message for d in failure.value.diagnostics]
    assert len(told) == 4
    words = ("fft_fft", "real", "bessel_j0", "nonzero")
    assert all(any(word in t for t in told) for word in words)
    assert {d.code for d in failure.value.diagnostics} == {"E0602"}


def test_a_program_in_a_file_is_the_module(tmp_path: Any) -> None:
    from gradc.cli import main  # noqa: PLC0415

    model, inputs = made("mlp")
    program = torch.export.export(model, inputs)
    torch.export.save(program, tmp_path / "net.pt2")
    graph = tmp_path / "net.graph"
    assert main(["import", str(tmp_path / "net.pt2"), "-o", str(graph)]) == 0
    text = graph.read_text(encoding="utf-8")
    found = converted(model, inputs)
    assert text.partition("\n")[2] == found.text.partition("\n")[2]
    with np.load(tmp_path / "net.npz") as held:
        assert {n: held[n].tolist() for n in held} == {
            n: p.tolist() for n, p in found.params.items()
        }


@pytest.mark.parametrize("words", [["--set", "y=1"], ["--batch", "N"], ["--loss", "cross_entropy"]])
def test_a_setting_without_a_place_is_told(tmp_path: Any, capsys: Any, words: list[str]) -> None:
    from gradc.cli import main  # noqa: PLC0415

    class Sum(torch.nn.Module):
        def forward(self, x: Any, z: Any) -> Any:
            return x.sum() + z.sum()

    program = torch.export.export(Sum(), (torch.randn(3), torch.randn(4)))
    torch.export.save(program, tmp_path / "net.pt2")
    assert main(["import", str(tmp_path / "net.pt2"), *words]) == 1
    assert "error[E0603]" in capsys.readouterr().err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["net.pt2"]
