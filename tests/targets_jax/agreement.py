"""Whether the JAX module of a graph and its NumPy module agree."""

import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradc.compiler import Options, compile_source
from gradc.library.loader import StandardLibrary
from gradc.source import Source
from gradc.targets.offered import target_of
from gradc.verification.emitted import Module, Point
from gradc.verification.sample import Sampler
from tests.targets_c.agreement import LEAST, RTOL, agree_on

os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")  # it compiles fast
jax = pytest.importorskip("jax")
jax.config.update("jax_enable_x64", True)

JAX = target_of("jax")
WEIGHT = 0.5  # of the loss, when `backward` is called


def agree(
    source: Source,
    options: Options | None = None,
    point: Point | None = None,
    library: StandardLibrary | None = None,
    rtol: Mapping[str, float] = RTOL,
) -> None:
    """Runs both at a point, or at one that `gradc verify` would draw, and compares the results."""
    options = options or Options()
    compilation = compile_source(source, options, library, target=JAX)
    plain = compile_source(source, replace(options, level=0), library)
    graph = plain.program.graph
    point = point or next(iter([*Sampler(graph, 0, {}).points(2)][1]))
    for part in compilation.program.parts:
        one_of = part.graph.loss if len(graph.losses) > 1 else None
        wanted, found = (Module(c.text, "net.py", one_of) for c in (plain, compilation))
        with numpy_draws():
            agree_at(wanted, found, point, rtol)


def agree_at(wanted: Module, found: Module, point: Point, rtol: Mapping[str, float] = RTOL) -> None:
    """Compares all that comes out of both at a point."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        (outputs, saved), (others, kept) = wanted.forward(point), found.forward(point)
    for name, value in outputs._asdict().items():
        agree_on(getattr(others, name), value, f"forward: {name}", LEAST, rtol)
    if not wanted.loss and not point.cotangents:
        return
    gradients = wanted.differentiated(saved, point, WEIGHT)
    got = found.differentiated(kept, point, WEIGHT)
    sizes = [np.abs(np.nan_to_num(g)).max(initial=0) for g in gradients.values()]
    largest = max(map(float, sizes), default=0.0)
    assert list(got) == list(gradients)
    for name, value in gradients.items():
        agree_on(got[name], value, f"backward: d{name}", largest, rtol)


@contextmanager
def numpy_draws() -> Iterator[None]:
    """JAX draws what NumPy draws: where no loop draws, both draw in one order."""
    generators: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:

        def drawing(method: str) -> Any:
            def draw(key: Any, shape: Any = (), dtype: Any = float) -> Any:
                rng = generators.setdefault("rng", np.random.default_rng(0))
                return jax.numpy.asarray(getattr(rng, method)(shape, np.dtype(dtype)))

            return draw

        patch.setattr(jax.random, "uniform", drawing("random"))
        patch.setattr(jax.random, "normal", drawing("standard_normal"))
        yield
