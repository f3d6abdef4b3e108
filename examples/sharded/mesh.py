"""The transformer of `gpt` on a mesh of eight devices: by data, by model, and by both.

    gradc compile --target jax ../gpt/gpt.graph -o build/gpt_jax.py
    python mesh.py

The processor stands in for eight devices. On a machine that has them, leave out the first lines.
"""

import os

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=8"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
from data import HERE, batch, differ, load, plain

jax.config.update("jax_enable_x64", True)  # characters are 64-bit integers
gpt = load(HERE / "build" / "gpt_jax.py")
given = batch()
J, wanted = plain.value_and_grad(plain.init_params(0), **given)


@jax.jit
def step(params, given):
    """A step of gradient descent."""
    J, gradients = gpt.value_and_grad(params, **given)
    return J, gradients, {n: p - 0.5 * gradients[n] for n, p in params.items()}


for data, model in ((8, 1), (1, 8), (4, 2), (2, 4)):
    mesh = jax.make_mesh((data, model), ("data", "model"))
    places = gpt.placement(mesh)
    params = {n: jax.device_put(v, places[n]) for n, v in gpt.init_params(0).items()}
    texts = {n: jax.device_put(v, places[n]) for n, v in given.items()}
    found, gradients, params = step(params, texts)
    largest = differ(gradients, wanted)
    devices = {len(p.sharding.device_set) for p in params.values()}
    split = sum(p.sharding.shard_shape(p.shape) != p.shape for p in params.values())
    for _ in range(20):
        last, _, params = step(params, texts)
    print(
        f"data {data}, model {model}: gradients within {largest:.0e} of NumPy's, {split} of"
        f" {len(params)} parameters split, J = {found:.4f}, {last:.4f} after 20 steps more"
    )
    assert devices == {8}
    assert abs(found - J) < 1e-5 and largest < 2e-5
    assert last < found - 1
