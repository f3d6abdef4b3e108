"""Statements: single assignment in any order, several targets, stated types."""

import numpy as np
import pytest

from gradc.diagnostics import Diagnostic
from gradc.elaborate.found import MAX_FOUND
from tests.compiled import build, refusal, refused, same, warned

X = np.arange(12.0).reshape(2, 6)


def test_order_does_not_matter() -> None:
    lines = ["input x", "param w = 3", "a = x * w", "b = a + k", "const k = 2", "loss J = b * b"]
    forwards, backwards = build("\n".join(lines)), build("\n".join(reversed(lines)))
    assert forwards.value_and_grad({"w": 3.0}, x=5.0) == (289.0, {"w": 170.0})
    assert backwards.value_and_grad({"w": 3.0}, x=5.0) == (289.0, {"w": 170.0})


@pytest.mark.parametrize(
    ("lines", "cycle"),
    [
        ("a = a + 1", "a → a"),
        ("a = b\nb = a", "a → b → a"),
        ("a = b + x\nb = c\nc = a * 2", "a → b → c → a"),
        ("a, b = split(c, 2)\nc = stack([a, b])", "a → c → a"),
    ],
)
def test_a_cycle_is_printed(lines: str, cycle: str) -> None:
    refused(f"input x\n{lines}\noutput y = x\n", "E0204", cycle)


@pytest.mark.parametrize(
    "lines",
    [
        "a = x\na = x + 1",
        "x = 1",
        "param x",
        "const x = 1",
        "fn x(a) = a",
        "fn f(a) = a\nfn f(a) = a",
        "fn f(a) = a\nf = x",
        "fn f(a) = a\nconst f = 1",
        "a, a = split(stack([x, x]), 2)",
        "from nn import Dense\nDense = x",
        "from nn import Dense, Dense",
    ],
)
def test_every_name_is_bound_once(lines: str) -> None:
    refused(f"input x\n{lines}\noutput y = 1\n", "E0202", "is bound twice")


def test_each_name_that_is_bound_twice_is_told() -> None:
    found = refusal("input x\na = x\na = x\nb = x\nb = x\noutput y = a + b + unknown\n")
    assert [d.code for d in found] == ["E0202", "E0202", "E0201"]


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ("a, b = x[0, 0], x[1, 1]", (0, 7)),
        ("a, b = b * 2, x[1, 0]", None),  # one statement cannot wait for itself
        ("a: f64, _, b = x[0, 1], x, x[0, 2]", (1, 2)),
        ("a, b = 1, 2.5", (1, 2.5)),
        ("r, s = [x[0, 1], 2], [3, x[0, 2]]\na, b = r[0], s[1]", (1, 2)),
        ("fn f(z) {\n    p, q = z[0], 2 * z[1]\n    return p, q\n}\na, b = f(x[1])", (6, 14)),
        ("scan a, b = 1.0, 1.0 times 4 { next a, b = b, a + b }", (5, 8)),
    ],
)
def test_as_many_targets_as_values(lines: str, wanted: tuple[float, float] | None) -> None:
    text = f"input x: [2, 6]\n{lines}\noutput a, b\n"
    if wanted is None:
        refused(text, "E0204", "b → b")
    else:
        assert build(text).outputs(x=X) == wanted


def test_values_in_a_row_are_differentiated() -> None:
    text = "param w: [3] = [2, 3, 4]\na, b = w[0], w[1]\noutput p, q = a * b, a\nloss J = p * q\n"
    assert build(text).gradients()["w"].tolist() == [12, 4, 0]


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("a, b = x, x, x", "E0206", "2 targets for 3 results"),
        ("a, b, c = x, x", "E0206", "3 targets for 2 results"),
        ("a = x, x", "E0123", "`a1 = x`"),
        ("output a = x, x", "E0123", "found `,`"),
        ("a, b = x axis 0, x", "E0123", "found `axis`"),
    ],
)
def test_values_and_targets_that_do_not_match(line: str, code: str, message: str) -> None:
    refused(f"input x: [2, 6]\n{line}\noutput y = x\n", code, message)


TARGETS = [
    "q, k, v = split(x, 3, axis=-1)",
    "q: f64[2, 2], k: [2, 2], v = split(x, 3, axis=-1)",
    "q, _, v = split(x, 3, axis=-1)\nk = x[:, 2:4]",
    "q, k, _ = split(x, 3, axis=-1)\n_, _, v = split(x, 3, axis=-1)",
    "fn f(a) { return a[:, :2], a[:, 2:4], a[:, 4:] }\nq, k, v = f(x)",
]


@pytest.mark.parametrize("lines", TARGETS)
def test_several_targets(lines: str) -> None:
    q, k, v = build(f"input x: [2, 6]\n{lines}\noutput q, k, v\n").outputs(x=X)
    assert np.array_equal(np.concatenate([q, k, v], axis=1), X)


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("a, b = split(x, 3, axis=-1)", "E0206", "2 targets for 3 results"),
        ("a, b = x", "E0206", "2 targets for one result"),
        ("a = split(x, 3, axis=-1)", "E0206", "one target for 3 results"),
        ("a: [2, 3], b, c = split(x, 3, axis=-1)", "E0306", "`a` is f64[2, 2], not [2, 3]"),
        ("a = 1 +", "E0113", "a value is missing"),
        ("a = (x\n", "E0114", "never closed"),
        ("x[0] = 1", "E0123", "a statement binds a plain name"),
        ("f(x)", "E0123", "a statement binds its value to a name"),
        ("a += 1", "E0123", "is not an operator: every name is bound once"),
        ("a = _", "E0111", "`_` discards a result"),
        ("next a = x", "E0208", "`next` stands in the body of a `scan`"),
        ("output a = x axis 1", "E0208", "`axis` stands in the body of a `scan`"),
    ],
)
def test_refused(line: str, code: str, message: str) -> None:
    found = refusal(f"input x: [2, 6]\n{line}\noutput o = 1\n")
    assert found[0].code == code
    assert message in found[0].message


def test_a_discarded_result_is_not_computed() -> None:
    text = "input x\n_ = exp(x)\noutput y = x\n"
    assert "np.exp" not in build(text).text
    assert warned(text) == []


STATED = [
    ("h: f32[B, 3] = relu(x)", "float32"),
    ("h: [B, 3] = relu(x)", "float32"),
    ("h: f32 = relu(x)", "float32"),
    ("h: [..., 3] = relu(x)\ng: [...] = sum(x)", "float32"),
    ("h: [2*B, 3] = concatenate([x, x])", "float32"),
    ("h: f32[] = sum(x)", "float32"),
    ("h: bool[B, 3] = x > 0", "bool"),
    ("h: f32 = 2", "float32"),
    ("h: f64 = 2", "float64"),
    ("h: i32 = 2", "int32"),
    ("h: f32[2] = [1, 2]", "float32"),
    ("h: f64 = B", "float64"),
    ("h = 2", "int64"),
    ("h = [1.5, 2]", "float64"),
]


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize(("line", "dtype"), STATED)
def test_a_stated_type(line: str, dtype: str, level: int) -> None:
    module = build(f"dim B\ninput x: f32[B, 3]\n{line}\noutput h\n", level=level)
    found = module.outputs(x=np.ones((2, 3), np.float32)).h
    assert np.asarray(found).dtype == dtype
    assert module.graph["outputs"]["h"]["dtype"] == dtype
    assert isinstance(found, float) is (dtype == "float64" and not np.shape(found))


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("h: f64[B] = x", "E0305", "`h` is f32[B], not f64[B]"),
        ("h: [C] = x", "E0306", "`h` is f32[B], not [C]"),
        ("h: [B, 1] = x", "E0306", "`h` is f32[B], not [B, 1]"),
        ("h: [] = x", "E0306", "not []"),
        ("h: [2*B] = x", "E0306", "`h` is f32[B], not [2*B]"),
        ("h: [k] = x", "E0201", "nothing is called `k`"),
        ("h: i64 = 2.5", "E0305", "not i64"),
        ("h: bool = 1", "E0305", "not bool"),
        ("h: i64 = x", "E0305", '`astype(x, "i64")` converts'),
        ("output h: f64 = x", "E0305", "`h` is f32[B], not f64"),
        ("loss h: f64 = sum(x)", "E0305", "`h` is f32, not f64"),
        ("_: i64 = x", "E0305", "`_` is f32[B], not i64"),
        ("h: f16[B] = x", "E0120", "f16"),
        ("h: float = x", "E0120", "float"),
    ],
)
def test_a_stated_type_is_checked(line: str, code: str, message: str) -> None:
    text = f"dim B, C\ninput x: f32[B]\ninput z: [C]\n{line}\noutput o = z + sum(x)\n"
    found = refusal(text)
    assert [found[0].code] == [code]
    assert message in " | ".join([found[0].message, *found[0].helps])


def test_where_mistakes_are_too_many_to_tell_that_is_said() -> None:
    def told(count: int) -> list[Diagnostic]:
        return list(refusal("".join(f"a{i} = zz{i}\n" for i in range(count)) + "loss J = 1.0\n"))

    assert len(told(60)) == 60
    assert not any(d.notes for d in told(60))
    found = told(MAX_FOUND + 50)
    assert len(found) == MAX_FOUND
    assert "further on is not told" in found[-1].notes[-1].text


def test_a_number_under_a_stated_type_is_strong() -> None:
    text = "input x: f32[2]\nh: f64 = 2\noutput y = x * h\n"
    assert same(build(text).outputs(x=np.ones(2, np.float32)).y, np.array([2.0, 2.0]))


def test_a_checkpoint_is_the_identity() -> None:
    text = "param x: [3]\ny = checkpoint(sin(x)) * x\nloss J = sum(y)\n"
    plain = text.replace("checkpoint", "")
    given = {"x": np.array([0.5, -1.0, 2.0])}
    ours, theirs = (build(t).value_and_grad(given) for t in (text, plain))
    assert ours[0] == theirs[0]
    assert same(ours[1]["x"], theirs[1]["x"])
