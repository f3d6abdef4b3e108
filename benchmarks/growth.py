"""What a unit of work costs as there is more of it: steps, examples, layers, statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import numpy as np

from benchmarks.contenders import HAND, prepared
from benchmarks.rounds import timed
from benchmarks.table import NONE, markdown
from benchmarks.work import Absent, Case, Row, Step, Values, Work, work_called

_COLUMNS = (HAND, "-O0", "-O1", "-O2", "JAX")
_FLAT = 1.2  # times the cost of a unit where there is least, and it still counts as flat
_SECONDS = 5.0


@dataclass(frozen=True)
class Series:
    """A work of several sizes."""

    unit: str
    counts: Sequence[int]
    case: Callable[[int], tuple[Work, Row]]
    columns: Sequence[str] = _COLUMNS


def growth(series: Series, seconds: float = _SECONDS) -> str:
    """Microseconds for a unit, at each count; at the end whether that stays the same."""
    steps: dict[str, Step] = {}
    for count in series.counts:
        case = Case.of(*series.case(count))
        for name in series.columns:
            try:
                steps[f"{name} {count}"] = prepared(case, name)
            except Absent:
                continue
    taken = {name: median(found) for name, found in timed(steps, seconds).items()}

    def each(name: str, count: int) -> float | None:
        found = taken.get(f"{name} {count}")
        return None if found is None else found / count * 1e6

    lines = []
    for count in series.counts:
        cells = [each(name, count) for name in series.columns]
        lines.append([f"{count:,}", *[NONE if c is None else f"{c:,.4g}" for c in cells]])
    first, last = series.counts[0], series.counts[-1]
    verdicts = []
    for name in series.columns:
        few, many = each(name, first), each(name, last)
        verdicts.append(NONE if few is None or many is None else _verdict(many / few))
    lines.append(["most over fewest", *verdicts])
    return markdown([f"µs a {series.unit}", *series.columns], lines)


def _verdict(times: float) -> str:
    return f"{times:.2f}" if times <= _FLAT else f"**{times:.2f}**"


def _sized(name: str, **sizes: Any) -> tuple[Work, Row]:
    work = work_called(name)
    return work, replace(work.rows[0], sizes={**work.rows[0].sizes, **sizes}, part="value_and_grad")


def _layers(count: int) -> tuple[Work, Row]:
    """A network of layers that are written out one by one."""
    lines = ["dim B", "input h0: [B, 32]"]
    for i in range(count):
        lines += [f"param W{i}: [32, 32]", f"h{i + 1} = tanh(h{i} @ W{i})"]
    graph = "\n".join([*lines, f"loss J = mean(square(h{count}))"])

    def data(rng: Any) -> tuple[Values, Values]:
        weights = {f"W{i}": rng.normal(size=(32, 32)) / 32**0.5 for i in range(count)}
        return weights, {"h0": rng.normal(size=(32, 32))}

    work = Work(graph, (), data, _layers_by_hand, {"JAX": _layers_in_jax})
    return work, Row("layers")


def _layers_by_hand(params: Values, inputs: Values) -> Step:
    weights, h0 = list(params.values()), inputs["h0"]
    hs = [h0, *[np.empty_like(h0) for _ in weights]]
    slope = np.empty_like(h0)

    def value_and_grad() -> tuple[float, Any]:
        for i, W in enumerate(weights):
            np.dot(hs[i], W, hs[i + 1])
            np.tanh(hs[i + 1], hs[i + 1])
        last = hs[-1]
        J = float(np.vdot(last, last)) / last.size
        d = last * (2 / last.size)
        gradients = []
        for W, below, h in zip(weights[::-1], hs[-2::-1], hs[:0:-1], strict=True):
            np.multiply(h, h, slope)
            np.subtract(1.0, slope, slope)
            np.multiply(d, slope, slope)
            gradients.append(np.dot(below.T, slope))
            if below is not h0:
                np.dot(slope, W.T, d)
        return J, gradients[::-1]

    return value_and_grad


def _layers_in_jax(jax: Any) -> Any:
    def loss(by: Any, given: Any) -> Any:
        h = given["h0"]
        for i in range(len(by)):
            h = jax.numpy.tanh(h @ by[f"W{i}"])
        return jax.numpy.mean(h * h)

    return loss


def scalar_statements(count: int) -> tuple[Work, Row]:
    """Scalar statements, each of the one before it and an older one."""

    def data(rng: Any) -> tuple[Values, Values]:
        return {"w": 0.3, "u": 0.7}, {"x": 1.5}

    def by_hand(params: Values, inputs: Values) -> Step:
        raise Absent("nobody writes this by hand")

    forms = ("sin({a}) + 0.1 * {b}", "tanh({a} * {b})", "0.5 * {a} - {b}", "{a} * cos({b})")
    lines = ["input x = 1.5", "param w = 0.3", "param u = 0.7", "v0 = w * x", "v1 = u * v0"]
    for i in range(2, count):
        form = forms[i % len(forms)]
        lines.append(f"v{i} = {form.format(a=f'v{i - 1}', b=f'v{max(0, i - 9)}')}")
    graph = "\n".join([*lines, f"loss J = v{count - 1}"])
    return Work(graph, (), data, by_hand), Row("statements")


SERIES = (
    Series("step of a scan", (100, 1_000, 10_000), lambda n: _sized("lstm", T=n, B=4)),
    Series("example of a batch", (32, 256, 2_048), lambda n: _sized("mlp", B=n)),
    Series("layer", (4, 16, 64), _layers),
    Series("statement", (100, 1_000, 4_000), scalar_statements, ("-O0", "-O1", "-O2")),
)


def all_growth() -> Iterator[str]:
    """The table of each series."""
    for series in SERIES:
        yield growth(series)
