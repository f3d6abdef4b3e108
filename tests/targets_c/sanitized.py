"""`python -m tests.targets_c.sanitized NAME.graph 100:150`: graphs (at `-O2`, if so), or random
programs, where AddressSanitizer watches.

Arrays are the heap's, and the workspace is as long as it says and no longer.
"""

import ctypes
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gradc.compiler import Options
from gradc.source import Source
from tests.targets_c.agreement import agree
from tests.targets_c.built import CANARY, Built
from tests.targets_c.programs import judged

FLAGS = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")


class Watched(Built):
    """What is called with a workspace on the heap."""

    def workspace(self, dims: Mapping[str, int]) -> tuple[Any, Any]:
        size = self.library[f"{self.stem}_workspace_bytes"]
        size.restype = ctypes.c_size_t
        count = size(self._dims(dims)) if self.interface.dims else size()
        library = ctypes.CDLL(None)
        library.aligned_alloc.restype = ctypes.c_void_p
        memory = library.aligned_alloc(ctypes.c_size_t(64), ctypes.c_size_t(count))
        return np.full(128, CANARY, np.uint8), ctypes.c_void_p(memory)


def runtime() -> str | None:
    """The library of AddressSanitizer; None where the compiler has none."""
    words = ["cc", "-print-file-name=libasan.so"]
    found = subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    return found if Path(found).is_absolute() else None


def watched(*words: str, blas: Sequence[str] = ()) -> str:
    """What the process says of graphs and of ranges of seeds; nothing where all is well.

    Libraries of a `blas` are linked where products are left to one.
    """
    options = "detect_leaks=0:allocator_may_return_null=1"
    env = os.environ | {"LD_PRELOAD": runtime() or "", "ASAN_OPTIONS": options}
    command = [sys.executable, "-m", "tests.targets_c.sanitized", *words, *blas]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"{done.stdout}\n{done.stderr}"


def main(words: list[str]) -> int:
    failed, levels = 0, [word for word in words if word.startswith("-O")]
    blas = [word for word in words if word.startswith("-") and word not in levels]
    (level,) = [int(word[2:]) for word in levels] or [Options().level]
    options = Options(level=level, blas="cblas" if blas else None)
    for word in [word for word in words if not word.startswith("-")]:
        first, _, last = word.partition(":")
        if last:
            for _, message in judged(range(int(first), int(last)), *FLAGS, kind=Watched):
                print(message)
                failed = 1
            continue
        with tempfile.TemporaryDirectory() as folder:
            source = Source(word, Path(word).read_text(encoding="utf-8"))
            agree(source, Path(folder), options, *FLAGS, kind=Watched, linked=blas)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
