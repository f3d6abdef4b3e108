"""Loops that several cores share, in a source whose loops are all large enough for that.

`python -m tests.targets_c.shared_loops NAME.graph 100:150`: graphs, or random programs, whose
numbers have to be the same on any number of cores.
"""

import ctypes
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from gradc.compiler import Compilation, Options, compile_source
from gradc.records import replace
from gradc.source import Source
from gradc.targets.c import kernels, nesting, splitting
from gradc.verification.emitted import Point
from tests.targets_c import programs
from tests.targets_c.agreement import C, agree
from tests.targets_c.built import Built

FLAGS = ("-O2", "-fopenmp")
COUNTS = (1, 2, 3, 8)  # of threads


class Shared(Built):
    """What gives the same numbers on any number of cores, as often as it is asked."""

    def backward(self, part: Any, point: Point, weight: float) -> tuple[list[Any], list[Any]]:
        found = [*self._each(lambda: Built.backward(self, part, point, weight))]
        for outputs, gradients in found[1:]:
            same([*found[0][0], *found[0][1]], [*outputs, *gradients])
        return found[0]

    def value_and_grad(
        self, part: Any, point: Point, unwanted: Sequence[str] = ()
    ) -> tuple[float, list[Any]]:
        found = [*self._each(lambda: Built.value_and_grad(self, part, point, unwanted))]
        for value, gradients in found[1:]:
            same([found[0][0], *found[0][1]], [value, *gradients])
        return found[0]

    def _each(self, call: Any) -> Iterator[Any]:
        for count in COUNTS:
            self.library.omp_set_num_threads(ctypes.c_int(count))
            for _ in range(2):
                yield call()


def same(some: Sequence[Any], others: Sequence[Any]) -> None:
    """Whether numbers are the same to the last bit, NaN or not."""
    for one, other in zip(some, others, strict=True):
        assert np.asarray(one).tobytes() == np.asarray(other).tobytes(), (one, other)


@contextmanager
def all_shared() -> Iterator[None]:
    """Within, loops are compiled as if the smallest were worth several cores."""

    def compiled(*arguments: Any, **options: Any) -> Compilation:
        made = compile_source(*arguments, **options)
        if made.target.clause != C.clause:
            return made
        texts = {s: str(t).replace(f"< {kernels.MANY}", "< 0") for s, t in made.files.items()}
        return replace(made, files=texts)

    with ExitStack() as stack:
        for module in (nesting, splitting):
            stack.enter_context(patch.object(module, "MANY", 0))
        for module in ("agreement", "programs"):
            stack.enter_context(patch(f"tests.targets_c.{module}.compile_source", compiled))
        yield


def text_of(text: str, options: Options | None = None) -> str:
    """The source of a graph whose loops are all shared."""
    with all_shared():
        return str(
            programs.compile_source(Source("net.graph", text), options, target=C).files[".c"]
        )


_SHARED = re.compile(r"( *)#pragma omp parallel for[^\n]*(?:\\\n[^\n]*)*\n")
_WRITTEN = re.compile(r"(?<![\w.>])([A-Za-z_]\w*)(\[[^=;]*\])? (?:[-+*/|]?=)(?!=)")
_DECLARED = re.compile(
    r"(?:const )?(?:float|double|int|int32_t|int64_t|uint8_t) (?:\*const |\*)?(\w+)"
)
_MADE = re.compile(r"\*(?:const )?(\w+) = ([^;]*);")
_NAME = re.compile(r"[A-Za-z_]\w*")


def raced(text: str) -> list[str]:
    """What loops that cores share write to, though all steps have it: numbers declared further out,
    and elements whose place is the same in each step."""
    return [found for loop in loops_of(text) for found in _raced_in(loop)]


def loops_of(text: str) -> Iterator[str]:
    """The loops behind pragmas, to the bracket that closes them."""
    for match in _SHARED.finditer(text):
        rest = text[match.end() :]
        loop = rest[: rest.index(f"\n{match[1]}}}")]
        if " < 0; " not in loop:  # of no steps
            yield loop


def _raced_in(loop: str) -> Iterator[str]:
    code = re.sub(r"//.*|/\*.*?\*/|#pragma.*(?:\\\n.*)*", "", loop)
    own = set(_DECLARED.findall(code)) | {
        name for line in re.findall(r"const int64_t ([^;]*=[^;]*);", code)
        for name in re.findall(r"(\w+) = ", line)
    }  # fmt: skip
    # What is worked out from the step: its variable, and what is declared by that.
    moving = set(_NAME.findall(code.partition("=")[0])) - {"for", "int64_t"}
    for line in re.findall(r"(?:for \()?(?:const )?int64_t [^;]*;", code):
        for name, value in re.findall(r"(\w+) = ([^,;]*)", line):
            if moving & set(_NAME.findall(value)):
                moving.add(name)
    pointers = {name for name, value in _MADE.findall(code) if moving & set(_NAME.findall(value))}
    for name, place in _WRITTEN.findall(code):
        if not place and name not in own:
            yield name
        if place and name not in pointers and not moving & set(_NAME.findall(place)):
            yield f"{name}{place}"


def main(words: list[str]) -> int:
    failed = 0
    with all_shared():
        for word in words:
            first, _, last = word.partition(":")
            if last:
                for _, message in programs.judged(
                    range(int(first), int(last)), *FLAGS, kind=Shared
                ):
                    print(message)
                    failed = 1
                continue
            with tempfile.TemporaryDirectory() as folder:
                source = Source(word, Path(word).read_text(encoding="utf-8"))
                agree(source, Path(folder), Options(level=2), *FLAGS, kind=Shared)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
