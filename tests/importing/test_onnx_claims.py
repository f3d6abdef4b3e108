"""ONNX files that are wrong, by hand and at random: what is said of them, and that it is said."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper  # noqa: E402

from gradc.importing.onnx.claims import NoModel  # noqa: E402
from gradc.importing.onnx.onnx_file import made_of  # noqa: E402
from tests.importing.onnx_mutants import info, model, mutant, node  # noqa: E402

ROOT = Path(__file__).parents[2]
MUTANTS = 300


def test_no_mutant_is_a_mistake_of_gradcs_own() -> None:
    """In a process that may take a gigabyte, and some seconds for each."""
    process = subprocess.run(
        [sys.executable, "-m", "tests.importing.onnx_mutants", str(MUTANTS)],
        cwd=ROOT,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr[-2000:]
    assert f"{MUTANTS} mutants, 0 taken wrongly" in process.stdout


def test_mutants_differ_and_are_made_again() -> None:
    made = [mutant(seed) for seed in range(40)]
    assert made == [mutant(seed) for seed in range(40)]
    assert len(set(made)) > 35


def plain(*nodes: Any, **held: Any) -> Any:
    return model(list(nodes), [info("x", [2, 3])], [info("y", [2, 3])], **held)


def cycle() -> Any:
    return plain(node("Add", ["x", "b"], ["a"]), node("Relu", ["a"], ["b"]),
                 node("Relu", ["b"], ["y"]))  # fmt: skip


def disorder() -> Any:
    return plain(node("Relu", ["a"], ["y"], "late"), node("Relu", ["x"], ["a"], "early"))


def twice() -> Any:
    return plain(node("Relu", ["x"], ["y"], "one"), node("Tanh", ["x"], ["y"], "two"))


def undefined() -> Any:
    return plain(node("Add", ["x", "nope"], ["y"]))


def undefined_in_a_branch() -> Any:
    sides = [helper.make_graph([node("Neg", [n], ["r"])], "side", [], [info("r", [2, 3])])
             for n in ("x", "nope")]  # fmt: skip
    chosen = node("If", ["c"], ["y"], then_branch=sides[0], else_branch=sides[1])
    return plain(chosen, c=np.array(True))


def no_output() -> Any:
    return plain(node("Relu", ["x"], ["a"]))


def with_weight(change: Callable[[Any], object]) -> Any:
    net = plain(node("MatMul", ["x", "w"], ["y"]), w=np.ones((3, 3), np.float32))
    change(net.graph.initializer[0])
    return net


def shaped(*dims: int) -> Any:
    def change(tensor: Any) -> None:
        del tensor.dims[:]
        tensor.dims.extend(dims)

    return with_weight(change)


def of_operator_set(version: int) -> Any:
    net = plain(node("Relu", ["x"], ["y"]))
    net.opset_import[0].version = version
    return net


def with_functions(*bodies: tuple[str, list[str]]) -> Any:
    """A model that calls the first of its functions; each applies others one after the other."""
    net = plain(node(bodies[0][0], ["x"], ["y"], domain="own"))
    sets = [helper.make_opsetid("", 18), helper.make_opsetid("own", 1)]
    net.opset_import.append(sets[1])
    for name, called in bodies:
        names = ["a", *(f"t{i}" for i in range(len(called) - 1)), "b"]
        nodes = [node(op, [names[i]], [names[i + 1]], domain="" if op == "Sin" else "own")
                 for i, op in enumerate(called)]  # fmt: skip
        net.functions.append(helper.make_function("own", name, ["a"], ["b"], nodes, sets))
    return net


def doubling(depth: int) -> Any:
    return with_functions(
        *((f"F{i}", [f"F{i - 1}"] * 2) for i in range(depth, 0, -1)), ("F0", ["Sin"])
    )


WRONG: list[tuple[Any, str]] = [
    (cycle(), "values of the model need each other: `a` → `b` → `a`"),
    (disorder(), "late reads `a`, which early makes only behind it"),
    (twice(), "`y` is made twice: by one, and by two"),
    (undefined(), "Add of `y` reads `nope`, which nothing makes"),
    (undefined_in_a_branch(), "Neg of `r` reads `nope`, which nothing makes"),
    (no_output(), "nothing makes the output `y`"),
    (shaped(3, -3), "`w` is said to have the shape [3, -3]"),
    (shaped(2**31, 2**31), "`w` is said to be float[2147483648, 2147483648], and 36 bytes are"),
    (shaped(3, 4), "`w` is said to be float[3, 4], and cannot be read"),
    (with_weight(lambda t: setattr(t, "data_type", 77)), "`w` has the element type 77"),
    (with_weight(lambda t: setattr(t, "raw_data", b"1234567")), "and cannot be read"),
    (of_operator_set(0), "there is no operator set 0 of ONNX here"),
    (of_operator_set(999), "there is no operator set 999 of ONNX here"),
    (with_functions(("F", ["G"]), ("G", ["F"])), "functions of the model call each other"),
    (doubling(20), "its loops and functions written out are more than 50,000 nodes"),
]


@pytest.mark.parametrize(("net", "said"), WRONG)
def test_a_file_that_contradicts_itself_is_no_model(net: Any, said: str) -> None:
    with pytest.raises(NoModel) as failure:
        made_of(net)
    assert said in failure.value.message
    assert failure.value.helps


def test_functions_that_are_few_nodes_are_written_out() -> None:
    assert len(made_of(doubling(4)).model().steps) == 2**4


def refused(net: Any) -> tuple[str, tuple[str, ...]]:
    ((_, failure),) = made_of(net).missing
    return failure.message, tuple(failure.helps)


def test_an_array_that_no_memory_holds_is_refused() -> None:
    sizes = np.array([2**20, 2**20, 2**10])
    full = plain(node("ConstantOfShape", ["s"], ["c"]), node("Add", ["x", "c"], ["y"]), s=sizes)
    message, helps = refused(full)
    assert "f32[1048576, 1048576, 1024], which is 4,500 TB" in message
    assert helps
    bounds = {"a": np.array(0), "b": np.array(10**13), "c": np.array(1)}
    message, helps = refused(plain(node("Range", ["a", "b", "c"], ["y"]), **bounds))
    assert "needs 10,000,000,000,000 numbers" in message
    assert helps


def test_loops_are_written_out_to_a_number_of_nodes() -> None:
    def body(inner: Any) -> Any:
        given = [info("i", [], TensorProto.INT64), info("go", [], TensorProto.BOOL)]
        made = [info("going", [], TensorProto.BOOL), info("b", [2, 3])]
        nodes = [node("Identity", ["go"], ["going"]), inner]
        return helper.make_graph(nodes, "body", [*given, info("a", [2, 3])], made)

    within = body(node("Sin", ["a"], ["b"]))
    nested = body(node("Loop", ["n", "yes", "a"], ["b"], body=within))
    loop = node("Loop", ["n", "yes", "x"], ["y"], body=nested)
    with pytest.raises(NoModel) as failure:
        made_of(plain(loop, n=np.array(400), yes=np.array(True)))
    assert "more than 50,000 nodes" in failure.value.message
    assert not made_of(plain(loop, n=np.array(4), yes=np.array(True))).missing


def test_sizes_that_stay_open_are_named() -> None:
    nodes = [
        node("MaxPool", ["x"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
        node("Resize", ["p", "", "scales"], ["u"]),
        node("Concat", ["x", "u"], ["y"], axis=1),
    ]
    inputs = [info("x", ["N", 3, "high", "wide"])]
    net = model(nodes, inputs, [info("y", None)], scales=np.array([1, 1, 2, 2], "f4"))
    message, helps = refused(net)
    assert "Concat" in made_of(net).missing[0][0]
    assert len(message) < 200
    assert helps == ("fix it: `--set High=… --set Wide=…`",)
    assert not made_of(net, {"high": 6, "Wide": 8}).missing
    margins = [node("Shape", ["x"], ["s"]), node("Concat", ["s", "s"], ["p"], axis=0),
               node("Pad", ["x", "p"], ["y"])]  # fmt: skip
    _, helps = refused(model(margins, [info("x", ["samples"])], [info("y", None)]))
    assert helps == ("fix it: `--set Samples=…`",)
