"""Whether the C of a graph and its NumPy module agree."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gradc.compiler import Options, compile_source
from gradc.source import Source
from gradc.targets.offered import target_of
from gradc.verification.emitted import Module, Point
from gradc.verification.sample import Sampler
from tests.targets_c.built import Built, build

C = target_of("c")
RTOL = {"float64": 1e-12, "float32": 1e-5}
LEAST = 1e-3  # numbers below are compared as if they were as large
WEIGHT = 0.5  # of the loss, when `backward` is called


def agree(
    source: Source,
    folder: Path,
    options: Options,
    *flags: str,
    compiler: str = "cc",
    kind: type[Built] = Built,
    linked: Sequence[str] = (),
) -> None:
    """Runs both at a point that `gradc verify` would draw, and compares all that comes out."""
    compilation = compile_source(source, options, target=target_of("c", options.blas))
    plain = compile_source(source, replace(options, level=0))
    library = build([compilation], folder, *flags, compiler=compiler, linked=linked)
    built = kind(compilation, library)
    point = next(iter([*Sampler(plain.program.graph, 0, {}).points(2)][1]))
    several = len(plain.program.graph.losses) > 1
    for part in built.program.parts:
        module = Module(plain.text, "net.py", part.graph.loss if several else None)
        agree_at(built, part, module, point)


def agree_at(
    built: Built, part: Any, module: Module, point: Point, rtol: Mapping[str, float] = RTOL
) -> None:
    """Compares all that comes out of both at a point."""

    def has(outputs: Any, name: str) -> bool:
        return module.argument("outputs", name) in getattr(outputs, "_fields", ())

    def close(found: Any, wanted: Any, what: str, largest: float = LEAST) -> None:
        agree_on(found, wanted, what, largest, rtol)

    outputs, _ = module.forward(point)
    gradients = module.gradients(point, WEIGHT) if part.graph.gradients else {}
    found, slopes = built.backward(part, point, WEIGHT)
    for entry, got in zip(built.graph.outputs, found, strict=True):
        close(got, module.output(outputs, entry.name), f"forward: {entry.name}")
    # What cancels is as exact as what it is made of.
    sizes = [np.abs(np.nan_to_num(g)).max(initial=0) for g in gradients.values()]
    largest = max(map(float, sizes), default=0.0)
    if part.graph.loss is not None:
        # The slope of a function that is saturated is what rounding leaves of the loss.
        kind = "float32" if module.is_single else "float64"
        lost = 64 * np.finfo(kind).eps * abs(module.value(point))
        largest = max(largest, float(np.nan_to_num(lost)) / rtol[kind])
    for name, got in zip(part.graph.wrt, slopes, strict=True):
        close(got, gradients[name], f"backward: d{name}", largest)
    if built.program.predicted:
        wanted = module.predict(point)
        for name, got in built.predict(point).items():
            # Without -O a value may need more inputs, and is no part of what NumPy predicts.
            told = [module.output(w, name) for w in (wanted, outputs) if has(w, name)]
            close(got, told[0], f"predict: {name}")
    if part.whole is not None:
        value, slopes = built.value_and_grad(part, point)
        close(
            value,
            np.float32(module.value(point)) if module.is_single else module.value(point),
            "value",
        )
        once = module.gradients(point)
        for name, got in zip(part.graph.wrt, slopes, strict=True):
            close(got, once[name], f"value_and_grad: d{name}", largest / WEIGHT)


def agree_on(
    found: Any,
    wanted: Any,
    what: str,
    largest: float = LEAST,
    rtol: Mapping[str, float] = RTOL,
) -> None:
    """Numbers of a type agree, to a part of the largest where they are small."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    assert found.shape == wanted.shape, what
    if wanted.dtype.kind != "f":
        np.testing.assert_array_equal(found, wanted, what)
        return
    tol = rtol[str(wanted.dtype)]
    finite = np.abs(wanted[np.isfinite(wanted)])
    atol = tol * max(float(finite.max()) if finite.size else 0.0, largest)
    np.testing.assert_allclose(found, wanted, rtol=tol, atol=atol, err_msg=what)
