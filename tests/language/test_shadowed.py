"""Names that stand for two things are told: what a body binds, and what the caller gives."""

import numpy as np
import pytest

from gradc.compiler import compile_source
from gradc.diagnostics import Diagnostic, DiagnosticError, Help
from gradc.remedies.tries import edited
from gradc.source import Source
from tests.compiled import build

HEAD = "dim T\ninput x: [T, 4]\nparam a = 0.9\nconst k = 2\nb = a * 2\n"


def scan(name: str, told: str = "") -> str:
    body = f"    {told}{name} = x_t - s\n    next s = s + a * {name}\n"
    return f"scan s = zeros([4]) over x_t in x {{\n{body}}}\n"


def found(text: str) -> list[Diagnostic]:
    try:
        return list(compile_source(Source("names.graph", text)).warnings)
    except DiagnosticError as failure:
        return list(failure.diagnostics)


@pytest.mark.parametrize("name", ["e", "pi", "inf", "nan", "training", "k", "b"])
def test_what_a_scan_binds_is_not_read_below_it(name: str) -> None:
    text = f"{HEAD}{scan(name)}loss J = mean(s) + where({name} > 0, a, b)\n"
    (told,) = [d for d in found(text) if d.code == "W914"]
    assert told.span is not None
    assert told.span.line == 10
    assert f"the `{name}` of line 7 belongs to the body of a scan" in told.message


def test_a_loop_that_nothing_needs_for_that_is_not_told_beside_it() -> None:
    codes = [d.code for d in found(f"{HEAD}{scan('e')}loss J = mean(x) * a + e * b\n")]
    assert codes == ["W914"]
    other = "scan r = zeros([4]) over x_t in x {\n    next r = x_t + r\n}\n"
    text = f"{HEAD}{scan('e')}{other}loss J = mean(x) * a + e * b\n"
    assert sorted(d.code for d in found(text)) == ["W901", "W914"]
    assert [d.code for d in found(f"{HEAD}{scan('e')}loss J = mean(x) * a * b\n")] == ["W901"]


@pytest.mark.parametrize("name", ["e", "pi"])
def test_what_a_function_binds_is_not_read_below_it(name: str) -> None:
    body = f"    {name} = z + 1\n    return {name}\n"
    text = f"fn f(z) {{\n{body}}}\nparam w = 1\nloss J = f(w) * {name}\n"
    (told,) = found(text)
    assert told.code == "W914"
    assert "the body of `f`" in told.message


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}{scan('e')}loss J = mean(s) + b\n",  # not read
        f"{HEAD}c = e * b\n{scan('e')}loss J = mean(s) * c\n",  # read above it
        f"{HEAD}{scan('e', 'output ')}loss J = mean(s) + mean(e)\n",  # collected
        f"{HEAD}{scan('z')}e = sum(s)\nloss J = e\n",
        f"{HEAD}{scan('e')}e = sum(s)\nloss J = e\n",
        f"{HEAD}scan s = 0 over x in x {{\n    next s = s + sum(x)\n}}\nloss J = s * sum(x) * b\n",
        "fn f(e) = e * 2\nparam w = 1\nloss J = f(w) * e\n",
        "fn f(z) {\n    b = z + 1\n    return b\n}\nparam w = 1\nb = 2\nloss J = f(w) * b\n",
    ],
)
def test_what_is_clear_is_not_told(text: str) -> None:
    assert "W914" not in [d.code for d in found(text)]


def test_it_is_collected_as_the_help_says() -> None:
    text = f"{HEAD}{scan('e')}loss J = mean(e**2) + b + mean(s)\n"
    (told,) = found(text)
    assert told.helps[0] == "`output e` in the body collects its value of each step"
    text = text.replace("    next s", "    output e\n    next s")
    x = np.random.default_rng(0).normal(size=(3, 4))
    s, errors = np.zeros(4), []
    for x_t in x:
        errors.append(x_t - s)
        s = s + 0.9 * errors[-1]
    module = build(text)
    outputs, _ = module.forward(module.init_params(), x=x)
    assert np.isclose(outputs.J, np.mean(np.square(errors)) + 1.8 + np.mean(s))


DROPS = "input x: [4, 3]\nparam w = 1\ny = where({} > 0, dropout(x, 0.5), x)\nloss J = sum(w * y)\n"


@pytest.mark.parametrize(
    "declared",
    [
        "input training: bool",
        "input training: bool = false",
        "input training: bool[3]",
        "input training = 2",
        "param training = 2",
        "state training = 2",
    ],
)
def test_the_flag_of_training_is_given_once(declared: str) -> None:
    text = f"{declared}\n{DROPS.format('training')}"
    (told,) = found(text)
    assert told.code == "E0202"
    assert told.message == "`training` is given by the caller already"
    (help_,) = told.helps
    renamed = text.replace("training", "training_rate")
    if declared.startswith("input training: bool") and "[" not in declared:
        assert isinstance(help_, Help)
        renamed = edited(text, help_.replacements)
    assert not [d for d in found(renamed) if d.is_error]
    alone = text.replace("dropout(x, 0.5)", "2 * x")  # nothing reads the flag
    assert not [d for d in found(alone) if d.is_error]


@pytest.mark.parametrize("bound", ["training = sum(x) > 0", "output training = sum(x) > 0"])
def test_a_value_may_have_its_name(bound: str) -> None:
    text = f"{bound}\n{DROPS.format('training')}"
    assert not found(text)
