"""`-e TEXT`: a graph on the command line, for every verb that reads one."""

import json
from pathlib import Path

import pytest

from gradc.commands import VERBS
from gradc.commands.dispatch import parser_of
from tests.cli.conftest import Run

CUBE = "J = w**3"
READERS = [
    verb
    for verb in VERBS
    if verb != "build" and any(a.dest == "files" for a in parser_of(verb)._actions)
]
MORE = {"emit": ["--stage", "graph"], "reduce": ["--while", "false"]}


@pytest.mark.parametrize("verb", READERS)
def test_every_verb_takes_one_and_writes_no_file(run: Run, folder: Path, verb: str) -> None:
    before = sorted(folder.iterdir())
    result = run(verb, "-e", CUBE, *MORE.get(verb, []))
    assert result.code == 0, result.err
    assert sorted(folder.iterdir()) == before


def test_values_are_set(run: Run) -> None:
    page = run("explain", "-e", CUBE, "--set", "w=2").out
    assert page.startswith("J = w**3 at w = 2\n")
    assert "dJ/dw = 12 at w = 2" in page


def test_what_nobody_gives_is_drawn_and_the_page_says_so(run: Run) -> None:
    page = run("trace", "-e", "a = w * x; J = a**2", "--set", "w=2").out
    assert "drawn  x at random, with seed 0\n" in page
    assert "w at random" not in page
    assert "drawn  w at random, with seed 0\n" in run("explain", "-e", CUBE).out


def graph(run: Run, text: str) -> str:
    result = run("emit", "--stage", "graph", "-e", text)
    assert result.code == 0, result.err
    return result.out


@pytest.mark.parametrize(
    ("brief", "full"),
    [
        (CUBE, "param w\nloss J = w**3\n"),
        ("a = w * x; J = a + w;", "param w\nparam x\na = w * x\nloss J = a + w\n"),
        ("a = w\nJ = a**2", "param w\na = w\nloss J = a**2\n"),
        ("J = b**2; b = exp(w)", "param w\nJ = b**2\nloss b = exp(w)\n"),
        ("J = e**w * pi", "param w\nloss J = e**w * pi\n"),
        ("J = x * w; input x = 3", "input x = 3\nparam w\nloss J = x * w\n"),
        ("param w = 5; J = w**2 # a; note", "param w = 5\nloss J = w**2\n"),
        ("loss J = w**2; b = J + v", "param w\nparam v\nloss J = w**2\nb = J + v\n"),
        ("output p = w**2; J = p + 1", "param w\noutput p = w**2\nloss J = p + 1\n"),
        ("J = w**2; output p = w", "param w\nJ = w**2\noutput p = w\n"),
        ("dim D = 3; param v: [D] = 2; J = sum(w * v)",
         "dim D = 3\nparam v: [D] = 2\nparam w\nloss J = sum(w * v)\n"),
        ("scan h = h0 times 3 { next h = h * w }",
         "param h0\nparam w\nscan h = h0 times 3 { next h = h * w }\nloss h\n"),
        ("fn f(x) = x**2; vjp f(x) -> y; dy { dx = 2 * x * dy }; J = f(w)",
         "param w\nfn f(x) = x**2\nvjp f(x) -> y; dy { dx = 2 * x * dy }\nloss J = f(w)\n"),
        ("J = tanh(w) + max(w * v)", "param w\nparam v\nloss J = tanh(w) + max(w * v)\n"),
        ("from 'f.graph' import twice; J = twice(w)",
         "from 'f.graph' import twice\nparam w\nloss J = twice(w)\n"),
    ],
)  # fmt: skip
def test_what_an_expression_leaves_out(run: Run, folder: Path, brief: str, full: str) -> None:
    (folder / "f.graph").write_text("fn twice(x) = 2 * x\n", encoding="utf-8")
    (folder / "full.graph").write_text(full, encoding="utf-8")
    written = run("emit", "--stage", "graph", "full.graph")
    assert written.code == 0, written.err
    assert graph(run, brief) == written.out


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("a = 2; J = w * $", "error[E0107]: `$` means nothing here", 16),
        ("a = 2; J = foo(w)", "error[E0203]: there is no function or operation `foo`", 12),
        ("a = w; J = tanh(a, w)", "error[E0206]: `tanh` takes at most 1 argument", 20),
        ("a = w; J = np.exp(a)", "`np.exp`", 12),
        ("fn f(x) = x * v; J = f(w)", "error[E0201]: nothing is called `v`", 15),
        ("param p: [2]; param q: [3]; J = mse_loss(p, q)", "error[E0302]", 45),
        ("J = w; J = 2", "error[E0202]: `J` is bound twice", 8),
    ],
)
def test_mistakes_are_shown_in_the_line_as_typed(
    run: Run, text: str, message: str, column: int
) -> None:
    result = run("check", "-e", text)
    assert result.code == 1
    assert message in result.err
    assert f"--> <expression>:1:{column}\n" in result.err
    assert f"\n 1 | {text}\n" in result.err


def test_machines_are_told_too(run: Run) -> None:
    result = run("check", "-e", "a = 2; J = foo(w)", "--output-format", "json")
    (found,) = json.loads(result.err)["diagnostics"]
    assert (found["file"], found["spans"][0]["column"]) == ("<expression>", 12)


def test_compile_prints_the_module_or_writes_it(run: Run, folder: Path) -> None:
    printed = run("compile", "-e", CUBE)
    assert "\ndef backward(saved" in printed.out
    assert '"source": "<expression>"' in printed.out
    assert run("compile", "-e", CUBE, "-o", "cube.py").out == ""
    assert (folder / "cube.py").read_text(encoding="utf-8") == printed.out
    assert run("compile", "-e", CUBE, "-o", "cube.py", "--check").code == 0
    assert run("compile", "-e", CUBE, "--check").code == 2
    verdict = run("verify", "--provenance", "cube.py")
    assert verdict.out == "cube.py: compiled from an expression, which no file holds\n"


def test_fmt_gives_each_statement_a_line(run: Run) -> None:
    text = "a=w *2;fn f(x)=x;  J=f(a) # done"
    assert run("fmt", "-e", text).out == "a = w * 2\nfn f(x) = x\nJ = f(a)  # done\n"
    assert run("fmt", "-e", "J = w**2", "--check").code == 1  # a file ends with a line break


def test_names_of_values_follow(run: Run) -> None:
    result = run("why", "-e", "J = relu(w) + v", "w", "--set", "w=-1", "--set", "v=1")
    assert result.out.startswith("dJ/dw is 0")


def test_an_expression_is_reduced_to_a_file(run: Run) -> None:
    words = ("-e", "b = w * 2; J = exp(b) + v", "--while", "gradc check --wrt nope")
    assert run("reduce", *words).out == "param v\nJ = v\nloss J\n"


def test_a_text_that_is_not_utf_8(shell) -> None:
    process = shell("check", b"-e", b"J = w # \xff")
    assert process.returncode == 1
    assert b"error[E0101]: byte 0xFF is not UTF-8" in process.stderr


def test_the_folder_of_an_expression_is_the_one_at_work(run: Run, folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool.gradc]\nlevel = 0\n", encoding="utf-8")
    assert " at -O0." in run("compile", "-e", CUBE).out
    result = run("check", "-e", "import '../f.graph' as f; J = f.g(w)")
    assert "E0215" in result.err


def test_the_page_of_help_tells_of_it(run: Run) -> None:
    for verb in READERS:
        assert "--expression TEXT" in run(verb, "--help").out, verb


LESSONS = [
    "explain", "explain --paths", "trace", "why J", "why w", "draw", "draw --column",
    "draw --bump w", "draw --descend 0.1", "draw --curve J --wrt w",
    "draw --descend 0.1 --curve J --wrt w", "draw --format html",
]  # fmt: skip


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", ["1e400", "-inf", "1e200", "1e-320", "0", "nan"])
@pytest.mark.parametrize("lesson", LESSONS)
def test_no_value_is_too_strange_for_a_lesson(run: Run, lesson: str, value: str) -> None:
    verb, *more = lesson.split()
    for text in (
        "J = log(w)",
        "J = exp(w)",
        "J = 1/w",
        "J = w**2",
        "u = w / w; J = (u - 1e300)**2",
    ):
        result = run(verb, "-e", text, *more, "--set", f"w={value}")
        assert result.code in (0, 2), result.err


@pytest.mark.parametrize(
    ("text", "value", "message"),
    [
        ("J = log(w)", "-1", "the value of `J` at w = -1 is no number"),
        ("J = w**2", "nan", "the value of `w` is no number"),
        ("J = w - w / w", "0", "the value of `J` at w = 0 is no number"),
    ],
)
def test_what_is_no_number_has_no_tangent(run: Run, text: str, value: str, message: str) -> None:
    result = run("draw", "-e", text, "--curve", "J", "--wrt", "w", "--set", f"w={value}")
    assert result.code == 2
    assert message in result.err


@pytest.mark.parametrize("value", ["inf", "-inf", "nan", "Infinity", "NaN", "1e400"])
def test_broken_numbers_may_be_set(run: Run, value: str) -> None:
    result = run("trace", "-e", "param v: [2]; J = sum(v)", "--set", f"v=[{value}, 1]")
    assert f"[{float(value)}, 1]" in result.out


@pytest.mark.parametrize("name", ["f32", "f64", "i32", "i64", "bool"])
def test_an_element_type_is_no_parameter(run: Run, name: str) -> None:
    found = run("check", "-e", f"J = sum(cast(W, {name}))")
    assert found.code == 1
    assert f'help: write `astype(W, "{name}")`' in found.err
    assert "nothing is called" not in found.err  # the help replaces the call as a whole
    own = run("check", "-e", f"J = sum(astype(W, {name}))")
    assert f"nothing is called `{name}`\n" in own.err
    assert f'help: write `"{name}"`' in own.err
    assert run("check", "-e", f"{name} = 2; J = w * {name}").code == 0
