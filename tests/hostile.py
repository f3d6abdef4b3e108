"""Hostile files: `python -m tests.hostile --count 200` makes them and gives each to a process.

The process has a gigabyte of memory and ten seconds of the processor. It must say something and
leave with 0, 1 or 2: nothing that a file holds is a mistake of gradc's own.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
MEMORY, SECONDS = 1_000_000_000, 10
TAIL = "param x = 1\nloss J = x\n"


@dataclass(frozen=True)
class Case:
    """The files of a folder, of which `main.graph` is compiled, with some options."""

    main: str | bytes
    words: tuple[str, ...] = ()
    others: tuple[tuple[str, str | bytes], ...] = ()


def judge(case: Case) -> str | None:
    """What is wrong with how gradc takes it."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("main.graph", case.main), *case.others):
            data = text if isinstance(text, bytes) else text.encode()
            Path(folder, name).write_bytes(data)
        before = {p.name: p.read_bytes() for p in Path(folder).iterdir()}
        verb, *words = case.words or ("compile", "-o", "-")
        process = subprocess.run(
            [sys.executable, "-m", "gradc", verb, "main.graph", *words],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
            preexec_fn=_limit,
            capture_output=True,
            check=False,
        )
        after = {p.name: p.read_bytes() for p in Path(folder).iterdir()}
    said = process.stderr.decode(errors="replace")
    if process.returncode not in (0, 1, 2):
        return f"exit code {process.returncode}: {said[-500:]}"
    if "Traceback" in said:
        return said[-500:]
    if process.returncode and not said.strip():
        return f"exit code {process.returncode}, and not a word"
    changed = {n for n in before if before[n] != after.get(n)}
    return f"changed {changed}" if changed - {"main.graph"} else None


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def case_of(seed: int) -> tuple[str, Case]:
    """The kind of a case, and the case; every kind comes in turn."""
    names = list(KINDS)
    name = names[seed % len(names)]
    return name, KINDS[name](random.Random(seed))


def _large(r: random.Random, most: int = 10) -> int:
    """A number of up to so many digits."""
    return int(10 ** r.uniform(1, most))


# --- what expands ---


def _unrolled(r: random.Random) -> Case:
    step = r.choice(["h * 2", "h", "sin(h) + x", "h + x * 3"])
    text = f"param x = 1\nscan h = x times {_large(r)} {{ next h = {step} }}\nloss J = h\n"
    return Case(text, ("compile", "--unroll", "-o", "-"))


def _checkpointed(r: random.Random) -> Case:
    text = f"param x = 1\nscan h = x times {_large(r)} {{ next h = h * 2 }}\nloss J = h\n"
    return Case(text, ("compile", "--checkpoint", str(_large(r)), "-o", "-"))


def _nested_loops(r: random.Random) -> Case:
    depth = r.randrange(1, 12)
    heads = "".join(f"scan a{i + 1} = a{i} times {r.choice([3, 10])} {{\n" for i in range(depth))
    ends = "".join(f"next a{i} = a{i + 1}\n}}\n" for i in range(depth - 1, 0, -1))
    text = f"param a0 = 1\n{heads}next a{depth} = a{depth} * 2\n}}\n{ends}loss J = a1\n"
    return Case(text, r.choice([(), ("compile", "--unroll", "-o", "-")]))


def _doubling(r: random.Random) -> Case:
    join = r.choice(["{0}(x) + {0}(x)", "{0}({0}(x))", "{0}(x) @ {0}(x)", "[{0}(x), {0}(x)]"])
    count = r.randrange(5, 59)
    steps = "".join(f"fn f{i + 1}(x) = {join.format(f'f{i}')}\n" for i in range(count))
    leaf, argument = r.choice(["x", "x * x"]), r.choice(["x", "2", "[1, 2]"])
    return Case(f"fn f0(x) = {leaf}\n{steps}param x = 1\nloss J = sum(x * f{count}({argument}))\n")


def _doubling_layers(r: random.Random) -> Case:
    count = r.randrange(5, 59)
    steps = "".join(
        f"layer L{i + 1}(x) {{\na = L{i}(x)\nb = L{i}(a)\nreturn b\n}}\n" for i in range(count)
    )
    first = "layer L0(x) {\nparam w = 1\nreturn x * w\n}\n"
    return Case(f"{first}{steps}input x = 1\ny = L{count}(x)\nloss J = y\n")


def _many_pieces(r: random.Random) -> Case:
    n = _large(r)
    made = r.choice(
        [
            f"split(w, {n})",
            f"sum(tile(w, [{n}]))",
            f"sum(one_hot(astype(w, 'i64'), {n}))",
            f"sum(repeat(w, {n}))",
            f"sum(pad(w, [[{n}, {n}]]))",
            f"sum(zeros([{n}, {n}]))",
            f"sum(arange({n}))",
            f"sum(reshape(w, [{n}, 1]))",
        ]
    )
    return Case(f"param w: [{n}]\na = {made}\nloss J = sum(w)\n")


def _powers(r: random.Random) -> Case:
    n = _large(r, 30)
    made = r.choice([f"matrix_power(w, {n})", f"w ** {n}", f"w * 9**{n}**9", f"w * 9.0**{n}"])
    return Case(f"param w: [3, 3]\nloss J = sum({made})\n")


def _filled(r: random.Random) -> Case:
    sizes = ", ".join(str(_large(r, 6)) for _ in range(r.randrange(1, 5)))
    kind = r.choice(["const", "param", "input"])
    value = r.choice(["1", "[1]", "[[1], [2]]"])
    return Case(f"{kind} K: [{sizes}] = {value}\nparam w = 1\nloss J = sum(w * K)\n")


def _dimensions(r: random.Random) -> Case:
    names = [f"D{i}" for i in range(r.randrange(1, 12))]
    inputs = "".join(f"input i{n}: [{n}]\n" for n in names)
    size = r.choice([" * ", " + ", " // "]).join(
        [f"({' + '.join(names)})" for _ in range(r.randrange(1, 40))]
    )
    return Case(f"dim {', '.join(names)}\n{inputs}param x: [{size}]\nloss J = sum(x)\n")


# --- what is long ---


def _long_operation(r: random.Random) -> Case:
    # What fits the budget is compiled; what is far over it is refused.
    n = r.choice([_large(r, 4), r.randrange(400_000, 2_000_000)])
    return Case(f"param x = 1\nloss J = {r.choice([' + ', '*', ' - ']).join(['x'] * n)}\n")


def _many_statements(r: random.Random) -> Case:
    n = r.choice([_large(r, 3.9), r.randrange(100_000, 300_000)])
    step = r.choice(["v{0} + 1", "v{0} * v{0}", "sin(v{0})", "v0"])
    lines = "".join(f"v{i + 1} = {step.format(i)}\n" for i in range(n))
    return Case(f"param v0 = 1\n{lines}loss J = v{n}\n")


def _many_declarations(r: random.Random) -> Case:
    n = r.choice([_large(r, 3.5), r.randrange(300_000, 500_000)])
    line = r.choice(["param p{0} = 1\n", "fn f{0}(x) = x\n", "const c{0} = 1\n", "## {0}\n"])
    return Case("".join(line.format(i) for i in range(n)) + TAIL)


def _long_lists(r: random.Random) -> Case:
    n = r.choice([_large(r, 4), r.randrange(400_000, 2_000_000)])
    item, call = r.choice([("x", "stack"), ("[x, x]", "stack"), ("1", "x * "), ("x", "einsum")])
    return Case(f"param x = 1\nloss J = sum({call}([{', '.join([item] * n)}]))\n")


def _many_mistakes(r: random.Random) -> Case:
    n = _large(r, 4.6)
    line = r.choice(["v{0} = q{0}x * 2\n", "v = x\n", "v{0} = \n", "v{0} = sin()\n", "é{0}\n"])
    return Case("".join(line.format(i) for i in range(n)) + TAIL)


def _long_words(r: random.Random) -> Case:
    n = _large(r, 6.5)
    made = r.choice(["a" * n, "9" * n, f'"{"s" * n}"', "0." + "1" * n, "1e" + "9" * n, "#" * n])
    return Case(f"param x = 1\n{'a' * n} = 2\nloss J = x * {made}\n")


# --- what is deep ---


def _deep(r: random.Random) -> Case:
    n = _large(r, 5)
    made = r.choice(
        [
            "(" * n + "x" + ")" * n,
            "[" * n + "x" + "]" * n,
            "-" * n + "x",
            "not " * n + "x",
            "x" + "**x" * n,
            "x" + "[0]" * n,
            "x" + ".T" * n,
            "sin(" * n + "x" + ")" * n,
            "where(x > 0, x, " * n + "x" + ")" * n,
            "(" * n,
            ")" * n,
            "x" + " == x" * n,
            "x if " * n,
        ]
    )
    return Case(f"param x = 1\nloss J = {made}\n")


def _deep_blocks(r: random.Random) -> Case:
    n = _large(r, 4)
    head = r.choice(
        ["fn f(x) {\n", "scan h = x times 2 {\n", "layer L(x) {\n", "vjp f(x) -> y; d {\n"]
    )
    return Case(f"{head * n}return x\n{'}' * n}\n{TAIL}")


def _deep_calls(r: random.Random) -> Case:
    n = _large(r, 3.5)
    functions = "".join(f"fn f{i + 1}(x) = f{i}(x)\n" for i in range(n))
    return Case(
        f"fn f0(x) = {r.choice(['x', f'f{n}(x)'])}\n{functions}param x = 1\nloss J = f{n}(x)\n"
    )


def _imports(r: random.Random) -> Case:
    n = _large(r, 3.2)
    last = r.choice(
        ["fn g(x) = x\n", 'import "0.graph" as l\nfn g(x) = x\n', "loss = =\n", b"\xff\0"]
    )
    others: list[tuple[str, str | bytes]] = [
        (f"{i}.graph", f'from "{i + 1}.graph" import g as h\nfn g(x) = h(x)\n') for i in range(n)
    ]
    return Case(f'from "0.graph" import g\n{TAIL}', (), (*others, (f"{n}.graph", last)))


def _strange_paths(r: random.Random) -> Case:
    path = r.choice(
        [
            "/etc/passwd",
            "../main.graph",
            ".",
            "",
            "a" * 5_000,
            "a\\0b",
            "/dev/zero",
            "main.graph",
            "%s",
        ]
    )
    return Case(f'import "{path}" as l\n{TAIL}')


# --- what is no graph at all ---


def _bytes(r: random.Random) -> Case:
    return Case(r.randbytes(_large(r, 6)))


def _characters(r: random.Random) -> Case:
    letters = "\r\f\v\0\x1b\x85\u2028\u202e\u2066\ufeffé漢𝛼Αοµ\n \t\"'#{}()[]=,:~"
    return Case("".join(r.choices(letters, k=_large(r, 5))) + "\n" + TAIL)


def _soup(r: random.Random) -> Case:
    words = (
        "dim dtype input param const state fn op layer vjp scan over times unshared next update"
        " import from as output loss wrt return and or not true false none newaxis x y sum"
        " ( ) [ ] { } = == + - * ** / // @ . , : ; ~ -> ... 1 2.5 1e9 'a' \"b\" \n \n \n"
    ).split(" ")
    return Case(" ".join(r.choices(words, k=_large(r, 4.5))))


def _configuration(r: random.Random) -> Case:
    n = _large(r, 6)
    config = r.choice(
        [
            "[tool.gradc]\nlevel = " + "[" * n,
            "[tool.gradc]\nlevel = " + "9" * n,
            "[tool.gradc]\n" + "a." * n + "b = 1\n",
            "[tool.gradc]\nignore = [" + "'W901', " * n + "]\n",
            "[tool.gradc]\nmax-nodes = 10\n",
            "gradc" * n,
            b"gradc\xff\xfe",
            "[tool]\ngradc = 1\n",
        ]
    )
    return Case(TAIL, (), (("pyproject.toml", config),))


def _verbs(r: random.Random) -> Case:
    """The verbs that run a graph, on ones that are large."""
    n = _large(r, 2.8)
    lines = "".join(f"v{i + 1} = sin(v{i}) * v0\n" for i in range(n))
    verb = r.choice(["trace", "explain", "stats", "why", "draw", "check", "fmt"])
    words = (verb, "--check") if verb == "fmt" else (verb,)
    return Case(f"param v0 = 1\n{lines}loss J = v{n}\n", words)


KINDS: dict[str, Callable[[random.Random], Case]] = {
    function.__name__.strip("_").replace("_", " "): function
    for function in (
        _unrolled, _checkpointed, _nested_loops, _doubling, _doubling_layers, _many_pieces, _powers,
        _filled, _dimensions, _long_operation, _many_statements, _many_declarations, _long_lists,
        _many_mistakes, _long_words, _deep, _deep_blocks, _deep_calls, _imports, _strange_paths,
        _bytes, _characters, _soup, _configuration, _verbs,
    )
}  # fmt: skip


def main() -> int:
    """Judges many cases, and keeps the files of those that fail."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="how many files")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    given = parser.parse_args()
    failures = 0
    for seed in range(given.first, given.first + given.count):
        name, case = case_of(seed)
        if wrong := judge(case):
            failures += 1
            print(f"seed {seed} ({name}, {' '.join(case.words)}): {wrong}", flush=True)
            print(f"    {case.main[:200]!r}", flush=True)
    print(f"{given.count} hostile files of {len(KINDS)} kinds, {failures} taken badly")
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main())
