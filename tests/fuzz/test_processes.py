"""Modules in other processes: the same bytes each time, and no need of gradc or a new Python."""

import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gradc.compiler import Options, compile_source
from gradc.source import Source
from tests.fuzz.generate import generate
from tests.fuzz.judge import Module, cotangents_of

_ROOT = Path(__file__).parents[2]
_HASHES = """
import hashlib
from gradc.compiler import Options, compile_source
from gradc.source import Source
from tests.fuzz.generate import generate
for seed in range(25):
    source = Source("fuzzed.graph", generate(seed).text())
    for level in (0, 1):
        text = compile_source(source, Options(level=level)).text
        print(seed, level, hashlib.sha256(text.encode()).hexdigest())
"""
_RUN = """
import importlib, pathlib, pickle, sys
import numpy as np
np.seterr(all="ignore")
sys.path.insert(0, ".")
for path in sorted(pathlib.Path(".").glob("fuzzed_*.py")):
    module = importlib.import_module(path.stem)
    given = pickle.loads(path.with_suffix(".pickle").read_bytes())
    outputs, saved = module.forward(*given["params"], **given["inputs"])
    gradients = module.backward(saved, **given["cotangents"])
    for name, wanted in given["outputs"].items():
        assert np.allclose(getattr(outputs, name), wanted, equal_nan=True), (path, name)
    for name, wanted in given["gradients"].items():
        assert np.allclose(gradients[name], wanted, equal_nan=True), (path, name)
foreign = [m for m in sys.modules if m.split(".")[0] in ("gradc", "lark", "jinja2")]
assert not foreign, foreign
print("all right")
"""


def _python(arguments, **more):
    return subprocess.run(arguments, capture_output=True, text=True, check=False, **more)


def test_the_bytes_do_not_depend_on_the_seed_of_hashes():
    printed = set()
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        done = _python([sys.executable, "-c", _HASHES], cwd=_ROOT, env=environment)
        assert done.returncode == 0, done.stderr
        printed.add(done.stdout)
    assert len(printed) == 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Modules with arguments and the results that this Python gets."""
    path = tmp_path_factory.mktemp("modules")
    for seed in range(40):
        program = generate(seed)
        if program.states:
            continue
        text = compile_source(Source("fuzzed.graph", program.text()), Options()).text
        module = Module(program, text)
        with np.errstate(all="ignore"):
            outputs, saved = module.forward()
            keywords = module.cotangents(cotangents_of(program))
            gradients = module.namespace["backward"](saved, **keywords)
        given = {
            "params": [module.params] if module.params else [],
            "inputs": module.inputs,
            "cotangents": keywords,
            "outputs": outputs._asdict(),
            "gradients": gradients,
        }
        (path / f"fuzzed_{seed}.pickle").write_bytes(pickle.dumps(given, protocol=4))
        (path / f"fuzzed_{seed}.py").write_text(text, encoding="utf-8")
    return path


def test_modules_run_without_gradc(folder):
    done = _python([sys.executable, "-I", "-c", _RUN], cwd=folder)
    assert done.stdout == "all right\n", done.stderr


def _python_310() -> str | None:
    """The first that runs: what `python3.10` finds may be a shim of no version."""
    installed = sorted(map(str, Path.home().glob(".pyenv/versions/3.10.*/bin/python")))
    for candidate in (os.environ.get("PYTHON310"), shutil.which("python3.10"), *installed):
        if candidate and not _python([candidate, "-c", "import venv"]).returncode:
            return candidate
    return None


@pytest.mark.slow
def test_modules_run_on_python_3_10(folder, tmp_path):
    python = _python_310()
    if python is None:
        pytest.skip("there is no Python 3.10 here")
    environment = tmp_path / "venv"
    assert _python([python, "-m", "venv", str(environment)]).returncode == 0
    inside = str(environment / "bin" / "python")
    installed = _python([inside, "-m", "pip", "install", "--quiet", "numpy>=2.0"])
    if installed.returncode:
        pytest.skip("NumPy cannot be installed")
    done = _python([inside, "-I", "-c", _RUN], cwd=folder)
    assert done.stdout == "all right\n", done.stderr
