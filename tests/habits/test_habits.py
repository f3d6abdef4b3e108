"""Habits are recognised: one mistake, one message, at its place, and the help is right."""

from dataclasses import replace
from functools import cache

import pytest

from gradc.cli import main
from gradc.compiler import compile_source
from gradc.diagnostics import Diagnostic, DiagnosticError
from gradc.elaborate.habits.near import near_name
from gradc.library.loader import standard_library
from gradc.syntax.parser import read_text
from tests.habits.cases import Case, by_table, cases


@cache
def errors_of(text: str) -> list[Diagnostic]:
    try:
        compile_source(read_text("habit.graph", text.encode()))
    except DiagnosticError as failure:
        return [d for d in failure.diagnostics if d.is_error]
    return []


def squeezed(text: str) -> str:
    return "".join(text.split())


@by_table
def test_a_habit_has_one_message_at_its_place_that_says_the_remedy(case: Case) -> None:
    found = errors_of(case.wrong)
    assert [d.code for d in found] == [case.code], found
    (diagnostic,) = found
    helps = " | ".join(diagnostic.helps)
    for word in case.said:
        assert word in helps
    assert diagnostic.span is not None
    assert (diagnostic.span.start, diagnostic.span.end) == (case.start, case.end), (
        diagnostic.span.text
    )


@by_table
def test_what_the_help_leads_to_compiles(case: Case) -> None:
    assert not errors_of(case.right)
    assert not case.shown or any(squeezed(w) in squeezed(case.right) for w in case.said)


def test_there_are_many() -> None:
    assert len(cases()) >= 250


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("sofmax", "softmax"), ("simgoid", "sigmoid"), ("tanhh", "tanh"), ("maximun", "maximum"),
        ("mse_los", "mse_loss"), ("reshpae", "reshape"), ("mae_loss", None), ("rse_loss", None),
        ("cod", None), ("sim", None), ("argmix", None), ("minimam", "minimum"), ("l3_loss", None),
    ],
)  # fmt: skip
def test_a_near_miss_is_a_slip_and_no_other_operation(name: str, meant: str | None) -> None:
    found = near_name(name, standard_library().callable_names())
    assert found == (() if meant is None else (f"did you mean `{meant}`?",))


@pytest.mark.parametrize(
    ("text", "helps"),
    [
        ("J = relu(True)", "write `true`"),
        ("J = w.sum()", "write `sum(w)`"),
        ("J = np.pi * r**2", "write `pi`"),
        ("J = swish(w)", "write `silu(w)`"),
    ],
)
def test_expressions_are_told_too(text: str, helps: str) -> None:
    source = replace(read_text("<expression>", text.encode()), is_expression=True)
    with pytest.raises(DiagnosticError) as failure:
        compile_source(source)
    assert [d.helps for d in failure.value.diagnostics] == [(helps,)]


@pytest.mark.parametrize(
    "text",
    [
        "param w\nconst k = w * 2\nloss J = w\n",
        "param w = k\nk = 2\nloss J = w\n",
        "fn f(x) = x + w\nparam w\nloss J = f(2)\n",
    ],
)
def test_a_name_of_the_file_is_not_said_to_mean_nothing(text: str) -> None:
    (found,) = errors_of(text)
    assert "here, where values of the file are not seen" in found.message


@pytest.mark.parametrize("line", ["++", "--", "2++", "++2"])
def test_signs_of_counting_without_a_name_are_refused(line: str) -> None:
    (found,) = errors_of(f"param w\nstate n = 0\n{line}\nloss J = w\n")
    assert found.code == "E0123"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("ŷ²", ["write `y_hat`", "write `**2`"]),
        ("x\u0304³", ["write `_bar`", "write `**3`"]),
        ("ŵ₁", ["write `w_hat`", "write `_1`"]),
        ("día", ["names are made of ASCII and Greek letters, digits and `_`"]),
        ("año", ["names are made of ASCII and Greek letters, digits and `_`"]),
    ],
)
def test_a_sign_behind_a_letter_is_told_beside_it(value: str, said: list[str]) -> None:
    with pytest.raises(DiagnosticError) as failure:
        read_text("habit.graph", f"loss J = {value}\n".encode())
    assert [h for d in failure.value.diagnostics for h in d.helps] == said


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("matvec(x, wieghts)", ["matvec", "wieghts"]),
        ("foo(x @ wieghts, axis=ax)", ["foo", "wieghts"]),
        ("np.foo(wieghts)", ["np.foo(wieghts)", "wieghts"]),
        ("x.foo(wieghts)", ["x.foo(wieghts)", "wieghts"]),
        ("nn.Sequential(nn.Linear(3, 8))", ["nn.Sequential(nn.Linear(3, 8))"]),
        ("foo(x, float32)", ["foo"]),
    ],
)
def test_a_slip_in_a_call_of_what_there_is_not_is_told_too(call: str, said: list[str]) -> None:
    found = errors_of(f"input x: [4, 3]\nparam weights: [3] = 1\nloss J = sum({call})\n")
    assert [d.span and d.span.text for d in found] == said
    if len(found) > 1:
        assert list(found[1].helps) == ["did you mean `weights`?"]


@pytest.mark.parametrize(
    ("name", "helps"), [("permute", "transpose(x, axes=order)"), ("swish", "silu(x)")]
)
def test_the_catalogue_knows_foreign_names(
    name: str, helps: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ops", name]) == 2
    assert helps in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("w.append(2)", "values have no methods: `.append`"),
        ("w.backward()", "values have no methods: `.backward`"),
        ("w.clip(0, 1)", "values have no methods: `.clip`"),
        ("loss.backward()", "values have no methods: `.backward`"),
        ("optimizer.step()", "a statement binds a plain name"),
        ("w.data = 2", "a statement binds a plain name"),
    ],
)
def test_a_method_as_a_statement_is_told_as_one(line: str, message: str) -> None:
    (found,) = errors_of(f"param w\n{line}\nloss J = w\n")
    assert found.message == message
    assert found.helps
