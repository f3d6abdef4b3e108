"""ONNX files with something wrong: bytes that are others, fields that say something else.

`python -m tests.importing.onnx_mutants 300` gives so many to the importer, in a process with a
gigabyte more than it starts with, and some seconds of the processor for each. The importer gives a
graph, or raises DiagnosticError: nothing that a file holds is a mistake of gradc's own.
"""

from __future__ import annotations

import random
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf.descriptor import FieldDescriptor
from onnx import TensorProto, helper, numpy_helper

from gradc.compiler import Options, compile_source
from gradc.diagnostics import DiagnosticError
from gradc.importing.importer import import_file
from gradc.source import Source

MEMORY, SECONDS = 1_000_000_000, 5
F, I64 = TensorProto.FLOAT, TensorProto.INT64
node = helper.make_node


def info(name: str, shape: Any, kind: int = F) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)


def model(nodes: list[Any], inputs: list[Any], outputs: list[Any], **held: Any) -> Any:
    arrays = [numpy_helper.from_array(np.asarray(v), k) for k, v in held.items()]
    graph = helper.make_graph(nodes, "g", inputs, outputs, arrays)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


# --- what is changed ---


def _convolutional() -> Any:
    nodes = [
        node("Conv", ["x", "W", "b"], ["c"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        node("BatchNormalization", ["c", "s", "b", "b", "v"], ["n"]),
        node("Relu", ["n"], ["r"]),
        node("MaxPool", ["r"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
        node("Resize", ["p", "", "", "sizes"], ["u"], mode="cubic"),
        node("GlobalAveragePool", ["u"], ["g"]),
        node("Flatten", ["g"], ["f"]),
        node("Gemm", ["f", "V", "b"], ["y"], transB=1, alpha=0.5),
    ]
    held = {"W": np.ones((4, 3, 3, 3), "f4"), "b": np.ones(4, "f4"), "s": np.ones(4, "f4"),
            "v": np.ones(4, "f4"), "V": np.ones((4, 4), "f4"),
            "sizes": np.array([1, 4, 6, 6])}  # fmt: skip
    return model(nodes, [info("x", [1, 3, 8, 8])], [info("y", [1, 4])], **held)


def _shaped() -> Any:
    one = numpy_helper.from_array(np.ones(1, "f4"))
    nodes = [
        node("Shape", ["x"], ["s"]),
        node("Gather", ["s", "zero"], ["n"]),
        node("Concat", ["n", "minus"], ["to"], axis=0),
        node("Reshape", ["x", "to"], ["r"]),
        node("Range", ["low", "high", "low2"], ["range"]),
        node("Cast", ["range"], ["floats"], to=F),
        node("ConstantOfShape", ["three"], ["zeros"], value=one),
        node("Expand", ["zeros", "wide"], ["e"]),
        node("ReduceSum", ["e"], ["total"]),
        node("Add", ["r", "floats"], ["a"]),
        node("Pad", ["a", "margins"], ["m"]),
        node("Tile", ["m", "times"], ["t"]),
        node("Slice", ["t", "zero", "three"], ["cut"]),
        node("OneHot", ["ids", "deep", "values"], ["hot"]),
        node("ReduceMean", ["hot", "zero"], ["mean"]),
        node("Add", ["cut", "total"], ["y"]),
    ]  # fmt: skip
    held = {"zero": np.array([0]), "minus": np.array([-1]), "low": np.array(0), "high": np.array(6),
            "low2": np.array(1), "three": np.array([3]), "wide": np.array([2, 3]),
            "margins": np.array([0, 1, 0, 1]), "times": np.array([2, 1]), "deep": np.array(5),
            "values": np.array([0, 1], "f4")}  # fmt: skip
    inputs = [info("x", ["B", 2, 3]), info("ids", [4], I64)]
    return model(nodes, inputs, [info("y", None), info("mean", None)], **held)


def _looped() -> Any:
    body = helper.make_graph(
        [node("Identity", ["go"], ["going"]), node("Add", ["a", "a"], ["twice"])],
        "body",
        [info("i", [], I64), info("go", [], TensorProto.BOOL), info("a", [2, 3])],
        [info("going", [], TensorProto.BOOL), info("twice", [2, 3])],
    )
    sides = [
        helper.make_graph([node(op, ["l"], [op])], op, [], [info(op, [2, 3])])
        for op in ("Neg", "Relu")
    ]
    nodes = [
        node("Loop", ["count", "yes", "x"], ["l"], body=body),
        node("If", ["c"], ["chosen"], then_branch=sides[0], else_branch=sides[1]),
        node("Transpose", ["chosen"], ["turned"], perm=[1, 0]),
        node("LSTM", ["seq", "W", "R", "B"], ["ys", "h"], hidden_size=2),
        node("Own", ["turned"], ["own"], domain="own"),
        node("Softmax", ["own"], ["y"], axis=0),
    ]
    inputs = [info("x", [2, 3]), info("c", [], TensorProto.BOOL), info("seq", [4, 1, 3])]
    held = {"count": np.array(3), "yes": np.array(True), "W": np.ones((1, 8, 3), "f4"),
            "R": np.ones((1, 8, 2), "f4"), "B": np.ones((1, 16), "f4")}  # fmt: skip
    found = model(nodes, inputs, [info("y", [3, 2]), info("ys", None)], **held)
    found.opset_import.append(helper.make_opsetid("own", 1))
    inner = [node("LayerNormalization", ["a", "w"], ["b"], epsilon=1e-3)]
    constant = node("Constant", [], ["w"], value_floats=[1.0, 2.0])
    sets = [helper.make_opsetid("", 18)]
    found.functions.append(
        helper.make_function("own", "Own", ["a"], ["b"], [constant, *inner], sets)
    )
    return found


MODELS: tuple[Callable[[], Any], ...] = (_convolutional, _shaped, _looped)

# --- how ---

_NUMBERS = (0, 1, 2, 3, 5, 7, -1, -2, -3, 77, 1000, 2**20, 2**31, 2**40, 2**62, -(2**62))
_OPERATORS = """Add MatMul Gather Split ReduceMean Squeeze Unsqueeze Where Einsum TopK Clip GRU
ConvTranspose AveragePool LRN ScatterND GatherND CumSum Trilu DepthToSpace InstanceNormalization
SequenceAt Constant Identity NonZero Size EyeLike Upsample GridSample Attention""".split()


def mutant(seed: int) -> bytes:
    """A file with something wrong; the same for the same seed."""
    r = random.Random(seed)
    found = MODELS[seed % len(MODELS)]()
    if r.random() < 0.2:
        data = bytearray(found.SerializeToString())
        for _ in range(r.choice([1, 1, 2, 5])):
            data[r.randrange(len(data))] = r.randrange(256)
        return bytes(data[: r.randrange(len(data)) if r.random() < 0.1 else None])
    for _ in range(r.choice([1, 1, 1, 2, 3])):
        places = list(_places(found))
        by_message: dict[str, list[Any]] = {}
        for place in places:  # what there are few of is changed as often
            by_message.setdefault(f"{type(place[0]).__name__}.{place[1].name}", []).append(place)
        _change(r, *r.choice(by_message[r.choice(list(by_message))]))
    data: bytes = found.SerializeToString()
    return data


def _places(message: Any) -> Iterator[tuple[Any, Any]]:
    for field, value in message.ListFields():
        yield message, field
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            for inner in value if field.is_repeated else [value]:
                yield from _places(inner)


def _change(r: random.Random, message: Any, field: Any) -> None:
    """A field is dropped, doubled, exchanged or another value."""
    if r.random() < 0.15:
        message.ClearField(field.name)
        return
    value = getattr(message, field.name)
    if field.is_repeated:
        items = list(value)
        place = r.randrange(len(items))
        choice = r.random()
        if choice < 0.25:
            items.insert(place, items[place])
        elif choice < 0.5:
            del items[place]
        elif choice < 0.6:
            items.reverse()
        elif field.type != FieldDescriptor.TYPE_MESSAGE:
            items[place] = _other(r, field, items[place], items)
        message.ClearField(field.name)
        getattr(message, field.name).extend(items)
    elif field.type != FieldDescriptor.TYPE_MESSAGE:
        setattr(message, field.name, _other(r, field, value, [value]))


def _other(r: random.Random, field: Any, value: Any, beside: list[Any]) -> Any:
    if field.type == FieldDescriptor.TYPE_STRING:
        names = ["", "x", "y", "r", "s", "W", "nothing", "a\n", "ü", *beside]
        return r.choice(_OPERATORS if field.name == "op_type" else names)
    if field.type == FieldDescriptor.TYPE_BYTES:
        words = [b"", b"SAME_UPPER", b"linear", b"\xff", value[:-1], value + value]
        return r.choice([*words, np.array(r.choice(_NUMBERS)).tobytes() * max(len(value) // 8, 1)])
    if field.type == FieldDescriptor.TYPE_ENUM:
        return r.choice([n.number for n in field.enum_type.values])
    if field.type in (FieldDescriptor.TYPE_FLOAT, FieldDescriptor.TYPE_DOUBLE):
        return r.choice([0.0, -1.0, float("nan"), float("inf"), 1e30])
    number = r.choice(_NUMBERS)
    return number if field.type == FieldDescriptor.TYPE_INT64 else number % 2**31


# --- what is done with it ---


def judge(data: bytes, folder: Path) -> str | None:
    """What is wrong with how the importer takes a file; nothing where it is well."""
    path = folder / "net.onnx"
    path.write_bytes(data)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        graph = import_file(path, {})
        if len(graph.text) < 20_000:
            compile_source(Source("net.graph", graph.text), Options(level=0))
    except DiagnosticError as failure:
        (first, *_) = failure.diagnostics
        if not first.code.startswith("E06") or "alloc" in first.message:
            return f"{first.code}: {first.message}"
    except Exception:
        return traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return None


class Slow(BaseException):
    """A file took too long."""


def _slow(*_: Any) -> None:
    raise Slow


def main(count: int, start: int = 0) -> int:
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    signal.signal(signal.SIGPROF, _slow)
    found = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(start, start + count):
            try:
                wrong = judge(mutant(seed), Path(folder))
            except Slow:
                wrong = f"more than {SECONDS} seconds: {traceback.format_exc()}"
            if wrong:
                found += 1
                print(f"mutant {seed}: {wrong}", flush=True)
    print(f"{count} mutants, {found} taken wrongly")
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
