"""Programs of torch: cells and weights of modules, gradients turned off, and what is refused."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional

import gradc  # noqa: E402
from tests.importing.torch_agreement import agree, converted  # noqa: E402


class Recurrence(nn.Module):
    """A cell that is called step by step."""

    def __init__(self, cell: Any, states: int):
        super().__init__()
        self.cell, self.states = cell, states

    def forward(self, x: Any) -> Any:
        h = torch.zeros(2, 5)
        state = (h, h) if self.states > 1 else h
        for t in range(3):
            state = self.cell(x[:, t], state)
        return state[0] + state[1] if self.states > 1 else state


@pytest.mark.parametrize(
    ("cell", "states"),
    [
        (nn.LSTMCell(4, 5), 2),
        (nn.LSTMCell(4, 5, bias=False), 2),
        (nn.GRUCell(4, 5), 1),
        (nn.RNNCell(4, 5), 1),
        (nn.RNNCell(4, 5, nonlinearity="relu"), 1),
    ],
)
def test_cells(cell: Any, states: int) -> None:
    torch.manual_seed(0)
    found = agree(Recurrence(cell, states), (torch.randn(2, 3, 4),))
    assert len(found.params) == len(list(cell.parameters()))


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("batch_first", [False, True])
def test_recurrent_layers_with_relu(layers: int, batch_first: bool) -> None:
    torch.manual_seed(0)
    words = {"num_layers": layers, "bidirectional": layers > 1, "batch_first": batch_first}
    net = nn.RNN(4, 5, nonlinearity="relu", **words)
    found = agree(net, (torch.randn(3, 2, 4),))
    assert len(found.params) == 3 * layers**2


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_bags_of_embeddings(mode: str) -> None:
    torch.manual_seed(0)
    found = agree(nn.EmbeddingBag(7, 3, mode=mode), (torch.randint(0, 7, (4, 5)),))
    assert f"{mode}(" in found.text


@pytest.mark.parametrize("mode", ["sum", "mean"])
def test_bags_that_begin_at_places_of_the_caller(mode: str) -> None:
    torch.manual_seed(0)
    bags = nn.EmbeddingBag(7, 3, mode=mode)
    agree(bags, (torch.randint(0, 7, (6,)), torch.tensor([0, 2, 2])))


@pytest.mark.parametrize("dim", [0, 1])
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_weights_of_a_length_of_their_own(dim: int) -> None:
    torch.manual_seed(0)
    normed = nn.utils.parametrizations.weight_norm(nn.Linear(4, 3), dim=dim)
    agree(nn.Sequential(normed, nn.Tanh()), (torch.randn(2, 4),))
    older = nn.utils.weight_norm(nn.Conv1d(4, 3, 2), dim=dim)
    agree(nn.Sequential(older, nn.Tanh()), (torch.randn(2, 4, 5),))


class WithoutGradients(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 4)

    def forward(self, x: Any) -> Any:
        with torch.no_grad():
            scale = self.linear(x).std()
            shift = x.mean() * 2
        return self.linear(x) / scale + shift


def test_what_stands_in_no_grad_has_no_gradient() -> None:
    torch.manual_seed(0)
    found = agree(WithoutGradients(), (torch.randn(3, 4),))
    assert found.text.count("stop_gradient(") == 2


def test_no_grad_within_a_call_of_a_module() -> None:
    torch.manual_seed(0)
    agree(nn.Sequential(nn.Linear(4, 4), WithoutGradients()), (torch.randn(3, 4),))


def test_gradients_by_an_input_end_at_no_grad() -> None:
    class Scaled(nn.Module):
        def forward(self, x: Any) -> Any:
            with torch.no_grad():
                scale = x.exp()
            return x * scale

    x = torch.randn(3, requires_grad=True)
    found = converted(Scaled(), (x,))
    net = gradc.compile(f"{found.text}\nwrt x\n")
    _, saved = net.forward(x=x.detach().numpy())
    np.testing.assert_allclose(
        net.backward(saved, dy=np.ones(3, "f4"))["x"], x.exp().detach().numpy(), rtol=1e-6
    )


@pytest.mark.parametrize("momentum", [0.1, 0.01, 0.5])
def test_batch_norm_of_any_momentum(momentum: float) -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(2, 3, 2), nn.BatchNorm2d(3, momentum=momentum, eps=1e-3)).eval()
    found = agree(net, (torch.randn(2, 2, 4, 4),))
    assert (f"momentum={momentum}" in found.text) == (momentum != 0.1)
    x = torch.randn(2, 2, 4, 4)
    built = gradc.compile(found.text)
    _, _, states = built.forward(found.params, x=x.numpy(), training=True, state=found.states)
    net.train()(x)
    (moved,) = (s for n, s in states.items() if n.endswith("mean"))
    np.testing.assert_allclose(moved, net[1].running_mean.numpy(), rtol=1e-5, atol=1e-6)


class Doing(nn.Module):
    def __init__(self, do: Callable[..., Any]):
        super().__init__()
        self.do = do

    def forward(self, x: Any) -> Any:
        return self.do(x)


def refused(do: Callable[..., Any], *inputs: Any) -> list[tuple[str, str]]:
    """The messages and helps of what is refused."""
    with pytest.raises(gradc.GraphError) as failure:
        converted(Doing(do), inputs)
    told = [part.partition("\n") for part in str(failure.value).split("error[E0602]: ")[1:]]
    return [(message, rest) for message, _, rest in told]


def within(x: Any) -> Any:
    with torch.no_grad():
        y = torch.nonzero(x).sum()
    return x + y


WITHOUT: list[tuple[Callable[..., Any], str, str]] = [
    (lambda x: F.interpolate(x[None], scale_factor=2, mode="bicubic"), "bicubic", "bilinear"),
    (lambda x: torch.cond(x.sum() > 0, lambda a: a * 2, lambda a: a - 1, (x,)), "branch", "where"),
    (within, "nonzero", "torch.where"),
    (lambda x: torch.fft.rfft(x).real, "fft_rfft", ""),
    (lambda x: x.scatter_reduce(2, x.argsort(), x, "prod"), "prod", "amax"),
    (lambda x: torch.linalg.svd(x).U, "full matrices", "full_matrices=False"),
]


@pytest.mark.parametrize(("do", "said", "remedy"), WITHOUT)
def test_what_has_no_counterpart_is_told_with_a_remedy(
    do: Callable[..., Any], said: str, remedy: str
) -> None:
    message, helps = refused(do, torch.randn(3, 4, 5))[0]
    assert said in message
    assert "= help: " in helps
    assert remedy in helps


def test_operations_that_are_not_there_are_told_first_and_behind_what_does_not_fit() -> None:
    def do(x: Any) -> Any:
        squared = torch.linalg.svd(x).U
        return torch.fft.rfft(squared).real + torch.nonzero(x).sum()

    messages = [m.partition(":")[0] for m, _ in refused(do, torch.randn(4, 5))]
    assert messages == ["fft_rfft", "real", "nonzero", "linalg_svd"]
