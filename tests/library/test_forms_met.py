"""Unstable formulas as users write them: which are told, and that what is shown is stable."""

import re

import numpy as np
import pytest

from gradc.compiler import check_source, compile_source
from gradc.source import Source
from tests.library.test_forms import module_of

HEAD = "input x: [4, 3]\nparam w: [3]\nparam v: [3]\nz = x @ w\n"

# What stands in a graph, the line that is told (of that text), and what the help says to write.
PLANTED = [
    ("loss J = sum(exp(z) - 1)", 1, "expm1(z)"),
    ("rate = exp(w * v)\ngrowth = rate - 1\nloss J = sum(growth)", 2, "expm1(w * v)"),
    ("loss J = sum(1 - exp(-z))", 1, "-expm1(-z)"),
    ("loss J = sum(z / (exp(z) - 1))", 1, "expm1(z)"),
    ("p = sigmoid(z)\nloss J = -sum(log(1 - p))", 2, "log_sigmoid(-z)"),
    ("p = 0.5 * sigmoid(z)\nloss J = -sum(log(1 - p))", 2, "log1p(-p)"),
    ("scores = sigmoid(z)\nloss J = -sum(log(scores))", 2, "log_sigmoid(z)"),
    ("loss J = sum(sqrt(1 + z) - 1)", 1, "z / (sqrt(1 + z) + 1)"),
    ("root = sqrt(z**2 + 1)\nloss J = sum(root - 1)", 2, "(z**2) / (sqrt(1 + (z**2)) + 1)"),
    ("angle = w * v\nloss J = sum(1 - cos(angle))", 2, "2 * sin(angle / 2)**2"),
    ("second = mean(z**2)\nfirst = mean(z)\nloss J = second - first**2", 3, "var(z)"),
    ("m = mean(x, axis=0)\nspread = mean(x * x, axis=0) - m * m\nloss J = sum(spread * w)", 2,
     "var(x, axis=0)"),
    ("loss J = mean(square(z)) - square(mean(z))", 1, "var(z)"),
    ("loss J = sum(w**2 - v**2)", 1, "(w - v) * (w + v)"),
    ("a = x * w\nb = x * v\nloss J = sum(a * a - b * b)", 3, "(a - b) * (a + b)"),
    ("loss J = sum(log(1 - exp(-z**2)))", 1, "log1mexp(-z**2)"),
    ("t = tanh(z)\nloss J = sum(1 - t**2)", 2, "4 * sigmoid(2 * z) * sigmoid(-2 * z)"),
    ("t = tanh(z)\nslope = 1 - t * t\nloss J = sum(slope)", 2,
     "4 * sigmoid(2 * z) * sigmoid(-2 * z)"),
    ("loss J = sum(1 - sigmoid(z))", 1, "sigmoid(-z)"),
    ("upper = sigmoid(w + 0.1)\nlower = sigmoid(w)\nloss J = sum(log(upper - lower))", 3,
     "sigmoid_difference(w + 0.1, w)"),
    ("loss J = sum(log(cosh(z)))", 1, "logaddexp(z, -z) - 0.6931471805599453"),
    ("e = exp(z)\nloss J = sum((e / sum(e))**2)", 2, "softmax(z)"),
    ("loss J = sum(exp(x * w) / sum(exp(x * w), axis=-1, keepdims=true) * v)", 1,
     "softmax(x * w)"),
    ("e = exp(z)\nloss J = sum(e / (1 + e))", 2, "sigmoid(z)"),
    ("loss J = sum(exp(w) / exp(v))", 1, "exp(w - v)"),
    ("loss J = log(mean(exp(z)))", 1, "logsumexp(z) - log(4)"),
    ("loss J = log(prod(exp(w)))", 1, "sum(log(exp(w)))"),
    ("loss J = sum(log(w + sqrt(w**2 + 1)))", 1, "arcsinh(w)"),
    ("loss J = sum(log((1 + w) / (1 - w)))", 1, "2 * arctanh(w)"),
    ("loss J = sum((exp(w) - exp(-w)) / (exp(w) + exp(-w)))", 1, "tanh(w)"),
    ("loss J = sum(1 - erf(z))", 1, "erfc(z)"),
    ("length = sqrt(w**2 + v**2)\nloss J = sum(length)", 1, "hypot(w, v)"),
    # Sigmoids written out, and what a logarithm is taken of after it was picked or multiplied.
    ("p = 1 / (1 + exp(-z))\nq = log(p)\nloss J = sum(q)", 2, "log_sigmoid(z)"),
    ("loss J = sum(log(1 - 1 / (1 + exp(-z))))", 1, "log_sigmoid(-z)"),
    ("loss J = sum(log(1 - 1 / (1 + exp(z))))", 1, "log_sigmoid(z)"),
    ("loss J = sum(log(exp(z) / (1 + exp(z))))", 1, "log_sigmoid(z)"),
    ("loss J = sum(log1p(-sigmoid(z)))", 1, "log_sigmoid(-z)"),
    ("loss J = sum(log1p(-(1 / (1 + exp(-z)))))", 1, "log_sigmoid(-z)"),
    ("loss J = sum(log(exp(z) / sum(exp(z))))", 1, "log_softmax(z)"),
    ("p = softmax(x * w)\nloss J = -mean(log(p[:, 0]))", 2, "log_softmax(x * w)"),
    ("loss J = log(sum(0.5 * exp(z)))", 1, "logsumexp(z + log(0.5))"),
    ("loss J = log(sum(softmax(v) * exp(-w) / sqrt(2 * pi)))", 1,
     "logsumexp(-w + log(softmax(v) / sqrt(2 * pi)))"),
    # Differences, ratios and products that were silent.
    ("loss J = sum(exp(w) / (exp(w) + exp(v)))", 1, "sigmoid(w - v)"),
    ("loss J = sum(exp(v) / (exp(w) + exp(v)))", 1, "sigmoid(v - w)"),
    ("loss J = sum((exp(2 * w) - 1) / (exp(2 * w) + 1))", 1, "tanh(w)"),
    ("loss J = sum(cosh(z) - 1)", 1, "2 * sinh(z / 2)**2"),
    ("loss J = sum((cosh(w)**2 - sinh(w)**2) * w)", 1, "1"),
    ("loss J = sum((-w + sqrt(w**2 - 4 * v)) / 2)", 1,
     "-((4 * v) / (w + sqrt(w**2 - (4 * v))))"),
    ("d2 = sum(w**2) + sum(v**2) - 2 * (w @ v)\nloss J = exp(-d2)", 1, "sum((w - v)**2)"),
    ("d2 = w @ w + v @ v - 2 * w @ v\nloss J = exp(-d2)", 1, "sum((w - v)**2)"),
    ("param c: [5, 3]\nd2 = sum(x**2, axis=1, keepdims=true) + sum(c**2, axis=1) - 2 * x @ c.T\n"
     "loss J = sum(exp(-d2))", 2, "sum((x[:, newaxis] - c)**2, axis=-1)"),
    ("d2 = sum(x**2, axis=1, keepdims=true) + sum(x**2, axis=1) - 2 * x @ x.T\n"
     "loss J = sum(exp(-d2))", 1, "sum((x[:, newaxis] - x)**2, axis=-1)"),
    ("loss J = -sum(w * log(w))", 1, "xlogy(w, w)"),
    ("loss J = (sum(w**2) - sum(w)**2 / 3) / 2", 1, "sum((w - mean(w))**2)"),
    ("loss J = sum(w * w) - 3 * mean(w)**2", 1, "sum((w - mean(w))**2)"),
    ("loss J = mean(w * v) - mean(w) * mean(v)", 1, "mean((w - mean(w)) * (v - mean(v)))"),
    ("loss J = mean(w * v) - mean(v) * mean(w)", 1, "mean((w - mean(w)) * (v - mean(v)))"),
    ("loss J = sum(sqrt(w + 1) - sqrt(w))", 1, "1 / (sqrt(w + 1) + sqrt(w))"),
    ("loss J = sum(sin(w + v) - sin(w))", 1, "2 * cos(w + v / 2) * sin(v / 2)"),
    ("loss J = sum(sin(v + w) - sin(w))", 1, "2 * cos(w + v / 2) * sin(v / 2)"),
    ("loss J = sum(1 / w - 1 / (w + 1))", 1, "1 / (w * (w + 1))"),
    ("loss J = sum((1 + w)**10 - 1)", 1, "expm1(10 * log1p(w))"),
    ("loss J = sum(exp(w) - w - 1)", 1, "expm1(w) - w"),
    ("loss J = sum(log(0.5 * (1 + erf(w / sqrt(2)))))", 1, "log_ndtr(w)"),
    ("loss J = acos(w @ v / sqrt((w @ w) * (v @ v)))", 1,
     "2 * arctan2(norm(w / norm(w) - v / norm(v)), norm(w / norm(w) + v / norm(v)))"),
    # In functions, layers and loops, whose own words a body is told in.
    ("fn versine(angle) = 1 - cos(angle)\nloss J = sum(versine(z))", 2,
     "2 * sin(angle / 2)**2"),
    ("fn gap(p, q) = p**2 - q**2\nloss J = sum(gap(w, v))", 2, "(p - q) * (p + q)"),
    ("layer Grow(y) {\n    param r: [3]\n    return exp(r) - 1 + y\n}\nh = Grow(w)\n"
     "loss J = sum(h)", 5, "expm1(h.r)"),
    ("scan s = 0 over row in x {\n    q = exp(row * w) - 1\n    next s = s + sum(q)\n}\nloss J = s",
     2, "expm1(row * w)"),
    ("scan s = w times 3 {\n    t = tanh(s)\n    next s = s + (1 - t**2)\n}\nloss J = sum(s)", 3,
     "4 * sigmoid(2 * s) * sigmoid(-2 * s)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "stable"), PLANTED, ids=lambda v: str(v)[-40:])
def test_what_is_planted_is_named_once(text: str, line: int, stable: str) -> None:
    source = Source("net.graph", f"{HEAD}{text}\n")
    found = [d for d in check_source(source) if d.code == "W904"]
    assert [d.span.line - HEAD.count("\n") for d in found if d.span] == [line]
    assert found[0].helps[0].startswith((f"`{stable}` is stable", f"`{stable}`, of which"))
    compilation = compile_source(source)
    is_written = compilation.graph.nodes != compilation.written.nodes
    is_told_written = "what the emitted module computes" in found[0].helps[0]
    assert is_written == is_told_written


# How an axis is kept: by the word for it, and by views that put it back.
KEPT = {
    "sum({0}, axis={1}, keepdims=true)": (0, 1, -1),
    "sum({0}, axis={1})[:, newaxis]": (1, -1),
    "sum({0}, axis={1})[..., newaxis]": (1, -1),
    "sum({0}, axis={1})[newaxis]": (0,),
    "expand_dims(sum({0}, axis={1}), axis={1})": (0, 1, -1),
    "reshape(sum({0}, axis={1}), [4, 1])": (1,),
    "reshape(sum({0}, axis={1})[:, newaxis], [4, 1])": (1,),
    "sum({0}, axis={1})": (0,),  # which meets the last axes by itself
    "sum({0})": (None,),
}
NAIVE = {
    "softmax": "exp({z}) / {total}",
    "log_softmax": "log(exp({z}) / {total})",
    "logsumexp": "log({total})",
}


@pytest.mark.parametrize("name", NAIVE)
@pytest.mark.parametrize(("kept", "axis"), [(k, a) for k, axes in KEPT.items() for a in axes])
def test_an_axis_that_is_kept_in_any_way_is_kept(kept: str, axis: int, name: str) -> None:
    """The warning, what its help leads to, and the module: the stable one, bit for bit."""
    plain = NAIVE[name].format(z="q", total=kept.format("exp(q)", axis))
    head = "input x: [4, 3]\nparam w: [3]\nq = x * w\n"
    text = f"{head}y = {plain}\noutput y\nloss J = sum(y * y)\n"
    (found,) = [d for d in check_source(Source("net.graph", text)) if d.code == "W904"]
    shown = re.match(r"`([^`]+)` is stable", found.helps[0])
    assert shown is not None
    assert shown[1].startswith(f"{name}(q")
    assert found.span is not None
    followed = text.replace(found.span.text, shown[1])
    assert not [d for d in check_source(Source("net.graph", followed)) if d.code == "W904"]
    given = {"w": np.array([1.0, -2.0, 700.0])}
    x = np.arange(12.0).reshape(4, 3)
    results = []
    for one in (text, followed):
        outputs, saved = module_of(one, 0)["forward"](given, x=x)
        results.append([outputs.y, *module_of(one, 0)["backward"](saved).values()])
    for ours, theirs in zip(*results, strict=True):
        assert np.isfinite(ours).all()
        np.testing.assert_array_equal(ours, theirs)
    if name == "softmax":
        q = x * given["w"]
        e = np.exp(q - q.max(axis=axis, keepdims=True))
        np.testing.assert_allclose(results[0][0], e / e.sum(axis=axis, keepdims=True), 1e-12, 0)


FINE = [
    "e = exp(z - max(z))\nloss J = sum(e / sum(e) * z)",
    "loss J = mean((z - mean(z))**2)",
    "loss J = mean(z**2) - mean(x)**2",
    "loss J = sum(mean(x**2, axis=0) - mean(x, axis=1)[:3]**2 * 0)",
    "loss J = sum(2 - cos(z)) + sum(1 + cos(z)) + sum(cos(z) - 2)",
    "loss J = sum(1 - z**2)",
    "loss J = sum(w**2 - v**3)",
    "loss J = sum(exp(z) - 2) + sum(exp(w) - v)",
    "loss J = sum(sqrt(2 + z) - 1) + sum(sqrt(1 + z) - 2)",
    "loss J = sum(exp(w) / (2 + exp(w))) + sum(exp(w) / (1 + exp(v)))",
    "loss J = sum(exp(x) / sum(exp(x), axis=1)[:3] * w) + sum(log(2 - w))",
    "s = x @ x.T\nloss J = sum(exp(s) / sum(exp(s), axis=1) * w[0])",
    "s = x @ x.T\nloss J = sum(exp(s) / sum(exp(s), axis=0)[:, newaxis] * w[0])",
    "loss J = sum(log(x[0] + sqrt(w**2 + 2))) + sum(log(w + sqrt(v**2 + 1)))",
    "a = random_normal([3])\nb = random_normal([3])\nloss J = sum(w * (exp(a) / (1 + exp(b))))",
    "loss J = log(sum(v * exp(w))) + log(sum(0.5 * exp(w - max(w)))) + log(sum(-2 * exp(w)))",
    "loss J = log1p(-sum(tanh(w)))",
    "loss J = sum(exp(w) / (exp(w) - exp(v))) + sum(exp(w) / (exp(v) + exp(2 * w)))",
    "loss J = sum(cosh(w) - 2) + sum(cosh(w)**2 - sinh(v)**3) + sum(1 + cosh(w))",
    "loss J = sum((w + sqrt(w**2 - v)) / 2) + sum(-w + sqrt(v**2 - w))",
    "loss J = sum(2 * v / (w + sqrt(w**2 + 4 * v)))",
    "loss J = sum(w**2) + sum(v**2) - 3 * (w @ v) + (sum(w**2) + sum(w**2) - 2 * (w @ v))",
    "loss J = sum(w * log(v)) + sum(softmax(w) * log(softmax(v) + 1e-3))",
    "loss J = sum(where(w > 0, w * log(w), 0)) + sum(exp(w) * log(exp(w) + 2))",
    "loss J = sum(w**2) - sum(v)**2 / 3 + mean(w * v) - mean(w) * mean(w)",
    "loss J = sum(sqrt(w + 1) - sqrt(v)) + sum(sqrt(w + 2) - sqrt(w + 3))",
    "loss J = sum(sin(w + v) - sin(2 * w)) + sum(sin(w + v) + sin(w)) + sum(1 / w - 1 / (v + 1))",
    "loss J = sum((2 + w)**10 - 1) + sum((1 + w)**10 - 2) + sum(exp(w) - v - 1)",
    "loss J = sum(log(0.5 * (2 + erf(w)))) + sum(acos(w / 3))",
    "g = grad(sum(tanh(w)), w)\nloss J = sum(g * v)",
]


@pytest.mark.parametrize("text", FINE)
def test_what_is_fine_is_left_alone(text: str) -> None:
    source = Source("net.graph", f"{HEAD}{text}\n")
    assert [d for d in check_source(source) if d.code == "W904"] == []
