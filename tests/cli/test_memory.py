"""`--max-memory`: what is told, recorded and refused."""

import json
import shutil
from pathlib import Path

import pytest

from gradc.amounts import about, amount, exactly
from tests.cli.conftest import Run, write

LOOP = """\
dim T, N
input x: [T, N]
param w: [N] = 0.5
scan h = zeros([N]) over x_t in x {
    a = tanh(h * w + x_t)
    next h = sin(a) * cos(a)
}
loss J = sum(h)
"""
SIZES = ("-D", "T=100", "-D", "N=1000")


@pytest.fixture(autouse=True)
def loop(folder: Path) -> None:
    write(folder / "net.graph", LOOP)


def test_what_is_chosen_is_told_and_recorded(run: Run, folder: Path) -> None:
    result = run("compile", "net.graph", *SIZES, "--max-memory", "1MB")
    assert (result.code, result.out) == (0, "")
    assert result.err.splitlines() == [
        "net.graph: budget: 1MB: the peak is 864,008 bytes at T = 100, N = 1,000",
        "  without: 3,248,008 bytes (2.38 MB more)",
        "  made again: a, h_sin, h_cos",
        "  cost: 500,000 FLOPs (27.8% more)",
    ]
    module = (folder / "net.py").read_text(encoding="utf-8")
    assert '"--max-memory 1MB"' in module
    assert run("verify", "--provenance", "net.py").code == 0
    assert run("compile", "--check", "net.graph", *SIZES, "--max-memory", "1MB").code == 0
    assert run("compile", "--check", "net.graph", *SIZES, "--max-memory", "2MB").code == 1


def test_c_keeps_a_budget_too(run: Run, folder: Path) -> None:
    words = ("net.graph", *SIZES, "--max-memory", "1MB")
    result = run("compile", *words, "--target", "c")
    assert (result.code, result.out) == (0, "")
    first, *others = result.err.splitlines()
    bytes_held = int(first.partition("the peak is ")[2].partition(" bytes")[0].replace(",", ""))
    assert bytes_held <= 1_000_000
    assert "made again" in "".join(others)
    # 8 bytes of the loss, and a thousand numbers of the gradient
    constant = f"#define NET_WORKSPACE_BYTES {bytes_held - 8 - 8000}\n"
    assert constant in (folder / "net.h").read_text(encoding="utf-8")
    if shutil.which("cc") is not None:
        assert run("build", *words).err == result.err
    refused = run("build", "net.graph", *SIZES, "--max-memory", "10KB")
    assert refused.code == (1 if shutil.which("cc") else 2)


def test_as_data_nothing_is_told_beside(run: Run) -> None:
    words = ("compile", "net.graph", *SIZES, "--max-memory", "1MB", "--output-format", "json")
    assert json.loads(run(*words).err)["diagnostics"] == []


def test_too_little_is_refused_and_nothing_is_written(run: Run, folder: Path) -> None:
    write(folder / "net.py", "mine\n")
    result = run("compile", "net.graph", *SIZES, "--max-memory", "10KB")
    assert result.code == 1
    assert (
        "error[E0507]: `--max-memory 10KB` is less than `value_and_grad` can do with" in result.err
    )
    assert (folder / "net.py").read_text() == "mine\n"
    least = result.err.partition("`--max-memory ")[2].partition("= help: `--max-memory ")[2]
    words = ("compile", "net.graph", *SIZES, "--max-memory", least.partition("`")[0])
    assert run(*words).code == 0


@pytest.mark.parametrize("given", ["2XB", "GB", "-1", "", "0", "1e9", "1,000", "9" * 60, "0.0001B"])
def test_what_is_no_amount_is_a_wrong_call(run: Run, folder: Path, given: str) -> None:
    result = run("compile", "net.graph", *SIZES, f"--max-memory={given}")
    assert result.code == 2
    assert result.err.startswith("error: --max-memory: ")
    assert "write `2GB`, `512MiB`, or a number of bytes" in result.err
    assert not (folder / "net.py").exists()


def test_stats_tells_the_estimate_and_what_is_chosen(run: Run) -> None:
    plain = run("stats", "net.graph", *SIZES, "--format", "json")
    assert json.loads(plain.out)["peak"] == 3_248_008
    tight = run("stats", "net.graph", *SIZES, "--max-memory", "1MB", "--format", "json")
    data = json.loads(tight.out)
    assert data["peak"] == 864_008
    assert data["choice"] == {
        "budget": 1_000_000,
        "peak": 864_008,
        "without": 3_248_008,
        "made again": ["a", "h_sin", "h_cos"],
        "cut": {},
        "blocks shorter": 1,
        "more flops": 500_000,
    }
    page = run("stats", "net.graph", *SIZES, "--max-memory", "1MB")
    assert "made again   a, h_sin, h_cos" in page.out


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("100000", 100_000),
        ("1_000", 1000),
        ("7B", 7),
        ("64KB", 64_000),
        ("1.5MB", 1_500_000),
        ("2GB", 2_000_000_000),
        ("2 gb", 2_000_000_000),
        ("64KiB", 65_536),
        ("512MiB", 512 * 2**20),
        ("0.5GiB", 2**29),
    ],
)
def test_amounts(text: str, count: int) -> None:
    assert amount(text) == count
    assert amount(exactly(count)) == count


def test_amounts_as_they_are_told() -> None:
    assert [exactly(n) for n in (7, 1500, 64_000, 1_500_000, 2**29)] == [
        "7", "1500", "64KB", "1500KB", "512MiB",
    ]  # fmt: skip
    assert [about(n) for n in (7, 1500, 2_384_000, 10**9, 1_234_000_000_000_000)] == [
        "7 bytes", "1.5 KB", "2.38 MB", "1 GB", "1,230 TB",
    ]  # fmt: skip
