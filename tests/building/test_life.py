"""Extensions in threads, over many calls, and how long a call takes."""

import gc
import pickle
import sys
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.building.agreement import same
from tests.building.made import extension, needs_compiler

pytestmark = needs_compiler

ROOT = Path(__file__).parents[2]
NET = """
dtype f32
dim B
input x: [B, 8]
input y: i64[B]
param W: [8, 4] ~ he_normal
param b: [4] = 0
output z = tanh(x @ W + b)
loss J = cross_entropy(z, y)
"""


def arguments(size: int, seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(size, 8)).astype(np.float32)
    return {"x": x, "y": rng.integers(4, size=size)}


def test_threads_do_not_meet() -> None:
    built = extension(NET)
    params = built.init_params()

    def work(number: int) -> None:
        given = arguments(3 + 50 * (number % 7), number)
        wanted = built.value_and_grad(params, **given)
        for _ in range(50):
            found = built.value_and_grad(params, **given)
            assert found[0] == wanted[0]
            np.testing.assert_array_equal(found[1]["W"], wanted[1]["W"])
            _, saved = built.forward(params, **given)
            np.testing.assert_allclose(built.backward(saved)["W"], wanted[1]["W"], 1e-4, 1e-6)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(16)))


def test_several_may_go_back_from_one_place() -> None:
    built = extension(NET)
    _, saved = built.forward(built.init_params(), **arguments(300))
    wanted = built.backward(saved)["W"]
    with ThreadPoolExecutor(4) as pool:
        for slopes in pool.map(lambda _: built.backward(saved), range(200)):
            np.testing.assert_array_equal(slopes["W"], wanted)


def test_others_run_meanwhile() -> None:
    """A call lets go of Python: a thread that counts goes on."""
    built = extension("dim N\ninput x: [N]\nparam w = 1\nloss J = sum(sin(exp(x * w)))\n")
    x = np.linspace(0, 1, 2_000_000)
    done, count = threading.Event(), [0]

    def tick() -> None:
        while not done.is_set():
            count[0] += 1
            time.sleep(0.0002)

    before = sys.getswitchinterval()
    sys.setswitchinterval(10)  # who holds Python, keeps it
    thread = threading.Thread(target=tick)
    try:
        thread.start()
        start = count[0]
        for _ in range(5):
            built.forward({"w": 1.0}, x=x)
        assert count[0] - start > 5
    finally:
        sys.setswitchinterval(before)
        done.set()
        thread.join()


def test_nothing_is_left_behind() -> None:
    built = extension(NET)
    params, given, wrong = built.init_params(), arguments(16), arguments(16)
    wrong["y"][0] = 9
    lists = {"x": given["x"].tolist(), "y": given["y"][::-1]}

    def call() -> None:
        built.value_and_grad(params, **given)
        built.value_and_grad(params, **lists)
        built.predict(params, x=given["x"])
        _, saved = built.forward(params, **given)
        built.backward(saved)
        built.backward(saved=saved, dJ=2)
        for bad in (wrong, {"x": 1}, {"z": 2}):
            with pytest.raises((ValueError, TypeError)):
                built.forward(params, **bad)
        with pytest.raises(TypeError):
            built.backward(saved, dJ=1j)

    for _ in range(20):
        call()
    counts = [sys.getrefcount(v) for v in (*params.values(), *given.values(), None, 1.0)]
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.take_snapshot()
        for _ in range(1000):
            call()
        gc.collect()
        grown = tracemalloc.take_snapshot().compare_to(before, "filename")
    finally:
        tracemalloc.stop()
    assert sum(max(g.size_diff, 0) for g in grown if "tracemalloc" not in str(g.traceback)) < 50_000
    after = [sys.getrefcount(v) for v in (*params.values(), *given.values(), None, 1.0)]
    assert all(a - b < 50 for a, b in zip(after, counts, strict=True))


def test_memory_stays_where_it_is() -> None:
    resource = pytest.importorskip("resource")
    built = extension(NET)
    params, given = built.init_params(), arguments(2000)
    for _ in range(100):
        built.value_and_grad(params, **given)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(10_000):
        built.value_and_grad(params, **given)
        built.forward(params, **given)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # kB


def test_two_of_one_name_are_two(tmp_path: Path) -> None:
    """Each has its own state, and none sees the functions of another."""
    one, other = (
        extension("param w = 2\nloss J = w * w\n"),
        extension("param w = 2\nloss J = 3 * w\n"),
    )
    assert one.value_and_grad({"w": 2.0}) == (4.0, {"w": 4.0})
    assert other.value_and_grad({"w": 2.0}) == (6.0, {"w": 3.0})


def test_outputs_can_be_pickled(monkeypatch: pytest.MonkeyPatch) -> None:
    built = extension("param w = 2\noutput y = w * [1, 2]\nloss J = w\n")
    monkeypatch.setitem(sys.modules, "net", built)
    outputs, saved = built.forward({"w": 2.0})
    same(pickle.loads(pickle.dumps(outputs)), outputs)
    with pytest.raises(TypeError, match=r"cannot pickle 'net.Saved' object"):
        pickle.dumps(saved)


def test_a_call_takes_little() -> None:
    """14 arrays are looked at in a few microseconds, and a graph of numbers takes less."""
    names = [f"w{i}" for i in range(12)]
    text = "dim B\ninput x: [B, 4]\ninput y: [B]\n"
    text += "".join(f"param {name}: [4] = 1\n" for name in names)
    built = extension(f"{text}loss J = sum(x @ ({' + '.join(names)})) + sum(y)\n")
    params = built.init_params()
    given = {"x": np.ones((2, 4)), "y": np.ones(2)}
    scalars = extension("input x\nparam w = 2\nloss J = (w * x) ** 2\n")
    single = {"w": 2.0}
    assert per_call(lambda: built.forward(params, **given)) < 20e-6
    assert per_call(lambda: scalars.value_and_grad(single, x=2.0)) < 5e-6


def per_call(call: Any) -> float:
    """Seconds of the processor that a call takes: the best of several rounds."""
    best = float("inf")
    for _ in range(20):
        start = time.process_time()
        for _ in range(200):
            call()
        best = min(best, (time.process_time() - start) / 200)
    return best
