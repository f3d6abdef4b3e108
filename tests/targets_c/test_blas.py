"""Products that are left to the system's CBLAS, where there is one."""

import shutil
from pathlib import Path

import pytest

from gradc.building.cc import BuildError, find_compiler
from gradc.compiler import Options, compile_source
from gradc.source import Source
from gradc.targets.offered import target_of
from tests.seldom import seldom
from tests.targets_c.agreement import agree as agree_of_both
from tests.targets_c.sanitized import runtime, watched

ROOT = Path(__file__).parents[2]
ALL_WAYS = """
dtype DTYPE
dim B
input x: [B, 40]
input y: [B, 3, 20, 30]
param w: [40, 50]
param v: [B, 3, 30, 20]
param k: [4, 3, 3, 3]
param image: [2, 3, 16, 16]
a = tanh(x @ w)
b = (x @ w).T @ x
c = y @ v
d = einsum("bij,bjk->bki", y[:, 0], v[:, 1])
e = conv2d(image, k, padding=1)
f = broadcast_to(w[:, :1], [40, 50]) @ w.T
g = w[::2, ::2] @ w[:25]
loss J = sum(a) + sum(b**2) + sum(c**2) + sum(d**2) + sum(e**2) + sum(f**2) + sum(g**2)
"""


def libraries() -> tuple[str, ...]:
    """What links a CBLAS here; nothing where there is none."""
    try:
        return find_compiler(blas="cblas").linked
    except BuildError:
        return ()


pytestmark = pytest.mark.skipif(
    shutil.which("cc") is None or not libraries(), reason="there is no CBLAS"
)


def agree(source: Source, options: Options, folder: Path) -> None:
    text = compile_source(source, options, target=target_of("c", options.blas)).files[".c"]
    assert "cblas_" in text
    assert "matmul_tiled" not in text
    agree_of_both(source, folder, options, linked=libraries())


@pytest.mark.parametrize("level", seldom([0, 1, 2], lambda level: level != 1))
@pytest.mark.parametrize("dtype", ["f32", "f64"])
def test_matrices_of_all_layouts(dtype: str, level: int, tmp_path: Path) -> None:
    text = ALL_WAYS.replace("DTYPE", dtype)
    agree(Source("net.graph", text), Options(level=level, blas="cblas"), tmp_path)


@pytest.mark.parametrize("name", ["gpt", "convnet"])
def test_an_example(name: str, tmp_path: Path) -> None:
    (path,) = ROOT.glob(f"examples/*/{name}.graph")
    source = Source(str(path), path.read_text(encoding="utf-8"))
    agree(source, Options(blas="cblas"), tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(runtime() is None, reason="the compiler has no AddressSanitizer")
def test_it_goes_nowhere_else(tmp_path: Path) -> None:
    path = tmp_path / "net.graph"
    path.write_text(ALL_WAYS.replace("DTYPE", "f64"), encoding="utf-8")
    assert watched(str(path), blas=libraries()) == ""


def test_the_header_says_what_to_link() -> None:
    source = Source("net.graph", "param w: [64, 64]\nloss J = sum(w @ w)\n")
    files = compile_source(source, Options(blas="cblas"), target=target_of("c", "cblas")).files
    assert "Link with it, as with\n    -lopenblas -lm\n" in files[".h"]
    assert "cblas" not in "".join(compile_source(source, target=target_of("c")).files.values())
