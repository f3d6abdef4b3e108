"""`fmt`, `emit`, `ops`, `error` and `completions`."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gradc.commands import VERBS
from gradc.library.loader import standard_library
from gradc.report.codes import CODES
from tests.cli.conftest import UNIT, Run

UNTIDY = "param w=2   # a weight\nloss J=w  *  w\n"
TIDY = "param w = 2  # a weight\nloss J = w * w\n"


# --- fmt ---


def test_fmt_rewrites_in_place_and_leaves_tidy_files_alone(run: Run, folder: Path) -> None:
    one, other = folder / "one.graph", folder / "other.graph"
    one.write_text(UNTIDY, encoding="utf-8")
    other.write_text(TIDY, encoding="utf-8")
    before = other.stat()
    result = run("fmt", "one.graph", "other.graph")
    assert (result.code, result.out, result.err) == (0, "", "")
    assert one.read_text(encoding="utf-8") == TIDY
    assert other.stat().st_ino == before.st_ino
    assert other.stat().st_mtime_ns == before.st_mtime_ns


def test_fmt_check_and_diff_write_nothing(run: Run, folder: Path) -> None:
    path = folder / "one.graph"
    path.write_text(UNTIDY, encoding="utf-8")
    check = run("fmt", "--check", "one.graph", "unit.graph")
    assert (check.code, check.out) == (1, "")
    assert check.err == "one.graph would change: `gradc fmt one.graph` lays it out\n"
    diff = run("fmt", "--diff", "one.graph")
    assert diff.code == 0
    assert "\n-loss J=w  *  w\n" in diff.out
    assert "\n+loss J = w * w\n" in diff.out
    assert run("fmt", "--diff", "--check", "one.graph").code == 1
    assert path.read_text(encoding="utf-8") == UNTIDY


def test_fmt_from_standard_input(run: Run) -> None:
    assert run("fmt", "-", stdin=UNTIDY.encode()).out == TIDY
    assert run("fmt", "-", "--check", stdin=UNTIDY.encode()).code == 1


def test_fmt_sees_line_ends_and_byte_order_marks(run: Run, folder: Path) -> None:
    path = folder / "one.graph"
    path.write_bytes(b"\xef\xbb\xbf" + TIDY.replace("\n", "\r\n").encode())
    assert run("fmt", "--check", "one.graph").code == 1
    assert run("fmt", "one.graph").code == 0
    assert path.read_bytes() == TIDY.encode()


def test_fmt_keeps_a_file_that_it_cannot_read(run: Run, folder: Path) -> None:
    path = folder / "one.graph"
    path.write_text("loss J = (\n", encoding="utf-8")
    (folder / "two.graph").write_text(UNTIDY, encoding="utf-8")
    result = run("fmt", "one.graph", "two.graph")
    assert result.code == 1
    assert "error[E01" in result.err
    assert path.read_text(encoding="utf-8") == "loss J = (\n"
    assert (folder / "two.graph").read_text(encoding="utf-8") == TIDY


# --- emit ---


def test_emit_tree(run: Run) -> None:
    result = run("emit", "--stage", "tree", "unit.graph")
    assert result.code == 0
    assert result.out.splitlines()[1:] == [
        '  (doc "One linear unit with a squared-error cost.")',
        "  (input x :value (- 2))",
        "  (input y :value 2)",
        "  (param w :value 2)",
        "  (param b :value 8)",
        "  (assign (c) :value (* w x))",
        "  (assign (a) :value (+ c b))",
        "  (assign (d) :value (- a y))",
        "  (assign (J) :value (* 0.5 (** d 2)) :role loss))",
    ]


def test_emit_tree_of_a_long_chain(run: Run, folder: Path) -> None:
    chain = " + ".join(["w"] * 5000)
    (folder / "long.graph").write_text(f"param w = 1\nloss J = {chain}\n", encoding="utf-8")
    result = run("emit", "--stage", "tree", "long.graph")
    assert result.out.count("(+ ") == 4999


@pytest.mark.parametrize("stage", ["graph", "joint", "program"])
def test_emit_of_the_other_stages(run: Run, folder: Path, stage: str) -> None:
    result = run("emit", "--stage", stage, "unit.graph")
    assert result.code == 0, result.err
    assert "w" in result.out
    run("emit", "--stage", stage, "unit.graph", "-o", "stage.txt")
    assert (folder / "stage.txt").read_text(encoding="utf-8") == result.out
    assert run("emit", "--stage", stage, "wrong.graph").code == 1
    assert run("emit", "--stage", stage, "unit.graph", "-o", "unit.graph").code == 2
    assert (folder / "unit.graph").read_text(encoding="utf-8") == UNIT


# --- ops and error ---


def test_ops_lists_everything_by_file(run: Run) -> None:
    out = run("ops").out
    assert re.search(r"^elementwise\n(  .*\n)*  exp +", out, re.MULTILINE)
    assert re.search(r"^  matmul +Matrix product", out, re.MULTILINE)
    assert "astype" not in re.findall(r"^  (\w+)", out.partition("elementwise")[0], re.MULTILINE)


def test_the_page_of_an_operation(run: Run) -> None:
    page = run("ops", "exp").out
    assert page.startswith("exp(x) -> y\n\n    ")
    assert "derivative\n    dx = dy * y\n" in page
    assert "NumPy\n    np.exp\n" in page
    assert "examples" in page
    assert "also called\n    absolute\n" in run("ops", "abs").out
    assert run("ops", "absolute").out == run("ops", "abs").out


def test_the_page_of_a_function(run: Run) -> None:
    page = run("ops", "square").out
    assert page.startswith("square(x)")
    assert "definition\n    fn square(x)" in page


def test_every_name_has_a_page(run: Run) -> None:
    library = standard_library()
    for role in ("op", "fn", "layer"):
        for name in library.names(role):
            result = run("ops", name)
            assert result.code == 0, name
            assert result.out.startswith(name + "("), name


def test_error_pages(run: Run) -> None:
    for code, meaning in CODES.items():
        assert run("error", code).out.startswith(f"{code}: {meaning}\n")
    assert run("error", "e0108").out == run("error", "E0108").out
    listed = run("error").out
    assert all(f"  {code}  {meaning}\n" in listed for code, meaning in CODES.items())


# --- completions ---


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions_are_made_of_the_arguments(run: Run, tmp_path: Path, shell: str) -> None:
    script = run("completions", shell).out
    for verb in VERBS:
        assert verb in script
    for option in ("output-format", "wrt", "stage", "seed"):
        assert option in script
    assert "E0302" in script
    program = shutil.which(shell)
    if program is not None:
        path = tmp_path / "script"
        path.write_text(script, encoding="utf-8")
        subprocess.run([program, "-n", str(path)], check=True)


def complete(script: str, words: list[str]) -> set[str]:
    """What bash offers after these words."""
    line = " ".join(f"'{word}'" for word in words)
    ask = f'COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _gradc; echo "${{COMPREPLY[*]}}"'
    code = f"{script}\n{ask}"
    process = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True)
    return set(process.stdout.split())


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.usefixtures("folder")
def test_bash_completes(run: Run) -> None:
    script = run("completions", "bash").out
    assert complete(script, ["gradc", "co"]) == {"compile", "completions"}
    assert complete(script, ["gradc", "compile", "--ch"]) == {"--check", "--checkpoint"}
    assert complete(script, ["gradc", "compile", "un"]) == {"unit.graph"}
    assert complete(script, ["gradc", "check", "--color", ""]) == {"auto", "always", "never"}
    assert complete(script, ["gradc", "emit", "--stage", "j"]) == {"joint"}
    assert complete(script, ["gradc", "error", "E0108"]) == {"E0108"}
