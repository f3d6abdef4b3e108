"""A worksheet in a browser computes what gradc computes, for every operation that it knows."""

from typing import Any

import numpy as np

from gradc.lessons.worksheet.table import Table
from tests.draw.conftest import Open, run_of
from tests.draw.test_worksheet import SPELLED

UNARY = """abs exp exp2 expm1 log log2 log10 log1p sqrt cbrt relu sin cos tan arcsin arccos arctan
sinh cosh tanh arcsinh arctanh sigmoid floor ceil round trunc sign stop_gradient""".split()
BINARY = """x + a|x - a|x * a|x / a|x // a|x % a|x ** a|hypot(x, a)|logaddexp(x, a)|maximum(x, a)
minimum(x, a)|fmax(x, a)|fmin(x, a)|copysign(x, a)|arctan2(x, a)|-x|clip(x, 0.2, 0.7)
clip(x, min=0.5)|clip(x, max=0.5)|arccosh(x + 1)|where(x < a, x, 2 * a)|where(x <= a, x, a)
where(x >= a, x, a)|where(x == a, x, a)|where(x != a, x, a)|where((x > 0) and (a > 0), x, a)
where((x > 9) or (a > 9), x, a)|where(not (x > 9), x, a)|where(isnan(x), a, x)
where(isinf(x), a, x)|where(isfinite(x), x, a)|where(x > 9, log(x - 9), x)"""
ARRAYS = """m @ v|v @ m|m @ m|v @ v|m.T @ v|sum(m, axis=0)|mean(m, axis=1)|max(m, axis=0)|min(m)
m[0]|m[:, 1]|m[::-1, 0]|m[..., newaxis]|m[:, newaxis]|reshape(m, [4])|m + v
broadcast_to(v, [3, 2])|zeros([2]) + v|ones([2]) * v|full([2], a) * v|[3, 4] * v|mean(m)
sum(m, axis=[0, 1], keepdims=true)|transpose(m)|m / v.shape[0]|sum(m > 0.5) * v|softmax(m)
m[-1, ::-1]|q / N"""


def test_the_page_computes_what_gradc_computes(opened: Open) -> None:
    """Every operation that the page knows, forwards and backwards."""
    lines = ["dim N", "input x = 0.6", "input q: [N] = [0.5, 0.2]", "param a = 0.35"]
    lines += [f"u{i} = {op}(x * a + 0.3)" for i, op in enumerate(UNARY)]
    formulas = [f for line in BINARY.splitlines() for f in line.split("|")]
    lines += [f"b{i} = {f}" for i, f in enumerate(formulas)]
    lines += ["param m: [2, 2] = [[0.2, 0.9], [0.4, 0.7]]", "param v: [2] = [0.3, 0.8]"]
    arrays = [f for line in ARRAYS.splitlines() for f in line.split("|")]
    lines += [f"r{i} = {f}" for i, f in enumerate(arrays)]
    lines += ["h = x", "d = grad(h * h * a, h)"]  # `h` is a value of its own
    names = ["d"] + [f"u{i}" for i in range(len(UNARY))] + [f"b{i}" for i in range(len(formulas))]
    scalars = " + ".join(f"{k + 1} * {n}" for k, n in enumerate(names))
    sums = " + ".join(f"{k + 1} * sum(r{k})" for k in range(len(arrays)))
    text = "\n".join([*lines, f"loss J = {scalars} + {sums}"]) + "\n"
    run = run_of(text)
    table = Table(run)
    used = {n.name for s in table.steps for n in (*s.graph.nodes, *s.graph.adjoints)}
    assert used == {op.name for op in SPELLED}, "each operation is tested"
    sheet = opened(text)
    sheet.click("reveal")
    values = sheet.values()
    for value in table.named:
        name = table.run.name_of(value)
        if f"value of {name}" in values:
            agree(values[f"value of {name}"], run.values[value], name)
        if table.has_slope(value):
            agree(values[f"derivative of J by {name}"], run.derivatives[value], f"dJ/d{name}")


def agree(text: str, expected: Any, name: str) -> None:
    plain = text.replace("−", "-").replace("[", " ").replace("]", " ").replace(",", " ")
    got = np.array([float(word) for word in plain.split()])
    np.testing.assert_allclose(got, np.ravel(expected), rtol=1e-6, atol=1e-9, err_msg=name)
