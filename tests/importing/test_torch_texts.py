"""What import writes is a graph: names, constants and free sizes that stand in each other's way."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional

import gradc  # noqa: E402
from gradc.diagnostics import DiagnosticError  # noqa: E402
from gradc.importing import imported as imported_module  # noqa: E402
from gradc.importing.making import Making  # noqa: E402
from tests.importing.torch_agreement import agree, converted, forward, results  # noqa: E402


class B(nn.Module):
    """A block whose class is called as a dimension, and a layer of it as a function."""

    def __init__(self) -> None:
        super().__init__()
        self.tanh, self.norm = nn.Linear(4, 4), nn.LayerNorm(4)

    def forward(self, x: Any) -> Any:
        y = self.norm(torch.tanh(self.tanh(x)))
        return self.norm(y + x)


class Picked(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.table, self.out = nn.Embedding(5, 4), nn.Linear(4, 5)

    def forward(self, x: Any) -> Any:
        x = x + self.table(torch.tensor(2)) + self.table(torch.tensor([1, 1, 4])).sum(0)
        return self.out(x)


class Left(nn.Module):
    """Losses in which labels of -100 do not count, as is torch's default."""

    def __init__(self) -> None:
        super().__init__()
        self.out = nn.Linear(4, 5)

    def forward(self, x: Any, label: Any) -> Any:
        z = self.out(x)
        known = torch.tensor([0, -100, 4])
        return (
            F.cross_entropy(z, known)
            + F.cross_entropy(z, label)
            + F.cross_entropy(z, label.abs() % 5)
        )


def drawn(*shape: int) -> Any:
    torch.manual_seed(5)
    return torch.randn(*shape)


def test_names_that_stand_for_other_things_are_others() -> None:
    x = drawn(3, 4)
    found = agree(nn.Sequential(B(), B()).eval(), (x,), batch="B")
    assert "dim B\n" in found.text


def test_rows_of_a_table_that_are_known() -> None:
    agree(Picked(), (drawn(3, 4),))


def test_labels_that_do_not_count() -> None:
    agree(Left(), (drawn(3, 4), torch.tensor([-100, 2, 1])))


class Written(nn.Module):
    """Sizes of the batch that are written out."""

    def __init__(self) -> None:
        super().__init__()
        self.out = nn.Linear(4, 8)

    def forward(self, x: Any) -> Any:
        n = x.shape[0]
        y = self.out(x).view(n * 2, 4) + torch.zeros(n * 2, 1)
        y = torch.cat([y, torch.ones(n * 2, 2)], 1).view(n, 2, 6).transpose(0, 1).reshape(2, n * 6)
        return y.reshape(2, n, 6).sum((0, 2)) + torch.arange(n)


@pytest.mark.parametrize("size", [1, 2, 8])
def test_a_batch_whose_size_is_written_out_is_made_free(size: int) -> None:
    model = Written().eval()
    found = converted(model, (drawn(size, 4),), batch="B")
    for more in (1, 2, 8, 5):
        x = drawn(more, 4)
        _, outputs, _ = forward(found, (x,))
        want = results(model, (x,))[0].detach()
        assert torch.allclose(torch.from_numpy(outputs[0]), want, atol=1e-5)


def test_a_text_that_is_no_graph_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    real = imported_module.text_of

    def broken(*arguments: Any) -> Any:
        sheet = real(*arguments)
        sheet.text = sheet.text.replace("sin(", "sine(")
        return sheet

    monkeypatch.setattr(imported_module, "text_of", broken)
    with pytest.raises(gradc.GraphError, match=r"the graph that comes of it: .*`sine`"):
        converted(nn.Sequential(Sine()), (drawn(3, 4),))


class Sine(nn.Module):
    def forward(self, x: Any) -> Any:
        return torch.sin(x)


def test_a_model_without_outputs_is_refused() -> None:
    making = Making()
    making.input("x", "f32", (3,))
    with pytest.raises(DiagnosticError, match="it has no outputs"):
        imported_module.imported(making)


def test_projections_of_a_recurrent_layer_are_refused() -> None:
    with pytest.raises(gradc.GraphError, match="with projections"):
        converted(nn.LSTM(4, 6, proj_size=3), (drawn(2, 3, 4),))


class Placed(nn.Module):
    """A block with a table of its own, one of whole numbers, and one that all blocks share."""

    def __init__(self, shared: Any, seed: int):
        super().__init__()
        self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 4)
        rng = torch.Generator().manual_seed(seed)
        self.register_buffer("place", torch.randn(12, 4, generator=rng))
        self.register_buffer("order", torch.arange(144).reshape(12, 12) * 7 % 11)
        self.register_buffer("shared", shared)

    def forward(self, x: Any) -> Any:
        return self.b(torch.tanh(self.a(x + self.place)))[self.order].mean(1) * self.shared


class Tables(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        shared = torch.linspace(0, 1, 48).reshape(12, 4) ** 2
        self.register_buffer("scale", torch.linspace(1, 2, 40).sqrt())
        self.blocks = nn.ModuleList(Placed(shared, seed) for seed in range(3))
        self.head = nn.Linear(4, 40)

    def forward(self, x: Any) -> Any:
        for block in self.blocks:
            x = block(x)
        return self.head(x) * self.scale


def test_tables_of_numbers_are_parameters_that_are_not_learned() -> None:
    torch.manual_seed(2)
    model, x = Tables().eval(), drawn(12, 4)
    found = converted(model, (x,))
    assert not found.states
    net = gradc.compile(found.text)
    outputs, saved = net.forward(found.params, x=x.numpy())
    want = model(x)
    torch.testing.assert_close(torch.from_numpy(outputs[0]), want.detach(), rtol=1e-5, atol=1e-5)
    gradients = net.backward(saved, dy=torch.ones_like(want).numpy())
    want.sum().backward()
    assert sum(g.size for g in gradients.values()) == sum(p.numel() for p in model.parameters())
    total = sum(float((g**2).sum()) for g in gradients.values())
    assert total == pytest.approx(
        sum(float((p.grad**2).sum()) for p in model.parameters()), rel=1e-5
    )
    assert "times 3 unshared" in found.text
    assert found.text.rstrip().splitlines()[-1] == "wrt blocks.a, blocks.b, head"


class Named(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.out = nn.Linear(4, 4)

    def forward(self, x: Any) -> Any:
        first, second = x.sin() * 2, x.cos() * 3
        both = torch.exp(first * second + x).sum(-1, keepdim=True)
        left, right = torch.tanh(x).chunk(2, -1)
        return self.out(both * first) + both * second + torch.cat([left * right, right], -1)


def test_values_have_the_names_of_the_source() -> None:
    text = agree(Named(), (drawn(3, 4),)).text
    assert "\nfirst = sin(x) * 2\nsecond = cos(x) * 3\n" in text
    assert "\nboth = sum(exp(first * second + x), axis=-1, keepdims=true)\n" in text
    assert "\nleft, right = split(tanh(x), 2, axis=-1)\n" in text


def test_a_file_whose_batch_is_written_out_is_to_be_exported_with_a_free_one(
    tmp_path: Any, capsys: Any
) -> None:
    from gradc.cli import main  # noqa: PLC0415

    program = torch.export.export(Written().eval(), (drawn(8, 4),))
    torch.export.save(program, tmp_path / "net.pt2")
    assert main(["import", str(tmp_path / "net.pt2"), "--batch", "B"]) == 1
    told = capsys.readouterr().err
    assert "error[E0602]" in told
    assert "2*B is not 16" in told
    assert "`dynamic_shapes`" in told
    assert sorted(p.name for p in tmp_path.iterdir()) == ["net.pt2"]
