"""`gradc trace`: every value forwards, every derivative backwards."""

import json
from pathlib import Path

import numpy as np
import pytest

from gradc.cli import main
from tests.lessons.conftest import SECOND_UNIT, SQUARE, TWO_RELU, UNIT, Tell, rows

GRAPHS = [
    (SQUARE, "w=3 a=11 J=121", "dJ/da=22 dJ/dw=66"),
    (UNIT, "w=2 c=-4 b=8 a=4 d=2 J=2", "dJ/dd=2 dJ/da=2 dJ/db=2 dJ/dc=2 dJ/dw=-4"),
    (SECOND_UNIT, "w=-2 c=-4 b=8 a=4 d=3 J=4.5", "dJ/dd=3 dJ/da=3 dJ/db=3 dJ/dc=3 dJ/dw=6"),
    (
        TWO_RELU,
        "w1=2 t1=2 b1=0 z1=2 a1=2 w2=3 t2=6 b2=1 z2=7 a2=7 J=2",
        "dJ/da2=2 dJ/dz2=2 dJ/db2=2 dJ/dt2=2 dJ/dw2=4 dJ/da1=6 dJ/dz1=6 dJ/db1=6 dJ/dt1=6 dJ/dw1=6",
    ),
]


def pairs(lines: list[list[str]]) -> str:
    return " ".join(f"{row[0]}={row[1]}" for row in lines if len(row) > 1)


@pytest.mark.parametrize(("text", "values", "derivatives"), GRAPHS)
def test_the_graphs_of_the_course(text: str, values: str, derivatives: str, tell: Tell) -> None:
    forwards, backwards = tell("trace", text).split("backwards\n")
    table = rows(forwards.partition("forwards\n")[2])[2:]
    assert pairs(table) == values
    assert pairs(rows(backwards)[2:]) == derivatives


def test_values_of_ones_own(tell: Tell) -> None:
    page = tell("trace", UNIT, "--set", "x=2", "--set", "y=1", "--set", "w=-2")
    assert ["given", "x = 2, y = 1"] in rows(page)
    assert ["J", "4.5", "J = d**2 / 2"] in rows(page)
    assert ["dJ/dw", "6"] in rows(page)


def test_values_from_a_file(tell: Tell, tmp_path: Path) -> None:
    np.savez(tmp_path / "values.npz", x=3.0, w=1.0)
    page = tell("trace", UNIT, "--data", "values.npz", "--set", "w=2")
    assert ["c", "6", "c = w * x"] in rows(page)


def test_arrays_are_summarised_and_small_ones_printed(tell: Tell) -> None:
    text = "dim B\ninput x: [B, 3]\nparam w: [3] = 1\nh = x @ w\nloss J = sum(h)\n"
    page = tell("trace", text, "--set", "x=[[1, 2, 3], [4, 5, 6]]")
    assert ["h", "f64[B]", "[6, 15]", "h = x @ w"] in rows(page)
    assert ["dJ/dw", "f64[3]", "[5, 7, 9]"] in rows(page)
    page = tell("trace", text, "--set", "x=[[1, 2, 3], [4, 5, 6], [7, 8, 9]]")
    assert "x = 3 × 3, 1 to 9, norm 16.882" in page


def test_what_is_drawn_is_said(tell: Tell) -> None:
    text = "dim B\ninput x: [B]\nparam w = 1\nloss J = sum(w * x)\n"
    page = tell("trace", text, "--seed", "3")
    assert ["drawn", "x at random, with seed 3"] in rows(page)
    assert page == tell("trace", text, "--seed", "3")
    assert page != tell("trace", text)


def test_a_graph_without_a_loss_has_no_way_back(tell: Tell) -> None:
    page = tell("trace", "input x = 2\nparam w = 3\noutput y = w * x\n")
    assert "y      6   y = w * x" in page
    assert "no loss" in page
    assert "backwards" not in page


def test_other_formats(tell: Tell) -> None:
    assert "| dJ/da | 22 |" in tell("trace", SQUARE, "--format", "markdown")
    assert r"$\frac{dJ}{da}$ & $22$ \\" in tell("trace", SQUARE, "--format", "latex")
    data = json.loads(tell("trace", SQUARE, "--format", "json"))
    assert [entry["name"] for entry in data["backwards"]] == ["dJ/da", "dJ/dw"]
    assert data["backwards"][1]["value"] == 66


def test_a_page_may_go_to_a_file(tell: Tell) -> None:
    assert tell("trace", SQUARE, "-o", "page.txt") == ""
    assert "dJ/dw       66" in Path("page.txt").read_text()


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--set", "z=1"], 2, "no input or parameter `z`"),
        (["--set", "x=[1]"], 2, "`x` is f64; this has shape [1]"),
        (["--set", "x"], 2, "`--set x` has no `=`"),
        (["--set", "x:3"], 2, "write `--set x=3`"),
        (["--set", "x:[1, 2]"], 2, "write `--set 'x=[1, 2]'`"),
        (["--set", "x=y"], 2, "gives no number or list"),
        (["--data", "none.npz"], 2, "cannot read none.npz"),
        (["--data", "net.graph"], 2, "no .npz file"),
        (["--seed", "-1"], 2, "`--seed`"),
        (["--wrt", "v"], 1, "E0403"),
    ],
)
def test_a_wrong_call(options: list[str], code: int, message: str, tell: Tell) -> None:
    assert message in tell("trace", UNIT, *options, code=code)


def test_an_output_that_is_another_value_has_a_row_of_its_own(tell: Tell) -> None:
    page = tell("trace", "input x: [2] = [1, 2]\nparam w = 3\noutput p = x\noutput q = w\n")
    told = [["p", "f64[2]", "[1, 2]", "p = x"], ["w", "f64", "3", "parameter"]]
    told.append(["q", "f64", "3", "q = w"])
    assert [row for row in rows(page) if row in told] == told
    page = tell("trace", "param w = 3\nloss J = w * w\noutput q = J\n")
    assert ["q", "9", "q = J"] in rows(page)
    assert ["dJ/dw", "6"] in rows(page)


def test_of_several_statements_on_a_line_each_is_told_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["trace", "-e", "h = w; output p = h; loss J = h", "--set", "w=2"]) == 0
    told = rows(capsys.readouterr().out)
    assert ["p", "2", "p = h"] in told
    assert ["J", "2", "J = h"] in told


@pytest.mark.parametrize("command", ["trace", "verify"])
@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("x=1e300", "`x` is f32, which 1e+300 does not fit"),
        ("n=1.5", "`n` is i32; this is no such array"),
        ("n=3000000000", "`n` is i32; this is no such array"),
        ("x=[[1], 2]", "`x` is f32; this is no such array"),
    ],
)
def test_a_number_is_one_of_the_declared_type(
    command: str, value: str, said: str, tell: Tell
) -> None:
    text = "input x: f32 = 1\ninput n: i32 = 3\nparam w: f32 = 1\nloss J = w * x * n\n"
    assert said in tell(command, text, "--set", value, code=2)


@pytest.mark.parametrize("x", [1j, "one", 1e300])
def test_an_array_of_another_kind_is_told_in_our_words(
    x: object, tell: Tell, recwarn: pytest.WarningsRecorder
) -> None:
    np.savez("point.npz", x=np.asarray(x))
    text = "input x: f32 = 1\nparam w: f32 = 1\nloss J = w * x\n"
    said = tell("trace", text, "--data", "point.npz", code=2)
    assert said.startswith("error: `--data`: `x` is f32")
    assert not recwarn.list


@pytest.mark.parametrize("command", ["trace", "verify"])
@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("x=[1,2]", "`[[1, 2]]`"),
        ("u=2", "`[2, 2, 2]`"),
        ("x=[1,2,3]", ""),
        ("t=[]", ""),
        ("x=[[[1]]]", ""),
    ],
)
def test_a_value_with_too_few_axes_is_told_with_them(
    command: str, value: str, meant: str, tell: Tell
) -> None:
    text = "dim B\ninput x: [B, 2]\ninput t: [B, 2]\ninput u: [3]\nparam w = 1\n"
    text += "loss J = w * sum(x + t) * sum(u)\n"
    said = tell(command, text, "--set", value, code=2)
    assert meant in said
    assert bool(meant) == ("in that shape it is" in said)
    if meant:  # what is told is accepted
        tell(command, text, "--set", f"{value[0]}={meant.strip('`')}")


def test_a_wrong_graph_is_a_diagnostic(tell: Tell) -> None:
    assert "E0201" in tell("trace", "param w = 1\nloss J = v\n", code=1)


def test_an_input_that_one_differentiates_by_is_shown(tell: Tell) -> None:
    page = tell("trace", UNIT, "--wrt", "x")
    assert ["x", "-2", "input"] in rows(page)
    assert ["dJ/dx", "4"] in rows(page)


def test_operations_may_be_shown_one_by_one(tell: Tell) -> None:
    lines = rows(tell("trace", UNIT, "--detail", "operations"))
    assert ["J_power", "4", "power(d, 2), line 8"] in lines
    assert ["J", "2", "divide(J_power, 2), line 8"] in lines
    assert ["dJ/dJ_power", "0.5"] in lines
    assert next(row[0] for row in lines if row and row[0].startswith("dJ/")) == "dJ/dJ_power"


@pytest.mark.parametrize("seed", range(6))
def test_labels_are_drawn_among_the_classes_that_there_are(seed: int, tell: Tell) -> None:
    text = "input x: [5, 2]\ninput label: i64[5]\nparam w: [2, 2]\n"
    text += "loss J = cross_entropy(x @ w, label)\n"
    assert "dJ/dw" in tell("trace", text, "--seed", str(seed))
