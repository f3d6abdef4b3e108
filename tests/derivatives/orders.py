"""Random graphs with `grad` and `jvp` of each other, to the third order.

A program is a row of lines, each a formula over the names of earlier ones: as text of a graph, and
as what torch makes of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

HIGHEST = 3

Shape = tuple[int, ...]

UNARY: dict[str, Callable[[Any, Any], Any]] = {
    "sin({})": lambda torch, x: torch.sin(x),
    "tanh({})": lambda torch, x: torch.tanh(x),
    "exp(-0.3 * {}**2)": lambda torch, x: torch.exp(-0.3 * x**2),
    "sigmoid({})": lambda torch, x: torch.sigmoid(x),
    "softplus({})": lambda torch, x: torch.nn.functional.softplus(x),
    "0.5 * {}**3": lambda torch, x: 0.5 * x**3,
    "log(1 + {}**2)": lambda torch, x: torch.log1p(x**2),
    "sqrt(1 + square({}))": lambda torch, x: torch.sqrt(1 + x**2),
    "erf({})": lambda torch, x: torch.erf(x),
    "{} * gelu({})": lambda torch, x: x * torch.nn.functional.gelu(x),
    "1 / (2 + cos({}))": lambda torch, x: 1 / (2 + torch.cos(x)),
    "half({})": lambda torch, x: 0.5 * x * torch.cos(x),
    "twice({}, {})": lambda torch, x: (x * x + torch.cos(x)) * x,
}
OF_VECTORS: dict[str, Callable[[Any, Any], Any]] = {
    "softmax({}, axis=-1)": lambda torch, x: torch.softmax(x, -1),
    "log_softmax({}, axis=-1)": lambda torch, x: torch.log_softmax(x, -1),
    "cumsum({}, axis=0)": lambda torch, x: torch.cumsum(x, 0),
    "flip({}, axis=0)": lambda torch, x: torch.flip(x, (0,)),
    "{} - mean({}, axis=-1, keepdims=true)": lambda torch, x: x - x.mean(-1, keepdim=True),
}
TO_SCALAR: dict[str, Callable[[Any, Any], Any]] = {
    "sum({})": lambda torch, x: x.sum(),
    "mean(square({}))": lambda torch, x: (x**2).mean(),
    "logsumexp({})": lambda torch, x: torch.logsumexp(x.reshape(-1), 0),
    "sum({}[1:] * {}[:-1])": lambda torch, x: (x[1:] * x[:-1]).sum(),
    "max({})": lambda torch, x: x.max(),
}
BINARY: dict[str, Callable[[Any, Any, Any], Any]] = {
    "{} * {}": lambda torch, x, y: x * y,
    "{} + sin({})": lambda torch, x, y: x + torch.sin(y),
    "{} - {}": lambda torch, x, y: x - y,
    "{} / (1 + {}**2)": lambda torch, x, y: x / (1 + y**2),
    "where({0} > {1}, {0} * {1}, {1})": lambda torch, x, y: torch.where(x > y, x * y, y),
}
FUNCTIONS = """\
fn half(x) = 0.5 * x * cos(x)
fn twice(a, b) = grad(sum(a**2 * b / 2 + a * cos(b)), a) * b
fn squared(v) {
    return v * v
}
vjp squared(v) -> y; dy {
    dv = 2 * v * dy
}
"""


@dataclass(frozen=True)
class Line:
    """`name = text`; `run` makes it of torch's tensors. `order` counts derivatives."""

    name: str
    text: str
    shape: Shape
    order: int
    run: Callable[[Any, dict[str, Any]], Any]


@dataclass
class Program:
    """The lines behind the arguments; `derived`: of what, and by what, a line is a derivative."""

    arguments: dict[str, Shape]
    lines: list[Line] = field(default_factory=list)
    derived: dict[str, tuple[str, str]] = field(default_factory=dict)

    def text(self, given: Sequence[str] = ()) -> str:
        """The graph; the names in `given` are inputs instead of what they are made of."""
        shown = [f"{'param' if n[0] == 'w' else 'input'} {n}: {list(s)}"
                 for n, s in self.arguments.items()]  # fmt: skip
        for line in self.lines:
            if line.name in given:
                shown.append(f"input {line.name}: {list(line.shape)}")
            elif line.name == "J":
                shown.append(f"loss J = {line.text}")
            else:
                shown.append(f"{line.name} = {line.text}\noutput {line.name}")
        return FUNCTIONS + "\n".join(shown) + "\n"

    def values(self) -> dict[str, Any]:
        """Numbers for the arguments, away from kinks."""
        rng = np.random.default_rng(len(self.lines))
        return {n: rng.uniform(-1.2, 1.2, s) for n, s in self.arguments.items()}


def generate(seed: int) -> Program:
    """The program of a seed."""
    return _Writer(random.Random(seed)).program()


class _Writer:
    def __init__(self, chance: random.Random):
        self.chance = chance
        self.shapes: dict[str, Shape] = {}
        self.orders: dict[str, int] = {}
        n, m = chance.choice([(2, 3), (3, 2), (3, 3)])
        shapes = {"w": (n,), "wA": (n, m), "x": (n,), "xA": (n, m), "ws": (), "xs": ()}
        kept = chance.sample(list(shapes), chance.randint(3, 6))
        self.program_ = Program({name: shapes[name] for name in shapes if name in kept})
        self.shapes |= self.program_.arguments
        self.orders |= dict.fromkeys(self.shapes, 0)

    def program(self) -> Program:
        for _ in range(self.chance.randint(3, 6)):
            self.formula()
        for _ in range(self.chance.randint(2, 5)):
            self.derivative()
            for _ in range(self.chance.randint(0, 2)):
                self.formula()
        parts = [n for n in self.shapes if n not in self.program_.arguments][-4:]
        text = " + ".join(f"sum(tanh({n}))" for n in parts)
        self.add("J", text, (), 0, lambda torch, env: sum(torch.tanh(env[n]).sum() for n in parts))
        return self.program_

    def add(self, name: str, text: str, shape: Shape, order: int, run: Any) -> None:
        self.program_.lines.append(Line(name, text, shape, order, run))
        self.shapes[name], self.orders[name] = shape, order

    def fresh(self) -> str:
        return f"a{len(self.program_.lines)}"

    def pick(self, want: Callable[[str], bool] = lambda _: True) -> str | None:
        names = [n for n in self.shapes if want(n)]
        # The newest are wanted most.
        return self.chance.choice(names[-5:] + names) if names else None

    def formula(self) -> None:
        kind = self.chance.choice(["unary", "unary", "binary", "binary", "scalar", "vector",
                                   "alias", "product", "scan", "ruled"])  # fmt: skip
        getattr(self, kind)()

    def unary(self, table: Any = UNARY, want: Any = lambda _: True) -> None:
        name = self.pick(want)
        if name is None:
            return
        text = self.chance.choice(list(table))
        run = table[text]
        shape = () if table is TO_SCALAR else self.shapes[name]
        written = text.format(*[name] * text.count("{"))
        self.add(self.fresh(), written, shape, self.orders[name],
                 lambda torch, env: run(torch, env[name]))  # fmt: skip

    def vector(self) -> None:
        self.unary(OF_VECTORS, lambda n: bool(self.shapes[n]))

    def scalar(self) -> None:
        self.unary(TO_SCALAR, lambda n: bool(self.shapes[n]))

    def alias(self) -> None:
        name = self.pick()
        assert name is not None
        self.add(self.fresh(), name, self.shapes[name], self.orders[name],
                 lambda torch, env: env[name].clone())  # fmt: skip

    def ruled(self) -> None:
        name = self.pick()
        assert name is not None
        self.add(self.fresh(), f"squared({name})", self.shapes[name], self.orders[name],
                 lambda torch, env: env[name] ** 2)  # fmt: skip

    def binary(self) -> None:
        one = self.pick()
        assert one is not None
        other = self.pick(lambda n: self.shapes[n] in ((), self.shapes[one]))
        assert other is not None
        text = self.chance.choice(list(BINARY))
        run = BINARY[text]
        order = max(self.orders[one], self.orders[other])
        self.add(self.fresh(), text.format(one, other), self.shapes[one], order,
                 lambda torch, env: run(torch, env[one], env[other]))  # fmt: skip

    def product(self) -> None:
        matrix = self.pick(lambda n: len(self.shapes[n]) == 2)
        if matrix is None:
            return
        vector = self.pick(lambda n: self.shapes[n] == self.shapes[matrix][:1])
        if vector is None:
            return
        order = max(self.orders[matrix], self.orders[vector])
        self.add(self.fresh(), f"{vector} @ tanh({matrix})", self.shapes[matrix][1:], order,
                 lambda torch, env: env[vector] @ torch.tanh(env[matrix]))  # fmt: skip

    def scan(self) -> None:
        rows = self.pick(lambda n: len(self.shapes[n]) == 2)
        if rows is None:
            return
        name = self.fresh()
        text = f"{name}_h"
        first = self.pick(lambda n: self.shapes[n] == self.shapes[rows][1:])
        start = first or f"zeros([{self.shapes[rows][1]}])"
        order = max(self.orders[rows], self.orders[first] if first else 0)

        def run(torch: Any, env: dict[str, Any]) -> Any:
            h = env[first] if first else torch.zeros(self.shapes[rows][1], dtype=torch.float64)
            for row in env[rows]:
                h = torch.tanh(row + 0.5 * h) * h.sum().cos()
            return h

        self.program_.lines.append(Line(
            name, f"{text} * 1\nscan {text} = {start} over r_t in {rows} "
            f"{{ next {text} = tanh(r_t + 0.5 * {text}) * cos(sum({text})) }}",
            self.shapes[rows][1:], order, run,
        ))  # fmt: skip
        self.shapes[name], self.orders[name] = self.shapes[rows][1:], order

    def derivative(self) -> None:
        of = self.pick(lambda n: n not in self.program_.arguments and self.orders[n] < HIGHEST)
        if of is None:
            return
        by = self.pick(lambda n: n != of)
        assert by is not None
        name, order = self.fresh(), self.orders[of] + 1
        along = self.pick(lambda n: self.shapes[n] == self.shapes[by])
        assert along is not None
        if self.shapes[of] or self.chance.random() < 0.4:
            order = max(order, self.orders[along])

            def moved(torch: Any, env: dict[str, Any]) -> Any:
                return forward_mode(torch, env[of], env[by], env[along])

            self.add(name, f"jvp({of}, {by}, {along})", self.shapes[of], order, moved)
        else:
            self.add(name, f"grad({of}, {by})", self.shapes[by], order,
                     lambda torch, env: backward_mode(torch, env[of], env[by]))  # fmt: skip
        self.program_.derived[name] = of, by


def backward_mode(torch: Any, y: Any, x: Any) -> Any:
    """The gradient of a scalar; zeros where nothing leads there."""
    if not y.requires_grad:
        return torch.zeros_like(x)
    (found,) = torch.autograd.grad(y, (x,), create_graph=True, allow_unused=True)
    return torch.zeros_like(x) if found is None else found


def forward_mode(torch: Any, y: Any, x: Any, v: Any) -> Any:
    """The derivative along a direction, by the backward mode twice."""
    if not y.requires_grad:
        return torch.zeros_like(y)
    dummy = torch.zeros_like(y, requires_grad=True)
    (back,) = torch.autograd.grad(y, (x,), dummy, create_graph=True, allow_unused=True)
    if back is None or not back.requires_grad:
        return torch.zeros_like(y)
    (found,) = torch.autograd.grad(back, (dummy,), v, create_graph=True, allow_unused=True)
    return torch.zeros_like(y) if found is None else found
