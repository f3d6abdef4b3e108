"""The transformer of `gpt` in two processes, each with half of the texts.

    gradc compile --target jax ../gpt/gpt.graph -o build/gpt_jax.py
    python processes.py

Each process is one that could be on a machine of its own: `jax.distributed` connects them.
"""

import os
import socket
import subprocess
import sys

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import numpy as np
from data import HERE, batch, differ, load, plain

COUNT = 2


def work(number: int, address: str) -> None:
    """What each process does."""
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.distributed.initialize(address, COUNT, number)
    gpt = load(HERE / "build" / "gpt_jax.py")
    mesh = jax.make_mesh((COUNT,), ("data",))
    places = gpt.placement(mesh)
    given = batch()
    mine = slice(number * len(given["ids"]) // COUNT, (number + 1) * len(given["ids"]) // COUNT)

    def placed(name, value, whole):
        return jax.make_array_from_process_local_data(places[name], np.asarray(value), whole)

    params = {n: placed(n, v, v.shape) for n, v in gpt.init_params(0).items()}
    texts = {n: placed(n, v[mine], v.shape) for n, v in given.items()}
    J, gradients = jax.jit(gpt.value_and_grad)(params, **texts)
    wanted_J, wanted = plain.value_and_grad(plain.init_params(0), **given)
    largest = differ({n: g.addressable_data(0) for n, g in gradients.items()}, wanted)
    found = float(J.addressable_data(0))
    if number == 0:
        print(f"{COUNT} processes: J = {found:.6f}, gradients within {largest:.0e} of NumPy's")
    assert abs(found - wanted_J) < 1e-5 and largest < 2e-5


if len(sys.argv) > 1:
    work(int(sys.argv[1]), sys.argv[2])
else:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    processes = [
        subprocess.Popen([sys.executable, __file__, str(number), address])
        for number in range(COUNT)
    ]
    codes = [process.wait() for process in processes]
    assert codes == [0] * COUNT
