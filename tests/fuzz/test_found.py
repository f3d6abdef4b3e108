"""The smallest graphs of what random ones have found: each is right now, by differences."""

import numpy as np
import pytest

from gradc.compiler import Options, compile_source
from gradc.source import Source

DIMS = {"A": 3, "B": 2, "C": 4, "L": 3, "M": 2, "lambda": 3, "np": 2, "N": 3}

FOUND = {
    "a name is reused while its first value is saved": """
        param f: [4, 3]
        fn own(x) = 0.5 * x * (1 + tanh(x + 0.04 * x**3))
        loss J = sum(own(f))""",
    "a dimension has the name of a keyword": """
        dim lambda
        param z: [4, lambda]
        loss J = sum(sin(z.T @ z))""",
    "values have the names of the operations that make them": """
        param w: [4]
        sum = sum(sin(w))
        mean = mean(w) * abs(sum)
        abs = abs(mean) + sum
        loss J = abs * mean""",
    "a dimension is checked late but bound by nothing before": """
        dim M, L
        param a: [(M + 1) // 2]
        param b: [2 * M, L]
        input x: [M]
        input y: [M, M]
        loss J = sum(a) * sum(b) * sum(x) * sum(y)""",
    "a scalar that the loss does not reach": """
        dtype f32
        param b: []
        param h: [B, 2]
        dim B
        loss s = sum(h)""",
    "an input is called as Python's nothing is": """
        input None: i64[2]
        param w: [4]
        loss J = sum(sin(w[None]))""",
    "a matrix without columns": """
        param a: [3, 2, 0]
        param b: [0, 2]
        loss J = sum(a @ b) + sum(a)""",
    "einsum gives a view of its operand": """
        param p: [3, 3]
        d = einsum("ii->i", p)
        loss J = sum(sigmoid(relu(d)) * d)""",
    "einsum gives a number": """
        dtype f32
        param a: [1, 3]
        f = einsum("ij,ij->", a, a)
        output f
        loss J = f * f""",
    "an empty tile is a view": """
        dim M
        param u: [0]
        t = tile(u, [2, 3])
        output s = relu(t)
        loss J = sum(exp(s))""",
    "softmax behind a choice": """
        param x: [4]
        s = softmax(x)
        loss J = sum(where(x > 0, s * s, 0))""",
    "cumprod behind a choice": """
        param m: [3, 4]
        p = cumprod(m, axis=-1)
        loss J = sum(where(p > 0.1, sin(p), 0))""",
    "layer_norm behind a choice": """
        param m: [3, 4]
        p = layer_norm(m)
        loss J = sum(maximum(p, 0.3) * p)""",
    "a branch that is not taken": """
        param a: [3, 4]
        loss J = sum(where(a > 0, sqrt(a) * log(a), 0.5 * a))""",
    "a slice is placed in what is stretched later": """
        param x: [2]
        t = sum(x, axis=0, keepdims=true)
        k = sin(x) / x
        loss J = sum(k) + sum(t[-1:-2:-2] * 3)""",
    "an instance without bias is called again": """
        from nn import Dense
        param x: [2, 3]
        h = Dense(x, 3, bias=false)
        loss J = sum(tanh(h(tanh(h))))""",
    "a pick out of a long sum": """
        param a_rather_long_name_of_a_param: [B, 3]
        input labels: i64[B]
        dim B
        each_cross_entropy_of_these = cross_entropy(a_rather_long_name_of_a_param, labels,
            reduction="none", label_smoothing=0.25)
        loss J = sum(sin(each_cross_entropy_of_these))""",
}


def _unindented(text):
    return "\n".join(line[8:] for line in text.split("\n")) + "\n"


def _size(size):
    if isinstance(size, int) or size in DIMS:
        return DIMS.get(size, size)
    return eval(size, {}, DIMS)


def _arguments(graph, rng):
    """Values for parameters and inputs, of sizes that `DIMS` says."""
    given = []
    for kind in ("params", "inputs"):
        values = {}
        for name, entry in graph[kind].items():
            sizes = [_size(s) for s in entry["shape"]]
            if entry["dtype"].startswith("int"):
                values[entry["argument"]] = rng.integers(0, 2, sizes)
            else:
                drawn = rng.normal(0, 1, sizes) + 0.1
                key = name if kind == "params" else entry["argument"]
                values[key] = drawn if sizes else float(drawn)
        given.append(values)
    return given


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("name", FOUND)
def test_what_was_found(name, level):
    text = compile_source(
        Source("found.graph", _unindented(FOUND[name])), Options(level=level)
    ).text
    assert max(map(len, text.split("\n"))) <= 100
    namespace = {"__name__": "found"}
    # Differences need the digits of f64.
    exec(compile(text.replace("np.float32", "np.float64"), "found.py", "exec"), namespace)
    rng = np.random.default_rng(1)
    params, inputs = _arguments(namespace["__graph__"], rng)
    for value in params.values():
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
    with np.errstate(all="ignore"):
        J, gradients = namespace["value_and_grad"](params, **inputs)
        assert type(J) is float
        assert list(gradients) == list(params)
        for key, value in params.items():
            assert np.shape(gradients[key]) == np.shape(value)
            direction = rng.normal(0, 1, np.shape(value))
            up, down = (
                namespace["forward"]({**params, key: value + step * direction}, **inputs)[0]
                for step in (1e-6, -1e-6)
            )
            loss = namespace["__graph__"]["loss"]
            slope = (getattr(up, loss) - getattr(down, loss)) / 2e-6
            assert np.isclose(np.sum(gradients[key] * direction), slope, rtol=1e-5, atol=1e-7)


def test_types_of_scalars():
    text = compile_source(
        Source("s", "dtype f32\nparam b: []\nparam h: [2]\nloss s = sum(h)\n")
    ).text
    namespace = {"__name__": "found"}
    exec(compile(text, "found.py", "exec"), namespace)
    _, saved = namespace["forward"]({"b": np.float32(1), "h": np.ones(2, np.float32)})
    assert type(namespace["backward"](saved)["b"]) is np.float32


def test_predict_asks_for_what_gives_its_dimensions():
    text = """
        dim C
        input z: [C]
        input y: [3]
        param v: [2, 3]
        output t = v * (C + 1)
        loss J = sum(t * y)"""
    text = compile_source(Source("s", _unindented(text))).text
    namespace = {"__name__": "found"}
    exec(compile(text, "found.py", "exec"), namespace)
    predicted = namespace["predict"]({"v": np.ones((2, 3))}, z=np.zeros(4))
    assert predicted.t.tolist() == [[5.0] * 3] * 2


def test_sizes_of_parameters_are_held_against_inputs():
    text = """
        dim N
        param r: [2 * N, 1]
        input u: [N]
        output p = sum(r, axis=0) + 1
        loss J = sum(u) * sum(p)"""
    for level in (0, 1):
        compiled = compile_source(Source("s", _unindented(text)), Options(level=level)).text
        namespace = {"__name__": "found"}
        exec(compile(compiled, "found.py", "exec"), namespace)
        assert namespace["forward"]({"r": np.ones((4, 1))}, u=np.ones(2))[0].J == 10.0
        with pytest.raises(ValueError, match=r"r: expected f64\[2\*N, 1\], got float64\[7, 1\]"):
            namespace["forward"]({"r": np.ones((7, 1))}, u=np.ones(2))
        assert namespace["predict"]({"r": np.ones((7, 1))}).p.tolist() == [8.0]


def test_a_number_that_a_state_starts_as_computes_as_numpys_do():
    text = """
        state f = 0
        input x
        update f = f + x
        output y = min(f)
        output z = x / f"""
    for level in (0, 1):
        compiled = compile_source(Source("s", _unindented(text)), Options(level=level)).text
        namespace = {"__name__": "found"}
        exec(compile(compiled, "found.py", "exec"), namespace)
        with np.errstate(divide="ignore"):
            assert namespace["forward"](x=1.0)[0] == (0.0, np.inf)
