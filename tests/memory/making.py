"""Random loops whose steps make arrays large enough to be counted."""

from __future__ import annotations

import random

_UNARY = (
    "tanh({})",
    "sin({})",
    "sigmoid({})",
    "square(sin({}))",
    "exp(-square({}))",
    "tanh(0.5*({}))",
)
_BINARY = ("{} + {}", "{}*{}", "{} - {}", "maximum({}, {})")

SIZES = {"T": 24, "N": 20_000}


def random_loop(seed: int) -> str:
    """A scan over rows of N numbers with one or two carried values and a few statements; some have
    a second scan in the body, some another behind them that walks along what the steps made."""
    return _Loop(random.Random(seed)).text()


class _Loop:
    def __init__(self, rng: random.Random):
        self.rng = rng
        self.made = 0

    def text(self) -> str:
        rng = self.rng
        carried = ["h", "c"][: rng.randint(1, 2)]
        collects = rng.random() < 0.5
        lines = ["dim T, N", "input x: [T, N]", "param w: [N]", "param v: [N]"]
        lines += self._scan(carried, "over x_t in x", "", ["w", "v", "x_t"], rng.random() < 0.5)
        sums = [f"sum({name})" for name in carried]
        if collects:
            lines.insert(-1, "    output hs = next h")
            lines += ["scan g = zeros([N]) over a_t in hs {", "    next g = tanh(g*w + a_t)", "}"]
            sums.append("mean(square(g))")
        return "\n".join([*lines, f"loss J = {' + '.join(sums)}"]) + "\n"

    def _scan(
        self, carried: list[str], over: str, margin: str, known: list[str], has_inner: bool
    ) -> list[str]:
        starts = ", ".join(["zeros([N])"] * len(carried))
        lines = [f"{margin}scan {', '.join(carried)} = {starts} {over} {{"]
        names = [*known, *carried]
        lines += [f"{margin}    {self._statement(names)}" for _ in range(self.rng.randint(1, 4))]
        if has_inner:
            lines += self._scan(["k"], "times 3", margin + "    ", names, False)
            names.append("k")
        following = ", ".join([self._expression(names, name) for name in carried])
        return [*lines, f"{margin}    next {', '.join(carried)} = {following}", f"{margin}}}"]

    def _statement(self, names: list[str]) -> str:
        self.made += 1
        name, made = f"a{self.made}", self._expression(names, self.rng.choice(names))
        names.append(name)
        return f"{name} = {made}"

    def _expression(self, names: list[str], first: str) -> str:
        inner = self.rng.choice(_BINARY).format(first, self.rng.choice(names))
        return self.rng.choice(_UNARY).format(inner)
