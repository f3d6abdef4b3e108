"""Unshared scans: each step has parameters and state of its own, however the scans nest."""

import random
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from tests.compiled import build, refused

NORM = """
layer Norm(x) {
    param w: [x.shape[1]] = 1
    state seen: [x.shape[1]] = 0
    mu = mean(x, axis=0)
    update seen = where(training, 0.5 * seen + mu, seen)
    return w * (x - seen)
}
"""
HEAD = f"{NORM}input x: [3, 2]\n"
X = np.random.default_rng(0).normal(size=(3, 2))
COUNT = 2  # of each loop's steps


@dataclass
class Drawn:
    """Calls of instances and loops of such, at random: as a text, and in NumPy."""

    rng: random.Random
    depths: dict[str, int] = field(default_factory=dict)  # of unshared loops around an instance
    names: int = 0

    def items(self, current: str, around: str) -> tuple[list[str], list[Any], str]:
        """Lines, what they do, and the name of what comes out; `around` has `u` and `s`."""
        lines, doing = [], []
        for _ in range(self.rng.randint(1, 3 if len(around) < 2 else 2)):
            self.names += 1
            name = f"y{self.names}"
            usable = [n for n, d in self.depths.items() if d <= around.count("u")]
            if len(around) < 3 and self.rng.random() < 0.4:
                kind = self.rng.choice("uus")
                body, inner, last = self.items(name, around + kind)
                word = " unshared" if kind == "u" else ""
                lines.append(f"scan {name} = {current} times {COUNT}{word} {{")
                lines += [f"    {line}" for line in [*body, f"next {name} = {last}"]]
                lines.append("}")
                doing.append((kind, inner))
            elif usable and self.rng.random() < 0.4:
                called = self.rng.choice(usable)
                lines.append(f"{name} = tanh({called}({current}))")
                doing.append(called)
            else:
                called = f"n{len(self.depths)}"
                self.depths[called] = around.count("u")
                lines.append(f"{name} = tanh(Norm({current}) as {called})")
                doing.append(called)
            current = name
        return lines, doing, current

    def run(self, doing: list[Any], x: Any, steps: tuple[int, ...], params: Any, state: Any) -> Any:
        """What comes out; the state is changed where it is."""
        for one in doing:
            if isinstance(one, str):
                place = steps[: self.depths[one]]
                seen = state[f"{one}.seen"][place].copy()
                state[f"{one}.seen"][place] = 0.5 * seen + x.mean(axis=0)
                x = np.tanh(params[f"{one}.w"][place] * (x - seen))
            else:
                kind, inner = one
                for t in range(COUNT):
                    x = self.run(inner, x, (*steps, t) if kind == "u" else steps, params, state)
        return x


@pytest.mark.parametrize("seed", range(30))
def test_loops_in_loops_are_what_numpy_makes_of_them(seed: int) -> None:
    drawn = Drawn(random.Random(seed))
    lines, doing, last = drawn.items("x", "")
    text = "\n".join([HEAD, *lines, f"loss J = sum({last} * x)"])
    module = build(text, level=seed % 3)
    rng = np.random.default_rng(seed)
    shapes = {n: (COUNT,) * d + (2,) for n, d in drawn.depths.items()}
    params = {f"{n}.w": rng.normal(size=s) for n, s in shapes.items()}
    before = {f"{n}.seen": rng.normal(size=s) for n, s in shapes.items()}

    def by_hand(state: dict[str, Any]) -> Any:
        return (drawn.run(doing, X, (), params, state) * X).sum()

    after = {n: s.copy() for n, s in before.items()}
    expected = by_hand(after)
    J, gradients, state = module.value_and_grad(params, x=X, state=before, training=True)
    np.testing.assert_allclose(J, expected, rtol=1e-12)
    assert (state.keys(), gradients.keys()) == (after.keys(), params.keys())
    for name, found in state.items():
        np.testing.assert_allclose(found, after[name], rtol=1e-12, atol=1e-12)
    for name, array in params.items():
        for place in np.ndindex(array.shape):
            ends = []
            for step in (1e-6, -1e-6):
                array[place] += step
                ends.append(by_hand({n: s.copy() for n, s in before.items()}))
                array[place] -= step
            assert np.isclose(gradients[name][place], (ends[0] - ends[1]) / 2e-6, atol=1e-7)


def test_state_starts_in_each_slice_as_it_is_declared() -> None:
    layer = NORM.replace("= 0\n", "= [1, 2]\n")
    loop = "scan h = x times 3 unshared {\n    next h = Norm(h) as norm\n}\noutput h\n"
    module = build(f"{layer}input x: [3, 2]\n{loop}")
    _, _, state = module.forward(module.init_params(), x=X)
    assert np.array_equal(state["norm.seen"], [[1, 2]] * 3)


def test_batch_norm_in_a_loop_is_batch_norms_in_a_row() -> None:
    head = "from nn import BatchNorm, Dense\ndim B\ninput x: [B, 4]\n"
    step = "h{1} = h{0} + tanh(BatchNorm(Dense(h{0}, 4) as lin{0}) as norm{0})"
    row = (
        "\n".join(step.format(t, t + 1) for t in range(3)).replace("(h0", "(x").replace("h0 ", "x ")
    )
    apart = build(f"{head}{row}\nloss J = sum(h3**2)\n")
    loop = (
        f"scan h = x times 3 unshared {{\n    next {step.replace('{0}', '').replace('{1}', '')}\n}}"
    )
    module = build(f"{head}{loop}\nloss J = sum(h**2)\n")
    params = module.init_params(1)
    rows = {f"{n.replace('.', f'{t}.')}": p[t] for n, p in params.items() for t in range(3)}
    x = np.random.default_rng(2).normal(size=(5, 4))
    state, states = None, None
    for training in (True, True, False):
        J, gradients, state = module.value_and_grad(params, x=x, state=state, training=training)
        Js, others, states = apart.value_and_grad(rows, x=x, state=states, training=training)
        assert np.isclose(J, Js, rtol=1e-12)
        for found, expected in ((gradients, others), (state, states)):
            for name, array in found.items():
                for t in range(3):
                    one = expected[name.replace(".", f"{t}.")]
                    np.testing.assert_allclose(array[t], one, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("layer", ["Norm(h)", "Dense(h, 2)"])
def test_another_number_of_steps_is_refused(layer: str) -> None:
    loops = "".join(
        f"scan {h} = {of} times {n} unshared {{\n    next {h} = {made}\n}}\n"
        for h, of, n, made in [("h", "x", 3, f"{layer} as one"), ("g", "h", 2, "one(g)")]
    )
    message = "this has a slice for each of 3 steps, and the scan has 2"
    refused(f"from nn import Dense\n{HEAD}{loops}loss J = sum(g)\n", "E0302", message)
