"""What is made of arrays side by side is made part by part, and is what it would be as a whole."""

import random
import re
import shutil
from pathlib import Path

import pytest

from gradc.compiler import Options, compile_source
from gradc.ir.node import Apply
from gradc.ir.sizes import Size, dimension
from gradc.ir.text import read_graph
from gradc.library.loader import standard_library
from gradc.source import Source
from gradc.targets.c.cuts import parts_of
from gradc.targets.c.groups import identity
from gradc.targets.c.nests.nest import Pointwise
from gradc.targets.c.reading import Cut
from gradc.targets.c.sizes import variable
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


@pytest.mark.parametrize("seed", seldom(range(24), lambda seed: seed >= 6))
def test_parts_are_what_the_whole_is(seed: int, tmp_path: Path) -> None:
    flags = FLAGS[:1] if runtime() is None else ("-O1", "-fsanitize=undefined")
    agree(Source("net.graph", drawn(seed)), tmp_path, Options(level=seed % 3), *flags)


GRAPH = read_graph("input %x: f64[3]\n%a: f64[3] = exp(%x)\noutput a = %a\n", standard_library())
SOME = next(n for n in GRAPH.nodes if isinstance(n, Apply))


@pytest.mark.parametrize("seed", range(40))
def test_parts_begin_where_those_of_an_operand_do(seed: int) -> None:
    """Parts follow each other, none has a bound within, and each begins at one."""
    rng = random.Random(seed)
    domain = tuple(rng.choice([1, 2, 5, 40]) for _ in range(rng.randint(1, 3)))
    nest, here = Pointwise(domain), identity(domain)
    axis = rng.randrange(len(domain))
    cuts, bounds = list[Cut](), {0, domain[axis]}
    for _ in range(rng.randint(1, 3)):
        begins = sorted(rng.sample(range(60), rng.randint(2, 5)))
        moved = rng.randint(-3, 3)
        cuts.append((here[axis] + moved, begins))
        bounds |= {b - moved for b in begins if 0 < b - moved < domain[axis]}
    parts = parts_of(SOME, nest, here, cuts, [])
    if not 3 <= len(bounds) <= 9:
        assert parts == [nest]
        return
    end = 0
    for part in parts:
        assert (part.axis, part.start) == (axis, end)
        assert end in bounds
        size = part.domain[axis]
        assert isinstance(size, int)
        end += size
        assert size > 0
        assert not bounds & {*range(end - size + 1, end)}
        assert (*part.domain[:axis], domain[axis], *part.domain[axis + 1 :]) == domain
    assert end == domain[axis]


N, ROW, HERE = dimension("N"), variable("i"), variable("j")
FREE: dict[str, tuple[list[Cut], list[tuple[Size, Size]]]] = {
    "of one": ([(HERE, [0, N, N + 3])], [(N, 0), (3, N)]),
    "of two": ([(HERE, [0, N, N + 3]), (HERE + 1, [1, N + 1, N + 4])], [(N, 0), (3, N)]),
    "of two that differ": ([(HERE, [0, N, N + 3]), (HERE, [0, 3, N + 3])], []),
    "that begin before": ([(HERE + 1, [0, N, N + 4])], []),
    "that end before": ([(HERE, [0, N, N + 2])], []),
    "of what lies behind": ([(HERE + N, [N, 2 * N, 2 * N + 3])], [(N, 0), (3, N)]),
    "beside another axis": (
        [(HERE, [0, N, N + 3]), (ROW, [0, N, N + 3])],
        [(N, 0), (3, N)],
    ),
    "along another axis": ([(ROW, [0, N, N + 3])], []),
    "that move": ([(HERE + ROW, [0, N, N + 3])], []),
    "none": ([], []),
}


@pytest.mark.parametrize("name", FREE)
def test_parts_of_a_free_size(name: str) -> None:
    cuts, expected = FREE[name]
    nest = Pointwise((7, N + 3))
    parts = [Pointwise((7, size), 1, start) for size, start in expected]
    assert parts_of(SOME, nest, (ROW, HERE), cuts, []) == (parts or [nest])


@pytest.mark.parametrize(
    ("cuts", "sizes"),
    [
        ([(HERE, range(9))], [1] * 8),
        ([(HERE, range(10))], []),  # too many
        ([(HERE, [0, 3, 9]), (HERE + ROW, [0, 4, 9])], [3, 6]),
        ([(HERE, [0, N, 9])], [N, 9 - N]),
    ],
)
def test_parts_of_a_known_size(cuts: list[Cut], sizes: list[Size]) -> None:
    nest = Pointwise((7, cuts[0][1][-1]))
    parts = parts_of(SOME, nest, (ROW, HERE), cuts, [])
    assert [p.domain for p in parts] == ([(7, size) for size in sizes] or [nest.domain])


def text_of(graph: str) -> str:
    files = compile_source(Source("net.graph", graph), Options(level=2), target=C).files
    return next(str(text) for name, text in files.items() if name.endswith(".c"))


def test_nothing_is_asked_at_each_position() -> None:
    text = text_of(
        "dim N\nparam p: [N, 8] ~ normal(1)\nparam q: [N, 24] ~ normal(1)\nparam w: [32, 2]\n"
        "param r: [N, 32]\ny = cos(r) / r\noutput y\n"
        "x = concatenate([sin(p), q * q], axis=1)\nloss J = sum(tanh(x @ w)) + sum(y)\n"
    )
    assert len(re.findall(r"\bx\[i\*32 \+ j( \+ 8)?\] = ", text)) == 2 * 2  # forward, at once
    assert not re.search(r"\bj < 8 \?", text)


def test_what_is_read_in_the_same_loops_stays_in_one() -> None:
    """Of `x`, nothing is stored."""
    text = text_of(
        "dim N\nparam p: [N, 8] ~ normal(1)\nparam q: [N, 24] ~ normal(1)\n"
        "x = concatenate([sin(p), q * q], axis=1)\ny = x * x\nloss J = sum(tanh(y) + cos(x))\n"
    )
    whole = text[text.index("net_value_and_grad(const net_dims *dims,\n") :]
    assert "const double x = j < 8 ? " in whole
    assert not re.search(r"\bx\[[^]]*\] = ", whole)


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
