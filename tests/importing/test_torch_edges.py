"""What models of torch give and are given at the edges: no axes, the same twice, weights, sizes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional

import gradc  # noqa: E402
from gradc.cli import main  # noqa: E402
from tests.importing.torch_agreement import agree, converted, forward, named_inputs  # noqa: E402


class Scaled(nn.Module):
    """A block with a weight that is a single number."""

    def __init__(self) -> None:
        super().__init__()
        self.gain, self.linear = nn.Parameter(torch.tensor(0.3)), nn.Linear(4, 4)

    def forward(self, x: Any) -> Any:
        return x + self.gain * torch.tanh(self.linear(x))


class Numbers(nn.Module):
    """Weights and inputs that are single numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(0.5))
        self.powers = nn.ParameterList([nn.Parameter(torch.tensor(float(i))) for i in (1, 2)])
        self.blocks = nn.Sequential(*[Scaled() for _ in range(3)])
        self.register_buffer("part", torch.tensor(0.5))

    def forward(self, x: Any, t: Any) -> Any:
        factor = torch.exp(self.scale) * t ** self.powers[1] + self.powers[0] * self.part
        return factor, factor * self.blocks(x)


def test_a_weight_that_is_a_number_has_no_axis() -> None:
    torch.manual_seed(0)
    found = agree(Numbers(), (torch.randn(2, 4), torch.tensor(1.5)))
    numbers = [n for n, p in found.params.items() if not p.shape]
    assert len(numbers) == 3 + 3, found.text
    assert "param scale\n" in found.text


class Given(nn.Module):
    """The same value twice, the input itself, weights and buffers, as outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.linear, self.norm = nn.Linear(4, 3), nn.BatchNorm1d(3)
        self.alone = nn.Parameter(torch.randn(2))
        self.register_buffer("few", torch.tensor([1.0, 2.0]))
        self.register_buffer("many", torch.randn(40))

    def forward(self, x: Any) -> Any:
        y = self.norm(self.linear(x))
        held = (self.alone, self.linear.bias, self.norm.running_mean, self.few, self.many)
        return y, x, y, y.view(-1, 3), self.alone.view_as(self.few), *held


def test_each_output_of_the_model_is_one_of_the_graph() -> None:
    torch.manual_seed(0)
    x, model = torch.randn(2, 4), Given().eval()
    found = converted(model, (x,))
    net, outputs, saved = forward(found, (x,))
    wanted = model(x)
    for got, want in zip(outputs, wanted, strict=True):
        np.testing.assert_allclose(got, want.detach().numpy(), rtol=1e-6, atol=1e-6)
    cotangents = [torch.randn_like(w) for w in wanted]
    differentiable = [(w, c) for w, c in zip(wanted, cotangents, strict=True) if w.requires_grad]
    torch.autograd.backward(*zip(*differentiable, strict=True))
    names = zip(outputs._fields, wanted, cotangents, strict=True)
    given = {f"d{n}": c.numpy() for n, w, c in names if w.requires_grad}
    gradients = net.backward(saved, **given)
    for name, weight in (("alone", model.alone), ("linear.b", model.linear.bias)):
        np.testing.assert_allclose(gradients[name], weight.grad.numpy(), rtol=1e-5, atol=1e-6)


class Doing(nn.Module):
    def __init__(self, do: Any):
        super().__init__()
        self.do = do

    def forward(self, *given: Any) -> Any:
        return self.do(*given)


HALF = torch.export.Dim("half")


@pytest.mark.parametrize(
    ("do", "axes", "sizes", "said"),
    [
        (lambda x: sum(x.chunk(2)), [2 * HALF], lambda n: [2 * n], "[2 * N, 3]"),
        (
            lambda x, y: x.reshape(2, -1, 3)[0] + y,
            [2 * HALF, HALF],
            lambda n: [2 * n, n],
            "[2 * N, 3]",
        ),
        (
            lambda x: x[1:].reshape(2, -1, 3),
            [2 * HALF + 1],
            lambda n: [2 * n + 1],
            "[2 * N + 1, 3]",
        ),
    ],
)
def test_an_axis_may_be_so_many_times_a_free_size(
    do: Any, axes: Any, sizes: Any, said: str
) -> None:
    inputs = tuple(torch.randn(n, 3) for n in sizes(3))
    found = converted(Doing(do), inputs, dynamic_shapes=(tuple({0: a} for a in axes),))
    assert said in found.text
    assert "dim N\n" in found.text
    for n in (1, 2, 5):
        longer = tuple(torch.randn(size, 3) for size in sizes(n))
        outputs, *_ = gradc.compile(found.text).forward(**named_inputs(found, longer))
        np.testing.assert_allclose(outputs[0], do(*longer).numpy(), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("draw", ["rand(2, 3)", "randn(2, 3)", "rand_like(x)", "randn_like(x)"])
def test_draws_are_those_of_the_caller(draw: str) -> None:
    found = converted(Doing(lambda x: x + eval(f"torch.{draw}")), (torch.zeros(2, 3),))
    net = gradc.compile(found.text)
    given = named_inputs(found, (torch.zeros(2, 3),))
    drawn, again, other = (net.forward(**given, rng=seed)[0][0] for seed in (0, 0, 1))
    assert (drawn == again).all()
    assert (drawn != other).all()
    assert len(set(drawn.ravel().tolist())) == drawn.size


class Complex(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("turns", torch.view_as_complex(torch.randn(3, 2)))

    def forward(self, x: Any) -> Any:
        return x * self.turns.real


@pytest.mark.parametrize(
    ("model", "inputs"),
    [
        (Complex(), (torch.randn(3),)),
        (Doing(lambda z: z.real), (torch.view_as_complex(torch.randn(3, 2)),)),
        (Doing(lambda z: z.float()), (torch.randn(3).to(torch.float8_e4m3fn),)),
    ],
)
def test_inputs_and_buffers_of_other_element_types_are_told(model: Any, inputs: Any) -> None:
    with pytest.raises(gradc.GraphError, match=r"there are no (complex64|float8_e4m3fn) values"):
        converted(model, inputs)


@pytest.mark.parametrize(("words", "said"), [(["n=3"], ""), (["n=4"], "n"), (["m=3"], "m")])
def test_a_number_of_python_is_what_the_program_was_exported_for(
    tmp_path: Any, capsys: Any, words: list[str], said: str
) -> None:
    program = torch.export.export(Doing(lambda x, n: x * n), (torch.randn(2), 3))
    name = program.graph_signature.input_specs[1].arg.name
    torch.export.save(program, tmp_path / "net.pt2")
    settings = [w.replace("n=", f"{name}=") for w in words]
    status = main(["import", str(tmp_path / "net.pt2"), "-o", "-", "--set", *settings])
    told = capsys.readouterr()
    assert status == (1 if said else 0)
    if said:
        assert "error[E0603]" in told.err
        assert ("exported for 3" if said == "n" else "no input") in told.err
    else:
        assert "* 3\n" in told.out
