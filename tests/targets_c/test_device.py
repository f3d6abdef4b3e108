"""`examples/device`: training steps on a Cortex-M4, as QEMU has it, are those of the host."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gradc.compiler import compile_source, read

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "device"
TOOLS = ("make", "cc", "arm-none-eabi-gcc", "qemu-system-arm")
absent = [tool for tool in TOOLS if shutil.which(tool) is None]

pytestmark = pytest.mark.skipif(bool(absent), reason=f"there is no {', '.join(absent)}")


def make(folder: Path, *goals: str) -> str:
    """What `make` prints."""
    gradc = f"GRADC={shlex.quote(sys.executable)} -m gradc"
    around = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    done = subprocess.run(
        ["make", f"B={folder}", gradc, *goals],
        cwd=FOLDER,
        env={**around, "PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in done.stderr
    return done.stdout


def test_the_board_learns_what_the_host_learns(tmp_path: Path) -> None:
    listed = make(tmp_path)
    missing = set(re.findall(r"^ +U (\w+)$", listed, re.MULTILINE))
    assert {"memset", "__aeabi_dadd"} <= missing
    libm = {"expf", "logf", "sqrtf", "exp", "log"}
    assert {m for m in missing if not m.startswith("__aeabi_")} <= {"memset", "memcpy", *libm}
    sizes = re.findall(r"^ +(\d+)\t +(\d+)\t +(\d+)\t.*/(\w+)\.o$", listed, re.MULTILINE)
    code = {name: int(text) for text, _, _, name in sizes}
    assert code["linear_unit"] < 600
    assert code["digits"] < 6000
    assert all((data, bss) == ("0", "0") for _, data, bss, _ in sizes)

    make(tmp_path, "check")
    board = (tmp_path / "board.txt").read_text(encoding="utf-8").splitlines()
    told = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(f"    {line}\n" in told for line in board)
    values = [float(line.partition(" = ")[2]) for line in board]
    np.testing.assert_allclose(values[:5], [2 * 0.75 ** (2 * n) for n in range(5)], atol=1e-6)
    np.testing.assert_allclose(values[5:], _losses(), rtol=1e-5)


def _losses() -> list[float]:
    """What the module of NumPy's makes of the same digits, from the same parameters."""
    space: dict[str, object] = {"__name__": "digits"}
    path = ROOT / "examples" / "digits" / "digits.graph"
    exec(compile_source(read(str(path))).text, space)
    module: dict[str, object] = space
    rows = np.loadtxt(
        ROOT / "examples" / "data" / "digits.csv", np.int64, delimiter=",", skiprows=1, max_rows=40
    )
    state = 1
    drawn: list[float] = []
    for _ in range(64 * 256 + 256 * 10):
        state = (state * 1664525 + 1013904223) % 2**32
        drawn.append((state >> 8) / 2**23 - 1)
    numbers = np.array(drawn, np.float32)
    params = {
        "W1": np.float32(0.3) * numbers[: 64 * 256].reshape(64, 256),
        "b1": np.zeros(256, np.float32),
        "W2": np.float32(0.15) * numbers[64 * 256 :].reshape(256, 10),
        "b2": np.zeros(10, np.float32),
    }
    losses = []
    for _ in range(4):
        total = 0.0
        for row in rows:
            x = (row[np.newaxis, :64] / 16).astype(np.float32)
            J, gradients = module["value_and_grad"](params, x=x, label=row[64:])  # type: ignore[operator]
            params = {n: v - np.float32(0.02) * gradients[n] for n, v in params.items()}
            total += J
        losses.append(total / 40)
    return losses
