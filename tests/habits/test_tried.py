"""Helps are tried before they are said, and said as far as they are true."""

import subprocess
import sys
import time

import pytest

from gradc.compiler import compile_source
from gradc.diagnostics import Diagnostic, DiagnosticError, Help, error
from gradc.remedies.tries import edited, tried
from gradc.source import Source, Span
from tests.habits.test_habits import errors_of

TEXT = "input y\nparam w\nz = foo(w)\nloss J = z * y\n"


def said(*helps: str) -> tuple[str, ...]:
    """What is left of helps for the unknown function of the text."""
    (found,) = errors_of(TEXT)
    source = Source("habit.graph", TEXT)
    start = TEXT.index("foo")
    mistake = Diagnostic(found.code, found.message, Span(source, start, start + 3), helps=helps)
    (result,) = tried(source, [mistake], lambda text: errors_of(text.text))
    return result.helps


def test_a_help_that_mends_holds_where_it_goes() -> None:
    (help_,) = said("write `exp(w)`")
    assert isinstance(help_, Help)
    assert edited(TEXT, help_.replacements) == TEXT.replace("foo(w)", "exp(w)")


@pytest.mark.parametrize(
    ("help_", "left"),
    [
        ("write `bar(w)`", ()),  # the mistake again
        ("write `y = exp(w)`", ()),  # a name that is taken
        ("another is made: `y = exp(w)`", ("another is made",)),
        ("write `bar(w)`; each takes one number", ("each takes one number",)),
        ("write `bar(w)`, or `exp(w)` where it grows", ("write `exp(w)` where it grows",)),
        ("write `exp(w)`, or `bar(w)` where it grows", ("write `exp(w)`",)),
        ("a function is called: `maximum(w, other)`", ("a function is called: `maximum(w, …)`",)),
        ("did you mean `fob`?", ("did you mean `fob`?",)),
        ("write `fn foo(x) = …`", ("write `fn foo(x) = …`",)),
        ("it stands in a body", ("it stands in a body",)),
        ("write `other`", ()),
        ("another is meant: `other + more`", ("another is meant",)),
    ],
)
def test_what_does_not_mend_is_not_said(help_: str, left: tuple[str, ...]) -> None:
    assert said(help_) == left


def test_what_was_wrong_elsewhere_may_stay() -> None:
    text = "param w\nx = np.exp(w)\ny = relu(v)\nloss J = x + y\n"
    first, second = errors_of(text)
    assert isinstance(first.helps[0], Help)
    assert "`v`" in second.message


def test_other_files_are_left_alone() -> None:
    elsewhere = Source("other.graph", "z = foo(w)\n")
    mistake = error("E0203", "no `foo`", Span(elsewhere, 4, 7), helps=["write `exp(w)`"])
    source = Source("habit.graph", TEXT)
    assert tried(source, mistake.diagnostics, lambda _: ()) == mistake.diagnostics


def test_a_program_without_mistakes_tries_nothing() -> None:
    code = (
        "import sys; from gradc.compiler import compile_source; from gradc.source import Source;"
        "compile_source(Source('a', 'param w\\nloss J = w\\n'));"
        "sys.exit(any(m.startswith('gradc.remedies') for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_large_program_is_not_read_again_and_again() -> None:
    text = "param w\n" + "".join(f"a{i} = sin(w * {i}) + {i}\n" for i in range(6_000))
    source = Source("large.graph", f"{text}loss J = np.exp(w)\nk = np.sin(w)\n")
    start = time.perf_counter()
    with pytest.raises(DiagnosticError) as failure:
        compile_source(source)
    assert time.perf_counter() - start < 30
    assert failure.value.diagnostics[0].helps == ("write `exp(w)`",)


@pytest.mark.parametrize(
    ("line", "help_"),
    [
        (
            "z = softmax(masked_fill(y, w, 0), dim=-1)",
            "write `axis=-1`; then there is no function or operation `masked_fill`",
        ),
        (
            "from torch.nn import Linear",
            "layers come from `nn`: write `from nn import Linear`;"
            " then `nn` has nothing called `Linear`",
        ),
        ("z = w.exp() @ y", "write `exp(w)`; then `@` needs arrays, not scalars"),
        ("z = w .* y;", "write `*`; then `;` means nothing here"),
        ("z = (w .* y)^2", "write `*`; then `^` is not an operator"),
        ("z = np.sum(y, axis=5)", "write `sum(y, axis=5)`; then a scalar has no axes"),
    ],
)
def test_what_a_mistake_hid_on_its_line_is_told(line: str, help_: str) -> None:
    (found,) = errors_of(TEXT.replace("z = foo(w)", line))
    assert found.helps == (help_,)


@pytest.mark.parametrize(
    ("wrong", "right", "hidden"),
    [
        (
            "scan h = zeros([4]), c = zeros([4]) over x_t in x {",
            "scan h, c = zeros([4]), zeros([4]) over x_t in x {",
            "the scan does not say `next c`",
        ),
        (
            "scan h = v[0], c = v[1] over x_t in x {",
            "scan h, c = v[0], v[1] over x_t in x {",
            "the scan does not say `next c`",
        ),
        (
            "scan h = v, c = V.T over x_t in x {",
            "scan h, c = v, V.T over x_t in x {",
            "the scan does not say `next c`",
        ),
    ],
)
def test_what_is_told_to_come_next_is_of_the_text_as_rewritten(
    wrong: str, right: str, hidden: str
) -> None:
    text = (
        f"input x: [5, 4]\nparam v: [4]\nparam V: [4, 4]\n{wrong}\n"
        "    next h = tanh(x_t + c)\n}\nloss J = sum(h)\n"
    )
    (found, *_) = errors_of(text)
    (help_,) = found.helps
    assert help_.endswith(f"; then {hidden}")
    (left, *_) = errors_of(text.replace(wrong, right))
    assert left.message == hidden


@pytest.mark.parametrize(
    "help_",
    ["write `z = zeros([2])`", "write `scan z = zeros([2])`", "write `scan c = zeros([2])`"],
)
def test_what_replaces_a_start_leaves_the_body(help_: str) -> None:
    body = "    next z = z * w\n    next c = c + bar(z)\n}\n"
    text = f"param w\nscan z, c = foo(w), 0 times 3 {{\n{body}loss J = sum(c)\n"
    (found, *_) = errors_of(text)
    source = Source("habit.graph", text)
    start = text.index("foo")
    mistake = Diagnostic(found.code, found.message, Span(source, start, start + 3), helps=(help_,))
    (result,) = tried(source, [mistake], lambda text: errors_of(text.text))
    for kept in result.helps:
        if isinstance(kept, Help):
            assert body in edited(text, kept.replacements)
            assert "c = " in edited(text, kept.replacements).partition("{")[0]


def test_a_name_that_is_bound_again_and_again_has_others() -> None:
    text = "param w\nh = 2 * w\nh = sin(h)\nh = tan(h) + h\nloss J = h\n"
    second, third = errors_of(text)
    changed = []
    for found in (second, third):
        (help_,) = found.helps
        assert isinstance(help_, Help)
        changed.append(edited(text, help_.replacements))
    assert changed == [
        text.replace("h = sin", "h2 = sin").replace("tan(h) + h", "tan(h2) + h2"),
        text.replace("h = tan", "h3 = tan").replace("J = h", "J = h3"),
    ]


@pytest.mark.parametrize(
    "call", ["net(y, x)", "net(x, y)", "net(2 * y, c=x)", "other(x, y)", "outer(x, y)"]
)
def test_no_other_order_is_told_where_none_fits(call: str) -> None:
    text = (
        "dim B\ninput x: [B, 3]\ninput y: [B]\nparam w\n"
        "fn net(u: [n, 7], c: [n]) = sum(u) + sum(c)\nfn other(u, c) = sum(u @ c.T)\n"
        f"fn outer(u, c) = other(u, c)\nloss J = w * {call}\n"
    )
    found = errors_of(text)
    assert found
    assert not [h for d in found for h in d.helps if "other order" in h]
