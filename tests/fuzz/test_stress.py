"""Graphs of unusual size or shape: they compile and run, or a diagnostic says why not."""

import time
import tracemalloc

import numpy as np
import pytest

from gradc.compiler import Options, compile_source
from gradc.diagnostics import DiagnosticError
from gradc.limits import Limits
from gradc.source import Source

LEVELS = (0, 1)


def emitted(text, level=1):
    return compile_source(Source("stress.graph", text), Options(level=level)).text


def loaded(text, level=1):
    namespace = {"__name__": "stress"}
    exec(compile(emitted(text, level), "stress.py", "exec"), namespace)
    return namespace


def code_of(text):
    with pytest.raises(DiagnosticError) as caught:
        emitted(text)
    return caught.value.diagnostics[0].code


@pytest.mark.parametrize("level", LEVELS)
def test_a_chain_of_3000_sums_in_one_expression(level):
    module = loaded("param x = 0.5\nloss J = " + " + ".join(["x"] * 3001) + "\n", level)
    assert module["value_and_grad"]({"x": 0.5}) == (1500.5, {"x": 3001.0})


@pytest.mark.parametrize("level", LEVELS)
def test_a_value_used_3000_times(level):
    uses = "".join(f"v{i} = sin(h) * {i}\n" for i in range(3000))
    total = " + ".join(f"v{i}" for i in range(3000))
    module = loaded(f"param x = 0.5\nh = x * 2\n{uses}loss J = {total}\n", level)
    J, gradients = module["value_and_grad"]({"x": 0.5})
    weight = 2999 * 3000 / 2
    assert np.isclose(J, np.sin(1.0) * weight)
    assert np.isclose(gradients["x"], 2 * np.cos(1.0) * weight)


@pytest.mark.parametrize("level", LEVELS)
def test_a_chain_of_10000_scalar_statements(level):
    chain = "".join(f"v{i + 1} = v{i} + {i % 3} * 0.5\n" for i in range(10_000))
    module = loaded(f"param v0 = 1\n{chain}loss J = v10000 * 2\n", level)
    J, gradients = module["value_and_grad"]({"v0": 1.0})
    assert (J, gradients) == (2 * (1 + sum(i % 3 * 0.5 for i in range(10_000))), {"v0": 2.0})


def test_3000_parameters():
    params = "".join(f"param p{i} = {i}\n" for i in range(3000))
    module = loaded(f"{params}loss J = {' + '.join(f'p{i}' for i in range(3000))}\n")
    J, gradients = module["value_and_grad"](module["init_params"]())
    assert J == 2999 * 1500
    assert set(gradients.values()) == {1.0}


def doubling(count, leaf="x * x", join="{0} + {0}"):
    """Functions that each call the one before twice."""
    steps = [f"fn f{i + 1}(x) = {join.format(f'f{i}(x)')}\n" for i in range(count)]
    return f"fn f0(x) = {leaf}\n{''.join(steps)}param x = 1\n"


LOOP = "param x = 1\nscan h = x times 1000000000 {{ {} }}\nloss J = h\n"


@pytest.mark.parametrize(
    ("text", "line", "more"),
    [
        (LOOP.format("next h = h * 2"), 2, {"unroll": True}),
        (LOOP.format("next h = h"), 2, {"unroll": True}),
        (doubling(50) + "loss J = f50(x)\n", 53, {}),
        (doubling(50, "x") + "loss J = f50(x)\n", 53, {}),
        (doubling(50, "x") + "loss J = f50(2) * x\n", 53, {}),
        ("fn d(x) = [x, x]\nparam x = 1\nloss J = sum(x * " + "d(" * 40 + "1" + ")" * 41, 3, {}),
        ("param w: [100000000]\na = split(w, 100000000)\nloss J = sum(w)\n", 2, {}),
        ("const K: [1000000000] = [1]\nparam w = 2\nloss J = sum(w * K)\n", 1, {}),
        ("param x = 1\nloss J = " + "+".join(["x"] * 1_000_000) + "\n", 2, {}),
        ("# a b c\nparam x: [" + " * ".join(["(A+B+C+D)"] * 30) + "]\nloss J = sum(x)\n", 2, {}),
    ],
)
def test_what_expands_without_end_is_a_diagnostic(text, line, more):
    started = time.process_time()
    if "A+B" in text:
        text = "dim A, B, C, D\n" + text.partition("\n")[2]
    with pytest.raises(DiagnosticError) as caught:
        compile_source(Source("stress.graph", text), Options(**more))
    (found,) = caught.value.diagnostics
    assert (found.code, found.span.line) == ("E0206", line)
    assert "A+B" in text or found.helps == ("`--max-nodes` allows more",)
    assert time.process_time() - started < 20


def test_the_budget_is_an_option():
    text = "param x = 1\nscan h = x times 100 { next h = h * 2 }\nloss J = h\n"
    few, enough = Options(unroll=True, limits=Limits(nodes=99)), Limits(nodes=210)
    with pytest.raises(DiagnosticError, match="more than 99 nodes"):
        compile_source(Source("stress.graph", text), few)
    assert compile_source(Source("stress.graph", text), Options(unroll=True, limits=enough)).text
    assert emitted("param x = 1\n" + "# comments are no nodes\n" * 300_000 + "loss J = x\n")


def test_a_long_sum_takes_seconds():
    started = time.process_time()
    module = emitted("param x = 0.5\nloss J = " + " + ".join(["x"] * 20_000) + "\n")
    assert time.process_time() - started < 15
    assert len(module) < 1_000_000


def test_many_mistakes_are_told_in_time():
    unknown = "".join(f"v{i} = q{i}x * 2\n" for i in range(10_000))
    started = time.process_time()
    with pytest.raises(DiagnosticError) as caught:
        emitted(f"param x = 1\n{unknown}loss J = x\n")
    assert len(caught.value.diagnostics) == 100
    assert time.process_time() - started < 20


def test_einsum_takes_as_many_operands_as_numpy():
    def text(count):
        letters, arrays = ",".join(["a"] * count), ", ".join(["x"] * count)
        return f'param x: [2]\nloss J = sum(einsum("{letters}->a", {arrays}))\n'

    assert loaded(text(63))["value_and_grad"]({"x": np.ones(2)})[0] == 2
    assert code_of(text(64)) == "E0305"


def test_deep_nesting_is_a_diagnostic():
    assert code_of("param x = 1\nloss J = " + "(" * 500 + "x" + ")" * 500 + "\n") == "E0116"


def test_functions_nested_100_deep_are_a_diagnostic():
    functions = "".join(f"fn f{i + 1}(x) = f{i}(x) + 1\n" for i in range(100))
    assert code_of(f"fn f0(x) = x\n{functions}param x = 1\nloss J = f100(x)\n") == "E0205"


def test_functions_nested_50_deep_compile():
    functions = "".join(f"fn f{i + 1}(x) = f{i}(x) * 2\n" for i in range(50))
    module = loaded(f"fn f0(x) = x\n{functions}param x = 1\nloss J = f50(x)\n")
    assert module["value_and_grad"]({"x": 1.0}) == (2.0**50, {"x": 2.0**50})


def test_concatenation_of_3000():
    module = loaded(f"param x: [2]\nloss J = sum(concatenate([{', '.join(['x'] * 3000)}]))\n")
    J, gradients = module["value_and_grad"]({"x": np.array([1.0, 2.0])})
    assert J == 9000
    assert gradients["x"].tolist() == [3000, 3000]


@pytest.mark.parametrize(
    "text",
    [
        "param x = 1\nloss J = x * 9**9**9\n",
        "param x = 1\nloss J = x ** 10**400\n",
        "dim N = 9**9**9\nparam x: [N]\nloss J = sum(x)\n",
        "param x: [10**30]\nloss J = sum(x)\n",
    ],
)
def test_huge_integers_are_a_diagnostic(text):
    assert code_of(text) == "E0309"


@pytest.mark.parametrize(
    "made",
    [
        "zeros([10**9, 10**9])",
        "ones([10**9]) + full([10**9], 2)",
        "eye(10**6)",
        "arange(10**12)",
        "arange(0, 10**9, 0.001)",
        "broadcast_to(x, [10**9, 10**9])",
        "tile(x[newaxis], [10**12])",
        "one_hot(i, 10**9)",
        "pad(x[newaxis], [[10**12, 10**12]])",
    ],
)
def test_nothing_large_is_made_at_compile_time(made):
    tracemalloc.start()
    try:
        started = time.process_time()
        text = emitted(f"input i: i64[2]\nparam x = 1\nloss J = sum(x * {made})\n")
        assert time.process_time() - started < 20
        assert tracemalloc.get_traced_memory()[1] < 200_000_000
    finally:
        tracemalloc.stop()
    assert len(text) < 10_000


def peak_of(module, **arguments):
    """The most memory that a forward pass holds at once, beside its arguments."""
    tracemalloc.start()
    try:
        module["forward"](**arguments)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_values_that_die_are_let_go():
    """300 steps on arrays of 1 MB, of which nothing is saved: a few arrays at a time."""
    steps = "".join(f"v{i + 1} = cos(v{i} * 0.9) + v{i}\n" for i in range(300))
    module = loaded(f"input v0: [131072]\n{steps}output y = sum(v300)\n")
    assert peak_of(module, v0=np.ones(131072)) < 12_000_000


def test_the_arrays_of_a_function_are_let_go():
    body = "".join(f"    v{i + 1} = cos(v{i} * 0.9) + v{i}\n" for i in range(300))
    function = f"fn long(v0) {{\n{body}    return v300\n}}\n"
    module = loaded(f"{function}input x: [131072]\noutput y = sum(long(x))\n")
    assert peak_of(module, x=np.ones(131072)) < 12_000_000


def test_backward_keeps_little_more_than_what_is_saved():
    steps = "".join(f"v{i + 1} = sin(v{i}) * 0.9\n" for i in range(100))
    module = loaded(f"param v0: [131072]\n{steps}loss J = sum(v100)\n")
    params = {"v0": np.ones(131072)}
    _, saved = module["forward"](params)
    held = sum(v.nbytes for v in saved if isinstance(v, np.ndarray))
    tracemalloc.start()
    try:
        module["backward"](saved)
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
    finally:
        tracemalloc.stop()
    assert held < 110_000_000
