"""The package as a user gets it: built, installed alone, and used in an empty folder."""

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "linear_unit"

pytestmark = pytest.mark.slow


def call(*command: str | Path, cwd: Path) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COV"))}
    process = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment | {"PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source archive, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    call(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ".", cwd=ROOT)
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    (found,) = dist.glob("gradc-*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that holds the wheel and what it asks for, nothing else."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    call(
        *(sys.executable, "-m", "pip", "--python", programs / "python"),
        *("install", "--quiet", wheel),
        cwd=folder,
    )
    return programs


def test_the_wheel_holds_the_package_and_its_data(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top.partition("-")[0] for top in tops} == {"gradc"}, "nothing lands beside the package"
    expected = [
        str(path.relative_to(ROOT).as_posix())
        for folder in ("grammars", "templates")
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    ]
    assert expected
    assert {f"gradc/{name}" for name in expected} <= set(names)
    for folder, suffix in (("library", "graph"), ("lessons", "js")):
        files = [p.relative_to(ROOT) for p in (ROOT / "gradc" / folder).rglob(f"*.{suffix}")]
        assert files
        assert {path.as_posix() for path in files} <= set(names)


def test_a_wheel_is_the_same_bytes_each_time(wheel: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", tmp_path]
    call(*command, ".", cwd=ROOT)
    (again,) = tmp_path.glob("gradc-*.whl")
    assert again.read_bytes() == wheel.read_bytes()


def test_the_wheel_asks_for_the_core_packages_only(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        metadata = archive.read(name).decode("utf-8")
    needs = [
        line.removeprefix("Requires-Dist: ")
        for line in metadata.splitlines()
        if line.startswith("Requires-Dist: ") and "extra ==" not in line
    ]
    assert sorted(need.partition("<")[0].partition(">")[0] for need in needs) == [
        "jinja2",
        "lark",
        "numpy",
    ]


def test_the_source_archive_holds_tests_and_examples(dist: Path) -> None:
    (found,) = dist.glob("gradc-*.tar.gz")
    with tarfile.open(found) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        "LICENSE",
        "README.md",
        "grammars/graph.lark",
        "tests/test_wheel.py",
        "examples/data/digits.csv",
        "editors/vscode/package.json",
    } <= names
    assert [name for name in names if "node_modules" in name] == []


def test_a_graph_compiles_and_runs_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    shutil.copy(EXAMPLE / "linear_unit.graph", tmp_path)
    shutil.copy(EXAMPLE / "run.py", tmp_path)
    call(installed / "gradc", "compile", "linear_unit.graph", cwd=tmp_path)
    golden = (EXAMPLE / "linear_unit.py").read_bytes()
    assert (tmp_path / "linear_unit.py").read_bytes() == golden
    assert "dJ/dw = -4\ndJ/db = 2\n" in call(installed / "python", "run.py", cwd=tmp_path)


def test_what_is_made_ahead_comes_with_it(installed: Path, tmp_path: Path) -> None:
    """And fits: a start loads it rather than making it."""
    code = (
        "import sys\n"
        "from gradc.compiler import compile_source\n"
        "from gradc.source import Source\n"
        "compile_source(Source('f', 'param w = 3\\nloss J = w**2\\n'))\n"
        "print({'lark', 'jinja2'} & {*sys.modules})\n"
    )
    assert call(installed / "python", "-c", code, cwd=tmp_path) == "set()\n"


def test_the_version_is_the_package_s(installed: Path, tmp_path: Path) -> None:
    code = "import gradc; print(gradc.__version__)"
    version = call(installed / "python", "-c", code, cwd=tmp_path).strip()
    assert call(installed / "gradc", "--version", cwd=tmp_path).split()[-1] == version
