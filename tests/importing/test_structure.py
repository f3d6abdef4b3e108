"""Layers from a tree of modules: what is equal is said once, and nothing changes by it."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import gradc
from gradc.importing.foreign import Frame, Tensor
from gradc.importing.imported import Imported, imported
from gradc.importing.making import Making


class Nets:
    """Builds models of modules within modules; `flat` leaves out which module a step is of."""

    def __init__(self, seed: int, *, flat: bool = False):
        self.rng = np.random.default_rng(seed)
        self.flat = flat
        self.m = Making()
        self.x = self.m.input("x", "f32", (self.m.dim("N"), 6))

    def param(self, path: tuple[str, ...], *shape: int) -> Tensor:
        data = self.rng.normal(0, 0.5, shape).astype(np.float32)
        return self.m.param(".".join(path), data)

    def dense(self, x: Tensor, path: tuple[str, ...], units: int) -> Tensor:
        size = x.shape[-1]
        assert isinstance(size, int)
        weights = self.param((*path, "weight"), size, units), self.param((*path, "bias"), units)
        return self.m.apply("linear", x, *weights)

    def block(self, x: Tensor, path: tuple[str, ...], kind: str, depth: int) -> Tensor:
        """A module of one of a few kinds, which may hold others."""
        frame = Frame(path, kind)
        size = x.shape[-1]
        assert isinstance(size, int)
        y, a = x, self.m.apply
        if kind == "Residual":
            y = self.within(
                frame, lambda: self.m.apply("tanh", self.dense(x, (*path, "fc1"), 2 * size))
            )
            y = self.within(
                frame, lambda: self.m.apply("add", self.dense(y, (*path, "fc2"), size), x)
            )
        elif kind == "Wide":
            y = self.within(frame, lambda: a("relu", self.dense(x, (*path, "up"), size + 2)))
            y = self.within(frame, lambda: self.dense(y, (*path, "out"), size + 2))
        elif kind == "Scaled":
            scale = self.param((*path, "scale"), size)
            y = self.within(
                frame, lambda: self.m.apply("multiply", scale, self.dense(x, (*path, "a"), size))
            )
            y = self.within(frame, lambda: self.m.apply("sin", self.dense(y, (*path, "b"), size)))
        else:
            for i in range(3):
                inner = ["Residual", "Wide", "Scaled", "Nest"][
                    self.rng.integers(0, 3 + (depth > 0))
                ]
                y = self.within(frame, lambda y=y, i=i, k=inner: self.block(
                    y, (*path, "layers", str(i)), k, depth - 1))  # fmt: skip
        return y

    def within(self, frame: Frame, build: Any) -> Any:
        frames = () if self.flat else (*self.m.frames, frame)
        with self.m.at("step", frames):
            return build()


def built(seed: int, *, flat: bool = False) -> Imported:
    nets = Nets(seed, flat=flat)
    y = nets.x
    for i in range(4):
        y = nets.block(y, ("blocks", str(i)), ["Nest", "Residual"][nets.rng.integers(0, 2)], 2)
    nets.m.output("y", y)
    return imported(nets.m)


def told(found: Imported, x: Any) -> tuple[Any, Any]:
    net = gradc.compile(found.text)
    outputs, saved = net.forward(found.params, x=x)
    return outputs.y, net.backward(saved, dy=np.cos(outputs.y))


@pytest.mark.parametrize("seed", range(12))
def test_layers_change_no_value_and_no_gradient(seed: int) -> None:
    layered, flat = built(seed), built(seed, flat=True)
    assert "layer " in layered.text
    assert "layer " not in flat.text
    assert len(layered.text) < len(flat.text) or "Nest" not in layered.text
    x = np.random.default_rng(seed).normal(size=(3, 6)).astype(np.float32)
    (one, gradients), (other, wanted) = told(layered, x), told(flat, x)
    np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    total = sum(float(np.sum(np.square(g, dtype="f8"))) for g in gradients.values())
    want = sum(float(np.sum(np.square(g, dtype="f8"))) for g in wanted.values())
    np.testing.assert_allclose(total, want, rtol=1e-4)
    assert sum(p.size for p in layered.params.values()) == sum(p.size for p in flat.params.values())


def chain(*sizes: int, extra: Any = None) -> str:
    """The text of blocks in a row, each of a size."""
    nets = Nets(0)
    y = nets.dense(nets.x, ("stem",), sizes[0])
    for i, size in enumerate(sizes):
        frame = Frame(("blocks", str(i)), "Block")

        def body(y: Tensor = y, i: int = i, size: int = size) -> Tensor:
            z = nets.m.apply("relu", nets.dense(y, ("blocks", str(i), "fc1"), 2 * size))
            z = nets.dense(z, ("blocks", str(i), "fc2"), size)
            return extra(nets, z, i) if extra else z

        y = nets.within(frame, body)
    nets.m.output("y", y)
    return imported(nets.m).text


def test_equal_blocks_are_a_loop() -> None:
    text = chain(6, 6, 6)
    assert "scan h = stem times 3 unshared {\n    next h = Block(h) as blocks\n}" in text
    assert text.count("layer Block(") == 1


def test_blocks_of_other_sizes_are_told_them() -> None:
    text = chain(6, 4, 8)
    assert "scan" not in text
    (formals,) = re.findall(r"layer Block\((.*)\) \{", text)
    assert formals == "x, units, units2"
    assert "blocks_1 = Block(blocks_0, 8, 4)" in text


def test_a_size_that_is_some_times_one_of_the_input_is_not_told() -> None:
    nets = Nets(0)
    y = nets.x
    for i, size in enumerate((6, 5, 4)):
        y = nets.dense(y, (f"to{i}",), size)

        def body(y: Tensor = y, i: int = i, size: int = size) -> Tensor:
            z = nets.m.apply("relu", nets.dense(y, (f"mlp{i}", "up"), 4 * size))
            return nets.dense(z, (f"mlp{i}", "down"), size)

        y = nets.within(Frame((f"mlp{i}",), "Mlp"), body)
    nets.m.output("y", y)
    text = imported(nets.m).text
    assert "layer Mlp(x) {" in text
    assert "up = Dense(x, 4 * x.shape[-1])" in text


def test_a_size_that_follows_from_the_input_is_not_told() -> None:
    def residual(nets: Nets, z: Tensor, i: int) -> Tensor:
        return nets.dense(z, ("blocks", str(i), "fc3"), z.shape[-1])  # type: ignore[arg-type]

    text = chain(6, 6, extra=residual)
    assert "layer Block(x) {" in text


def test_blocks_with_state_are_no_loop() -> None:
    def normed(nets: Nets, z: Tensor, i: int) -> Tensor:
        m, path = nets.m, f"blocks.{i}.norm"
        ones = np.ones(6, np.float32)
        kept = m.state(f"{path}.mean", ones), m.state(f"{path}.var", ones)
        return m.apply("batch_norm", z, m.param(f"{path}.weight", ones),
                       m.param(f"{path}.bias", ones), *kept)  # fmt: skip

    text = chain(6, 6, extra=normed)
    assert "norm = BatchNorm(fc2)" in text
    assert "scan" not in text
    assert "output y = Block(blocks_0) as blocks_1" in text


def test_a_module_that_is_called_again_is_one_instance() -> None:
    nets = Nets(0)
    weights = nets.param(("fc", "weight"), 6, 6), nets.param(("fc", "bias"), 6)
    y = nets.x
    for call in range(2):
        frame = Frame(("fc",), "Linear", call)
        y = nets.within(frame, lambda y=y: nets.m.apply("linear", y, *weights))
        y = nets.m.apply("tanh", y)
    nets.m.output("y", y)
    text = imported(nets.m).text
    assert "fc = Dense(x, 6)\n" in text
    assert "h = fc(tanh(fc))\noutput y = tanh(h)\n" in text


def test_two_loops_of_one_module_have_the_weights_that_they_read() -> None:
    nets = Nets(0)
    m, x = nets.m, nets.m.input("xs", "f32", (5, 2, 6))
    h = m.apply("zeros", (2, 3))
    ends = []
    for side in ("", "back", ""):
        path = ("rnn", f"W{side}"), ("rnn", f"U{side}"), ("rnn", f"b{side}")
        names = {t.name: t for end in ends for t in end.maker.tensors() if t.role == "param"}
        weights = [
            names.get(".".join(p)) or nets.param(p, *shape)
            for p, shape in zip(path, ((6, 3), (3, 3), (3,)), strict=True)
        ]
        ends.append(m.apply_all("rnn", x, h, *weights, axis=0)[1])
        x = m.apply("tanh", x)
    m.output("y", m.apply("concatenate", tuple(ends), axis=-1))
    found = imported(m)
    calls = re.findall(r"next \w+ = (\w+)\(\w+, \w+\)( as \w+)?\n", found.text)
    assert calls == [("RNNCell", " as rnn"), ("RNNCell", " as rnn2"), ("rnn", "")], found.text
    assert sorted(found.params) == ["rnn.U", "rnn.W", "rnn.b", "rnn2.U", "rnn2.W", "rnn2.b"]
    # Nothing reads the input that all nets of these tests have.
    assert {w.diagnostic.code for w in gradc.compile(found.text).warnings} == {"W903"}


def test_a_table_of_numbers_is_kept_beside_the_weights() -> None:
    table = np.random.default_rng(0).normal(size=(20, 6)).astype(np.float32)
    nets = Nets(0)
    y = nets.x
    for i in range(3):
        frame = Frame(("blocks", str(i)), "Block")

        def body(y: Tensor = y, i: int = i) -> Tensor:
            z = nets.dense(nets.dense(y, ("blocks", str(i), "a"), 6), ("blocks", str(i), "b"), 6)
            return nets.m.apply("add", z, nets.m.apply("sum", nets.m.known(table, "pe"), axis=0))

        y = nets.within(frame, lambda body=body: body())
    nets.m.output("y", y)
    found = imported(nets.m)
    # Worked out, it is few enough numbers for a constant; as it is, it is one table for all blocks.
    assert "const" in found.text
    assert list(found.params) == [n for n in found.params if "pe" not in n]
    m = Making()
    rows = m.apply("take", m.known(table, "net.pe"), m.input("i", "i64", (3,)), axis=0)
    m.output("y", rows)
    found = imported(m)
    assert list(found.params) == ["pe"]
    assert not found.states
    outputs, *_ = gradc.compile(found.text).forward(found.params, i=np.array([3, 0, 7]))
    np.testing.assert_array_equal(outputs.y, table[[3, 0, 7]])


def test_a_weight_of_one_block_can_be_read_elsewhere() -> None:
    nets = Nets(0)
    y = nets.x
    weights = []
    for i in range(3):

        def body(y: Tensor = y, i: int = i) -> Tensor:
            weights.append(nets.param(("blocks", str(i), "fc1", "weight"), 6, 6))
            bias = nets.param(("blocks", str(i), "fc1", "bias"), 6)
            z = nets.m.apply("tanh", nets.m.apply("linear", y, weights[i], bias))
            return nets.dense(z, ("blocks", str(i), "fc2"), 6)

        y = nets.within(Frame(("blocks", str(i)), "Block"), body)
    nets.m.output("y", nets.m.apply("matmul", y, nets.m.apply("transpose", weights[1])))
    found = imported(nets.m)
    assert "output y = blocks_2 @ blocks_1.fc1.W.T" in found.text
    assert gradc.compile(found.text).warnings == ()


def test_what_is_stacked_and_taken_out_again_is_not_stacked() -> None:
    m = Making()
    x, y = m.input("x", "f32", (3,)), m.input("y", "f32", (3,))
    pair = m.apply("stack", (m.apply("sin", x), m.apply("cos", y)), axis=0)
    m.output("last", m.apply("exp", m.apply("index", pair, entries=(-1,))))
    m.output("first", m.apply("exp", m.apply("index", pair, entries=(0,))))
    text = imported(m).text
    assert "output last = exp(cos(y))\noutput first = exp(sin(x))\n" in text


def test_outputs_come_in_their_order() -> None:
    m = Making()
    x = m.input("x", "f32", (3,))
    early = m.apply("exp", x)
    m.output("late", m.apply("sin", early))
    m.output("early", early)
    text = imported(m).text
    net = gradc.compile(text)
    outputs, _ = net.forward(x=np.zeros(3, np.float32))
    assert outputs._fields == ("late", "early")


def test_names_that_the_language_has_taken_are_others() -> None:
    m = Making()
    x = m.input("input", "f32", (3,))
    y = m.apply("multiply", x, m.param("scan.1", np.ones(3, np.float32)))
    m.output("output", m.apply("add", y, m.input("pi", "f32", (3,))))
    text = imported(m).text
    assert gradc.compile(text).warnings == ()


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (np.tri(5, dtype="f4"), "tri(5)"),
        (np.triu(np.ones((1, 4, 4), bool), 1), 'not tri(4, dtype="bool")[newaxis, ...]'),
        (np.arange(2, 20, 3), "arange(2, 20, 3)"),
        (np.full((2, 3), 7.5, "f4"), "full([2, 3], 7.5)"),
        (np.zeros((30, 30), "f4"), "zeros([30, 30])"),
    ],
    ids=["triangle", "upper", "range", "full", "zeros"],
)
def test_a_constant_is_written_as_what_it_is(data: Any, text: str) -> None:
    m = Making()
    x = m.input("x", "f32", data.shape)
    m.output("y", m.apply("where" if data.dtype == bool else "multiply", m.known(data), x, *(
        [0.0] if data.dtype == bool else [])))  # fmt: skip
    found = imported(m)
    assert text in found.text
    x_ = np.random.default_rng(0).normal(size=data.shape).astype("f4")
    want = np.where(data, x_, 0) if data.dtype == bool else data * x_
    np.testing.assert_allclose(gradc.compile(found.text).forward(x=x_)[0].y, want, rtol=1e-6)
