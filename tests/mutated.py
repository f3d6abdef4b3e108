"""Mutated graphs: `python -m tests.mutated --count 100000` changes bytes, words and lines.

Each is compiled in this process. It is a graph, or a diagnostic says why not; anything else is a
mistake of gradc's own.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
import warnings
from collections import Counter
from functools import cache
from pathlib import Path

from gradc.compiler import Options, compile_source
from gradc.diagnostics import DiagnosticError
from gradc.limits import Limits
from gradc.report.text import render_all
from gradc.syntax.parser import read_text

ROOT = Path(__file__).parent.parent
_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_LIMITS = Limits(nodes=20_000)


@cache
def originals() -> tuple[Path, ...]:
    """The graphs of the examples, of the tests and of the cases of mistakes."""
    folders = ("examples", "tests/goldens", "tests/programs", "tests/errors", "tests/passes")
    found = [path for name in folders for path in (ROOT / name).rglob("*.graph")]
    return tuple(sorted(path for path in found if path.stat().st_size < 20_000))


@cache
def _words() -> tuple[str, ...]:
    """Every word of every graph, from which others are put in."""
    found = {w for path in originals() for w in _WORD.findall(_text(path)) if not w.isspace()}
    return tuple(sorted(found))


@cache
def _text(path: Path) -> str:
    return path.read_bytes().decode(errors="replace")


def mutated(seed: int) -> tuple[Path, bytes]:
    """A graph with some changes, and the file that it was."""
    r = random.Random(seed)
    path = r.choice(originals())
    data = path.read_bytes()
    for _ in range(r.choice([1, 1, 1, 2, 3, 8])):
        data = r.choice([_change_byte, _change_word, _change_word, _change_line])(r, data)
    return path, data


def _change_byte(r: random.Random, data: bytes) -> bytes:
    place = r.randrange(len(data) + 1)
    new = r.choice(
        [b"", bytes([r.randrange(256)]), r.choice([b"(", b")", b"{", b"\n", b",", b"="])]
    )
    return data[:place] + new + data[place + r.randrange(2) :]


def _change_word(r: random.Random, data: bytes) -> bytes:
    words = _WORD.findall(data.decode(errors="surrogateescape"))
    if not words:
        return data
    place = r.randrange(len(words))
    match r.randrange(5):
        case 0:
            del words[place]
        case 1:
            words[place] = r.choice(words)
        case 2:
            words[place] = r.choice(_words())
        case 3:
            words.insert(place, r.choice(_words()))
        case _:
            other = r.randrange(len(words))
            words[place], words[other] = words[other], words[place]
    return "".join(words).encode(errors="surrogateescape")


def _change_line(r: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    if not lines:
        return data
    place = r.randrange(len(lines))
    match r.randrange(4):
        case 0:
            del lines[place]
        case 1:
            lines.insert(place, r.choice(lines))
        case 2:
            lines.insert(place, r.choice(_text(r.choice(originals())).encode().splitlines(True)))
        case _:
            other = r.randrange(len(lines))
            lines[place], lines[other] = lines[other], lines[place]
    return b"".join(lines)


def judge(seed: int) -> str | None:
    """What went wrong with the graph of this seed; None where it was compiled or refused."""
    path, data = mutated(seed)
    options = Options(level=seed % 2, root=ROOT, limits=_LIMITS)
    started = time.process_time()
    try:
        compile_source(read_text(str(path), data), options)
    except DiagnosticError as failure:
        return None if render_all(failure.diagnostics, file=str(path)) else "no message"
    except Exception as failure:
        return f"{type(failure).__name__}: {failure}"
    took = time.process_time() - started
    return f"took {took:.0f} s" if took > 10 else None


def main() -> int:
    """Judges many seeds, and counts what went wrong by its kind."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutated", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="how many graphs")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--print", type=int, metavar="SEED", help="print the graph of a seed")
    given = parser.parse_args()
    if given.print is not None:
        sys.stdout.buffer.write(mutated(given.print)[1])
        return 0
    warnings.simplefilter("ignore")
    kinds = Counter[str]()
    for seed in range(given.first, given.first + given.count):
        if wrong := judge(seed):
            kinds[wrong[:60]] += 1
            if kinds[wrong[:60]] <= 3:
                print(f"seed {seed} ({mutated(seed)[0].relative_to(ROOT)}): {wrong}", flush=True)
    print(f"{given.count} mutated graphs, {sum(kinds.values())} taken badly")
    return int(bool(kinds))


if __name__ == "__main__":
    sys.exit(main())
