"""The emitted digits MLP against a direct translation by hand: time and peak memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import handwritten
from benchmarks.paired import peak_bytes, ratio
from gradc.compiler import Options, compile_source, read

GRAPH = Path(__file__).parent.parent / "examples" / "digits" / "digits.graph"
BATCHES = (32, 256, 1437)


def emitted(level: int = 1) -> Any:
    """The functions of the module that gradc emits today."""
    namespace: dict[str, Any] = {"__name__": "digits"}
    exec(compile_source(read(str(GRAPH)), Options(level=level)).text, namespace)
    return namespace


def main() -> None:
    """Prints a row a batch size."""
    module = emitted()
    params = module["init_params"](0)
    print("digits MLP: emitted at -O1 by a direct NumPy translation")
    print(f"{'batch':>6}  {'time':>6}  {'peak of backward':>34}")
    for batch in BATCHES:
        rng = np.random.default_rng(0)
        x = rng.random((batch, 64), dtype=np.float32)
        label = rng.integers(0, 10, batch)

        def ours(x: Any = x, label: Any = label) -> object:
            return module["value_and_grad"](params, x=x, label=label)

        def theirs(x: Any = x, label: Any = label) -> object:
            return handwritten.value_and_grad(params, x=x, label=label)

        _agree(ours(), theirs())
        calls = max(20, 20_000 // batch)
        time = ratio(ours, theirs, pairs=41, calls=calls)
        saved = module["forward"](params, x=x, label=label)[1]
        kept, _ = handwritten.forward(params, x, label)
        a = peak_bytes(lambda saved=saved: module["backward"](saved))
        b = peak_bytes(lambda kept=kept: handwritten.backward(kept))
        print(f"{batch:>6}  {time:6.3f}  {a:>12,} B of {b:>12,} B: {a / b:.2f}")


def _agree(ours: Any, theirs: Any) -> None:
    assert abs(ours[0] - theirs[0]) < 1e-5 * abs(theirs[0])
    for name, gradient in theirs[1].items():
        np.testing.assert_allclose(ours[1][name], gradient, rtol=1e-4, atol=1e-6)


if __name__ == "__main__":
    main()
