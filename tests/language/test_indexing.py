"""Indexing and members: as in NumPy, with bounds that only run time knows checked at the door."""

from typing import Any

import numpy as np
import pytest

from tests.compiled import LEVELS, build, refused, value

X = np.arange(12.0).reshape(3, 4)

FIXED = """
    x[:, 0]; x[..., ::-1]; x[0]; x[-1]; x[0, 1]; x[0][1]; x[1:]; x[:2]; x[5:]; x[:100]; x[-2:];
    x[:-1]; x[::2]; x[::-1]; x[::-2]; x[2::-1]; x[:0:-1]; x[2:0:-1]; x[-1:-3:-1]; x[10::-1];
    x[:-10:-1]; x[1:1]; x[2:1]; x[...]; x[newaxis]; x[:, newaxis]; x[..., newaxis]; x[newaxis, ...,
    0]; x[0, ..., newaxis]; x[0, ...]; x[..., 0]; x[..., 0, 0]; x[0, 0, ...]; x[:, :]; x[:]; x[1:3,
    1:3]; x[::3, ::3]; x[-100:]; x[2**1]; x[1 + 1]; x[(0)]; x[-0]; x.T; x.mT; x[newaxis].mT; x.T[0];
    x[0:2,].T; x[1:2:1]; x[3:]; x[100:50:-1]; x[-2, -3]; x[0:3:2, ::-3]; x.shape[0] * x; x.shape[-1]
    * x
""".split(";")


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("expression", [" ".join(e.split()) for e in FIXED])
def test_a_fixed_index(expression: str, level: int) -> None:
    wanted = eval(expression, {"x": X, "newaxis": None})
    assert np.array_equal(value(expression, "input x: [3, 4]", level, x=X), wanted)


SYMBOLIC = """
    x[:2]; x[2:]; x[-2:]; x[:-2]; x[1:-1]; x[1:2]; x[-2:-1]; x[::-1]; x[::2]; x[1::2]; x[::-2];
    x[:0:-1]; x[2::-1]; x[:1:-1]; x[3:1:-1]; x[-1:-3:-1]; x[-1::-1]; x[1:-1:2]; x[B // 2:]; x[:B //
    2]; x[1:B]; x[B:]; x[:-1:1]; x[-3:2]; x[2:-2]; x[5:2]; x[0:0]; x[-2::-1]; x[:-3:-1]; x[-2:0:-1];
    x[1:-2:-1]; x[:, :C]; x[:, C:]; x[:, 1:C // 1]; x[::3]; x[::-3]
""".split(";")


@pytest.mark.parametrize("expression", [" ".join(e.split()) for e in SYMBOLIC])
@pytest.mark.parametrize("level", LEVELS)
def test_a_slice_of_symbolic_axes_at_every_size(expression: str, level: int) -> None:
    declared = "dim B, C\ninput x: [B, C]"
    module = build(
        f"{declared}\ny = {expression}\noutput y\nloss J = sum(y * y)\nwrt x\n", level=level
    )
    for rows in range(6):
        x = np.arange(rows * 2.0).reshape(rows, 2)
        wanted = eval(expression, {"x": x, "B": rows, "C": 2})
        assert np.array_equal(module.outputs(x=x).y, wanted), rows
        gradient = np.zeros_like(x)
        exec(
            f"y = {expression}\ny += 2 * value", {"x": gradient, "value": wanted, "B": rows, "C": 2}
        )
        assert np.array_equal(module.gradients(x=x)["x"], gradient), rows


@pytest.mark.parametrize(
    ("expression", "rows", "message"),
    [
        ("x[2]", 2, "x: the index 2 needs B >= 3"),
        ("x[-3]", 2, "x: the index -3 needs B >= 3"),
        ("x[0]", 0, "needs B >= 1"),
        ("x[:C]", 2, "x: the slice bound C lies outside an axis of B"),
        ("x[C:]", 2, "lies outside an axis of B"),
        ("x[:B - 1]", 0, "the slice bound B - 1 is negative"),
        ("x[B - 3:]", 2, "the slice bound B - 3 is negative"),
        ("x[:, :B]", 4, "the slice bound B lies outside an axis of C"),
    ],
)
def test_the_door_checks_what_only_run_time_knows(expression: str, rows: int, message: str) -> None:
    module = build(f"dim B, C\ninput x: [B, C]\noutput y = sum({expression})\n")
    module.forward(x=np.ones((3, 3)))
    with pytest.raises(ValueError, match=f"^x: .*{message.removeprefix('x: ')}"):
        module.forward(x=np.ones((rows, 3)))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    "expression",
    ["x[i]", "x[:, i]", "x[i, j]", "x[..., i]", "x[i, ::-1]", "x[newaxis, i]", "x[i, newaxis, j]",
     "x[i + 1]", "x[-i]", "x[i, 1:, newaxis]", "x[1, i]", "x[i][j]"],
)  # fmt: skip
def test_an_index_of_run_time(expression: str, level: int) -> None:
    given = "input x: [3, 4]\ninput i: i64\ninput j: i32\n"
    text = f"{given}y = {expression}\noutput y\nloss J = sum(y)\nwrt x\n"
    module = build(text, level=level)
    for i, j in ((0, 1), (1, -1), (-1, 0)):
        names: dict[str, Any] = {"x": X, "i": i, "j": j, "newaxis": None}
        arguments = {"x": X, "i": i, "j": np.int32(j)}
        assert np.array_equal(module.outputs(**arguments).y, eval(expression, names))
        wanted = np.zeros_like(X)
        exec(f"{expression.replace('[i][j]', '[i, j]')} += 1", {**names, "x": wanted})
        assert np.array_equal(module.gradients(**arguments)["x"], wanted)


PICKED = """
    z[j % 2]; z[:, j]; z[i, j]; z[:, i, j]; z[i, :, j]; z[:, i, :, j]; z[0, :, j]; z[0, j];
    z[:, j, 0]; z[j % 2, ..., 1]; z[..., j]; z[..., i, j]; z[k, j]; z[k, :, j]; z[[0, 1]];
    z[newaxis, j % 2, newaxis, j]; z[[[0, 1], [1, 0]], j[:2]]; z[i, j, m]; z[i, j, m, m];
    z[i, 1, j]; z[:, 0, ..., j]; z[1, ..., j, m]; z[:, 1:, j, ::-1]; z[:, ::2, j, 1]; z[k][k, j];
    z[:, [0, 1], [1, 2]]; z[k, k, j]; z[j % 2, k]; z[j % 2, newaxis]; z[m, j, :, k];
    z[m, :, :, k]; z[[k, 0]]; z[0, [1, k, -1]]; z[i, ...]; z[..., k, j, 0]; z[arange(2), i]
""".split(";")
PICKS: dict[str, tuple[str, Any]] = {
    "i": ("i64[2, 1]", np.array([[0], [1]])),
    "j": ("i32[3]", np.array([0, 2, -1], np.int32)),
    "k": ("i64", 1),
    "m": ("i64[3]", np.array([1, 1, 0])),
}
Z = np.arange(120.0).reshape(2, 3, 4, 5)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("expression", [" ".join(e.split()) for e in PICKED])
def test_positions_in_arrays(expression: str, level: int) -> None:
    """They broadcast, give way where NumPy says, and repeated ones accumulate."""
    used = {
        n: PICKS[n] for n in PICKS if n in expression.replace("newaxis", "").replace("arange", "")
    }
    given = "\n".join(f"input {n}: {kind}" for n, (kind, _) in used.items())
    text = (
        f"input z: [2, 3, 4, 5]\n{given}\ny = {expression}\noutput y\nloss J = sum(y**2)\nwrt z\n"
    )
    module = build(text, level=level)
    arrays = {n: array for n, (_, array) in used.items()}
    names: dict[str, Any] = {**arrays, "newaxis": None, "arange": np.arange}
    wanted = eval(expression, {**names, "z": Z})
    assert np.array_equal(module.outputs(z=Z, **arrays).y, wanted)
    places = eval(expression, {**names, "z": np.arange(Z.size).reshape(Z.shape)})
    gradient = np.zeros(Z.size)
    np.add.at(gradient, places.reshape(-1), 2 * wanted.reshape(-1))
    assert np.allclose(module.gradients(z=Z, **arrays)["z"], gradient.reshape(Z.shape))


def test_derivatives_of_derivatives_go_through_positions() -> None:
    text = """
input ids: i64[4]
param w: [3, 2] = [[1, 2], [3, 4], [5, 6]]
E = sum(w[ids, 1 - ids % 2] ** 3)
output F = grad(E, w)
output H = jvp(F, w, ones([3, 2]))
loss J = sum(F[[0, 2], [1, 1]])
"""
    module = build(text)
    ids = np.array([0, 0, 1, 2])
    places = [(0, 1), (0, 1), (1, 0), (2, 1)]
    w = np.array([[1.0, 2], [3, 4], [5, 6]])
    first, second = np.zeros((3, 2)), np.zeros((3, 2))
    for at in places:
        first[at] += 3 * w[at] ** 2
        second[at] += 6 * w[at]
    found = module.outputs(ids=ids)
    assert np.allclose(found.F, first)
    assert np.allclose(found.H, second)
    chosen = np.array([[0, 1], [0, 0], [0, 1]])
    assert np.allclose(module.gradients(ids=ids)["w"], second * chosen)


def test_the_door_checks_positions_in_arrays() -> None:
    module = build("dim N\ninput x: [N, 3]\ninput i: i64[2]\ninput j: i64[2]\noutput y = x[i, j]\n")
    x = np.ones((4, 3))
    assert module.outputs(x=x, i=[-4, 3], j=[0, 2]).y.shape == (2,)
    with pytest.raises(IndexError, match="i: expected -4 <= i < 4, got 4"):
        module.forward(x=x, i=[0, 4], j=[0, 2])
    with pytest.raises(IndexError, match="j: expected -3 <= j < 3, got -4"):
        module.forward(x=x, i=[0, 3], j=[0, -4])


def test_a_list_is_indexed_at_run_time() -> None:
    text = """
const table = [[1, 2], [3, 4]]
fn step(h, weights) {
    scan h_ = h over i in arange(2) { next h_ = weights[i] * h_ + weights[0] }
    return h_
}
input i: i64
param a = 2
param b = 3
output y = table[i, 1] + table[i][0]
loss J = step(table[1, 0], [a, b])
"""
    module = build(text)
    assert module.outputs(i=0) == (3, 26)
    assert module.gradients(i=0) == {"a": 3 * 3 + 3 + 1, "b": 8}


@pytest.mark.parametrize(
    ("expression", "code", "message"),
    [
        ("x[3]", "E0304", "the index 3 is outside an axis of 3"),
        ("x[-4]", "E0304", "the index -4 is outside an axis of 3"),
        ("x[0, 0, 0]", "E0304", "3 indices for f64[3, 4]"),
        ("x[..., ...]", "E0304", "at most one `...`"),
        ("x[::0]", "E0304", "an integer other than 0"),
        ("x[1.5]", "E0304", "this is the number 1.5"),
        ("x[true]", "E0304", "this is `true`"),
        ("x[none]", "E0304", "this is `none`"),
        ("x[[0, 3]]", "E0304", "the index 3 is outside an axis of 3"),
        ("x[:, [-5]]", "E0304", "the index -5 is outside an axis of 4"),
        ("x[n, [0, 4]]", "E0304", "the index 4 is outside an axis of 4"),
        ("x[x > 0]", "E0304", "`where(x > 0, x, 0)`"),
        ("x[[true, false, true]]", "E0304", "`where([true, false, true], …, 0)`"),
        ('x[:, astype(n, "bool")]', "E0304", "keeps the size, with 0 for the others"),
        ("x[0, [0.5]]", "E0304", '`x[0, astype([0.5], "i64")]`'),
        ("x[n, [0, 1, 2]]", "E0302", "[2] and [3] do not broadcast"),
        ("x[n, n, n]", "E0304", "3 indices for f64[3, 4]"),
        ("[x, x][i]", "E0305", "a list of values is no array"),
        ("x[f]", "E0304", "this is f64"),
        ("x[:i]", "E0307", "must be known at compile time"),
        ("x[0:1.5]", "E0304", "a bound of a slice is an integer"),
        ("x[B]", "E0304", "a slice of one element can"),
        ("x[0].T", "E0303", "`.T` needs rank 2, this is f64[4]"),
        ("x[newaxis].T", "E0303", "write `x[newaxis].mT`, which transposes the last two axes"),
        ("x[0].mT", "E0303", "at least two axes"),
        ("x.shape[2]", "E0304", "it has 2 axes, and no `x.shape[2]`"),
        ("x.shape[i]", "E0307", "must be known at compile time"),
        ("x.shape[0, 1]", "E0304", "one integer or slice"),
        ("f[0]", "E0304", "1 index for f64"),
    ],
)
def test_refused(expression: str, code: str, message: str) -> None:
    given = "dim B\ninput x: [3, 4]\ninput b: [B]\ninput i: i64\ninput f\ninput n: i64[2]\n"
    refused(f"{given}output y = {expression}\n", code, message)


def test_a_list_known_at_compile_time() -> None:
    declared = "const k = [[1, 2], [3, 4]]\ninput x: [2, 3]"
    assert value("k[1]", declared, x=np.ones((2, 3))).tolist() == [3, 4]
    assert value("k[-1][0]", declared, x=np.ones((2, 3))) == 3
    assert value("x.shape[0:1]", declared, x=np.ones((2, 3))).tolist() == [2]
    assert value("reshape(x, [x.shape[-1], x.shape[0]])", declared, x=np.ones((2, 3))).shape == (
        3,
        2,
    )
