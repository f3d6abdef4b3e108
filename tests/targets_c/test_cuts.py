"""What is made of arrays side by side is made part by part, and is what it would be as a whole."""

import random
import re
import shutil
from pathlib import Path

import pytest

from gradc.compiler import Options, compile_source
from gradc.source import Source
from tests.seldom import seldom
from tests.targets_c.agreement import C, agree
from tests.targets_c.sanitized import FLAGS, runtime

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")


def drawn(seed: int) -> str:
    """A graph of arrays that are put side by side, cut up and put together again."""
    rng = random.Random(seed)
    rank, axis = rng.choice([(1, 0), (2, 0), (2, 1), (3, 1)])
    others = [rng.choice(["1", "3", "N"]) for _ in range(rank - 1)]
    sizes = rng.choice([["4"] * 3, ["1", "2", "5"], ["2", "2"], ["N", "3"], ["3", "N", "N"]])

    def shape(size: str) -> str:
        return ", ".join([*others[:axis], size, *others[axis:]])

    lines = [f"param p{n}: [{shape(size)}] ~ normal(1)" for n, size in enumerate(sizes)]
    lines += [f"param q{n}: [{shape(size)}] ~ normal(1)" for n, size in enumerate(sizes)]

    def joined(of: str, name: str) -> str:
        parts = [f"{of}({name}{n})" for n in range(len(sizes))]
        return f"concatenate([{', '.join(parts)}], axis={axis})"

    around = ["", *([":"] * axis)]
    cut = ", ".join([*around[1:], "1:"])
    lines += [f"a = {joined('sin', 'p')} * {joined('tanh', 'q')}", f"b = {joined('cos', 'p')}"]
    lines += rng.choice(
        [
            ["c = a + b"],
            ["c = sin(a[" + cut + "]) * b[" + cut + "]", "output k = a"],
            [f"c = concatenate([a * b, a[{cut}], flip(b, axis={axis})], axis={axis})"],
            [f"c = stack([a, b * a, p0[{', '.join(['0'] * rank)}] * a], axis={axis})"],
            [f"c = cumsum(a, axis={axis}) * b", f"output k = sum(b, axis={axis})"],
        ]
    )
    lines += ["output c", f"loss J = sum(sin(c)) + sum(max(b, axis={axis}) ** 2)"]
    return "\n".join([*(["dim N"] * ("N" in [*others, *sizes])), *lines, ""])


@pytest.mark.parametrize("seed", seldom(range(24), lambda seed: seed >= 12))
def test_parts_are_what_the_whole_is(seed: int, tmp_path: Path) -> None:
    flags = FLAGS[:1] if runtime() is None else ("-O1", "-fsanitize=undefined")
    agree(Source("net.graph", drawn(seed)), tmp_path, Options(level=seed % 3), *flags)


def text_of(graph: str) -> str:
    files = compile_source(Source("net.graph", graph), Options(level=2), target=C).files
    return next(str(text) for name, text in files.items() if name.endswith(".c"))


def test_nothing_is_asked_at_each_position() -> None:
    text = text_of(
        "dim N\nparam p: [N, 8] ~ normal(1)\nparam q: [N, 24] ~ normal(1)\nparam w: [32, 2]\n"
        "x = concatenate([sin(p), q * q], axis=1)\nloss J = sum(tanh(x @ w))\n"
    )
    assert len(re.findall(r"\bx\[i\*32 \+ j( \+ 8)?\] = ", text)) == 2 * 2  # forward, at once
    assert not re.search(r"\bj < 8 \?", text)


def test_parts_that_are_alike_share_loops() -> None:
    """All gates are made of numbers that stay in registers."""
    text = text_of(
        "dim T, B\nfrom nn import LSTMCell\ninput x: [T, B, 5]\n"
        "scan h, c = zeros([B, 7]), zeros([B, 7]) over x_t in x {\n"
        "    next h, c = LSTMCell(x_t, h, c) as cell\n}\nloss J = mean(square(h))\n"
    )
    whole = text[text.index("net_value_and_grad(const net_dims *dims,\n") :]
    loop = re.search(
        r"\n +(ROLLED )?for \(int64_t j = 0; j < 7; j\+\+\) \{[^}]*dJ_dz_steps[^}]*\}", whole
    )
    assert loop is not None
    assert loop[0].count("dJ_dz_steps[t*B*28 + i*28 + j") == 4
    assert "?" not in loop[0]
