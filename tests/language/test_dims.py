"""Dimensions: free, fixed, derived; sizes as expressions and as numbers."""

import numpy as np
import pytest

from tests.compiled import LEVELS, build, refused, same, value

BOTH = "input x: [K]\ninput z: [N]\noutput y = sum(x) + sum(z)\n"


def test_a_free_dimension_is_bound_by_the_shapes_of_the_arguments() -> None:
    module = build("dim B, T\ninput x: [B, T]\noutput y = x * B + T\n")
    for rows, columns in ((2, 3), (1, 1), (0, 4)):
        x = np.ones((rows, columns))
        assert same(module.outputs(x=x).y, x * rows + columns)


@pytest.mark.parametrize(
    ("dims", "shape"), [({}, [784, 392]), ({"D": 64}, [64, 32]), ({"D": 10, "H": 3}, [10, 3])]
)
def test_the_command_line_replaces_a_dimension(dims: dict[str, int], shape: list[int]) -> None:
    module = build("dim D = 784, H = D // 2\ninput x: [D, H]\noutput y = x\n", dims=dims)
    assert module.graph["inputs"]["x"]["shape"] == shape
    assert module.graph["dims"] == dict(zip("DH", shape, strict=True))


def test_the_command_line_fixes_a_free_dimension() -> None:
    module = build("dim B\ninput x: [B]\noutput y = x\n", dims={"B": 2})
    assert module.graph["dims"] == {"B": 2}
    with pytest.raises(ValueError, match=r"x: expected f64\[2\], got float64\[3\]"):
        module.forward(x=np.ones(3))


@pytest.mark.parametrize("lines", ["dim K\ndim N = 2 * K\n", "dim N = 2 * K\ndim K\n"])
@pytest.mark.parametrize("inputs", ["input x: [K]\ninput z: [N]\n", "input z: [N]\ninput x: [K]\n"])
def test_a_derived_dimension_is_checked_and_gives_nothing(lines: str, inputs: str) -> None:
    module = build(f"{lines}{inputs}output y = sum(x) + sum(z) * N\n")
    assert module.outputs(x=np.ones(2), z=np.ones(4)).y == 2 + 4 * 4
    with pytest.raises(ValueError, match=r"z: expected f64\[2\*K\], got float64\[5\]"):
        module.forward(x=np.ones(2), z=np.ones(5))
    assert module.graph["dims"]["N"] == "2*K"


def test_dimensions_stand_in_any_order() -> None:
    assert build("dim H = D // 2, D = 6\ninput x: [H]\noutput y = x\n").graph["dims"]["H"] == 3


@pytest.mark.parametrize(
    ("size", "dims", "wanted"),
    [
        ("2*H + 1", "H = 3", 7),
        ("H - 1", "H = 3", 2),
        ("7 // H", "H = 3", 2),
        ("(H + 1) * 2", "H = 3", 8),
        ("k", "H = 3\nconst k = 5", 5),
        ("x.shape[0]", "H = 3\nconst x = [1, 2]", 2),
        ("2*B", "B", "2*B"),
        ("B + B", "B", "2*B"),
        ("B*B - 1", "B", "B*B - 1"),
    ],
)
def test_a_size_is_an_expression(size: str, dims: str, wanted: int | str) -> None:
    given = "input b: [B]\noutput c = b\n" if dims == "B" else ""
    module = build(f"dim {dims}\ninput a: [{size}]\n{given}output y = a\n")
    assert module.graph["inputs"]["a"]["shape"] == [wanted]


def test_a_size_is_a_number_in_expressions() -> None:
    declared = "dim B\ninput x: f32[B, 3]"
    x = np.ones((4, 3), np.float32)
    assert same(value("sum(x) / B", declared, x=x), np.float32(3))
    assert same(value("x * (B + 1)", declared, x=x), x * 5)
    assert same(value("B", declared, x=x), np.int64(4))
    assert same(value("B // 3 + 0.5", declared, x=x), 1.5)
    assert same(value("x.shape[0] * x.shape[-1]", declared, x=x), np.int64(12))


def test_a_size_of_0_divides_as_floats_do() -> None:
    module = build("dim B\ninput x: [B]\noutput y = sum(x) / B\noutput z = 1 / B\n")
    with np.errstate(all="ignore"):
        y, z = module.outputs(x=np.ones(0))
    assert np.isnan(y)
    assert z == np.inf


@pytest.mark.parametrize(
    ("size", "right", "wrong"),
    [
        ("2 * L", {0: 0, 2: 1, 6: 3}, (1, 5)),
        ("L - 1", {0: 1, 3: 4}, ()),
        ("L + 2", {2: 0, 5: 3}, (0, 1)),
        ("3 * L + 1", {1: 0, 7: 2}, (0, 3, 5)),
        ("2 * L - 3", {1: 2, 3: 3}, (0, 2)),
    ],
)
def test_a_dimension_is_solved_for(
    size: str, right: dict[int, int], wrong: tuple[int, ...]
) -> None:
    declared = f"dim L\n{{}} x: [{size}]\nparam w: [3, {size}] = 1\n"
    texts = [
        declared.format("input") + "loss J = sum(w) * L + sum(x)\n",
        declared.format("param") + "input z: [L]\nloss J = sum(w) * L + sum(x) + 0 * sum(z)\n",
        declared.format("param") + "loss J = sum(w) * L + sum(x)\n",
    ]
    for position, text in enumerate(texts):
        module = build(text)
        for count in (*right, *wrong):
            x, w = np.ones(count), np.ones((3, count))
            inputs = (
                {"x": x}
                if position == 0
                else {"z": np.ones(right.get(count, 1))}
                if position == 1
                else {}
            )
            params = {"w": w} if position == 0 else {"x": x, "w": w}
            if count in right:
                found = module.outputs(params, **inputs).J
                assert found == 3 * count * right[count] + count
                gradient = module.gradients(params, **inputs)["w"]
                assert np.array_equal(gradient, np.full((3, count), right[count]))
            else:
                with pytest.raises(ValueError, match=r"[xw]: expected f64\["):
                    module.outputs(params, **inputs)


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("dim B\ninput x: [B * B]\noutput y = x", "E0310", "no argument gives the dimension `B`"),
        ("dim B\ninput x: [6 - B]\noutput y = x", "E0310", "no argument gives the dimension `B`"),
        ("dim B, C\ninput x: [B + C]\noutput y = x", "E0310", "the dimension `B`"),
        ("dim B\ninput x: [2]\noutput y = x * B", "E0310", "no argument gives the dimension `B`"),
        ("dim B\noutput y = zeros([B])", "E0310", "with `B` alone as a size binds it"),
        ("dim H = 2.5\ninput x: [H]\noutput y = x", "E0307", "a size is an integer"),
        ("dim H = 2 - 5\ninput x: [H]\noutput y = x", "E0306", "cannot be negative: -3"),
        ("dim H = 2 // 0\ninput x: [H]\noutput y = x", "E0309", "divided by zero"),
        ("dim B\ninput b: [B]\ninput x: [B / 2]\noutput y = x + b", "E0307", "a size is an"),
        ("input x: [B]\noutput y = x", "E0201", "nothing is called `B`"),
        ("input x: [true]\noutput y = x", "E0307", "a size is an integer"),
        ("dim H = D, D = H\ninput x: [H]\noutput y = x", "E0204", "H → D → H"),
        ("dim H, H\ninput x: [H]\noutput y = x", "E0202", "`H` is bound twice"),
        ("dim x\ninput x: [x]\noutput y = x", "E0202", "`x` is bound twice"),
        ("input x: [..., 3]\noutput y = x", "E0306", "`...` stands in patterns"),
    ],
)
def test_refused(text: str, code: str, message: str) -> None:
    refused(text + "\n", code, message)


def test_an_unknown_dimension_on_the_command_line() -> None:
    text = "dim Batch\ninput x: [Batch]\noutput y = sum(x)\n"
    refused(text, "E0503", "did you mean `Batch`?", dims={"Bath": 8})
    refused(text, "E0306", "cannot be negative", dims={"Batch": -1})


def test_two_dimensions_are_never_equal() -> None:
    refused("dim A, B\ninput x: [A]\ninput y: [B]\noutput z = x + y\n", "E0302", "A is not B")
    assert same(value("x + y", "dim A\ninput x: [A]\ninput y: [1]", x=[1, 2], y=[3]),
                np.array([4.0, 5]))  # fmt: skip


def test_a_declared_size_is_a_fact() -> None:
    """`[N - 1]` says that N is at least 1, so what a slice takes away is there."""
    text = """
dim N
input x: [N]
param w: [N - 1]
d = w * x[1:] * x[:-1]
loss J = sum(d ** 2) + sum(grad(sum(d ** 3), x)) + sum(x[: N - 1] * w)
output steps = x[1:] - x[:-1] + w
"""
    for level in (*LEVELS, 2):
        module = build(text, level=level)
        assert "max(N" not in module.text
        x, w = np.array([1.0, 2, 4, 3]), np.array([0.5, -1, 2])
        found = module.outputs({"w": w}, x=x)
        assert np.array_equal(found.steps, np.diff(x) + w)
        d, slope = w * x[1:] * x[:-1], 3 * (w * x[1:] * x[:-1]) ** 2 * w
        wanted = (d**2).sum() + (slope * (x[1:] + x[:-1])).sum() + (x[:-1] * w).sum()
        assert np.isclose(found.J, wanted)
        assert module.outputs({"w": np.zeros(0)}, x=np.ones(1)).steps.shape == (0,)
        with pytest.raises(ValueError, match=r"w: expected f64\[N - 1\]"):
            module.outputs({"w": np.zeros(0)}, x=np.zeros(0))


def test_what_no_declaration_says_is_no_fact() -> None:
    text = "dim N, M\ninput x: [N]\ninput y: [M]\ninput w: [M - 1]\noutput z = x[1:] + x[1:]\n"
    shape = build(text).graph["outputs"]["z"]["shape"]
    assert shape == ["max(N - 1, 0)"]
    refused(text.replace("x[1:] + x[1:]", "x[1:] + w"), "E0302", "do not broadcast")


@pytest.mark.parametrize("index", ["0::2", "1::2", "::-2", "-2::-2", ":2 * N:2"])
def test_every_second_element_of_an_even_size(index: str) -> None:
    text = f"dim N\ninput x: [N]\nparam w: [2 * N] = 1\nloss J = sum(x * w[{index}] ** 2)\n"
    x, w = np.array([1.0, 3]), np.arange(4.0)
    gradient = np.zeros(4)
    exec(f"gradient[{index}] = 2 * x * w[{index}]", {"gradient": gradient, "x": x, "w": w, "N": 2})
    assert np.array_equal(build(text).gradients({"w": w}, x=x)["w"], gradient)


def test_a_size_begins_with_what_is_added() -> None:
    text = "dim N, K\ninput x: [N]\ninput k: [K]\ninput t: [N - K + 1]\noutput y = x[K - 1 :] - t\n"
    module = build(text)
    assert module.graph["inputs"]["t"]["shape"] == ["N - K + 1"]
    with pytest.raises(ValueError, match=r"expected f64\[N - K \+ 1\], got float64\[5\]"):
        module.outputs(x=np.ones(5), k=np.ones(2), t=np.ones(5))
