"""Fetches the wheel, and takes from it the network and the characters that it tells apart.

    python fetch.py build      writes build/reader.onnx and build/characters.txt

Nothing of the package is installed or run.
"""

import subprocess
import sys
import zipfile
from pathlib import Path

import onnx

MODEL = "rapidocr_onnxruntime/models/ch_PP-OCRv4_rec_infer.onnx"

folder = Path(sys.argv[1])
folder.mkdir(exist_ok=True)
pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
pip += ["--ignore-requires-python", "--dest", str(folder), "--requirement", "requirements.txt"]
if code := subprocess.run(pip, check=False).returncode:
    sys.exit(code)
(wheel,) = folder.glob("*.whl")
with zipfile.ZipFile(wheel) as archive:
    network = archive.read(MODEL)
(characters,) = (p.value for p in onnx.load_from_string(network).metadata_props)
(folder / "characters.txt").write_text(characters, encoding="utf-8", newline="\n")
(folder / "reader.onnx").write_bytes(network)
