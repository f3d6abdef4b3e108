"""What is said of an option that a verb does not have, and of sizes for what is no dimension."""

from pathlib import Path

import pytest

from gradc.cli import main

TEXT = "dim B\ninput x: [B, 3]\nparam w: [3] = 1\nh = x @ w\nloss J = mean(h**2)\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--lr 0.1", "the caller trains"),
        ("--learning-rate 0.1", "the caller trains"),
        ("--epochs 3", "the caller trains"),
        ("--batch-size 3", "`-D B=32`"),
        ("--chek", "did you mean `--check`?"),
        ("--wtr w", "did you mean `--wrt`?"),
        ("--als jvp", "did you mean `--also`?"),
        ("--foo", "`gradc compile --help` lists the arguments"),
        ("--xyz", "`gradc compile --help` lists the arguments"),
        ("-D batch=32", "there is `B`, set by `-D B=32`"),
        ("-D x=32", "there is `B`, set by `-D B=32`"),
        ("--wrt h", "`h` is computed on line 4; there are `w`, `x`"),
        ("--wrt w1", "did you mean `w`?"),
        ("--wrt x_2", "did you mean `x`?"),
        ("--wrt q1", "there are `w`, `x`"),
    ],
)
def test_an_option(
    words: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "net.graph"
    path.write_text(TEXT, encoding="utf-8")
    assert main(["compile", str(path), "-o", "-", *words.split()]) in (1, 2)
    assert told in capsys.readouterr().err
