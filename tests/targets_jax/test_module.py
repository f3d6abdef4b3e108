"""What a module for JAX offers: transformations take it, doors speak, arguments have places."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from gradc.compiler import compile_source
from gradc.source import Source
from tests.targets_jax.agreement import JAX, agree, jax

PYTHON = [sys.executable, "-c"]
PARTS = """
dim B
input x: [B, 3]
param w: [3] = [1, 2, 3]
scan s = 0 over row in x {
    next s = s + tanh(row @ w)
    output sums = next s
}
output sums
loss J = sum(tile(sums, 2)) / B
"""


def module_of(text: str) -> Any:
    """The module of a graph, run."""
    made = ModuleType("net")
    exec(compile_source(Source("net.graph", text), target=JAX).text, made.__dict__)
    return made


def test_saved_goes_through_jit_with_its_sizes() -> None:
    """Sizes are no numbers that are traced: backward makes arrays of them."""
    net = module_of(PARTS)
    params, x = net.init_params(), np.linspace(-1, 1, 12).reshape(4, 3)
    outputs, saved = jax.jit(net.forward)(params, x=x)
    gradients = jax.jit(net.backward)(saved)
    plain, kept = net.forward(params, x=x)
    np.testing.assert_allclose(outputs.sums, plain.sums, rtol=1e-14)
    np.testing.assert_allclose(gradients["w"], net.backward(kept)["w"], rtol=1e-13)
    assert len(jax.tree.leaves(outputs)) == 2


def test_jax_differentiates_to_the_same() -> None:
    net = module_of(PARTS)
    params, x = net.init_params(), np.linspace(-1, 1, 12).reshape(4, 3)
    value, gradients = jax.jit(net.value_and_grad)(params, x=x)
    found, others = jax.value_and_grad(lambda p: net.forward(p, x=x)[0].J)(params)
    np.testing.assert_allclose(value, found, rtol=1e-14)
    np.testing.assert_allclose(gradients["w"], others["w"], rtol=1e-13)


def test_vmap_takes_it() -> None:
    net = module_of("input x: [3]\nparam w: [3] = 2\nloss J = sum(square(x * w))")
    batch = np.arange(12.0).reshape(4, 3)
    values, gradients = jax.vmap(lambda x: net.value_and_grad(net.init_params(), x=x))(batch)
    np.testing.assert_allclose(values, 4 * np.square(batch).sum(axis=1))
    np.testing.assert_allclose(gradients["w"], 4 * np.square(batch))


STARTS = """
zeros ones constant(2.5) constant(inf) normal(0.1) uniform(-1,2) glorot_uniform glorot_normal
he_uniform he_normal lecun_normal orthogonal eye =0 =-inf =nan =[1,inf,-nan] =[[1],[2],[3],[4]]
""".split()


@pytest.mark.parametrize("dtype", ["f32", "f64"])
@pytest.mark.parametrize("start", STARTS)
def test_init_params_gives_the_numbers_of_numpy(start: str, dtype: str) -> None:
    start = start.replace("=", "= ") if "=" in start else f"~ {start}"
    text = f"dtype {dtype}\nparam w: [4, 3] {start}\nparam b: [3]\nloss J = sum(w + b)"
    numbers: dict[str, Any] = {}
    exec(compile_source(Source("net.graph", text)).text, numbers)
    for name, value in numbers["init_params"](7).items():
        np.testing.assert_array_equal(module_of(text).init_params(7)[name], value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"x": np.zeros((2, 4))}, r"x: expected f64\[B, 3\], got float64\[2, 4\]"),
        ({"x": np.zeros((2, 3), complex)}, r"x: expected f64\[B, 3\], got complex128\[2, 3\]"),
        ({"x": np.zeros((2, 3)), "k": 5}, r"k: expected 0 <= k < 3, got 5"),
    ],
)
def test_doors_say_what_is_wrong(given: dict[str, Any], said: str) -> None:
    net = module_of(
        "dim B\ninput x: [B, 3]\ninput k: i64\nparam w: [3]\nloss J = cross_entropy((x + w)[0], k)"
    )
    with pytest.raises((TypeError, ValueError), match=said):
        net.forward(net.init_params(), **{"k": 0, **given})


def test_a_door_says_that_64_bits_are_off() -> None:
    text = compile_source(Source("net.graph", "param w = 1\nloss J = w * w"), target=JAX).text
    run = [*PYTHON, f"{text}\nforward(init_params())"]
    said = subprocess.run(run, capture_output=True, text=True, check=False)
    assert said.returncode == 1
    advice = "jax.config.update('jax_enable_x64', True)"
    assert f"TypeError: w: f64 needs 64 bits: {advice}" in said.stderr


def test_what_draws_takes_a_key_or_a_seed() -> None:
    net = module_of(
        "dtype f32\nparam w: [1000] = 1\nloss J = sum(dropout(w, 0.25) * random_normal([1000]))"
    )
    with pytest.raises(ValueError, match="rng: a key or a seed is needed"):
        net.forward(net.init_params())
    one, _ = jax.jit(net.forward, static_argnames="training")(
        net.init_params(), rng=jax.random.key(3), training=True
    )
    other, _ = net.forward(net.init_params(), rng=3, training=True)
    third, _ = net.forward(net.init_params(), rng=4, training=True)
    np.testing.assert_allclose(one.J, other.J, rtol=1e-5)
    assert abs(one.J - third.J) > 1e-3


@pytest.mark.parametrize("given", [{}, {"rng": None}, {"rng": 7}])
def test_what_draws_in_training_alone_needs_no_key_elsewhere(given: dict[str, Any]) -> None:
    net = module_of(
        "param w: [5] = 3\nscan h = w times 2 {\n    next h = dropout(h, 0.5)\n}\n"
        "loss J = sum(dropout(w, 0.25) * h)"
    )
    for call in (net.value_and_grad, jax.jit(net.value_and_grad)):
        J, gradients = call(net.init_params(), **given)
        assert J == 45
        np.testing.assert_array_equal(gradients["w"], np.full(5, 6.0))


def test_a_seed_is_any_integer_and_what_is_no_key_is_named() -> None:
    net = module_of("param w: [8] = 1\nloss J = sum(dropout(w, 0.5) * w)")

    def value(rng: Any) -> float:
        return float(net.forward(net.init_params(), rng=rng, training=True)[0].J)

    seeds = [3, np.int64(3), np.asarray(3), jax.numpy.asarray(3), jax.random.PRNGKey(3)]
    assert len({value(rng) for rng in seeds}) == 1
    traced = jax.jit(net.forward, static_argnames="training")
    assert float(traced(net.init_params(), rng=3, training=True)[0].J) == value(3)
    for wrong in ("3", 1.5, np.random.default_rng(0)):
        with pytest.raises(TypeError, match="rng: expected a key or a seed, got"):
            value(wrong)


def test_each_step_of_a_loop_draws_its_own() -> None:
    net = module_of(
        "param w = 1\nscan s = 0 times 5 {\n    next s = s + w\n"
        "    output seen = random_uniform([4])\n}\noutput seen\nloss J = s"
    )
    outputs, _ = net.forward(net.init_params(), rng=0)
    assert len(np.unique(np.asarray(outputs.seen))) == 20


def test_numbers_made_of_sizes_are_known_where_a_loop_is_traced() -> None:
    graph = (
        "from nn import BatchNorm\ndim B\ninput x: [B, 2]\n"
        "scan h = x times 2 unshared {\n    next h = tanh(BatchNorm(h) as norm)\n}\n"
        "loss J = sum(h * x)\n"
    )
    agree(Source("net.graph", graph))


PLACED = """
import os
os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=8"
import jax, numpy as np
exec(open({path!r}).read())
mesh = jax.make_mesh((4, 2), ("data", "model"))
for name, place in placement(mesh).items():
    print(name, place.spec)
print(placement(jax.make_mesh((8,), ("data",)))["W"].spec)
places = placement(mesh)
params = {{n: jax.device_put(v, places[n]) for n, v in init_params().items()}}
x = jax.device_put(np.ones((8, 6), np.float32), places["x"])
J, gradients = jax.jit(value_and_grad)(params, x=x)
print(float(J), gradients["W"].shape, len(x.addressable_shards))
"""


def test_arguments_have_places_on_a_mesh(tmp_path: Path) -> None:
    text = (
        "dtype f32\ndim B\ninput x: [B, 6]\nparam W: [6, 4] = 1\nparam b: [3]\n"
        "loss J = sum(x @ W) + sum(b)"
    )
    path = tmp_path / "net.py"
    path.write_text(compile_source(Source("net.graph", text), target=JAX).text)
    run = [*PYTHON, PLACED.format(path=str(path))]
    said = subprocess.run(run, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert said.stdout.replace("PartitionSpec", "P").splitlines() == [
        "W P('model', None)",
        "b P(None,)",
        "x P('data', None)",
        "P(None, None)",
        "192.0 (6, 4) 8",
    ]
