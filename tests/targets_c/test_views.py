"""Views of views, with free dimensions: read where they are used, or laid out and multiplied."""

import random
import shutil
from pathlib import Path

import pytest

from gradc.compiler import Options, compile_source
from gradc.ir.sizes import dimension
from gradc.source import Source
from gradc.targets.c.reading import together
from gradc.verification.emitted import Module
from gradc.verification.sample import Sampler
from tests.seldom import seldom
from tests.targets_c.agreement import C, agree_at
from tests.targets_c.built import Built, build

ROOT = Path(__file__).parents[2]
COUNT = 40


def chain(rng: random.Random) -> str:
    """A graph that looks at an array through several views, and multiplies with what it sees."""
    axes = ["A", "B", "6", "4"]
    lines, name = ["dim A, B", "param x: [A, B, 6, 4]"], "x"
    for step in range(rng.randint(1, 5)):
        kinds = ["transpose", "split", "merge", "slice", "one"]
        kind = rng.choice(kinds)
        at = rng.randrange(len(axes))
        if kind == "transpose":
            order = rng.sample(range(len(axes)), len(axes))
            call, axes = f"transpose({name}, {order})", [axes[a] for a in order]
        elif kind == "split" and axes[at].isdigit() and int(axes[at]) % 2 == 0:
            axes = [*axes[:at], "2", str(int(axes[at]) // 2), *axes[at + 1 :]]
            call = f"reshape({name}, [{', '.join(axes)}])"
        elif kind == "merge" and at + 1 < len(axes):
            one, other = axes[at : at + 2]
            both = str(int(one) * int(other)) if (one + other).isdigit() else f"{one} * {other}"
            axes = [*axes[:at], both, *axes[at + 2 :]]
            call = f"reshape({name}, [{', '.join(axes)}])"
        elif kind == "slice" and axes[at].isdigit() and int(axes[at]) > 2:
            call = f"{name}[{', '.join([':'] * at + ['1:'])}]"
            axes = [*axes[:at], str(int(axes[at]) - 1), *axes[at + 1 :]]
        elif kind == "one":
            axes = [*axes[:at], "1", *axes[at:]]
            call = f"reshape({name}, [{', '.join(axes)}])"
        else:
            continue
        name = f"v{step}"
        lines.append(f"{name} = {call}")
    if len(axes) > 1 and rng.random() < 0.7:
        last = [*range(len(axes))]
        last[-2:] = last[-1], last[-2]
        lines.append(f"p = {name} @ transpose({name}, {last})")
    else:
        lines.append(f"p = {name} * {name}")
    return "\n".join([*lines, "output p", "loss J = sum(p ** 2) + sum(x)", ""])


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
@pytest.mark.parametrize("level", seldom([0, 1, 2], lambda level: level != 1))
def test_chains_of_views(level: int, tmp_path: Path) -> None:
    texts = [chain(random.Random(seed)) for seed in range(COUNT // 2 if level == 1 else COUNT)]
    sources = [Source(f"views_{n}.graph", text) for n, text in enumerate(texts)]
    compilations = [compile_source(s, Options(level=level), target=C) for s in sources]
    library = build(compilations, tmp_path, "-O0")
    for source, compilation in zip(sources, compilations, strict=True):
        plain = compile_source(source, Options(level=0))
        point = next(iter([*Sampler(plain.program.graph, 0, {}).points(2)][1]))
        for part in compilation.program.parts:
            agree_at(
                Built(compilation, library), part, Module(plain.text, "net.py"), point,
                {"float64": 1e-11},
            )  # fmt: skip


def test_axes_that_go_together() -> None:
    assert [(*map(list, pair),) for pair in together((2, 3, 48), (2, 3, 4, 12))] == [
        ([0], [0]), ([1], [1]), ([2], [2, 3]),
    ]  # fmt: skip
    assert [(*map(list, pair),) for pair in together((6, 4), (3, 8))] == [([0, 1], [0, 1])]
    assert [*together((), ())] == []
    free = dimension("N")  # which a check may find to be 6
    assert [(*map(list, pair),) for pair in together((free, 2), (3, 4))] == [([0, 1], [0, 1])]


def test_heads_of_attention_are_read_where_they_lie() -> None:
    """With free dimensions too: each head is a part of rows, and nothing divides by a size."""
    path = ROOT / "examples" / "gpt" / "gpt.graph"
    source = Source(str(path), path.read_text(encoding="utf-8"))
    text = compile_source(source, target=C).files[".c"]
    assert "/ T" not in text
    assert "% T" not in text
    assert "matmul_each_f32(4, T, 12, T," in text
